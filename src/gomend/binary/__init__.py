"""What every chapter must know of binaries: format, architecture, interpreter, libraries, symbols, Go build information."""
