"""What the README shows runs as it stands there."""

import re

import pytest

from pingpilot_client import Background, PingPilotHandler
from tests.architecture.source import ROOT

README = (ROOT / "clients" / "python" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def told(home, monkeypatch):
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)


def test_every_block_runs(told, home, capsys):
    names: dict[str, object] = {}
    try:
        for block in BLOCKS:
            exec(compile(block, "README.md", "exec"), names)
        assert isinstance(background := names["background"], Background)
        assert background.flush(30)
    finally:
        end(names)
    said = capsys.readouterr().out
    assert "fields', 'buyer'" in said
    assert sorted(event["category_name"] for event in home.events()) == ["payment", "sale", "visit"]


def end(names):
    """End what the blocks have begun."""
    root = names["logging"].getLogger()
    for handler in [one for one in root.handlers if isinstance(one, PingPilotHandler)]:
        root.removeHandler(handler)
        handler.close()
        handler.background.close()
        handler.background.client.close()
    names["background"].close()
    names["background"].client.close()
    names["client"].close()
