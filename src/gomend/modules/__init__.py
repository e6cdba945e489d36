"""Chapter 2: where go fetches modules from, what it trusts, and what is in the module cache.

``facts/`` one file per source, ``rules/`` one file per rule (GM1xx), ``symptoms/`` one parser per tool. Engines of the
chapter stand beside them. The rules of the real thing: cmd/go, modfetch and modload.
"""
