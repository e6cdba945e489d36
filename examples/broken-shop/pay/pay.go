// Package pay charges customers. It is private: only the team's own git server has it.
package pay

import "fmt"

// Charge says what it would charge, in cents.
func Charge(customer string, cents int) string {
	return fmt.Sprintf("%s pays %d.%02d", customer, cents/100, cents%100)
}
