// Command shop sells one book.
package main

import (
	"fmt"

	"corp.example.com/pay.git"

	"example.com/shop/internal/price"
	"example.com/shop/internal/seal"
)

func main() {
	cents := price.WithTax(1999, 7)
	receipt := pay.Charge("Ada", cents)
	fmt.Printf("%s, seal %08x\n", receipt, seal.Sum(receipt))
}
