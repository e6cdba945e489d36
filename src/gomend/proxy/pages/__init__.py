"""Pages for people: what is in the store, how upstreams are, what failed and why. Plain HTML without scripts, in two languages."""
