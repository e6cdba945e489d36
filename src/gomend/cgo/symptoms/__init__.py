"""What tools print when a cgo build or its result fails: one parser a tool, each a table of messages."""
