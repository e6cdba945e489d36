// Package inner is used by the plugin alone.
package inner

// Shout adds a mark.
func Shout(s string) string {
	loud := s + "!" // BP:inner
	return loud
}
