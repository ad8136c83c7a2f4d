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
# interpreter is ASMP_PYTHON, or python3.

python=${ASMP_PYTHON:-python3}
prologue=41534d502f3100000100050000000000000000000000000000000000
prologue=${prologue}00002402001000

require_library()
{
	if ! command -v "${python}" >/dev/null; then
		atf_skip "no ${python}; set ASMP_PYTHON or run scripts/deps.sh"
	fi
	if ! "${python}" -c 'import noise.connection' 2>/dev/null; then
		atf_skip "${python} has no noiseprotocol; run scripts/deps.sh"
	fi
}

# Play the other part of noise_peer $1 and compare h, n1 and n2.
write_peer()
{
	cat >peer.py <<'EOF'
import subprocess
import sys

from noise.connection import NoiseConnection

program, part, prologue = sys.argv[1:]
ours = NoiseConnection.from_name(b'Noise_NN_25519_ChaChaPoly_SHA256')
ours.set_prologue(bytes.fromhex(prologue))
if part == 'initiator':
    ours.set_as_responder()
else:
    ours.set_as_initiator()
ours.start_handshake()

peer = subprocess.Popen([program, part, prologue], stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, text=True)


def hear():
    return bytes.fromhex(peer.stdout.readline().strip())


def say(message):
    peer.stdin.write(message.hex() + '\n')
    peer.stdin.flush()


if part == 'initiator':
    assert ours.read_message(hear()) == b''
    say(ours.write_message())
else:
    say(ours.write_message())
    assert ours.read_message(hear()) == b''

state = ours.noise_protocol
n1, n2 = state.cipher_state_encrypt.k, state.cipher_state_decrypt.k
if part == 'initiator':
    n1, n2 = n2, n1
assert ours.handshake_finished
assert hear() == ours.get_handshake_hash(), 'h differs'
assert hear() == n1, 'n1 differs'
assert hear() == n2, 'n2 differs'
assert peer.wait() == 0
print('agreed')
EOF
}

play()
{
	require_library
	write_peer
	for i in 1 2 3 4 5; do
		atf_check -s exit:0 -o inline:'agreed\n' "${python}" peer.py \
		    "$(atf_get_srcdir)/noise_peer" "$1" "${prologue}"
	done
}

atf_test_case initiator
initiator_body()
{
	play initiator
}

atf_test_case responder
responder_body()
{
	play responder
}

atf_init_test_cases()
{
	atf_add_test_case initiator
	atf_add_test_case responder
}
