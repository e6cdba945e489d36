"""Facts about module fetching, one file per source."""
