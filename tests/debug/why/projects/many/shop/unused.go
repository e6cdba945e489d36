package shop

// Unused is the only function of its file.
func Unused() int {
	n := 1 // BP:unused-file
	return n
}
