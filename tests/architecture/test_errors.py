"""The exception tree: every leaf has a code of its own, is drawn, and has an answer at the door."""

import ast
import re
from collections import Counter

from pingpilot.domain import errors
from pingpilot.domain.errors import PingPilotError
from pingpilot.ingest.answers import STATUS
from tests.architecture.source import ROOT, modules


def below(parent):
    """Yield every class under one, that one excepted."""
    for child in parent.__subclasses__():
        yield child
        yield from below(child)


CLASSES = [cls for cls in below(PingPilotError) if cls.__module__.startswith("pingpilot.")]
LEAVES = [cls for cls in CLASSES if not cls.__subclasses__()]


def test_every_leaf_has_a_code_of_its_own():
    assert not [cls.__name__ for cls in LEAVES if "code" not in vars(cls)]
    assert not [code for code, count in Counter(cls.code for cls in LEAVES).items() if count > 1]


def test_a_code_is_one_word_for_machines():
    assert not [cls.code for cls in LEAVES if not re.fullmatch(r"[a-z]+(_[a-z]+)*", cls.code)]


def test_the_tree_stands_in_one_file():
    roots = {cls.__name__ for cls in (PingPilotError, *CLASSES)}
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


def test_the_door_has_a_status_for_every_leaf_and_nothing_else():
    assert set(STATUS) == set(LEAVES)
