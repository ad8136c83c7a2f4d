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


"""asmp(7) in another language, on pyca cryptography and nothing of ours.

    asmp7.py vectors GIVEN
                        what the appendix of asmp(7) must say: section,
                        name, value; what is random in others' libraries,
                        such as ML-KEM's ciphertexts, is given
    asmp7.py send PORT PIN PROFILE ID SECRET [shared=FILE] [ticket=FILE]
        [compress] -- LINE ...
                        a device; prints what the gateway says.  A LINE is a
                        reading, STREAM:TEXT, STREAM: to close one, rekey,
                        seal, heartbeat or, in smcp, a number.  The ticket
                        that is in the file, if there is one, is used, and
                        the new one is written there
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
import sys
import time
import zlib

from cryptography import fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey, Ed25519PublicKey)
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers import (
    Cipher, algorithms, modes)
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key)

(HANDSHAKE_INIT, HANDSHAKE_ACK, DATA, CLOSE, HELLO, HELLO_REPLY,
 GATEWAY_AUTH, CHALLENGE, RESPONSE, ACK, SEAL, HEARTBEAT,
 REKEY, ROTATE) = range(1, 15)
CHAT, CONTROL, TELEMETRY, AGGREGATE = range(1, 5)
SIGNATURE, PSK, TOKEN, KEM, TICKET = range(1, 6)
PROFILES = ('hybrid', 'asmp', 'ztp', 'slmp', 'smcp', 'iomt')
ZEROS = bytes(32)
EK, CT = 1184, 1088


def H(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def HMAC(key, *parts):
    return hmac.new(key, b''.join(parts), hashlib.sha256).digest()


def L(text):
    return b'ASMP/1 ' + text.encode() + b'\0'


def s(data):
    return bytes([len(data)]) + data


def extract(salt, ikm):
    return HMAC(salt, ikm)


def expand(prk, label, *context):
    return HMAC(prk, L(label), *context, b'\x01')


def header(kind, stream, epoch, seq, length):
    return struct.pack('>HHIIQI', 1, kind, stream, epoch, seq, length)


def sealed(key, head, plain):
    """A frame under ChaCha20-Poly1305: its nonce is the header's."""
    return head + ChaCha20Poly1305(key).encrypt(head[8:20], plain, head)


def opened(key, frame):
    return ChaCha20Poly1305(key).decrypt(frame[8:20], frame[24:], frame[:24])


class X25519:
    length = 32

    def __init__(self, private):
        self.key = X25519PrivateKey.from_private_bytes(private)
        self.public = self.key.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw)

    def value(self, peer):
        return self.key.exchange(X25519PublicKey.from_public_bytes(peer))


class P256:
    length = 65

    def __init__(self, private):
        self.key = ec.derive_private_key(int.from_bytes(private, 'big'),
                                         ec.SECP256R1())
        self.public = point(self.key.public_key())

    def value(self, peer):
        return self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256R1(), peer))


def point(public):
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Noise:
    """Noise NN, or for hybrid NNhfs, of both sides."""

    def __init__(self, profile, prologue, e, kem=None):
        self.dh = P256 if profile == 'slmp' else X25519
        name = {'hybrid': b'Noise_NNhfs_25519+MLKEM768_ChaChaPoly_SHA256',
                'slmp': b'Noise_NN_P256_ChaChaPoly_SHA256'}.get(
                    profile, b'Noise_NN_25519_ChaChaPoly_SHA256')
        self.h = self.ck = name.ljust(32, b'\0') if len(name) <= 32 \
            else H(name)
        self.e, self.kem = self.dh(e), kem
        self.mix(prologue)

    def mix(self, data):
        self.h = H(self.h, data)

    def hkdf(self, ikm):
        prk = HMAC(self.ck, ikm)
        first = HMAC(prk, b'\x01')
        return first, HMAC(prk, first, b'\x02')

    def mix_key(self, ikm):
        self.ck, self.k = self.hkdf(ikm)

    def encrypt(self, plain):
        out = ChaCha20Poly1305(self.k).encrypt(bytes(12), plain, self.h)
        self.mix(out)
        return out

    def decrypt(self, data):
        plain = ChaCha20Poly1305(self.k).decrypt(bytes(12), data, self.h)
        self.mix(data)
        return plain

    def split(self):
        self.n1, self.n2 = self.hkdf(b'')

    def message1(self):
        m1 = self.e.public
        self.mix(m1)
        if self.kem:
            ek = self.kem.public_key().public_bytes_raw()
            self.mix(ek)
            m1 += ek
        self.mix(b'')
        return m1

    def read2(self, m2):
        peer, rest = m2[:self.dh.length], m2[self.dh.length:]
        self.mix(peer)
        self.mix_key(self.e.value(peer))
        if self.kem:
            self.mix_key(self.kem.decapsulate(self.decrypt(rest[:CT + 16])))
            rest = rest[CT + 16:]
        self.decrypt(rest)
        self.split()

    def answer(self, m1, ct, ss):
        """Message 2, with this ciphertext and its secret for hybrid."""
        self.mix(m1[:self.dh.length])
        if ct:
            self.mix(m1[self.dh.length:])
        self.mix(b'')
        self.mix(self.e.public)
        self.mix_key(self.e.value(m1[:self.dh.length]))
        m2 = self.e.public
        if ct:
            m2 += self.encrypt(ct)
            self.mix_key(ss)
        m2 += self.encrypt(b'')
        self.split()
        return m2


