//go:build !unix

package shop

// Unix is for all others.
//
//go:noinline
func Unix() string {
	name := "no unix"
	return name
}
