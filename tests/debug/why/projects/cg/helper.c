#include "helper.h"

int thrice(int n) {
	int m = n * 3; // BP:c
	return m;
}
