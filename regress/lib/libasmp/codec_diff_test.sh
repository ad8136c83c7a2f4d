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
#


# What DATA carries, all six profiles, against Python's cryptography: its
# Fernet, its AES-CBC with HMAC and its AEADs open what we seal, and we what
# they do.  The interpreter is ASMP_PYTHON, or python3.

python=${ASMP_PYTHON:-python3}
rounds=40

require_library()
{
	command -v "${python}" >/dev/null || atf_skip "no ${python}"
	if ! "${python}" -c 'import cryptography.fernet' 2>/dev/null; then
		atf_skip "${python} has no cryptography; see scripts/deps.sh"
	fi
}

# Play the profile $1.
play()
{
	require_library
	cat >peer.py <<'EOF'
import base64
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import time

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import (AESGCM,
                                                         ChaCha20Poly1305)

program, profile, rounds = sys.argv[1:]
peer = subprocess.Popen([program], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, text=True)


def ask(*words):
    words = [w.hex() or '-' if isinstance(w, bytes) else str(w) for w in words]
    print(*words, file=peer.stdin, flush=True)
    answer = peer.stdout.readline().strip()
    try:
        return b'' if answer == '-' else bytes.fromhex(answer)
    except ValueError:
        return answer


def sha(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def mac(key, *parts):
    return hmac.new(key, b''.join(parts), hashlib.sha256).digest()


def cbc(key, iv, plain):
    pad = padding.PKCS7(128).padder()
    enc = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return enc.update(pad.update(plain) + pad.finalize()) + enc.finalize()


def uncbc(key, iv, ct):
    dec = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    pad = padding.PKCS7(128).unpadder()
    return pad.update(dec.update(ct) + dec.finalize()) + pad.finalize()


# One direction of a session, seen from one of its ends.
class Codec:
    def __init__(self, key, user, todevice):
        self.key, self.mac, self.todevice = key, user, todevice
        self.round = 0

    def plain(self):
        return os.urandom(int.from_bytes(os.urandom(2), 'big') % 5000)

    def frame(self, payload):
        return struct.pack('>HHIIQI', 1, 3, 3, 1, self.round, payload)


class Aead(Codec):
    def cipher(self):
        return self.suite(self.key)

    def step(self):
        pass

    def seal(self, plain):
        head = self.frame(len(plain) + 16)
        out = head + self.cipher().encrypt(head[8:20], plain, head)
        self.step()
        return out

    def open(self, frame):
        head = frame[:24]
        plain = self.cipher().decrypt(head[8:20], frame[24:], head)
        self.step()
        return plain


class asmp(Aead):
    suite = AESGCM


class ztp(Aead):
    suite = ChaCha20Poly1305


class hybrid(Aead):
    def cipher(self):
        return ChaCha20Poly1305(mac(self.key, b'\1'))

    def step(self):
        self.key = mac(self.key, b'\2')


class slmp(Codec):
    def fernet(self):
        return Fernet(base64.urlsafe_b64encode(self.key))

    def seal(self, plain):
        token = self.fernet().encrypt(plain)
        head = self.frame(32 + len(token))
        return head + mac(self.mac, head, token) + token

    def open(self, frame):
        head, user, token = frame[:24], frame[24:56], frame[56:]
        assert user == mac(self.mac, head, token)
        return self.fernet().decrypt(token, ttl=60)


class iomt(Codec):
    def seal(self, plain):
        iv = os.urandom(16)
        ct = cbc(self.key, iv, plain)
        head = self.frame(16 + len(ct) + 32)
        return head + iv + ct + mac(self.mac, head, iv, ct)

    def open(self, frame):
        assert mac(self.mac, frame[:-32]) == frame[-32:]
        return uncbc(self.key, frame[24:40], frame[40:-32])


class smcp(Codec):
    def plain(self):
        if self.round == 0:
            return os.urandom(16) if self.todevice else b'HELLO'
        status = bytes([self.round // 2 % 3]) if self.todevice else b''
        return status + os.urandom(8)

    def fields(self):
        opcode = (20 if self.todevice else 10) + (20 if self.round else 0)
        return struct.pack('>BBIB', opcode, 7, self.round, self.todevice + 1)

    def step(self, iv, ct, plain):
        if not self.todevice:
            data, nonce = ct, iv
        elif self.round == 0:
            data, nonce = plain, b'\0'
        else:
            data, nonce = plain[1:], plain[:1]
        self.key, self.mac = sha(self.key[:16], data), sha(self.mac, nonce)
        self.round += 2 if self.round else 1 + self.todevice

    def seal(self, plain):
        iv = os.urandom(16)
        ct = cbc(self.key[:16], iv, plain)
        body = self.frame(7 + 16 + len(ct) + 32) + self.fields() + iv + ct
        out = body + mac(self.mac, body)
        self.step(iv, ct, plain)
        return out

    def open(self, frame):
        assert mac(self.mac, frame[:-32]) == frame[-32:]
        assert frame[24:31] == self.fields()
        iv, ct = frame[31:47], frame[47:-32]
        plain = uncbc(self.key[:16], iv, ct)
        self.step(iv, ct, plain)
        return plain


for direction in ('d2g', 'g2d'):
    key, user = os.urandom(32), os.urandom(32)
    sender, receiver = (
        globals()[profile](key, user, int(direction == 'g2d'))
        for end in range(2))
    assert ask('keys', profile, direction, key, user) == 'ok'
    for i in range(int(rounds)):
        now = int(time.time())
        plain = sender.plain()
        assert receiver.open(ask('seal', now, plain)) == plain, 'we sealed'
        frame = bytearray(sender.seal(plain))
        at = 24 + os.urandom(1)[0] % (len(frame) - 24)
        frame[at] ^= 0x20
        assert ask('open', now, bytes(frame)) == 'record-mac', 'flipped'
        frame[at] ^= 0x20
        assert ask('open', now, bytes(frame)) == plain, 'they sealed'
print('agreed')
EOF
	atf_check -o inline:'agreed\n' "${python}" peer.py \
	    "$(atf_get_srcdir)/codec_peer" "$1" "${rounds}"
}

for profile in hybrid asmp ztp slmp smcp iomt; do
	atf_test_case "${profile}"
	eval "${profile}_body() { play ${profile}; }"
done

atf_init_test_cases()
{
	for profile in hybrid asmp ztp slmp smcp iomt; do
		atf_add_test_case "${profile}"
	done
}
