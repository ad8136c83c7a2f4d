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

# Streams: what is said on them, by whom, and when they end.

. $(atf_get_srcdir)/common.sh

# token name [option of asmp-keygen -T ...]: for a client of this name.
token()
{
	_name=$1
	shift
	[ -e DESK.issuer ] || atf_check -o ignore ${KEYGEN} -t issuer DESK
	rm -f ${_name}.token
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer "$@" ${_name}
}

# desk [line of asmpd.conf ...]: a gateway for bearers of tokens, and one of
# them in each role, called like it.
desk()
{
	atf_check -o ignore ${KEYGEN} -t issuer DESK
	gateway "issuer \"$(pwd -P)/DESK.issuer\"" "$@"
	for _role in device user admin; do
		token ${_role} -r ${_role}
		enrol ${_role}.token
	done
}

# counter name: of verify.
counter()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "verify") | .counters.'$1
}

atf_test_case chat
chat_head()
{
	atf_set descr "Z-21, Z-23, Z-33: chat is answered with what was said"
	atf_set require.progs jq
}
chat_body()
{
	desk
	cat > want <<-EOF
		text 1 hello
		text 1 any  normal text, 24 °C
		text 2 pong
		text 1 ping
	EOF
	atf_check -o save:out ./say user.token open 'text 1 hello' \
	    'expect text' 'text 1 any  normal text, 24 °C' 'expect text' \
	    'text 2 ping' 'expect text' 'text 1 ping' 'expect text'
	atf_check -o file:want grep ^text out
	logged 'Authenticated message from user: hello$'
	daemon_stop
}

# words key [command ...]: what a device in a session of its own was told.
words()
{
	_key=$1
	shift
	atf_check -o save:out ./say ${_key} open "$@"
	grep ^text out > words
}

atf_test_case control
control_head()
{
	atf_set descr "Z-20, Z-25, Z-34: commands, each as the role may say it"
}
control_body()
{
	desk
	set -- 'text 2 ping' 'expect text' 'text 2 status' 'expect text' \
	    'text 2 echo' 'expect text' 'text 2 echo  a b ' 'expect text' \
	    'text 2 list' 'expect text'
	words device.token "$@"
	atf_check -o inline:"text 2 pong
text 2 not permitted
text 2 not permitted
text 2 not permitted
text 2 not permitted
" cat words
	for role in user admin; do
		words ${role}.token "$@"
		atf_check -o inline:"text 2 pong
text 2 server OK
text 2 \ntext 2  a b \ntext 2 2 control
" cat words
	done
	# Each of them: who may not say a command does not say another.
	for role in device user admin; do
		words ${role}.token 'text 2 time' 'expect text' \
		    'text 2 reboot' 'expect text' 'text 2 ping x' \
		    'expect text' 'text 2 Ping' 'expect text'
		atf_check -o match:'^text 2 20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$' \
		    head -n 1 words
		atf_check -o inline:"text 2 unknown command
text 2 unknown command
text 2 unknown command
" tail -n 3 words
	done
	daemon_stop
}

atf_test_case roles
roles_head()
{
	atf_set descr "Z-18, Z-20: the lower of the token's and the registry's"
}
roles_body()
{
	desk 'role "user" number 2 { open { control } say { time list } }'
	token a -r admin
	enrol a.token -r device
	atf_check -o match:'^granted role 1 ' -o match:'^text 2 not permitted$' \
	    ./say a.token open 'text 2 status' 'expect text'
	token b -r device
	enrol b.token -r admin
	atf_check -o match:'^granted role 1 ' -o match:'^text 2 not permitted$' \
	    ./say b.token open 'text 2 status' 'expect text'
	# One of asmpd.conf(5) takes the place of another.
	atf_check -o match:'^granted role 2 ' -o match:'^text 2 not permitted$' \
	    -o match:'^text 2 2 control$' ./say user.token open \
	    'text 2 ping' 'expect text 2 not' 'text 2 list' 'expect text'
	atf_check -o match:'^failed role ' ./say user.token open \
	    'text 1 hello' 'expect failed role'
	logged 'session down: device user address .* reason role$'
	atf_check -o match:'^granted role 3 ' -o match:'^text 2 server OK$' \
	    ./say admin.token open 'text 2 status' 'expect text'
	# A number that no line knows is as good as any that is higher.
	token c -r 200
	enrol c.token -r admin
	atf_check -o match:'^granted role 3 ' ./say c.token open
	daemon_stop
}

