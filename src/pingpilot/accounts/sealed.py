"""What second factors keep sealed, inside the JSON of their rows: counted, and sealed anew under a newer secret."""

from base64 import b64decode, b64encode
from collections import Counter

from allauth.mfa.models import Authenticator
from django.db import transaction

from pingpilot.accounts.second_factor import CONTEXT
from pingpilot.domain.errors import SealBroken
from pingpilot.manage.sealed import BATCH, Resealed
from pingpilot.security.sealing import KEY_ID_BYTES, Box

NAME = "second factors"
_SEALED_MEMBERS = ("secret", "seed")
"""Of an authenticator app, and of recovery codes. Source: allauth.mfa.totp and allauth.mfa.recovery_codes."""


def counts() -> Counter[str]:
    """Return how many are sealed under which key id, as text."""
    rows = Authenticator.objects.values_list("data", flat=True).iterator(BATCH)
    return Counter(sealed[:KEY_ID_BYTES].hex() for data in rows for sealed in _sealed_in(data).values())


def reseal(box: Box) -> Resealed:
    """Seal anew what an older secret has sealed. May be interrupted at any time, and run again."""
    anew = lost = 0
    for number in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=number).first()
            old = {} if row is None else _of_another(_sealed_in(row.data), box)
            try:
                new = {name: b64encode(box.resealed(sealed, CONTEXT)).decode() for name, sealed in old.items()}
            except SealBroken:
                lost += 1
                continue
            if row is not None and new:
                row.data = {**row.data, **new}
                row.save(update_fields=["data"])
                anew += 1
    return Resealed(NAME, anew, lost)


def _sealed_in(data: dict[str, object]) -> dict[str, bytes]:
    return {name: b64decode(str(data[name])) for name in _SEALED_MEMBERS if data.get(name)}


def _of_another(sealed: dict[str, bytes], box: Box) -> dict[str, bytes]:
    return {name: value for name, value in sealed.items() if value[:KEY_ID_BYTES] != box.key_id}
