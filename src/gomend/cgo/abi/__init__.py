"""What changes in one program between CGO_ENABLED 0 and 1: both are built and laid beside each other."""
