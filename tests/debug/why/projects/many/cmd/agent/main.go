package main

import "fmt"

func main() {
	fmt.Println(help()) // BP:agent
}
