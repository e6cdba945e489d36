"""Facts about Go itself, one file per source."""
