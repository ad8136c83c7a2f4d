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

import base64
import hashlib
import os
import struct
import sys
import zlib

ID = b'BP_MONITOR_001'
GATEWAY = b'GATEWAY_CLINIC_A'
NONCE = bytes(range(16))
# The generator of its group, a point like any other.
P256 = bytes.fromhex(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5')


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


def tokens():
    yield 'body', b'\0' + token()
    yield 'expired', b'\0' + token().replace(struct.pack('>Q', 4000000000),
                                             bytes(8))
    line = b'asmp-token-1 ' + base64.b64encode(token() + bytes(32))
    yield 'line', b'\1' + line
    yield 'line-cut', b'\1' + line[:-1]


def secrets():
    for kind, name, size in ((1, b'seal', 32), (2, b'issuer', 33),
                             (3, b'psk', 16), (4, b'shared', 33),
                             (5, b'kem', 64)):
        yield name.decode(), (bytes([kind]) + b'asmp-' + name + b'-1 ' +
                              base64.b64encode(b'\7' * size) + b'\n')
    yield 'token', (b'\6asmp-token-1 ' +
                    base64.b64encode(token() + bytes(32)) + b'\n')
    yield 'other', b'\1asmp-psk-1 AAAA\n'
    yield 'pem', b'\2-----BEGIN PRIVATE KEY-----\n'


def enrolments():
    key = base64.b64encode(bytes([88] + [102] * 31))
    yield 'ed25519', b'DEV1 ed25519:' + key
    yield 'options', (b' DEV-2\tpsk:' + base64.b64encode(bytes(16)) +
                      b' role=nurse profiles=smcp ')
    yield 'token', b'3 token profiles=slmp,ztp role=admin'
    yield 'mlkem768', b'K mlkem768:' + base64.b64encode(bytes(1184))
    yield 'p256', b'P p256:' + base64.b64encode(P256)
    yield 'wrong', b'3 token profiles=smcp,smcp x'


def b64(data):
    return base64.b64encode(data)


def evidence(**changes):
    """A text that is taken; it proves nothing."""
    lines = {
        'gateway': GATEWAY, 'device': ID,
        'key': b'ed25519:' + b64(bytes([88] + [102] * 31)),
        'received': b'1790000000123', 'transcript': b64(bytes(32)),
        'seal': b'3 1 1000 1002 2', 'frames': b64(bytes(32)),
        'leaves': b64(bytes(32)), 'signature': b64(bytes(64)),
        'place': b'1', 'header': b64(header(3, 3, 1, 1002, 47)),
        'blind': b64(bytes(32)),
        'record': b64(struct.pack('>QQ', 1, 0) + b'{"value": 36.6}'),
        'leaf': b64(bytes(32)), 'index': b'5', 'path': b64(bytes(32))}
    lines.update(changes)
    return (b'\0asmp evidence 1\n' +
            b''.join(name.encode() + b' ' + value + b'\n'
                     for name, value in lines.items()) +
            b'\nG/readings\n6\n' + b64(bytes(32)) +
            b'\n\n\xe2\x80\x94 G/readings ' + b64(bytes(68)) + b'\n')


def evidences():
    yield 'text', evidence()
    yield 'text-alone', evidence(seal=b'3 1 9 9 1', place=b'0').replace(
        b'leaf ' + b64(bytes(32)) + b'\n', b'')
    yield 'text-expanded', evidence().replace(
        b'\nleaf ', b'\nexpanded ' + b64(bytes(30)) + b'\nleaf ')
    yield 'text-number', evidence(received=b'18446744073709551616')
    yield 'text-place', evidence(place=b'2')
    yield 'text-cut', evidence()[:-90]
    name, key = b'G/audit', b'\1' + bytes([88] + [102] * 31)
    keyid = hashlib.sha256(name + b'\n' + key).hexdigest()[:8].encode()
    yield 'key', b'\1' + b'+'.join((name, keyid, b64(key)))
    yield 'key-id', b'\1' + b'+'.join((name, b'00000000', b64(key)))
    yield 'key-name', b'\1' + b'+'.join((b'G', keyid, b64(key)))
    for number in range(3):
        yield 'genuine%d' % number, bytes([2 + 4 * number])
        yield 'signed%d' % number, bytes([3 + 4 * number])
        yield 'replaced%d' % number, bytes([2 + 4 * number, 1, 0, 0, 65])
        yield 'removed%d' % number, bytes([2 + 4 * number, 0, 200, 1, 0])
        yield 'inserted%d' % number, bytes([2 + 4 * number, 2, 0, 2, 10])
    yield 'undone', bytes([2, 0, 9, 2, 65, 0, 9, 1, 0])
    yield 'signed-changed', bytes([3, 0, 12, 0, 55])


def keys():
    spki = bytes.fromhex('302a300506032b6570032100') + bytes([88] + [102] * 31)
    pkcs8 = bytes.fromhex('302e020100300506032b657004220420') + bytes(32)
    ec = bytes.fromhex('3059301306072a8648ce3d020106082a8648ce3d030107034200')
    ecpriv = (bytes.fromhex('3041020100301306072a8648ce3d020106082a8648ce3d030'
                            '107042730250201010420') + b'\1' * 32)
    yield 'pem', (b'\0-----BEGIN PUBLIC KEY-----\n' + base64.b64encode(spki) +
                  b'\n-----END PUBLIC KEY-----\n')
    yield 'pem-private', (b'\1-----BEGIN PRIVATE KEY-----\r\n' +
                          base64.b64encode(pkcs8) +
                          b'\r\n-----END PRIVATE KEY-----\n')
    yield 'pem-encrypted', (b'\1-----BEGIN ENCRYPTED PRIVATE KEY-----\n' +
                            base64.b64encode(pkcs8) +
                            b'\n-----END ENCRYPTED PRIVATE KEY-----\n')
    yield 'der', b'\2' + spki
    yield 'der-p256', b'\2' + ec + P256
    yield 'der-private', b'\3' + pkcs8
    yield 'der-p256-private', b'\3' + ecpriv
    yield 'word', b'\4p256:' + base64.b64encode(P256)
    yield 'word-kem', b'\5mlkem768:' + base64.b64encode(bytes(1184))


def noises():
    for number in range(3):
        yield 'genuine%d' % number, bytes([number, 0, 0])
        yield 'changed%d' % number, bytes([number, 0, 1, 0, 40, 1])
        yield 'own%d' % number, bytes([number, 3]) + bytes(range(64))
    yield 'zero', bytes([0, 3]) + bytes(32)


def crc(data):
    return struct.pack('>I', zlib.crc32(data)) + data


def outboxes():
    state = b'asmpbox2' + struct.pack('>QQQQ', 3, 5, 1, 41) + s(ID) + s(GATEWAY)
    yield 'state', b'\0' + state + struct.pack('>I', zlib.crc32(state))
    one, two, three = (
        crc(struct.pack('>IQQQ', 7 + n, n, 1600000000000, n) +
            b'{"n":%d}' % 10 ** n)
        for n in (1, 2, 3))
    yield 'segment', b'\1' + one + two + three
    yield 'torn', b'\1' + one + two[:-3]
    yield 'damaged', b'\1' + one + two[:20] + b'?' + two[21:] + three
    yield 'gap', b'\1' + one + three
    yield 'zeros', b'\1' + one + bytes(64) + three
    yield 'repaired-state', b'\2' + state + bytes(4)
    yield 'repaired', b'\3' + one + two + three
    yield 'name', b'\4' + b'000000000000a0ff'


def kems():
    yield 'key', bytes(1185)
    yield 'key-range', b'\0' + b'\xff' * 3 + bytes(1181)
    yield 'genuine', b'\1\0' + bytes(96)
    yield 'changed', b'\1\1' + bytes(96) + bytes([0, 9, 1])
    yield 'private', b'\2\1' + bytes(96) + bytes([0, 0, 255])


def rekeys():
    yield 'genuine', bytes([0, 0])
    yield 'message', bytes([1, 0, 3, 128])
    yield 'answer', bytes([0, 1, 0, 33, 1])
    yield 'own', b'\xff' + bytes(32)


def seals():
    for alg in range(3):
        fixed = bytes([alg]) + bytes(32) + bytes(range(94))
        yield 'genuine%d' % alg, fixed + bytes([1, 0, 0]) + bytes(range(94))
        yield 'changed%d' % alg, fixed + bytes([1, 7, 1])
    yield 'cut', bytes([0]) + bytes(126) + bytes([0, 63])


def windows():
    due = struct.pack('>Q', 5)
    yield 'in-order', due + bytes([2, 0] * 20)
    yield 'late', due + bytes([0, 3, 255, 1, 3, 255, 1, 4, 0, 1, 4, 1, 2, 0])
    yield 'last', b'\xff' * 7 + b'\xf0' + bytes([0, 0, 15, 0, 0, 14, 0, 0, 14])


def base64s():
    yield 'text', struct.pack('>H', 6) + base64.b64encode(b'\xfb\xff12')
    yield 'url', struct.pack('>H', 4) + base64.urlsafe_b64encode(b'\xfb\xff12')
    yield 'loose', struct.pack('>H', 6) + b'AB=='
    yield 'empty', struct.pack('>H', 0)


def compressed():
    z = zlib.compressobj(wbits=-15)
    reading = struct.pack('>QQ', 1, 0) + b'{"value": 36.6, "unit": "C"}'
    packed = z.compress(reading) + z.flush()
    yield 'reading', struct.pack('>H', len(reading)) + packed
    yield 'too-long', struct.pack('>H', len(reading) - 1) + packed
    yield 'stored', b'\1\0' + b'\1\3\0\xfc\xffabc'
    yield 'plain', b'\1\0' + reading * 4
    yield 'behind', b'\1\0' + packed + b'x'


def imsg(kind, data, mark=0):
    """A message in host order, which is little-endian where this ran."""
    return struct.pack('<IIII', kind, 16 + len(data) | mark, 0, 1) + data


def piece(data, fds=0):
    return bytes([fds, len(data) - 1]) + data


def imsgs():
    limit = struct.pack('>HB', 100, 1)
    whole = imsg(7, b'hello\0')
    yield 'whole', limit + piece(whole + imsg(8, b''))
    yield 'cut', limit + piece(whole[:5]) + piece(whole[5:20]) + piece(
        whole[20:])
    yield 'descriptor', limit + piece(imsg(9, b'', 0x80000000), 1)
    yield 'many', limit + piece(whole[:3], 3) + piece(whole[3:], 2)
    yield 'refused', struct.pack('>HB', 3, 0) + piece(whole)
    yield 'short', limit + piece(struct.pack('<IIII', 1, 15, 0, 1))


def chans():
    message = bytes([1, 8, 1, 2]) + b'12345678'
    header = struct.pack('<IHHQ', 20, 3, 0, 1) + b'abcd'
    yield 'messages', (message + message + bytes([2, 3, 4]) + message * 3 +
                       bytes([2, 3, 3, 3, 3]))
    yield 'raw', bytes([0, len(header)]) + header + bytes([2, 4])
    yield 'wrong', bytes([0, 16]) + bytes(16) + bytes([2, 3])
    yield 'sent', (bytes([5, 20, 1]) + bytes(20)) * 4 + bytes([6, 5, 60, 6])


(SESSION, DATA, _, _, SEAL, RECORD, DECIDED, TIME, ORDER, HELLO, ANSWER,
 PROOF, FRAME, CHANGE, NUMBERS, CLOSED, STALL, HOSTILE) = range(18)
CONFIGURE = 31
LATER = 128         # what is sent waits for the next step


def session(slot, who, profile, how=0, proof=2):
    return bytes([SESSION, slot, who, profile - 1, how, proof])


def told(slot, text=0, later=0, packed=0):
    return bytes([DATA | later, slot, 0, 1 | packed, text])


def sealed(slot, who, profile, how=0):
    """A session of a profile with seals: readings, streams, an end."""
    return (session(slot, who, profile, how) + told(slot, later=LATER) +
            told(slot, 1, LATER) +
            bytes([DATA | LATER, slot, 3, 4, 0, 2]) + b'hi' +
            bytes([DATA | LATER, slot, 4, 1, 2]) +
            bytes([SEAL, slot, DECIDED, slot, 1, 50]) + told(slot) +
            bytes([SEAL, slot, RECORD, slot, 1, RECORD, slot, 0, 1]))


def verifies():
    yield 'hybrid', (b'\0\1' + sealed(0, 0, 1) +
                     session(1, 1, 1) + bytes([RECORD, 1, 2]) + told(1) +
                     bytes([SEAL, 1]))
    yield 'asmp', b'\0\x13' + sealed(0, 0, 2, 2) + sealed(1, 1, 2, 1)
    yield 'ztp', (b'\0\4' + session(0, 0, 3) + told(0) +
                  bytes([DATA | LATER, 0, 28, 1, 0, 0, 9]) + told(0, 4) +
                  bytes([DATA, 0, 4, 1, 3, ORDER, 0, 3, 1]))
    yield 'slmp', (b'\0\2' + session(0, 2, 4) + told(0) +
                   bytes([DATA, 0, 3, 0, 5]) + b'hello' +
                   bytes([DATA, 0, 4, 1, 0, TIME, 255]) + bytes(8) +
                   bytes([RECORD, 0, 0, 0]))
    yield 'smcp', (b'\0\x21' + session(0, 1, 5) + session(1, 3, 5) +
                   bytes([DATA, 0, 32, 1, DATA, 1, 32, 1]) +
                   bytes([DATA, 0, 32, 1, 7, DATA, 1, 32, 1, 8]) +
                   bytes([TIME, 31, DATA, 0, 32, 3]) + b'\x7f' + b'\xff' * 7 +
                   bytes([DATA, 1, 60, 0, 0]))
    yield 'aggregate', (b'\0\1' + session(0, 0, 3) + session(1, 1, 5) +
                        session(2, 2, 6) + bytes([DATA, 1, 32, 1]) +
                        told(0) + bytes([DATA, 1, 32, 1, 7]) + told(2) +
                        told(0, 1) + told(2, 2) + bytes([TIME, 31]) +
                        bytes([DATA, 1, 32, 3]) + b'\x80' + bytes(7) +
                        bytes([TIME, 31]))
    yield 'anomaly', (b'\0\x10' + session(0, 0, 3) + told(0) * 2 +
                      told(0, 2))
    yield 'late', (b'\0\x0a' + session(0, 0, 3, 0, 2) +
                   bytes([DATA, 0, 3, 0, 1]) + b'a' + bytes([TIME, 13]) +
                   bytes([DATA, 0, 3, 0, 1]) + b'b' +
                   bytes([RECORD, 0, 8, 3]) + told(0))
    yield 'iomt', (b'\0\x15' + session(0, 4, 6) + told(0) + told(0, 2) +
                   bytes([DATA, 0, 67]) + bytes(7) + b'\x17' +
                   bytes([0, 0, TIME, 41]))
    for profile in range(1, 7):
        yield 'handshake%d' % profile, (
            b'\0\0' + bytes([HELLO, 0, 0, profile - 1, 2, ANSWER]) +
            bytes([PROOF, 0, 1, 3 if profile == 6 else 0]) +
            bytes(32 if profile < 3 else 0) +
            bytes([ANSWER, 1, 0, PROOF, 0, 1]) + bytes(32) +
            bytes([ANSWER, 1, 2]) + told(0))
    yield 'model', (b'\0\0' + sealed(0, 0, 2) +
                    bytes([CLOSED, 0, 0]) + session(0, 0, 2, 0, 18) + told(0))
    yield 'stall', (b'\0\1' + session(0, 0, 3) + bytes([STALL, 1, 0, 1]) +
                    told(0) + bytes([STALL, 3, 1, 0]) + told(0) +
                    bytes([STALL, 0]) + told(0))
    yield 'slow', (b'\0\1' + session(0, 0, 3) + session(1, 2, 6) +
                   bytes([STALL, 4]) + told(0) * 2 + told(1) +
                   bytes([STALL, 5]) + told(0) + bytes([STALL, 0]) + told(1))
    yield 'reload', (b'\0\3' + session(0, 0, 1) + session(1, 1, 5) +
                     bytes([DATA, 1, 32, 1, DATA, 1, 32, 1, 7]) +
                     bytes([CONFIGURE, 8, TIME, 127, CONFIGURE, 33]) +
                     told(0) + bytes([SEAL, 0, ORDER, 1, 0, ORDER, 0, 2]) +
                     struct.pack('>H', 5) + b'hello')
    yield 'wrong', (b'\0\0' + session(0, 0, 2) +
                    told(0, later=LATER) + bytes([CHANGE, 0, 0, 30, 1]) +
                    session(1, 1, 3) + bytes([FRAME, 1, 3, 3, 0, 40]) +
                    bytes(40) + session(2, 2, 6) +
                    bytes([NUMBERS, 2, 1, 255]) + told(2))
    yield 'hostile', (b'\1\1' + session(0, 0, 2) +
                      bytes([HOSTILE, 0, 2, 0, 0, 3, 1, 2, 3]) +
                      bytes([HOSTILE, 4, 0, 0, 0, 40]) + bytes(40) + b'\5')


EXCHANGE, ONE_WAY, SAY, MEAN, FETCH, REPLY, SETTING, SECRET, ALTER, BYTES = (
    0, 3, 4, 6, 7, 8, 9, 10, 12, 13)
ALL = bytes([EXCHANGE, 255, 255])


def devices():
    def send(what, text, rest=bytes(8)):
        return bytes([SAY, len(text) - 1, what]) + text + rest
    for number in range(6):
        value = bytes([SAY, 0, 3, 0]) + bytes(7) + b'\5'
        yield 'session%d' % number, (
            bytes([number]) + ALL + bytes([FETCH]) +
            (value if number == 4 else send(0, b'{"a": 1}') +
             send(5, b'hello', b'')) +
            bytes([MEAN, 0]) + ALL + bytes([FETCH, MEAN, 1]) + ALL +
            bytes([REPLY, 3, 0]) + b'abcd' + bytes([9, 2, 51]) + ALL +
            bytes([FETCH, MEAN, 5]) + ALL)
        yield 'told%d' % number, (
            bytes([number]) + ALL + bytes([SECRET, 10, 1, 0, 16]) +
            bytes(16) + ALL)
        yield 'alter%d' % number, (
            bytes([number, ONE_WAY, 0, ALTER, 0, 60, 1, ONE_WAY, 1]) + ALL)
    yield 'rekey', (bytes([0]) + ALL + bytes([MEAN, 2]) + ALL +
                    send(0, b'{}') + bytes([MEAN, 0]) + ALL)
    yield 'auth', (bytes([1, ONE_WAY, 0, ONE_WAY, 1, SECRET, 7, 1, 0, 48]) +
                   bytes(48) + ALL)
    for setting in range(9):
        yield 'setting%d' % setting, (
            bytes([setting % 6, SETTING, setting, 9]) + ALL)
    yield 'ended', bytes([1]) + ALL + bytes([15])
    yield 'bytes', bytes([1, BYTES, 24]) + bytes(24)


def answers():
    ok = bytes([0, 0, 0, 0, 3]) + b'fin'
    status = b''.join(bytes([2, i]) + bytes(40) + bytes([i]) + bytes(8)
                      for i in range(5))
    session = bytes([2]) + bytes(33) + bytes([1, 11]) + b'127.0.0.1:1'
    device = bytes([2, 7, 1, 1, 1, 255]) + bytes(16) + bytes([1, 6]) + b'device'
    kem = bytes([2, 8, 4, 1, 1, 255]) + bytes(16) + bytes([2, 4]) + b'role'
    event = bytes([2]) + bytes(16) + bytes([3, 41, 1, 1]) + b'a' + bytes(
        [8]) + b'\x1b[2J\xc3\xa9\n\\'
    page = bytes([1, 9])
    parts = (status, status, status, status, session * 2, device + page + kem,
             device, event * 2, b'')
    for mode, name in ((2, 'text'), (3, 'json')):
        for number, part in enumerate(parts):
            yield '%s%d' % (name, number), bytes([mode, number]) + part + ok
    yield 'export', b'\4' + device + kem + ok
    for form in range(1, 5):
        yield 'export%d' % form, bytes([1, form]) + device + kem + ok
    rows = b''.join(bytes([2, how, n, 7]) + bytes(8) + bytes([44, 1, 4]) +
                    b'{\x1b\xc3}' for n, how in ((1, 2), (2, 4), (3, 228)))
    rising = b''.join(bytes([2, how]) + bytes([n] * 8) + bytes([7]) +
                      bytes(8) + bytes([0, 1, 4]) + b'=\x1b"}'
                      for n, how in ((1, 3), (2, 5)))
    for mode, name in ((2, 'text'), (3, 'json')):
        yield name + 'rows', bytes([mode, 9, 1]) + rows + ok
        yield name + 'pipeless', bytes([mode, 9, 0]) + rows + ok
        yield name + 'nul', (bytes([mode, 9, 1, 2, 0, 1, 7]) + bytes(8) +
                             bytes([44, 1, 4]) + b'{\0\0}' + ok)
    for form in range(5):
        yield 'rows%d' % form, bytes([5, form, 1]) + rising + ok
    key = (bytes([2, 1]) + bytes(16) + bytes([1, 32, 84, 7, 3]) + b'G\x1bW' +
           bytes(225))
    counted = bytes([2]) + bytes(8) + bytes([1]) + bytes(8) + bytes([1, 7])
    names = bytes([3, 1, 2, 3, 4, 1])
    for mode, name in ((2, 'text'), (3, 'json')):
        yield name + 'keys', bytes([mode, 10, 1]) + key + ok
        yield name + 'status', bytes([mode, 11, 1]) + counted + ok
        yield name + 'statistics', (bytes([mode, 12, 1, 2]) + bytes(17) +
                                    names + ok)
        yield name + 'database', (bytes([mode, 13, 1, 2, 3, 2]) + b'E\x1b' +
                                  bytes([1, 33]) + names + ok)
        # Whole, without its time, no JSON, and longer than it says.
        yield name + 'audit', (bytes([mode, 14, 1]) + b''.join(
            bytes([2, how, n, 16]) + b'A\x1bTH' + bytes(59) +
            bytes([1, 2, 3, 4, 5])
            for n, how in ((1, 0), (2, 32), (3, 225), (4, 241))) + ok)
    yield 'denied', b'\2\4' + bytes([0, 1, 0, 0, 2]) + b'no'
    yield 'size', b'\3\5' + bytes([192, 0, 9]) + bytes(9)


def logs():
    """A start, then what is written, signed, asked and told."""
    def begun(n, rows, *steps):
        end = bytes([1, 0])
        return bytes([n, rows, 1, 0, n]) + rows_of(rows) + end + b''.join(
            steps)

    def rows_of(n):
        return b''.join(bytes([0, 1, i + 1]) + bytes([1] * 8)
                        for i in range(n))

    page = bytes([2, 0, 2, 5, 6])
    forged = bytes([2, 4, 2, 5, 1, 6, 0])
    event = bytes([10, 4, 65, 9])
    failure = bytes([10, 1, 65, 9, 3])
    written = bytes([4, 1])
    tree = bytes([5, 2])
    ask, gone = bytes([8, 1]), bytes([9, 1])
    timer = b''.join(bytes([12, i, 20]) for i in range(7))
    broken, mended = bytes([14, 1]), bytes([14, 0])
    sign = bytes([15])
    yield 'new', begun(0, 0, page, event, written, sign, timer, tree)
    yield 'goes_on', begun(7, 1, page, written * 3, sign, ask, tree, timer)
    yield 'forged', begun(7, 1, forged, event, written * 4, timer, sign)
    yield 'unanchored', begun(3, 0, page, event, written, broken, sign, ask,
                              tree, timer, mended, tree, ask, tree, gone)
    yield 'failures', begun(3, 0, page, failure * 80, written * 9, timer)
    yield 'broken', begun(3, 0, page, ask, bytes([5, 66]) + b'root', ask)
    yield 'unread', begun(3, 0, page, ask, bytes([7, 0]), ask, tree)


def proved(slot, who, prove=0, lookup=1, opened=bytes([1, 1])):
    """A device that shakes hands, as verify and the parent see it."""
    return (bytes([0, slot]) + opened + bytes([2, slot]) + bytes(32) +
            bytes([2, slot, lookup, who, 1]) + bytes(16) +
            bytes([2, slot, prove, 0, 0]))


def parents():
    for who in range(6):
        yield 'device%d' % who, b'\0' + proved(0, who)
    yield 'replaced', b'\0' + proved(0, 0) + proved(1, 0)
    yield 'ticket', (b'\0' + proved(0, 0, 0, 65) + bytes([1, 0, 0, 1, 0, 1]) +
                     proved(0, 0, 0, 73))
    yield 'wrong', b'\0' + proved(0, 1, 128) + bytes([3, 3])
    yield 'early', b'\0' + proved(0, 2, 0, 1, bytes([1, 0]))
    yield 'closed', (b'\0' + proved(0, 0)[:-3] + bytes([130, 0, 0, 129, 0, 0]) +
                     bytes([7, 2, 7, 1, 1, 0, 1]))
    yield 'revoked', b'\0' + proved(0, 4) + bytes([9, 1, 4, 0, 9, 2, 4, 0])
    yield 'enrolled', (b'\0' + bytes([8, 1, 0, 9, 0, 0]) +
                       bytes([8, 2, 0, 1, 1, 0]) + bytes([8, 3, 0, 1, 2, 0]) +
                       bytes([8, 4, 0, 0, 3, 0]))
    yield 'imported', (b'\0' + bytes([10, 10, 0, 0, 0, 1]) +
                       bytes([8, 129, 1, 9, 0, 1, 8, 130, 2, 9, 1, 1]) +
                       bytes([10, 12, 0, 0, 0, 1]))
    yield 'refused', (b'\0' + bytes([10, 10, 0, 0, 0, 1]) +
                      bytes([8, 129, 1, 9, 0, 1, 8, 130, 2, 9, 4, 1]) +
                      bytes([10, 12, 0, 0, 0, 1]))
    yield 'shown', b'\0' + b''.join(bytes([10, i, 0, 0, 0]) + bytes(9)
                                    for i in range(1, 17))
    yield 'hostile', (b'\1' + proved(0, 0) +
                      bytes([13, 1, 24, 0, 0, 40]) + bytes(41))
    yield 'status', (b'\1' + bytes([10, 1, 0, 0, 0, 0]) +
                     b'\1' + struct.pack('<I', 1) + b'\377' * 1000)
    yield 'session', (b'\1' + bytes([10, 5, 0, 0, 0]) + bytes(9) +
                      b'\1' + b'\377' * 1000)


def controls():
    def message(peer, kind, words=0):
        return bytes([2, peer, kind, words]) + bytes(4 * words)
    answered = bytes([6, 0, 1, 4, 1, 1])
    yield 'asked', (bytes([0, 0, 0]) + message(0, 1) + answered +
                    bytes([4, 0, 5, 0]))
    yield 'many', (bytes([0, 0, 1]) + message(0, 1) + message(0, 11) * 2 +
                   answered + bytes([8, 0]) + message(0, 12))
    yield 'restricted', (bytes([0, 1, 64]) + message(1, 14) + message(1, 1) +
                         bytes([4, 1]))
    yield 'monitor', (bytes([0, 0, 0]) + message(0, 16) + bytes([7, 255]) * 9 +
                      bytes([5, 0]))
    yield 'wrong', (bytes([0, 0, 2, 1, 0, 16]) +
                    struct.pack('<IIII', 1, 9999, 0, 0))
    yield 'pieces', (bytes([0, 0, 0, 1, 0, 7]) + bytes(
        [1, 0, 0, 0, 16, 0, 0]) + bytes([1, 0, 9]) + bytes(9) + answered)
    yield 'behind', (bytes([0, 0, 0, 8, 1]) + message(0, 1) + message(0, 2) +
                     bytes([8, 0, 8, 0, 5, 0]))


def nets():
    def sent(peer, n=1, length=9, last=33, version=0):
        return (bytes([3, peer, n - 1] + ([0, version] if version else [1]) +
                      [5]) + struct.pack('>H', length) + b'\1' +
                struct.pack('>H', last))
    connect, up, taken = bytes([0, 0]), bytes([6, 0]), bytes([8, 0])
    said = bytes([5, 0, 0, 9, 7])
    yield 'session', (b'\0' + connect + sent(0) + taken + up + said +
                      sent(0, 4) + taken + bytes([10, 0, 7, 0, 1, 11, 0]))
    yield 'cut', (b'\0' + connect + sent(0, 2, 40, 30) + bytes([1, 0, 34]) +
                  bytes(34) + taken)
    yield 'version', b'\0' + connect + up + sent(0, 2, 3, 27, 9) + bytes(
        [7, 0, 0])
    yield 'length', b'\0' + connect + up + sent(0, 1, 600, 624) + bytes(
        [7, 0, 1])
    for how in range(3):
        yield 'closed%d' % how, (b'\0' + connect + sent(0) + said +
                                 bytes([7, 0, how, 13, 30, 10, 0, 13, 30]))
    yield 'limits', b'\0' + bytes([0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 13, 255])
    yield 'stall', (b'\0' + connect + bytes([14, 0, 9, 1]) + sent(0) +
                    bytes([11, 0, 14, 0, 0, 0]))
    yield 'slow', (b'\0' + connect + (bytes([5, 0, 15, 255, 7]) * 8) +
                   bytes([10, 0, 10, 0]))
    yield 'dropped', b'\0' + connect + bytes([12, 0])
    yield 'hostile', b'\1' + connect + bytes([15, 7, 0, 4, 1, 1, 0, 0, 0])


CORPORA = {
    'ack': acks,
    'asmpctl': answers,
    'logs': logs,
    'base64': base64s,
    'chan': chans,
    'compress': compressed,
    'control': controls,
    'data': datas,
    'device': devices,
    'enrolment': enrolments,
    'evidence': evidences,
    'frame': frames,
    'gateway_auth': gateway_auths,
    'hello': hellos,
    'imsg': imsgs,
    'init': inits,
    'kem': kems,
    'key': keys,
    'net': nets,
    'noise': noises,
    'outbox': outboxes,
    'parent': parents,
    'rekey': rekeys,
    'seal': seals,
    'secret': secrets,
    'token': tokens,
    'verify': verifies,
    'window': windows,
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
