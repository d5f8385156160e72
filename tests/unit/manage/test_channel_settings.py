"""Which channels are offered, and what their settings may be."""

from dataclasses import replace

import pytest

from pingpilot.domain.errors import ChannelUnavailable, InvalidDestination
from pingpilot.manage.channel_settings import checked, offers, spec_of

WEBHOOK = {"url": "https://example.com/hook"}


def issues(services, kind, values):
    with pytest.raises(InvalidDestination) as caught:
        checked(services, spec_of(services, kind), values, is_linked=False)
    return {issue.path[0]: issue for issue in caught.value.issues}


def test_what_is_set_up_is_offered_first(services):
    found = offers(replace(services, has_smtp=False))
    assert [offer.is_available for offer in found] == sorted((offer.is_available for offer in found), reverse=True)
    assert {offer.spec.kind for offer in found if not offer.is_available} == {"email", "whatsapp"}


def test_what_is_missing_is_named(services):
    reasons = {offer.spec.kind: offer.reason for offer in offers(replace(services, has_smtp=False, operator={}))}
    assert "PINGPILOT_SMTP_URL" in reasons["email"]
    assert "PINGPILOT_TELEGRAM_BOT_TOKEN and PINGPILOT_TELEGRAM_BOT_USERNAME" in reasons["telegram"]
    assert reasons["webhook"] == ""


def test_a_channel_that_is_not_there_or_not_set_up_is_refused(services):
    with pytest.raises(ChannelUnavailable, match=r"Choose one of: .*webhook"):
        spec_of(services, "pigeon")
    with pytest.raises(ChannelUnavailable, match="PINGPILOT_SMTP_URL"):
        spec_of(replace(services, has_smtp=False), "email")


def test_one_who_is_vouched_for_needs_no_bot_name(services):
    here = replace(services, operator={"telegram": {"bot_token": "1:A"}})
    assert spec_of(here, "telegram", is_vouched=True).kind == "telegram"
    with pytest.raises(ChannelUnavailable):
        spec_of(here, "telegram")


def test_a_secret_is_made_where_none_was_given(services):
    spec = spec_of(services, "webhook")
    first, second = (checked(services, spec, WEBHOOK, is_linked=False)["secret"] for _ in range(2))
    assert first.startswith("whsec_")
    assert first != second
    assert checked(services, spec, {**WEBHOOK, "secret": first}, is_linked=False)["secret"] == first


def test_every_wrong_field_has_an_issue(services):
    found = issues(services, "webhook", {"url": "nowhere", "secret": "x", "color": "red"})
    assert set(found) == {"url", "secret", "color"}
    assert found["color"].message == "Unrecognized key(s) in object: 'color'"
    assert found["color"].code == "unrecognized_keys"


def test_a_missing_field_is_asked_for_by_its_label(services):
    assert issues(services, "webhook", {"url": "  "})["url"].message == "URL is required."


@pytest.mark.parametrize("url", ["http://example.com/x", "https://127.0.0.1/x", "https://localhost/x", "https://a:1/x"])
def test_only_private_instances_call_private_or_clear_text_urls(services, url):
    assert set(issues(services, "webhook", {"url": url})) == {"url"}
    spec = spec_of(services, "webhook")
    assert checked(replace(services, allow_private=True), spec, {"url": url}, is_linked=False)["url"] == url


def test_an_address_is_normalized(services):
    spec = spec_of(services, "email")
    assert checked(services, spec, {"to": " Ada@EXAMPLE.com "}, is_linked=False) == {"to": "Ada@example.com"}
    assert issues(services, "email", {"to": "ada@@example.com"})["to"].message == "Enter a valid e-mail address."


def test_an_endless_value_is_refused(services):
    found = issues(services, "webhook", {"url": "https://example.com/" + "x" * 5_000})
    assert found["url"].extra == {"maximum": 4_000}


def test_what_a_link_fills_in_is_not_asked_for(services):
    spec = spec_of(services, "telegram")
    assert "chat_id" not in checked(services, spec, {"chat_id": "77"}, is_linked=True)
    assert checked(services, spec, {"chat_id": "77"}, is_linked=False)["chat_id"] == "77"


def test_settings_that_do_not_go_together_are_refused_at_the_field_that_is_wrong(services):
    found = issues(services, "slack", {"token": "xoxb-123456789012-abc"})
    assert {name: issue.message for name, issue in found.items()} == {
        "channel": "Enter the channel that the bot shall post in."
    }


def test_what_the_operator_brings_the_owner_need_not_enter(services):
    key = {"user_key": "u" * 30}
    assert set(issues(services, "pushover", key)) == {"token"}
    here = replace(services, operator={"pushover": {"app_token": "a" * 30}})
    assert checked(here, spec_of(here, "pushover"), key, is_linked=False)["user_key"] == "u" * 30


def test_what_a_channel_needs_may_depend_on_what_is_given(services):
    def reason(**given: str) -> str:
        return next(
            one.reason for one in offers(replace(services, operator={"whatsapp": given})) if one.spec.kind == "whatsapp"
        )

    assert "PINGPILOT_WHATSAPP_PHONE_NUMBER_ID" in reason()
    assert "PINGPILOT_WHATSAPP_TWILIO_AUTH_TOKEN" in reason(provider="twilio")
    assert (
        reason(
            provider="twilio",
            business_number="+14155552345",
            twilio_account_sid="x",
            twilio_auth_token="y",
            twilio_content_sid="z",
        )
        == ""
    )
