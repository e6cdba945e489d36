package shop

import "testing"

func TestWindows(t *testing.T) {
	t.Log("windows") // BP:windows-test
}
