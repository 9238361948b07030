"""Keys that are thrown away: what was encrypted under one can be read by nobody afterwards, whatever copies exist.

Each key is a file of its own in `JIEQU_HOME/shred`, never in the database or its backups, and so lives exactly as long as
it is needed. Destroying the file makes every copy of the ciphertext worthless, in backups and write-ahead logs too.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class KeyIsGone(Exception):
    """The key was destroyed, or the home it lay in was lost: what it closed stays closed."""


def make_key(name: str) -> None:
    """Make a key under `name`, readable by this user alone; what was there before is replaced."""
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, AESGCM.generate_key(bit_length=256))
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.replace(path)


def destroy_key(name: str) -> None:
    """Overwrite and remove the key. Nothing happens where there is none."""
    path = _path(name)
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return


def names() -> list[str]:
    """The names of the keys there are."""
    place = settings.HOME / "shred"
    return sorted(path.stem for path in place.glob("*.key")) if place.is_dir() else []


def close_up(name: str, text: bytes, bound_to: str) -> bytes:
    """`text` encrypted under the key `name` and bound to a place: nonce (12) + ciphertext + tag (16)."""
    nonce = os.urandom(12)
    return nonce + AESGCM(_key(name)).encrypt(nonce, text, bound_to.encode())


def open_up(name: str, blob: bytes, bound_to: str) -> bytes:
    """What `close_up` closed; KeyIsGone, or InvalidTag where it was not closed for this place."""
    return AESGCM(_key(name)).decrypt(blob[:12], blob[12:], bound_to.encode())


def _key(name: str) -> bytes:
    try:
        return _path(name).read_bytes()
    except FileNotFoundError as error:
        raise KeyIsGone(name) from error


def _path(name: str) -> Path:
    home: Path = settings.HOME
    return home / "shred" / f"{name}.key"
