"""The command line: ``main.py`` is the table of commands, every other file one command or what they share.

Nothing here judges or changes anything; commands put the engine, the rules and an output together.
"""
