"""``docs/incidents-lab.md``: what the lab found, from the figures that its last whole run left in ``labs/incidents/results.json``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "labs/incidents/results.json"
_LEAST = 0.116
"""Shorter delays are one class of the histogram."""
PAGE = ROOT / "docs/incidents-lab.md"
BROKEN = {
    "triple": "`inventory` leaks until the kernel kills it at its cgroup's limit, again and again; `orders` holds connections while it tries again; `gateway` retries",
    "pool": "all eight connections of `orders`' pool are held and never given back",
    "avalanche": "`catalog` takes longer than its callers wait; `gateway` asks three times at once",
    "quiet": "nothing, for 180 s",
}
_HEAD = """# The live lab of incidents

```
make lab-incidents                         # build, break, measure; root, for the memory cgroups
make lab-incidents LAB="--only triple --keep /tmp/lab"   # one scenario; stores and logs stay
gomend incidents show 1 --store /tmp/lab/triple/store
```
Real parts on loopback: a small shop in Go (`labs/incidents/shop`: gateway → catalog, gateway → orders → inventory and payments; OpenTelemetry SDK, `database/sql`
to MariaDB with a pool of 8), the OpenTelemetry Collector (builder and modules {version}), Prometheus with remote write, an API server that gomend watches, and `gomend
incidents serve`. Each pod is a process in a memory cgroup of its own; whoever starts it again says in the pod's status how it died. 15 buyers a second, 75 s of
ordinary business, then the fault.

This page is made from the last whole run ({cores} cores, shared with everything that runs). Times are seconds after the injection.

