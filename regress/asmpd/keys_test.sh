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

# Tickets: one session more without the device's key, once.
# Keys over time: disabled and enabled, expired, replaced.

. $(atf_get_srcdir)/common.sh

# key_of file: the fingerprint, as who has the file sees it, as a pattern.
key_of()
{
	${KEYGEN} -l $1 | cut -d ' ' -f 3 | tr + .
}

# audited n pattern: so many records of the audit log are like this, or are
# soon: it is written at leisure.
audited()
{
	wait_for ${SOON} audited_now "$@" || {
		sqlite3 -readonly db/asmpd.db 'SELECT data FROM audit' >&2
		atf_fail "not $1 times in the audit log: $2"
	}
}

audited_now()
{
	[ $(sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    'SELECT data FROM audit' | grep -Ec -- "$2") -eq $1 ]
}

# not_let_in id reason: it is refused, and the log says why.
not_let_in()
{
	_n=$(grep -c "refused: .* device $1 reason $2\$" asmpd.log)
	atf_check -s exit:4 -e match:'refused the identity' \
	    ./send $1 '{"n":"0"}'
	count $((_n + 1)) "refused: .* device $1 reason $2\$"
}

atf_test_case disabled
disabled_head()
{
	atf_set descr "a disabled device is out at once, until it is enabled"
	atf_set require.progs sqlite3
}
disabled_body()
{
	gateway
	device_enrol DEV1
	online DEV1
	atf_check -o inline:'DEV1 disabled, 1 session closed\n' \
	    ${ctl} device disable DEV1
	! has_session DEV1 || atf_fail "the session is still there"
	count 1 'session down: device DEV1 address .* reason disabled$'
	wait ${online_pid}
	atf_check_equal 4 $?
	atf_check -o match:'The device was disabled during the session' \
	    cat DEV1.out
	still_disabled
	audited 1 'KEY_DISABLED.*"DEV1".*until it is enabled.*success'
	daemon_stop
	daemon_start -v
	still_disabled
	atf_check -o inline:'DEV1 enabled\n' ${ctl} device enable DEV1
	audited 1 'KEY_ENABLED.*"DEV1".*success'
	atf_check ./send DEV1 '{"n":"1"}'
	atf_check -s exit:2 -e match:'the device is not disabled' \
	    ${ctl} device enable DEV1
	daemon_stop
	daemon_start -v
	atf_check ./send DEV1 '{"n":"2"}'
	daemon_stop
}

# It is refused, its key stays taken, and it can be disabled no further.
still_disabled()
{
	not_let_in DEV1 disabled-device
	atf_check -o match:' disabled .* DEV1$' ${ctl} show devices
	atf_check -o match:'^state +disabled$' ${ctl} device show DEV1
	atf_check -o match:'"state":"disabled"' ${ctl} -j device show DEV1
	atf_check -o inline:'{\n}\n' ${ctl} device export
	cp DEV1.pub DEV2.pub
	atf_check -s exit:2 -e match:'another device has this key' \
	    ${ctl} device add DEV2 DEV2.pub
	atf_check -s exit:2 -e match:'the device is disabled already' \
	    ${ctl} device disable DEV1
}

atf_test_case disabled_for_good
disabled_for_good_head()
{
	atf_set descr "a disabled device can be revoked, a revoked one no more"
}
disabled_for_good_body()
{
	gateway
	device_enrol DEV1
	for what in disable enable; do
		atf_check -s exit:2 -e match:'no such device' \
		    ${ctl} device ${what} DEV2
	done
	atf_check -o inline:'DEV1 disabled, 0 sessions closed\n' \
	    ${ctl} device disable DEV1
	atf_check -o inline:'DEV1 revoked, 0 sessions closed\n' \
	    ${ctl} device revoke DEV1
	for what in disable enable revoke; do
		atf_check -s exit:2 -e match:'the device was revoked before' \
		    ${ctl} device ${what} DEV1
	done
	not_let_in DEV1 revoked-device
	daemon_stop
}

