"""What ``gomend slo`` and ``gomend resilience`` do."""
