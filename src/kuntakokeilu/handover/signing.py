"""Signatures of packages: who holds the key of a folder made the manifest, and it was not changed.

Ed25519 (Bernstein, Duif, Lange, Schwabe and Yang, Journal of Cryptographic Engineering 2, 2012;
RFC 8032): the same text and key give the same signature, so that equal packages are equal files.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from kuntakokeilu.errors import InputError
from kuntakokeilu.private import private_file

KEY = "signing_key.pem"


def own_key(restricted: Path) -> Ed25519PrivateKey:
    """Read the key of a study's folder, or make it, readable by its owner alone.

    Parameters
    ----------
    restricted : Path
        The folder of the study that must not leave.

    Raises
    ------
    InputError
        The file holds no such key.
    """
    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    content = private_file(restricted / KEY, made)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{KEY}: no Ed25519 key in PEM; remove it, and a new one will be made")
    return key


def public_text(key: Ed25519PrivateKey) -> bytes:
    """Write the public half of a key as PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def fingerprint(public: bytes) -> str:
    """Give what two people compare to know that they have the same public key.

    Parameters
    ----------
    public : bytes
        The public key as PEM.

    Returns
    -------
    str
        SHA-256 of its 32 bytes, in groups of 8 hexadecimal digits.

    Raises
    ------
    InputError
        The text is no public key.
    """
    raw = _public(public).public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashlib.sha256(raw).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def signed(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """Sign a text; the signature is a line in base 64."""
    return b64encode(key.sign(content)) + b"\n"


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Tell whether the holder of a key signed exactly this text.

    Raises
    ------
    InputError
        The public key is none.
    """
    try:
        _public(public).verify(b64decode(signature.strip(), validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _public(text: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("public_key.pem: no Ed25519 public key in PEM")
    return key
