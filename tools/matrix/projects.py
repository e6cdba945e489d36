"""The projects of the matrix: a main package each, with the modules that it needs, pinned."""

from __future__ import annotations

from typing import NamedTuple


class Project(NamedTuple):
    """One project. ``files`` by name; ``modules`` as ``path@version``; ``debian`` packages for a sysroot."""

    name: str
    files: dict[str, str]
    modules: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()
    debian_for: tuple[str, ...] = ()
    """CPUs that the packages are for; empty: all."""
    release: str = ""
    """The Debian release of the packages, where the usual one has too old a library."""


def _main(imports: str, body: str, preamble: str = "") -> str:
    c = f'/*\n{preamble}\n*/\nimport "C"\n\n' if preamble else ""
    return f"package main\n\n{c}import (\n{imports}\n)\n\nfunc main() {{\n{body}\n}}\n"


PROJECTS = (
    Project(
        "hello-c",
        {"main.go": _main('\t"fmt"', '\tfmt.Println("OK", C.add(40, 2))', "static int add(int a, int b) { return a + b; }")},
    ),
    Project(
        "c++17",
        {
            "main.go": _main('\t"fmt"', '\tfmt.Println("OK", C.count())', "#cgo CXXFLAGS: -std=c++17\nint count(void);"),
            "count.cc": '#include <map>\n#include <optional>\n#include <string>\n#include <stdexcept>\nextern "C" int count(void) {\n\tstd::map<std::string, int> m;\n\tm["x"] = 41;\n'
            '\ttry { throw std::runtime_error("one"); } catch (const std::exception &e) { m["x"] += 1; }\n\treturn std::optional<int>(m["x"]).value();\n}\n',
        },
    ),
    Project(
        "net+os/user",
        {
            "main.go": _main(
                '\t"fmt"\n\t"net"\n\t"os/user"',
                '\t_, err := net.LookupHost("localhost")\n\tu, err2 := user.LookupId("0")\n\tfmt.Println("OK", err, u != nil, err2)',
            )
        },
    ),
    Project(
        "go-sqlite3",
        {
            "main.go": _main(
                '\t"database/sql"\n\t"fmt"\n\n\t_ "github.com/mattn/go-sqlite3"',
                '\tdb, err := sql.Open("sqlite3", ":memory:")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tvar v string\n\tif err := db.QueryRow("select sqlite_version()").Scan(&v); err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println("OK", v)',
            )
        },
        ("github.com/mattn/go-sqlite3@v1.14.32",),
    ),
    Project(
        "confluent-kafka-go",
        {
            "main.go": _main(
                '\t"fmt"\n\n\t"github.com/confluentinc/confluent-kafka-go/v2/kafka"',
                '\tn, v := kafka.LibraryVersion()\n\tfmt.Println("OK", n, v)',
            )
        },
        ("github.com/confluentinc/confluent-kafka-go/v2@v2.11.1",),
        ("librdkafka-dev",),
        (
            "riscv64",
            "s390x",
            "ppc64le",
            "loong64",
        ),  # the module has archives of its own for the others that it can be built for
        "forky",
    ),
    Project(
        "h3-go",
        {
            "main.go": _main(
                '\t"fmt"\n\n\t"github.com/uber/h3-go/v4"',
                '\tc, err := h3.LatLngToCell(h3.NewLatLng(37.7, -122.4), 9)\n\tfmt.Println("OK", c, err)',
            )
        },
        ("github.com/uber/h3-go/v4@v4.3.0",),
    ),
    Project(
        "zstd",
        {
            "main.go": _main(
                '\t"fmt"\n\n\t"github.com/DataDog/zstd"',
                '\tb, err := zstd.Compress(nil, []byte("hello"))\n\tfmt.Println("OK", len(b), err)',
            )
        },
        ("github.com/DataDog/zstd@v1.5.7",),
    ),
    Project(
        "duckdb-go",
        {
            "main.go": _main(
                '\t"database/sql"\n\t"fmt"\n\n\t_ "github.com/marcboeker/go-duckdb/v2"',
                '\tdb, err := sql.Open("duckdb", "")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tvar n int\n\tif err := db.QueryRow("select 42").Scan(&n); err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println("OK", n)',
            )
        },
        ("github.com/marcboeker/go-duckdb/v2@v2.3.5",),
    ),
    Project(
        "tree-sitter",
        {
            "main.go": _main(
                '\t"fmt"\n\n\tsitter "github.com/smacker/go-tree-sitter"\n\t"github.com/smacker/go-tree-sitter/golang"',
                '\tp := sitter.NewParser()\n\tp.SetLanguage(golang.GetLanguage())\n\tt := p.Parse(nil, []byte("package x"))\n\tfmt.Println("OK", t.RootNode().ChildCount())',
            )
        },
        ("github.com/smacker/go-tree-sitter@v0.0.0-20240827094217-dd81d9e9be82",),
    ),
    Project(
        "gopacket",
        {"main.go": _main('\t"fmt"\n\n\t"github.com/google/gopacket/pcap"', '\tfmt.Println("OK", pcap.Version())')},
        ("github.com/google/gopacket@v1.1.19",),
        ("libpcap-dev",),
    ),
    Project(
        "zlib-pkg-config",
        {
            "main.go": _main(
                '\t"fmt"', '\tfmt.Println("OK", C.GoString(C.zlibVersion()))', "#cgo pkg-config: zlib\n#include <zlib.h>"
            )
        },
        debian=("zlib1g-dev",),
    ),
)
