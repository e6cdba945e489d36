"""Rules GM1xx, one file each; ``make new-rule`` writes a new one."""
