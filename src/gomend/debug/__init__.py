"""Chapter 4: why a breakpoint does not bind: launch configurations, path maps, optimised and stripped binaries, images.

``facts/`` one file per source, ``rules/`` one file per rule (GM3xx), ``symptoms/`` one parser per tool (dlv).
"""
