"""What the project says of its objectives: files of objectives and of Prometheus rules."""
