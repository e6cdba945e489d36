"""What we say: facts, evidence, rules, findings, steps, plans, outcomes, messages.

This room knows nothing else of ours and touches nothing outside the process.
Everything here is a frozen value; names are those of ``docs/decisions/0002-model.md``.
"""
