# Copyright (c) 2026 The asmpd developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.


"""DATA of each profile, and the notation that it needs, as in asmp(7).

Each class knows the length that a payload has for a plaintext of n bytes,
and makes and opens payloads.  keys(t) is Expand(E1, t).
"""

import base64
import hashlib
import hmac
import os
import struct

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def HMAC(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def L(text):
    return b"ASMP/1 " + text.encode() + b"\0"


def Expand(key, text):
    return HKDFExpand(hashes.SHA256(), 32, L(text)).derive(key)


def same(mac, right):
    assert hmac.compare_digest(mac, right), "MAC"


def cbc_size(n):
    return n - n % 16 + 16


def cbc(key, iv, text):
    pad = padding.PKCS7(128).padder()
    aes = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return aes.update(pad.update(text) + pad.finalize())


def uncbc(key, iv, text):
    pad = padding.PKCS7(128).unpadder()
    aes = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return pad.update(aes.update(text)) + pad.finalize()


class Aead:
    """Of asmp and ztp, which have one AEAD each."""

    def __init__(self, keys, aead):
        self.out, self.inn = aead(keys("d2g data")), aead(keys("g2d data"))

    def length(self, n):
        return n + 16

    def make(self, header, text):
        return self.out.encrypt(header[8:20], text, header)

    def open(self, header, payload):
        return self.inn.decrypt(header[8:20], payload, header)


class UserTokens:
    """Of slmp; clock() is the gateway's time."""

    def __init__(self, keys, clock):
        self.clock = clock
        self.user, self.peer = keys("d2g user"), keys("g2d user")
        self.out, self.inn = (Fernet(base64.urlsafe_b64encode(keys(t)))
                              for t in ("d2g data", "g2d data"))

    def length(self, n):
        return 32 + 4 * -(-(57 + cbc_size(n)) // 3)

    def make(self, header, text):
        token = self.out.encrypt_at_time(text, int(self.clock()))
        return HMAC(self.user, header, token) + token

    def open(self, header, payload):
        mac, token = payload[:32], payload[32:]
        same(mac, HMAC(self.peer, header, token))
        return self.inn.decrypt_at_time(token, 60, int(self.clock()))


class EncryptThenMac:
    """Of iomt."""

    def __init__(self, keys):
        self.out, self.inn = ((keys(way + " data"), keys(way + " mac"))
                              for way in ("d2g", "g2d"))

    def length(self, n):
        return cbc_size(n) + 48

    def make(self, header, text):
        iv = os.urandom(16)
        body = iv + cbc(self.out[0], iv, text)
        return body + HMAC(self.out[1], header, body)

    def open(self, header, payload):
        body, mac = payload[:-32], payload[-32:]
        same(mac, HMAC(self.inn[1], header, body))
        return uncbc(self.inn[0], body[:16], body[16:])


class Rounds:
    """Of smcp, where opcode and round come in front of a plaintext."""

    PREFIX = struct.Struct(">BI")
    FRONT = struct.Struct(">BBIB16s")

    def __init__(self, keys, ident):
        K = keys("smcp")[:16]
        number = ident.isdigit() and ident[:1] != b"0" and int(ident) < 256
        self.client = int(ident) if number else 0
        self.out = H(K, b"C2S-ENC"), H(K, b"C2S-MAC")
        self.inn = H(K, b"S2C-ENC"), H(K, b"S2C-MAC")

    def length(self, n):
        return cbc_size(n - self.PREFIX.size) + 55

    def make(self, header, record):
        opcode, due = self.PREFIX.unpack(record[:5])
        (ENC, MAC), iv = self.out, os.urandom(16)
        text = cbc(ENC[:16], iv, record[5:])
        body = self.FRONT.pack(opcode, self.client, due, 1, iv) + text
        self.out = H(ENC[:16], text), H(MAC, iv)
        return body + HMAC(MAC, header, body)

    def open(self, header, payload):
        (ENC, MAC), body, mac = self.inn, payload[:-32], payload[-32:]
        same(mac, HMAC(MAC, header, body))
        opcode, client, due, way, iv = self.FRONT.unpack(body[:23])
        assert (way, client) == (2, self.client), "direction, client"
        text = uncbc(ENC[:16], iv, body[23:])
        status, data = (text[:1], text[1:]) if opcode == 40 else (b"\0", text)
        self.inn = H(ENC[:16], data), H(MAC, status)
        return self.PREFIX.pack(opcode, due) + text
