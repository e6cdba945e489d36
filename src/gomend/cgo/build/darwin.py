"""Stubs for the three libraries of macOS that Go's own packages link and zig does not bring: names only, no part of Apple's SDK.

zig has libSystem. ``net`` asks for libresolv, ``runtime/cgo`` and ``crypto/x509`` for CoreFoundation and Security; a linker needs to know
no more than where each lives and which names it exports (``//go:cgo_import_dynamic`` lines in GOROOT/src; a test compares the two). C code
that calls anything else of a framework needs the SDK.
"""

from __future__ import annotations

from typing import Final

_CORE: Final = """CFArrayAppendValue CFArrayCreateMutable CFArrayGetCount CFArrayGetValueAtIndex CFDataCreate CFDataGetBytePtr CFDataGetLength CFDateCreate
CFDictionaryGetValueIfPresent CFEqual CFErrorCopyDescription CFErrorGetCode CFNumberGetValue CFRelease CFStringCreateExternalRepresentation
CFStringCreateWithBytes"""
_SECURITY: Final = """SecCertificateCopyData SecCertificateCreateWithData SecPolicyCreateSSL SecTrustCopyCertificateChain SecTrustCreateWithCertificates
SecTrustEvaluate SecTrustEvaluateWithError SecTrustSetVerifyDate"""
_FRAMEWORKS: Final = "/System/Library/Frameworks"
STUBS: Final = {
    "libresolv.tbd": ("/usr/lib/libresolv.9.dylib", "res_9_nclose res_9_ninit res_9_nsearch"),
    "CoreFoundation.framework/CoreFoundation.tbd": (f"{_FRAMEWORKS}/CoreFoundation.framework/Versions/A/CoreFoundation", _CORE),
    "Security.framework/Security.tbd": (f"{_FRAMEWORKS}/Security.framework/Versions/A/Security", _SECURITY),
}
"""Path in a folder for ``-L`` and ``-F`` → where the library is installed, the names that it exports."""


def stub(name: str) -> str:
    """The text of a stub (TAPI's format, version 4)."""
    home, names = STUBS[name]
    symbols = ", ".join(f"_{n}" for n in names.split())
    return (
        "--- !tapi-tbd\ntbd-version:     4\ntargets:         [ x86_64-macos, arm64-macos ]\n"
        f"install-name:    '{home}'\nexports:\n  - targets:         [ x86_64-macos, arm64-macos ]\n    symbols:         [ {symbols} ]\n...\n"
    )
