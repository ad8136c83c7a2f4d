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

SEALED="hybrid asmp"
ALL="hybrid asmp ztp slmp smcp iomt"

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
	[ $1 != hybrid ] && [ $1 != asmp ] ||
	    in_session 'break 7: a seal again' replay replay-seal
	in_session 'A-25: the number before' replay sequence -1
	in_session 'M-29: round 999' sequence sequence 999
	in_session 'a frame is missing' sequence sequence 1
	in_session 'the highest number' sequence sequence 0xfffffff0
	in_session 'epoch of the handshake' replay epoch 0
	in_session 'epoch to come' sequence epoch 2
	in_session 'the last epoch' sequence epoch 0xffffffff
	genuine=$((genuine + 1088))
	in_session 'break 7: a frame again, after 1088 more' replay \
	    replay-late 1088
	daemon_stop
}
per_profile numbers "numbers that are not due" hybrid asmp slmp smcp iomt

# Frames may be late there, each once, and not by more than 1024.
attack_window()
{
	attacked $1
	rogue late 1023
	logged "session down: device ROGUE address .* reason done\$"
	genuine_only 3
	in_session 'break 7, Z-26: a frame again' replay replay
	in_session 'A-25: the number before' replay sequence -1
	in_session 'Z-31: a frame early by 1024' sequence sequence 1024
	in_session 'Z-31: a frame late by 1024' replay too-late 1024
	in_session 'Z-31: a frame late by 2000' replay too-late 2000
	in_session 'epoch of the handshake' replay epoch 0
	in_session 'epoch to come' sequence epoch 2
	genuine=$((genuine + 1088))
	in_session 'break 7: a frame again, after 1088 more' replay \
	    replay-late 1088
	daemon_stop
}
per_profile window "numbers outside the window, or twice" ztp

# What one session took another does not.
attack_sessions()
{
	attacked $1
	rogue -n 1 replay-session
	wait_for ${SOON} more_downs 2 || atf_fail "it goes on"
	verdict 'break 2: an old session in a new one' record-mac \
	    $(last_reason 'session down: device ROGUE ')
	genuine_only 1
	bystander_goes_on
	daemon_stop
}
per_profile sessions "records of an earlier session" ${ALL}

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
per_profile repeated "an id that was there before, sealed anew" \
    hybrid asmp ztp slmp iomt

attack_streams()
{
	attacked $1
	in_session 'Z-22: a reading on stream 0' stream stream 0
	in_session 'Z-22: on a stream above 2^31' stream stream 0x80000003
	in_session 'Z-23: on a stream nobody serves' stream stream 9999
	in_session 'a heartbeat on stream 3' stream stream-of-control 3
	for n in 0 1 2 5 6 7 8 9 10 15 99 65535; do
		in_session "M-30, Z-35: frame type ${n}" type type ${n}
	done
	case $1 in
	hybrid)	in_session 'REKEY of nothing' rekey type 13 ;;
	*)	in_session 'REKEY where there is none' type type 13 ;;
	esac
	case $1 in
	hybrid|asmp)
		in_session 'ROTATE of nothing' rotate type 14 ;;
	*)
		in_session 'ROTATE where there is none' type type 14
		in_session 'a seal where there are none' bad-seal type 11 ;;
	esac
	daemon_stop
}
per_profile streams "streams and types that are not due" ${ALL}

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
	# The first one holds.
	genuine=$((genuine + 1))
	in_session 'a seal again, under a new number' bad-seal seal-again
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
		in_session "A-24, M-28: bit flip at ${n}" record-mac \
		    flipped ${n}
	done
	case $1 in
	slmp|smcp|iomt)	_reason=length ;;	# no whole block
	*)		_reason=record-mac ;;
	esac
	in_session 'M: truncated by 1 byte' ${_reason} truncated -1
	in_session 'M: truncated ciphertext (5 bytes)' length truncated 5
	in_session 'M-32: no ciphertext at all' length truncated 0
	in_session 'M-28: HMAC tampering, control' record-mac \
	    control-flipped -1
	for n in 0 5 15; do
		in_session "M-28: control record of ${n} bytes" record-mac \
		    control-truncated ${n}
	done
	daemon_stop
}
per_profile bits "changed, cut and forged records" ${ALL}

