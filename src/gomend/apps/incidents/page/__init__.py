"""The page of one incident: what happened, on one clock, with its proofs."""
