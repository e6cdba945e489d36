"""Text, json, sarif, github, junit, markdown, html: each a thin reader of the message stream.

``run.py`` collects messages, ``formats.py`` names the formats; no output judges, collects or changes anything.
"""
