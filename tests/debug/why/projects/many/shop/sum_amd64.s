#include "textflag.h"

// func sum(a, b int) int
TEXT ·sum(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	MOVQ AX, ret+16(FP) // BP:asm
	RET