class Aead:
    """DATA under one key: asmp, ztp."""

    def __init__(self, cipher):
        self.cipher = cipher

    def length(self, n):
        return n + 16

    def seal(self, head, plain):
        return self.cipher.encrypt(head[8:20], plain, head)

    def open(self, head, payload):
        return self.cipher.decrypt(head[8:20], payload, head)


class Ratchet:
    """DATA of hybrid: a key for each record."""

    def __init__(self, ck):
        self.ck = ck

    def length(self, n):
        return n + 16

    def step(self):
        rk = HMAC(self.ck, b'\x01')
        self.ck = HMAC(self.ck, b'\x02')
        return Aead(ChaCha20Poly1305(rk))

    def seal(self, head, plain):
        return self.step().seal(head, plain)

    def open(self, head, payload):
        return self.step().open(head, payload)


def aes_cbc(key, iv):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def cbc_encrypt(key, iv, plain):
    pad = PKCS7(128).padder()
    padded = pad.update(plain) + pad.finalize()
    enc = aes_cbc(key, iv).encryptor()
    return enc.update(padded) + enc.finalize()


def cbc_decrypt(key, iv, data):
    dec = aes_cbc(key, iv).decryptor()
    pad = PKCS7(128).unpadder()
    plain = pad.update(dec.update(data) + dec.finalize())
    return plain + pad.finalize()


def padded(n):
    return n - n % 16 + 16


class Cbc:
    """DATA of iomt."""

    def __init__(self, key, mac, draw):
        self.key, self.mac, self.draw = key, mac, draw

    def length(self, n):
        return 16 + padded(n) + 32

    def seal(self, head, plain):
        iv = self.draw(16)
        text = iv + cbc_encrypt(self.key, iv, plain)
        return text + HMAC(self.mac, head, text)

    def open(self, head, payload):
        text, tag = payload[:-32], payload[-32:]
        assert hmac.compare_digest(tag, HMAC(self.mac, head, text))
        return cbc_decrypt(self.key, text[:16], text[16:])


class FernetData:
    """DATA of slmp: a user token, then what any Fernet library takes."""

    def __init__(self, key, user, draw, clock):
        self.key, self.user, self.draw, self.clock = key, user, draw, clock
        self.library = fernet.Fernet(base64.urlsafe_b64encode(key))

    def length(self, n):
        return 32 + (9 + 16 + padded(n) + 32 + 2) // 3 * 4

    def seal(self, head, plain):
        iv, now = self.draw(16), self.clock()
        raw = b'\x80' + struct.pack('>Q', now) + iv
        raw += cbc_encrypt(self.key[16:], iv, plain)
        token = base64.urlsafe_b64encode(raw + HMAC(self.key[:16], raw))
        assert self.library.decrypt_at_time(token, 60, now) == plain
        return HMAC(self.user, head, token) + token

    def open(self, head, payload):
        tag, token = payload[:32], payload[32:]
        assert hmac.compare_digest(tag, HMAC(self.user, head, token))
        return self.library.decrypt_at_time(token, 60, self.clock())


class Smcp:
    """DATA of smcp, one direction."""

    def __init__(self, master, to_device, client, draw):
        name = b'S2C' if to_device else b'C2S'
        self.enc = H(master[:16], name + b'-ENC')
        self.mac = H(master[:16], name + b'-MAC')
        self.to_device, self.client, self.draw = to_device, client, draw
        self.round, self.opcode = 0, None

    def length(self, n):
        return 7 + 16 + padded(n) + 32

    def due(self):
        if self.round == 0:
            return 20 if self.to_device else 10
        return 40 if self.to_device else 30

    def evolve(self, iv, text, plain):
        if not self.to_device:
            grow, step = text, iv
        elif self.round == 0:
            grow, step = plain, b'\0'
        else:
            grow, step = plain[1:], plain[:1]
        self.enc = H(self.enc[:16], grow)
        self.mac = H(self.mac, step)
        self.round += 2 if self.round or self.to_device else 1

    def seal(self, head, plain):
        iv = self.draw(16)
        fields = struct.pack('>BBIB', self.opcode or self.due(), self.client,
                             self.round, 2 if self.to_device else 1)
        text = cbc_encrypt(self.enc[:16], iv, plain)
        out = fields + iv + text
        out += HMAC(self.mac, head, out)
        self.evolve(iv, text, plain)
        return out

    def open(self, head, payload):
        assert hmac.compare_digest(
            payload[-32:], HMAC(self.mac, head, payload[:-32]))
        assert payload[:7] == struct.pack(
            '>BBIB', self.due(), self.client, self.round,
            2 if self.to_device else 1)
        iv, text = payload[7:23], payload[23:-32]
        plain = cbc_decrypt(self.enc[:16], iv, text)
        self.evolve(iv, text, plain)
        return plain


