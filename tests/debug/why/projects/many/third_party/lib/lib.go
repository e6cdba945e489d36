package lib

//go:noinline
func Half(n int) int {
	h := n / 2 // BP:half
	return h
}