# Where no seal covers it, the MAC covers the header.
attack_headers()
{
	attacked $1
	in_session 'break 7: version of DATA' version flipped 1
	in_session 'break 7: stream of DATA' record-mac flipped 7
	in_session 'break 7: another stream' record-mac flipped 5
	in_session 'epoch of DATA' replay flipped 11
	daemon_stop
}
per_profile headers "the header of DATA" ztp slmp smcp iomt

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
	daemon_stop
}
per_profile shapes "malformed frames and records" ${ALL}

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
	for n in 0 1 8 15; do
		in_session "a reading of ${n} bytes" reading bytes ${n}
	done
	daemon_stop
}
per_profile readings "readings that are none" hybrid asmp ztp slmp iomt

attack_smcp()
{
	attacked $1
	for o in 10 20 40 0 99; do
		in_session "M-30: opcode ${o} where DATA is due" opcode \
		    field 0=${o}
	done
	in_session 'M: wrong client in header, valid HMAC' client field 1=2
	in_session 'M-29: round 999, valid HMAC' round field 2=x000003e7
	in_session 'M-29: the round before, valid HMAC' round field 5=3
	in_session 'M-31: direction 2, valid HMAC' direction field 6=2
	in_session 'M-31: direction 0, valid HMAC' direction field 6=0
	for n in 0 9 17 255; do
		in_session "M-33: padding of ${n}, valid HMAC" padding \
		    padding ${n}
	done
	for n in 0 15 17; do
		in_session "break 10: ciphertext of ${n} bytes" length \
		    ciphertext ${n}
	done
	for v in '' 00 00000000000000 000000000000000000; do
		in_session "a value of $((${#v} / 2)) bytes" reading \
		    value "${v}"
	done
	in_session 'M: a value on stream 3' stream stream 3
	in_session 'KEY_DESYNC, authenticated' desync last 50
	for o in 0=20 0=30 0=40; do
		session_of_hello "M-30: opcode ${o#0=} in INIT" opcode \
		    hello-field ${o}
	done
	session_of_hello 'M-29: HELLO of round 999' round \
	    hello-field 2=x000003e7
	session_of_hello 'M-31: HELLO of direction 2' direction \
	    hello-field 6=2
	session_of_hello 'M: HELLO of client 2' client hello-field 1=2
	rogue last 60
	logged "session down: device ROGUE address .* reason done\$"
	genuine_only 2
	daemon_stop
}
per_profile smcp "fields, padding and values of smcp" smcp

attack_rekey()
{
	attacked $1
	# One reading more is accepted, under the new keys.
	genuine=$((genuine + 1))
	in_session 'a record under the keys before REKEY' replay rekey-old
	in_session 'more after REKEY' replay rekey-more
	in_session 'REKEY over readings without a seal' unsealed \
	    rekey-unsealed
	in_session 'REKEY with keys that cannot be' rekey rekey-zeros
	daemon_stop
}
per_profile rekey "REKEY out of turn" hybrid

attack_rotate()
{
	attacked $1
	in_session 'a new key, not signed by itself' rotate rotate new
	in_session 'a new key, not signed by the old one' rotate rotate old
	in_session 'a new key, signed in another session' rotate \
	    rotate elsewhere
	in_session 'a new key, signed for another device' rotate rotate other
	in_session 'a new key that is none' rotate rotate key
	in_session 'ROTATE, a byte too short' rotate rotate short
	in_session 'ROTATE, a byte too long' rotate rotate long
	in_session 'ROTATE on a stream' stream rotate stream
	daemon_stop
}
per_profile rotate "a new key for the device" hybrid asmp

# guessed padding misbehaviour argument: what somebody without the key hears,
# and after how long.
guessed()
{
	_padding=$1
	shift
	in_session "M: padding oracle, ${_padding} padding" record-mac "$@"
	grep '^close' rogue.out >> guesses.${_padding}
}

# The HMAC comes first: right and wrong padding look alike.
attack_padding_oracle()
{
	attacked $1
	for again in 1 2 3 4 5; do
		guessed right flipped -1
		guessed longer padding-guess 9
		guessed none padding-guess 0
		guessed impossible padding-guess 17
	done
	for g in right longer none impossible; do
		awk -v g=${g} '{ ms += $4 } END {
		    printf "%s padding: %s, %.1f ms\n", g, $2, ms / NR }' \
		    guesses.${g}
	done > timing
	cat timing
	atf_check -o inline:'4\n' grep -c record-mac timing
	daemon_stop
}
per_profile padding_oracle "padding tells nothing to who has no key" smcp \
    iomt

