"""A small Kubernetes API server on loopback: list in chunks, watch, bookmarks, 410 Gone; its state is scripted.

In a test::

    with ApiServer() as api:                 # ApiServer(token="secret") asks for it, ApiServer(tls=context) speaks TLS
        api.put(pod)                         # any object with kind and metadata.name: ADDED, or MODIFIED if it is there
        api.delete("Pod", "shop", "a-0")     # DELETED
        api.bookmark()                       # a BOOKMARK to every open watch that asked for bookmarks
        api.compact()                        # history is gone: a watch or a list to be continued from before gets 410
        api.expire()                         # open watches get an ERROR event with code 410 and end
        api.drop()                           # open watches are cut off in the middle of a line
        api.fail(503, times=2)               # the next requests are answered so; body= and type= make it lie
        api.config(path)                     # a kubeconfig that leads here
        api.asked                            # what was asked: (path, query), oldest first

As a program: ``python -m tests.incidents.apiserver SCRIPT [PORT]`` prints its address and plays a file of JSON lines, each
``{"after": SECONDS, …}`` with one of ``"put": OBJECT``, ``"delete": [KIND, NAMESPACE, NAME]``, ``"bookmark": true``, ``"compact": true``,
``"expire": true``, ``"drop": true``, ``"fail": [STATUS, TIMES]``; ``"$now"`` in an object becomes the time as Kubernetes writes it. It serves on until it is ended.

Kinds: Pod, Event, Node (v1), Deployment, ReplicaSet (apps/v1). One counter gives resource versions to all, as etcd does.
"""

from __future__ import annotations

import copy
import json
import queue
import ssl
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

