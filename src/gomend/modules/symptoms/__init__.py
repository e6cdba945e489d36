"""Parsers of what tools say, one file per tool."""
