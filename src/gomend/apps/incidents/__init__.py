"""What ``gomend incidents`` does."""
