"""Chapter 3: targets, C toolchains, sysroots, pkg-config, cgo builds.

``facts/`` one file per source, ``rules/`` one file per rule (GM2xx), ``symptoms/`` one parser per tool (go, gcc, ld …).
"""
