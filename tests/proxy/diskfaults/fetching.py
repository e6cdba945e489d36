"""Fetches files of a module into a fresh store, while the n-th call on the store fails, for each n and each of some errors.

Run with faults.c loaded before libc: ``fetching.py FOLDER UPSTREAM STEP``; prints what happened as JSON.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import functools
import json
import os
import shutil
import sys

from gomend.proxy.kitchen import Kitchen
from gomend.proxy.settings import Setup
from gomend.proxy.store import Store
from gomend.proxy.upstream import Folder

PLACES = [f"example.com/a/@v/v1.0.0.{suffix}" for suffix in ("info", "mod", "zip")] + ["example.com/a/@v/list"]


async def fetch(root: str, upstream: str, begun: object) -> list[str]:
    """What is wrong in the answers."""
    kitchen = Kitchen(Setup(store=root, upstreams=(f"file://{upstream}",)), Store(root), (Folder(upstream),))
    begun()  # type: ignore[operator]
    try:
        bad = []
        for place in PLACES:
            answer = await kitchen.answer(f"/{place}")
            wanted = read(f"{upstream}/{place}")
            got = answer.body
            if answer.status == 200 and answer.file:
                got = read(answer.file)
            if answer.status == 200 and got != wanted:
                bad.append(f"{place}: wrong content")
            if answer.status != 200 and not (answer.status >= 500 and answer.body.strip()):
                bad.append(f"{place}: {answer.status} {answer.body!r}")
        if kitchen._syncing is not None:
            await kitchen._syncing  # what comes after the answers
        return bad + [f"left: {name}" for name in os.listdir(f"{root}/.gomend/tmp/{os.listdir(f'{root}/.gomend/tmp')[0]}")]
    finally:
        await kitchen.close()


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def look(root: str, upstream: str) -> list[str]:
    """What is wrong in the store."""
    bad = []
    for folder, _, names in os.walk(root):
        for name in names:
            place = os.path.relpath(f"{folder}/{name}", root)
            if place.startswith(".gomend/tmp/"):
                bad.append(f"left: {place}")
            elif not place.startswith(".gomend") and name != "list" and read(f"{root}/{place}") != read(f"{upstream}/{place}"):
                bad.append(f"half: {place}")
    return bad


def main() -> None:
    folder, upstream, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
    library = ctypes.CDLL(None)
    library.fault_hit.restype = ctypes.c_char_p
    bad: list[str] = []
    hits: dict[str, int] = {}
    tried = 0
    for code in (errno.ENOSPC, errno.EIO, errno.EMFILE):
        number = 1
        while True:
            root = f"{folder}/store"
            try:
                begun = functools.partial(library.fault_set, f"{root}/".encode(), number, code)
                found = asyncio.run(fetch(root, upstream, begun))
            except OSError as error:
                found = [] if error.errno == code else [f"raised {error}"]
            hit = library.fault_hit().decode()
            library.fault_set(b"", 0, 0)
            if not hit:
                bad += [f"without a fault: {b}" for b in found]
                break
            tried += 1
            hits[hit] = hits.get(hit, 0) + 1
            found += look(root, upstream)
            # The trouble is over: everything is as it should be, from the same store.
            found += [f"later {b}" for b in asyncio.run(fetch(root, upstream, lambda: None))]
            found += [f"later missing: {p}" for p in PLACES if not os.path.exists(f"{root}/{p}")]
            bad += [f"{errno.errorcode[code]} at {number} ({hit}): {b}" for b in found]
            shutil.rmtree(root)
            number += step
        shutil.rmtree(f"{folder}/store", ignore_errors=True)
    print(json.dumps({"tried": tried, "hits": hits, "bad": bad}))


main()
