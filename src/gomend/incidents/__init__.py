"""Chapter 5.1: spans, log lines, metric windows and cluster state → incidents, each with its cause.

``case`` reads, ``visits`` folds spans into what one service did for one request, ``latency``, ``behaviour`` and ``resources`` look at what
changed at a moment, ``rank`` weighs the evidence. Rows that arrive by the ten thousand are tuples, not structs.
"""
