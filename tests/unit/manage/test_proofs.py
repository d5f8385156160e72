"""Proving an address."""

import hashlib
import re
from datetime import timedelta

import pytest

from pingpilot.domain.errors import InvalidProof, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.manage import destinations, events, proofs
from pingpilot.manage.audit import NOBODY, page
from pingpilot.manage.destinations import Draft
from pingpilot.store.destinations import Person, link
from pingpilot.store.models import Destination, Event, Workspace

MAIL = Draft("email", {"to": "bob@example.com"})
LINK = re.compile(r"https://pings\.example/dashboard/channels/confirm/([\w-]{43})")


def token_of(unit):
    found = LINK.fullmatch(unit.event.url)
    assert found
    return found[1]


@pytest.fixture
def mailed(services, workspace):
    return destinations.add(services, workspace, MAIL).destination


def test_a_link_in_a_mail_verifies_the_address_once(services, workspace, mailed, pipeline):
    (unit,) = pipeline.submitted
    assert (unit.purpose, unit.proves) == (Purpose.PROOF, False)
    before = Workspace.objects.get().revision
    assert proofs.confirm(services, token_of(unit), NOBODY).is_active
    assert Workspace.objects.get().revision == before + 1
    assert page(workspace).entries[0].action == "destination.verified"
    with pytest.raises(InvalidProof):
        proofs.confirm(services, token_of(unit), NOBODY)


def test_only_the_digest_of_a_link_is_kept_beside_the_address(mailed, pipeline):
    token = token_of(pipeline.submitted[0])
    assert bytes(Destination.objects.get().proof_digest or b"") == hashlib.sha256(token.encode()).digest()


def test_a_link_in_a_direct_message_verifies_the_person_who_reads_it(services, workspace, pipeline):
    added = destinations.add(services, workspace, Draft("discord", {"user_id": "223456789012345678"}))
    (unit,) = pipeline.submitted
    assert not added.destination.is_active
    assert unit.event.description.endswith("If not, do nothing: no more messages will come.")
    assert proofs.confirm(services, token_of(unit), NOBODY).is_active


def test_the_same_person_is_one_destination_and_gets_no_second_message_at_once(services, workspace, pipeline):
    draft = Draft("discord", {"user_id": "223456789012345678"})
    destinations.add(services, workspace, draft)
    with pytest.raises(InvalidProof, match="a moment ago"):
        destinations.add(services, workspace, draft)
    assert (Destination.objects.count(), len(pipeline.submitted)) == (1, 1)


def test_a_link_works_for_24_hours(services, mailed, pipeline, clock):
    clock.advance(hours=24)
    with pytest.raises(InvalidProof):
        proofs.confirm(services, token_of(pipeline.submitted[0]), NOBODY)


def test_a_new_link_voids_the_last(services, mailed, pipeline, clock):
    clock.advance(minutes=2)
    proofs.begin(services, mailed)
    first, second = map(token_of, pipeline.submitted)
    with pytest.raises(InvalidProof):
        proofs.confirm(services, first, NOBODY)
    assert proofs.confirm(services, second, NOBODY).is_active


def test_nobodys_mailbox_is_filled_with_links(services, mailed, pipeline, clock):
    clock.advance(seconds=59)
    with pytest.raises(InvalidProof, match="a moment ago"):
        proofs.begin(services, mailed)
    assert len(pipeline.submitted) == 1


@pytest.mark.parametrize("token", ["", "x" * 43, "ä"])
def test_an_unknown_token_is_refused(services, mailed, token):
    with pytest.raises(InvalidProof):
        proofs.confirm(services, token, NOBODY)


def test_the_link_of_a_removed_address_is_void(services, mailed, pipeline):
    destinations.remove(services, mailed, NOBODY)
    with pytest.raises(InvalidProof):
        proofs.confirm(services, token_of(pipeline.submitted[0]), NOBODY)
    with pytest.raises(NotFound):
        proofs.begin(services, Destination.objects.get())


def test_the_owner_of_the_workspace_does_not_see_the_link(workspace, mailed):
    assert events.recent(workspace).events == []
    assert events.receipt(workspace, Event.objects.get().id.hex).event.url is None


def test_a_chat_is_linked_by_a_code_of_ten_minutes(services, workspace, clock):
    added = destinations.add(services, workspace, Draft("telegram", {}))
    assert re.fullmatch(r"https://t\.me/ping_bot\?start=[\w-]{43}", added.begun.link)
    digest = hashlib.sha256(added.begun.link.rpartition("=")[2].encode()).digest()
    ada = Person("telegram", "Ada", b"d" * 32)
    assert not link(digest, ada, lambda _: b"sealed", clock.now + proofs.LINK_VALID_FOR)
    assert link(digest, ada, lambda _: b"sealed", clock.now + proofs.LINK_VALID_FOR - timedelta(seconds=1))
    assert not link(digest, ada, lambda _: b"sealed", clock.now)
    assert Destination.objects.get().is_active


def test_the_code_of_a_chat_confirms_nothing_in_the_browser(services, workspace):
    added = destinations.add(services, workspace, Draft("telegram", {}))
    with pytest.raises(InvalidProof):
        proofs.confirm(services, added.begun.link.rpartition("=")[2], NOBODY)


def test_what_was_begun_does_not_show_its_code(services, workspace):
    added = destinations.add(services, workspace, Draft("telegram", {}))
    assert "start=" not in repr(added)
