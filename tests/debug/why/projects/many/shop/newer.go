//go:build go1.99

package shop

func init() {
	println("newer") // BP:newer
}
