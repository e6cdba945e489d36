"""Every door outward: programs, files, HTTP, the environment, the clock.

Nothing above this room opens a file, starts a program or a socket by itself. Each door has a twin that replays a
recording (``recording.py``) and one that lives in memory (``memory.py``), so that a bug report is a test case.
"""
