"""What ``gomend binary why`` says."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

ABSENT: Final = text("binary.why.absent", "{path} does not exist.")
FOLDER: Final = text("binary.why.folder", "{path} is no regular file, so it cannot be started.")
UNREADABLE: Final = text("binary.why.unreadable", "gomend cannot read {path}: {reason}")
NOT_EXECUTABLE: Final = text(
    "binary.why.not-executable", "{path} has no execute permission for this user, so exec answers EACCES."
)
NO_EXEC: Final = text("binary.why.noexec", "{path} lies on a file system that is mounted noexec: nothing on it can be started.")
EMPTY: Final = text("binary.why.empty", "{path} is empty.")
FORMAT: Final = text("binary.why.format", "{path} has the format {what}, which Linux does not start (exec format error).")
CUT: Final = text(
    "binary.why.cut", "{path} is cut off: its headers speak of {wanted} bytes, and it has {size}. Copy or download it again."
)
DAMAGED: Final = text("binary.why.damaged", "{path} starts like an executable and cannot be read: {reason}")
NOT_PROGRAM: Final = text("binary.why.not-program", "{path} is an {what} file, not a program.")
CPU: Final = text("binary.why.cpu", "{path} is made for {arch}, and this machine is {machine} (exec format error).")
SCRIPT: Final = text(
    "binary.why.script",
    "The first line of {path} names {interpreter}, which does not exist, so exec answers “no such file” although the script is there.",
)
SCRIPT_EXEC: Final = text("binary.why.script-exec", "The first line of {path} names {interpreter}, which is not executable.")
SCRIPT_CR: Final = text(
    "binary.why.script-cr",
    "The first line of {path} ends in a carriage return, which becomes part of the interpreter's name: the file has Windows line ends.",
)
SCRIPT_ENV: Final = text("binary.why.script-env", "The first line of {path} asks env for {program}, which is not on PATH.")
SCRIPT_WORDS: Final = text(
    "binary.why.script-words",
    "The first line of {path} gives env several words; Linux passes them as one, so a program called “{words}” is looked for.",
)
NO_HEAD: Final = text(
    "binary.why.no-head", "{path} is a text without a #! line: a shell starts it, exec does not (exec format error)."
)
INTERPRETER: Final = text(
    "binary.why.interpreter",
    "{path} wants the loader {interpreter}, which does not exist in {root}: exec answers “no such file” although {path} is there.",
)
INTERPRETER_MUSL: Final = text(
    "binary.why.interpreter-musl",
    "{path} was linked against glibc and wants its loader {interpreter}, and {root} has musl: exec answers “no such file” although {path} is there.",
)
INTERPRETER_GLIBC: Final = text(
    "binary.why.interpreter-glibc",
    "{path} was linked against musl and wants its loader {interpreter}, which {root} does not have: exec answers “no such file” although {path} is there.",
)
LIBRARY: Final = text("binary.why.library", "{library}, which {wanted} needs, is not found in {root}.")
LIBRARY_CPU: Final = text("binary.why.library-cpu", "{library}, which {wanted} needs, is there only for another CPU: {other}.")
VERSION: Final = text(
    "binary.why.version", "{wanted} needs {version} of {library}, and the one in {root} ends at {has} (symbols: {symbols})."
)
SYMBOLS: Final = text(
    "binary.why.symbols", "{wanted} needs symbols that neither musl nor a library loaded here has: {symbols}."
)
LEVEL: Final = text(
    "binary.why.level",
    "{path} is built for x86-64-{level}, and this CPU lacks {flags}: it would end with an illegal instruction or refuse to start.",
)
REFUSED: Final = text("binary.why.refused", "The loader itself refuses it: {said}")
CRASHED: Final = text("binary.why.crashed", "It started and was ended by signal {signal}.")
ELSEWHERE: Final = text("binary.why.elsewhere", "It does not start on {system}: {why}.")
STARTS: Final = text("binary.why.starts", "Nothing speaks against {path} starting in {root}.")
STARTS_ON: Final = text("binary.why.starts-on", "Nothing speaks against {path} starting on {system}.")
TRIED: Final = text("binary.why.tried", "tried: {command}  →  exit {exit}")

FIX_CHMOD: Final = text("binary.fix.chmod", "Make it executable: chmod +x {path}")
FIX_NOEXEC: Final = text("binary.fix.noexec", "Copy it to another file system, or mount {mount} with exec.")
FIX_GOARCH: Final = text("binary.fix.goarch", "Build it for this machine: GOOS=linux GOARCH={machine} go build")
FIX_QEMU: Final = text("binary.fix.qemu", "Or start it under an emulator: apt-get install qemu-user; {program} {path}")
FIX_QEMU_HERE: Final = text("binary.fix.qemu-here", "Or start it under the emulator: {program} {path}")
FIX_GOOS: Final = text("binary.fix.goos", "Build it for Linux: GOOS=linux GOARCH={machine} go build")
FIX_CGO: Final = text("binary.fix.cgo", "Build without cgo, so that no loader is needed: CGO_ENABLED=0 go build")
FIX_PIE: Final = text("binary.fix.pie", "Build without -buildmode=pie, which makes a loader needed even without cgo.")
FIX_PACKAGE: Final = text("binary.fix.package", "Or install what the loader belongs to: {package}")
FIX_MUSL: Final = text(
    "binary.fix.musl",
    "Or link it for musl, statically: CC='zig cc -target {target}' CGO_ENABLED=1 go build -ldflags='-linkmode=external -extldflags=-static'",
)
FIX_LIBRARY: Final = text(
    "binary.fix.library",
    "Install the package that has {library} for {arch} (Debian: apt-file search {library}), or link it statically.",
)
FIX_PIN: Final = text(
    "binary.fix.pin",
    "Link against glibc {version} or older: {command}",
)
FIX_LEVEL: Final = text("binary.fix.level", "Build it for all CPUs: GOAMD64=v1 go build (C code: without -march)")
FIX_LINES: Final = text("binary.fix.lines", "Give it Unix line ends: sed -i 's/\\r$//' {path}")
FIX_ENV_S: Final = text("binary.fix.env-s", "Write #!/usr/bin/env -S {words}")
FIX_HEAD: Final = text("binary.fix.head", "Write #!/bin/sh as its first line.")
FIX_MUSL_SYMBOLS: Final = text("binary.fix.musl-symbols", "Link it on (or for) the musl release of that system, or statically.")
