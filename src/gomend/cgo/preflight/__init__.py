"""Facts that show a failed cgo build beforehand: what packages link and carry, what the compiler would find, which flags go refuses."""
