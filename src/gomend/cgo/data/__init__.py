"""What gomend knows of C libraries beforehand, as JSON with provenance, and how to read it."""
