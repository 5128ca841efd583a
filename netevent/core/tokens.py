"""Tokens open doors; codes only name things.

A row keeps a random nonce and the digest of its token. The token itself is derived from the nonce and the secret key whenever it must be
shown, so every rendering shows the same valid token and a copy of the database opens nothing. A new nonce revokes the old token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from django.conf import settings


def new_nonce() -> str:
    return secrets.token_hex(16)


def derive(purpose: str, nonce: str, *, secret: str | None = None) -> str:
    """The token of this nonce for one purpose: 32 URL-safe characters, 192 bits (HMAC-SHA256, truncated)."""
    key = hashlib.sha256(b"netevent.tokens" + (secret or settings.SECRET_KEY).encode()).digest()
    seal = hmac.new(key, purpose.encode() + b"\0" + bytes.fromhex(nonce), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(seal[:24]).decode()


def digest(token: str) -> str:
    """What is stored and looked up: SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def rederive(purpose: str, nonce: str, known_digest: str) -> str | None:
    """The token that was handed out for this row, also after the secret key changed; None when no key of ours made it."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = derive(purpose, nonce, secret=secret)
        if hmac.compare_digest(digest(token), known_digest):
            return token
    return None
