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



"""What asmpctl audit export writes, for logcheck: a line each, in hex.

    exported.py DIRECTORY
"""

import base64
import json
import os
import sys


def read(name):
    with open(os.path.join(sys.argv[1], name), 'rb') as f:
        return f.read()


def lines(name):
    for line in read(name).splitlines():
        yield json.loads(line)


def proof(kind, first, size, o):
    print(kind, first, size, *(base64.b64decode(p).hex() for p in o['path']))


note = read('checkpoint')
size = int(note.split(b'\n')[1])
print('key', read('key').decode().strip())
for record in read('records').split(b'\n')[:-1]:
    print('leaf', record.hex())
print('checkpoint', size, note.hex())
for o in lines('inclusion'):
    proof('inclusion', o['index'], size, o)
for o in lines('consistency'):
    print('checkpoint', o['size'], base64.b64decode(o['checkpoint']).hex())
    proof('consistency', o['size'], size, o)
