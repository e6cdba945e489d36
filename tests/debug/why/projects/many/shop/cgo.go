//go:build cgo

package shop

func init() {
	made := len("cgo") // BP:cgo
	_ = made
}
