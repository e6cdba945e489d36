"""What the commands of ``gomend cgo`` do: settings and doors in, an answer out."""