def data_codec(profile, e, way, client, draw, clock):
    key = expand(e, way + ' data')
    if profile == 'hybrid':
        return Ratchet(key)
    if profile == 'asmp':
        return Aead(AESGCM(key))
    if profile == 'ztp':
        return Aead(ChaCha20Poly1305(key))
    if profile == 'slmp':
        return FernetData(key, expand(e, way + ' user'), draw, clock)
    if profile == 'smcp':
        return Smcp(expand(e, 'smcp'), way == 'g2d', client, draw)
    return Cbc(key, expand(e, way + ' mac'), draw)


class Direction:
    """One direction of a session: keys and numbers."""

    def __init__(self, epoch, control, data):
        self.epoch, self.control, self.data = epoch, control, data
        self.seq = 0

    def frame(self, kind, stream, plain):
        length = self.data.length(len(plain)) if kind == DATA \
            else len(plain) + 16
        head = header(kind, stream, self.epoch, self.seq, length)
        self.seq += 1
        if kind == DATA:
            return head + self.data.seal(head, plain)
        return sealed(self.control, head, plain)

    def open(self, frame):
        head = frame[:24]
        version, kind, stream, epoch, seq, _ = struct.unpack('>HHIIQI', head)
        assert (version, epoch, seq) == (1, self.epoch, self.seq)
        self.seq += 1
        if kind == DATA:
            return kind, stream, self.data.open(head, frame[24:])
        return kind, stream, opened(self.control, frame)


class Signer:
    """What proves a device by a signature: Ed25519 or ECDSA."""
    kind = SIGNATURE

    def __init__(self, name, key):
        self.name, self.key = name.encode(), key
        self.ed = isinstance(key, Ed25519PrivateKey)
        self.public = key.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw) if self.ed \
            else point(key.public_key())
        self.keyid = H(self.public)

    def sign(self, text):
        if self.ed:
            return self.key.sign(text)
        n = self.key.key_size // 8
        hashed = hashes.SHA256() if n == 32 else hashes.SHA384()
        rs = decode_dss_signature(self.key.sign(
            text, ec.ECDSA(hashed, deterministic_signing=True)))
        return b''.join(v.to_bytes(n, 'big') for v in rs)

    def claim(self):
        return s(self.name)

    def prove(self, a):
        return self.sign(L('device auth') + a), ZEROS


class Resumer:
    """By a ticket; what is sealed is signed all the same."""
    kind = TICKET

    def __init__(self, signer, ticket):
        self.name, self.keyid, self.sign = (
            signer.name, signer.keyid, signer.sign)
        self.ticket, self.secret = ticket[:16], ticket[16:]

    def claim(self):
        return s(b'') + self.ticket

    def prove(self, a):
        return (HMAC(self.secret, L('device auth'), a),
                HMAC(self.secret, L('extra'), a))


class Sharer:
    """By a secret that the gateway has too: psk, or a token's tag."""

    def __init__(self, kind, claim, secret, name):
        self.kind, self.text, self.secret = kind, claim, secret
        self.name = name.encode()

    def claim(self):
        return self.text

    def prove(self, a):
        return (HMAC(self.secret, L('device auth'), a),
                HMAC(self.secret, L('extra'), a))


class Decapsulator:
    """By the secret that the gateway sends to its ML-KEM key."""
    kind = KEM

    def __init__(self, name, seed):
        self.name = name.encode()
        self.key = MLKEM768PrivateKey.from_seed_bytes(seed)

    def claim(self):
        return s(self.name)

    def prove(self, a):
        return b'', None


def kem_proof(ss, ct, a):
    kc = extract(H(a, ct), ss)
    return (HMAC(expand(kc, 'kem gateway'), a, ct),
            HMAC(expand(kc, 'kem device'), a, ct), expand(kc, 'extra'))


