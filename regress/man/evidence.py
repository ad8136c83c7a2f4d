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


"""Evidence of asmp(7), checked in another language and with nothing of ours.

    evidence.py FILE DEVICE.pub GATEWAY.vkey
                        prints message id, time and reading if it holds; the
                        exit status is 1 if it does not
"""

import base64
import binascii
import hashlib
import json
import re
import struct
import sys
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    encode_dss_signature)
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_public_key)

ID = re.compile(r'[A-Za-z0-9_:@][A-Za-z0-9._:@-]{0,63}')
ALGORITHMS = ('ed25519', 'p256', 'p384')


class Refused(Exception):
    pass


def must(condition, why):
    if not condition:
        raise Refused(why)


def H(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def L(text):
    return b'ASMP/1 ' + text.encode() + b'\0'


def s(data):
    return bytes([len(data)]) + data


def unbase64(text, length=None):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused('base64')
    must(base64.b64encode(data).decode() == text, 'base64')
    must(data and length in (None, len(data)), 'length')
    return data


def number(text):
    must(re.fullmatch('0|[1-9][0-9]{0,19}', text), 'number')
    return int(text)


def name(text):
    must(ID.fullmatch(text), 'id')
    return text.encode()


class Lines:
    """A text, line by line; every line is of one name."""

    def __init__(self, text):
        must(text.endswith('\n'), 'end')
        self.lines = text[:-1].split('\n')

    def next(self):
        must(self.lines, 'too few lines')
        return self.lines.pop(0)

    def is_next(self, what):
        return bool(self.lines) and self.lines[0].startswith(what + ' ')

    def value(self, what):
        must(self.is_next(what), what)
        return self.next()[len(what) + 1:]

    def bytes(self, what, length=None):
        return unbase64(self.value(what), length)

    def every(self, what):
        found = []
        while self.is_next(what):
            found.append(self.bytes(what, 32))
        return found


def raw(public):
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def verify(public, signature, data):
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, data)
            return
        half = len(signature) // 2
        public.verify(encode_dss_signature(
            int.from_bytes(signature[:half], 'big'),
            int.from_bytes(signature[half:], 'big')), data,
            ec.ECDSA(hashes.SHA256() if half == 32 else hashes.SHA384()))
    except InvalidSignature:
        raise Refused('signature')


def is_reading(data):
    """A time may be anything; of the rules for JSON these do here."""
    if len(data) <= 16 or data[:8] == bytes(8):
        return False
    try:
        return isinstance(json.loads(data[16:].decode()), dict)
    except ValueError:
        return False


def expanded(data):
    z = zlib.decompressobj(wbits=-15)
    room = min(4 * len(data) + 128, 65535)
    try:
        out = z.decompress(data, room)
    except zlib.error:
        return b''
    return out if z.eof and not z.unused_data else b''


def root(leaf, index, size, path):
    """What RFC 9162, section 2.1.3.2, computes."""
    must(index < size, 'index')
    fn, sn, r = index, size - 1, leaf
    for p in path:
        must(sn != 0, 'path')
        if fn & 1 or fn == sn:
            r = H(b'\1', p, r)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            r = H(b'\1', r, p)
        fn >>= 1
        sn >>= 1
    must(sn == 0, 'path')
    return r


def checkpoint(lines, log, vkeys):
    """The size and root that the gateway signed."""
    must(len(lines) == 5 and lines[0] == log and lines[3] == '',
         'checkpoint')
    size, top = number(lines[1]), unbase64(lines[2], 32)
    must(size < 1 << 63, 'size')
    before = '\u2014 ' + log + ' '
    must(lines[4].startswith(before), 'signature line')
    signature = unbase64(lines[4][len(before):], 68)
    for vkey in vkeys:
        if vkey.split('+')[0] == log:
            break
    else:
        raise Refused('no key of the log')
    _, keyid, key = vkey.split('+', 2)
    key = unbase64(key, 33)
    must(H(log.encode(), b'\n', key)[:4].hex() == keyid and key[0] == 1,
         'key of the log')
    must(signature[:4].hex() == keyid, 'another key of the log')
    verify(ed25519.Ed25519PublicKey.from_public_bytes(key[1:]),
           signature[4:], ('\n'.join(lines[:3]) + '\n').encode())
    return size, top


def check_header(header, place, numbers, length):
    version, kind, stream, epoch, seq, payload = struct.unpack('>HHIIQI',
                                                               header)
    _, sealed, first, last, count = numbers
    after = count - 1 - place
    must((version, kind, payload) == (1, 3, length + 16), 'header')
    must(2 < stream < 1 << 31 and stream != 4, 'stream')
    must(epoch == sealed and first + place <= seq <= last - after, 'numbers')
    must((place or seq == first) and (after or seq == last), 'numbers')


def check_reading(lines, record):
    """The reading, which the record is or which it expands to."""
    long = expanded(record)
    must(not (is_reading(record) and is_reading(long)), 'two ways')
    if not lines.is_next('expanded'):
        must(is_reading(record), 'reading')
        return record
    must(lines.bytes('expanded') == long and is_reading(long), 'expanded')
    return long


def evidence(text, public, vkeys):
    lines = Lines(text)
    must(lines.next() == 'asmp evidence 1', 'first line')
    gateway = name(lines.value('gateway'))
    device = name(lines.value('device'))
    algorithm, _, key = lines.value('key').partition(':')
    must(algorithm in ALGORITHMS, 'algorithm')
    key = unbase64(key)
    must(key == raw(public), 'another device')
    received = number(lines.value('received'))
    t = lines.bytes('transcript', 32)
    numbers = [number(n) for n in lines.value('seal').split(' ')]
    must(len(numbers) == 5 and 1 <= numbers[4] <= 64, 'seal')
    packed = struct.pack('>QIQQH', *numbers)
    c, p = lines.bytes('frames', 32), lines.bytes('leaves', 32)
    signature = lines.bytes('signature', 96 if algorithm == 'p384' else 64)
    place = number(lines.value('place'))
    must(place < numbers[4], 'place')
    header, blind = lines.bytes('header', 24), lines.bytes('blind', 32)
    record = lines.bytes('record')
    check_header(header, place, numbers, len(record))
    reading = check_reading(lines, record)
    leaves = lines.every('leaf')
    must(len(leaves) == numbers[4] - 1, 'leaves')
    leaves.insert(place, H(blind, header, record))
    must(H(*leaves) == p, 'leaves')
    verify(public, signature, L('seal') + t + packed + c + p + s(device) +
           H(key))
    index, path = number(lines.value('index')), lines.every('path')
    must(lines.next() == '', 'empty line')
    size, top = checkpoint(lines.lines, gateway.decode() + '/readings', vkeys)
    leaf = H(b'\0', L('log seal'), struct.pack('>Q', received), s(device),
             bytes([ALGORITHMS.index(algorithm) + 1]), H(key), t, packed, c,
             p, signature)
    must(root(leaf, index, size, path) == top, 'not in the log')
    return struct.unpack('>QQ', reading[:16]) + (reading[16:],)


def main(path, device, gateway):
    with open(path, encoding='utf-8', newline='') as f:
        text = f.read()
    with open(device, 'rb') as f:
        public = load_pem_public_key(f.read())
    with open(gateway, encoding='ascii') as f:
        vkeys = f.read().splitlines()
    try:
        number_, time, reading = evidence(text, public, vkeys)
    except (Refused, struct.error, ValueError) as e:
        sys.exit('evidence.py: %s' % e)
    print(number_, time, reading.decode())


if __name__ == '__main__':
    main(*sys.argv[1:])
