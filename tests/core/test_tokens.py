from __future__ import annotations

import re

from netevent.core import tokens


def test_token_is_the_same_each_time_and_long_enough():
    nonce = tokens.new_nonce()
    token = tokens.derive("personal", nonce)
    assert token == tokens.derive("personal", nonce)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", token)  # 192 bits


def test_token_opens_one_purpose_and_one_row_only():
    nonce = tokens.new_nonce()
    made = {tokens.derive(purpose, each) for purpose in ("personal", "badge", "connect") for each in (nonce, tokens.new_nonce())}
    assert len(made) == 6


def test_purpose_and_nonce_cannot_slide_into_each_other():
    assert tokens.derive("a", "00" * 16) != tokens.derive("a\0", "00" * 16)


def test_nonces_are_128_random_bits():
    made = {tokens.new_nonce() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", nonce) for nonce in made)


def test_another_secret_key_makes_other_tokens_and_a_fallback_knows_the_old(settings):
    nonce = tokens.new_nonce()
    token = tokens.derive("badge", nonce)
    known = tokens.digest(token)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-sufficient-length-0123456789"

    assert tokens.derive("badge", nonce) != token
    assert tokens.rederive("badge", nonce, known) == token
    settings.SECRET_KEY_FALLBACKS = []
    assert tokens.rederive("badge", nonce, known) is None


def test_digest_takes_whatever_is_typed_and_tells_nothing():
    assert re.fullmatch(r"[0-9a-f]{64}", tokens.digest("x"))
    assert tokens.digest("ł\ud800\0") != tokens.digest("l")
