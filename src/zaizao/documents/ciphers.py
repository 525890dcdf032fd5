"""China's commercial ciphers: the SM3 digest and SM4 encryption.

Rule kept: the primitives are the ``cryptography`` library's (GB/T 32905, GB/T 32907); a sealed text carries a digest
over everything before it, so that a changed or cut text is refused, never half opened (encrypt, then SM3-HMAC).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import Hash
from cryptography.hazmat.primitives.hmac import HMAC

from zaizao.documents.errors import refused
from zaizao.problems import Text

KEY = 16
"""Bytes of an SM4 key."""
_DIGEST = 32


def sm3(data: bytes) -> bytes:
    """The 32-byte digest of ``data``."""
    digest = Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _derived(key: bytes, use: bytes) -> bytes:
    return sm3(key + use)


def _mac(key: bytes, data: bytes) -> bytes:
    made = HMAC(_derived(key, b"mac"), hashes.SM3())
    made.update(data)
    return made.finalize()


def seal_text(key: bytes, data: bytes, random_bytes: Callable[[int], bytes]) -> bytes:
    """``data`` encrypted under a 16-byte ``key``; ``random_bytes`` gives the counter block."""
    if len(key) != KEY:
        raise ValueError(f"an SM4 key has {KEY} bytes")
    nonce = random_bytes(16)
    encryptor = Cipher(algorithms.SM4(_derived(key, b"sm4")[:KEY]), modes.CTR(nonce)).encryptor()
    body = nonce + encryptor.update(data) + encryptor.finalize()
    return body + _mac(key, body)


def open_text(key: bytes, sealed: bytes) -> bytes:
    """What ``seal_text`` was given; ``DocumentError`` where the text was changed or the key is another."""
    body, digest = sealed[:-_DIGEST], sealed[-_DIGEST:]
    if len(sealed) < 16 + _DIGEST or not hmac.compare_digest(_mac(key, body), digest):
        remedy = Text("请核对密钥与数据来源", "check the key and where the data come from")
        raise refused("sealed text", "密文被改动或密钥不对", "it was changed, or the key is another", remedy, "sealed")
    decryptor = Cipher(algorithms.SM4(_derived(key, b"sm4")[:KEY]), modes.CTR(body[:16])).decryptor()
    return decryptor.update(body[16:]) + decryptor.finalize()