atf_test_case disabled_ticket
disabled_ticket_head()
{
	atf_set descr "who was disabled has no ticket any more"
}
disabled_ticket_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
	stays 4 DEV1.key -w
	tell 4 open close
	hears 4 '^closed'
	atf_check -o ignore ${ctl} device disable DEV1
	tell 4 resume
	hears 4 '^failed - '
	logged 'session refused: .* reason disabled-device$'
	atf_check -o ignore ${ctl} device enable DEV1
	tell 4 resume
	logged 'session refused: .* reason ticket$'
	leaves 4 open heartbeat 'expect heartbeat' close
	daemon_stop
}

atf_test_case expired
expired_head()
{
	atf_set descr "an expired device is out in that moment, and audited once"
	atf_set require.progs sqlite3 jq
}
expired_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${ctl} device add DEV1 DEV1.pub expires=+1h
	shown $(($(date +%s) + 3600)) 60
	online DEV1
	# The session outlives no change of mind.
	atf_check -o match:'^DEV1 expires 20..-..-..T..:..:..Z$' \
	    ${ctl} device expire DEV1 3s
	shown $(($(date +%s) + 3)) 2
	logged 'session down: device DEV1 address .* reason expired$'
	count 1 'device DEV1 expired$'
	wait ${online_pid}
	atf_check_equal 4 $?
	not_let_in DEV1 expired
	atf_check -o match:'^state +expired$' ${ctl} device show DEV1
	atf_check -o match:' 1 expired +no ' ${ctl} show devices
	atf_check -o inline:'"expired"\n' sh -c \
	    "${ctl} -j show devices | jq .devices[0].state"
	atf_check -o inline:'{\n}\n' ${ctl} device export
	audited 1 'KEY_EXPIRED.*"DEV1".*success'
	daemon_stop
	daemon_start -v
	not_let_in DEV1 expired
	daemon_stop
	audited 1 'KEY_EXPIRED.*"DEV1".*success'
	daemon_start -v
	atf_check -o inline:'DEV1 expires never\n' ${ctl} device expire DEV1 never
	atf_check -o match:'^expires +-$' -o match:'^state +active$' \
	    ${ctl} device show DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	daemon_stop
	audited 1 'KEY_EXPIRED'
}

# shown time within: DEV1 expires at about this time, in all there is to see.
shown()
{
	_ms=$(${ctl} -j device show DEV1 | jq .device.expires)
	[ $((_ms / 1000)) -le $1 ] && [ $((_ms / 1000)) -ge $(($1 - $2)) ] ||
	    atf_fail "DEV1 expires at ${_ms}"
	_text=$(date -u -d @$((_ms / 1000)) +%Y-%m-%dT%H:%M:%SZ)
	atf_check -o match:" ${_text} DEV1\$" ${ctl} show devices
	atf_check -o match:"^expires +${_text}\$" ${ctl} device show DEV1
}

atf_test_case expired_asleep
expired_asleep_head()
{
	atf_set descr "what expires while asmpd is away is audited at its start"
	atf_set require.progs sqlite3
}
expired_asleep_body()
{
	gateway
	device_enrol DEV1
	atf_check -o ignore ${ctl} device expire DEV1 3s
	at=$(($(date +%s) + 3))
	daemon_stop
	wait_for 10 later ${at}
	daemon_start -v
	logged 'device DEV1 expired$'
	not_let_in DEV1 expired
	audited 1 'KEY_EXPIRED.*"DEV1".*success'
	# Its time can come again.
	atf_check -o ignore ${ctl} device expire DEV1 2s
	count 2 'device DEV1 expired$'
	audited 2 'KEY_EXPIRED.*"DEV1".*success'
	daemon_stop
}

later()
{
	[ $(date +%s) -gt $1 ]
}

