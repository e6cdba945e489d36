//go:build !windows

package shop

// System names the system.
//
//go:noinline
func System() string {
	name := "other" // BP:system
	return name
}
