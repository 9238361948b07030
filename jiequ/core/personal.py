"""Personal data: one declaration per field drives masking, encryption, redaction, retention and erasure.

Every model with text says of each text field whether it is personal and why it is held:

    personal = {"phone": Personal(why=_("联系本人"), mask=mask_phone)}
    plain = ("title", "body")

A test fails for a field that is declared in neither. Encrypted fields are AES-256-GCM, bound to table, column and row; the
first byte names the key. To look a value up there is a blind index: an HMAC of its normal form in a column beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models


def mask_name(name: str) -> str:
    """王小明 → 王*: the family name and one star, however long the rest is. Two-character family names keep both."""
    double = ("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐")
    if not name:
        return ""
    return (name[:2] if name.startswith(double) and len(name) > 2 else name[:1]) + "*"


def mask_phone(phone: str) -> str:
    """13812341234 → 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


def mask_id_number(number: str) -> str:
    """Keeps the first four and the last two characters of an identity number."""
    return f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}" if len(number) > 8 else "*" * len(number)


def mask_all(text: str) -> str:
    return "（已隐去）" if text else ""


#: A mobile number or an identity number, also in groups and with the country's code.
_NUMBER = re.compile(
    r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d){8}(?!\d)|(?<!\d)\d{6}[\s-]?(?:19|20)\d{6}[\s-]?\d{3}[\dxX](?!\d)"
)


def has_personal_number(text: str) -> bool:
    """A mobile number or an identity number, however it is spaced or written."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def hide_numbers(text: str) -> str:
    """`text` with every mobile and identity number starred out, however it is written; the rest stays as it was typed."""
    # Character by character, so that a place in the one is the same place in the other.
    plain = "".join(c if len(n := unicodedata.normalize("NFKC", c)) != 1 else n for c in text)
    shown, end = [], 0
    for found in _NUMBER.finditer(plain):
        shown += [text[end : found.start()], "****"]
        end = found.end()
    return "".join([*shown, text[end:]])


@dataclass(frozen=True)
class Personal:
    """Why a field is held, how it is shown without a reason, and for how many days after its purpose ended it is kept."""

    why: Any
    mask: Callable[[str], str] = mask_all
    keep_days: int = 365


class Sealed(models.BinaryField):
    """Text, encrypted at rest. In Python a `str`; in the database key id + nonce + ciphertext + tag.

    Bound to `table.column:pk`, so a ciphertext copied into another row or column does not open. The model's key must exist
    before the row does: use `jiequ.core.ids.new_id` as its default.
    """

    description = "encrypted text"
    _pyi_private_set_type: str  # what mypy's Django plugin is told: a str on both sides
    _pyi_private_get_type: str  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", b"")
        kwargs.setdefault("blank", True)
        kwargs["editable"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opened(self))

    def get_default(self) -> Any:
        return ""

    def pre_save(self, instance: Any, add: bool) -> Any:
        value = getattr(instance, self.attname)
        if instance.pk is None:
            raise ValueError(f"{type(instance).__name__} needs its key before {self.name} can be encrypted")
        return encrypt(value or "", self.bound_to(instance.pk))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str) and value:
            raise TypeError(f"{self.name} is encrypted: save the row, or use Sealed.seal(), instead of update()")
        return super().get_db_prep_value(value if not isinstance(value, str) else b"", connection, prepared)

    def bound_to(self, pk: Any) -> str:
        return f"{self.model._meta.db_table}.{self.column}:{pk}"

    def seal(self, pk: Any, text: str) -> bytes:
        """The bytes to put in this column of row `pk`, for bulk writes."""
        return encrypt(text, self.bound_to(pk))


class _Opened:
    """Decrypts when the attribute is read, not when the row is loaded: most pages never read it."""

    def __init__(self, field: Sealed) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])  # it was deferred
        value = instance.__dict__[name]
        if isinstance(value, (bytes, memoryview)):
            value = decrypt(bytes(value), self.field.bound_to(instance.pk))
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def encrypt(text: str, bound_to: str) -> bytes:
    """`text` as key id (1 byte) + nonce (12) + ciphertext + tag (16); empty text stays empty."""
    return encrypt_bytes(text.encode(), bound_to)


def decrypt(blob: bytes, bound_to: str) -> str:
    """The text; raises ValueError naming the place (never the content) when it does not open."""
    return decrypt_bytes(blob, bound_to).decode()


def encrypt_bytes(content: bytes, bound_to: str) -> bytes:
    """The same for what is no text."""
    if not content:
        return b""
    number = settings.KEYS.current
    nonce = os.urandom(12)
    return bytes([number]) + nonce + AESGCM(settings.KEYS.data[number]).encrypt(nonce, content, bound_to.encode())


def decrypt_bytes(blob: bytes, bound_to: str) -> bytes:
    """The content; raises ValueError naming the place when it does not open."""
    if not blob:
        return b""
    key = settings.KEYS.data.get(blob[0])
    if key is None:
        raise ValueError(f"{bound_to}: key {blob[0]} is not in the key file")
    try:
        return AESGCM(key).decrypt(blob[1:13], blob[13:], bound_to.encode())
    except InvalidTag as error:
        raise ValueError(f"{bound_to}: the ciphertext does not belong here or was changed") from error


def blind(text: str, purpose: str) -> str:
    """The blind index of `text`: equal for equal normal forms, useless without the key. `purpose` keeps columns apart."""
    if not text:
        return ""
    normal = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return hmac.new(settings.KEYS.blind, f"{purpose}:{normal}".encode(), hashlib.sha256).hexdigest()[:40]
