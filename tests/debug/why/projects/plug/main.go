package main

import (
	"fmt"
	"os"
	"plugin"
)

func main() {
	if len(os.Args) > 1 {
		loaded, err := plugin.Open(os.Args[1])
		fmt.Println(loaded, err)
	}
	fmt.Println("host") // BP:host
}
