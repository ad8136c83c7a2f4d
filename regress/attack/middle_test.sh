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

# A man in the middle: whatever he does to what passes him is noticed, named,
# and costs only the connection that he touched.

. $(atf_get_srcdir)/common.sh

IMPOSTOR=${TOPDIR}/regress/attack/impostor
ALL="hybrid asmp ztp slmp smcp iomt"

# through: the device sends two of what its profile sends, by his hands.
through()
{
	case ${profile} in
	ztp)	printf 'ping\ntime\n' ;;
	slmp)	printf 'hello\nagain\n' ;;
	smcp)	printf '100\n100\n' ;;
	iomt)	printf 'BP=145/92\nHR=88\n' ;;
	*)	printf '{"n":"1"}\n{"n":"2"}\n' ;;
	esac > items
	timeout -k 3 30 ./through DEV1 -P ${profile} -t 3 < items \
	    > through.out 2> through.err
}

# sealed: whether seals cover what this profile sends.
sealed()
{
	[ ${profile} = hybrid ] || [ ${profile} = asmp ]
}

# between profile: a gateway with a bystander, and a device whose unmodified
# traffic goes through him and is accepted.
between()
{
	gateway_for $1
	enrol DEV1
	middle -1 -w rec
	through || atf_fail "not accepted: $(cat through.err)"
	wait ${middle_pid}
	case ${profile} in
	ztp|slmp)	genuine=0 ;;
	*)		genuine=2 ;;
	esac
	taken
}

# taken: of the device's readings only those are there that he left alone.
taken()
{
	accepted_are DEV1 ${genuine}
}

# between_ends: nobody in between any more, and the device goes on.
between_ends()
{
	middle -1
	through || atf_fail "not accepted: $(cat through.err)"
	wait ${middle_pid}
	[ ${genuine} -eq 0 ] || genuine=$((genuine + 2))
	taken
	daemon_stop
}

lines()
{
	grep -c "$1" asmpd.log
}

more_lines()
{
	[ $(lines "$2") -ge $1 ]
}

# tampers label reason pattern mode ...: the next line of the log that matches
# the pattern has this reason.
tampers()
{
	_label=$1
	_reason=$2
	_pattern=$3
	shift 3
	_lines=$(($(lines "${_pattern}") + 1))
	_modes=
	for _m in "$@"; do
		_modes="${_modes} -m ${_m}"
	done
	middle -1 ${_modes}
	log_mark
	through && atf_fail "${_label}: the device noticed nothing"
	wait ${middle_pid}
	grep -Eq ' (flip|set|drop|dup|swap|cut|reflect|inject)$' middle.out ||
	    atf_fail "${_label}: nothing was done"
	wait_for ${SOON} more_lines ${_lines} "${_pattern}" || {
		cat middle.out through.err asmpd.log >&2
		atf_fail "${_label}: not noticed"
	}
	verdict "${_label}" ${_reason} $(last_reason "${_pattern}")
	taken
	bystander_goes_on
	one_line
}

# in_session label reason mode ...: to a session that is up.
in_session()
{
	_l=$1
	_r=$2
	shift 2
	tampers "${_l}" ${_r} 'session down: device DEV1 ' "$@"
}

# in_handshake label reason mode ...: no session begins.
in_handshake()
{
	_l=$1
	_r=$2
	_ups=$(lines 'session up: device DEV1 ')
	shift 2
	tampers "${_l}" ${_r} 'session refused: ' "$@"
	count ${_ups} 'session up: device DEV1 '
}

# stops label mode: the device has seen it, and has not said who it is.
stops()
{
	in_handshake "$1" lost "$2"
	atf_check -s exit:1 grep HANDSHAKE_INIT middle.out
}

# Without seals, what came before the one that is touched stands.
one_stands()
{
	[ ${profile} != iomt ] || genuine=$((genuine + 1))
}

