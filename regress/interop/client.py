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


"""A device for asmpd, written from asmp(7) alone.

Noise is noiseprotocol's; ciphers, signatures, Fernet and ML-KEM are those of
cryptography; the rest is what the page says, by its names.  Sends the items
in its arguments all together, waits for what the gateway has to say to them,
closes, and prints what it heard.  Items are chat=TEXT, control=COMMAND,
telemetry=JSON, and value=NUMBER, which is a reading, too, and in profile smcp
the only item.

Exits with 0, or as asmp(1) does: 3 for a gateway that is not pinned, 4 when
the gateway refuses this identity, 5 when it ends the session by itself.
Where it breaks the protocol that is an exception.
"""

import argparse
import base64
import os
import pathlib
import socket
import struct
import sys
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key)
from noise.backends.default.backend import DefaultNoiseBackend
from noise.connection import NoiseConnection
from noise.functions.dh import DH
from noise.functions.keypair import KeyPair

from records import H, HMAC, L, Expand, same
from records import Aead, EncryptThenMac, Rounds, UserTokens

(HANDSHAKE_INIT, HANDSHAKE_ACK, DATA, CLOSE, HELLO, HELLO_REPLY, GATEWAY_AUTH,
 CHALLENGE, RESPONSE, ACK, SEAL, HEARTBEAT) = range(1, 13)
SIGNATURE, PSK, TOKEN, KEM = range(1, 5)
STREAMS = {"chat": 1, "control": 2, "telemetry": 3, "value": 4}
PROFILES = {"asmp": (2, SIGNATURE), "ztp": (3, TOKEN), "slmp": (4, TOKEN),
            "smcp": (5, PSK), "iomt": (6, KEM)}
HEADER = struct.Struct(">HHIIQI")
MAX_IN = 4096
SEAL_EVERY = 2          # so that a few items already need several seals
Extract = HMAC


class End(Exception):
    """Exit status, and what to say at the end."""


def s(text):
    return bytes([len(text)]) + text


class Point(KeyPair):
    """A key of P-256, with which noiseprotocol has to be made acquainted."""

    from_private_bytes = None

    @classmethod
    def from_public_bytes(cls, raw):
        return cls(public_bytes=raw, public=ec.EllipticCurvePublicKey
                   .from_encoded_point(ec.SECP256R1(), raw))


class P256(DH):
    klass = Point
    dhlen = 65

    def generate_keypair(self):
        key = ec.generate_private_key(ec.SECP256R1())
        return Point(key, key.public_key(), key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint))

    def dh(self, private_key, public_key):
        return private_key.exchange(ec.ECDH(), public_key)


class Device:
    """Who the device is, and how it proves that."""

    def __init__(self, kind, path, ident):
        self.kind, self.id, self.who = kind, ident, s(ident)
        if kind == SIGNATURE:
            self.key = load_pem_private_key(path.read_bytes(), None)
            self.keyid = H(self.key.public_key().public_bytes_raw())
            return
        form, text = path.read_text().split()
        self.key = base64.b64decode(text, validate=True)
        assert form == {PSK: "asmp-psk-1", TOKEN: "asmp-token-1",
                        KEM: "asmp-kem-1"}[kind]
        if kind == TOKEN:
            self.who = b"\0" + s(self.key[:-32])
            self.key = self.key[-32:]

    def prove(self, A):
        """The proof, and X."""
        if self.kind == SIGNATURE:
            return self.key.sign(L("device auth") + A), bytes(32)
        return (HMAC(self.key, L("device auth"), A),
                HMAC(self.key, L("extra"), A))

    def respond(self, A, ct, mac):
        """The same for kind kem, where the gateway is the first to prove."""
        ss = mlkem.MLKEM768PrivateKey.from_seed_bytes(self.key).decapsulate(ct)
        KC = Extract(H(A, ct), ss)
        same(mac, HMAC(Expand(KC, "kem gateway"), A, ct))
        return HMAC(Expand(KC, "kem device"), A, ct), Expand(KC, "extra")


