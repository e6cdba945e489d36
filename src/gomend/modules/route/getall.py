"""``go get all``: every package of the build is asked for on its own.

Source: cmd/go/internal/modget/get.go (performPatternAllQueries, loadPackages).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from gomend.golang import semver
from gomend.modules.route import commit
from gomend.modules.route.errors import AmbiguousImportError, GoError, ImportMissingError, Mod, VersionChangeError, find
from gomend.modules.route.loading import Loader
from gomend.modules.route.packages import Options
from gomend.modules.route.search import query_pattern
from gomend.modules.route.state import Allowed, State
from gomend.modules.route.wishes import Wish


def wishes_of(state: State, every: Wish, initial: Callable[[str], str], allowed: Allowed, *, tests: bool) -> list[Wish]:
    """One wish for each package of ``all`` that a module outside provides."""
    asked: dict[str, Wish] = {}

    def allow(path: str, mod: Mod) -> None:
        if path in asked:
            return
        wish = asked[path] = Wish(every.raw, path, every.asked, every.version)
        try:
            wish.found = query_pattern(state, path, every.version, initial, allowed)
        except GoError as error:
            wish.error = error
        if [f.mod for f in wish.found if f.has_package] != [mod]:
            raise VersionChangeError

    options = Options(tests=tests, quiet=True, assume_imported=True, switcher=True, allow=allow)
    loader = commit.run_loader(state, Loader(state, options, ["all"], commit.load(state)))
    for package in list(loader.packages.values()):
        missing = find(package.error, ImportMissingError) or find(package.error, AmbiguousImportError)
        if missing is not None and not semver.path_problem(package.path):
            with contextlib.suppress(VersionChangeError):
                allow(package.path, Mod("", ""))
    return [asked[path] for path in sorted(asked)]
