"""Whether three teams mean the same by one SLI: each definition normalised, compared, and reckoned on the same events."""
