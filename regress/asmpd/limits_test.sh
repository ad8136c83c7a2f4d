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

# What a session, a reading and its keys may be like, in every profile.

. $(atf_get_srcdir)/common.sh

# every_kind [line of asmpd.conf ...]: a gateway and a device of each; ${all}
# is what say wants to know of each profile but smcp.
every_kind()
{
	atf_check -o ignore ${KEYGEN} -t issuer DESK
	gateway "issuer \"$(pwd -P)/DESK.issuer\"" "$@"
	atf_check -o ignore ${KEYGEN} SIGNER
	enrol SIGNER.pub
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer -r user CLERK
	enrol CLERK.token -r user
	atf_check -o ignore ${KEYGEN} -t psk 1
	enrol 1.psk
	all='SIGNER.key/hybrid SIGNER.key/asmp CLERK.token/ztp CLERK.token/slmp KEM.kem/iomt'
}

# blocked_for reason json pattern: in every profile, and the session is over.
blocked_for()
{
	for _p in ${all}; do
		atf_check -o match:"^failed $1 " ./say ${_p%/*} -P ${_p#*/} \
		    open "$2" 'expect failed'
		logged "reading blocked: device ${_p%.*} id [0-9]+ reason $1$3"
	done
	nblocked=$((nblocked + 5))
	stored blocked ${nblocked} true
}

# taken command ...: in every profile.
taken()
{
	for _p in ${all}; do
		atf_check -o match:'^acked ' ./say ${_p%/*} -P ${_p#*/} \
		    open "$@" 'expect acked'
	done
}

atf_test_case mandatory
mandatory_head()
{
	atf_set descr "break 16: mandatory fields are there, and of their type"
	atf_set require.progs sqlite3
}
mandatory_body()
{
	every_kind 'reading require "temperature" number' \
	    'reading require "unit" string' 'reading require "at"'
	nblocked=0
	for at in null '{}' '[]' 1 '"x"' true; do
		taken "reading {\"at\":${at},\"unit\":\"C\",\"temperature\":25.0}"
	done
	_why=' is missing, or not of its type data'
	blocked_for field 'reading {"at":1,"unit":"C"}' ": temperature${_why}"
	for t in '"25.0"' null '[25.0]' '{"t":25.0}' true; do
		blocked_for field "reading {\"at\":1,\"unit\":\"C\",\"temperature\":${t}}" \
		    ": temperature${_why}"
	done
	blocked_for field 'reading {"at":1,"unit":1,"temperature":25.0}' \
	    ": unit${_why}"
	blocked_for field 'reading {"unit":"C","temperature":25.0}' \
	    ": at${_why}"
	blocked_for field 'reading {}' ": temperature${_why}"
	for t in NaN Infinity -Infinity 1e999; do
		blocked_for json "reading {\"at\":1,\"unit\":\"C\",\"temperature\":${t}}" \
		    ': not a finite JSON number at byte [0-9]+ data'
	done
	# smcp's value is no more than it says.
	atf_check -o match:'^failed field ' ./say 1.psk open 'value 100' \
	    'expect failed'
	daemon_stop
}

atf_test_case clock
clock_head()
{
	atf_set descr "break 16: a reading of another time is kept for review"
	atf_set require.progs sqlite3
}
clock_body()
{
	every_kind 'reading time within 60'
	nblocked=0
	for ms in -50000 0 50000; do
		taken "at ${ms} {\"n\":\"1\"}"
	done
	taken 'on 3 {"n":"without a clock"}'
	blocked_for stale 'at -70000 {"n":"1"}' ' data'
	blocked_for stale 'at 70000 {"n":"1"}' ' data'
	# A bare value has no time.
	atf_check -o match:'^result complete 7$' ./say 1.psk open 'value 7' \
	    'expect result'
	sed -i '/reading time/s/60/none/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	taken 'at -86400000 {"n":"1"}'
	daemon_stop
}

