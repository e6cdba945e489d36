package tests

import "testing"

func TestOnly(t *testing.T) {
	n := 1 // BP:only
	t.Log(n)
}
