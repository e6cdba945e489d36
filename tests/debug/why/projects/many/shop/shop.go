// Package shop has one file of every kind.
package shop

import _ "embed"

//go:embed page.html
var page string

// Page is the embedded text.
//
//go:noinline
func Page() int {
	n := len(page) // BP:page
	return n
}

// Sum is written in assembly on amd64.
func Sum(a, b int) int {
	s := sum(a, b) // BP:sum
	return s
}

type Cart struct{ n int }

// Add is a method that no program calls.
func (c *Cart) Add(n int) {
	c.n += n // BP:cart-add
}

// Most is generic and never instantiated.
func Most[T any](list ...T) T {
	first := list[0] // BP:most
	return first
}
