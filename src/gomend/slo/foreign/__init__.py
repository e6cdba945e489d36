"""Files of objectives that were written for other tools."""