class Device:
    """What a device computes, one method for each message of asmp(7)."""

    def __init__(self, profile, identity, e, seed, nonce, group=(0, b''),
                 draw=os.urandom, clock=lambda: int(time.time()),
                 compress=False, ticket=False):
        self.profile, self.id, self.e, self.nonce = profile, identity, e, nonce
        self.group, self.draw, self.clock = group, draw, clock
        self.compress, self.wants = compress, ticket
        self.kem = MLKEM768PrivateKey.from_seed_bytes(seed) \
            if profile == 'hybrid' else None
        self.run, self.seals = [], 0
        self.sealed = profile in ('hybrid', 'asmp')

    def hello(self):
        number = PROFILES.index(self.profile) + 1
        fixed = struct.pack('>BBH', number, self.compress, 4096)
        m1len = {'hybrid': 32 + EK, 'slmp': 65}.get(self.profile, 32)
        head = header(HELLO, 0, 0, 0, len(fixed) + m1len)
        self.prologue = b'ASMP/1\0' + head + fixed
        self.noise = Noise(self.profile, self.prologue, self.e, self.kem)
        return head + fixed + self.noise.message1()

    def hello_reply(self, frame):
        m2len = {'hybrid': 48 + CT + 16, 'slmp': 81}.get(self.profile, 48)
        assert frame[:24] == header(HELLO_REPLY, 0, 0, 0, m2len)
        self.noise.read2(frame[24:])
        self.handshake_keys()

    def handshake_keys(self):
        n = self.noise
        hs = extract(n.h, n.n1 + n.n2)
        self.agreed = expand(hs, 'agreed')
        self.hs_d = expand(hs, 'd2g handshake')
        self.hs_g = expand(hs, 'g2d handshake')

    def gateway_auth(self, frame, gateway, public):
        assert frame[:20] == header(GATEWAY_AUTH, 0, 0, 1, 0)[:20]
        plain = opened(self.hs_g, frame)
        signed, signature = plain[:-64], plain[-64:]
        assert signed[48:] == s(gateway.encode())
        assert signed[16:48] == H(public)
        Ed25519PublicKey.from_public_bytes(public).verify(
            signature, L('gateway auth') + self.noise.h + signed)
        self.t1 = H(self.noise.h, plain)

    def handshake_init(self):
        self.body = bytes([self.id.kind, self.wants, self.group[0]]) + \
            self.nonce + self.id.claim()
        self.a = self.t1 + H(self.body)
        self.g = HMAC(self.group[1], L('group'), self.a) if self.group[0] \
            else ZEROS
        self.proof, self.x = self.id.prove(self.a)
        plain = self.body + self.proof
        self.t = H(self.t1, plain)
        frame = sealed(self.hs_d, header(HANDSHAKE_INIT, 0, 0, 1,
                                         len(plain) + 16), plain)
        if self.x is not None:
            self.session_keys()
        return frame

    def challenge(self, frame):
        assert frame[:24] == header(CHALLENGE, 0, 0, 2, CT + 32 + 16)
        plain = opened(self.hs_g, frame)
        ct, mac = plain[:CT], plain[CT:]
        self.ss = self.id.key.decapsulate(ct)
        want, self.response, self.x = kem_proof(self.ss, ct, self.a)
        assert hmac.compare_digest(mac, want)
        self.t = H(self.t, plain)
        self.t = H(self.t, self.response)
        self.session_keys()
        return sealed(self.hs_d, header(RESPONSE, 0, 0, 2, 48),
                      self.response)

    def session_keys(self):
        self.ms = extract(self.t, self.agreed + self.x + self.g)
        self.epoch(1, expand(self.ms, 'epoch'))

    def epoch(self, number, e):
        self.e_n = e
        text = self.id.name.decode()
        client = int(text) if text.isdigit() and text[0] != '0' and \
            int(text) < 256 else 0
        self.out, self.inn = (
            Direction(number, expand(e, way + ' control'),
                      data_codec(self.profile, e, way, client, self.draw,
                                 self.clock))
            for way in ('d2g', 'g2d'))
        self.blind_key = expand(e, 'd2g blind')
        self.rekey_key = expand(e, 'rekey')

    def say(self, stream, plain):
        frame = self.out.frame(DATA, stream, plain)
        if self.sealed:
            self.blind = HMAC(self.blind_key, frame[:24])
            self.leaf = H(self.blind, frame[:24], plain)
            self.run.append((self.out.seq - 1, frame, self.leaf))
        return frame

    def reading(self, number, when, text):
        plain = struct.pack('>QQ', number, when) + text
        if self.compress:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            plain = deflate.compress(plain) + deflate.flush()
        return self.say(TELEMETRY, plain)

    def seal(self):
        count = len(self.run)
        self.c = H(*(frame for _, frame, _ in self.run))
        self.p = H(*(leaf for _, _, leaf in self.run))
        numbers = struct.pack('>QIQQH', self.seals, self.out.epoch,
                              self.run[0][0], self.run[-1][0], count)
        self.signed = (L('seal') + self.t + numbers + self.c + self.p +
                       s(self.id.name) + self.id.keyid)
        plain = struct.pack('>H', count) + self.p + self.id.sign(self.signed)
        self.run = []
        self.seals += 1
        return self.out.frame(SEAL, 0, plain)

    def rekey(self, e, seed):
        self.rekey_e = X25519(e)
        self.rekey_kem = MLKEM768PrivateKey.from_seed_bytes(seed)
        self.rekey_plain = self.rekey_e.public + \
            self.rekey_kem.public_key().public_bytes_raw()
        return self.out.frame(REKEY, 0, self.rekey_plain)

    def rotate(self, private):
        public = private.public_key().public_bytes_raw()
        new = private.sign(L('rotate new') + self.a + s(self.id.name) +
                           self.id.keyid)
        old = self.id.sign(L('rotate old') + self.a + s(self.id.name) +
                           b'\x01' + public)
        return self.out.frame(ROTATE, 0, b'\x01' + public + new + old)

    def rekeyed(self, plain):
        assert len(plain) == 32 + CT
        self.dh = self.rekey_e.value(plain[:32])
        self.ss = self.rekey_kem.decapsulate(plain[32:])
        self.epoch(self.out.epoch + 1, expand(
            extract(self.rekey_key, self.dh + self.ss), 'epoch',
            H(self.rekey_plain, plain)))

    def close(self, stream=0):
        return self.out.frame(CLOSE, stream, bytes([1]))


