"""The project's own files as the architecture tests read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "pingpilot"
CLIENTS = ROOT / "clients"
TESTS = ROOT / "tests"
STAGES = ("ingest", "store", "queue", "deliver", "channels")
"""The five stages of an event, in its order."""

UNTRACKED = frozenset({"site", ".git", ".venv", "__pycache__", "build", "data", "dist", "node_modules", "artifacts"})
"""Folders that git ignores; so are the caches, whose names start with a dot and end with "_cache"."""


@dataclass(frozen=True, eq=False)
class Module:
    """One Python file of the package."""

    name: str
    """Dotted, without ``pingpilot.``: ``deliver.wires.http``; the package itself is ``""``."""
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"), str(self.path))

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def is_in(self, package: str) -> bool:
        """Tell whether the module is the package of that name, or below it."""
        return self.name == package or self.name.startswith(f"{package}.")

    def imports(self) -> Iterator[tuple[str, int]]:
        """Yield what is imported, also inside functions or later, as a full dotted name and its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield f"{node.module}", node.lineno
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Late":
                yield ast.literal_eval(node.args[0]), node.lineno


def modules() -> list[Module]:
    """Return every module of the package, in the order of their paths."""
    return [read_module(path) for path in sorted(SOURCE.rglob("*.py")) if not UNTRACKED.intersection(path.parts)]


def read_module(path: Path) -> Module:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    return Module(name, path)


def files() -> Iterator[Path]:
    """Yield every file that belongs to the repository."""
    yield from _below(ROOT)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _is_ignored(path.name):  # a linked working tree has a file in place of the folder .git
            continue
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from _below(path)


def _is_ignored(name: str) -> bool:
    return name in UNTRACKED or name == ".hypothesis" or (name.startswith(".") and name.endswith("_cache"))
