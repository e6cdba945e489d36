"""The user's state folder: where journals live, and the sealed copies that undo needs.

Copies of old file contents may hold the user's own secrets (a go env file with a password in GOPROXY, a launch.json with a
token). They are therefore sealed with a key of this machine (NaCl secret box; ``key``, mode 0600), so that a journal can
be attached to a bug report.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import stat
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

from gomend.model.base import Thing
from gomend.ports.files import drop_leftovers, sync_folder, write_whole

_KEY: Final = 32
"""Bytes of a secret box's key."""
LOCK_WAIT: Final = 30.0
"""Seconds to wait for another gomend, or for a program that an interrupted one started, to end."""


class StateProblem(Exception):  # noqa: N818 - a problem is told to people
    """The state folder cannot be used; the message says what to do."""


class Kept(Thing, frozen=True):
    """What was at a path before a step. ``kind``: ``none``, ``file``, ``folder`` or ``link``; ``blob`` holds the sealed content."""

    path: str
    kind: str
    mode: int = 0
    mtime_ns: int = 0
    blob: str = ""
    target: str = ""
    base: str = ""
    """For ``none``: the nearest folder above that existed; empty folders below it go when the path goes."""


def state_folder(variables: Mapping[str, str], home: str) -> Path:
    """``GOMEND_STATE``, else ``$XDG_STATE_HOME/gomend``, else ``~/.local/state/gomend``."""
    explicit = variables.get("GOMEND_STATE")
    if explicit:
        return Path(explicit)
    base = variables.get("XDG_STATE_HOME") or os.path.join(home or "/tmp", ".local", "state")  # noqa: S108 - no home
    return Path(base) / "gomend"


def secret(state: Path) -> bytes:
    """This machine's key (32 bytes), made at first use; only the user can read it."""
    path = state / "key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = os.urandom(_KEY)
        write_whole(str(path), key, 0o600)
        return key


class Vault:
    """Sealed blobs in one folder."""

    def __init__(self, state: Path, folder: Path) -> None:
        """``state`` holds the key, ``folder`` the blobs."""
        self._state = state
        self._folder = folder

    def seal(self, content: bytes) -> str:
        """Store ``content``; returns the blob's name."""
        from nacl.secret import SecretBox

        name = f"{len(list(self._folder.glob('*.sealed'))):04d}.sealed"
        write_whole(str(self._folder / name), bytes(SecretBox(secret(self._state)).encrypt(content)), 0o600)
        return name

    def open(self, name: str) -> bytes:
        """Read a blob back.

        Raises:
            StateProblem: the blob or the key is gone or damaged.
        """
        from nacl.exceptions import CryptoError
        from nacl.secret import SecretBox

        try:
            return bytes(SecretBox(secret(self._state)).decrypt((self._folder / name).read_bytes()))
        except (OSError, CryptoError, ValueError) as error:
            msg = f"the saved copy {self._folder / name} cannot be read: {error}"
            raise StateProblem(msg) from None

    def keep(self, path: str) -> Kept:
        """Save what is at ``path`` now."""
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return Kept(path=path, kind="none", base=_existing(os.path.dirname(path)))
        mode, mtime = stat.S_IMODE(found.st_mode), found.st_mtime_ns
        if stat.S_ISLNK(found.st_mode):
            return Kept(path=path, kind="link", target=os.readlink(path))
        if stat.S_ISDIR(found.st_mode):
            import tarfile

            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
                archive.add(path, arcname=".")
            return Kept(path=path, kind="folder", mode=mode, mtime_ns=mtime, blob=self.seal(buffer.getvalue()))
        return Kept(path=path, kind="file", mode=mode, mtime_ns=mtime, blob=self.seal(Path(path).read_bytes()))

    def restore(self, kept: Kept) -> None:
        """Bring back what :meth:`keep` saw; harmless if it is there already."""
        drop_leftovers(kept.path)
        if kept.kind == "file":
            if os.path.isdir(kept.path) and not os.path.islink(kept.path):
                remove_tree(kept.path)
            content = self.open(kept.blob)
            if not os.path.isfile(kept.path) or Path(kept.path).read_bytes() != content:
                write_whole(kept.path, content, kept.mode)
            os.chmod(kept.path, kept.mode)
            os.utime(kept.path, ns=(kept.mtime_ns, kept.mtime_ns))
            return
        remove_tree(kept.path)
        if kept.kind == "none":
            _prune(os.path.dirname(kept.path), kept.base)
        elif kept.kind == "link":
            os.symlink(kept.target, kept.path)
        elif kept.kind == "folder":
            import tarfile

            os.makedirs(kept.path)
            with tarfile.open(fileobj=io.BytesIO(self.open(kept.blob))) as archive:
                archive.extractall(kept.path, filter="fully_trusted")  # noqa: S202 - our own sealed archive


def _existing(folder: str) -> str:
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def _prune(folder: str, base: str) -> None:
    """Remove empty folders from ``folder`` up to, but not including, ``base``."""
    while base and folder != base and folder.startswith(base):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = os.path.dirname(folder)


def remove_tree(path: str) -> None:
    """Remove a file, link or folder, read-only folders included; nothing there is fine."""
    import shutil

    if os.path.islink(path) or os.path.isfile(path):
        os.unlink(path)
    elif os.path.isdir(path):
        for folder, _, _ in os.walk(path):
            with contextlib.suppress(OSError):
                os.chmod(folder, stat.S_IMODE(os.lstat(folder).st_mode) | 0o700)
        shutil.rmtree(path)


def move(source: str, target: str) -> None:
    """Rename within or across file systems, keeping modes and times; a read-only folder may change its parent."""
    import shutil

    os.makedirs(os.path.dirname(target), exist_ok=True)
    mode = stat.S_IMODE(os.lstat(source).st_mode)
    is_folder = os.path.isdir(source) and not os.path.islink(source)
    if is_folder and not mode & stat.S_IWUSR:
        os.chmod(source, mode | stat.S_IWUSR)
    try:
        os.rename(source, target)
    except OSError:
        part = target + ".part"
        remove_tree(part)
        if is_folder:
            shutil.copytree(source, part, symlinks=True)
        else:
            shutil.copy2(source, part, follow_symlinks=False)
        os.rename(part, target)
        remove_tree(source)
    if is_folder and not mode & stat.S_IWUSR:
        os.chmod(target, mode)
    sync_folder(os.path.dirname(target))


@contextlib.contextmanager
def locked(state: Path, *, wait: float = LOCK_WAIT) -> Generator[int]:
    """Hold the one lock over all changes; yields its descriptor, which programs started under it inherit.

    Raises:
        StateProblem: somebody else holds it longer than ``wait`` seconds, or the folder cannot be written.
    """
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        msg = f"the state folder {state} cannot be used: {error.strerror}; set GOMEND_STATE to one that can"
        raise StateProblem(msg) from None
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    msg = "another gomend, or a program that an interrupted one started, is still changing things; try again when it ends"
                    raise StateProblem(msg) from None
                time.sleep(0.05)
        yield handle
    finally:
        os.close(handle)
