package main

import "C"

// Twice is called by a program in C.
//
//export Twice
func Twice(n C.int) C.int {
	m := n * 2 // BP:shared
	return m
}

func main() {}
