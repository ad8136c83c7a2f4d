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


"""The audit log of a database, checked with nothing of ours.

    auditlog.py DATABASE GATEWAY.vkey
                        reads all records, hashes and checkpoints, and prints
                        how many there are if all of them agree; the exit
                        status is 1 if they do not.  A record is as asmp(7)
                        says, a hash is its record's, and every checkpoint is
                        signed over the records of its size.
"""

import json
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'man'))
sys.dont_write_bytecode = True

from evidence import H, Refused, checkpoint, must  # noqa: E402

FIELDS = ['event_type', 'device_id', 'gateway_id', 'message', 'timestamp',
          'status']
STAMP = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z')
AUDIT = 0


def check_record(seq, row, gateway, before):
    """Its text, and the columns that were made of it; returns its time."""
    at, time, ok, device, gw, leaf, data = row
    must(at == seq, 'record %d where %d is due' % (at, seq))
    pairs = json.loads(data, object_pairs_hook=list)
    must([k for k, _ in pairs] == FIELDS, 'record %d: fields' % seq)
    must(all(isinstance(v, str) for _, v in pairs), 'record %d: text' % seq)
    must(json.dumps(dict(pairs), ensure_ascii=False,
                    separators=(',', ':')) == data or '\\' in data,
         'record %d: not one line' % seq)
    record = dict(pairs)
    must(STAMP.fullmatch(record['timestamp']), 'record %d: time' % seq)
    must(record['timestamp'] >= before, 'record %d: goes back' % seq)
    must(record['gateway_id'] == gw == gateway, 'record %d: gateway' % seq)
    must(record['device_id'] == device, 'record %d: device' % seq)
    must(record['status'] == ('success' if ok else 'failure'),
         'record %d: status' % seq)
    must(record['timestamp'][20:26] == '%06d' % (time % 1000000),
         'record %d: microseconds' % seq)
    must(H(b'\0', data.encode()) == leaf, 'record %d: hash' % seq)
    return record['timestamp']


class Tree:
    """The roots of a log that grows."""

    def __init__(self):
        self.nodes = []         # of whole subtrees, the largest first
        self.size = 0

    def append(self, leaf):
        self.nodes.append(leaf)
        self.size += 1
        n = self.size
        while n % 2 == 0:
            right = self.nodes.pop()
            self.nodes.append(H(b'\1', self.nodes.pop(), right))
            n //= 2

    def root(self):
        if not self.nodes:
            return H()
        top = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            top = H(b'\1', node, top)
        return top


def check(db, vkeys):
    gateway = vkeys[0].split('/')[0]
    notes = dict(db.execute('SELECT size, note FROM checkpoint WHERE log = ?',
                            (AUDIT,)))
    n, before, tree = len(notes), '', Tree()
    rows = db.execute('SELECT seq, time, ok, device, gateway, leaf, data '
                      'FROM audit ORDER BY seq')
    for seq, row in enumerate(rows):
        before = check_record(seq, row, gateway, before)
        tree.append(row[5])
        note = notes.pop(tree.size, None)
        if note is None:
            continue
        must(note.endswith('\n'), 'checkpoint %d: end' % tree.size)
        must(checkpoint(note[:-1].split('\n'), gateway + '/audit', vkeys) ==
             (tree.size, tree.root()), 'checkpoint %d: root' % tree.size)
    must(not notes, 'checkpoints without records: %s' % sorted(notes))
    last = db.execute('SELECT max(size) FROM checkpoint WHERE log = ?',
                      (AUDIT,)).fetchone()[0]
    return tree.size, n, tree.size - (last or 0)


def main(path, vkey):
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True, timeout=10)
    db.execute('BEGIN')
    with open(vkey, encoding='ascii') as f:
        vkeys = f.read().splitlines()
    try:
        print('%d records, %d checkpoints, %d unsigned' % check(db, vkeys))
    except (Refused, ValueError) as e:
        sys.exit('auditlog.py: %s' % e)


if __name__ == '__main__':
    main(*sys.argv[1:])