# Initialisation vectors that come twice would show what is the same.
attack_iv_reuse()
{
	gateway_for $1
	enrol 1
	middle -1 -w rec
	seq 20 | sed 's/.*/100/' > items
	./through 1 -P smcp < items > through.out 2>&1 ||
	    atf_fail "$(cat through.out)"
	wait ${middle_pid}
	count 20 'RECEIVED\] device 1 '
	for f in rec.device rec.gateway; do
		hex ${f} | awk '
		    function n(hex,    i, v) {
			for (i = 1; i <= length(hex); i++)
				v = v * 16 + index("0123456789abcdef",
				    substr(hex, i, 1)) - 1
			return v
		    }
		    { for (p = 1; p < length($0); p += 48 + len) {
			len = 2 * n(substr($0, p + 40, 8))
			if (substr($0, p + 4, 4) == "0003")
				print substr($0, p + 48 + 14, 32)
		    } }' > ivs
		atf_check -o inline:'21\n' grep -c . ivs
		atf_check -o empty sh -c 'sort ivs | uniq -d'
	done
	verdict 'M: IV reuse, 42 records' none none
	daemon_stop
}
per_profile iv_reuse "no initialisation vector comes twice" smcp

# session_of_hello label reason misbehaviour argument: as in_session, to a
# second session, of which round 0 is wrong.
session_of_hello()
{
	_downs=$(($(downs) + 1))
	_lab=$1
	_rea=$2
	shift 2
	rogue "$@"
	wait_for ${SOON} more_downs $((_downs + 1)) ||
	    atf_fail "${_lab}: the session goes on"
	verdict "${_lab}" ${_rea} \
	    $(last_reason 'session down: device ROGUE ')
	genuine_only 2
	bystander_goes_on
}

attack_iomt()
{
	attacked $1
	for n in 0 5 17 255; do
		in_session "padding of ${n}, valid HMAC" padding padding ${n}
	done
	for n in 0 15 17; do
		in_session "break 10: ciphertext of ${n} bytes" length \
		    ciphertext ${n}
	done
	in_session 'break 13: a bit of the IV' record-mac flipped 24
	in_session 'break 13: a message again' replay replay
	in_handshake 'break 15: a wrong guess' bad-proof late kem-guess
	in_handshake 'break 15: a second guess' type at-once second-guess
	in_handshake 'break 1: the commitment echoed' bad-proof late \
	    echo-commitment
	daemon_stop
}
per_profile iomt "records of iomt, and guesses at its challenge" iomt

attack_slmp()
{
	attacked $1
	in_session 'S-15: a token of 61 seconds ago' stale fernet time=-62
	in_session 'S-15: a token ahead by 62 seconds' stale fernet time=62
	in_session 'S-15: another version' record-mac fernet version=0x81
	in_session 'S-15: HMAC of the token' record-mac fernet mac=1
	in_session 'S-15: IV of the token' record-mac fernet iv=1
	in_session 'S-15: no base64' record-mac fernet text=1
	in_session 'S-16: another user token' record-mac fernet user=1
	daemon_stop
}
per_profile slmp "Fernet tokens with a good user token" slmp

# stranger label reason id keyfile: somebody else, honestly and in vain.
stranger()
{
	in_handshake "$1" $2 late -I $3 -K $4 identity
}

attack_identities()
{
	attacked $1
	device_make STRANGER
	stranger 'A-13: an unknown device' unknown-device STRANGER \
	    $(keyfile STRANGER)
	enrol REVOKED
	atf_check -o ignore ${ctl} device revoke REVOKED
	stranger 'A-16: a revoked device' revoked-device REVOKED \
	    $(keyfile REVOKED)
	other_profile $1
	[ $1 != smcp ] || {
		device_make 99
		stranger 'M: unauthorised client 99' unknown-device 99 99.psk
	}
	case $1 in
	iomt)	;;
	*)
		for p in flipped zeros other-gateway other-body; do
			in_handshake "A-16: the proof: ${p}" bad-proof late \
			    proof ${p}
		done
		in_handshake 'break 3, A-17: an earlier identity' bad-proof \
		    late identity-old
		;;
	esac
	case $1 in
	ztp|slmp)	;;
	*)	stranger "M: another's name without its key" bad-proof \
		    ROGUE $(keyfile STRANGER) ;;
	esac
	in_handshake 'A-19: a shared key nobody has' shared-key \
	    ${2:-late} init group=1
	daemon_stop
}
per_profile identities "identities that are not proved" hybrid asmp ztp \
    slmp smcp
