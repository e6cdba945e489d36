"""The module cache as a whole: what is in it, what is damaged, what each file should be, and how to mend exactly that."""
