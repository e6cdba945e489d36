#!/usr/bin/env bash
# Write the hash-pinned requirements anew, without hosts, from packages that are at least a week old.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --quiet \
    --python-version 3.11 --exclude-newer "$(date -u -d '7 days ago' +%Y-%m-%d)" "$@"
}
compile --group build -o requirements/run.txt
compile --group build --group test --group lint --extra zig -o requirements/dev.txt
compile --group build --extra zig -o requirements/zig.txt
compile --group engines -c requirements/dev.txt -o requirements/engines.txt