# A device on a socket.

def key_text(text, name):
    """The bytes of an `asmp-NAME-1' line."""
    magic, b64 = text.split()
    assert magic == 'asmp-%s-1' % name
    return base64.b64decode(b64, validate=True)


def identity(profile, name, path):
    text = open(path).read()
    if profile in ('hybrid', 'asmp'):
        return Signer(name, load_pem_private_key(text.encode(), None))
    if profile == 'smcp':
        return Sharer(PSK, s(name.encode()), key_text(text, 'psk'), name)
    if profile == 'iomt':
        return Decapsulator(name, key_text(text, 'kem'))
    raw = key_text(text, 'token')
    body, tag = raw[:-32], raw[-32:]
    client = body[36 + body[35]:][1:].decode()
    return Sharer(TOKEN, s(b'') + s(body), tag, client)


def pinned(path):
    name, key = open(path).read().split()
    return name, base64.b64decode(key.removeprefix('ed25519:'))


class Talk:
    """A device's session with a gateway on this host."""

    def __init__(self, port, device, pin):
        self.d = device
        self.sock = socket.create_connection(('127.0.0.1', port), 10)
        self.stream = self.sock.makefile('rb', 0)
        self.send(device.hello())
        device.hello_reply(self.received())
        device.gateway_auth(self.received(), *pinned(pin))
        self.send(device.handshake_init())
        if device.id.kind == KEM:
            self.send(device.challenge(self.received()))
        kind, stream, ack = device.inn.open(self.received())
        assert (kind, stream) == (HANDSHAKE_ACK, 0)
        assert ack[16:32] == device.nonce and ack[57] == len(ack) - 58
        self.ticket = ack[58:]
        now, self.last = struct.unpack('>QQ', ack[32:48])
        ticks = time.monotonic()
        device.clock = lambda: int(now / 1000 + time.monotonic() - ticks)
        for way in (device.out, device.inn):
            way.data.clock = device.clock
        print('role %d max_in %d seal_limit %d lifetime %d tickets %d' %
              struct.unpack('>BHHIB', ack[48:58]))

    def send(self, frame):
        self.sock.sendall(frame)

    def exactly(self, n):
        data = b''
        while len(data) < n:
            more = self.stream.read(n - len(data))
            if not more:
                sys.exit('the gateway closed')
            data += more
        return data

    def received(self):
        head = self.exactly(24)
        return head + self.exactly(struct.unpack('>I', head[20:])[0])

    def hear(self):
        """One frame of the gateway's, printed; its type."""
        kind, stream, plain = self.d.inn.open(self.received())
        if kind == ACK:
            print('ack', *struct.unpack('>Q', plain[:8]),
                  *struct.unpack('>' + 'QB' * ((len(plain) - 8) // 9),
                                 plain[8:]))
        elif kind == CLOSE:
            print('close', *(() if stream == 0 else ('stream', stream)),
                  plain[0])
        elif kind == REKEY:
            self.d.rekeyed(plain)
            print('epoch', self.d.out.epoch)
        elif kind == HEARTBEAT:
            assert plain == b''
            print('heartbeat')
        elif self.d.profile == 'smcp':
            print(*struct.unpack('>Bq', plain) if len(plain) == 9
                  else ['challenge'])
        else:
            print(stream, plain.decode())
        return kind, stream

    def until(self, *wanted):
        while True:
            kind, stream = self.hear()
            if kind in wanted:
                return
            if kind == CLOSE and stream == 0:
                sys.exit(0)

    def number(self, text):
        self.send(self.d.say(AGGREGATE, struct.pack('>q', int(text))))
        self.until(DATA)

    def line(self, text):
        number, _, rest = text.partition(':')
        if self.d.profile == 'smcp':
            self.number(text)
        elif text == 'heartbeat':
            self.send(self.d.out.frame(HEARTBEAT, 0, b''))
            self.until(HEARTBEAT)
        elif text == 'seal':
            self.send(self.d.seal())
        elif text == 'rekey':
            self.send(self.d.rekey(os.urandom(32), os.urandom(64)))
            self.until(REKEY)
        elif number.isdigit() and not rest:
            self.send(self.d.close(int(number)))
        elif number.isdigit():
            self.send(self.d.say(int(number), rest.encode()))
            if not self.d.sealed:
                self.until(DATA)
        else:
            self.last += 1
            self.send(self.d.reading(self.last, 0, text.encode()))

    def end(self):
        if self.d.run:
            self.send(self.d.seal())
        self.send(self.d.close())
        self.until()


def send(port, pin, profile, name, secret, options, lines):
    option = dict((word + '=').split('=')[:2] for word in options)
    group, who = (0, b''), identity(profile, name, secret)
    if 'shared' in option:
        raw = key_text(open(option['shared']).read(), 'shared')
        group = raw[0], raw[1:]
    if os.path.exists(option.get('ticket', '')):
        who = Resumer(who, open(option['ticket'], 'rb').read())
    device = Device(profile, who, os.urandom(32), os.urandom(64),
                    os.urandom(16), group, compress='compress' in option,
                    ticket='ticket' in option)
    talk = Talk(int(port), device, pin)
    if 'ticket' in option:
        open(option['ticket'], 'wb').write(talk.ticket)
    if profile == 'smcp':
        talk.send(device.say(AGGREGATE, b'HELLO'))
        talk.until(DATA)
    for text in lines:
        talk.line(text)
    talk.end()


# The appendix.

GATEWAY, DEVICE = 'GATEWAY_CLINIC_A', 'BP_MONITOR_001'
NOW = 1764200000		# within the token's time
TOKEN_FIELDS = (1, 1, 2, 0x69248100, 0x692da8c0)


def span(first, n):
    return bytes(range(first, first + n))


def counting():
    """IVs 00..0f, 10..1f, 20..2f and so on, whoever draws."""
    n = [0]

    def draw(length):
        n[0] += 1
        return span(16 * (n[0] - 1), length)
    return draw


def token():
    body = struct.pack('>BBBQQ', *TOKEN_FIELDS) + span(0xf0, 16) + \
        s(GATEWAY.encode()) + s(b'kemal-client')
    return body, HMAC(span(0, 32), L('token'), body)


class Session:
    """Both sides of one session of the appendix."""

    def __init__(self, profile, identity, given, group=(0, b'')):
        self.out, self.given = {}, given
        self.d = Device(profile, identity, span(0, 32), span(0x40, 64),
                        span(0xc0, 16), group, counting(), lambda: NOW)
        self.gateway_key = Ed25519PrivateKey.from_private_bytes(
            span(0x80, 32))
        self.public = self.gateway_key.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw)

    def put(self, **values):
        self.out.update(values)

    def agree(self):
        d = self.d
        hello = d.hello()
        g = Noise(d.profile, d.prologue, span(0x20, 32))
        ct = self.given['hybrid'] if d.kem else None
        ss = d.kem.decapsulate(ct) if ct else None
        m2 = g.answer(hello[28:], ct, ss)
        reply = header(HELLO_REPLY, 0, 0, 0, len(m2)) + m2
        d.hello_reply(reply)
        assert (g.h, g.n1, g.n2) == (d.noise.h, d.noise.n1, d.noise.n2)
        self.put(HELLO=hello, prologue=d.prologue, HELLO_REPLY=reply)
        if ct:
            self.put(ekem1_secret=ss)
        self.put(h=g.h, n1=g.n1, n2=g.n2, agreed=d.agreed, hs_d=d.hs_d,
                 hs_g=d.hs_g)

    def authenticate(self):
        d = self.d
        gpt = span(0xe0, 16) + H(self.public) + s(GATEWAY.encode())
        gpt += self.gateway_key.sign(L('gateway auth') + d.noise.h + gpt)
        frame = sealed(d.hs_g, header(GATEWAY_AUTH, 0, 0, 1, len(gpt) + 16),
                       gpt)
        d.gateway_auth(frame, GATEWAY, self.public)
        self.put(gpt=gpt, GATEWAY_AUTH=frame, T1=d.t1)

    def prove(self):
        d = self.d
        frame = d.handshake_init()
        self.put(body=d.body, A=d.a)
        if d.proof:
            self.put(proof=d.proof)
        self.put(HANDSHAKE_INIT=frame)
        if d.id.kind == KEM:
            self.put(T2=d.t)
            self.challenge()
        self.put(X=d.x, T=d.t, MS=d.ms, E1=d.e_n)

    def challenge(self):
        d = self.d
        ct = self.given['iomt']
        ss = d.id.key.decapsulate(ct)
        mac, _, _ = kem_proof(ss, ct, d.a)
        frame = sealed(d.hs_g, header(CHALLENGE, 0, 0, 2, CT + 48), ct + mac)
        response = d.challenge(frame)
        self.put(CHALLENGE=frame, ss=ss, KC=extract(H(d.a, ct), ss),
                 gateway_mac=mac, device_mac=d.response, RESPONSE=response)

    def keys(self):
        d, e = self.d, self.d.e_n
        labels = ['d2g_control', 'g2d_control']
        if d.profile == 'smcp':
            labels += ['smcp']
        else:
            labels += ['d2g_data', 'g2d_data']
        labels += {'hybrid': ['d2g_blind', 'rekey'], 'asmp': ['d2g_blind'],
                   'slmp': ['d2g_user', 'g2d_user'],
                   'iomt': ['d2g_mac', 'g2d_mac']}.get(d.profile, [])
        for label in labels:
            self.out[label] = expand(e, label.replace('_', ' '))

    def acknowledged(self, role, ticket):
        ack = (span(0xf0, 16) + self.d.nonce +
               struct.pack('>QQBHHI', NOW * 1000, 41, role, 16384, 64,
                           86400) + s(ticket))
        self.put(ack=ack, HANDSHAKE_ACK=self.d.inn.frame(
            HANDSHAKE_ACK, 0, ack))

    def begin(self, role=1, ticket=b''):
        self.agree()
        self.authenticate()
        self.prove()
        self.keys()
        self.acknowledged(role, ticket)

    def reading(self, name, number, text):
        self.out[name] = self.d.reading(number, NOW * 1000 + 500, text)

    def seal(self, name):
        frame = self.d.seal()
        self.out.update({'C' + name: self.d.c, 'P' + name: self.d.p,
                         'signed' + name: self.d.signed,
                         'SEAL' + name: frame})

    def two_sealed(self):
        d = self.d
        self.reading('DATA_0', 42, b'{"t":37.4}')
        self.put(blind_0=d.blind, leaf_0=d.leaf)
        self.put(DATA_1=d.say(CHAT, b'hello'))
        self.put(blind_1=d.blind, leaf_1=d.leaf)
        self.seal('')
        self.put(chat=d.inn.frame(DATA, CHAT, b'hello'))
        self.ack()

    def ack(self, number=42):
        self.put(ACK=self.d.inn.frame(ACK, 0, struct.pack('>Q', number)))

    def renew(self):
        d = self.d
        e = X25519(span(0x30, 32))
        frame = d.rekey(span(0x50, 32), span(0x10, 64))
        answer = e.public + self.given['rekey']
        self.put(REKEY=frame, REKEY_answer=d.inn.frame(REKEY, 0, answer))
        d.rekeyed(answer)
        self.put(dh=d.dh, ss=d.ss, E2=d.e_n)
        self.put(d2g_control_2=d.out.control, g2d_control_2=d.inn.control,
                 d2g_data_2=d.out.data.ck, d2g_blind_2=d.blind_key)
        self.reading('DATA_2', 43, b'{"t":37.5}')
        self.seal('_2')

    def close(self):
        self.put(CLOSE=self.d.close())


