"""Rules of this chapter, one file each; ``make new-rule`` writes a new one."""
