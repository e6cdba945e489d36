"""Rules on objectives and the queries they rest on; one file each."""
