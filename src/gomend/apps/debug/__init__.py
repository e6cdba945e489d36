"""What the commands of ``gomend debug`` do."""