# not_let_in reason file: this token opens nothing.
not_let_in()
{
	atf_check -o match:'^failed - .* refused the identity' \
	    ./say $2 open 'expect failed'
	logged "session refused: address .* device user reason $1\$"
}

# b64_flip n file: a bit of byte n of a file of one line changed.
b64_flip()
{
	head=$(cut -d ' ' -f 1 $2)
	cut -d ' ' -f 2 $2 | base64 -d | od -An -v -tu1 | tr -s ' ' '\n' |
	    awk -v at=$1 'NF { $1 = n++ == at ? $1 % 2 ? $1 - 1 : $1 + 1 : $1
	    printf "\\%03o", $1 }' > octal
	echo "${head} $(printf "$(cat octal)" | base64 -w 0)" > flipped.token
	chmod 600 flipped.token
}

atf_test_case tokens
tokens_head()
{
	atf_set descr "S-5, S-17, Z-11, Z-17 to Z-19: a token is for one gateway, one client, one time"
}
tokens_body()
{
	desk
	atf_check -o match:'^open ztp$' ./say user.token open
	token user -f 1h
	not_let_in expired user.token
	token user -f 2020-01-01 -u 2020-01-02
	not_let_in expired user.token
	rm -f user.token
	atf_check -o ignore ${KEYGEN} -T -a GW2 -k DESK.issuer user
	not_let_in audience user.token
	# An issuer the gateway has never heard of, and another's number.
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t issuer -n 2 DESK
	rm user.token
	atf_check -o ignore ${KEYGEN} -T -a GW -k other/DESK.issuer user
	not_let_in issuer user.token
	rm -r other/DESK.issuer user.token
	atf_check -o ignore ${KEYGEN} -d other -t issuer -n 1 DESK
	atf_check -o ignore ${KEYGEN} -T -a GW -k other/DESK.issuer user
	not_let_in bad-proof user.token
	# What the issuer has said cannot be made more: here the role.
	token user -r user
	b64_flip 2 user.token
	not_let_in bad-proof flipped.token
	b64_flip 18 user.token
	not_let_in bad-proof flipped.token
	atf_check -o match:'^open ztp$' ./say user.token open
	token stranger
	atf_check -o match:'^failed - ' ./say stranger.token open
	logged 'device stranger reason unknown-device$'
	# A session is over when its token is, and so is the client.
	token user -u 3s
	atf_check -o match:'^granted role 1 life [123] ' \
	    -o match:'^failed lifetime ' ./say user.token open 'expect failed'
	logged 'session down: device user address .* reason lifetime$'
	not_let_in expired user.token
	token user
	atf_check -o match:'^open ztp$' ./say user.token open
	atf_check -o ignore ${ctl} device revoke user
	not_let_in revoked-device user.token
	daemon_stop
}

atf_test_case ids
ids_head()
{
	atf_set descr "Z-22: ids of streams are positive, and of streams there are"
}
ids_body()
{
	desk
	for id in 0 5 17 2147483648 4294967295; do
		_before=$(grep -c 'session down: .* reason stream$' asmpd.log)
		atf_check -o match:'^text 1 hello$' -o match:'^failed stream ' \
		    ./say admin.token open 'text 1 hello' 'expect text' \
		    "text ${id} hello" 'expect failed'
		count $((_before + 1)) 'session down: .* reason stream$'
	done
	daemon_stop
}