attack_data()
{
	between $1
	_mac=record-mac
	! sealed || _mac=bad-seal
	in_session 'M: bit flip at byte 30' ${_mac} flip:device:DATA:1:30
	in_session 'A-24: the first byte of a payload' ${_mac} \
	    flip:device:DATA:1:payload
	one_stands
	in_session 'M: last ciphertext byte' ${_mac} flip:device:DATA:2:tag
	in_session 'version of DATA' version flip:device:DATA:1:version
	in_session 'break 7: type of DATA' type set:device:DATA:1:type:0002
	in_session 'break 7: DATA as SEAL' ${_as:-record-mac} \
	    set:device:DATA:1:type:000b00000000
	in_session 'break 7: stream of DATA' ${_mac} \
	    set:device:DATA:1:stream:00000009
	in_session 'epoch of DATA' replay flip:device:DATA:1:epoch
	_number=sequence
	[ ${profile} != ztp ] || _number=record-mac
	in_session 'M-29: number of DATA' ${_number} \
	    flip:device:DATA:1:sequence
	one_stands
	in_session 'A-25: number of the second DATA' replay \
	    set:device:DATA:2:sequence:0000000000000000
	in_session 'length of DATA, 4 GiB' length \
	    set:device:DATA:1:length:ffffffff
	one_stands
	in_session 'M: duplicate' replay dup:device:DATA:1
	one_stands
	in_session 'M: cut off after the header' lost cut:device:DATA:2:24
	in_session 'M: reflection of HANDSHAKE_ACK' type \
	    reflect:gateway:HANDSHAKE_ACK:1
	in_session 'break 11: forged TERMINATE' record-mac \
	    inject:device:DATA:1:000100040000000000000001$(printf '%024d' 0)
	between_ends
}

attack_seal()
{
	between $1
	in_session 'length of DATA, one more' version \
	    flip:device:DATA:1:length
	in_session 'payload of SEAL' record-mac flip:device:SEAL:1:payload
	in_session 'HMAC tampering' record-mac flip:device:SEAL:1:tag
	in_session 'stream of SEAL' stream flip:device:SEAL:1:stream
	in_session 'M: packet drop' sequence drop:device:DATA:1
	in_session 'M: packet drop, the second' sequence drop:device:DATA:2
	in_session 'M: reorder' sequence swap:device:DATA:1
	in_session 'M: truncated by 1 byte' lost cut:device:SEAL:1:-1
	between_ends
}

# The same without seals; in the others each waits for an answer.
attack_missing()
{
	between $1
	in_session 'M: packet drop' sequence drop:device:DATA:1
	in_session 'M: reorder' sequence swap:device:DATA:1
	one_stands
	in_session 'M: truncated by 1 byte' lost cut:device:DATA:2:-1
	between_ends
}

# What is answered can be sent back.
attack_reflected()
{
	between $1
	in_session 'M: reflection of what the gateway says' record-mac \
	    reflect:gateway:DATA:1
	told 'DATA changed' flip:gateway:DATA:1 'the gateway sent a bad DATA'
	told 'DATA twice' dup:gateway:DATA:1 'was due'
	daemon_stop
}