| what breaks | first told | cause as it stood when final | belief | also blamed, on the same path | final after the first word | right |
|---|---|---|---|---|---|---|
"""


def first(result: dict[str, Any]) -> dict[str, Any]:
    """The first finding after the fault."""
    return next((r for r in result["records"] if r["do"] == "open" and r["after"] > 0), {})


def _mine(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [r for r in result["records"] if r["after"] > 0 and r["id"] == first(result).get("id")]


def last(result: dict[str, Any]) -> dict[str, Any]:
    """The cause as it stood at the final word: the first finding, unless it was revised."""
    return ([r for r in _mine(result) if r["do"] in {"open", "cause"}] or [{}])[-1]


def right(result: dict[str, Any]) -> bool:
    """Whether the cause is named, and nothing where nothing was."""
    if result["scenario"] == "quiet":
        return not result["records"]
    return last(result).get("service") == result["service"] and last(result).get("kind") in result["kinds"]


def told(result: dict[str, Any]) -> str:
    """One scenario for the terminal."""
    rows = [json.dumps({k: v for k, v in r.items() if k != "seen"}) for r in result["records"]]
    status = result["status"]
    fresh = f"preview p50 {status['preview_p50']} s, p95 {status['preview_p95']} s, max {status['preview_max']} s of {status['batches']} batches"
    return "\n".join([f"{result['scenario']}: {'right' if right(result) else 'NOT right'}; {fresh}", *(f"  {r}" for r in rows)])


def page(kept: dict[str, Any]) -> str:
    """The whole page."""
    results = kept["results"]
    lines = [_HEAD.format(version="0.161.0", cores=kept["cores"]).rstrip("\n")]
    lines += [_row(r) for r in results]
    lines += [
        "",
        "## The triple fault, as it was told",
        "",
        "| after | what | service | kind | because of |",
        "|---|---|---|---|---|",
    ]
    triple = next(r for r in results if r["scenario"] == "triple")
    lines += [_step(r) for r in _mine(triple)]
    named = next((r["after"] for r in _mine(triple) if any("OOMKilled" in x for x in r.get("seen", ()))), None)
    waited = (
        f"{named - triple['killed'][0]:.1f} s after the first kill a finding named it. " if named and triple["killed"] else ""
    )
    kills = ", ".join(f"{k:.1f}" for k in triple["killed"])
    lines += [
        "", f"The kernel killed `inventory` at {kills} s; {waited}Which came first? The cluster dates the kill, and `orders`, whose connections run out, and `gateway`, whose",
        "requests fail, call `inventory`: one incident, one cause, the rest is on its path. Its page, as a browser shows it ([in Chinese](pictures/incident-lab.zh-CN.png)):",
        "", "![The triple fault](pictures/incident-lab.png)", "",
        "## Freshness", "",
        "From the arrival of a batch (spans, lines, samples, changes of pods) to the end of the first look that saw it, all scenarios:", "",
    ]  # fmt: skip
    lines += _histogram(results)
    finals = [f["after"] - first(r)["after"] for r in results for f in _mine(r) if f["do"] == "final"]
    lines += ["", f"Final after the first word: at most {max(finals, default=0):.1f} s (the watermark is 60 s)."]
    if kept.get("soak"):
        lines += ["", "## Eight hours", "", *_soak(kept["soak"])]
    return "\n".join(lines) + "\n"


def _row(r: dict[str, Any]) -> str:
    one, end = first(r), last(r)
    also = sorted({x["service"] for x in _mine(r) if x["do"] == "join" and "service" in x} - {end.get("service")})
    final = next((x["after"] for x in _mine(r) if x["do"] == "final"), None)
    cells = [
        BROKEN[r["scenario"]],
        f"{one['after']:.1f} s" if one else "nothing",
        f"{end['service']}: {end['kind']}" if end else "–",
        f"{end['score']:.2f}" if end else "–",
        ", ".join(also) or "–",
        f"{final - one['after']:.1f} s" if final and one else "–",
        _verdict(r),
    ]
    return f"| {' | '.join(cells)} |"


def _verdict(r: dict[str, Any]) -> str:
    if not right(r):
        return "**no**"
    return "yes" if not r["kinds"] or last(r)["kind"] == r["kinds"][0] else "the service; the kind would be " + r["kinds"][0]


def _step(r: dict[str, Any]) -> str:
    seen = "; ".join(f"`{s}`" for s in r.get("seen", ())[:2]).replace("|", "\\|")
    return f"| {r['after']:.1f} s | {r['do']} | {r.get('service', '')} | {r.get('kind', '')} | {seen} |"


def _histogram(results: list[dict[str, Any]]) -> list[str]:
    total: dict[float, int] = {}
    for r in results:
        for end, count in r["status"]["preview_histogram"]:
            total[max(end, _LEAST)] = total.get(max(end, _LEAST), 0) + count
    n, most, seen = sum(total.values()), max(total.values()), 0
    lines = ["| up to | batches | share | |", "|---|---|---|---|"]
    for end, count in sorted(total.items()):
        seen += count
        lines.append(f"| {end:.2f} s | {count} | {seen / n:.1%} | {'█' * round(30 * count / most)} |")
    worst = max(r["status"]["preview_p95"] for r in results)
    return [
        *lines,
        "",
        f"p95 of the slowest scenario: {worst:.2f} s; the longest of all {n} batches: {max(r['status']['preview_max'] for r in results):.2f} s.",
    ]


def _soak(soak: dict[str, Any]) -> list[str]:
    memory = soak["memory_mib"]
    hour = len(memory) // soak["hours"]
    tops = " | ".join(f"{max(memory[h * hour : (h + 1) * hour]):.0f}" for h in range(soak["hours"]))
    return [
        f"{soak['hours']} hours of data ({soak['spans']:,} spans, with log lines and metrics; a fault of five minutes in each hour, new pods every two) played into `serve`",
        f"in {soak['seconds']} s: {soak['opened']} incidents told, {soak['right']} with the right cause, {soak['over']} over by themselves. Highest resident memory in each hour, MiB:",
        "", f"| {' | '.join(str(h + 1) for h in range(soak['hours']))} |", "|" + "---|" * soak["hours"], f"| {tops} |",
    ]  # fmt: skip


def pictures(store: Path, opened: float) -> None:
    """The incident's page in both languages, as Chromium shows it; ``opened`` is when it was first told (seconds since 1970)."""
    with tempfile.TemporaryDirectory() as folder:
        for language, name in (("en", "incident-lab.png"), ("zh-CN", "incident-lab.zh-CN.png")):
            html = Path(folder) / "page.html"
            words = ["gomend", "incidents", "export", str(store), "--at", f"{opened:.0f}", "-o", str(html), "--lang", language]
            subprocess.run([sys.executable, "-m", *words], check=True)
            shot = [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}/profile", "--hide-scrollbars",
                "--window-size=1100,2400", f"--screenshot={ROOT / 'docs/pictures' / name}", html.as_uri(),
            ]  # fmt: skip
            subprocess.run(shot, check=True, capture_output=True)


def keep(results: list[dict[str, Any]], cores: int, soak: dict[str, Any] | None) -> None:
    """Write the figures and the page."""
    kept = {"cores": cores, "results": results, "soak": soak}
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(kept), encoding="utf-8")