atf_test_case idle
idle_head()
{
	atf_set descr "break 8, Z-14, Z-32: streams close when nobody uses them, sessions do not"
	atf_set require.progs jq
}
idle_body()
{
	desk 'stream chat idle 4'
	# Used now and then it stays open for longer, whoever speaks.
	stays 4 admin.token
	tell 4 open 'text 2 ping' 'reading {"n":"1"}'
	for n in 1 2 3 4; do
		tell 4 "text 1 said ${n}" 'sleep 1500'
	done
	hears 4 'text 1 said 4'
	atf_check -o ignore ${ctl} send admin unasked
	hears 4 'text 1 unasked'
	tell 4 'sleep 1500' 'text 1 said 5' 'expect text 1 said 5' 'text 2 list'
	hears 4 '^3 telemetry$'
	atf_check -s exit:1 grep ^end out.4
	# Then nobody does.
	hears 4 '^end 1 idle$'
	count 0 'session down: device admin '
	atf_check_equal 0 $(counter late_frames)
	# A frame for it is counted, not answered, and breaks nothing.
	tell 4 'text 1 too late' 'text 1 much too late' 'text 2 ping' \
	    'expect text 2 pong' 'text 2 list' 'reading {"n":"2"}' \
	    'expect acked 2'
	hears 4 '^acked 2$'
	atf_check_equal 2 $(counter late_frames)
	atf_check -s exit:1 grep 'text 1 .*late' out.4
	# Nor does it open again: for who sends to it there is nothing there.
	atf_check -s exit:2 -e match:'the chat stream .* is closed' \
	    ${ctl} send admin 'too late'
	tell 4 'text 1 again' 'text 2 ping'
	leaves 4 'expect text 2 pong' close 'expect closed'
	logged 'session down: device admin address .* reason done$'
	table_row 'break 8: frames for a stream that is closed' ztp dropped \
	    refused
	# Another session of the device has all of them.
	atf_check -o match:'^text 1 new$' ./say admin.token open 'text 1 new' \
	    'expect text'
	daemon_stop
}

atf_test_case idle_either_way
idle_either_way_head()
{
	atf_set descr "break 8, Z-32: a stream that one side alone uses does not idle"
}
idle_either_way_body()
{
	desk 'stream chat idle 3' 'stream control idle 3' \
	    'stream telemetry idle 3'
	stays 4 admin.token
	tell 4 open 'text 1 hello' 'text 2 ping'
	hears 4 '^text 2 pong$'
	# The gateway alone speaks on one, the device on another.
	for n in 1 2 3 4 5; do
		atf_check -o ignore ${ctl} send admin "unasked ${n}"
		hears 4 "^text 1 unasked ${n}\$"
		tell 4 "reading {\"n\":\"${n}\"}" "expect acked ${n}"
		hears 4 "^acked ${n}\$"
		sleep 1.3
	done
	# Nobody does on a third, so the time was long enough.
	atf_check -o inline:'end 2 idle\n' grep '^end ' out.4
	leaves 4 'text 1 still here' 'expect text 1 still here' close
	table_row 'break 8: a stream that one side uses' ztp open refused
	daemon_stop
}

atf_test_case half_a_minute
half_a_minute_head()
{
	atf_set descr "break 8, Z-32: without a line a stream is closed after 30 s"
}
half_a_minute_body()
{
	desk
	# Said something at 25 s, it is open at 35; silent, it is not at 30.
	atf_check -o save:out ./say user.token open 'text 1 a' \
	    'expect text' 'text 2 ping' 'expect text' \
	    'sleep 25000' 'text 1 b' 'sleep 10000' 'text 1 c' \
	    'expect text 1 c' 'sleep 28000' heartbeat 'expect heartbeat' \
	    'expect end 1'
	atf_check -o inline:'text 1 a
text 2 pong
text 1 b
end 2 idle
text 1 c
heartbeat
end 1 idle
closed
' grep -v -e ^session -e ^granted -e ^open out
	table_row 'break 8: used at 25 s and 35 s, silent for 30 s' ztp \
	    'open, idle' refused
	daemon_stop
}