# agree: reasons for which a changed HELLO fails, by what the profile has.
attack_hello()
{
	between $1
	in_handshake 'version of HELLO' version flip:device:HELLO:1:version
	in_handshake 'type of HELLO' type flip:device:HELLO:1:type
	in_handshake 'stream of HELLO' sequence flip:device:HELLO:1:stream
	in_handshake 'epoch of HELLO' sequence flip:device:HELLO:1:epoch
	in_handshake 'number of HELLO' sequence flip:device:HELLO:1:sequence
	case $1 in
	slmp)	in_handshake 'a point off the curve' agreement \
		    flip:device:HELLO:1:key ;;
	*)	stops 'a key of his own in HELLO' flip:device:HELLO:1:key ;;
	esac
	stops 'a smaller max_in' flip:device:HELLO:1:max_in
	in_handshake 'a profile that does not exist' profile \
	    set:device:HELLO:1:profile:63
	case $1 in
	hybrid|slmp)
		in_handshake 'downgrade of the profile' hello \
		    set:device:HELLO:1:profile:02 ;;
	asmp)	stops 'downgrade of the profile' \
		    set:device:HELLO:1:profile:03 ;;
	*)	stops 'downgrade of the profile' \
		    set:device:HELLO:1:profile:02 ;;
	esac
	in_handshake 'options nobody has' hello \
	    set:device:HELLO:1:options:80
	stops 'compression nobody asked for' set:device:HELLO:1:options:01
	in_handshake 'M: HELLO twice' type dup:device:HELLO:1
	stops 'a key of his own in HELLO_REPLY' flip:gateway:HELLO_REPLY:1
	stops 'number of HELLO_REPLY' flip:gateway:HELLO_REPLY:1:sequence
	stops 'HELLO_REPLY twice' dup:gateway:HELLO_REPLY:1
	stops 'HELLO_REPLY after GATEWAY_AUTH' swap:gateway:HELLO_REPLY:1
	stops 'no HELLO_REPLY' drop:gateway:HELLO_REPLY:1
	stops 'nonce of GATEWAY_AUTH' flip:gateway:GATEWAY_AUTH:1
	stops 'MAC of GATEWAY_AUTH' flip:gateway:GATEWAY_AUTH:1:tag
	in_handshake 'HANDSHAKE_INIT changed' handshake-mac \
	    flip:device:HANDSHAKE_INIT:1
	in_handshake 'MAC of HANDSHAKE_INIT' handshake-mac \
	    flip:device:HANDSHAKE_INIT:1:tag
	in_handshake 'HANDSHAKE_INIT twice' type dup:device:HANDSHAKE_INIT:1
	in_handshake 'M: reflection of HELLO_REPLY' type \
	    reflect:gateway:HELLO_REPLY:1
	in_handshake 'M: reflection of GATEWAY_AUTH' type \
	    reflect:gateway:GATEWAY_AUTH:1
	between_ends
}

attack_challenge()
{
	between $1
	in_handshake 'break 1: CHALLENGE changed' lost \
	    flip:gateway:CHALLENGE:1
	in_handshake 'break 1: MAC of CHALLENGE' lost \
	    flip:gateway:CHALLENGE:1:tag
	in_handshake 'break 1: RESPONSE changed' handshake-mac \
	    flip:device:RESPONSE:1
	in_handshake 'RESPONSE twice' type dup:device:RESPONSE:1
	in_handshake 'M: reflection of CHALLENGE' type \
	    reflect:gateway:CHALLENGE:1
	between_ends
}

# What happens to a connection in its name costs a device no session it has.
attack_same_device()
{
	between $1
	stays 4 $(keyfile DEV1) -P ${profile}
	tell 4 open
	hears 4 '^open '
	_downs=$(lines 'session down: device DEV1 ')
	in_handshake 'same device: HELLO changed' type flip:device:HELLO:1:type
	lives
	in_handshake 'same device: HELLO twice' type dup:device:HELLO:1
	lives
	stops 'same device: another key in HELLO_REPLY' \
	    flip:gateway:HELLO_REPLY:1
	lives
	in_handshake 'same device: HANDSHAKE_INIT changed' handshake-mac \
	    flip:device:HANDSHAKE_INIT:1
	lives
	in_handshake 'same device: cut off in HANDSHAKE_INIT' lost \
	    cut:device:HANDSHAKE_INIT:1:30
	lives
	[ ${profile} != iomt ] ||
		in_handshake 'same device: RESPONSE changed' handshake-mac \
		    flip:device:RESPONSE:1
	log_mark
	atf_check -o match:'closed after' ${REPLAY} -c 127.0.0.1:${port} \
	    rec.device
	logged 'session refused: address .* device - reason handshake-mac$'
	verdict 'same device: a recorded connection' handshake-mac \
	    $(last_reason 'session refused: ')
	bystander_goes_on
	one_line
	lives
	leaves 4 close 'expect closed'
	between_ends
}

# Device 4 of tell is still in its session.
lives()
{
	: > out.4
	tell 4 heartbeat
	hears 4 '^heartbeat'
	count ${_downs} 'session down: device DEV1 '
}

per_profile same_device "other connections of the same device" ${ALL}
per_profile data "every field of DATA" ${ALL}
per_profile seal "seals and what they cover" hybrid asmp
per_profile missing "what is missing, or late" iomt
per_profile reflected "what is answered, changed and sent back" ztp slmp smcp
per_profile hello "every field of the handshake" ${ALL}
per_profile challenge "challenge and response" iomt

