"""Module path patterns as GOPRIVATE, GONOPROXY, GONOSUMDB and GOINSECURE use them.

Source: golang.org/x/mod/module, MatchPrefixPatterns: comma-separated globs of ``path.Match``, each matched against the
prefix of the path that has as many elements as the glob; empty globs and malformed ones match nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache


def matches(patterns: str, path: str) -> bool:
    """Whether a module path matches one of the comma-separated patterns."""
    for pattern in patterns.split(","):
        glob = pattern.strip("\n").removesuffix("/")
        if not glob:
            continue
        elements = path.split("/")
        count = glob.count("/") + 1
        if len(elements) < count:
            continue
        compiled = _compile(glob)
        if compiled is not None and compiled.fullmatch("/".join(elements[:count])):
            return True
    return False


@lru_cache(maxsize=256)
def _compile(glob: str) -> re.Pattern[str] | None:
    """``path.Match`` as a regular expression; None for a malformed glob."""
    out = []
    i = 0
    while i < len(glob):
        char = glob[i]
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "\\":
            i += 1
            if i >= len(glob):
                return None
            out.append(re.escape(glob[i]))
        elif char == "[":
            end = glob.find("]", i + 2)
            if end < 0:
                return None
            body = glob[i + 1 : end]
            negated = body.startswith("^")
            body = re.sub(r"([\\\]&~|\[])", r"\\\1", body[1:] if negated else body)
            if not body:
                return None
            out.append(f"[{'^/' if negated else ''}{body}]")
            i = end
        else:
            out.append(re.escape(char))
        i += 1
    try:
        return re.compile("".join(out))
    except re.error:
        return None
