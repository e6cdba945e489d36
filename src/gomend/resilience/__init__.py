"""Models of circuit breakers: chapter 5.4."""
