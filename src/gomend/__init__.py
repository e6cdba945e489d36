"""gomend: why a Go build, dependency or debugger stopped, with evidence, a mend and a proof.

The rooms, bottom to top: model, ports, golang and binary, engine with the chapters
(sdk, modules, cgo, debug) and outputs side by side, apps. Imports point down only.
Start reading at ``model/rule.py`` (what a rule is) and ``engine/check.py`` (what happens to it).
"""

__version__ = "0.1.0"
