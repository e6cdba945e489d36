package main

import "fmt"

// Hello is looked up by the host.
func Hello(name string) string {
	text := fmt.Sprint("hello ", name) // BP:plugin
	return text
}

func main() {}