class Connection:
    """Frames, their numbers, and the AEAD of all of them but DATA."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.max_out = 4096
        self.epoch = self.sent = self.taken = 0

    def header(self, kind, stream, length):
        assert length <= self.max_out
        self.sent += 1
        return HEADER.pack(1, kind, stream, self.epoch, self.sent - 1, length)

    def send(self, kind, text):
        header = self.header(kind, 0, len(text) + 16)
        self.sock.sendall(header + ChaCha20Poly1305(self.out).encrypt(
            header[8:20], text, header))

    def receive(self, size):
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise EOFError(len(data))
            data += more
        return data

    def read(self):
        header = self.receive(HEADER.size)
        version, kind, stream, epoch, number, length = HEADER.unpack(header)
        assert (version, epoch, number) == (1, self.epoch, self.taken), header
        assert length <= MAX_IN
        self.taken += 1
        return kind, stream, header, self.receive(length)

    def clear(self, header, payload):
        return ChaCha20Poly1305(self.inn).decrypt(
            header[8:20], payload, header)

    def due(self, kind):
        """The next frame, in the handshake: it is known which one is due."""
        *found, header, payload = self.read()
        assert found == [kind, 0], found
        return payload if kind == HELLO_REPLY else self.clear(header, payload)


class Session(Connection):
    def __init__(self, port, profile, device):
        super().__init__(port)
        self.profile, self.device = profile, device
        self.heard = {kind: [] for kind in (1, 2, 3, 4, "beat", "refused")}
        self.unsealed, self.seals = [], 0

    def agree(self):
        """HELLO and HELLO_REPLY: h, and what is agreed, as yet with nobody."""
        curve, size = ("P256", 65) if self.profile == "slmp" else ("25519", 32)
        backend = DefaultNoiseBackend()
        backend.diffie_hellmans["P256"] = P256
        backend.keypairs["P256"] = Point
        noise = NoiseConnection.from_name(
            f"Noise_NN_{curve}_ChaChaPoly_SHA256".encode(), backend)
        noise.set_as_initiator()
        hello = struct.pack(">BBH", PROFILES[self.profile][0], 0, MAX_IN)
        header = self.header(HELLO, 0, len(hello) + size)
        noise.set_prologue(b"ASMP/1\0" + header + hello)
        noise.start_handshake()
        self.sock.sendall(header + hello + noise.write_message())
        reply = self.due(HELLO_REPLY)
        assert len(reply) == size + 16
        noise.read_message(reply)
        h = noise.get_handshake_hash()
        HS = Extract(h, noise.noise_protocol.cipher_state_encrypt.k
                     + noise.noise_protocol.cipher_state_decrypt.k)
        self.out = Expand(HS, "d2g handshake")
        self.inn = Expand(HS, "g2d handshake")
        return h, Expand(HS, "agreed")

    def check(self, h, pin):
        """GATEWAY_AUTH: T1, or the end if this is not the pinned gateway."""
        auth = self.due(GATEWAY_AUTH)
        keyid, name, proof = auth[16:48], auth[48:-64], auth[-64:]
        if keyid not in pin or name != pin[keyid][0]:
            raise End(3, "not the pinned gateway")
        try:
            pin[keyid][1].verify(proof, L("gateway auth") + h + auth[:-64])
        except InvalidSignature:
            raise End(3, "not the pinned gateway's signature") from None
        return H(h, auth)

    def prove(self, T, agreed, spoil):
        """HANDSHAKE_INIT to HANDSHAKE_ACK; spoil changes the proof."""
        nonce = os.urandom(16)
        body = bytes([self.device.kind, 0, 0]) + nonce + self.device.who
        A = T + H(body)
        kind = HANDSHAKE_INIT
        if self.device.kind == KEM:
            self.send(kind, body)
            challenge = self.due(CHALLENGE)
            proof, X = self.device.respond(A, challenge[:1088],
                                           challenge[1088:])
            T = H(H(T, body), challenge)
            kind, body = RESPONSE, b""
        else:
            proof, X = self.device.prove(A)
        proof = bytes([proof[0] ^ spoil]) + proof[1:]
        self.send(kind, body + proof)
        self.T = H(T, body, proof)
        self.use(Expand(Extract(self.T, agreed + X + bytes(32)), "epoch"))
        started = time.monotonic()
        try:
            ack = self.due(HANDSHAKE_ACK)
        except EOFError as end:
            assert end.args == (0,), "the gateway said something"
            raise End(4, "refused without a word after "
                      f"{time.monotonic() - started:.1f} s") from None
        (_, echo, now, self.last, role, self.max_out, limit, _,
         ticket) = struct.unpack(">16s16sQQBHHIB", ack)
        assert (echo, ticket) == (nonce, 0)
        assert self.max_out >= 512 and limit >= SEAL_EVERY
        self.ahead = now / 1000 - time.monotonic()
        print(f"role {role}, last id {self.last}")

    def use(self, E1):
        """The session's keys, for its frames from HANDSHAKE_ACK on."""
        def keys(t):
            return Expand(E1, t)

        self.epoch, self.sent, self.taken = 1, 0, 0
        self.out, self.inn = keys("d2g control"), keys("g2d control")
        self.blind = keys("d2g blind")
        self.data = {
            "asmp": lambda: Aead(keys, AESGCM),
            "ztp": lambda: Aead(keys, ChaCha20Poly1305),
            "slmp": lambda: UserTokens(keys, self.clock),
            "smcp": lambda: Rounds(keys, self.device.id),
            "iomt": lambda: EncryptThenMac(keys)}[self.profile]()

    def clock(self):
        """The gateway's time, in seconds."""
        return time.monotonic() + self.ahead

    def say(self, stream, text):
        header = self.header(DATA, stream, self.data.length(len(text)))
        payload = self.data.make(header, text)
        self.sock.sendall(header + payload)
        self.unsealed.append((header, payload, text))
        if len(self.unsealed) == SEAL_EVERY:
            self.seal()

    def seal(self):
        frames, self.unsealed = self.unsealed, []
        if self.profile != "asmp" or not frames:
            return
        C = H(*(header + payload for header, payload, _ in frames))
        P = H(*(H(HMAC(self.blind, header), header, text)
                for header, _, text in frames))
        first, last = frames[0][0][12:20], frames[-1][0][12:20]
        count = struct.pack(">H", len(frames))
        self.send(SEAL, count + P + self.device.key.sign(
            L("seal") + self.T + struct.pack(">QI", self.seals, self.epoch)
            + first + last + count + C + P
            + s(self.device.id) + self.device.keyid))
        self.seals += 1

    def take(self):
        """Whatever frame the gateway sends next."""
        kind, stream, header, payload = self.read()
        if kind == DATA:
            self.heard[stream].append(self.data.open(header, payload))
            return
        text = self.clear(header, payload)
        assert stream == 0, "a stream was closed"
        if kind == ACK:
            self.last = int.from_bytes(text[:8], "big")
            self.heard["refused"] += struct.iter_unpack(">QB", text[8:])
        elif kind == HEARTBEAT:
            self.heard["beat"].append(text)
        else:
            assert kind == CLOSE, kind
            assert self.sock.recv(1) == b"", "something after CLOSE"
            raise End(0 if text == b"\1" else 5, f"close {text[0]}")

    def wait(self, kind, count):
        while len(self.heard[kind]) < count:
            self.take()

    def talk(self, items):
        """Says all items, and returns when all of them are answered."""
        ident = self.last
        for stream, text in items:
            if stream == STREAMS["telemetry"]:
                ident += 1
                text = struct.pack(">QQ", ident,
                                   int(self.clock() * 1000)) + text
            self.say(stream, text)
        self.seal()
        self.send(HEARTBEAT, b"")
        self.wait("beat", 1)
        for stream in STREAMS["chat"], STREAMS["control"]:
            self.wait(stream, sum(item[0] == stream for item in items))
        while self.last < ident:
            self.take()

    def add_up(self, values):
        """The same in profile smcp, where each record waits for an answer."""
        ident, records = self.last + len(values), self.heard[4]
        self.say(4, struct.pack(">BI", 10, 0) + b"HELLO")
        self.wait(4, 1)
        opcode, due, _ = struct.unpack(">BI16s", records.pop())
        assert (opcode, due) == (20, 0)
        for n, value in enumerate(values, 1):
            self.say(4, struct.pack(">BIq", 30, 2 * n - 1, int(value)))
            self.wait(4, n)
            opcode, due, status, result = struct.unpack(">BIBq", records[-1])
            assert (opcode, due, status) == (40, 2 * n, 0)
            records[-1] = str(result).encode()
        while self.last < ident:
            self.take()

    def run(self, pin, spoil, items):
        h, agreed = self.agree()
        self.prove(self.check(h, pin), agreed, spoil)
        if self.profile == "smcp":
            self.add_up([text for _, text in items])
        else:
            self.talk(items)
        self.send(CLOSE, b"\1")
        while True:
            self.take()

    def report(self):
        for ident, reason in self.heard["refused"]:
            print(f"refused {ident} {reason}")
        for name, stream in STREAMS.items():
            for text in self.heard[stream]:
                print(f"{name} {text.decode()}")


