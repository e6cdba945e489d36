// Command tools prints what the shop is made of.
package main

import "fmt"

func main() { fmt.Println("price, seal, pay") }
