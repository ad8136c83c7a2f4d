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


# ML-KEM-768 against npm's @noble/post-quantum and PyPI's cryptography, each
# with our keys, ciphertexts and refusals and we with theirs.  The modules
# are sought in the node_modules that ASMP_NODE_MODULES names, by default
# that of the user's cache; the interpreter is ASMP_PYTHON, or python3.

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/asmpd
modules=${ASMP_NODE_MODULES:-${cache}/node_modules}
noble=${modules}/@noble/post-quantum/ml-kem.js
python=${ASMP_PYTHON:-python3}
rounds=25

require_noble()
{
	command -v node >/dev/null || atf_skip "no node"
	[ -r "${noble}" ] || atf_skip \
	    "no ${noble}; set ASMP_NODE_MODULES or run scripts/node.sh"
}

require_cryptography()
{
	command -v "${python}" >/dev/null || atf_skip "no ${python}"
	if ! "${python}" -c \
	    'from cryptography.hazmat.primitives.asymmetric import mlkem' \
	    2>/dev/null; then
		atf_skip \
		    "${python} has no cryptography 48; run scripts/deps.sh check"
	fi
}

# Play the case $1 of the script below, which says so when all has agreed.
play_noble()
{
	require_noble
	cat >peer.mjs <<'EOF'
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [program, noble, which, rounds] = process.argv.slice(2);
const { ml_kem768: kem } = await import(pathToFileURL(noble));
const peer = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const hex = (bytes) => Buffer.from(bytes).toString('hex');

async function ask(command, ...words) {
  peer.stdin.write([command, ...words.map(hex)].join(' ') + '\n');
  const { value, done } = await lines.next();
  assert(!done, 'the peer is gone');
  if (value === 'refused' || value === 'accepted')
    return value;
  return value.split(' ').map((word) => Buffer.from(word, 'hex'));
}

function same(ours, theirs, what) {
  assert.equal(hex(ours), hex(theirs), what);
}

const cases = {
  async keys() {
    const seed = randomBytes(64);
    const [ek, dk] = await ask('keypair', seed);
    const theirs = kem.keygen(seed);
    same(ek, theirs.publicKey, 'ek');
    same(dk, theirs.secretKey, 'dk');
    assert.equal(await ask('check', theirs.secretKey), 'accepted');
  },

  async theirs_to_us() {
    const [ek, dk] = await ask('keypair', randomBytes(64));
    const m = randomBytes(32);
    const theirs = kem.encapsulate(ek, m);
    const [ss] = await ask('decaps', dk, theirs.cipherText);
    same(ss, theirs.sharedSecret, 'secret');
    const [ct] = await ask('encaps', ek, m);
    same(ct, theirs.cipherText, 'ciphertext');
  },

  async ours_to_them() {
    const { publicKey, secretKey } = kem.keygen(randomBytes(64));
    const [ct, ss] = await ask('encaps', publicKey, randomBytes(32));
    same(ss, kem.decapsulate(ct, secretKey), 'secret');
  },

  async rejection() {
    const { publicKey, secretKey } = kem.keygen(randomBytes(64));
    const [ct, ss] = await ask('encaps', publicKey, randomBytes(32));
    const wrong = [randomBytes(1088), Buffer.alloc(1088), Buffer.from(ct)];
    wrong[2][randomBytes(2).readUInt16LE() % 1088] ^= 1 << ct[0] % 8;
    for (const one of wrong) {
      const [got] = await ask('decaps', secretKey, one);
      same(got, kem.decapsulate(one, secretKey), 'rejection secret');
      assert.notEqual(hex(got), hex(ss));
    }
  },

  async malformed_key() {
    const { publicKey, secretKey } = kem.keygen(randomBytes(64));
    const ek = Buffer.from(publicKey);
    const at = 3 * (randomBytes(2).readUInt16LE() % 384);
    ek[at] = 0x01;
    ek[at + 1] = ek[at + 1] & 0xf0 | 0x0d;
    assert.equal(await ask('encaps', ek, randomBytes(32)), 'refused');
    assert.throws(() => kem.encapsulate(ek, randomBytes(32)), /modulus/);
    const dk = Buffer.from(secretKey);
    dk[1152 + at] ^= 1;
    assert.equal(await ask('check', dk), 'refused');
    assert.throws(() => kem.decapsulate(Buffer.alloc(1088), dk), /hash/);
  },
};

for (let i = 0; i < Number(rounds); i++)
  await cases[which]();
peer.stdin.end();
console.log('agreed');
EOF
	atf_check -o inline:'agreed\n' node peer.mjs \
	    "$(atf_get_srcdir)/mlkem_peer" "${noble}" "$1" "${rounds}"
}

play_cryptography()
{
	require_cryptography
	cat >peer.py <<'EOF'
import os
import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric import mlkem

program, which, rounds = sys.argv[1:]
peer = subprocess.Popen([program], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, text=True)


def ask(command, *words):
    print(command, *(w.hex() for w in words), file=peer.stdin, flush=True)
    answer = peer.stdout.readline().strip()
    if answer in ('refused', 'accepted'):
        return answer
    return [bytes.fromhex(word) for word in answer.split()]


def keys():
    seed = os.urandom(64)
    theirs = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
    ek, dk = ask('keypair', seed)
    assert theirs.public_key().public_bytes_raw() == ek
    return theirs, ek, dk


def theirs_to_us():
    theirs, ek, dk = keys()
    ss, ct = mlkem.MLKEM768PublicKey.from_public_bytes(ek).encapsulate()
    assert ask('decaps', dk, ct) == [ss]


def ours_to_them():
    theirs, ek, dk = keys()
    ct, ss = ask('encaps', ek, os.urandom(32))
    assert theirs.decapsulate(ct) == ss


def rejection():
    theirs, ek, dk = keys()
    ct, ss = ask('encaps', ek, os.urandom(32))
    flipped = bytearray(ct)
    flipped[os.urandom(1)[0]] ^= 0x40
    for wrong in (os.urandom(1088), bytes(1088), bytes(flipped)):
        assert ask('decaps', dk, wrong) == [theirs.decapsulate(wrong)] != [ss]


def malformed_key():
    theirs, ek, dk = keys()
    at = 3 * (int.from_bytes(os.urandom(2), 'little') % 384)
    bad = bytearray(ek)
    bad[at], bad[at + 1] = 0x01, bad[at + 1] & 0xf0 | 0x0d
    assert ask('encaps', bytes(bad), os.urandom(32)) == 'refused'
    try:
        mlkem.MLKEM768PublicKey.from_public_bytes(bytes(bad)).encapsulate()
    except ValueError:
        return
    raise AssertionError('taken by cryptography')


for i in range(int(rounds)):
    globals()[which]()
print('agreed')
EOF
	atf_check -o inline:'agreed\n' "${python}" peer.py \
	    "$(atf_get_srcdir)/mlkem_peer" "$1" "${rounds}"
}

for case in keys theirs_to_us ours_to_them rejection malformed_key; do
	for library in noble cryptography; do
		atf_test_case "${library}_${case}"
		eval "${library}_${case}_body() { play_${library} ${case}; }"
	done
done

atf_init_test_cases()
{
	for case in keys theirs_to_us ours_to_them rejection malformed_key; do
		for library in noble cryptography; do
			atf_add_test_case "${library}_${case}"
		done
	done
}
