// Package seal signs receipts with the accounting department's C code.
package seal

/*
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seal(const char *text) {
	uint32_t sum = 2166136261u;
	for (size_t i = 0; i < strlen(text); i++) {
		sum = (sum ^ (unsigned char)text[i]) * 16777619u;
	}
	return sum;
}
*/
import "C"

import "unsafe"

// Sum seals text (FNV-1a, 32 bits).
func Sum(text string) uint32 {
	raw := C.CString(text)
	defer C.free(unsafe.Pointer(raw))
	return uint32(C.seal(raw))
}
