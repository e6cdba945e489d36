"""A library was compiled with a newer glibc than the one that is linked.

What it finds     A log misses symbols that newer glibc headers bring in (``__isoc23_strtol`` since 2.38, ``__libc_single_threaded`` since 2.32, ``_dl_find_object`` since 2.35), and the program is linked with glibc.
Why it hurts      An archive from a newer system cannot be linked on an older one.
Example           ``undefined reference to `__isoc23_strtol'`` on Debian 12 with an archive from Fedora 39.
After the fix     The archive is built on the older system, or the program on the newer one.
Fix safety        Manual: gomend does not have the archive's source.
How it is proved  The command is run again and no longer says so.
References        sourceware.org/glibc/wiki/Release/2.38.
"""

from __future__ import annotations

from collections.abc import Iterator

from gomend.cgo import mending, worlds
from gomend.cgo.facts.compilers import CompilerOffers, Compilers
from gomend.cgo.facts.flags import BuildFlags
from gomend.cgo.facts.symptoms import CgoSymptoms
from gomend.cgo.facts.targets import Targets
from gomend.cgo.judging import sure
from gomend.cgo.symptoms.base import Kind
from gomend.golang.facts.log import LogText
from gomend.model.base import Safety, Severity
from gomend.model.facts import Absent, Unknown
from gomend.model.finding import Finding, Subject
from gomend.model.rule import Mend, Rule

_NEW = {
    "2.25": "explicit_bzero getentropy getrandom",
    "2.26": "reallocarray preadv2 pwritev2",
    "2.27": "copy_file_range memfd_create mlock2 pkey_alloc pkey_free",
    "2.28": "renameat2 statx fcntl64 thrd_create thrd_join mtx_init mtx_lock cnd_init cnd_wait call_once",
    "2.30": "gettid tgkill getdents64 pthread_cond_clockwait pthread_mutex_clocklock sem_clockwait",
    "2.32": "__libc_single_threaded sigabbrev_np sigdescr_np strerrorname_np mallinfo2",
    "2.33": "stat fstat lstat stat64 fstat64 lstat64 fstatat fstatat64 mknod mknodat",
    "2.34": "closefrom close_range execveat _Fork timespec_getres __libc_start_main@GLIBC_2.34",
    "2.35": "_dl_find_object epoll_pwait2",
    "2.36": "arc4random arc4random_buf arc4random_uniform pidfd_open pidfd_send_signal process_madvise",
    "2.38": "strlcpy strlcat wcslcpy wcslcat",
    "2.39": "pidfd_getpid pidfd_spawn stdc_leading_zeros_ui",
}
"""Functions by the glibc that they came with: the symbol versions of its libc.so.6."""
_SINCE = {name: version for version, names in _NEW.items() for name in names.split()}


def _since(symbol: str) -> str:
    return "2.38" if symbol.startswith("__isoc23_") else _SINCE.get(symbol, "")


rule = Rule(
    "GM273",
    "archive-needs-newer-glibc",
    severity=Severity.ERROR,
    since="0.1",
    title="{symbol} is in newer glibc versions only",
    message="A library needs {symbol}, which came with glibc {version}; the one that is linked is older.",
    doc=__doc__,
    explains=("GM269",),
)


@rule.check
def check(log: LogText, seen: CgoSymptoms, compilers: Compilers | Absent | Unknown) -> Iterator[Finding]:
    musl = isinstance(compilers, Compilers) and any(c.musl for c in compilers.by_value.values())
    for symptom in seen.of(Kind.SYMBOL_UNDEFINED):
        version = _since(symptom.name)
        if version and not musl and "musl" not in log.text:
            yield rule.finding(
                Subject(kind="symbol", name=symptom.name),
                evidence=[log.evidence(symptom.line)],
                confidence=sure(isinstance(compilers, Compilers)),
                symbol=symptom.name,
                version=version,
            )
            return


@rule.fix("Link with a newer glibc", safety=Safety.MANUAL)
def newer(
    finding: Finding,
    targets: Targets | Absent | Unknown,
    offers: CompilerOffers | Absent | Unknown,
    flags: BuildFlags | Absent | Unknown,
) -> Mend | None:
    version = _since(finding.subject.name)
    lines = mending.again(flags, env=mending.other_libc(targets, offers, musl=False, glibc=version))
    return Mend(hints=("# best: compile the library on the older system. For a program that needs the newer one:", *lines))


_LOG = "/usr/bin/ld: lib/libpre.a(pre.o): in function `pre':\npre.c:(.text+0x1): undefined reference to `__isoc23_strtol'\n"

rule.catches(
    "C23 functions", subject="__isoc23_strtol", files=worlds.cgo_project(), programs=("gcc",), commands=worlds.GCC, log=_LOG
)
rule.catches("arc4random", log=_LOG.replace("__isoc23_strtol", "arc4random"))
rule.passes(
    "musl, which GM272 says",
    env={"CC": "musl-gcc"},
    programs=("musl-gcc",),
    commands=worlds.machine("musl-gcc", "x86_64-linux-gnu"),
    files=worlds.cgo_project(),
    log=_LOG,
)
rule.passes("an ordinary symbol", log=_LOG.replace("__isoc23_strtol", "foo"))
rule.not_applicable("no log", files={"go.mod": "module example.com/shop\n"})
rule.undetermined("the log is from before the fix", without={"LogText": Unknown(reason="old")})
