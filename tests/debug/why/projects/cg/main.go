package main

/*
#include <stdio.h>
#include "helper.h"

static int twice(int n) {
	int m = n * 2; // BP:preamble
	return m;
}
*/
import "C"

import "fmt"

//go:noinline
func call(n int) int {
	got := int(C.twice(C.int(n))) // BP:call
	return got + int(C.thrice(C.int(n)))
}

func main() {
	fmt.Println(call(3)) // BP:cmain
}
