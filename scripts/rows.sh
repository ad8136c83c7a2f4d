#!/bin/sh
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


# rows.sh [-v]: what asmpd has to do, row by row, and whether a test names
# it.  Rows that none does are listed, and the exit status is 1.  With -v each
# row is printed with its tests.  A test names rows in its description or in a
# comment: M-17, or M-12 to M-15.

set -eu

cd "$(dirname "$0")/.."
verbose=0
[ "${1:-}" != -v ] || verbose=1

# Of the five systems: A is ASMP, M the protocol of several clients (smcp), S
# SLMP, Z ZTP, I the key registry (iomt).  Z-36 is a date and nothing to test.
rows()
{
	cat <<-'ROWS'
		A-1 name
		A-2 provisioning
		A-3 keypairs
		A-4 private-key-file
		A-5 device-list
		A-6 registry-at-start
		A-7 port-8888
		A-8 client-key
		A-9 zero-trust
		A-10 device-nonce
		A-11 signed-nonce
		A-12 identity-message
		A-13 key-lookup
		A-14 identity-check
		A-15 session-id
		A-16 impostor
		A-17 nonce-once
		A-18 json-readings
		A-19 shared-key
		A-20 message-id
		A-21 message-signature
		A-22 sending
		A-23 order-of-checks
		A-24 check-signature
		A-25 check-replay
		A-26 check-decryption
		A-27 check-anomaly
		A-28 training
		A-29 ten-samples
		A-30 active-defence
		A-31 27-after-25
		A-32 stolen-key
		A-33 data-received
		A-34 both-journeys
		A-35 stateful-session
		A-36 heartbeat
		M-1 stateful-symmetric
		M-2 aes-128-cbc
		M-3 hmac-sha256
		M-4 key-ratchet
		M-5 rounds
		M-6 state-machine
		M-7 aggregation
		M-8 modules
		M-9 port-9999
		M-10 shown-keys
		M-11 concurrent-clients
		M-12 client-arguments
		M-13 client-number
		M-14 key-in-hex
		M-15 default-100
		M-16 interactive
		M-17 sum-for-each
		M-18 attacks
		M-19 hello
		M-20 challenge
		M-21 data
		M-22 aggregate
		M-23 next-c2s-enc
		M-24 next-c2s-mac
		M-25 next-s2c-enc
		M-26 next-s2c-mac
		M-27 keys-after-success
		M-28 bad-hmac
		M-29 bad-round
		M-30 bad-opcode
		M-31 bad-direction
		M-32 malformed
		M-33 bad-padding
		M-34 three-clients
		M-35 expected-outcome
		M-36 pre-shared-keys
		M-37 random-ivs
		M-38 mac-before-decryption
		M-39 permanent-end
		M-40 diagnostics
		M-41 sum-of-all
		M-42 desync-and-terminate
		S-1 name
		S-2 fernet
		S-3 ecdh
		S-4 authenticated-exchange
		S-5 tokens-both-ways
		S-6 lightweight
		S-7 installation
		S-8 server-starts
		S-9 client-runs
		S-10 three-lines
		S-11 port
		S-12 modules
		S-13 shared-secret
		S-14 derived-fernet-key
		S-15 tamper-proof
		S-16 token-in-each-message
		S-17 registered-users
		S-18 sequence
		S-19 tests
		Z-1 programs
		Z-2 hello
		Z-3 reply
		Z-4 encrypted-identity
		Z-5 session-ok
		Z-6 secure-channel
		Z-7 version-1
		Z-8 multiplexing
		Z-9 frame-fields
		Z-10 header-24
		Z-11 handshake-init
		Z-12 handshake-ack
		Z-13 data
		Z-14 close
		Z-15 curve25519
		Z-16 session-key
		Z-17 signed-token
		Z-18 token-fields
		Z-19 token-check
		Z-20 role-check
		Z-21 streams-at-once
		Z-22 stream-ids
		Z-23 chat-and-control
		Z-24 chacha20-poly1305
		Z-25 guarantees
		Z-26 replays
		Z-27 resumption
		Z-28 heartbeats
		Z-29 priority
		Z-30 compression
		Z-31 window
		Z-32 steps-and-timeouts
		Z-33 chat
		Z-34 commands
		Z-35 extensible
		I-3 kem-keypair
		I-4 encapsulate
		I-5 sealed-ciphertext
		I-6 decapsulate
		I-7 mutual
		I-8 session-key
		I-9 random-session-id
		I-10 states
		I-11 start
		I-12 commitment-check
		I-13 encrypt
		I-14 decrypt
		I-15 stack
		I-16 authenticate-device
		I-17 authenticated-devices
		I-18 their-number
		I-19 authentication-log
		I-20 events-with-times
		I-21 kinds-of-events
		I-22 key-record
		I-23 log-record
		I-24 keys-collection
		I-25 log-collection
		I-26 connection-timeout
		I-27 disconnection
		I-28 connected
		I-29 connection-info
		I-30 key-saved
		I-31 key-of-device
		I-32 all-keys
		I-33 key-deactivated
		I-34 event-saved
		I-35 log-of-device
		I-36 log-of-gateway
		I-37 log-of-all
		I-38 device-status
		I-39 statistics
		I-40 methods
		I-41 never-raised
		I-42 connection-at-need
		I-43 fallbacks
		I-44 upserts-and-limits
		I-45 test-authentication
		I-46 test-storage
		I-47 test-vitals
		I-48 test-gateway
		I-49 test-two-gateways
		I-50 test-records
		I-54 flow-keys
		I-55 flow-challenge
		I-56 flow-response
		I-57 flow-key-saved
		I-58 flow-event
		I-59 flow-vitals
		I-60 flow-decryption
		I-64 timings
		I-65 quantum-attacks
		I-66 mac-covers-all
		I-67 proof-of-key
	ROWS
}

# named: each row that a test names, and the file.
named()
{
	find regress -type f \( -name '*.sh' -o -name '*.c' -o -name '*.h' \
	    -o -name '*.py' \) -exec awk '
	function name(id) {
		if (!((id, FILENAME) in seen))
			print id, FILENAME
		seen[id, FILENAME] = 1
	}
	{
		rest = $0
		while (match(rest, /[AMSZI]-[0-9]+( to [AMSZI]-[0-9]+)?/)) {
			before = substr(rest, RSTART - 1, 1)
			what = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			if (before ~ /[A-Za-z0-9_-]/ || rest ~ /^[A-Za-z0-9_]/)
				continue
			split(what, end, " to ")
			from = substr(end[1], 3) + 0
			last = what ~ / to / ? substr(end[2], 3) + 0 : from
			for (; from <= last; from++)
				name(substr(what, 1, 2) from)
		}
	}' {} +
}

{ rows; echo; named; } | awk -v verbose=$verbose '
    NF == 0	{ listed = 1; next }
    !listed	{ subject[$1] = $2; order[++n] = $1; next }
    { files[$1] = files[$1] " " $2 }
    END {
	for (i = 1; i <= n; i++) {
		id = order[i]
		if (!(id in files)) {
			print "no test names " id " (" subject[id] ")"
			bad = 1
		} else if (verbose)
			print id " " subject[id] ":" files[id]
	}
	exit bad
    }'