# told label mode error: the device ends it, for this reason.
told()
{
	middle -1 -m $2
	through && atf_fail "$1: the device noticed nothing"
	wait ${middle_pid}
	verdict "$1" "device: $3" "device: $(grep -o "$3" through.err)"
	bystander_goes_on
}

attack_replies()
{
	between $1
	_due='was due'
	told 'HANDSHAKE_ACK changed' flip:gateway:HANDSHAKE_ACK:1 \
	    'answered HANDSHAKE_INIT with a bad'
	told 'HANDSHAKE_ACK twice' dup:gateway:HANDSHAKE_ACK:1 "${_due}"
	told 'ACK changed' flip:gateway:ACK:1 'the gateway sent a bad ACK'
	told 'ACK of another number' flip:gateway:ACK:1:sequence "${_due}"
	told 'ACK on a stream' flip:gateway:ACK:1:stream \
	    'the gateway sent a bad ACK'
	told 'ACK turned into CLOSE' set:gateway:ACK:1:type:0004 \
	    'the gateway sent a bad CLOSE'
	daemon_stop
}
per_profile replies "every answer of the gateway" hybrid asmp iomt

attack_recorded()
{
	between $1
	atf_check -o match:'closed after' ${REPLAY} -c 127.0.0.1:${port} \
	    rec.device
	logged 'session refused: address .* device - reason '
	verdict 'break 2, break 3, M: a recorded connection, to the gateway' \
	    handshake-mac $(last_reason 'session refused: ')
	taken
	# What a gateway said once is no gateway.
	${REPLAY} -l rec.gateway > replay.out 2>&1 &
	_pid=$!
	wait_for ${SOON} grep -q '^port ' replay.out
	client through $(sed -n 's/^port //p' replay.out)
	told_by_record
	wait ${_pid}
	between_ends
}
per_profile recorded "recorded connections, to either side" ${ALL}

told_by_record()
{
	through && atf_fail "the device noticed nothing"
	verdict 'break 2, M: a recorded gateway, to the device' \
	    'key agreement with the gateway failed' \
	    "$(grep -o 'key agreement with the gateway failed' through.err)"
}

# impostor [option ...]: he has keys of his own with either side.
impostor()
{
	rm -f impostor.out
	timeout -k 3 30 ${IMPOSTOR} "$@" -c 127.0.0.1:${port} \
	    > impostor.out 2>&1 &
	impostor_pid=$!
	wait_for ${SOON} grep -q '^port ' impostor.out ||
	    atf_fail "no impostor: $(cat impostor.out)"
	client through $(sed -n 's/^port //p' impostor.out)
}

attack_keys()
{
	between $1
	impostor
	through && atf_fail "the device noticed nothing"
	wait ${impostor_pid}
	atf_check -o match:'^device closed$' cat impostor.out
	logged 'session refused: address .* device - reason lost$'
	verdict 'break 6: swapped ephemeral keys' \
	    'cannot sign with it: it is an impostor' \
	    "$(grep -o 'cannot sign with it: it is an impostor' through.err)"
	taken
	bystander_goes_on
	between_ends
}
per_profile keys "a man with keys of his own in the middle" ${ALL}

# A gateway that the device knows as well gains nothing elsewhere.  A device
# of kind kem proves nothing before it is challenged, and a token is for one
# gateway alone.
attack_gateway()
{
	between $1
	atf_check -o ignore ${KEYGEN} -G GW2
	impostor -k GW2.key -i GW2
	mv GW.pin GW1.pin
	cp GW2.pin GW.pin
	through && atf_fail "the device noticed nothing"
	mv GW1.pin GW.pin
	wait ${impostor_pid}
	atf_check -o match:'^device sent HANDSHAKE_INIT$' \
	    -o match:'^gateway closed after 1?[0-9][0-9][0-9] ms$' \
	    cat impostor.out
	logged 'session refused: address .* device DEV1 reason '
	verdict 'break 6: an identity shown to another gateway' bad-proof \
	    $(last_reason 'session refused: ')
	taken
	bystander_goes_on
	between_ends
}
per_profile gateway "a gateway in the middle" hybrid asmp smcp
