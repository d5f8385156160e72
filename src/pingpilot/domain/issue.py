"""One thing that is wrong with an input, as people and programs are told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with an input. ``path`` runs from the outside in, e.g. ``("fields", "amount")``."""

    code: str
    path: tuple[str | int, ...]
    message: str
    extra: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return the members that the API shows."""
        return {"code": self.code, **self.extra, "path": list(self.path), "message": self.message}
