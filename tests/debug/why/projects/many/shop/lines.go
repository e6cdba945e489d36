package shop

import (
	"runtime"
	"strings" // BP:import
)

const verbose = false

// Named is an interface.
type Named interface {
	Name() string // BP:interface-method
}

type item struct {
	name string // BP:field
	n    int
}

//go:noinline
func one(a, b int) int { // BP:func-line
	return a + b
}

// Lines has a line of every kind.
//
//go:noinline
func Lines(
	n int, // BP:parameter
) string {
	var count int // BP:var
	list := []item{
		{name: "a", n: 1}, // BP:element
		{
			name: "b", // BP:inner-field
			n:    2,
		},
	}
	text := `first
second
third` // BP:raw-end
	if n > 100 {
		count++ // BP:then
	} else {
		count += 2 // BP:else-body
	}
	if verbose {
		count += 100 // BP:const-false
	}
	if runtime.GOOS == "windows" {
		count += 1000 // BP:goos-false
	}
	switch {
	case n > 2: // BP:case
		count++
	default:
		count--
	}
	total := one(
		count,
		n, // BP:argument
	)
again:
	if total < 3 {
		total++
		goto again
	}
	defer strings.ToUpper(text) // BP:defer
	result := strings.
		NewReplacer("a", "b"). // BP:chain
		Replace(text)
	if total > 1 {
		return result + list[0].name // BP:return
	}
	panic("never") // BP:panic
}