atf_test_case heartbeat
heartbeat_head()
{
	atf_set descr "Z-28, A-36: a sign of life is answered, and keeps no stream open"
}
heartbeat_body()
{
	desk 'stream chat idle 2'
	atf_check -o save:out ./say admin.token open 'text 1 hello' \
	    'expect text' heartbeat 'sleep 700' heartbeat 'sleep 700' \
	    heartbeat 'sleep 700' heartbeat 'sleep 700' heartbeat \
	    'expect end 1 idle' heartbeat 'expect heartbeat'
	atf_check -o inline:'6\n' grep -c '^heartbeat$' out
	daemon_stop
}

atf_test_case silence
silence_head()
{
	atf_set descr "A-35, A-36: who is silent for too long is gone; a heartbeat is enough"
}
silence_body()
{
	desk 'limit silence 4'
	atf_check -o match:'^failed timeout ' ./say user.token open \
	    'expect failed'
	logged 'session down: device user address .* reason timeout$'
	# What does not hold is no sign of life, but here all does.
	atf_check -o not-match:'^failed' -o match:'^closed$' \
	    ./say user.token open heartbeat 'sleep 1500' heartbeat \
	    'sleep 1500' heartbeat 'sleep 1500' heartbeat close
	sed -i '/silence/s/4/none/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check -o not-match:'^failed' ./say user.token open 'sleep 5500' \
	    heartbeat 'expect heartbeat'
	daemon_stop
}

atf_test_case closed_by_device
closed_by_device_head()
{
	atf_set descr "Z-14: CLOSE closes a stream, or the connection"
	atf_set require.progs jq
}
closed_by_device_body()
{
	desk
	atf_check -o save:out ./say admin.token open 'text 1 hello' \
	    'expect text' 'text 2 list' 'expect text' 'shut 1' 'text 1 late' \
	    'text 2 list' 'expect text' close 'expect closed'
	atf_check -o inline:'text 1 hello
text 2 2 control
1 chat
text 2 2 control
closed
' grep -v -e ^session -e ^granted -e ^open out
	atf_check_equal 1 $(counter late_frames)
	atf_check_equal 0 $(counter streams)
	count 1 'session down: device admin address .* reason done$'
	daemon_stop
}

atf_test_case configured
configured_head()
{
	atf_set descr "Z-35: more streams, each with number, name and handler"
	atf_set require.progs sqlite3
}
configured_body()
{
	desk 'stream "nurses" number 17 handler chat' \
	    'stream "ops" number 2147483647 handler control' \
	    'stream "ecg" number 5 handler telemetry' \
	    'role "ward" number 7 { open { nurses ecg } say all }'
	atf_check -o save:out ./say admin.token open 'text 17 help' \
	    'expect text' 'text 2147483647 ping' 'expect text' \
	    'on 5 {"mv":"1"}' 'expect acked 1' 'text 2147483647 list' \
	    'expect text'
	atf_check -o inline:'text 17 help
text 2147483647 pong
acked 1
text 2147483647 5 ecg
2147483647 ops
17 nurses
' grep -v -e ^session -e ^granted -e ^open -e ^closed out
	sql 'SELECT data FROM reading' -o inline:'{"mv":"1"}\n'
	logged 'Authenticated message from admin: help$'
	# The roles that are there without a line do not know of them.
	atf_check -o match:'^failed role ' ./say user.token open \
	    'text 17 help' 'expect failed'
	token nina -r 7
	enrol nina.token -r ward
	atf_check -o match:'^text 17 help$' -o match:'^failed role ' \
	    ./say nina.token open 'text 17 help' 'expect text' 'text 1 x' \
	    'expect failed'
	daemon_stop
}

atf_test_case sixteen
sixteen_head()
{
	atf_set descr "Z-21: sixteen at once, and another for each that is closed"
	atf_set require.progs jq
}
sixteen_body()
{
	daemon_conf
	set --
	for n in $(seq 11 30); do
		set -- "$@" "stream \"s${n}\" number ${n} handler chat"
	done
	desk "$@"
	set --
	for n in $(seq 11 26); do
		set -- "$@" "text ${n} hello" "expect text ${n} hello"
	done
	atf_check -o match:'^failed streams ' ./say admin.token open "$@" \
	    'text 27 hello' 'expect failed'
	logged 'session down: device admin address .* reason streams$'
	atf_check -o match:'^text 28 hello' -o match:'^failed streams ' \
	    ./say admin.token open "$@" 'shut 11' 'text 27 hello' \
	    'expect text 27' 'shut 12' 'text 28 hello' 'expect text 28' \
	    'text 29 hello' 'expect failed'
	atf_check_equal 0 $(counter streams)
	daemon_stop
}

