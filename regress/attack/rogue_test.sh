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

# Devices with the right key that do not keep to the protocol: what they did
# before stands, what they do then is named and ends their session alone.

. $(atf_get_srcdir)/common.sh

SEALED="asmp"
ALL="asmp"

# Without this the refusals below would prove nothing.
attack_honest()
{
	attacked $1
	rogue honest
	logged "session down: device ROGUE address .* reason done\$"
	genuine_only 3
	bystander_goes_on
	daemon_stop
}
per_profile honest "what a genuine device does is accepted" ${ALL}

attack_numbers()
{
	attacked $1
	in_session 'break 7, Z-26: a frame again' replay replay
	in_session 'break 7: a seal again' replay replay-seal
	genuine=$((genuine + 1088))
	in_session 'break 7: a frame again, after 1088 more' replay \
	    replay-late 1088
	in_session 'A-25: the number before' replay sequence -1
	in_session 'M-29: round 999' sequence sequence 999
	in_session 'a frame is missing' sequence sequence 1
	in_session 'the highest number' sequence sequence 0xfffffff0
	in_session 'epoch of the handshake' replay epoch 0
	in_session 'epoch to come' sequence epoch 2
	in_session 'the last epoch' sequence epoch 0xffffffff
	daemon_stop
}
per_profile numbers "numbers that are not due" ${SEALED}

# A device may repeat itself and gains nothing by it: one of the four counts.
attack_repeated()
{
	attacked $1
	rogue replay-id
	logged "session down: device ROGUE address .* reason done\$"
	genuine_only 3
	count 0 'RECEIVED\] device ROGUE .*junk'
	bystander_goes_on
	daemon_stop
}
per_profile repeated "an id that was there before, sealed anew" ${SEALED}

attack_streams()
{
	attacked $1
	in_session 'Z-22: a reading on stream 0' stream stream 0
	in_session 'Z-22: on a stream above 2^31' stream stream 0x80000003
	in_session 'Z-23: on a stream nobody serves' stream stream 9999
	in_session 'a heartbeat on stream 3' stream stream-of-control 3
	for n in 0 1 2 5 6 7 8 9 10 13 14 99 65535; do
		in_session "M-30, Z-35: frame type ${n}" type type ${n}
	done
	daemon_stop
}
per_profile streams "streams and types that are not due" ${SEALED}

attack_seals()
{
	attacked $1
	in_session 'a seal over other content' seal-content seal content
	for f in leaves frames session number epoch first last count \
	    signed-count id key short shorter long; do
		in_session "A-24: a seal with another ${f}" bad-seal seal ${f}
	done
	in_session 'a seal longer than any' length seal longer
	in_session 'a seal of nothing' bad-seal seal-of-nothing
	in_session 'DATA before its seal, then CLOSE' unsealed unsealed
	in_session '65 readings without a seal' seal-limit seal-late 10
	in_session '256 KiB without a seal' seal-limit seal-late 9000
	in_session 'a reading never sealed' seal-limit -t 20 seal-never
	daemon_stop
}
per_profile seals "seals that are not what was sent" ${SEALED}

attack_bits()
{
	attacked $1
	for n in 24 25 40 -1 -16; do
		in_session "A-24: bit flip at ${n}, signed" record-mac \
		    flipped ${n}
	done
	in_session 'M: truncated by 1 byte' record-mac truncated -1
	in_session 'M: truncated ciphertext (5 bytes)' length truncated 5
	in_session 'M-32: no ciphertext at all' length truncated 0
	in_session 'M-28: HMAC tampering, control' record-mac \
	    control-flipped -1
	in_session 'M-28: control record of 5 bytes' record-mac \
	    control-truncated 5
	in_session 'M-28: control record of 0 bytes' record-mac \
	    control-truncated 0
	in_session 'M-28: control record of 15 bytes' record-mac \
	    control-truncated 15
	daemon_stop
}
per_profile bits "changed, cut and forged records" ${SEALED}

