"""What a store of incidents says: the incidents that go on."""
