"""How to reach a cluster: a kubeconfig, or what a pod is given. Tokens and keys are read when they are needed, and never told."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml

IN_CLUSTER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds its token and its cluster's authority."""


class BadConfig(Exception):  # noqa: N818 - it is what it says
    """A cluster that cannot be reached as it is written; the message says where and why."""


class Cluster:
    """An address, who vouches for it, and who we are."""

    def __init__(self, server: str, tls: ssl.SSLContext | None, token: Callable[[], str]) -> None:
        """``token`` is asked before each request."""
        self.server, self.tls, self.token = server, tls, token


def find(path: str, context: str, environ: Mapping[str, str], in_cluster: str = IN_CLUSTER) -> Cluster:
    """The cluster of a kubeconfig; without a path that of KUBECONFIG, of the pod that this runs in, or of ``~/.kube/config``.

    Raises:
        BadConfig: there is none, or it cannot be used.
    """
    named = path or environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    if not named and environ.get("KUBERNETES_SERVICE_HOST") and os.path.exists(f"{in_cluster}/token"):
        host, port = environ["KUBERNETES_SERVICE_HOST"], environ.get("KUBERNETES_SERVICE_PORT", "443")
        address = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
        return Cluster(address, _context(f"{in_cluster}/ca.crt", ""), _file(f"{in_cluster}/token"))
    return _read(named or os.path.expanduser("~/.kube/config"), context)


def _read(path: str, context: str) -> Cluster:
    try:
        with open(path, encoding="utf-8") as file:
            document = yaml.safe_load(file)
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0)  # the text around it may be a key: it is not shown
        raise BadConfig(f"{path}:{line + 1}: no YAML") from None
    if not isinstance(document, Mapping):
        raise BadConfig(f"{path}: no kubeconfig")
    name = context or document.get("current-context") or ""
    chosen = _named(document, "contexts", name, "context", path)
    cluster = _named(document, "clusters", chosen.get("cluster"), "cluster", path)
    user = _named(document, "users", chosen.get("user"), "user", path) if chosen.get("user") else {}
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith(("http://", "https://")):
        raise BadConfig(f"{path}: the cluster of context {name!r} has no server")
    if "exec" in user or "auth-provider" in user:
        raise BadConfig(
            f"{path}: the user of context {name!r} gets credentials from a program; give a token of a service account"
        )
    tls = _tls(cluster, user, path) if server.startswith("https://") else None
    held, where = user.get("token"), user.get("tokenFile")
    if isinstance(where, str) and where:
        return Cluster(server, tls, _file(_beside(path, where)))
    return Cluster(server, tls, lambda: held if isinstance(held, str) else "")


def _named(document: Mapping[str, Any], group: str, name: Any, inner: str, path: str) -> Mapping[str, Any]:
    for each in document.get(group) or ():
        if isinstance(each, Mapping) and each.get("name") == name and isinstance(each.get(inner), Mapping):
            found: Mapping[str, Any] = each[inner]
            return found
    raise BadConfig(f"{path}: {group} has no {name!r}")


def _beside(path: str, other: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(path)), other)


def _file(path: str) -> Callable[[], str]:
    def token() -> str:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        except (OSError, UnicodeDecodeError):
            return ""  # the server will say 401

    return token


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], path: str) -> ssl.SSLContext:
    try:
        file = cluster.get("certificate-authority")
        made = _context(
            _beside(path, file) if isinstance(file, str) and file else "", _decoded(cluster, "certificate-authority-data")
        )
        if cluster.get("insecure-skip-tls-verify") is True:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        _own(made, user, path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadConfig(f"{path}: a certificate or key cannot be read: {why}") from None
    return made


def _context(file: str, data: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file or None, cadata=data or None)
    except OSError as error:
        raise BadConfig(f"{file or 'certificate-authority-data'}: {error.strerror or error}") from None


def _own(made: ssl.SSLContext, user: Mapping[str, Any], path: str) -> None:
    """Our own certificate; the library reads files only, so a key that stands in the kubeconfig is in one of ours for that moment."""
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, str] = {}
        for name in ("client-certificate", "client-key"):
            given, data = user.get(name), _decoded(user, f"{name}-data")
            if data:
                files[name] = os.path.join(folder, name)
                with open(files[name], "w", encoding="utf-8") as file:
                    file.write(data)
            elif isinstance(given, str) and given:
                files[name] = _beside(path, given)
        if files:
            made.load_cert_chain(files.get("client-certificate", ""), files.get("client-key"))


def _decoded(held: Mapping[str, Any], name: str) -> str:
    data = held.get(name)
    return base64.b64decode(data, validate=True).decode() if isinstance(data, str) and data else ""
