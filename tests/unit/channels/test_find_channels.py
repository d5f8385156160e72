"""The finder: our own channels by listing the folder, others by entry point."""

import sys

import pytest

from pingpilot import channels
from pingpilot.channels import find_channels
from pingpilot.domain.errors import ConfigurationError

MADE_UP = """
from pingpilot.domain.channel import ChannelSpec, Proof
from pingpilot.domain.outcome import Delivered
SPEC = ChannelSpec("{kind}", "Made up", "x", "Sends nothing.", Proof.TEST, ())
def converse(message, config):
    return Delivered()
    yield
"""


@pytest.fixture
def brought(tmp_path, monkeypatch):
    """Install a package that brings one channel by entry point: a function of its source."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def bring(source, name="made_up_channel"):
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[pingpilot.channels]\n{name} = {name}\n", "utf-8")

    yield bring
    for name in [name for name in sys.modules if name.startswith(("made_up", "pingpilot.channels.made_up"))]:
        del sys.modules[name]


def test_every_file_of_the_folder_is_a_channel():
    assert list(find_channels()) == sorted(find_channels())
    assert {"discord-webhook", "email", "telegram", "webhook"} <= find_channels().keys()


def test_a_new_file_in_the_folder_is_found(tmp_path, monkeypatch, brought):
    (tmp_path / "made_up.py").write_text(MADE_UP.format(kind="made-up"), "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    assert find_channels()["made-up"].SPEC.label == "Made up"


def test_a_channel_of_another_package_is_found(brought):
    brought(MADE_UP.format(kind="made-up"))
    assert find_channels()["made-up"].SPEC.label == "Made up"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (MADE_UP.format(kind="email"), 'The channel "email" exists twice'),
        (MADE_UP.format(kind="Made Up"), 'has the kind "Made Up"'),
        ("SPEC = 1", "has no SPEC"),
        (MADE_UP.format(kind="made-up").replace("def converse", "def speak"), "has no function converse"),
        ("import nothing_of_this_name", "cannot be loaded (ModuleNotFoundError"),
        ("def (", "cannot be loaded (SyntaxError"),
        ("raise RuntimeError('boom')", "cannot be loaded (RuntimeError: boom)"),
    ],
)
def test_a_broken_channel_is_refused_by_name(brought, source, complaint):
    brought(source)
    with pytest.raises(ConfigurationError) as refusal:
        find_channels()
    assert complaint in refusal.value.message
    assert "made_up_channel" in refusal.value.message
