package shop

// Half is for tests only.
func Half(n int) int {
	h := n / 2 // BP:export
	return h
}
