"""Make the bytes of an e-mail that nobody's text can add a header to."""

import re
from email.message import EmailMessage
from email.policy import SMTP

from pingpilot.domain.wire import Mail

_POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits, whatever else it offers."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODED_WORD = "=?"
_PART = r"[!#-'*+\-./0-9=?A-Z^-~]+"
_ADDRESS = re.compile(f"{_PART}@{_PART}")
"""One plain address in ASCII, as the checks before leave it; anything else would have to be parsed."""
_LINK = re.compile(r"<https?://[!-;=?-~]{1,900}>")
"""In angle brackets, as RFC 2369 has it; a line may have 998 characters (RFC 5322)."""
_DOT_AT_LINE_START = re.compile(rb"^\.", re.MULTILINE)


def rendered(mail: Mail, sender: str) -> bytes:
    """Return the mail as it goes over the wire: CRLF line ends, dots doubled, the final dot included.

    Raises ValueError when an address or the Message-ID is not one.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _checked(mail.to)
    message["Subject"] = harmless(mail.subject)
    message["Message-ID"] = f"<{_checked(mail.message_id[1:-1])}>"
    links = {name: value for name, value in mail.headers.items() if _LINK.fullmatch(value)}
    for name in [name for name in mail.headers if name not in links]:
        message[name] = harmless(mail.headers[name])
    message.set_content(_text(mail.text), subtype="plain")
    message.add_alternative(_text(mail.html), subtype="html")
    # a link that is longer than a line would be made an encoded word, which nobody can follow
    content = "".join(f"{name}: {value}\r\n" for name, value in links.items()).encode("ascii") + message.as_bytes()
    return _DOT_AT_LINE_START.sub(b"..", content) + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def harmless(value: str) -> str:
    """Return a header value without control characters and encoded words.

    Some Pythons decode an encoded word in a value that was given to them and write its line break raw. **Source:**
    CVE-2024-6923; U+2060 is drawn as nothing.
    """
    return _CONTROL.sub(" ", value).replace(_ENCODED_WORD, "=\u2060?")


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address) or _ENCODED_WORD in address:
        raise ValueError("not one plain address")
    return address


def _text(value: str) -> str:
    """Return text that can be encoded: lone surrogates as U+FFFD."""
    return _SURROGATE.sub("\ufffd", value)
