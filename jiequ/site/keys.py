"""The keys that live outside the database: one file, readable by its owner alone.

The file is JSON: `data` and `blind` are lists of base64 keys (the last one is in use, the earlier ones still read),
`seal` signs the journal, `session` is the demo's own SECRET_KEY. Lose it, and encrypted personal data is lost.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Keys:
    """32-byte keys: `data` for AES-256-GCM by key id (1–255), `blind` for HMAC indexes, `seal` for the journal."""

    data: dict[int, bytes]
    blind: bytes
    seal: bytes
    session: str

    @property
    def current(self) -> int:
        """The id of the key that new ciphertexts are made with."""
        return max(self.data)


def path(home: Path) -> Path:
    return home / "keys.json"


def read(home: Path) -> Keys:
    """The keys in `home`; raises ImproperlyConfigured when others can read the file or it is not ours."""
    file = path(home)
    if file.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{file} can be read by others: chmod 600 it.")
    try:
        text = json.loads(file.read_text())
        return Keys(
            data={int(i): base64.b64decode(k) for i, k in text["data"].items()},
            blind=base64.b64decode(text["blind"]),
            seal=base64.b64decode(text["seal"]),
            session=text["session"],
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise ImproperlyConfigured(
            f"{file} is damaged ({error}); put the copy back that you keep off this machine."
        ) from error


def make(home: Path) -> Path:
    """Write a new key file; refuses to overwrite one."""
    home.mkdir(parents=True, exist_ok=True)
    file = path(home)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    with os.fdopen(handle, "w") as out:
        json.dump(
            {"data": {"1": fresh()}, "blind": fresh(), "seal": fresh(), "session": secrets.token_urlsafe(48)}, out
        )
    return file


def read_or_make(home: Path) -> Keys:
    if not path(home).exists():
        make(home)
    return read(home)


def for_tests() -> Keys:
    return Keys(data={1: b"t" * 32}, blind=b"b" * 32, seal=b"s" * 32, session="")
