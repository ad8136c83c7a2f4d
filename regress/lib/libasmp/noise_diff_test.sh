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

# Noise NN against PyPI's noiseprotocol, each side playing each part.  The

# Noise NN and NNhfs, each side playing each part: against PyPI's
# noiseprotocol, which knows NN over X25519 alone, and against the rules of
# the Noise specifications written down here on PyPI's cryptography, by which
# REKEY is tried as well.  The interpreter is ASMP_PYTHON, or python3.

python=${ASMP_PYTHON:-python3}
rounds=10

require_python()
{
	if ! command -v "${python}" >/dev/null; then
		atf_skip "no ${python}; set ASMP_PYTHON or run scripts/deps.sh"
	fi
	if ! "${python}" -c "import $1" 2>/dev/null; then
		atf_skip "${python} has no $2; run scripts/deps.sh check"
	fi
}

# How both scripts talk to noise_peer.
write_peer()
{
	cat >peer.py <<'EOF'
import subprocess


class Peer:
    def __init__(self, *args):
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def hear(self):
        return bytes.fromhex(self.process.stdout.readline().strip())

    def say(self, message):
        print(message.hex(), file=self.process.stdin, flush=True)

    def agrees(self, **values):
        for name, value in values.items():
            assert self.hear() == value, name + ' differs'
        assert self.process.wait() == 0
EOF
}

write_noiseprotocol()
{
	cat >play.py <<'EOF'
import os
import sys

from noise.connection import NoiseConnection
from peer import Peer

program, agreement, part, rounds = sys.argv[1:]


def play():
    prologue = os.urandom(35)
    ours = NoiseConnection.from_name(b'Noise_NN_25519_ChaChaPoly_SHA256')
    ours.set_prologue(prologue)
    if part == 'initiator':
        ours.set_as_responder()
    else:
        ours.set_as_initiator()
    ours.start_handshake()

    peer = Peer(program, agreement, part, prologue.hex())
    if part == 'initiator':
        assert ours.read_message(peer.hear()) == b''
        peer.say(ours.write_message())
    else:
        peer.say(ours.write_message())
        assert ours.read_message(peer.hear()) == b''

    state = ours.noise_protocol
    n1, n2 = state.cipher_state_encrypt.k, state.cipher_state_decrypt.k
    if part == 'initiator':
        n1, n2 = n2, n1
    assert ours.handshake_finished
    peer.agrees(h=ours.get_handshake_hash(), n1=n1, n2=n2)


for i in range(int(rounds)):
    play()
print('agreed')
EOF
}

# Noise, revision 34, sections 4 and 5, and noise_hfs, revision 1; and what
# asmp(7) says of REKEY.
write_cryptography()
{
	cat >play.py <<'EOF'
import hashlib
import hmac
import os
import sys

from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat)
from peer import Peer

program, agreement, part, rounds = sys.argv[1:]


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


class X25519:
    length = 32

    def __init__(self):
        self.key = x25519.X25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes_raw()

    def value(self, theirs):
        return self.key.exchange(
            x25519.X25519PublicKey.from_public_bytes(theirs))


class P256:
    length = 65

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint)

    def value(self, theirs):
        return self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256R1(), theirs))


SUITES = {
    'x25519': (b'Noise_NN_25519_ChaChaPoly_SHA256', X25519, False),
    'p256': (b'Noise_NN_P256_ChaChaPoly_SHA256', P256, False),
    'hybrid': (b'Noise_NNhfs_25519+MLKEM768_ChaChaPoly_SHA256', X25519, True),
}


class Symmetric:
    def __init__(self, name, prologue):
        self.h = name.ljust(32, b'\0') if len(name) <= 32 else sha256(name)
        self.ck, self.k, self.n = self.h, None, 0
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def hkdf(self, ikm):
        prk = mac(self.ck, ikm)
        first = mac(prk, b'\1')
        return first, mac(prk, first + b'\2')

    def mix_key(self, ikm):
        self.ck, self.k = self.hkdf(ikm)
        self.n = 0

    def aead(self):
        nonce = bytes(4) + self.n.to_bytes(8, 'little')
        self.n += 1
        return ChaCha20Poly1305(self.k), nonce

    def encrypt_and_hash(self, data):
        if self.k is not None:
            cipher, nonce = self.aead()
            data = cipher.encrypt(nonce, data, self.h)
        self.mix_hash(data)
        return data

    def decrypt_and_hash(self, data):
        clear = data
        if self.k is not None:
            cipher, nonce = self.aead()
            clear = cipher.decrypt(nonce, data, self.h)
        self.mix_hash(data)
        return clear


