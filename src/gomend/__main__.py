"""``python -m gomend``."""

from gomend.apps.cli.main import entry

entry()
