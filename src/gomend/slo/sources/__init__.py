"""Where the numbers of an SLI come from; each source answers a :class:`~gomend.slo.history.Reading`."""