atf_test_case expired_ticket
expired_ticket_head()
{
	atf_set descr "a session and a ticket last no longer than the device"
}
expired_ticket_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${ctl} device add DEV1 DEV1.pub expires=1h
	atf_check -o save:out ./say DEV1.key -w open close
	lifetime=$(sed -n 's/^granted .* life \([0-9]*\) .*/\1/p' out)
	[ ${lifetime} -gt 3500 ] && [ ${lifetime} -le 3602 ] ||
	    atf_fail "a session of ${lifetime} seconds"
	stays 4 DEV1.key -w
	tell 4 open close
	hears 4 '^closed'
	atf_check -o ignore ${ctl} device expire DEV1 2s
	logged 'device DEV1 expired$'
	tell 4 resume
	hears 4 '^failed - '
	logged 'session refused: .* reason expired$'
	atf_check -o ignore ${ctl} device expire DEV1 never
	tell 4 resume
	logged 'session refused: .* reason ticket$'
	leaves 4 open close
	daemon_stop
}

atf_test_case times
times_head()
{
	atf_set descr "times that cannot be"
}
times_body()
{
	gateway
	device_enrol DEV1
	for t in 2020-01-01 2020-01-01T00:00:00Z; do
		atf_check -s exit:2 -e match:'that time is over' \
		    ${ctl} device expire DEV1 ${t}
	done
	for t in 0 -1d 90 +90 soon 2027-02-30 20270131 Never; do
		atf_check -s exit:1 -e match:'not a time' \
		    ${ctl} device expire DEV1 ${t}
	done
	atf_check -s exit:2 -e match:'no such device' \
	    ${ctl} device expire DEV2 1d
	atf_check -o ignore ${KEYGEN} DEV2
	atf_check -s exit:1 -e match:'expires at a time that is over' \
	    ${ctl} device add DEV2 DEV2.pub expires=2020-01-01
	echo "DEV2 $(${KEYGEN} -e DEV2.pub | cut -d ' ' -f 2) expires=2100-01-01" |
	    atf_check -o ignore ${ctl} device import -
	atf_check -o match:'^DEV2 ed25519:.* expires=2100-01-01T00:00:00Z$' \
	    ${ctl} device export lines
	atf_check -o match:'^DEV2,signature,.*,2100-01-01T00:00:00Z$' \
	    ${ctl} device export csv
	atf_check -o match:'"DEV2": *"ed25519:.* expires=2100-01-01T00:00:00Z"' \
	    ${ctl} device export
	daemon_stop
}

# keys_of file ...: new keys, which may be those of one device.
keys_of()
{
	for _f in "$@"; do
		atf_check -o ignore ${KEYGEN} ${_f}
	done
}

# in_by key [id]: DEV1 is let in by this key.
in_by()
{
	atf_check -o match:'^acked ' ./say $1.key -i ${2:-DEV1} open \
	    'reading {"n":"x"}' 'expect acked' close
}

# out_by key [id]: it is not, as one whose proof is wrong.
out_by()
{
	_n=$(grep -c "refused: .* device ${2:-DEV1} reason bad-proof\$" \
	    asmpd.log)
	atf_check -o match:'^failed - ' ./say $1.key -i ${2:-DEV1} open \
	    'expect failed'
	count $((_n + 1)) \
	    "refused: .* device ${2:-DEV1} reason bad-proof\$"
}

# rotations jq-expression: true of show rotations.
rotations()
{
	${ctl} -j show rotations > rotations.json
	jq -e "$1" rotations.json > rotations.out || {
		cat rotations.json >&2
		atf_fail "show rotations: not $1"
	}
}

