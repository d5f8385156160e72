"""The fence: what a fenced process may do, event by event."""

import os

import pytest

from pingpilot.deliver.wires.fence import Fence, Fenced
from pingpilot.deliver.wires.guard import is_public


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


@pytest.fixture
def fence(code):
    made = Fence(is_public, [str(code)])
    made.hosts = frozenset({"api.example"})
    return made


def test_the_host_at_hand_is_reached_by_https(fence):
    fence("socket.getaddrinfo", ("api.example", 443, 0, 1, 6))
    fence("socket.getaddrinfo", (b"api.example", "443", 0, 1, 6))
    fence("socket.connect", (None, ("8.8.8.8", 443)))
    fence("socket.connect", (None, ("2606:4700::1111", 443, 0, 0)))
    assert not fence.was_hit


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.getaddrinfo", ("internal.example", 443, 0, 1, 6)),
        ("socket.getaddrinfo", ("api.example.", 443, 0, 1, 6)),
        ("socket.getaddrinfo", ("api.example", 80, 0, 1, 6)),
        ("socket.getaddrinfo", (None, 443, 0, 1, 6)),
        ("socket.getaddrinfo", ("169.254.169.254", 443, 0, 1, 6)),
        ("socket.connect", (None, ("10.0.0.1", 443))),
        ("socket.connect", (None, ("127.0.0.1", 443))),
        ("socket.connect", (None, ("::1", 443, 0, 0))),
        ("socket.connect", (None, "/run/docker.sock")),
        ("socket.sendto", (None, ("8.8.8.8", 53))),
        ("socket.gethostbyname", ("internal.example",)),
        ("subprocess.Popen", ("sh", ["sh"], None, None)),
        ("os.system", ("id",)),
        ("os.posix_spawn", ("sh", [], {})),
        ("os.remove", ("x", -1)),
    ],
)
def test_any_other_way_out_is_closed(fence, event, args):
    with pytest.raises(Fenced):
        fence(event, args)
    assert fence.was_hit


def test_its_own_code_is_read_and_nothing_else(fence, code):
    fence("open", (str(code / "module.py"), "r", os.O_RDONLY))
    fence("open", (3, "r", os.O_RDONLY))
    (code / "link").symlink_to("/etc")
    beside = (code / ".." / "secret.key", code / "link" / "passwd", f"{code}x")
    for path in ("/etc/passwd", b"/etc/passwd", *map(str, beside)):
        with pytest.raises(Fenced):
            fence("open", (path, "r", os.O_RDONLY))


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_CREAT, os.O_WRONLY | os.O_APPEND, None])
def test_nothing_is_written_even_there(fence, code, flags):
    with pytest.raises(Fenced):
        fence("open", (str(code / "module.py"), "w", flags))


def test_what_harms_nobody_goes_through(fence):
    fence("import", ("json", None, None, None, None))
    fence("socket.__new__", (None, 2, 1, 0))