def signer(private=None):
    return Signer(DEVICE, private or Ed25519PrivateKey.from_private_bytes(
        span(0xa0, 32)))


def session_hybrid(given):
    v = Session('hybrid', signer(), given)
    v.begin()
    ck = v.d.out.data.ck
    v.put(rk_0=HMAC(ck, b'\x01'), rk_1=HMAC(HMAC(ck, b'\x02'), b'\x01'))
    v.two_sealed()
    v.renew()
    v.close()
    return v.out


def session_asmp(given):
    v = Session('asmp', signer(), given)
    v.begin()
    v.two_sealed()
    v.put(HEARTBEAT=v.d.out.frame(HEARTBEAT, 0, b''))
    new = Ed25519PrivateKey.from_private_bytes(span(0xc0, 32))
    v.put(new_public=new.public_key().public_bytes_raw(),
          ROTATE=v.d.rotate(new), ROTATE_answer=v.d.inn.frame(
              ROTATE, 0, struct.pack('>BQ', 0, 1800000000000)))
    v.close()
    return v.out


def token_identity():
    body, tag = token()
    return Sharer(TOKEN, s(b'') + s(body), tag, 'kemal-client')


def session_ztp(given):
    v = Session('ztp', token_identity(), given)
    body, tag = token()
    v.put(token_body=body, tag=tag)
    v.begin(2)
    d = v.d
    v.reading('DATA', 42, b'{"t":37.4}')
    v.put(ping=d.say(CONTROL, b'ping'))
    v.put(pong=d.inn.frame(DATA, CONTROL, b'pong'))
    v.ack()
    v.put(CLOSE_2=d.close(CONTROL))
    v.close()
    return v.out


