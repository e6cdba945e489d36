"""What gomend says of systems is what happens there: programs are really started with loaders of three ages of glibc, and of musl."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gomend.binary import closure, distros, elf
from gomend.binary.roots import Root
from tests.binary import roots

C = {
    "old": ('#include <stdio.h>\nint main(void) { puts("OK"); return 0; }\n', ["-Wl,--hash-style=both"]),
    "threads": (
        (
            "#include <pthread.h>\n#include <stdio.h>\nstatic void *f(void *x) { return x; }\n"
            'int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); pthread_join(t, 0); puts("OK"); return 0; }\n'
        ),
        ["-pthread"],
    ),
    "relr": ('#include <stdio.h>\nint main(void) { puts("OK"); return 0; }\n', ["-Wl,-z,pack-relative-relocs"]),
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("programs")
    made = {}
    for name, (source, flags) in C.items():
        (folder / f"{name}.c").write_text(source)
        made[name] = folder / name
        subprocess.run(["gcc", *flags, "-o", name, f"{name}.c"], cwd=folder, check=True, capture_output=True)
    (folder / "cxx.cc").write_text(
        "#include <format>\n#include <iostream>\n#include <string>\n#include <charconv>\n"
        'int main() { char b[64]; auto r = std::to_chars(b, b + 64, 1.5); *r.ptr = 0; std::cout << "OK " << b; }\n'.replace(
            "#include <format>\n", ""
        )
    )
    subprocess.run(["g++", "-std=c++17", "-o", "cxx", "cxx.cc"], cwd=folder, check=True, capture_output=True)
    made["cxx"] = folder / "cxx"
    for name, flags in (("musl", []), ("musl-static", ["-static"])):
        subprocess.run(["musl-gcc", *flags, "-o", name, "old.c"], cwd=folder, check=True, capture_output=True)
        made[name] = folder / name
    return made


@pytest.mark.parametrize("system", roots.GLIBC)
@pytest.mark.parametrize("name", ["old", "threads", "relr", "cxx"])
def test_what_is_said_of_a_system_is_what_happens_there(programs: dict[str, Path], system: str, name: str) -> None:
    distro = distros.find(system)
    assert distro is not None
    program, root = programs[name], roots.GLIBC[system]
    info = elf.inspect(str(program))
    real = roots.start(program, root)
    assert (distros.why_not(info, distro) is None) == (real.returncode == 0), real.stderr
    found = closure.closure(str(program), Root(str(root)))
    refused = {clash.what for clash in found.clashes}
    assert {name for name in refused if f"`{name}' not found" in real.stderr} == refused
    assert bool(refused or found.missing) == (real.returncode != 0)


def test_both_answers_occur(programs: dict[str, Path]) -> None:
    ends = {
        (s, n): roots.start(programs[n], r).returncode == 0 for s, r in roots.GLIBC.items() for n in ("old", "threads", "cxx")
    }
    assert set(ends.values()) == {True, False}


@pytest.mark.parametrize("system", roots.GLIBC)
def test_the_versions_in_the_data_are_those_of_the_libraries(system: str) -> None:
    distro = distros.find(system)
    assert distro is not None
    root = roots.GLIBC[system]
    loader = next(root.glob("lib/x86_64-linux-gnu/ld-[l2]*"))
    said = subprocess.run([str(loader), "--version"], capture_output=True, text=True, check=False).stdout
    raw = next(root.glob("lib/x86_64-linux-gnu/libc[.-]*so*")).read_bytes()
    assert f"stable release version {distro.version}" in raw.decode("latin1") + said
    from gomend.binary.elffile import Elf

    cxx = Elf((root / "usr/lib/x86_64-linux-gnu/libstdc++.so.6").read_bytes()).defines()
    assert distros.highest(list(cxx), "GLIBCXX_") == distro.glibcxx
    assert distros.highest(list(cxx), "CXXABI_") == distro.cxxabi


def test_the_data_claims_no_more_proof_than_there_is() -> None:
    claimed = {f"{f.family}:{v}" for f in distros.families() for v, found in f.versions.items() if found.proof == "run"}
    assert claimed == set(roots.GLIBC)
    for name in distros.names():
        assert distros.find(name) is not None, name
    assert all(family.source for family in distros.families())


def test_musl(programs: dict[str, Path], tmp_path: Path) -> None:
    root, alpine, debian = roots.musl(tmp_path), distros.find("alpine:3.20"), distros.find("debian:12")
    assert alpine is not None
    assert debian is not None
    for name in ("old", "musl", "musl-static"):
        info = elf.inspect(str(programs[name]))
        real = roots.start_chroot(programs[name], root)
        assert (distros.why_not(info, alpine) is None) == (real.returncode == 0), (name, real.stderr)
        found = closure.closure(str(programs[name]), Root(str(root)))
        assert (found.interpreter is None) == (name != "musl")
        assert found.clashes == ()
    assert elf.inspect(str(programs["musl-static"])).static_libc == "musl"
    assert distros.why_not(elf.inspect(str(programs["musl"])), debian) is not None


def test_musl_symbols(tmp_path: Path) -> None:
    """A library for musl that asks for what musl does not have: its loader says so, and gomend before it."""
    (tmp_path / "x.c").write_text("int no_such_thing(void);\nint x(void) { return no_such_thing(); }\n")
    (tmp_path / "a.c").write_text("int x(void);\nint main(void) { return x(); }\n")
    root = roots.musl(tmp_path)
    for words in (
        ["-shared", "-fPIC", "-o", str(root / "lib/libx.so"), "x.c"],
        ["-o", "a", "a.c", f"-L{root / 'lib'}", "-lx", "-Wl,--allow-shlib-undefined"],
    ):
        subprocess.run(["musl-gcc", *words], cwd=tmp_path, check=True, capture_output=True)
    found = closure.closure(str(tmp_path / "a"), Root(str(root)))
    assert [(clash.wanted_by, clash.what) for clash in found.clashes] == [("/lib/libx.so", "no_such_thing")]
    assert "no_such_thing" in roots.start_chroot(tmp_path / "a", root).stderr


def test_the_closure_is_the_loader_s(tmp_path: Path) -> None:
    """RPATH, RUNPATH, $ORIGIN, LD_LIBRARY_PATH: the libraries that ``ld.so --list`` finds, in a nest of libraries."""
    for name, needs, flags in (
        ("deep", [], []),
        ("mid", ["deep"], ["-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../deep"]),
        ("top", ["mid"], ["-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/../mid"]),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.c").write_text(f"int {name}(void) {{ return 1; }}\n")
        links = [w for n in needs for w in (f"-L{tmp_path / n}", "-Wl,--no-as-needed", f"-l{n}", "-Wl,--allow-shlib-undefined")]
        words = ["gcc", "-shared", "-fPIC", "-o", f"{name}/lib{name}.so", f"{name}.c", *links, *flags]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    for kind, tags in (("rpath", "--disable-new-dtags"), ("runpath", "--enable-new-dtags")):
        words = ["gcc", "-o", kind, "main.c", "-Ltop", "-Wl,--no-as-needed", "-ltop", "-Wl,--allow-shlib-undefined"]
        words += [f"-Wl,{tags}", "-Wl,-rpath,$ORIGIN/top", "-Wl,--unresolved-symbols=ignore-all"]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
        for library_path in ("", str(tmp_path / "deep"), str(tmp_path / "mid")):
            env = {"LD_LIBRARY_PATH": library_path} if library_path else {}
            listed = subprocess.run(
                ["/lib64/ld-linux-x86-64.so.2", "--list", str(tmp_path / kind)],
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            text = listed.stdout + listed.stderr
            found = closure.closure(str(tmp_path / kind), Root(), library_path)
            for item in found.loaded:
                if item.path is None:
                    assert f"{item.name} => not found" in text or f"{item.name}: cannot open" in text, (
                        kind,
                        library_path,
                        text,
                    )
                else:
                    assert f"{item.name} => {item.path} " in text, (kind, library_path, item, text)


@pytest.mark.parametrize("step", [0, 1])
def test_closures_of_programs_here_are_the_loader_s(step: int) -> None:
    paths = [p for p in sorted(Path("/usr/bin").iterdir()) if p.is_file() and not p.is_symlink()]
    checked = 0
    for path in paths[step::37]:
        raw = path.read_bytes()
        if raw[:4] != b"\x7fELF" or elf.inspect(raw).interpreter != "/lib64/ld-linux-x86-64.so.2":
            continue
        words = ["/lib64/ld-linux-x86-64.so.2", "--list", str(path)]
        text = subprocess.run(words, capture_output=True, text=True, check=False, env={}).stdout
        found = closure.closure(str(path), Root())
        theirs = {tuple(line.split(" (0x")[0].strip().split(" => ")) for line in text.splitlines() if " => " in line}
        assert {(i.name, i.path) for i in found.loaded} == theirs - {t for t in theirs if t[0].startswith("ld-linux")}, path
        assert found.clashes == ()
        checked += 1
    assert checked > 8
