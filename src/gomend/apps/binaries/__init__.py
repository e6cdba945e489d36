"""``gomend binary``: what binaries are, why they do not start, what changed between two, and conditions for CI."""
