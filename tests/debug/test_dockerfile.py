"""Dockerfiles: stages, lines, and the way of a binary from go build to dlv."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomend.debug import dockerfile
from gomend.debug.facts.images import debug_images
from gomend.golang.facts.project import TextFile

WHOLE = """# syntax=docker/dockerfile:1
ARG GO=1.26
FROM golang:${GO} AS Build
WORKDIR /src
ENV LDFLAGS="-s -w" CGO_ENABLED=0
COPY go.mod go.sum ./
COPY . .
RUN --mount=type=cache,target=/root/.cache \\
    # a comment inside

    go mod download && \\
    go build -ldflags "${LDFLAGS}" -o /out/app ./cmd/app
COPY <<EOF /etc/motd
FROM nowhere
EOF
RUN <<-'EOS'
	set -e
	go build -trimpath -o /out/tool ./cmd/tool
	EOS

FROM build AS more
WORKDIR out
FROM debian:12
COPY --from=more /out /opt/bin
ENTRYPOINT ["/usr/bin/dlv"]
CMD ["exec", "--headless", "/opt/bin/app"]
"""


def text_file(text: str) -> TextFile:
    return TextFile(path="/project/Dockerfile", name="Dockerfile", text=text, digest="")


def test_stages_and_instructions() -> None:
    build, more, last = dockerfile.parse(WHOLE).stages
    assert [(s.name, s.base) for s in (build, more, last)] == [("Build", "golang:1.26"), ("more", "build"), ("2", "debian:12")]
    assert [(i.word, i.line, i.end_line) for i in build.instructions] == [
        ("WORKDIR", 4, 4),
        ("ENV", 5, 5),
        ("COPY", 6, 6),
        ("COPY", 7, 7),
        ("RUN", 8, 12),
        ("COPY", 13, 15),
        ("RUN", 16, 19),
    ]
    assert [(c.line, c.flags.strip, c.flags.trimpath) for _, _, c in build.go_commands()] == [
        (12, "-s -w", False),
        (18, "", True),
    ]
    assert last.start() == ("/usr/bin/dlv", "exec", "--headless", "/opt/bin/app")
    run = build.instructions[4]
    quoted = WHOLE.encode()[run.start : run.end].decode()
    assert quoted.startswith("RUN --mount")
    assert quoted.endswith("./cmd/app")


def test_the_way_of_a_binary_over_stages_and_folders() -> None:
    (image,) = debug_images(text_file(WHOLE))
    assert image.program == "/opt/bin/app"
    assert [b.output for b in image.builds] == ["/out/app"]
    assert image.start.line == 25


@pytest.mark.parametrize(
    "text",
    [
        'FROM golang\nRUN go build -o /a .\nCMD ["/a"]\n',
        'FROM golang\nRUN go install github.com/go-delve/delve/cmd/dlv@latest\nCMD ["/a"]\n',
        "FROM golang\nCMD dlv version\n",
        "# only a comment\n",
        "",
    ],
)
def test_images_that_debug_nothing(text: str) -> None:
    assert list(debug_images(text_file(text))) == []


def test_shell_form_and_escape_directive() -> None:
    text = "# escape=`\nFROM golang\nWORKDIR /w\nRUN go build `\n  -o app .\nCMD dlv --listen=:1 exec ./app -- --port 80\n"
    (image,) = debug_images(text_file(text))
    assert (image.program, [b.command.line for b in image.builds]) == ("/w/app", [4])


@given(st.text(alphabet="FROM RUN\\\n#<<EOF$\"'[]=&|;ago-buildé", max_size=120))
def test_never_raises_and_lines_are_inside(text: str) -> None:
    whole = dockerfile.parse("FROM x\n" + text)
    count = text.count("\n") + 2
    for stage in whole.stages:
        list(stage.copies())
        list(stage.go_commands())
        assert all(1 <= i.line <= i.end_line <= count for i in stage.instructions)
        assert all(0 <= i.start <= i.end <= len(text.encode()) + 7 for i in stage.instructions)
    list(debug_images(text_file(text)))
