"""What stops a start: one sentence that says what to do, exit code 2, and no traceback."""

import socket
import subprocess

import pytest

from tests.servers.service import Service


def is_refused(done: "subprocess.CompletedProcess[str]", *words: str) -> bool:
    """Tell whether a command was refused with one line that holds these words."""
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("pingpilot: ")
    assert line.endswith(".")
    missing = [word for word in words if word not in line]
    assert not missing, line
    return True


@pytest.mark.parametrize("command", ["serve", "doctor", "events"])
def test_an_unknown_setting_names_the_nearest_one(bare: Service, command: str):
    bare.settings["PINGPILOT_PROT"] = "1"
    arguments = [command, "list"] if command == "events" else [command]
    assert is_refused(bare.run(*arguments), "PINGPILOT_PROT", "PINGPILOT_PORT")
    assert not (bare.folder / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PINGPILOT_PORT", "http", "whole number"),
        ("PINGPILOT_SMTP_URL", "mail.example.com", "smtp"),
        ("PINGPILOT_DATABASE_URL", "mysql://localhost/x", "postgresql"),
    ],
)
def test_a_wrong_value_says_what_is_right(bare: Service, name: str, value: str, expected: str):
    bare.settings[name] = value
    assert is_refused(bare.run("serve"), name, expected)


def test_a_wrong_secret_is_not_repeated(bare: Service):
    bare.settings["PINGPILOT_SECRET_KEY"] = "too-short-secret"
    done = bare.run("serve")
    assert is_refused(done, "PINGPILOT_SECRET_KEY", "32")
    assert "too-short-secret" not in done.stderr


def test_a_settings_file_that_is_none(bare: Service):
    (bare.folder / "pingpilot.toml").write_text("port = ")
    assert is_refused(bare.run("serve"), "pingpilot.toml", "TOML")


def test_a_data_folder_that_cannot_be_written(bare: Service):
    (bare.folder / "file").write_text("")
    bare.settings["PINGPILOT_DATA_DIR"] = str(bare.folder / "file" / "data")
    assert is_refused(bare.run("serve"), str(bare.folder / "file" / "data"), "PINGPILOT_DATA_DIR")


def test_a_port_in_use(bare: Service):
    with socket.create_server(("127.0.0.1", bare.port)):
        assert is_refused(bare.run("serve"), f"port {bare.port}", "PINGPILOT_PORT")


def test_an_address_that_is_not_of_this_machine(bare: Service):
    assert is_refused(bare.run("serve", "--host", "192.0.2.1"), "192.0.2.1")
    assert is_refused(bare.run("serve", "--host", "no such host"), "no such host")


def test_a_second_instance_on_the_same_folder(bare: Service):
    bare.start()
    second = Service(bare.folder, launch=bare.launch)
    try:
        assert bare.process is not None
        assert is_refused(second.run("serve"), f"process {bare.process.pid}", "PINGPILOT_DATA_DIR")
        assert is_refused(second.run("worker"), str(bare.folder / "data"))
        assert bare.request("GET", "/healthz").status == 200
    finally:
        assert bare.stop() == 0


def test_a_second_instance_starts_once_the_first_was_killed(bare: Service):
    bare.start().kill()
    assert bare.start().stop() == 0


def test_a_secret_that_was_damaged(bare: Service):
    (bare.folder / "data").mkdir()
    (bare.folder / "data" / "secret.key").write_text("nonsense")
    assert is_refused(bare.run("serve"), "secret.key", "backup")


def test_a_database_that_is_none(bare: Service):
    (bare.folder / "data").mkdir()
    (bare.folder / "data" / "pingpilot.db").write_text("this is no database, but some text of a certain length" * 100)
    assert is_refused(bare.run("serve"), "database")


def test_a_postgresql_that_does_not_answer(bare: Service):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        bare.settings["PINGPILOT_DATABASE_URL"] = f"postgresql://me:hidden@127.0.0.1:{port}/none"
        done = bare.run("serve")
        assert is_refused(done, "PINGPILOT_DATABASE_URL")
        assert "hidden" not in done.stderr
        assert is_refused(bare.run("migrate"))
        assert is_refused(bare.run("events", "list"))


def test_what_was_made_at_the_first_start_is_for_its_owner_alone(bare: Service):
    bare.start()
    assert bare.stop() == 0
    data = bare.folder / "data"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [data, data / "secret.key"]}
    assert modes == {"data": 0o700, "secret.key": 0o600}