atf_test_case rotated
rotated_head()
{
	atf_set descr "two keys are good for a while, then the new one"
	atf_set require.progs sqlite3 jq
	atf_set timeout 300
}
rotated_body()
{
	gateway
	keys_of A B
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	out_by B
	stays 4 A.key -i DEV1 -w
	tell 4 open
	hears 4 '^granted .* ticket yes'
	atf_check -o match:'^DEV1 has a new key, the old one is accepted until 20.*Z$' \
	    ${ctl} device rotate DEV1 B.pub
	audited 1 'KEY_ROTATED.*"DEV1".*by an operator: a new key, the old'
	audited 1 "KEY_ENROLLED.*\"DEV1\".*fingerprint $(key_of A.pub)\""
	audited 1 "KEY_ROTATED.*\"DEV1\".*fingerprint $(key_of B.pub)\""
	# The session goes on, and its seals are good by the key it began with.
	tell 4 'reading {"n":"1"}' 'expect acked'
	hears 4 '^acked 1$'
	rotations '.rotations | length == 1 and (.[0] |
	    .device == "DEV1" and .kind == "signature" and .uses_old and
	    .session == "old" and .new_used == 0 and
	    .until - .rotated == 604800000 and
	    .old_fingerprint != .new_fingerprint)'
	atf_check -o match:" old  20.*Z - +old +DEV1\$" ${ctl} show rotations
	# Its ticket is gone, and another it does not get.
	tell 4 close
	hears 4 '^closed'
	tell 4 resume
	hears 4 '^failed - '
	logged 'session refused: .* reason ticket$'
	leaves 4 open heartbeat 'expect heartbeat' close
	atf_check -o inline:'granted no\n' \
	    sh -c "sed -n 's/^granted .* ticket/granted/p' out.4 | tail -n 1"
	audited 0 'KEY_ROTATED.*the new key is in use'
	in_by B
	audited 1 'KEY_ROTATED.*"DEV1".*the new key is in use'
	rotations '.rotations[0] | (.uses_old | not) and .new_used > .old_used
	    and .session == null'
	daemon_stop
	daemon_start -v
	in_by A
	rotations '.rotations[0] | .uses_old and .new_used != 0 and
	    .new_used < .old_used'
	in_by B
	audited 1 'KEY_ROTATED.*the new key is in use'
	# Neither is another device's.
	for k in A B; do
		atf_check -s exit:2 -e match:'another device has this key' \
		    ${ctl} device add DEV2 ${k}.pub
	done
	stays 4 A.key -i DEV1
	tell 4 open
	hears 4 '^granted'
	atf_check -o ignore ${ctl} device rotate DEV1 B.pub overlap=2s
	logged 'session down: device DEV1 .* reason lifetime$'
	logged 'device DEV1: its old key is forgotten$'
	hears 4 '^failed lifetime'
	leaves 4
	out_by A
	in_by B
	audited 1 'KEY_ROTATED.*"DEV1".*the old key is forgotten'
	rotations '.rotations == []'
	atf_check -o ignore ${ctl} device add DEV2 A.pub
	in_by A DEV2
	daemon_stop
	daemon_start -v
	out_by A
	in_by B
	daemon_stop
}

atf_test_case rotated_asleep
rotated_asleep_head()
{
	atf_set descr "an old key is out of use in time, though asmpd was away"
	atf_set require.progs sqlite3
}
rotated_asleep_body()
{
	gateway
	keys_of A B
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	atf_check -o ignore ${ctl} device rotate DEV1 B.pub overlap=2s
	at=$(($(date +%s) + 2))
	daemon_stop
	wait_for 10 later ${at}
	daemon_start -v
	logged 'device DEV1: its old key is forgotten$'
	out_by A
	in_by B
	sql "SELECT length(old_key), until FROM device" -o inline:'0|0\n'
	daemon_stop
}

atf_test_case rotated_again
rotated_again_head()
{
	atf_set descr "a second rotation replaces the new key, unless it is in use"
	atf_set require.progs jq sqlite3
}
rotated_again_body()
{
	gateway
	keys_of A B C D
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	atf_check -o ignore ${ctl} device rotate DEV1 B.pub overlap=1h
	rotations '.rotations[0] | .until - .rotated == 3600000'
	atf_check -o ignore ${ctl} device rotate DEV1 C.pub
	rotations '.rotations[0] | .until - .rotated == 3600000'
	in_by A
	out_by B
	in_by C
	# Of those in use, C is the one that the device has.
	atf_check -o ignore ${ctl} device rotate DEV1 D.pub
	out_by A
	in_by C
	in_by D
	for k in C D; do
		atf_check -s exit:2 -e match:'(has this key already|this is the key that is being replaced)$' \
		    ${ctl} device rotate DEV1 ${k}.pub
	done
	atf_check -o ignore ${ctl} device add DEV2 A.pub
	atf_check -s exit:2 -e match:'another device has this key' \
	    ${ctl} device rotate DEV1 A.pub
	daemon_stop
	daemon_start -v
	out_by A
	in_by C
	in_by D
	daemon_stop
}

