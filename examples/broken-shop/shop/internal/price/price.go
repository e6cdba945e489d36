// Package price adds tax.
package price

// WithTax adds percent to cents, rounded half up.
func WithTax(cents, percent int) int {
	return cents + (cents*percent+50)/100
}
