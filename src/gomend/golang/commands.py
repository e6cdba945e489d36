"""Steps that run the go command in the project, with the files that each may change."""

from __future__ import annotations

from gomend.golang.facts.project import GoMod
from gomend.model.step import Run


def root_of(mod: GoMod) -> str:
    """The folder of go.mod."""
    return mod.file.path.removesuffix("go.mod").rstrip("/\\") or "/"


def tidy(mod: GoMod) -> Run:
    """``go mod tidy``: writes go.mod and go.sum."""
    return _run(mod, ("go", "mod", "tidy"), "go.mod", "go.sum")


def download(mod: GoMod, *modules: str) -> Run:
    """``go mod download``: fills the cache, and go.sum where modules are named or missing in it."""
    return _run(mod, ("go", "mod", "download", *modules), "go.mod", "go.sum")


def vendor(mod: GoMod) -> Run:
    """``go mod vendor``: writes the vendor folder anew."""
    return _run(mod, ("go", "mod", "vendor"), "vendor", "go.sum")


def _run(mod: GoMod, argv: tuple[str, ...], *writes: str) -> Run:
    root = root_of(mod)
    touches = tuple("file:vendor/modules.txt" if name == "vendor" else f"file:{name}" for name in writes)
    paths = tuple(f"{root}/{name}" for name in writes)
    return Run(argv=argv, cwd=root, writes=paths, touches=(*touches, "module-cache"))