KINDS = {
    "Pod": ("/api/v1", "pods"),
    "Event": ("/api/v1", "events"),
    "Node": ("/api/v1", "nodes"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
}
_CUT = object()
_Key = tuple[str, str, str]


class _Watch:
    def __init__(self, kind: str, namespace: str, bookmarks: bool) -> None:
        self.kind, self.namespace, self.bookmarks = kind, namespace, bookmarks
        self.waiting: queue.Queue[Any] = queue.Queue()

    def wants(self, kind: str, namespace: str) -> bool:
        return kind == self.kind and self.namespace in {"", namespace}


class ApiServer:
    """See the module."""

    def __init__(self, token: str = "", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.token = token
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._lock = threading.RLock()
        self._version = 1
        self._oldest = 0
        self._objects: dict[_Key, dict[str, Any]] = {}
        self._history: list[tuple[int, str, _Key, dict[str, Any]]] = []
        self._pages: dict[str, tuple[int, list[dict[str, Any]]]] = {}
        self._watches: list[_Watch] = []
        self._failures: list[tuple[int, bytes, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://localhost:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()
        self._server.shutdown()
        self._server.server_close()

    def put(self, thing: Mapping[str, Any]) -> int:
        """Create or replace an object; its new resource version."""
        with self._lock:
            self._version += 1
            made = copy.deepcopy(dict(thing))
            meta = made.setdefault("metadata", {})
            meta["resourceVersion"] = str(self._version)
            key = (made["kind"], meta.get("namespace", ""), meta["name"])
            before = self._objects.get(key)
            meta.setdefault("uid", before["metadata"]["uid"] if before else f"uid-{self._version}")
            self._tell("MODIFIED" if key in self._objects else "ADDED", key, made)
            self._objects[key] = made
            return self._version

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Remove an object."""
        with self._lock:
            self._version += 1
            gone = copy.deepcopy(self._objects.pop((kind, namespace, name)))
            gone["metadata"]["resourceVersion"] = str(self._version)
            self._tell("DELETED", (kind, namespace, name), gone)

    def bookmark(self) -> None:
        """Tell open watches how far they are."""
        with self._lock:
            self._version += 1
            for watch in self._watches:
                if watch.bookmarks:
                    meta = {"resourceVersion": str(self._version)}
                    watch.waiting.put({"type": "BOOKMARK", "object": {"kind": watch.kind, "metadata": meta}})

    def compact(self) -> None:
        """Forget what led here."""
        with self._lock:
            self._version += 1
            self._oldest = self._version
            self._history.clear()
            self._pages.clear()

    def expire(self) -> None:
        """End open watches as a server does that has compacted."""
        self.compact()
        with self._lock:
            for watch in self._watches:
                watch.waiting.put({"type": "ERROR", "object": _status(410, "Expired", "too old resource version")})
                watch.waiting.put(None)

    def drop(self) -> None:
        """Cut open watches off."""
        with self._lock:
            for watch in self._watches:
                watch.waiting.put(_CUT)

    def fail(self, status: int, times: int = 1, body: bytes = b"<html>bad gateway</html>", type: str = "text/html") -> None:
        """Answer the next requests so."""
        with self._lock:
            self._failures += [(status, body, type)] * times

    def config(self, path: Path, ca: str = "") -> Path:
        """A kubeconfig that leads here; ``ca`` is a file with the authority's certificate."""
        cluster = {"server": self.url} | ({"certificate-authority": ca} if ca else {})
        made = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "lab", "user": {"token": self.token}}],
        }
        path.write_text(json.dumps(made))
        return path

    def open_watches(self) -> int:
        """How many there are."""
        with self._lock:
            return len(self._watches)

    def _tell(self, type: str, key: _Key, thing: dict[str, Any]) -> None:
        self._history.append((self._version, type, key, thing))
        for watch in self._watches:
            if watch.wants(key[0], key[1]):
                watch.waiting.put({"type": type, "object": thing})

    def next_failure(self) -> tuple[int, bytes, str] | None:
        with self._lock:
            return self._failures.pop(0) if self._failures else None

    def listed(self, kind: str, namespace: str, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """A list, or a part of one."""
        with self._lock:
            if query.get("continue"):
                if query["continue"] not in self._pages:
                    return 410, _status(410, "Expired", "The provided continue parameter is too old")
                version, items = self._pages.pop(query["continue"])
            else:
                version = self._version
                items = [o for (k, n, _), o in sorted(self._objects.items()) if k == kind and namespace in {"", n}]
            limit = int(query.get("limit", "0")) or len(items)
            meta: dict[str, Any] = {"resourceVersion": str(version)}
            if len(items) > limit:
                meta["continue"] = f"page-{version}-{len(items)}"
                meta["remainingItemCount"] = len(items) - limit
                self._pages[meta["continue"]] = (version, items[limit:])
            # As the real one does: the items of a list have no kind.
            bare = [{k: v for k, v in o.items() if k not in {"kind", "apiVersion"}} for o in items[:limit]]
            return 200, {"kind": f"{kind}List", "apiVersion": "v1", "metadata": meta, "items": bare}

    def watch(self, kind: str, namespace: str, query: Mapping[str, str]) -> _Watch | None:
        """An open watch with all that happened since the given version; None if that is forgotten."""
        with self._lock:
            since = int(query.get("resourceVersion") or 0)
            if since < self._oldest:
                return None
            made = _Watch(kind, namespace, query.get("allowWatchBookmarks") in {"true", "1"})
            for version, type, key, thing in self._history:
                if version > since and made.wants(key[0], key[1]):
                    made.waiting.put({"type": type, "object": thing})
            self._watches.append(made)
            return made

    def closed(self, watch: _Watch) -> None:
        with self._lock:
            self._watches.remove(watch)


def _status(code: int, reason: str, message: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message}


def _handler(api: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(parts.query))
            api.asked.append((parts.path, query))
            failure = api.next_failure()
            if failure is not None:
                self._answer(*failure)
                return
            if api.token and self.headers.get("Authorization") != f"Bearer {api.token}":
                self._json(401, _status(401, "Unauthorized", "Unauthorized"))
                return
            found = self._found(parts.path)
            if found is None:
                self._json(404, _status(404, "NotFound", "the server could not find the requested resource"))
            elif query.get("watch") in {"1", "true"}:
                self._watch(*found, query)
            else:
                self._json(*api.listed(*found, query))

        def _found(self, path: str) -> tuple[str, str] | None:
            for kind, (root, plural) in KINDS.items():
                if path == f"{root}/{plural}":
                    return kind, ""
                if path.startswith(f"{root}/namespaces/") and path.endswith(f"/{plural}"):
                    return kind, path.split("/")[-2]
            return None

        def _json(self, status: int, thing: Any) -> None:
            self._answer(status, json.dumps(thing).encode(), "application/json")

        def _answer(self, status: int, body: bytes, type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _watch(self, kind: str, namespace: str, query: Mapping[str, str]) -> None:
            watch = api.watch(kind, namespace, query)
            if watch is None:
                self._json(410, _status(410, "Expired", "too old resource version"))
                return
            until = time.monotonic() + float(query.get("timeoutSeconds", "300"))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                while (left := until - time.monotonic()) > 0:
                    try:
                        said = watch.waiting.get(timeout=left)
                    except queue.Empty:
                        break
                    if said is _CUT:
                        self._chunk(b'{"type":"ADDED","object":{"kind":"Po')
                        self.close_connection = True
                        return
                    if said is None:
                        break
                    self._chunk(json.dumps(said).encode() + b"\n")
                self.wfile.write(b"0\r\n\r\n")
            finally:
                api.closed(watch)

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    return Handler


def play(api: ApiServer, lines: list[str]) -> None:
    """Play a script."""
    for line in lines:
        if not line.strip():
            continue
        step = json.loads(line.replace("$now", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
        time.sleep(step.pop("after", 0))
        for word, given in step.items():
            if word == "put":
                api.put(given)
            elif word in {"delete", "fail"}:
                getattr(api, word)(*given)
            else:
                getattr(api, word)()


def main() -> None:
    with ApiServer(port=int(sys.argv[2]) if len(sys.argv) > 2 else 0) as api:
        print(api.url, flush=True)
        # The time is written when a line's turn comes, so lines are replaced one by one after their pause.
        for line in Path(sys.argv[1]).read_text().splitlines():
            if line.strip():
                time.sleep(json.loads(line).get("after", 0))
                play(api, [json.dumps(json.loads(line) | {"after": 0})])
        threading.Event().wait()


if __name__ == "__main__":
    main()
