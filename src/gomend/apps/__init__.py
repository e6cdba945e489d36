"""Where rooms meet people: the command line. ``registry.py`` alone knows all chapters."""
