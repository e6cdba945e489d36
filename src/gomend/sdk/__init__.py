"""Chapter 1: Go SDKs and toolchains, the tools beside them (dlv, gofmt), editor set-up.

``facts/`` one file per source, ``rules/`` one file per rule (GM0xx).
"""
