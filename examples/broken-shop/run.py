"""The example: a shop whose build, cross build and debugger fail; gomend says why, mends it and proves it.

``make run`` starts this. Everything happens in ``examples/broken-shop/.work``: its own go env file, module cache, git
configuration and gomend state, so nothing of yours is touched. The failures, the fixes and the proofs are real.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import servers

HERE = Path(__file__).parent
WORK = HERE / ".work"
SHOP = WORK / "shop"
ROOT = HERE.parent.parent
DLV = "v1.27.2"
BUILD = ["go", "build", "-trimpath", "-gcflags=all=-N -l", "-o", "bin/shop", "./cmd/shop"]
COLOUR = (sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
CHINESE = os.environ.get("GOMEND_LANG", os.environ.get("LANG", "")).startswith("zh")


def paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def title(english: str, chinese: str) -> None:
    print(paint(f"\n━━ {chinese if CHINESE else english} ", "1;36") + paint("━" * 20, "1;36"), flush=True)


def note(english: str, chinese: str) -> None:
    print(paint(f"   {chinese if CHINESE else english}", "2"), flush=True)


def stop(message: str) -> None:
    print(paint(f"✗ {message}", "1;31"))
    raise SystemExit(1)


def run(shown: str, argv: list[str], *, env: dict[str, str], expect: bool, cwd: Path = SHOP, say: str = "") -> str:
    """Show a command as typed, run it, show what it says; stop if it does not end as the example promises."""
    print(paint("$ ", "1;32") + paint(shown, "1"), flush=True)
    done = subprocess.run(argv, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(done.stdout.rstrip(), flush=True)
    if (done.returncode == 0) is not expect:
        stop(f"{shown}: exit code {done.returncode}, which this example did not expect. {say}")
    return done.stdout


def prepare_tools() -> dict[str, str]:
    """dlv and a C cross compiler; what is missing is fetched without root, both at the same time, and said."""
    tools = WORK.parent / ".tools" / "bin"
    tools.mkdir(parents=True, exist_ok=True)
    path = f"{tools}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    started = []
    if shutil.which("dlv", path=path) is None:
        note(
            f"building dlv {DLV} with go install (about 15 MB of modules)",
            f"正在用 go install 构建 dlv {DLV}（下载约 15 MB 模块）",
        )
        argv = ["go", "install", f"github.com/go-delve/delve/cmd/dlv@{DLV}"]
        env = {**os.environ, "GOBIN": str(tools), "GOFLAGS": ""}
        started.append(subprocess.Popen(argv, env=env, cwd=tools, stderr=subprocess.PIPE, text=True))
    cross = "aarch64-linux-gnu-gcc" if other_machine() == "arm64" else "x86_64-linux-gnu-gcc"
    if shutil.which(cross) is None and shutil.which("zig") is None and not has_module("ziglang"):
        note(
            "fetching zig, a C cross compiler, from PyPI (about 100 MB, pinned by hash)",
            "正在从 PyPI 下载 zig（C 交叉编译器，约 100 MB，哈希锁定）",
        )
        argv = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "-r",
            str(ROOT / "requirements" / "zig.txt"),
        ]
        started.append(subprocess.Popen(argv, stderr=subprocess.PIPE, text=True))
    for process in started:
        _, said = process.communicate()
        if process.returncode:
            stop(f"{' '.join(map(str, process.args))}:\n{said}")
    return {"PATH": path}


def has_module(name: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


def other_machine() -> str:
    return "amd64" if platform.machine() in {"aarch64", "arm64"} else "arm64"


def lay_out() -> dict[str, str]:
    """A fresh copy of the shop, the two servers, and an environment that touches nothing of the user's."""
    if WORK.exists():
        for folder, _, _ in os.walk(WORK):
            os.chmod(folder, 0o755)
        shutil.rmtree(WORK)
    shutil.copytree(HERE / "shop", SHOP)
    if other_machine() != "arm64":
        settings = SHOP / "gomend.toml"
        settings.write_text(settings.read_text().replace("linux/arm64", f"linux/{other_machine()}"))
    servers.make_repository(HERE / "pay", WORK / "git" / "pay.git")
    servers.Git.root = WORK / "git"
    mirror, git = servers.start(servers.Mirror), servers.start(servers.Git)
    (WORK / "goenv").write_text(f"GOFLAGS=-mod=mod\nGOPROXY=http://127.0.0.1:{mirror},direct\n")
    (WORK / "gitconfig").write_text(f'[url "http://127.0.0.1:{git}/"]\n\tinsteadOf = https://corp.example.com/\n')
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GO", "CGO_", "CC", "CXX", "PKG_CONFIG"))}
    for name in ("GOMEND_LANG", "GOCACHE", "GOROOT"):
        if name in os.environ:
            kept[name] = os.environ[name]
    own = {
        "GOENV": str(WORK / "goenv"),
        "GOMODCACHE": str(WORK / "modcache"),
        "GOTOOLCHAIN": "local",
        "GOMEND_STATE": str(WORK / "state"),
        "GIT_CONFIG_GLOBAL": str(WORK / "gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        **({"FORCE_COLOR": "1"} if COLOUR else {}),
    }
    env = kept | own
    # Yesterday's debug build, from a colleague whose machine could still fetch pay.
    colleague = {**env, "GOENV": "off", "GOPRIVATE": "corp.example.com", "GOMODCACHE": str(WORK / "colleague")}
    subprocess.run(["go", *BUILD[1:]], cwd=SHOP, env=colleague, check=True, capture_output=True)
    return env


def binding(env: dict[str, str]) -> str:
    """What a real dlv says of a breakpoint in the shop, as gomend sees it."""
    argv = [sys.executable, "-m", "gomend", "check", "--deep", "--select", "GM360", "--format", "json", str(SHOP)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if not done.stdout:
        stop(done.stderr)
    answer = json.loads(done.stdout)
    unbound = [f["title"] + "\n  " + f["evidence"][0]["quote"] for f in answer["findings"]]
    unbound += [u["reason"] for u in answer["undetermined"]]
    return "; ".join(unbound)


def main() -> None:
    if shutil.which("go") is None:
        stop("this example needs Go 1.21 or newer on PATH")
    tools = prepare_tools()
    env = lay_out() | tools
    target = f"linux/{other_machine()}"
    goos, goarch = target.split("/")
    cross = {**env, "GOOS": goos, "GOARCH": goarch, "GOFLAGS": "-mod=readonly"}
    gomend = [sys.executable, "-m", "gomend"]

    title("1. The shop is broken", "1. 这个项目坏了")
    run("go build ./...", ["go", "build", "./..."], env=env, expect=False)
    run("go build -mod=readonly ./...", ["go", "build", "-mod=readonly", "./..."], env=env, expect=False)
    run(f"GOARCH={goarch} go build -mod=readonly ./internal/seal", ["go", "build", "./internal/seal"], env=cross, expect=False)
    note("and in a real dlv, a breakpoint in yesterday's debug build:", "再用真实的 dlv，在昨天的调试构建里打一个断点：")
    said = binding(env)
    print(f"  {said}")
    if not said:
        stop("the breakpoint binds already")

    title("2. gomend says why", "2. gomend 说明原因")
    run("gomend check", [*gomend, "check"], env=env, expect=False)

    title("3. gomend mends it, and checks again", "3. gomend 修复，并重新检查")
    run("gomend apply --yes", [*gomend, "apply", "--yes"], env=env, expect=True)

    title("4. The proof: the real tools", "4. 用真实的工具证明")
    run("go build ./... && go test ./...", ["bash", "-c", "go build ./... && go test ./..."], env=env, expect=True)
    out = SHOP / "bin" / f"shop-{goarch}"
    script = f"set -a; . .gomend/env/{goos}_{goarch}.env; set +a; go build -o bin/shop-{goarch} ./cmd/shop"
    run(script, ["bash", "-c", script], env=env, expect=True)
    show_binary(out, goarch, env)
    run("go build -trimpath -gcflags='all=-N -l' -o bin/shop ./cmd/shop", BUILD, env=env, expect=True)
    run("./bin/shop", ["./bin/shop"], env=env, expect=True)
    problem = binding(env)
    if problem:
        stop(f"the breakpoint does not bind: {problem}")
    print(
        paint("✓ ", "1;32")
        + ("真实的 dlv 已绑定 cmd/shop/main.go 中的断点" if CHINESE else "a real dlv binds a breakpoint in cmd/shop/main.go")
    )

    title("5. Nothing was lost", "5. 一切可以撤销")
    run("gomend undo", [*gomend, "undo"], env=env, expect=True)
    same = all(
        path.read_bytes() == (SHOP / path.relative_to(HERE / "shop")).read_bytes()
        for path in (HERE / "shop" / ".vscode").iterdir()
    )
    if not same:
        stop("undo did not bring the old files back")
    note("the shop is as broken as before, byte for byte", "项目逐字节恢复原状（依旧是坏的）")


def show_binary(path: Path, goarch: str, env: dict[str, str]) -> None:
    """Run it under qemu-user where that is installed, else read its header."""
    name = {"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}[goarch]
    emulator = shutil.which(name) or shutil.which(f"{name}-static")
    root = {"arm64": "/usr/aarch64-linux-gnu", "amd64": "/usr/x86_64-linux-gnu"}[goarch]
    interpreted = b"/lib/ld-" in path.read_bytes()[:4096] or b"/lib64/ld-" in path.read_bytes()[:4096]
    if emulator and (not interpreted or Path(root).exists()):
        words = [emulator, *(["-L", root] if interpreted else []), str(path)]
        run(f"{Path(emulator).name} bin/{path.name}", words, env=env, expect=True)
        return
    script = f"go version -m bin/{path.name} | grep -E 'build.(GOARCH|CGO_ENABLED)='"
    said = run(script, ["bash", "-c", script], env=env, expect=True)
    if f"GOARCH={goarch}" not in said or "CGO_ENABLED=1" not in said:
        stop("the cross-built binary is not what it should be")


if __name__ == "__main__":
    main()
