"""Which folder here is which folder in the binary: inferred from function names, build information and the modules on this machine."""
