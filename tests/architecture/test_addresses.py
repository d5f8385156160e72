"""Every library has one address: ``[tool.pingpilot.addresses]`` in pyproject.toml."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture.source import ROOT, modules

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ADDRESSES: dict[str, list[str]] = PYPROJECT["tool"]["pingpilot"]["addresses"]
OWN = frozenset({"pingpilot"})


def distribution(name: str) -> str:
    """Return a distribution's name in the one spelling that compares."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required() -> set[str]:
    """Return the distributions that pyproject.toml asks for at run time."""
    return {distribution(re.split(r"[^\w.-]", text)[0]) for text in PYPROJECT["project"]["dependencies"]}


def library_of(imported: str) -> str:
    return imported.partition(".")[0]


def test_a_library_is_imported_at_its_address_only():
    strays = []
    for module in modules():
        for imported, line in module.imports():
            library = library_of(imported)
            if library in OWN or library in sys.stdlib_module_names:
                continue
            if not any(module.is_in(address) for address in ADDRESSES.get(library, ())):
                strays.append(f"{module.path.relative_to(ROOT)}:{line} imports {imported}")
    assert not strays, "not at an address in pyproject.toml's [tool.pingpilot.addresses]"


def test_every_runtime_dependency_is_in_the_address_book():
    providers = packages_distributions()
    addressed = {distribution(name) for library in ADDRESSES for name in providers.get(library, ())}
    assert required() <= addressed


def test_every_library_in_the_address_book_is_a_dependency_or_comes_with_one():
    locked = "".join((ROOT / "requirements" / name).read_text("utf-8") for name in ("run.txt", "mcp.txt", "otel.txt"))
    installed = {distribution(name) for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE)}
    providers = packages_distributions()
    unknown = [name for name in ADDRESSES if not {distribution(d) for d in providers.get(name, ())} & installed]
    assert not unknown


def test_no_address_is_idle():
    imported = {(library_of(name), module) for module in modules() for name, _ in module.imports()}
    idle = [
        f"{library} → {address}"
        for library, addresses in ADDRESSES.items()
        for address in addresses
        if not any(name == library and module.is_in(address) for name, module in imported)
    ]
    assert not idle
