"""The exception tree: every leaf has a code of its own, is drawn, and has an answer at the door."""

import ast
import builtins
import re
from collections import Counter
from importlib import import_module
from importlib.util import find_spec

import pytest

from pingpilot.domain import errors
from pingpilot.domain.errors import PingPilotError
from tests.architecture.source import ROOT, modules


def below(parent):
    """Yield every class under one, that one excepted."""
    for child in parent.__subclasses__():
        yield child
        yield from below(child)


CLASSES = [cls for cls in below(PingPilotError) if cls.__module__.startswith("pingpilot.")]
BUILT_IN = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)}
LEAVES = [cls for cls in CLASSES if not cls.__subclasses__()]


def test_every_leaf_has_a_code_of_its_own():
    assert not [cls.__name__ for cls in LEAVES if "code" not in vars(cls)]
    assert not [code for code, count in Counter(cls.code for cls in LEAVES).items() if count > 1]


def test_a_code_is_one_word_for_machines():
    assert not [cls.code for cls in LEAVES if not re.fullmatch(r"[a-z]+(_[a-z]+)*", cls.code)]


def test_the_tree_stands_in_one_file():
    roots = {cls.__name__ for cls in (PingPilotError, *CLASSES)} | BUILT_IN
    strays = [
        f"{module.path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for module in modules()
        if module.name != "domain.errors"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and roots & {ast.unparse(base) for base in node.bases}
    ]
    assert not strays


def test_every_leaf_is_drawn_and_everything_drawn_exists():
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__))
    assert {cls.__name__ for cls in LEAVES} <= drawn <= {cls.__name__ for cls in CLASSES}


def test_the_door_has_a_status_for_every_leaf():
    if find_spec("pingpilot.ingest") is None or find_spec("pingpilot.ingest.answers") is None:
        pytest.skip("the door is not built yet")
    status = import_module("pingpilot.ingest.answers").STATUS
    assert not [cls.__name__ for cls in LEAVES if not any(parent in status for parent in cls.__mro__[:-3])]
