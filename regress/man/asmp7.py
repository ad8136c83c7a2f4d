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

    asmp7.py vectors            what the appendix of asmp(7) must say
    asmp7.py send PORT PIN KEY ID READING ...
                                a device; prints what the gateway decided
"""

import hashlib
import hmac
import os
import socket
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey, Ed25519PublicKey)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key)

(HANDSHAKE_INIT, HANDSHAKE_ACK, DATA, CLOSE, HELLO, HELLO_REPLY,
 GATEWAY_AUTH) = range(1, 8)
ACK, SEAL = 10, 11
TELEMETRY = 3
PROTOCOL = b'Noise_NN_25519_ChaChaPoly_SHA256'
ZEROS = bytes(32)


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


def expand(prk, label):
    return HMAC(prk, L(label), b'\x01')


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def header(kind, stream, epoch, seq, length):
    return struct.pack('>HHIIQI', 1, kind, stream, epoch, seq, length)


def record(cipher, kind, stream, epoch, seq, plain):
    """One encrypted frame: the header is bound, its nonce is the nonce."""
    head = header(kind, stream, epoch, seq, len(plain) + 16)
    return head + cipher.encrypt(head[8:20], plain, head)


def opened(cipher, frame):
    return cipher.decrypt(frame[8:20], frame[24:], frame[:24])


class Noise:
    """Noise NN, the initiator, or with a given message 1 the responder."""

    def __init__(self, prologue, ephemeral):
        self.h = self.ck = PROTOCOL
        self.e = ephemeral
        self.mix(prologue)

    def mix(self, data):
        self.h = H(self.h, data)

    def hkdf(self, ikm):
        prk = HMAC(self.ck, ikm)
        first = HMAC(prk, b'\x01')
        return first, HMAC(prk, first, b'\x02')

    def agree(self, peer):
        dh = self.e.exchange(X25519PublicKey.from_public_bytes(peer))
        self.ck, self.k = self.hkdf(dh)

    def message1(self):
        m1 = raw(self.e.public_key())
        self.mix(m1)
        self.mix(b'')
        return m1

    def read2(self, m2):
        self.mix(m2[:32])
        self.agree(m2[:32])
        ChaCha20Poly1305(self.k).decrypt(bytes(12), m2[32:], self.h)
        self.mix(m2[32:])
        self.n1, self.n2 = self.hkdf(b'')

    def answer(self, m1):
        self.mix(m1)
        self.mix(b'')
        public = raw(self.e.public_key())
        self.mix(public)
        self.agree(m1)
        tag = ChaCha20Poly1305(self.k).encrypt(bytes(12), b'', self.h)
        self.mix(tag)
        self.n1, self.n2 = self.hkdf(b'')
        return public + tag


class Device:
    """What a device computes, one method for each message of asmp(7)."""

    def __init__(self, name, key, ephemeral, nonce):
        self.name = name.encode()
        self.key = key
        self.keyid = H(raw(key.public_key()))
        self.e = ephemeral
        self.nonce = nonce
        self.run = []
        self.seals = 0
        self.seq = 0

    def hello(self):
        fixed = struct.pack('>BBH', 2, 0, 4096)
        head = header(HELLO, 0, 0, 0, len(fixed) + 32)
        self.prologue = b'ASMP/1\0' + head + fixed
        self.noise = Noise(self.prologue, self.e)
        return head + fixed + self.noise.message1()

    def hello_reply(self, frame):
        assert frame[:24] == header(HELLO_REPLY, 0, 0, 0, 48)
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
        plain = opened(ChaCha20Poly1305(self.hs_g), frame)
        self.gateway_plain = plain
        signed, signature = plain[:-64], plain[-64:]
        assert signed[48:] == s(gateway.encode())
        assert signed[16:48] == H(public)
        Ed25519PublicKey.from_public_bytes(public).verify(
            signature, L('gateway auth') + self.noise.h + signed)
        self.t1 = H(self.noise.h, plain)

    def handshake_init(self):
        self.body = bytes([1, 0, 0]) + self.nonce + s(self.name)
        self.proof = self.key.sign(
            L('device auth') + self.t1 + H(self.body))
        plain = self.body + self.proof
        self.t = H(self.t1, plain)
        frame = record(ChaCha20Poly1305(self.hs_d), HANDSHAKE_INIT, 0, 0, 1,
                       plain)
        self.session_keys()
        return frame

    def session_keys(self):
        self.ms = extract(self.t, self.agreed + ZEROS + ZEROS)
        self.e1 = expand(self.ms, 'epoch')
        self.k = {label: expand(self.e1, label.replace('_', ' '))
                  for label in ('d2g_data', 'g2d_data', 'd2g_control',
                                'g2d_control', 'd2g_blind')}

    def send(self, kind, plain):
        """A frame of the session: DATA under its own key and cipher."""
        if kind == DATA:
            cipher, stream = AESGCM(self.k['d2g_data']), TELEMETRY
        else:
            cipher = ChaCha20Poly1305(self.k['d2g_control'])
            stream = 0
        frame = record(cipher, kind, stream, 1, self.seq, plain)
        self.seq += 1
        return frame

    def data(self, number, time, text):
        plain = struct.pack('>QQ', number, time) + text
        frame = self.send(DATA, plain)
        self.blind = HMAC(self.k['d2g_blind'], frame[:24])
        self.leaf = H(self.blind, frame[:24], plain)
        self.run.append((self.seq - 1, frame, self.leaf))
        return frame

    def seal(self):
        count = len(self.run)
        self.c = H(*(frame for _, frame, _ in self.run))
        self.p = H(*(leaf for _, _, leaf in self.run))
        numbers = struct.pack('>QIQQH', self.seals, 1, self.run[0][0],
                              self.run[-1][0], count)
        self.signed = (L('seal') + self.t + numbers + self.c + self.p +
                       s(self.name) + self.keyid)
        plain = (struct.pack('>H', count) + self.p +
                 self.key.sign(self.signed))
        self.run = []
        self.seals += 1
        return self.send(SEAL, plain)

    def close(self):
        return self.send(CLOSE, bytes([1]))


def received(stream):
    head = stream.read(24)
    if len(head) < 24:
        sys.exit('the gateway closed')
    return head + stream.read(struct.unpack('>I', head[20:24])[0])


def pinned(path):
    import base64
    name, key = open(path).read().split()
    return name, base64.b64decode(key.removeprefix('ed25519:'))


def send(port, pin, keyfile, name, readings):
    gateway, public = pinned(pin)
    key = load_pem_private_key(open(keyfile, 'rb').read(), None)
    d = Device(name, key, X25519PrivateKey.generate(), os.urandom(16))
    with socket.create_connection(('127.0.0.1', port), 10) as sock:
        stream = sock.makefile('rb')
        sock.sendall(d.hello())
        d.hello_reply(received(stream))
        d.gateway_auth(received(stream), gateway, public)
        sock.sendall(d.handshake_init())
        inbound = ChaCha20Poly1305(d.k['g2d_control'])
        ack = opened(inbound, received(stream))
        assert ack[16:32] == d.nonce and len(ack) == 58
        last, = struct.unpack('>Q', ack[40:48])
        print('role %d max_in %d seal_limit %d lifetime %d tickets %d' %
              struct.unpack('>BHHIB', ack[48:]))
        for n, text in enumerate(readings, last + 1):
            sock.sendall(d.data(n, 0, text.encode()))
        sock.sendall(d.seal() + d.close())
        while True:
            frame = received(stream)
            kind, = struct.unpack('>H', frame[2:4])
            plain = opened(inbound, frame)
            if kind == CLOSE:
                print('close', plain[0])
                return
            assert kind == ACK
            print('ack', *struct.unpack('>Q', plain[:8]),
                  *struct.unpack('>' + 'QB' * ((len(plain) - 8) // 9),
                                 plain[8:]))


def span(first, n):
    return bytes(range(first, first + n))


def vectors():
    d = Device('BP_MONITOR_001', Ed25519PrivateKey.from_private_bytes(
        span(0xa0, 32)), X25519PrivateKey.from_private_bytes(span(0, 32)),
        span(0xc0, 16))
    key = Ed25519PrivateKey.from_private_bytes(span(0x80, 32))
    public = raw(key.public_key())
    out = {}
    out['HELLO'] = d.hello()
    out['prologue'] = d.prologue
    g = Noise(d.prologue, X25519PrivateKey.from_private_bytes(
        span(0x20, 32)))
    m2 = g.answer(out['HELLO'][28:])
    out['m1'], out['m2'] = out['HELLO'][28:], m2
    d.hello_reply(header(HELLO_REPLY, 0, 0, 0, 48) + m2)
    out['n1'], out['n2'], out['h'] = d.noise.n1, d.noise.n2, d.noise.h
    out['agreed'], out['hs_d'], out['hs_g'] = d.agreed, d.hs_d, d.hs_g
    gpt = span(0xe0, 16) + H(public) + s(b'GATEWAY_CLINIC_A')
    gpt += key.sign(L('gateway auth') + g.h + gpt)
    out['gpt'] = gpt
    out['GATEWAY_AUTH'] = record(ChaCha20Poly1305(d.hs_g), GATEWAY_AUTH, 0,
                                 0, 1, gpt)
    d.gateway_auth(out['GATEWAY_AUTH'], 'GATEWAY_CLINIC_A', public)
    out['T1'] = d.t1
    out['HANDSHAKE_INIT'] = d.handshake_init()
    out['body'], out['proof'], out['T'] = d.body, d.proof, d.t
    out['MS'], out['E1'] = d.ms, d.e1
    out.update(d.k)
    gateway = ChaCha20Poly1305(d.k['g2d_control'])
    ack = (span(0xf0, 16) + d.nonce +
           struct.pack('>QQBHHIB', 1700000000000, 41, 0, 16384, 64, 86400,
                       0))
    out['ack'] = ack
    out['HANDSHAKE_ACK'] = record(gateway, HANDSHAKE_ACK, 0, 1, 0, ack)
    out['DATA'] = d.data(42, 1700000000500, b'{"t":37.4}')
    out['blind'], out['leaf'] = d.blind, d.leaf
    out['SEAL'] = d.seal()
    out['C'], out['P'], out['signed'] = d.c, d.p, d.signed
    out['ACK'] = record(gateway, ACK, 0, 1, 1, struct.pack('>Q', 42))
    out['CLOSE'] = d.close()
    for name, value in out.items():
        print(name, value.hex())


if sys.argv[1:] == ['vectors']:
    vectors()
elif sys.argv[1:2] == ['send'] and len(sys.argv) > 6:
    send(int(sys.argv[2]), *sys.argv[3:6], sys.argv[6:])
else:
    sys.exit(__doc__)
