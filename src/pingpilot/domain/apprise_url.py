"""Which services of the Apprise library may be used: those whose messages always go to the same hosts, theirs.

Its other services go wherever the URL says, or do things on this machine. **Source:** the library's plugins; a test
runs each of these and compares the hosts it asks for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

URL_MAX_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Service:
    """One service: what people call it, and the only hosts that its messages may go to."""

    label: str
    hosts: tuple[str, ...]


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "46elks": Service("46elks", ("api.46elks.com",)),
        "bulksms": Service("BulkSMS", ("api.bulksms.com",)),
        "chanify": Service("Chanify", ("api.chanify.net",)),
        "clickatell": Service("Clickatell", ("platform.clickatell.com",)),
        "clicksend": Service("ClickSend", ("rest.clicksend.com",)),
        "d7sms": Service("D7 Networks", ("api.d7networks.com",)),
        "dingtalk": Service("DingTalk", ("oapi.dingtalk.com",)),
        "feishu": Service("Feishu", ("open.feishu.cn",)),
        "firehydrant": Service("FireHydrant", ("signals.firehydrant.com",)),
        "flock": Service("Flock", ("api.flock.com",)),
        "freemobile": Service("Free Mobile", ("smsapi.free-mobile.fr",)),
        "gchat": Service("Google Chat", ("chat.googleapis.com",)),
        "groupme": Service("GroupMe", ("api.groupme.com",)),
        "httpsms": Service("httpSMS", ("api.httpsms.com",)),
        "ifttt": Service("IFTTT", ("maker.ifttt.com",)),
        "ilert": Service("ilert", ("api.ilert.com",)),
        "incidentio": Service("incident.io", ("api.incident.io",)),
        "join": Service("Join", ("joinjoaomgcd.appspot.com",)),
        "lark": Service("Lark", ("open.larksuite.com",)),
        "line": Service("Line", ("api.line.me",)),
        "msgbird": Service("MessageBird", ("rest.messagebird.com",)),
        "notifiarr": Service("Notifiarr", ("notifiarr.com",)),
        "onesignal": Service("OneSignal", ("api.onesignal.com",)),
        "pagerduty": Service("PagerDuty", ("events.pagerduty.com", "events.eu.pagerduty.com")),
        "pagertree": Service("PagerTree", ("api.pagertree.com",)),
        "pbul": Service("Pushbullet", ("api.pushbullet.com",)),
        "plivo": Service("Plivo", ("api.plivo.com",)),
        "prowl": Service("Prowl", ("api.prowlapp.com",)),
        "psafers": Service("Pushsafer", ("www.pushsafer.com",)),
        "push": Service("Techulus Push", ("push.techulus.com",)),
        "pushme": Service("PushMe", ("push.i-i.me",)),
        "pushplus": Service("Pushplus", ("www.pushplus.plus",)),
        "pushy": Service("Pushy", ("api.pushy.me",)),
        "schan": Service("ServerChan", ("sctapi.ftqq.com",)),
        "seven": Service("seven", ("gateway.seven.io",)),
        "signl4": Service("SIGNL4", ("connect.signl4.com",)),
        "spike": Service("Spike.sh", ("api.spike.sh",)),
        "splunk": Service("Splunk On-Call", ("alert.victorops.com",)),
        "spush": Service("Simplepush", ("api.simplepu.sh",)),
        "squadcast": Service("Squadcast", ("api.squadcast.com", "api.eu.squadcast.com")),
        "telnyx": Service("Telnyx", ("api.telnyx.com",)),
        "threema": Service("Threema Gateway", ("msgapi.threema.ch",)),
        "twilio": Service("Twilio SMS", ("api.twilio.com",)),
        "viber": Service("Viber", ("chatapi.viber.com",)),
        "voipms": Service("VoIP.ms", ("voip.ms",)),
        "vonage": Service("Vonage", ("rest.nexmo.com",)),
        "wecombot": Service("WeCom Bot", ("qyapi.weixin.qq.com",)),
        "wxpusher": Service("WxPusher", ("wxpusher.zjiecode.com",)),
        "zoom": Service("Zoom", ("inbots.zoom.us",)),
    }
)
"""By the word that begins a URL."""

_NATIVE = MappingProxyType(
    {
        "discord": "Discord",
        "gotify": "Gotify",
        "gotifys": "Gotify",
        "json": "Webhook",
        "jsons": "Webhook",
        "mailto": "E-mail",
        "mailtos": "E-mail",
        "ntfy": "ntfy",
        "ntfys": "ntfy",
        "pover": "Pushover",
        "slack": "Slack",
        "tgram": "Telegram",
        "whatsapp": "WhatsApp",
    }
)
"""What has a channel of its own here, by its word there."""
_REFUSED_OPTIONS = frozenset(
    {"verify", "redirect", "rto", "cto", "overflow", "format", "optional", "retry", "wait", "store", "tag", "template"}
)
"""They would weaken the connection, read a file, or make a failure look like a success."""

_URL = re.compile(r"(?P<schema>[a-z0-9]{2,20})://(?P<rest>[!-~]+)")
_OPTION = re.compile(r"[a-z_]{1,30}")


def service_of(url: str) -> Service | None:
    """Return the service of a URL; None where it is none that may be used."""
    found = _URL.fullmatch(url)
    return SERVICES.get(found["schema"]) if found else None


def apprise_issue(url: str) -> str | None:
    """Return what to enter instead of something that may not be used; None when it may be."""
    found = _URL.fullmatch(url) if len(url) <= URL_MAX_CHARS else None
    if found is None:
        return "Enter an Apprise URL such as pbul://<access token>, without spaces."
    if native := _NATIVE.get(found["schema"]):
        return f"Add the channel {native} instead: PingPilot speaks to it directly."
    if found["schema"] not in SERVICES:
        return f"Choose a service that may be used here; its URL begins with one of: {', '.join(SERVICES)}."
    return _issue_of_options(found["rest"].partition("?")[2])


def _issue_of_options(query: str) -> str | None:
    names = [unquote(pair.partition("=")[0]).strip().lower() for pair in re.split("[&;]", query) if pair]
    wrong = next((name for name in names if not _OPTION.fullmatch(name) or name in _REFUSED_OPTIONS), None)
    return None if wrong is None else f"Leave out the option {wrong[:30]!a}: it is not for URLs to decide here."