atf_test_case priority
priority_head()
{
	atf_set descr "Z-29: of what came together control is first, chat last"
}
priority_body()
{
	desk
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub -r admin
	set -- open hold 'text 1 a' 'text 1 b' 'reading {"n":"1"}' \
	    'text 2 ping' 'text 1 c' 'text 2 status' go 'expect text 1 c'
	for key in admin.token DEV1.key; do
		words ${key} "$@"
		atf_check -o inline:"text 2 pong
text 2 server OK
text 1 a
text 1 b
text 1 c
" cat words
	done
	atf_check -o save:order grep -o -e 'RECEIVED. device admin' \
	    -e 'Authenticated message from admin: .' asmpd.log
	atf_check -o match:'RECEIVED' head -n 1 order
	daemon_stop
}

atf_test_case own_streams_alone
own_streams_alone_head()
{
	atf_set descr "Z-21, Z-33: nobody hears of another's streams"
}
own_streams_alone_body()
{
	desk
	stays 4 admin.token
	tell 4 open 'text 1 hello' 'text 2 ping'
	hears 4 'text 1 hello'
	words user.token 'text 2 list' 'expect text'
	atf_check -o inline:'text 2 2 control\n' cat words
	words user.token 'text 1 secret' 'expect text'
	leaves 4
	atf_check -s exit:1 grep secret out.4
	daemon_stop
}

atf_test_case long_texts
long_texts_head()
{
	atf_set descr "an answer has 1024 bytes at most, and whole characters"
}
long_texts_body()
{
	desk
	token slow -r user
	enrol slow.token
	long=$(printf 'x%.0s' $(seq 1023))
	atf_check -o inline:"text 1 ${long}x\n" sh -c "./say user.token open \
	    'text 1 ${long}xyz' 'expect text' | grep ^text"
	# The two bytes of one are not torn apart.
	atf_check -o inline:"text 1 ${long}\n" sh -c "./say user.token open \
	    'text 1 ${long}ü' 'expect text' | grep ^text"
	atf_check -o inline:"text 2 ${long}x\n" sh -c "./say user.token open \
	    'text 2 echo ${long}xyz' 'expect text' | grep ^text"
	daemon_stop
}

atf_test_case sent
sent_head()
{
	atf_set descr "an operator's text comes on the chat stream, where there is one"
}
sent_body()
{
	desk
	atf_check -o ignore ${KEYGEN} -t psk 1
	enrol 1.psk
	atf_check -o ignore ${KEYGEN} -t mlkem768 kem
	enrol kem.kem
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
	long=$(printf 'x%.0s' $(seq 1024))
	# Also to who has not opened it: it opens.
	for key in 'user.token -P ztp' 'user.token -P slmp' kem.kem DEV1.key \
	    'DEV1.key -P asmp'; do
		id=${key%%.*}
		stays 4 ${key}
		tell 4 open
		hears 4 ^open
		wait_for ${SOON} has_session ${id}
		atf_check -o inline:'sent\n' ${ctl} send ${id} 'wash your hands'
		hears 4 '^text 1 wash your hands$'
		atf_check -o inline:'sent\n' ${ctl} send ${id} ${long}
		hears 4 "^text 1 ${long}\$"
		leaves 4
	done
	stays 4 1.psk
	tell 4 open
	hears 4 ^open
	wait_for ${SOON} has_session 1
	atf_check -s exit:2 -e match:'^asmpctl: send 1: its profile carries no texts$' \
	    ${ctl} send 1 hello
	tell 4 'value 7'
	leaves 4 'expect result complete 7'
	atf_check -s exit:2 -e match:'the device has no session' \
	    ${ctl} send user hello
	daemon_stop
}

