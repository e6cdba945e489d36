//go:build ignore

package main

func main() {
	println("script") // BP:script
}