def session_slmp(given):
    v = Session('slmp', token_identity(), given)
    v.begin(2)
    d = v.d
    v.reading('DATA', 42, b'{"t":37.4}')
    v.put(chat=d.say(CHAT, b'Hello SLMP!'))
    v.put(answer=d.inn.frame(DATA, CHAT, b'Message received: Hello SLMP!'))
    v.ack()
    v.close()
    return v.out


def session_smcp(given):
    v = Session('smcp', Sharer(PSK, s(DEVICE.encode()), span(0xd0, 16),
                               DEVICE), given)
    v.begin()
    d = v.d

    def keys(n):
        for name, way in (('C2S', d.out.data), ('S2C', d.inn.data)):
            v.out['%s_ENC_%d' % (name, n)] = way.enc
            v.out['%s_MAC_%d' % (name, n)] = way.mac
    keys(0)
    v.put(HELLO_0=d.say(AGGREGATE, b'HELLO'))
    v.put(CHALLENGE_0=d.inn.frame(DATA, AGGREGATE, span(0x70, 16)))
    keys(1)
    v.put(DATA_1=d.say(AGGREGATE, struct.pack('>q', 100)))
    v.ack()
    v.put(AGGREGATE_2=d.inn.frame(DATA, AGGREGATE,
                                  struct.pack('>Bq', 0, 600)))
    keys(2)
    d.out.data.opcode = 60
    v.put(TERMINATE_3=d.say(AGGREGATE, b''))
    return v.out


