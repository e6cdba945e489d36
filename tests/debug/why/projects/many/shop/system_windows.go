package shop

// System names the system.
func System() string {
	name := "windows" // BP:system-windows
	return name
}
