//go:build !amd64

package shop

func sum(a, b int) int {
	s := a + b // BP:other-cpu
	return s
}
