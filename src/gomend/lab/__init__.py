"""The lab: module failures reproduced on purpose, with the real go command, real servers and real certificates on loopback."""
