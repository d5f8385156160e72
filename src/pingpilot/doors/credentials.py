"""Where other services' clients carry the key, and the one header that it is put into."""

from collections.abc import Mapping

from pingpilot.doors.arrival import from_base64

_BASIC, _BEARER = "basic ", "bearer "


def authorization_in(path_key: str, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """Return the Authorization that a call means; None where it brings nothing of the kind.

    A key in the address comes before one in a header: what stands in front of us may need that header for itself.
    **Source:** gotify.net/docs/pushmsg (X-Gotify-Key, token); docs.ntfy.sh/publish/#authentication (Basic, auth).
    """
    for key in (path_key, headers.get("x-gotify-key", ""), query.get("token", "")):
        if key:
            return bearer(key)
    said = headers.get("authorization")
    if said is None and query.get("auth"):
        said = from_base64(query["auth"])
    return None if said is None else _as_bearer(said)


def bearer(key: str) -> str:
    """Return the header that brings a key."""
    return f"Bearer {key}"


def _as_bearer(said: str) -> str:
    """Take the key of Basic credentials: the password, or the name where that is empty. Source: RFC 7617."""
    if said.lower().startswith(_BASIC):
        name, _, password = from_base64(said[len(_BASIC) :]).partition(":")
        return bearer(password or name)
    if said.lower().startswith(_BEARER):
        return bearer(said[len(_BEARER) :].strip())
    return said
