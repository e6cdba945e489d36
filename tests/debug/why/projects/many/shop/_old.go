package shop

func old() int {
	n := 1 // BP:old
	return n
}
