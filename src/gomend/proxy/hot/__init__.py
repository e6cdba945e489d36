"""The hot path: a few forked processes that answer what is known with prebuilt bytes and ``sendfile``, and ask for the rest.

They import almost nothing, so that each costs a few megabytes: no typing, no logging, no asyncio.
"""
