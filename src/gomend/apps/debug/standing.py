"""A binary here that stands for one in an image: the Dockerfile's go build repeated, with the image's folders recorded. Nothing is run in a container."""

from __future__ import annotations

import functools
import os

import msgspec

from gomend.apps.debug.trying import Bench, Whole
from gomend.apps.loop import run_async
from gomend.debug import paths
from gomend.debug.facts.dlv import DlvTool
from gomend.debug.why import imaged, spelled
from gomend.debug.why.ask import Ask, Fix, Verdict
from gomend.debug.why.imaged import Imaged
from gomend.debug.why.product import Product
from gomend.ports.doors import Doors
from gomend.ports.processes import Cmd

_TIME = 600.0


class StandIn(Bench):
    """The bench of a program in an image."""

    def __init__(self, ask: Ask, doors: Doors, scratch: str, image: Imaged) -> None:
        """Build the stand-in; what go says if it cannot is shown with the verdicts."""
        self.image = image
        program = os.path.join(scratch, "image")
        super().__init__(msgspec.structs.replace(ask, launch={**ask.launch, "program": program}), doors, scratch, run=False)
        self.problem = self._made(image, program)
        self.cause, self.shown = image.spoiled()
        self.better = os.path.join(scratch, "mended")
        changed = self._changed(self.cause) if self.cause else None
        if changed is not None:
            self._made(changed, self.better)

    def _made(self, image: Imaged, output: str) -> str:
        where, words, env = image.command(output)
        done = run_async(functools.partial(self.doors.runner.run, Cmd(argv=words, cwd=where, env=env, timeout=_TIME)))
        return "" if os.path.exists(output) else done.stderr.strip() or done.why or imaged.shell(where, words, env)

    def _changed(self, cause: str) -> Imaged | None:
        """The image as its changed Dockerfile makes it; None where no change is known, or the change does not help."""
        made = self.image.mended(cause)
        file = self.image.image.file
        changed = imaged.of_text(file.path, made[1], self.image.context) if made else None
        return changed if changed is not None and not changed.spoiled()[0] else None

    def completed(self, fix: Fix | None, file: str, line: int) -> Fix | None:
        """With the rules that the mended program needs: its image records other folders."""
        if fix is None or not os.path.exists(self.better):
            return fix
        product = Product(self.better)
        if paths.substitute(file, self.ask.rules) in product.files:
            return fix
        found = spelled.look(file, self.ask.rules, product, self.machine())
        more = found.fix(line) if found and found.fix else None
        return msgspec.structs.replace(fix, substitute_path=more.substitute_path if more else None)

    def _from(self) -> str:
        file, build = self.image.image.file, self.image.build
        return f"{file.name}:{build.command.line}: {build.command.text} (in {build.folder})"

    def renamed(self, whole: Whole) -> Whole:
        """The image's own causes come first; what was not built at all is said in go's words."""
        if self.cause:
            made = self.image.mended(self.cause)
            return self.cause, self.shown, made[0] if made else None
        if self.problem and whole[0]:
            return whole[0], (self._from(), self.problem), None
        return imaged.CAUSES.get(whole[0], whole[0]), (self._from(), *whole[1]) if whole[0] else whole[1], whole[2]

    def named(self, verdict: Verdict) -> Verdict:
        """The causes that an image's build has, with the line of the Dockerfile."""
        cause = imaged.CAUSES.get(verdict.cause, verdict.cause)
        if cause == verdict.cause:
            return verdict
        fix = verdict.fix
        if cause == "image-binary-optimised":
            made = self.image.mended(cause)
            fix = made[0] if made else None
        return msgspec.structs.replace(verdict, cause=cause, evidence=(self._from(), *verdict.evidence), fix=fix)

    def proved(self, dlv: DlvTool, verdict: Verdict) -> tuple[bool, bool | None]:
        """Build by the changed Dockerfile and ask dlv; without a change of it, ask with the rules."""
        fix = verdict.fix
        if fix is None or not fix.image:
            return super().proved(dlv, verdict)
        changed = self._changed(verdict.cause)
        if changed is None or (not os.path.exists(self.better) and self._made(changed, self.better)):
            return False, None
        ask = msgspec.structs.replace(self.ask, launch={**self.ask.launch, "program": self.better})
        rest = Fix(substitute_path=fix.substitute_path)
        return Bench(ask, self.doors, self.scratch, run=False).proved(dlv, msgspec.structs.replace(verdict, fix=rest))
