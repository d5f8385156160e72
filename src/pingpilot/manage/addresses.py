"""E-mail addresses as people enter them."""

from email_validator import EmailNotValidError, validate_email


def normalized(address: str, *, allow_private: bool) -> str | None:
    """Return the address in the form that is kept, or None when it is none.

    No name is looked up. With ``allow_private`` the domain may also be ``test`` or end with it.
    """
    try:
        return validate_email(address.strip(), check_deliverability=False, test_environment=allow_private).normalized
    except EmailNotValidError:
        return None
