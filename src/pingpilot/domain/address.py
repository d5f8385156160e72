"""E-mail addresses as they may be shown."""


def masked(address: str) -> str:
    """Return an e-mail address with all but the ends of its first part left out: ``a…a@example.com``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…{local[1:][-1:]}@{domain}"
