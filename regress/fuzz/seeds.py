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


"""Writes the binary part of the corpus: python3 seeds.py DIRECTORY.

Each seed is a small input that a target takes, or nearly takes; the texts
beside them were written by hand.
"""

import os
import struct
import sys

ID = b'BP_MONITOR_001'
GATEWAY = b'GATEWAY_CLINIC_A'
NONCE = bytes(range(16))


def s(data):
    """One byte of length, then the data."""
    return bytes([len(data)]) + data


def header(kind, stream, epoch, seq, length):
    return struct.pack('>HHIIQI', 1, kind, stream, epoch, seq, length)


def token():
    return (struct.pack('>BBBQQ', 1, 1, 2, 1600000000, 4000000000) + NONCE +
            s(GATEWAY) + s(b'CLIENT_1'))


def init(kind, name, proof, flags=0, group=0):
    return bytes([kind, flags, group]) + NONCE + name + proof


def frames():
    data = header(3, 3, 1, 0, 5) + b'12345'
    yield 'two', struct.pack('>H', 4096) + data + header(4, 0, 1, 1, 0)
    yield 'cut', struct.pack('>H', 4096) + data[:-1]
    yield 'too-long', struct.pack('>H', 4) + data
    yield 'version', struct.pack('>H', 4) + b'\0\2' + data[2:]


def hellos():
    for number, name, length in ((1, 'hybrid', 32 + 1184), (2, 'asmp', 32),
                                 (3, 'ztp', 32), (4, 'slmp', 65),
                                 (5, 'smcp', 32), (6, 'iomt', 32)):
        yield name, (struct.pack('>BBH', number, 0, 4096) +
                     bytes(i & 255 for i in range(length)))
    yield 'compressed', struct.pack('>BBH', 2, 1, 512) + bytes(32)


def gateway_auths():
    body = NONCE + bytes(32) + s(GATEWAY)
    yield 'ed25519', body + bytes(64)
    yield 'p384', body + bytes(96)


def inits():
    yield 'signature', init(1, s(ID), bytes(64))
    yield 'p384', init(1, s(ID), bytes(96))
    yield 'psk', init(2, s(b'2'), bytes(32))
    yield 'token', init(3, s(b'') + s(token()), bytes(32))
    yield 'kem', init(4, s(ID), b'', group=7)
    yield 'ticket', init(5, s(b'') + NONCE, bytes(32))
    yield 'wants-ticket', init(1, s(ID), bytes(64), flags=1)


def acks():
    fixed = NONCE + NONCE + struct.pack('>QQBHHI', 1700000000000, 7, 1, 16384,
                                        64, 86400)
    yield 'plain', fixed + s(b'')
    yield 'ticket', fixed + s(bytes(48))


GENUINE, CHANGED, RAW, AGAIN, MACED = range(5)


def genuine(text):
    return bytes([GENUINE, 0]) + struct.pack('>H', len(text)) + text


def datas():
    reading = struct.pack('>QQ', 1, 0) + b'{"value": 36.6}'
    changed = (bytes([CHANGED, 0]) + struct.pack('>H', len(reading)) +
               reading + bytes([0, 1, 0, 30, 1]))
    raw = bytes([RAW]) + struct.pack('>H', 64) + bytes(64)
    for number in range(6):
        for todevice in (0, 1):
            yield '%d%d' % (number, todevice), (
                bytes([number, todevice, 2]) + genuine(reading) + changed +
                bytes([AGAIN]) + raw + genuine(b''))
    fields = bytes([1, 3])
    yield 'maced-smcp', (bytes([4, 0, 2]) + genuine(b'HELLO') +
                         bytes([MACED, 0]) + fields + bytes(8) + b'\x08' * 8 +
                         b'\0' + NONCE)
    yield 'maced-fernet', (bytes([3, 0, 0, MACED, 1, 1, 1, 1, 64]) +
                           bytes(32) + b'\1' + NONCE + b'\1')
    yield 'maced-cbc', (bytes([5, 0, 0, MACED, 0]) + bytes(16) + b'\1' +
                        NONCE)
    yield 'last', (bytes([4, 0, 2]) + genuine(b'HELLO') +
                   bytes([GENUINE, 251, 0, 0]) + genuine(b''))


CORPORA = {
    'ack': acks,
    'data': datas,
    'frame': frames,
    'gateway_auth': gateway_auths,
    'hello': hellos,
    'init': inits,
}


def main(top):
    for name, seeds in CORPORA.items():
        directory = os.path.join(top, name)
        os.makedirs(directory, exist_ok=True)
        for seed, data in seeds():
            with open(os.path.join(directory, seed), 'wb') as f:
                f.write(data)


if __name__ == '__main__':
    main(sys.argv[1])