def read_pin(path):
    """The id and the keys of the pinned gateway, by their key ids."""
    pin = {}
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            ident, (kind, text) = words[0], words[1].split(":")
            assert kind == "ed25519"
            key = base64.b64decode(text, validate=True)
            pin[H(key)] = (s(ident.encode()),
                           ed25519.Ed25519PublicKey.from_public_bytes(key))
    return pin


def parse(item, profile):
    """The stream that an item goes to, and what it says there."""
    name, _, text = item.partition("=")
    if name == "value" and profile != "smcp":
        name, text = "telemetry", f'{{"value":{text}}}'
    return STREAMS[name], text.encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-g", dest="pin", type=pathlib.Path, required=True)
    parser.add_argument("-i", dest="ident", default="")
    parser.add_argument("-k", dest="key", type=pathlib.Path, required=True)
    parser.add_argument("-p", dest="port", type=int, required=True)
    parser.add_argument("-x", dest="spoil", action="store_true",
                        help="change a bit of the proof")
    parser.add_argument("profile", choices=PROFILES)
    parser.add_argument("item", nargs="*")
    args = parser.parse_args()
    items = [parse(item, args.profile) for item in args.item]
    device = Device(PROFILES[args.profile][1], args.key, args.ident.encode())
    session = Session(args.port, args.profile, device)
    try:
        session.run(read_pin(args.pin), args.spoil, items)
    except End as end:
        status, text = end.args
        session.report()
        print(text)
        return status


if __name__ == "__main__":
    sys.exit(main())
