package price

import "testing"

func TestWithTax(t *testing.T) {
	if got := WithTax(1999, 7); got != 2139 {
		t.Errorf("WithTax(1999, 7) = %d, want 2139", got)
	}
}
