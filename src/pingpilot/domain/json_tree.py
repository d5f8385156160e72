"""Looking into JSON of unknown shape: what is not there is None, what is no text is ""."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

Json = Mapping[str, "Json"] | list["Json"] | str | int | float | Decimal | bool | None
"""Whatever JSON can hold."""


def dig(tree: object, *path: str) -> Json:
    """Return what stands at a path of member names; None where nothing does."""
    for name in path:
        if not isinstance(tree, Mapping):
            return None
        tree = tree.get(name)
    return tree  # type: ignore[return-value]  # a part of a tree is a tree


def text_at(tree: object, *path: str) -> str:
    """Return the text or number at a path, without the space around it; "" where there is neither."""
    found = dig(tree, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float | Decimal):
        return ""
    return str(found).strip()


def first_text(tree: object, *paths: tuple[str, ...]) -> str:
    """Return the first text that is not empty."""
    return next(filter(None, (text_at(tree, *path) for path in paths)), "")


def items_at(tree: object, *path: str) -> list[Json]:
    """Return the items of the list at a path; none where there is no list."""
    found = dig(tree, *path)
    return found if isinstance(found, list) else []


def leaves(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of a tree, each under its path with dots; lists stay whole."""
    for name, value in tree.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}.")
        else:
            yield path, value
