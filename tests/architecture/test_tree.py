"""The tree tells the story: sizes, names, stages, and nothing of the machine it was written on."""

import re

import pytest

from tests.architecture.source import CLIENTS, ROOT, SOURCE, STAGES, TESTS, files, modules, read_module

SOURCE_LINES, TEST_LINES = 300, 400
EMPTY_NAMES = frozenset({"base", "common", "handler", "helper", "helpers", "manager", "misc", "util", "utils"})

# Written so that this file does not find itself.
INDEX_HOST = re.compile(r"py[p]i\.(org|python)|python[h]osted\.|npm[j]s\.(org|com)|(index-ur[l]|find-link[s])[ =]+\S*/")
MACHINE_PATH = re.compile(r"(?<![\w.:/}-])/(home|roo[t]|Users|wor[k])/\w")
WHAT_HOLDS_TEXT = frozenset(
    {"", ".css", ".html", ".in", ".ini", ".js", ".json", ".md", ".py", ".svg", ".toml", ".txt", ".yaml", ".yml"}
)


def too_long(folder, limit):
    lengths = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in folder.rglob("*.py")}
    return {str(path): lines for path, lines in lengths.items() if lines > limit and "migrations" not in path.parts}


def test_a_source_file_holds_one_subject():
    assert not too_long(SOURCE, SOURCE_LINES) | too_long(CLIENTS, SOURCE_LINES)


def test_a_test_file_holds_one_subject():
    assert not too_long(TESTS, TEST_LINES)


def test_a_name_says_what_the_file_is_about():
    nameless = [
        path.relative_to(ROOT)
        for root in (SOURCE, CLIENTS, TESTS)
        for path in root.rglob("*")
        if path.stem in EMPTY_NAMES
    ]
    assert not [path for path in nameless if path.suffix in {"", ".py"}]


@pytest.mark.parametrize(("number", "stage"), list(enumerate(STAGES, start=1)))
def test_a_stage_says_which_one_it_is(number, stage):
    package = SOURCE / stage / "__init__.py"
    if not package.is_file():
        pytest.skip(f"{stage} is not built yet")
    assert read_module(package).docstring.startswith(f"Stage {number} of {len(STAGES)}")


def test_every_package_is_a_package():
    folders = {module.path.parent for module in modules()}
    assert not [folder.relative_to(ROOT) for folder in folders if not (folder / "__init__.py").is_file()]


@pytest.mark.parametrize("pattern", [INDEX_HOST, MACHINE_PATH], ids=["package index", "machine path"])
def test_no_file_names_a_machine_or_a_package_index(pattern):
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for path in files()
        if path.suffix in WHAT_HOLDS_TEXT
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found


def test_migrations_follow_each_other():
    numbers = [path.name[:4] for path in sorted((SOURCE / "store" / "migrations").glob("[0-9]*.py"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_decisions_are_numbered_once():
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
