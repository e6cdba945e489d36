"""Fetching one module's .info, .mod and .zip with the module cache and go.sum in between.

Source: cmd/go/internal/modfetch/fetch.go (Download, DownloadZip, checkMod), cache.go (cachingRepo, InfoFile, GoMod).
"""

from __future__ import annotations

import json

from gomend.golang import patterns, semver
from gomend.modules.route import served
from gomend.modules.route.cached import CachedRepo
from gomend.modules.route.errors import GoError, Mod, UseProxyError, version_error
from gomend.modules.route.gomod import lookup_go
from gomend.modules.route.gosum import GoSum
from gomend.modules.route.goversions import ToolchainRepo
from gomend.modules.route.machine import cache_path, join, module_dir
from gomend.modules.route.once import Once
from gomend.modules.route.process import Process
from gomend.modules.route.proxies import Info, ProxyRepo, Repo, no_proxy, try_proxies
from gomend.modules.route.served import Body, Zip
from gomend.modules.route.sumdb import Database, uses
from gomend.modules.route.vcs import direct


class Fetcher:
    """modfetch.Fetcher."""

    def __init__(self, process: Process) -> None:
        """A fetcher of one process."""
        self.process = process
        self.sums = GoSum(process)
        self.database = Database(process)
        self.once = Once()
        self._repos: dict[tuple[str, str], CachedRepo] = {}

    def repo(self, proxy: str, path: str) -> CachedRepo:
        """modfetch.Lookup."""
        return self._repos.setdefault((proxy, path), CachedRepo(self, proxy, path))

    def look_up(self, proxy: str, path: str) -> Repo:
        """modfetch.lookup: which repository a proxy (or ``direct``) means for a path.

        Raises:
            GoError: none.
        """
        if self.process.build_mod == "vendor":
            reason = f"\n\t({self.process.mod_reason})" if self.process.mod_reason else ""
            raise GoError(f"module lookup disabled by -mod=vendor{reason}")
        if path in semver.TOOLCHAINS:
            return ToolchainRepo(path, self.repo(proxy, "golang.org/toolchain"), self.process.machine.go)
        if patterns.matches(no_proxy(self.process), path):
            if proxy in {"noproxy", "direct"}:
                return direct(self.process, path)
            raise GoError("disabled by GOPRIVATE/GONOPROXY", missing=True)
        if proxy == "off":
            raise GoError("module lookup disabled by GOPROXY=off", missing=True)
        if proxy == "direct":
            return direct(self.process, path)
        if proxy == "noproxy":
            raise UseProxyError
        return ProxyRepo(self.process, proxy, path)

    def write(self, mod: Mod, suffix: str, body: Body) -> None:
        """Write a file of the module cache."""
        self.process.machine.files[cache_path(mod, suffix)] = body

    def disk_info(self, mod: Mod) -> Info | None:
        """modfetch.readDiskStat."""
        text = self.process.machine.text(cache_path(mod, "info"))
        if text is None and self.process.env.get("GOPROXY") == "off":
            text = self._info_by_hash(mod)
        try:
            found = json.loads(text or "")
        except ValueError:
            return None
        return Info({k: v for k, v in found.items() if isinstance(v, str)}) if isinstance(found, dict) else None

    def _info_by_hash(self, mod: Mod) -> str | None:
        """modfetch.readDiskStatByHash: offline, a commit is known by the pseudo-version that ends in it."""
        if len(mod.version) < 12 or any(c not in "0123456789abcdef" for c in mod.version):
            return None
        folder = cache_path(mod, "info").rpartition("/")[0]
        names = [n.removesuffix(".info") for n in self.process.machine.children(folder) if n.endswith(".info")]
        fits = [n for n in names if n.endswith(f"-{mod.version[:12]}") and semver.is_pseudo(n)]
        best = max(fits, key=lambda v: semver.key(mod.path, v), default="")
        return self.process.machine.text(f"{folder}/{best}.info") if best else None

    def disk_mod(self, mod: Mod) -> str | None:
        """modfetch.readDiskGoMod."""
        text = self.process.machine.text(cache_path(mod, "mod"))
        if text is not None:
            self.check_mod_text(mod, text)
        return text

    def info_file(self, mod: Mod) -> Info:
        """modfetch.InfoFile."""
        known = self.disk_info(mod)
        if known is not None:
            return known
        return try_proxies(self.process, lambda proxy: self.repo(proxy, mod.path).stat(mod.version))

    def go_mod(self, mod: Mod) -> str:
        """modfetch.GoMod."""
        try:
            known = self.disk_mod(mod)
        except GoError:
            known = None
        if known is not None:
            return known
        return try_proxies(self.process, lambda proxy: self.repo(proxy, mod.path).go_mod(mod.version))

    def check_mod_text(self, mod: Mod, text: str) -> None:
        """modfetch.checkGoMod."""
        self.check_sum(mod.sum_key, served.h1({"go.mod": text}))

    def check_sum(self, mod: Mod, h1: str) -> None:
        """modfetch.checkModSum: go.sum first, then the checksum database.

        Raises:
            GoError: the database does not vouch for it.
        """
        sums = self.sums.load()
        if sums is not None and self.sums.listed(mod, h1):
            self.sums.used.add((mod, h1))
            return
        if uses(self.process, mod.path):
            self.database.check(mod, h1)
        if sums is not None:
            self.sums.used.add((mod, h1))
            self.sums.add(mod, h1)

    def folder(self, mod: Mod) -> str | None:
        """modfetch.DownloadDir: the extracted folder if it is whole."""
        machine = self.process.machine
        folder = module_dir(mod)
        whole = machine.is_dir(folder) and cache_path(mod, "ziphash") in machine.files
        return folder if whole and cache_path(mod, "partial") not in machine.files else None

    def download(self, mod: Mod) -> str:
        """modfetch.Download: the folder with the module's files."""
        return self.once.do(("download", mod), lambda: self._download(mod))

    def _download(self, mod: Mod) -> str:
        folder = self.folder(mod)
        if folder is None:
            self.download_zip(mod)
            folder = self._unzip(mod)
        self._check_mod(mod)
        text = self.process.machine.text(join(folder, "go.mod"))
        go = lookup_go(text) if text is not None else ""
        if go and self.process.needs_newer(go):
            raise self.process.too_new(str(mod), go)
        return folder

    def _unzip(self, mod: Mod) -> str:
        machine = self.process.machine
        body = machine.files[cache_path(mod, "zip")]
        folder = module_dir(mod)
        machine.remove(folder)
        prefix = f"{mod.path}@{mod.version}/"
        problem = ""
        if not isinstance(body, Zip):
            problem = "zip: not a valid zip file"
        elif wrong := next((n for n in sorted(body.files) if not n.startswith(prefix)), ""):
            problem = f'{wrong}: path does not have prefix "{prefix}"'
        if problem or not isinstance(body, Zip):
            error = GoError(f"unzip {cache_path(mod, 'zip')}: {problem}")
            self.process.say(f"-> {error}")
            raise error
        for name, text in body.files.items():
            machine.files[f"{folder}/{name.removeprefix(prefix)}"] = text
        machine.files.pop(cache_path(mod, "partial"), None)
        return folder

    def download_zip(self, mod: Mod) -> str:
        """modfetch.DownloadZip."""
        return self.once.do(("zip", mod), lambda: self._download_zip(mod))

    def _download_zip(self, mod: Mod) -> str:
        files = self.process.machine.files
        path, hash_path = cache_path(mod, "zip"), cache_path(mod, "ziphash")
        if path in files and hash_path in files:
            if not self.sums.have(mod):
                self._check_mod(mod)
            return path
        if self.process.command != "mod download":
            version = mod.version
            if mod.path == "golang.org/toolchain":
                name, _, platform = version.partition("-")[2].rpartition(".")
                self.process.say(f"go: downloading {name} ({platform.replace('-', '/')})")
            else:
                self.process.say(f"go: downloading {mod.path} {version}")
        if path in files:
            self._hash_zip(mod, files[path])
            return path
        body = try_proxies(self.process, lambda proxy: self.repo(proxy, mod.path).zip(mod.version))
        if not isinstance(body, Zip):
            raise GoError("zip: not a valid zip file")
        prefix = f"{mod.path}@{mod.version}"
        for name in sorted(body.files):
            if not name.startswith(f"{prefix}/"):
                raise GoError(f"zip for {prefix} has unexpected file {name}")
        self._hash_zip(mod, body)
        files[path] = body
        return path

    def _hash_zip(self, mod: Mod, body: Body) -> None:
        if not isinstance(body, Zip):
            raise GoError("zip: not a valid zip file")
        self.check_sum(mod, body.h1)
        self.write(mod, "ziphash", body.h1)

    def _check_mod(self, mod: Mod) -> None:
        """modfetch.checkMod: what was once hashed must still agree with go.sum; otherwise the process ends."""
        recorded = (self.process.machine.text(cache_path(mod, "ziphash")) or "").strip()
        try:
            if len(recorded) != 47:
                self._hash_zip(mod, self.process.machine.files.get(cache_path(mod, "zip"), ""))
                return
            self.check_sum(mod, recorded)
        except GoError as error:
            told = version_error(mod, error)
            prefix = "" if len(recorded) == 47 else "verifying "
            self.process.fatal(f"{prefix}{told if prefix else error}")
