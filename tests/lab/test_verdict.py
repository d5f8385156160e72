"""The laboratory's verdict: what a log may not tell is found in it."""

from pathlib import Path

import pytest

from tests.lab.verdict import told_by_log
from tests.servers.service import Service


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ('{"event": "delivery.attempted", "delivery": "01a2"}', []),
        ("to jane@example.com", ["the log holds 1 secrets or addresses"]),
        ("lababc0000001", ["the log holds what events say"]),
    ],
)
def test_a_log_tells_no_secret_no_address_and_no_event(tmp_path: Path, line: str, sentences: list[str]):
    (tmp_path / "log").write_text(f"{line}\n")
    service = Service(tmp_path, secrets={"jane@example.com"})
    assert told_by_log(service) == sentences
