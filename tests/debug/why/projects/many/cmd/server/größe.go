package main

//go:noinline
func price(n int) int {
	p := n * 5 // BP:price
	return p
}
