package testdata

func sample() int {
	n := 1 // BP:sample
	return n
}
