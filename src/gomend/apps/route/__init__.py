"""``gomend mod route``: the module decision of this machine, explained, probed, drawn and compared."""