def initiate(state, dh, hfs, peer):
    e = dh()
    state.mix_hash(e.public)
    message = e.public
    if hfs:
        e1 = mlkem.MLKEM768PrivateKey.generate()
        message += state.encrypt_and_hash(e1.public_key().public_bytes_raw())
    peer.say(message + state.encrypt_and_hash(b''))

    message = peer.hear()
    re, message = message[:dh.length], message[dh.length:]
    state.mix_hash(re)
    state.mix_key(e.value(re))
    if hfs:
        ct, message = message[:1088 + 16], message[1088 + 16:]
        state.mix_key(e1.decapsulate(state.decrypt_and_hash(ct)))
    assert state.decrypt_and_hash(message) == b''


def respond(state, dh, hfs, peer):
    message = peer.hear()
    re, message = message[:dh.length], message[dh.length:]
    state.mix_hash(re)
    if hfs:
        re1, message = message[:1184], message[1184:]
        re1 = mlkem.MLKEM768PublicKey.from_public_bytes(
            state.decrypt_and_hash(re1))
    assert state.decrypt_and_hash(message) == b''

    e = dh()
    message = e.public
    state.mix_hash(e.public)
    state.mix_key(e.value(re))
    if hfs:
        ss, ct = re1.encapsulate()
        message += state.encrypt_and_hash(ct)
        state.mix_key(ss)
    peer.say(message + state.encrypt_and_hash(b''))


def handshake():
    name, dh, hfs = SUITES[agreement]
    prologue = os.urandom(35)
    state = Symmetric(name, prologue)
    peer = Peer(program, agreement, part, prologue.hex())
    (respond if part == 'initiator' else initiate)(state, dh, hfs, peer)
    n1, n2 = state.hkdf(b'')
    peer.agrees(h=state.h, n1=n1, n2=n2)


def expand(key, label, context=b''):
    return mac(key, b'ASMP/1 ' + label + b'\0' + context + b'\1')


def rekey():
    old = os.urandom(32)
    peer = Peer(program, agreement, part, old.hex())
    e = X25519()
    if part == 'initiator':
        device = peer.hear()
        ss, ct = mlkem.MLKEM768PublicKey.from_public_bytes(
            device[32:]).encapsulate()
        gateway = e.public + ct
        dh = e.value(device[:32])
        peer.say(gateway)
    else:
        e1 = mlkem.MLKEM768PrivateKey.generate()
        device = e.public + e1.public_key().public_bytes_raw()
        peer.say(device)
        gateway = peer.hear()
        dh, ss = e.value(gateway[:32]), e1.decapsulate(gateway[32:])
    epoch = expand(mac(old, dh + ss), b'epoch', sha256(device + gateway))
    peer.agrees(control=expand(epoch, b'g2d control'),
                data=expand(epoch, b'd2g data'),
                rekey=expand(epoch, b'rekey'))


for i in range(int(rounds)):
    rekey() if agreement == 'rekey' else handshake()
print('agreed')
EOF
}

# play LIBRARY AGREEMENT PART
play()
{
	case $1 in
	noiseprotocol)
		require_python noise.connection noiseprotocol
		;;
	cryptography)
		require_python \
		    cryptography.hazmat.primitives.asymmetric.mlkem \
		    "cryptography 48"
		;;
	esac
	write_peer
	write_$1
	atf_check -o inline:'agreed\n' "${python}" play.py \
	    "$(atf_get_srcdir)/noise_peer" "$2" "$3" "${rounds}"
}

cases=
for agreement in x25519 p256 hybrid rekey; do
	for part in initiator responder; do
		cases="${cases} cryptography_${agreement}_${part}"
		[ ${agreement} != x25519 ] ||
		    cases="${cases} noiseprotocol_${agreement}_${part}"
	done
done

for case in ${cases}; do
	atf_test_case ${case}
	eval "${case}_body() { play $(echo ${case} | tr _ ' '); }"
done

atf_init_test_cases()
{
	for case in ${cases}; do
		atf_add_test_case ${case}
	done
}
