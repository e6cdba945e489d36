package main

import (
	"fmt"
	"os"
	"time"

	"example.com/lib"
	"example.com/many/shop"
)

func main() {
	fmt.Println(lib.Half(8), price(3), shop.Sum(1, 2), shop.Page(), shop.Generated(4)) // BP:main
	fmt.Println(shop.Lines(3), shop.System(), shop.Unix())
	for len(os.Args) > 1 {
		tick() // BP:loop
	}
}

//go:noinline
func tick() {
	now := time.Now().Add(time.Second) // BP:tick
	time.Sleep(time.Until(now))
}