attack_shapes()
{
	attacked $1
	in_session 'M-32: "SHORT" and nothing more' version \
	    raw 53484f5254$(printf '%038d' 0)
	in_session 'another version' version \
	    raw 0002000c$(printf '%040d' 0)
	in_session 'a payload above max_in' length length 16385
	in_session 'a payload of 4 GiB' length length 0xffffffff
	in_session 'a heartbeat that says something' length heartbeat 00
	in_session 'CLOSE without a reason' length close ''
	in_session 'CLOSE of two bytes' length close 0101
	for n in 0 1 8 15; do
		in_session "a reading of ${n} bytes" reading bytes ${n}
	done
	daemon_stop
}
per_profile shapes "malformed frames and records" ${SEALED}

# quarantined label reason misbehaviour argument: as in_session, and what was
# refused is kept for review.
quarantined()
{
	in_session "$@"
	blocked=$((blocked + 1))
	atf_check -o match:"^readings blocked +${blocked}\$" \
	    ${ctl} show device ROGUE
}

attack_readings()
{
	attacked $1
	blocked=0
	for j in '{"t":NaN}' '{"t":Infinity}' '{"t":-Infinity}' \
	    '{"t":1e999}' '{"t":1,"t":2}' '{"t":01}' '{"t":1}x' '[1]' \
	    'null' '{"t":' '{"a":{"b":1,"b":2}}'; do
		quarantined "break 16: ${j}" json json "${j}"
	done
	quarantined 'break 16: no JSON at all' json bytes 16
	quarantined 'an id far ahead' id-jump id-jump 1048577
	daemon_stop
}
per_profile readings "readings that are none" ${SEALED}

attack_identities()
{
	attacked $1
	in_handshake 'A-13: an unknown device' unknown-device late \
	    init id=NOBODY
	in_handshake 'another kind of proof, psk' wrong-kind late init kind=2
	in_handshake 'another kind of proof, kem' wrong-kind late kem-guess
	in_handshake 'A-19: a shared key nobody has' shared-key late \
	    init group=1
	for p in flipped zeros other-gateway other-body; do
		in_handshake "A-16: the proof: ${p}" bad-proof late \
		    proof ${p}
	done
	in_handshake 'break 3, A-17: the identity of an earlier connection' \
	    bad-proof late identity-old
	daemon_stop
}
per_profile identities "identities that are not proved" ${SEALED}

attack_inits()
{
	attacked $1
	for f in kind=0 kind=6 kind=255 flags=2 flags=128 id= id=.hidden \
	    id=-x 'id=a b' id=a/b id-nul= id-long= id-length=255 \
	    cut=0 cut=2 cut=18 cut=19; do
		in_handshake "break 9, M-32: INIT with ${f}" init at-once \
		    init "${f}"
	done
	for p in none short long longest; do
		in_handshake "break 9: a proof that is ${p}" init at-once \
		    proof ${p}
	done
	daemon_stop
}
per_profile inits "malformed identities" ${SEALED}

attack_order()
{
	attacked $1
	for n in 2 3 4 5 6 7 8 9 10 11 12 13 99; do
		in_handshake "M-30: type ${n} where INIT is due" type at-once \
		    then-type ${n}
	done
	in_handshake 'M: DATA before HELLO' type at-once first \
	    000100030000000300000001$(printf '%016d' 0)00000010$(printf '%032d' 0)
	in_handshake 'M: "SHORT" in place of HELLO' version at-once first \
	    53484f5254$(printf '%038d' 0)
	in_handshake 'M: manual raw injection' version at-once first \
	    $(printf 'f%.0s' $(seq 100))
	in_handshake 'M: HELLO flood (20)' type at-once hello-flood 20
	in_handshake 'M: HELLO flood (50)' type at-once hello-flood 50
	for b in 1=2 24=0 24=255 25=2 25=128; do
		_reason=hello
		case ${b} in
		1=*)	_reason=version ;;
		24=*)	_reason=profile ;;
		esac
		in_handshake "HELLO with byte ${b}" ${_reason} at-once \
		    hello ${b}
	done
	daemon_stop
}
per_profile order "handshakes out of order" ${SEALED}
