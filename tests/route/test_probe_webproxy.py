"""HTTPS_PROXY, HTTP_PROXY and NO_PROXY: the same choice as Go's own net/http, on settings made at random."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

from gomend.modules.webproxy import proxy_for

PROGRAM = """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	found := []string{}
	for _, url := range os.Args[1:] {
		request, _ := http.NewRequest("GET", url, nil)
		proxy, err := http.ProxyFromEnvironment(request)
		if err != nil || proxy == nil {
			found = append(found, "")
		} else {
			found = append(found, proxy.String())
		}
	}
	text, _ := json.Marshal(found)
	fmt.Println(string(text))
}
"""
URLS = (
    "https://example.com/x",
    "https://a.example.com/x",
    "https://b.a.example.com:8443/x",
    "http://example.com/x",
    "http://10.1.2.3:8080/x",
    "https://10.9.9.9/x",
    "https://127.0.0.1:9/x",
    "http://localhost/x",
    "https://notexample.com/x",
    "https://[fd00::1]:8443/x",
)
SPARED = (
    "*",
    "example.com",
    ".example.com",
    "*.example.com",
    "a.example.com:8443",
    "10.0.0.0/8",
    "10.1.2.3",
    "10.1.2.3:8080",
    "EXAMPLE.com",
    "",
    "fd00::1",
)
PROXIES = ("http://proxy.example.net:3128", "proxy.example.net:3128", "https://proxy.example.net", "")


def test_like_go(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(PROGRAM, encoding="utf-8")
    subprocess.run(["go", "build", "-o", "which", "main.go"], cwd=tmp_path, check=True)
    base = {k: v for k, v in os.environ.items() if not k.upper().endswith("_PROXY")}
    r = random.Random(7)
    used = 0
    for _ in range(80):
        chosen = {"HTTPS_PROXY": r.choice(PROXIES), "HTTP_PROXY": r.choice(PROXIES)}
        chosen["NO_PROXY"] = ",".join(r.sample(SPARED, r.choice((0, 1, 2))))
        if r.random() < 0.3:
            chosen = {k.lower(): v for k, v in chosen.items()}
        said = subprocess.run(
            [str(tmp_path / "which"), *URLS], env={**base, **chosen}, capture_output=True, text=True, check=True
        )
        real = json.loads(said.stdout)
        ours = [proxy_for(url, chosen) for url in URLS]
        assert ours == real, chosen
        used += sum(map(bool, real))
    assert used > 100
