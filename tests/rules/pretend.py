"""Do a step in a world that lives in memory."""

from __future__ import annotations

import shlex

from gomend.model.step import EditFile, MovePath, RemovePath, Run, SetGoEnv, Step, edit_text
from gomend.ports.memory import GOENV, World


def pretend(world: World, step: Step) -> bool:
    """Change the world as ``step`` would; False if the world cannot tell what the step would do."""
    match step:
        case EditFile():
            world.files[step.path] = edit_text(world.files.get(step.path, b""), step.edits)
        case SetGoEnv():
            lines = dict(line.split("=", 1) for line in world.files.get(GOENV, b"").decode().splitlines())
            lines.pop(step.name, None)
            if step.value:
                lines[step.name] = step.value
            world.files[GOENV] = "".join(f"{k}={v}\n" for k, v in sorted(lines.items())).encode()
        case RemovePath():
            gone = [p for p in world.files if p == step.path or p.startswith(step.path + "/")]
            for path in gone:
                del world.files[path]
        case MovePath():
            for path in [p for p in world.files if p == step.path or p.startswith(step.path + "/")]:
                world.files[step.to + path[len(step.path) :]] = world.files.pop(path)
        case Run():
            reply = world.commands.get(shlex.join(step.argv))
            if reply is None:
                return False
            for name, content in reply.writes.items():
                world.files[world.path(name)] = content.encode()
        case _:
            return False
    return True
