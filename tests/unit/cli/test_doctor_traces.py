"""What the doctor says of traces: nothing unless they are asked for, and never what is secret in an address."""

import pytest

from pingpilot.cli.doctor import examine
from pingpilot.cli.findings import Finding
from pingpilot.config.settings import Settings


def found(tmp_path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[Finding]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return [one for one in examine(Settings(data_dir=tmp_path), {}) if one.subject == "traces"]


def test_it_says_where_they_go(tmp_path, monkeypatch):
    (one,) = found(tmp_path, monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT="https://me:secret@traces.example.com:4318/x")
    assert (one.state, one.found) == ("ok", "asked for by OTEL_EXPORTER_OTLP_ENDPOINT: sent to traces.example.com")


def test_it_says_what_is_in_their_way(tmp_path, monkeypatch):
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    (one,) = found(tmp_path, monkeypatch, **variables)
    assert one.state == "note"
    assert "http/protobuf only" in one.fix


def test_of_what_nobody_asks_for_it_says_nothing(tmp_path, monkeypatch):
    assert found(tmp_path, monkeypatch) == []