def session_iomt(given):
    v = Session('iomt', Decapsulator(DEVICE, span(0, 64)), given)
    ek = v.d.id.key.public_key().public_bytes_raw()
    v.put(fingerprint=hashlib.sha3_512(ek).digest())
    v.begin()
    v.reading('DATA', 42, b'{"t":37.4}')
    v.put(chat=v.d.say(CHAT, b'hello'))
    v.put(answer=v.d.inn.frame(DATA, CHAT, b'hello'))
    v.ack()
    v.close()
    return v.out


def session_ecdsa(given, curve, n):
    key = ec.derive_private_key(int.from_bytes(span(0xa0, n), 'big'), curve)
    v = Session('asmp', signer(key), given)
    v.begin()
    v.two_sealed()
    whole = dict(v.out, public=v.d.id.public, keyid=v.d.id.keyid)
    return {name: whole[name] for name in (
        'public', 'keyid', 'proof', 'HANDSHAKE_INIT', 'T', 'E1',
        'DATA_0', 'DATA_1', 'signed', 'SEAL')}


def session_ticket(given):
    ticket = span(0x10, 16) + span(0x30, 32)
    v = Session('asmp', Resumer(signer(), span(0x50, 16) + span(0x60, 32)),
                given)
    v.d.wants = True
    v.begin(ticket=ticket)
    whole = v.out
    return {name: whole[name] for name in (
        'body', 'A', 'proof', 'HANDSHAKE_INIT', 'X', 'T', 'E1', 'ack',
        'HANDSHAKE_ACK')}


def session_shared(given):
    v = Session('asmp', signer(), given, (7, span(0, 32)))
    v.begin()
    whole = dict(v.out, G=v.d.g)
    return {name: whole[name] for name in (
        'body', 'A', 'G', 'proof', 'T', 'MS', 'E1')}


def compression(given):
    plain = struct.pack('>QQ', 42, 0) + b'{"a":1,"b":1,"c":1,"d":1}'
    packed = given['deflate']
    assert zlib.decompressobj(-15).decompress(packed) == plain
    return {'plaintext': plain, 'record': packed}


def vectors(path):
    given = {}
    for line in open(path):
        name, value = line.split()
        given[name] = bytes.fromhex(value)
    sections = {
        'hybrid': session_hybrid, 'asmp': session_asmp, 'ztp': session_ztp,
        'slmp': session_slmp, 'smcp': session_smcp, 'iomt': session_iomt,
        'p-256': lambda g: session_ecdsa(g, ec.SECP256R1(), 32),
        'p-384': lambda g: session_ecdsa(g, ec.SECP384R1(), 48),
        'ticket': session_ticket, 'key': session_shared,
        'compression': compression}
    for section, make in sections.items():
        for name, value in make(given).items():
            print(section, name, value.hex())


if len(sys.argv) == 3 and sys.argv[1] == 'vectors':
    vectors(sys.argv[2])
elif len(sys.argv) > 7 and sys.argv[1] == 'send' and '--' in sys.argv[7:]:
    end = sys.argv.index('--')
    send(*sys.argv[2:7], sys.argv[7:end], sys.argv[end + 1:])
else:
    sys.exit(__doc__)
