"""Print the path of an event through the source: ``make tour``. Needs nothing but the standard library."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import SOURCE, STAGES, Module, read_module

WIDTH = 118
INDENT = 28


def steps() -> list[str]:
    """Return the steps that the package's docstring draws, in the order of the event: ``["ingest/door", …]``."""
    drawn = read_module(SOURCE / "__init__.py").docstring
    return re.findall(rf"^\s+((?:{'|'.join(STAGES)})/\S+)", drawn, re.MULTILINE)


def tour() -> Iterator[str]:
    """Yield the lines of the tour: what each stage is for, then its files in the order of the event."""
    yield "The path of one event, stage by stage. `+` marks a file every event runs through."
    for stage in STAGES:
        if (SOURCE / stage / "__init__.py").is_file():
            package = read_module(SOURCE / stage / "__init__.py")
            yield ""
            yield f"{stage}/  {summary(package)}"
            yield from (line for module in in_event_order(stage) for line in described(module))


def in_event_order(stage: str) -> list[Module]:
    """Return a stage's files: those on the path first, as drawn, then the others by name."""
    path = steps()
    return sorted(map(read_module, written_files(stage)), key=lambda module: (position(module, path), module.name))


def written_files(stage: str) -> list[Path]:
    """Return a stage's files with content of their own: no ``__init__``, no migrations (Django writes those)."""
    return [
        file for file in (SOURCE / stage).rglob("*.py") if file.stem != "__init__" and "migrations" not in file.parts
    ]


def position(module: Module, path: list[str]) -> int:
    name = step_of(module)
    return path.index(name) if name in path else len(path)


def step_of(module: Module) -> str:
    return module.name.replace(".", "/")


def described(module: Module) -> list[str]:
    mark = "+" if step_of(module) in steps() else " "
    name = f"  {mark} {module.path.relative_to(SOURCE).as_posix().partition('/')[2]}"
    text = textwrap.wrap(summary(module), WIDTH - INDENT)
    return [f"{left:<{INDENT - 1}} {right}" for left, right in zip([name] + [""] * len(text), text, strict=False)]


def summary(module: Module) -> str:
    """Return the docstring's first paragraph on one line."""
    return " ".join(module.docstring.partition("\n\n")[0].split())


if __name__ == "__main__":
    print(*tour(), sep="\n")