atf_test_case rotated_at_once
rotated_at_once_head()
{
	atf_set descr "without an overlap the session of the old key ends"
	atf_set require.progs sqlite3 jq
}
rotated_at_once_body()
{
	gateway
	keys_of A
	atf_check -o ignore ${KEYGEN} -t p384 B
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	stays 4 A.key -i DEV1
	tell 4 open
	hears 4 '^granted'
	atf_check -o inline:'DEV1 has a new key, 1 session closed\n' \
	    ${ctl} device rotate DEV1 B.pub overlap=0
	count 1 'session down: device DEV1 .* reason lifetime$'
	leaves 4 'expect failed lifetime'
	out_by A
	in_by B
	atf_check -o match:'"algorithm":"p384"' ${ctl} -j device show DEV1
	rotations '.rotations == []'
	audited 1 'KEY_ROTATED.*by an operator: a new key, at once'
	audited 1 'KEY_ROTATED'
	daemon_stop
	daemon_start -v
	out_by A
	in_by B
	daemon_stop
}

atf_test_case rotated_psk
rotated_psk_head()
{
	atf_set descr "a pre-shared key is replaced by a line, and seen by nobody"
	atf_set require.progs sqlite3 jq
}
rotated_psk_body()
{
	gateway
	for k in A B; do
		mkdir ${k}
		atf_check -o ignore ${KEYGEN} -d ${k} -t psk 1
		(umask 077 && ${KEYGEN} -e ${k}/1.psk > ${k}/line)
	done
	atf_check -o ignore ${ctl} device add - < A/line
	psk_out B
	atf_check -s exit:1 -e match:'asmpctl device rotate -' \
	    ${ctl} device rotate 1 $(cut -d ' ' -f 2 B/line)
	atf_check -o match:'^1 has a new key, the old' \
	    ${ctl} device rotate - < B/line
	psk_in A
	psk_in B
	rotations '.rotations[0] | .kind == "psk" and .old_fingerprint == null'
	sql "SELECT length(old_key), length(old_sealed) > 0 FROM device" \
	    -o inline:'32|1\n'
	daemon_stop
	daemon_start -v
	psk_in A
	psk_in B
	atf_check -o ignore ${ctl} device rotate -f B/line overlap=0
	psk_out A
	psk_in B
	sql "SELECT length(old_key), length(old_sealed) FROM device" \
	    -o inline:'0|0\n'
	daemon_stop
}

psk_in()
{
	atf_check -o match:'^result ' ./say $1/1.psk -i 1 open 'value 7' \
	    'expect result'
}

psk_out()
{
	atf_check -o match:'^failed - ' ./say $1/1.psk -i 1 open 'expect failed'
	logged 'refused: .* device 1 reason bad-proof$'
}

atf_test_case rotated_kem
rotated_kem_head()
{
	atf_set descr "an ML-KEM key is replaced at once"
}
rotated_kem_body()
{
	gateway
	for k in A B; do
		mkdir ${k}
		atf_check -o ignore ${KEYGEN} -d ${k} -t mlkem768 K
		${KEYGEN} -e ${k}/K.kem > ${k}/line
	done
	atf_check -o ignore ${ctl} device add - < A/line
	atf_check -s exit:2 -e match:'is replaced at once' \
	    ${ctl} device rotate - overlap=1d < B/line
	stays 4 A/K.kem -i K
	tell 4 open
	hears 4 '^granted'
	atf_check -o inline:'K has a new key, 1 session closed\n' \
	    ${ctl} device rotate - < B/line
	leaves 4 'expect failed lifetime'
	atf_check -o match:'^failed - ' ./say A/K.kem -i K open 'expect failed'
	atf_check -o match:'^open iomt' ./say B/K.kem -i K open heartbeat \
	    'expect heartbeat' close
	daemon_stop
	daemon_start -v
	atf_check -o match:'^open iomt' ./say B/K.kem -i K open heartbeat \
	    'expect heartbeat' close
	daemon_stop
}

