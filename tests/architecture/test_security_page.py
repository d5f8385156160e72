"""SECURITY.md and the page about keys say what is so: the tests they name exist, their pattern and code are ours."""

import ast
import re
from types import SimpleNamespace

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import PATTERN, compose
from tests.architecture.source import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PAGE, KEYS = (ROOT / name for name in ("SECURITY.md", "docs/keys.md"))


def test_every_promise_names_tests_and_each_of_them_exists():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if "`tests/" in line]
    assert len(rows) > 20
    missing = [f"{path}::{name}" for row in rows for path, name in NAMED.findall(row) if name not in names_in(path)]
    assert not missing


def test_scanners_are_told_the_pattern_and_the_checksum():
    text = KEYS.read_text("utf-8")
    assert f"```text\n{PATTERN}\n```" in text
    code = text.partition("```python\n")[2].partition("```")[0]
    known: dict[str, object] = {}
    exec(code, known)
    page = SimpleNamespace(**known)
    key = compose(KeyId("a" * 24), "S" * 32)
    assert page.is_key(key)
    assert not page.is_key(key.replace("S", "T", 1))


def names_in(path: str) -> set[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
