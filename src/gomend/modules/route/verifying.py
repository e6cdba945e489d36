"""``go mod verify`` of one module. Source: cmd/go/internal/modcmd/verify.go (verifyMod)."""

from __future__ import annotations

from gomend.modules.route import served
from gomend.modules.route.errors import Mod
from gomend.modules.route.machine import cache_path, module_dir
from gomend.modules.route.served import Zip
from gomend.modules.route.state import State


def problems(state: State, mod: Mod) -> list[str]:
    """What go would complain of."""
    machine = state.process.machine
    zip_path, hash_path, folder = cache_path(mod, "zip"), cache_path(mod, "ziphash"), state.fetcher.folder(mod)
    body = machine.files.get(zip_path)
    recorded = machine.text(hash_path)
    name = f"{mod.path} {mod.version}"
    if recorded is None:
        if body is None and not machine.is_dir(module_dir(mod)):
            return []
        return [f"{name}: missing ziphash: open {hash_path}: no such file or directory"]
    told: list[str] = []
    if body is not None:
        if not isinstance(body, Zip):
            return [f"{name}: zip: not a valid zip file"]
        if body.h1 != recorded.strip():
            told.append(f"{name}: zip has been modified ({zip_path})")
    if folder is not None:
        inside = {
            f"{mod.path}@{mod.version}/{n.removeprefix(folder + '/')}": machine.text(n) or "" for n in machine.below(folder)
        }
        same = isinstance(body, Zip) and dict(body.files) == inside and body.h1 == recorded.strip()
        if not same and served.h1(inside) != recorded.strip():
            told.append(f"{name}: dir has been modified ({folder})")
    return told
