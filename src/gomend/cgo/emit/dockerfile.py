"""A multi-stage, multi-arch Dockerfile in which nothing is emulated while it compiles."""

from __future__ import annotations

import shlex

from gomend.binary.elf import version_key
from gomend.cgo import triples
from gomend.cgo.build.wish import Wish
from gomend.cgo.emit import pins as pinned
from gomend.cgo.emit.pins import Pins

_PLATFORMS = ("amd64", "arm64", "arm", "386", "riscv64", "s390x", "ppc64le")
"""CPUs that Docker names as go does (arm is arm/v7)."""


def text(wish: Wish, pins: Pins, output: str) -> str:
    """The Dockerfile.

    Raises:
        Refused: the target is none of Linux.
    """
    static = wish.link == "static"
    pinned.target(wish, wish.goarch, static=static)
    floor = pinned.floor(wish)
    kept = [a for a in _PLATFORMS if a in {*pinned.archs(wish), "arm", "riscv64", "s390x", "ppc64le"}]
    cases = "".join(f"    {a}) target='{_target(a, None if static else floor)}' ;; \\\n" for a in kept)
    requirement = " ".join(shlex.quote(line.removesuffix(" \\")) for line in pins.requirement)
    proof = " \\\n && ".join(_joined(line) for line in pinned.proof(wish, "/out/program", static=static))
    return f"""# docker buildx build --platform linux/amd64,linux/arm64 .        Made by `gomend cgo build --emit dockerfile`.
# The build stage runs on the building machine's own CPU; only the compiler's target changes, so nothing is emulated.
FROM --platform=$BUILDPLATFORM golang:{pins.go or "1"}-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Debian's own Python keeps its packages apart; a venv does not mind. zig {pins.zig} is checked by its hash.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/* \\
 && python3 -m venv /opt/zig && printf '%s ' {requirement} > /opt/zig/requirements.txt \\
 && /opt/zig/bin/pip install --no-cache-dir {pins.checked}-r /opt/zig/requirements.txt
WORKDIR /src
COPY go.mod go.sum* ./
RUN go mod download
COPY . .
ARG TARGETARCH
{pinned.reasons(wish, static=static)}RUN case $TARGETARCH in \\
{cases}    *) echo "no target for $TARGETARCH" >&2; exit 1 ;; esac \\
 && export CC="/opt/zig/bin/python -m ziglang cc -target $target" CXX="/opt/zig/bin/python -m ziglang c++ -target $target" \\
 && GOOS=linux GOARCH=$TARGETARCH CGO_ENABLED=1 CGO_CFLAGS='-g -O2' CGO_CXXFLAGS='-g -O2' \\
    go build -trimpath {pinned.tags(wish)}-ldflags={shlex.quote(pinned.ldflags(wish, static=static))} -o /out/program {shlex.quote(wish.package)}
# The product is read before it is shipped.
RUN {proof}

FROM {"scratch" if static else _base(floor)}
{"# scratch has nothing: certificates for TLS come from the build stage." if static else f"# Its glibc is not older than {floor}."}
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/program /program
USER 65532:65532
ENTRYPOINT ["/program"]
"""


def _target(goarch: str, floor: str | None) -> str:
    return " ".join((triples.zig_target("linux", goarch, glibc=floor) or "", *triples.zig_flags(goarch, floor)))


def _joined(line: str) -> str:
    return f"{{ {line}; }}" if "||" in line else line


def _base(floor: str) -> str:
    return "debian:12-slim" if version_key(floor) <= version_key("2.36") else "debian:13-slim"
