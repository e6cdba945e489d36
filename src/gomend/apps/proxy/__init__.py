"""The module proxy as commands use it."""
