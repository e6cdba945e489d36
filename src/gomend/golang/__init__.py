"""What every chapter must know of Go: go env, go.mod, go.work, go.sum, versions, module paths, hashes.

``facts/`` has one file per source. Sources of rules: ``go help``, cmd/go and golang.org/x/mod.
"""