per_profile identities_kem "identities that are not proved" iomt

# other_profile profile: a device that is enrolled for the other one alone.
other_profile()
{
	case $1 in
	hybrid)	_only=asmp ;;
	asmp)	_only=hybrid ;;
	ztp)	_only=slmp ;;
	slmp)	_only=ztp ;;
	*)	return ;;
	esac
	enrol OTHER -P ${_only}
	stranger "a device enrolled for ${_only} alone" wrong-kind OTHER \
	    $(keyfile OTHER)
}

attack_identities_kem()
{
	attacked $1
	device_make STRANGER
	stranger 'A-13: an unknown device' unknown-device STRANGER \
	    STRANGER.kem
	stranger "M: another's name without its key" bad-proof ROGUE \
	    STRANGER.kem
	enrol REVOKED
	atf_check -o ignore ${ctl} device revoke REVOKED
	stranger 'A-16: a revoked device' revoked-device REVOKED REVOKED.kem
	daemon_stop
}

attack_kinds()
{
	attacked $1
	in_handshake 'another kind of proof, psk' wrong-kind late init kind=2
	in_handshake 'another kind of proof, kem' wrong-kind late kem-guess
	daemon_stop
}
per_profile kinds "proofs of another kind" ${SEALED}

# token file option of asmp-keygen -T ...: in the name of ROGUE.
token()
{
	_file=$1
	shift
	mkdir -p other
	rm -f other/*
	atf_check -o ignore ${KEYGEN} -T -d other "$@" ROGUE
	mv other/ROGUE.token ${_file}
}

attack_tokens()
{
	attacked $1
	token elsewhere -a GW2 -k ISSUER.issuer
	sed 's/^GW /GW2 /' GW.pin > GW2.pin
	in_handshake 'break 6: a token for another gateway' audience late \
	    -I ROGUE -K elsewhere -G GW2.pin identity
	token past -a GW -k ISSUER.issuer -f 2020-01-01 -u 2020-01-02
	stranger 'Z-19: a token that has expired' expired ROGUE past
	token future -a GW -k ISSUER.issuer -f 2090-01-01 -u 2090-01-02
	stranger 'Z-19: a token of the future' expired ROGUE future
	atf_check -o ignore ${KEYGEN} -t issuer -n 1 SELF
	token own -a GW -k SELF.issuer
	stranger 'Z-25: a token of another issuer' bad-proof ROGUE own
	atf_check -o ignore ${KEYGEN} -t issuer -n 9 NINE
	token nine -a GW -k NINE.issuer
	stranger 'Z-25: a token of no issuer' issuer ROGUE nine
	for f in role=1 role=255 jti=1 expires=86400 not_before=1; do
		in_handshake "Z-25: a token with another ${f}" bad-proof \
		    late token ${f}
	done
	in_handshake 'Z-25: a token with another client' unknown-device \
	    late token client=SOMEBODY
	in_handshake 'Z-25: a token with another key' issuer late \
	    token key=77
	daemon_stop
}
per_profile tokens "tokens that are not for now, here or this client" \
    ztp slmp

attack_inits()
{
	attacked $1
	for f in kind=0 kind=6 kind=255 flags=2 flags=128 \
	    id-length=255 cut=0 cut=2 cut=18 cut=19; do
		in_handshake "break 9, M-32: INIT with ${f}" init at-once \
		    init "${f}"
	done
	for p in none short long longest; do
		in_handshake "break 9: a proof that is ${p}" init at-once \
		    proof ${p}
	done
	daemon_stop
}
per_profile inits "malformed identities" hybrid asmp ztp slmp smcp

attack_names()
{
	attacked $1
	for f in id= id=.hidden id=-x 'id=a b' id=a/b 'id=a;b' id-nul= \
	    id-long=; do
		in_handshake "break 9, M-32: INIT with ${f}" init at-once \
		    init "${f}"
	done
	daemon_stop
}
per_profile names "names that cannot be" hybrid asmp smcp iomt

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
per_profile order "handshakes out of order" ${ALL}

# It makes the gateway say more than anybody reads.
attack_slow_reader()
{
	attacked $1
	rogue slow-reader
	logged 'session down: device ROGUE address .* reason slow-reader$'
	verdict 'a device that never reads' slow-reader \
	    $(last_reason 'session down: device ROGUE ')
	genuine_only 2
	bystander_goes_on
	daemon_stop
}
per_profile slow_reader "a device that never reads" asmp ztp
