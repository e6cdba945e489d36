package main

import "fmt"

func main() {
	fmt.Println("nested") // BP:nested
}
