"""A setting that must not be seen."""

from pydantic import SecretStr

HIDDEN = "•••"


class Secret(SecretStr):
    """Text that shows itself only when asked: its ``repr`` and ``str`` are ``•••``."""

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def reveal(self) -> str:
        """Return the text itself."""
        return self.get_secret_value()
