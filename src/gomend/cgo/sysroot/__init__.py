"""Libraries of a target, taken from Debian packages into a folder of their own: without root, containers or changes to this system's apt."""
