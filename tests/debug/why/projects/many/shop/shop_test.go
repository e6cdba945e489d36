package shop_test

import (
	"testing"

	"example.com/many/shop"
)

func TestSum(t *testing.T) {
	got := shop.Sum(1, 2) // BP:external
	if got != 3 {
		t.Fatal(got)
	}
	t.Run("sub", func(t *testing.T) {
		half := shop.Half(8) // BP:subtest
		if half != 4 {
			t.Fatal(half)
		}
	})
}

func BenchmarkSum(b *testing.B) {
	for range b.N {
		shop.Sum(1, 2) // BP:bench
	}
}