atf_test_case not_rotated
not_rotated_head()
{
	atf_set descr "rotations that cannot be change nothing"
}
not_rotated_body()
{
	gateway
	keys_of A B
	atf_check -o ignore ${KEYGEN} -t mlkem768 K
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	atf_check -o ignore ${ctl} device add TOK token
	atf_check -s exit:2 -e match:'no such device' \
	    ${ctl} device rotate DEV2 B.pub
	atf_check -s exit:2 -e match:'has no key to replace' \
	    ${ctl} device rotate TOK token
	atf_check -s exit:2 -e match:'another kind of proof' \
	    ${ctl} device rotate DEV1 token
	atf_check -s exit:2 -e match:'has this key already' \
	    ${ctl} device rotate DEV1 A.pub
	atf_check -s exit:2 -e match:'a year at most' \
	    ${ctl} device rotate DEV1 B.pub overlap=53w
	for o in x 1 -1d 2027-01-01; do
		atf_check -s exit:1 -e match:'not a duration' \
		    ${ctl} device rotate DEV1 B.pub overlap=${o}
	done
	atf_check -s exit:1 -e match:'only overlap=TIME may follow' \
	    ${ctl} device rotate DEV1 B.pub role=admin
	${KEYGEN} -e B.pub -r user DEV1 > line
	atf_check -s exit:1 -e match:'keeps its role' \
	    ${ctl} device rotate -f line
	in_by A
	out_by B
	atf_check -o ignore ${ctl} device revoke DEV1
	atf_check -s exit:2 -e match:'was revoked before' \
	    ${ctl} device rotate DEV1 B.pub
	# A revoked device's keys stay taken, its old one too.
	keys_of C D
	atf_check -o ignore ${ctl} device add DEV3 C.pub
	atf_check -o ignore ${ctl} device rotate DEV3 D.pub
	atf_check -o ignore ${ctl} device revoke DEV3
	for k in C D; do
		atf_check -o match:'^failed - ' ./say ${k}.key -i DEV3 open \
		    'expect failed'
		atf_check -s exit:2 -e match:'another device has this key' \
		    ${ctl} device add DEV4 ${k}.pub
	done
	count 2 'refused: .* device DEV3 reason revoked-device$'
	daemon_stop
}

atf_test_case self_rotated
self_rotated_head()
{
	atf_set descr "a device gives itself another key, in its session"
	atf_set require.progs sqlite3 jq
}
self_rotated_body()
{
	gateway
	keys_of A B C TAKEN
	atf_check -o ignore ${KEYGEN} -t p384 D
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	atf_check -o ignore ${ctl} device add DEV2 TAKEN.pub
	for p in hybrid asmp; do
		# Another's key it cannot have; that ends no session.
		atf_check -o match:'^rotated key-taken$' -o match:'^acked' \
		    ./say A.key -i DEV1 -P ${p} open 'rotate TAKEN.key' \
		    'expect rotated' 'reading {"n":"1"}' 'expect acked' close
	done
	audited 2 'KEY_ROTATED.*"DEV1".*by the device: refused: reason key-taken.*failure'
	count 2 'device DEV1: its new key is refused: reason key-taken$'
	stays 4 A.key -i DEV1 -w
	tell 4 open 'reading {"n":"2"}' 'rotate B.key' 'expect rotated none' \
	    'reading {"n":"3"}' 'expect acked'
	hears 4 '^rotated none$'
	audited 1 'KEY_ROTATED.*"DEV1".*by the device: a new key, the old'
	rotations '.rotations[0] | .session == "old" and
	    .until - .rotated == 604800000'
	# Asked again for the same, it is told the same; for another it has to
	# come back.
	tell 4 'rotate B.key'
	hears 4 '^acked 4$'
	leaves 4 'expect rotated none' 'rotate C.key' \
	    'expect rotated old-key' 'reading {"n":"4"}' 'expect acked' close
	in_by A
	out_by C
	in_by B
	audited 1 'the new key is in use'
	# A key of another algorithm, while the session goes on by the first.
	atf_check -o match:'^rotated none$' -o match:'^acked' -o match:'^closed' \
	    ./say B.key -i DEV1 open 'rotate D.key' 'expect rotated none' \
	    'reading {"n":"5"}' 'expect acked' close
	out_by A
	in_by B
	in_by D
	daemon_stop
	daemon_start -v
	out_by A
	in_by B
	in_by D
	daemon_stop
}

