"""What a C toolchain really does for a target: small programs are compiled, linked and run."""
