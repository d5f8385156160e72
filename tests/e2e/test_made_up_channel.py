"""A channel that is one file: found, offered, checked, documented by itself, and delivered to."""

from pathlib import Path

from tests.servers.hook import Hook
from tests.servers.process import launch_alone
from tests.servers.service import Service

MADE_UP = '''
"""A made-up channel: the title as plain text."""

from pingpilot.domain.channel import ChannelField, ChannelSpec, Proof
from pingpilot.domain.reply import classify
from pingpilot.domain.wire import Call


def converse(message, config):
    body = f"{message.title}: {message.description}".encode()
    reply = yield Call("POST", config["url"], {"Authorization": config["token"]}, body, is_user_host=True)
    return classify(reply, message.at, [config["token"]])


SPEC = ChannelSpec(
    kind="carrier-pigeon",
    label="Carrier pigeon",
    icon="x",
    summary="Sends a pigeon.",
    proof=Proof.TEST,
    owner_fields=(ChannelField("url", "Loft", check=lambda url: None if "://" in url else "Enter the loft's URL."),),
    operator_fields=(ChannelField("token", "Ring", is_secret=True),),
)
'''


def bring(folder: Path) -> None:
    """Install a package of that one file."""
    info = folder / "pigeon-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "pigeon.py").write_text(MADE_UP, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[pingpilot.channels]\npigeon = pigeon\n", "utf-8")


def test_one_file_is_a_channel(tmp_path: Path, hook: Hook):
    bring(tmp_path / "packages")
    settings = {"PYTHONPATH": str(tmp_path / "packages"), "PINGPILOT_CARRIER_PIGEON_TOKEN": "ring-of-a-test"}
    service = Service(tmp_path, settings, launch=launch_alone, secrets={"ring-of-a-test"})
    service.start()
    try:
        workspace = service.workspace()
        service.category(workspace)
        words = ["destinations", "add", "carrier-pigeon", "--workspace", str(workspace.id)]
        assert "Enter the loft's URL." in service.run(*words, "url=nowhere").stderr
        service.destination(workspace, "carrier-pigeon", f"url={hook.url}")
        assert service.post(workspace.key, {"category": "sale", "description": "Coo"}).status == 200
        (received,) = hook.wait_for(1)
        assert received.body == "🔔 Sale: Coo".encode()
        assert received.headers["authorization"] == "ring-of-a-test"
    finally:
        assert service.stop() == 0
    assert not service.leaked()
