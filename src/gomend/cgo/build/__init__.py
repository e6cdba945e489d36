"""From any cgo project to a proved binary: choose a toolchain, set exactly what it needs, build, and prove the product."""
