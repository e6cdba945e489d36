"""The vendor folder: what go lists in it, and the proof that every file in it is the module zip's."""