atf_test_case self_not_rotated
self_not_rotated_head()
{
	atf_set descr "a stolen old key does not take the device back"
	atf_set require.progs sqlite3 jq
}
self_not_rotated_body()
{
	gateway
	keys_of A B THIEF
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	stays 4 A.key -i DEV1
	tell 4 open
	hears 4 '^granted'
	atf_check -o ignore ${ctl} device rotate DEV1 B.pub
	leaves 4 'rotate THIEF.key' 'expect rotated old-key' close
	atf_check -o match:'^rotated old-key$' ./say A.key -i DEV1 open \
	    'rotate THIEF.key' 'expect rotated' close
	out_by THIEF
	in_by B
	audited 2 'KEY_ROTATED.*by the device: refused: reason old-key.*failure'
	count 2 'device DEV1: its new key is refused: reason old-key$'
	daemon_stop
}

atf_test_case asmp_rotates
asmp_rotates_head()
{
	atf_set descr "asmp -R replaces the key before it sends"
	atf_set require.progs sqlite3
}
asmp_rotates_body()
{
	gateway
	keys_of A B TAKEN
	atf_check -o ignore ${ctl} device add DEV1 A.pub
	atf_check -o ignore ${ctl} device add DEV2 TAKEN.pub
	cat > device <<-EOF
		#!/bin/sh
		exec ${ASMP} -i DEV1 -g GW.pin -p ${port} -t 10 "\$@"
	EOF
	chmod 755 device
	atf_check -s exit:4 -e match:'TAKEN.key: the gateway does not take' \
	    ./device -k A.key -R TAKEN.key 127.0.0.1 '{"n":"no"}'
	stored reading 0 1
	atf_check -e match:'^asmp: DEV1 has the key in B.key from now on; the old one is good until 20.*Z$' \
	    ./device -k A.key -R B.key 127.0.0.1 '{"n":"1"}'
	stored reading 1 1
	audited 1 'KEY_ROTATED.*"DEV1".*by the device: a new key'
	atf_check ./device -k B.key 127.0.0.1 '{"n":"2"}'
	# The answer was lost: it is given again.
	atf_check -e match:'^asmp: DEV1 has the key in B.key' \
	    ./device -k A.key -R B.key 127.0.0.1 '{"n":"3"}'
	audited 1 'KEY_ROTATED.*"DEV1".*by the device: a new key'
	# By way of an outbox, too.
	atf_check -e match:'^asmp: DEV1 has the key in A2.key' sh -c \
	    "${KEYGEN} A2 > made; ./device -k B.key -R A2.key -o box 127.0.0.1 '{\"n\":\"4\"}'"
	stored reading 4 1
	atf_check -s exit:1 -e match:'only a key that signs' sh -c \
	    "${KEYGEN} -t mlkem768 K > made; ./device -k K.kem -R B.key 127.0.0.1 x"
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case disabled
	atf_add_test_case disabled_for_good
	atf_add_test_case disabled_ticket
	atf_add_test_case expired
	atf_add_test_case expired_asleep
	atf_add_test_case expired_ticket
	atf_add_test_case times
	atf_add_test_case rotated
	atf_add_test_case rotated_asleep
	atf_add_test_case rotated_again
	atf_add_test_case rotated_at_once
	atf_add_test_case rotated_psk
	atf_add_test_case rotated_kem
	atf_add_test_case not_rotated
	atf_add_test_case self_rotated
	atf_add_test_case self_not_rotated
	atf_add_test_case asmp_rotates
}
