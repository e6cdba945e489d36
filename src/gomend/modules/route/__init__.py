"""A pure model of how the go command fetches modules: what it would ask of whom, in which order, and how it would end."""
