"""The words and the channels compute: no input, no output, no clock, no chance."""

import ast

from tests.architecture.source import ROOT, Module, modules

PURE_LIBRARIES = frozenset(
    {
        "abc", "base64", "binascii", "collections", "dataclasses", "datetime", "decimal", "enum", "functools",
        "hashlib", "hmac", "html", "itertools", "json", "math", "operator", "re", "string", "struct", "textwrap",
        "types", "typing", "unicodedata", "zlib",
    }
)  # fmt: skip
PURE_MODULES = frozenset({"collections.abc", "urllib.parse"})
EXCEPTIONS = frozenset(
    {("domain.ids", "threading")}
)  # a lock, no thread: ids ascend also when two threads ask for them
IMPURE_BUILTINS = frozenset({"open", "input", "breakpoint", "__import__"})


def is_pure(imported: str) -> bool:
    return imported in PURE_LIBRARIES | PURE_MODULES or f"{imported}.".startswith("pingpilot.domain.")


def pure_modules() -> list[Module]:
    """Return the words and every channel, but not the package of the channels: that one lists a folder."""
    return [module for module in modules() if module.is_in("domain") or module.name.startswith("channels.")]


def test_a_pure_module_imports_the_words_and_computation_only():
    strays = [
        f"{module.path.relative_to(ROOT)}:{line} imports {imported}"
        for module in pure_modules()
        for imported, line in module.imports()
        if not is_pure(imported) and (module.name, imported) not in EXCEPTIONS
    ]
    assert not strays


def test_a_pure_module_opens_nothing():
    strays = [
        f"{module.path.relative_to(ROOT)}:{node.lineno} calls {node.func.id}"
        for module in pure_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_BUILTINS
    ]
    assert not strays
