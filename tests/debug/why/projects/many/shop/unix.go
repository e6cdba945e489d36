//go:build unix

package shop

// Unix is for all of them.
//
//go:noinline
func Unix() string {
	name := "unix" // BP:unix
	return name
}
