"""GNU's C++ library for a program that zig links: the archive of some gcc, an unwinder, and what an old glibc has not.

A prebuilt C++ archive asks for one C++ library by its names (``std::__cxx11`` is GNU's, ``std::__1`` LLVM's), and zig has LLVM's alone. The
archive of gcc 12 asks for ``arc4random`` (glibc 2.36), ``__libc_single_threaded`` (2.32) and ``getentropy`` (2.25) and for nothing else
that glibc 2.17 lacks; its own unwinder asks for ``_dl_find_object`` (2.35), so zig's takes its place (both follow the Itanium C++ ABI).
"""

from __future__ import annotations

from typing import Final

SHIM: Final = """#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0: there may be threads, which is always right. */
__attribute__((weak)) char __libc_single_threaded = 0;

/* What std::random_device reads; getrandom(2) is there since Linux 3.17, and a short read is tried again. */
__attribute__((weak)) unsigned arc4random(void) {
	unsigned value;
	while (syscall(SYS_getrandom, &value, sizeof value, 0) != (long)sizeof value) {
	}
	return value;
}

/* At most 256 bytes, which getrandom(2) never cuts short (getentropy(3)). */
__attribute__((weak)) int getentropy(void *buffer, size_t length) {
	return syscall(SYS_getrandom, buffer, length, 0) == (long)length ? 0 : -1;
}
"""
"""C for what an old glibc lacks; weak, so that a newer one's own comes first."""


def arguments(archive: str, shim: str) -> str:
    """A response file for the linker in place of ``-lstdc++``; ``shim`` is the file with :data:`SHIM`."""
    return f'"{archive}"\n"-lunwind"\n"{shim}"\n'
