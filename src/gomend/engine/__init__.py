"""The loop: gather facts, check rules, plan, apply, verify; with the journal that makes every change undoable.

``check.py`` reads like the sentence *facts → rules → findings*; ``apply.py`` like *plan → journal → steps → fresh facts →
same rules → outcome*. The engine works on whatever rules it is given and knows no chapter.
"""
