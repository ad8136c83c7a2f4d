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

"""The files of asmp-keygen, read by what shares no code with it.

    keyfiles.py bytes FILE          what is in a file of one line, in hex
    keyfiles.py token TOKEN ISSUER  a token's fields, and whether its tag is
                                    the HMAC of its body under this key
    keyfiles.py alter TOKEN BYTE    the token with a bit of this byte flipped
    keyfiles.py sha3 TEXT           SHA3-512 of an ML-KEM-768 key's text
"""

import base64
import hashlib
import hmac
import struct
import sys


def load(path, magic=None):
    line = open(path).read()
    assert line.endswith('\n') and line.count('\n') == 1
    name, text = line[:-1].split(' ')
    assert magic in (None, name), name
    return base64.b64decode(text, validate=True)


def lengthened(data):
    n = data[0]
    assert len(data) > n
    return data[1:1 + n].decode('ascii'), data[1 + n:]


def token(path, issuer):
    data = load(path, 'asmp-token-1')
    body, tag = data[:-32], data[-32:]
    version, key, role, not_before, expires, jti = struct.unpack(
        '>BBBQQ16s', body[:35])
    audience, rest = lengthened(body[35:])
    client, rest = lengthened(rest)
    assert rest == b''
    secret = load(issuer, 'asmp-issuer-1')
    assert len(secret) == 33
    want = hmac.new(secret[1:], b'ASMP/1 token\0' + body, hashlib.sha256)
    for name, value in (
            ('version', version), ('key', key), ('role', role),
            ('not_before', not_before), ('expires', expires),
            ('jti', jti.hex()), ('audience', audience), ('client', client),
            ('issuer', secret[0]),
            ('tag', 'holds' if tag == want.digest() else 'does not hold')):
        print(name, value)


def alter(path, place):
    data = bytearray(load(path))
    data[int(place)] ^= 1
    print(open(path).read().split(' ')[0],
          base64.b64encode(bytes(data)).decode('ascii'))


def sha3(text):
    name, key = text.split(':')
    key = base64.b64decode(key, validate=True)
    assert name == 'mlkem768' and len(key) == 1184
    print(hashlib.sha3_512(key).hexdigest())


commands = {'bytes': lambda path: print(load(path).hex()), 'token': token,
            'alter': alter, 'sha3': sha3}
if len(sys.argv) < 3 or sys.argv[1] not in commands:
    sys.exit(__doc__)
commands[sys.argv[1]](*sys.argv[2:])
