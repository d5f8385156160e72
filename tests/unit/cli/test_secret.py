"""A new secret in the place of the old one: nothing is lost, whenever it is interrupted, and the old one is gone."""

import os

import pytest

from pingpilot.config import secret_rotation
from pingpilot.security.sealing import Box, key_id
from pingpilot.security.webpush import vapid_material
from tests.servers.service import Service, Workspace


@pytest.fixture
def stocked(installation: Service) -> tuple[Service, Workspace]:
    """An installation with something sealed in it, that does not run."""
    service = installation
    workspace = service.workspace(password="correct horse battery")
    service.destination(workspace, "webhook", "url=http://127.0.0.1:9/x")
    return service, workspace


def secret_of(service: Service, name: str = "secret.key") -> bytes:
    return bytes.fromhex((service.folder / "data" / name).read_text())


def sealed_in(service: Service) -> dict[str, bytes]:
    keys = service.rows("SELECT 'key:' || id, sealed FROM store_key WHERE sealed IS NOT NULL")
    return dict([*keys, *service.rows("SELECT 'destination:' || id, sealed FROM store_destination")])


def opened(service: Service, *secrets: bytes) -> dict[str, bytes]:
    box = Box(secrets[0], os.urandom, *secrets[1:])
    return {context: box.unseal(sealed, context) for context, sealed in sealed_in(service).items()}


def test_everything_is_sealed_anew_and_the_old_secret_is_gone(stocked: tuple[Service, Workspace]):
    service, workspace = stocked
    old = secret_of(service)
    before = opened(service, old)
    assert workspace.key.encode() in before.values()
    assert {row["secret"] for row in service.json("secret", "show")} == {key_id(old).hex()}
    done = service.json("secret", "rotate")
    new = secret_of(service)
    assert new != old
    assert done["secret"] == key_id(new).hex()
    assert (done["API keys"], done["destinations"], done["lost"]) == (1, 1, 0)
    assert opened(service, new) == before
    assert sorted(path.name for path in (service.folder / "data").glob("*.key")) == ["push.key", "secret.key"]
    assert (service.folder / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert secret_of(service, "push.key") == vapid_material(old), "browsers would have to subscribe again"
    (found,) = [one for one in service.json("doctor")["findings"] if one["subject"] == "sealed"]
    assert found["found"] == f"2 rows under {key_id(new).hex()}"


def test_a_rotation_that_was_interrupted_goes_on_with_the_secret_it_made(stocked: tuple[Service, Workspace]):
    service, workspace = stocked
    old = secret_of(service)
    before = opened(service, old)
    new = secret_rotation.begin(service.folder / "data", os.urandom)  # and here the power goes
    assert secret_rotation.begin(service.folder / "data", os.urandom) == new
    assert secret_of(service, "secret.old.key") == old
    assert service.json("destinations", "add", "webhook", "url=http://127.0.0.1:9/y", "--workspace", str(workspace.id))
    assert {row["secret"] for row in service.json("secret", "show")} == {key_id(old).hex(), key_id(new).hex()}
    done = service.json("secret", "rotate")
    assert secret_of(service) == new
    assert (done["API keys"], done["destinations"]) == (1, 1)
    after = opened(service, new)
    assert {context: after[context] for context in before} == before


def test_half_a_beginning_loses_nothing(stocked: tuple[Service, Workspace]):
    service, _ = stocked
    data = service.folder / "data"
    old = secret_of(service)
    (data / "secret.old.key").hardlink_to(data / "secret.key")
    new = secret_rotation.begin(data, os.urandom)
    assert (secret_of(service, "secret.old.key"), secret_of(service)) == (old, new)
    assert new != old


def test_what_runs_is_stopped_first(stocked: tuple[Service, Workspace]):
    service, _ = stocked
    old = secret_of(service)
    service.start()
    refused = service.run("secret", "rotate")
    assert (refused.returncode, secret_of(service)) == (2, old)
    assert "Stop it first" in refused.stderr
    assert service.stop() == 0


def test_what_nothing_opens_is_said_and_left_alone(stocked: tuple[Service, Workspace]):
    service, _ = stocked
    lost = b"\0" * 40
    service.rows("UPDATE store_destination SET sealed = ?", lost)
    done = service.json("secret", "rotate")
    assert (done["lost"], done["API keys"]) == (1, 1)
    assert service.rows("SELECT sealed FROM store_destination") == [(lost,)]


def test_a_given_secret_is_rotated_by_settings(installation: Service):
    service = installation
    service.settings["PINGPILOT_SECRET_KEY"] = "old-" * 10
    workspace = service.workspace()
    refused = service.run("secret", "rotate")
    assert refused.returncode == 2
    assert "PINGPILOT_PREVIOUS_SECRET_KEY" in refused.stderr
    service.settings |= {"PINGPILOT_SECRET_KEY": "new-" * 10, "PINGPILOT_PREVIOUS_SECRET_KEY": "old-" * 10}
    assert service.json("secret", "rotate")["API keys"] == 1
    del service.settings["PINGPILOT_PREVIOUS_SECRET_KEY"]
    assert workspace.key.encode() in opened(service, b"new-" * 10).values()
