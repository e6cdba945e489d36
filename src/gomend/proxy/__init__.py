"""Chapter 2.5: the module proxy. ``hot/`` answers what is known; ``kitchen`` finds, checks and stores what is not."""
