package main

import (
	"fmt"

	"example.com/plug/plugin/inner"
)

// Hello is looked up by the host.
func Hello(name string) string {
	text := fmt.Sprint("hello ", inner.Shout(name)) // BP:plugin
	return text
}

func main() {}