atf_test_case fernet_age
fernet_age_head()
{
	atf_set descr "S-2, S-15: a message of another minute is refused"
	atf_set require.progs sqlite3
}
fernet_age_body()
{
	every_kind
	for ms in -57000 57000; do
		atf_check -o match:'^text 1 Message received: hello$' \
		    ./say CLERK.token -P slmp open "skew ${ms}" 'text 1 hello' \
		    'expect text'
	done
	for ms in -64000 64000; do
		atf_check -o match:'^failed stale ' ./say CLERK.token -P slmp \
		    open "skew ${ms}" 'text 1 hello' 'expect failed'
	done
	count 2 'session down: device CLERK .* reason stale$'
	count 2 'Authenticated message from CLERK: hello$'
	daemon_stop
}

atf_test_case rekey
rekey_head()
{
	atf_set descr "new keys on demand, and readings before and after"
	atf_set require.progs sqlite3 jq
}
rekey_body()
{
	every_kind
	atf_check -o save:out ./say SIGNER.key -P hybrid open \
	    'reading {"n":"1"}' 'reading {"n":"2"}' 'expect acked 2' keys \
	    rekey 'expect epoch 2' keys 'reading {"n":"3"}' 'expect acked 3' \
	    'text 1 still here' 'expect text' rekey 'expect epoch 3' \
	    heartbeat 'expect heartbeat' rekey 'expect epoch 4' \
	    'reading {"n":"4"}' 'expect acked 4' close 'expect closed'
	sql 'SELECT id, data FROM reading ORDER BY seq' \
	    -o inline:'1|{"n":"1"}\n2|{"n":"2"}\n3|{"n":"3"}\n4|{"n":"4"}\n'
	atf_check -o match:'^ *3$' sh -c "${ctl} -j show memory | jq '.processes[] |
	    select(.process == \"verify\") | .counters.rekeys'"
	# No key is what it was, but those of the handshake.
	grep '^key [dgr]' out | awk '{ print $3 }' | sort | uniq -d > same
	atf_check -o empty cat same
	atf_check -o inline:'12\n' grep -c '^key [dgr]' out
	count 1 'session up: device SIGNER '
	count 1 'session down: device SIGNER address .* reason done$'
	daemon_stop
}

atf_test_case shared_key
shared_key_head()
{
	atf_set descr "A-19: the group's key is in all keys of a session"
}
shared_key_body()
{
	atf_check -o ignore ${KEYGEN} -t shared -n 5 WARD
	every_kind "shared key \"$(pwd -P)/WARD.shared\""
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t shared -n 5 WARD
	atf_check -o ignore ${KEYGEN} -d other -t shared -n 6 ROOM
	for p in ${all} 1.psk/smcp; do
		_id=${p%.*}
		# What the device makes of it, and what it does not use.
		atf_check -o match:"^open ${p#*/}\$" ./say ${p%/*} -P ${p#*/} \
		    -S WARD.shared open heartbeat 'expect heartbeat'
		atf_check -o match:"^open ${p#*/}\$" ./say ${p%/*} -P ${p#*/} \
		    open heartbeat 'expect heartbeat'
		# Another one of this number: neither side can read the other.
		_ups=$(grep -c "session up: device ${_id} " asmpd.log)
		atf_check -o match:'^failed - .* bad HANDSHAKE_ACK' ./say \
		    ${p%/*} -P ${p#*/} -S other/WARD.shared open
		_downs=$(grep -c "session down: device ${_id} " asmpd.log)
		count $((_ups + 1)) "session up: device ${_id} "
		count $((_ups + 1)) "session down: device ${_id} "
		# A number that the gateway does not have.
		_before=$(grep -c 'reason shared-key$' asmpd.log)
		atf_check -o match:'^failed - ' ./say ${p%/*} -P ${p#*/} \
		    -S other/ROOM.shared open
		count $((_before + 1)) 'session refused: .* reason shared-key$'
	done
	# It comes and goes with a reload, whoever is there.
	stays 4 SIGNER.key -S WARD.shared
	tell 4 open
	hears 4 '^open'
	sed -i '/shared key/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	tell 4 'reading {"n":"1"}'
	hears 4 '^acked 1$'
	leaves 4
	_before=$(grep -c 'reason shared-key$' asmpd.log)
	atf_check -o match:'^failed - ' ./say SIGNER.key -S WARD.shared open
	count $((_before + 1)) 'session refused: .* reason shared-key$'
	daemon_stop
}

atf_test_case reloaded_roles
reloaded_roles_head()
{
	atf_set descr "Z-20: a reload changes what a role may, in sessions that are open"
}
reloaded_roles_body()
{
	every_kind 'role "user" number 2 { open { chat control } say { ping status } }' \
	    'role "auditor" number 7 { open { control } say all }'
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer -r 7 AUDITOR
	enrol AUDITOR.token -r auditor
	stays 5 AUDITOR.token
	tell 5 open 'text 2 status'
	hears 5 '^text 2 server OK$'
	stays 4 CLERK.token
	tell 4 open 'text 2 ping' 'text 2 status' 'expect text 2 server OK'
	hears 4 '^text 2 server OK$'
	sed -i '/^role/s/ping status/ping list/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	tell 4 'text 2 status' 'text 2 list' 'expect text 2 2 control'
	hears 4 '^text 2 2 control$'
	atf_check -o inline:'1\n' grep -c '^text 2 not permitted$' out.4
	# A stream that is open stays, one that is not does not open.
	sed -i '/^role/s/chat control/telemetry/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	tell 4 'text 2 ping' 'reading {"n":"1"}' 'expect acked'
	hears 4 '^acked 1$'
	atf_check -o inline:'2\n' grep -c '^text 2 pong$' out.4
	count 0 'session down: '
	leaves 4 'text 1 hello' 'expect failed role'
	# A role that is gone may nothing, and its sessions live.
	sed -i '/auditor/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	tell 5 'text 2 status' 'expect text 2 not permitted'
	leaves 5 close open 'text 2 status' 'expect failed role'
	daemon_stop
}

atf_test_case reloaded_streams
reloaded_streams_head()
{
	atf_set descr "Z-32, Z-35: a reload changes streams of sessions that are open"
}
reloaded_streams_body()
{
	every_kind 'stream "nurses" number 17 handler chat' \
	    'role "user" number 2 { open { chat control nurses } say all }' \
	    'stream chat idle none'
	stays 4 CLERK.token
	stays 5 SIGNER.key
	tell 5 open 'text 2 ping'
	tell 4 open 'text 1 a' 'text 17 b' 'expect text 17 b'
	hears 4 '^text 17 b$'
	hears 5 '^text 2 pong$'
	# New, of another kind, and no more for ever.
	sed -i -e '/^stream/d' -e '/^role/s/nurses/doctors/' asmpd.conf
	cat >> asmpd.conf <<-'EOF'
		stream "doctors" number 18 handler control
		stream chat idle 3
		stream control idle 3
	EOF
	atf_check -o ignore ${ctl} reload
	hears 4 '^end 17 stream$'
	tell 4 'text 18 ping' 'text 17 late' 'text 1 c' 'expect text 1 c'
	hears 4 '^text 18 pong$'
	hears 4 '^end 1 idle$'
	# It had half a minute.
	hears 5 '^end 2 idle$'
	leaves 5
	# What is no stream any more is none for who did not have it.
	leaves 4 close open 'text 17 d' 'expect failed stream'
	logged 'session down: device CLERK address .* reason stream$'
	daemon_stop
}

atf_test_case reloaded_wrong
reloaded_wrong_head()
{
	atf_set descr "a reload that fails changes nothing of all that"
}
reloaded_wrong_body()
{
	every_kind 'reading require "t"' \
	    'role "user" number 2 { open { chat control telemetry } say { ping } }'
	stays 4 CLERK.token
	tell 4 open 'text 2 status' 'expect text 2 not permitted'
	hears 4 '^text 2 not permitted$'
	cp asmpd.conf good.conf
	sed -i -e '/^role/s/say { ping }/say all/' -e '/^reading/d' asmpd.conf
	echo 'group "g" { member { A } wait 0 }' >> asmpd.conf
	atf_check -s exit:2 -e ignore ${ctl} reload
	tell 4 'text 2 status' 'expect text 2 not permitted'
	leaves 4 'reading {"u":1}' 'expect failed field'
	cp good.conf asmpd.conf
	atf_check -o ignore ${ctl} reload
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case mandatory
	atf_add_test_case clock
	atf_add_test_case fernet_age
	atf_add_test_case rekey
	atf_add_test_case shared_key
	atf_add_test_case reloaded_roles
	atf_add_test_case reloaded_streams
	atf_add_test_case reloaded_wrong
}