atf_test_case compressed
compressed_head()
{
	atf_set descr "Z-30: compressed readings are stored as they were"
	atf_set require.progs sqlite3
}
compressed_body()
{
	desk
	atf_check -o ignore ${KEYGEN} -t mlkem768 kem
	enrol kem.kem
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
	long="{\"s\":\"$(printf 'same %.0s' $(seq 200))\"}"
	for key in user.token 'user.token -P slmp' kem.kem DEV1.key \
	    'DEV1.key -P asmp'; do
		atf_check -o ignore ./say ${key} -c open 'reading {"n":"1"}' \
		    "reading ${long}" 'expect acked' 'text 1 not compressed' \
		    'expect text 1 '
	done
	sql "SELECT count(*) FROM reading WHERE data = '${long}'" \
	    -o inline:'5\n'
	sql "SELECT count(*) FROM reading WHERE data = '{\"n\":\"1\"}'" \
	    -o inline:'5\n'
	# Who says that it compresses, and does not, says nothing.
	atf_check -o match:'^failed compression ' ./say user.token -c open \
	    'on 3 {"n":"1"}' 'expect failed'
	logged 'session down: device user address .* reason compression$'
	stored reading 10 true
	daemon_stop
}

# packed id length: a reading of so many blanks, as zlib packs it, in hex.
packed()
{
	python3 -c 'import struct, sys, zlib
id, blanks = map(int, sys.argv[1:])
z = zlib.compressobj(9, zlib.DEFLATED, -15)
text = b"{" + b" " * blanks + b"\"n\":\"1\"}"
print((z.compress(struct.pack(">QQ", id, 0) + text) + z.flush()).hex())' "$@"
}

atf_test_case bomb
bomb_head()
{
	atf_set descr "Z-30: what expands to very much more than itself is refused"
	atf_set require.progs python3 sqlite3
}
bomb_body()
{
	desk
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
	for key in user.token 'user.token -P slmp' DEV1.key 'DEV1.key -P asmp'
	do
		_id=$(${ctl} show device ${key%%.*} |
		    awk '/^last id/ { print $3 + 1 }')
		atf_check -o match:'^acked ' ./say ${key} -c open \
		    "plain 3 $(packed ${_id} 100)" 'expect acked'
		for n in 1000 65535 10000000; do
			atf_check -o match:'^failed compression ' ./say \
			    ${key} -c open "plain 3 $(packed $((_id + 1)) $n)" \
			    'expect failed'
		done
	done
	count 6 'session down: device user address .* reason compression$'
	count 6 'session down: device DEV1 address .* reason compression$'
	stored reading 4 true
	daemon_stop
}

atf_test_case listener
listener_head()
{
	atf_set descr "Z-8, S-11, M-9: a port of its own for some of the profiles"
}
listener_body()
{
	_port=$(free_port)
	desk "listen on 127.0.0.1 port ${_port} profiles { ztp slmp }"
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
	for p in ztp slmp; do
		atf_check -o match:"^open ${p}\$" ./say user.token -P ${p} \
		    -a 127.0.0.1:${_port} open
	done
	for p in hybrid asmp; do
		atf_check -o match:"^open ${p}\$" ./say DEV1.key -P ${p} open
		atf_check -o match:'^failed - closed by the other side' \
		    ./say DEV1.key -P ${p} -a 127.0.0.1:${_port} open
	done
	count 2 'session refused: address .* device - reason profile$'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case chat
	atf_add_test_case control
	atf_add_test_case roles
	atf_add_test_case tokens
	atf_add_test_case ids
	atf_add_test_case idle
	atf_add_test_case idle_either_way
	atf_add_test_case half_a_minute
	atf_add_test_case heartbeat
	atf_add_test_case silence
	atf_add_test_case closed_by_device
	atf_add_test_case configured
	atf_add_test_case sixteen
	atf_add_test_case priority
	atf_add_test_case own_streams_alone
	atf_add_test_case long_texts
	atf_add_test_case sent
	atf_add_test_case compressed
	atf_add_test_case bomb
	atf_add_test_case listener
}
