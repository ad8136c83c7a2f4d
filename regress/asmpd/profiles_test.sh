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

# The stories that the five systems tell, each from its beginning to its end.

. $(atf_get_srcdir)/common.sh

# passed: what the man in the middle has seen, in order, and no more.
passed()
{
	sed -n 's/^ *[0-9]* \(device\|gateway\) \([A-Z_]*\) .*/\1 \2/p' \
	    middle.out > passed
}

# usual n: so many readings of 25.0 with a little noise.
usual()
{
	awk -v n=$1 'BEGIN { while (n-- > 0)
		printf "{\"temperature\": %.1f}\n", 25 + (n % 3 - 1) / 10 }'
}

journey()
{
	profile=$1
	# Phase 1, before there is any network: keys, and a list of them.
	for id in DEVICE-001 DEVICE-002 IMPOSTOR; do
		atf_check -o ignore ${KEYGEN} -t p384 ${id}
	done
	atf_check -o inline:'600\n' stat -c %a DEVICE-001.key
	atf_check -s exit:1 cmp -s DEVICE-001.key DEVICE-002.key
	for id in DEVICE-001 DEVICE-002; do
		printf '"%s": "%s"\n' ${id} "$(sed 's/$/\\n/' ${id}.pub |
		    tr -d '\n')"
	done | paste -sd , | sed 's/.*/{&}/' > trusted_devices.json
	# The gateway trusts nobody, then those of the list, from its start on.
	gateway
	middle -1
	atf_check -s exit:4 -e ignore ./through DEVICE-001 -P ${profile} '{}'
	wait ${middle_pid}
	atf_check -o ignore ${ctl} device import trusted_devices.json
	daemon_stop
	daemon_start -v
	# Phase 2 and 3: steps 1 to 17 of the diagram.
	middle -1
	atf_check ./through DEVICE-001 -P ${profile} '{"temperature": 25.0}'
	wait ${middle_pid}
	passed
	atf_check -o inline:'device HELLO
gateway HELLO_REPLY
gateway GATEWAY_AUTH
device HANDSHAKE_INIT
gateway HANDSHAKE_ACK
device DATA
device SEAL
gateway ACK
device CLOSE
gateway CLOSE
' cat passed
	logged "session up: device DEVICE-001 address .* profile ${profile} proof signature\$"
	logged '\[DATA RECEIVED\] device DEVICE-001 id 1 {"temperature": 25.0}$'
	# The nonce is a new one each time, and so is the session's id.
	atf_check -o save:out ./say DEVICE-001.key -P ${profile} open close open
	atf_check -o inline:'4\n' sh -c "awk '/^session/ { print \$2; print \$4 }' \
	    out | sort -u | wc -l"
	# An impostor has the name and not the key.
	cp DEVICE-001.key genuine.key
	cp IMPOSTOR.key DEVICE-001.key
	middle -1
	atf_check -s exit:4 -e match:'refused the identity DEVICE-001' \
	    ./through DEVICE-001 -P ${profile} '{"temperature": 25.0}'
	wait ${middle_pid}
	mv genuine.key DEVICE-001.key
	passed
	atf_check -s exit:1 grep -q HANDSHAKE_ACK passed
	logged 'session refused: address .* device DEVICE-001 reason bad-proof$'
	attackers
	daemon_stop
}

# Phase 4: who changes what is sent, who says it again, and who has the key.
attackers()
{
	usual 9 > in
	atf_check ./send DEVICE-001 -P ${profile} < in
	count 10 'DATA RECEIVED\] device DEVICE-001 '
	# Signature before replay before decryption before the judgement: this
	# one would fail all four, and what it says is never looked at.
	middle -1 -m flip:device:DATA:1:30
	atf_check -s exit:6 -e ignore ./through DEVICE-001 -P ${profile} \
	    '{"temperature": 27.0}'
	wait ${middle_pid}
	logged 'session down: device DEVICE-001 address .* reason bad-seal$'
	middle -1 -m dup:device:DATA:1
	atf_check -s exit:6 -e ignore ./through DEVICE-001 -P ${profile} \
	    '{"temperature": 27.0}'
	wait ${middle_pid}
	logged 'session down: device DEVICE-001 address .* reason replay$'
	stored blocked 0 true
	# With the key all is well but what it says.
	middle -1
	atf_check -s exit:5 -e match:'was refused: The reading is far from' \
	    ./through DEVICE-001 -P ${profile} '{"temperature": 27.0}'
	wait ${middle_pid}
	logged 'reading blocked: device DEVICE-001 id 11 reason anomaly: temperature is 27, normal is 25 '
	logged 'session down: device DEVICE-001 address .* reason anomaly$'
	stored blocked 1 "reason = 'anomaly'"
	# DEVICE-002 has not been learned yet, and nobody has minded it.
	atf_check ./send DEVICE-002 -P ${profile} '{"temperature": 27.0}'
	atf_check ./send DEVICE-001 -P ${profile} '{"temperature": 25.1}'
	count 11 'DATA RECEIVED\] device DEVICE-001 '
}

for _p in asmp hybrid; do
	atf_test_case journey_${_p}
	eval "journey_${_p}_head()
	{
		atf_set descr 'A-1 to A-6, A-8 to A-18, A-20 to A-35: both journeys (${_p})'
		atf_set require.progs sqlite3
	}
	journey_${_p}_body()
	{
		journey ${_p}
	}"
done

atf_test_case ten_samples
ten_samples_head()
{
	atf_set descr "A-28 to A-30: ten samples are learned, each device's own"
	atf_set require.progs sqlite3
}
ten_samples_body()
{
	gateway
	for id in NINE TEN; do
		device_enrol ${id}
		usual 9 > in
		atf_check ./send ${id} < in
	done
	# The tenth still belongs to what is learned, whatever it is.
	atf_check ./send NINE '{"temperature": 27.0}'
	atf_check ./send TEN '{"temperature": 25.0}'
	atf_check -s exit:5 -e ignore ./send TEN '{"temperature": 27.0}'
	atf_check -s exit:5 -e ignore ./send TEN '{"temperature": 25.5}'
	atf_check ./send TEN '{"temperature": 25.2}'
	# Three deviations, and these are 0.6.
	atf_check ./send NINE '{"temperature": 26.9}'
	atf_check -s exit:5 -e ignore ./send NINE '{"temperature": 27.5}'
	stored blocked 3 "reason = 'anomaly'"
	daemon_stop
}

atf_test_case ports
ports_head()
{
	atf_set descr "A-7, A-8, S-11, Z-1: port 8888, the device's own pin, and another port"
	atf_set require.user root
}
ports_body()
{
	# Others may have the ports of 127.0.0.1.
	gateway 'listen on 127.7.7.7 port 8888' \
	    'listen on 127.7.7.7 port 9999 profiles { ztp slmp }'
	device_enrol DEV1
	mkdir -p home/.asmp
	cp GW.pin home/.asmp/gateway.pin
	atf_check env HOME=$(pwd) ${ASMP} -g GW.pin -k DEV1.key 127.7.7.7 \
	    '{"n":"1"}'
	atf_check env HOME=$(pwd)/home ${ASMP} -k DEV1.key 127.7.7.7 '{"n":"2"}'
	logged 'listening on 127\.7\.7\.7:8888$'
	logged 'listening on 127\.7\.7\.7:9999$'
	count 2 'DATA RECEIVED\] device DEV1 '
	daemon_stop
}

# tokens [line of asmpd.conf ...]: a gateway that takes those of DESK, and
# user1's.
tokens()
{
	atf_check -o ignore ${KEYGEN} -t issuer DESK
	gateway "issuer \"$(pwd -P)/DESK.issuer\"" "$@"
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer -r user user1
	enrol user1.token
}

# Where the man in the middle waits.
through_port()
{
	sed -n 's/^port //p' middle.out
}

atf_test_case slmp
slmp_head()
{
	atf_set descr "S-1 to S-3, S-8 to S-13, S-16 to S-19: Hello SLMP!"
	atf_set require.progs sqlite3
}
slmp_body()
{
	_port=$(free_port)
	tokens "listen on 127.0.0.1 port ${_port} profiles { slmp }"
	middle -1 -w rec
	atf_check -o inline:'Message received: Hello SLMP!\n' ${ASMP} -P slmp \
	    -g GW.pin -k user1.token -p $(through_port) 127.0.0.1 \
	    'Hello SLMP!'
	wait ${middle_pid}
	# The three lines of the original, and asmpd's own.
	count 1 "SLMP Server running on localhost:${_port}\$"
	logged 'session up: device user1 address 127\.0\.0\.1:[0-9]+ profile slmp proof token$'
	_from=$(sed -n 's/.* device user1 .*127\.0\.0\.1:\([0-9]*\) .*/\1/p' \
	    asmpd.log | head -n 1)
	logged "verify2?: Connection from \('127\.0\.0\.1', ${_from}\)\$"
	logged 'Authenticated message from user1: Hello SLMP!$'
	# Keys of P-256 were exchanged: points, 65 bytes each.
	frames rec.device > dev
	frames rec.gateway > gw
	atf_check -o inline:'69 04\n' echo $(awk 'NR == 1 { print $6 }' dev) \
	    $(bytes_of rec.device 28 1)
	atf_check -o inline:'81 04\n' echo $(awk 'NR == 1 { print $6 }' gw) \
	    $(bytes_of rec.gateway 24 1)
	# Each message has a token of its own, then one of Fernet.
	for f in rec.device:dev rec.gateway:gw; do
		_at=$(awk '$2 == 3 { print $7 }' ${f#*:})
		atf_check -o inline:'gAAAAA' sh -c "tail -c +$((_at + 33)) \
		    ${f%:*} | head -c 6"
	done
	# Several, whatever is in them, each authenticated alone.
	middle -1 -w rec
	printf '%s\n' 'a;b;c' 'a;b;c' '{"t":1}' > in
	atf_check -o inline:'Message received: a;b;c
Message received: a;b;c
Message received: {"t":1}
' ${ASMP} -P slmp -g GW.pin -k user1.token -p $(through_port) 127.0.0.1 < in
	wait ${middle_pid}
	frames rec.device | awk '$2 == 3 { print $7 }' | while read -r _at; do
		bytes_of rec.device ${_at} 32
		echo
	done | sort -u > usertokens
	atf_check -o inline:'3\n' grep -c . usertokens
	daemon_stop
}

# refused_message mode reason answers: of two messages, changed on their way.
# The user says nothing more, but does not leave before the session is down.
refused_message()
{
	_down="session down: device user1 .* reason $2\$"
	_before=$(grep -c "${_down}" asmpd.log)
	middle -1 -m $1
	rm -f pipe
	mkfifo pipe
	${ASMP} -P slmp -g GW.pin -k user1.token -p $(through_port) \
	    127.0.0.1 < pipe > answers 2> /dev/null &
	_pid=$!
	exec 3> pipe
	printf 'one\ntwo\n' >&3
	wait_for ${SOON} at_least $((_before + 1)) "${_down}" ||
	    atf_fail "no $2: $(cat asmpd.log)"
	exec 3>&-
	_status=0
	wait ${_pid} || _status=$?
	atf_check_equal 6 ${_status}
	atf_check -o inline:"$3" cat answers
	wait ${middle_pid}
}

atf_test_case slmp_long_message
slmp_long_message_head()
{
	atf_set descr "an answer is cut between two characters of UTF-8"
}
slmp_long_message_body()
{
	tokens
	atf_check -o match:'^Message received: x(\\303\\274){502}$' \
	    env LC_ALL=C ${ASMP} -P slmp -g GW.pin -k user1.token \
	    -p ${port} 127.0.0.1 "x$(printf '\303\274%.0s' $(seq 509))"
	daemon_stop
}

atf_test_case slmp_every_message
slmp_every_message_head()
{
	atf_set descr "S-15, S-16: every message has its own proof of who says it"
}
slmp_every_message_body()
{
	tokens
	# Of the user's token, of Fernet's version, ciphertext and HMAC.
	for at in 24 55 56 100 -1; do
		refused_message flip:device:DATA:2:${at} record-mac \
		    'Message received: one\n'
	done
	count 5 'Authenticated message from user1: one$'
	count 0 'Authenticated message from user1: two$'
	refused_message dup:device:DATA:2 replay \
	    'Message received: one\nMessage received: two\n'
	daemon_stop
}

atf_test_case slmp_is_fernet
slmp_is_fernet_head()
{
	atf_set descr "S-2, S-14, S-15: any library of Fernet's opens the messages"
	atf_set require.progs openssl
}
slmp_is_fernet_body()
{
	tokens
	middle -1 -w rec
	atf_check -o save:out ./say user1.token -P slmp -a \
	    127.0.0.1:$(through_port) open keys 'text 1 Hello SLMP!' \
	    'expect text'
	wait ${middle_pid}
	key=$(sed -n 's/^key d2g-data //p' out)
	set -- $(frames rec.device | awk '$2 == 3 { print $7, $6 }')
	tail -c +$(($1 + 33)) rec.device | head -c $(($2 - 32)) |
	    tr -- '-_' '+/' | base64 -d > token
	# Version, time, IV, ciphertext, HMAC; the key is for HMAC, then AES.
	atf_check_equal 80 $(bytes_of token 0 1)
	size=$(stat -c %s token)
	atf_check -o inline:'Hello SLMP!' sh -c "tail -c +26 token |
	    head -c $((size - 57)) | openssl enc -d -aes-128-cbc \
	    -K $(echo ${key} | cut -c 33-64) -iv $(bytes_of token 9 16)"
	atf_check -o match:"$(bytes_of token $((size - 32)) 32)" sh -c \
	    "head -c $((size - 32)) token | openssl dgst -sha256 -mac HMAC \
	    -macopt hexkey:$(echo ${key} | cut -c 1-32)"
	daemon_stop
}

atf_test_case footprint
footprint_head()
{
	atf_set descr "S-4, S-6: a message costs few bytes"
}
footprint_body()
{
	tokens
	middle -1 -w rec
	atf_check -o ignore ${ASMP} -P slmp -g GW.pin -k user1.token \
	    -p $(through_port) 127.0.0.1 'Hello SLMP!'
	wait ${middle_pid}
	# Handshake, a message and the end, and what came back.
	_sent=$(stat -c %s rec.device)
	_got=$(stat -c %s rec.gateway)
	[ ${_sent} -lt 500 ] && [ ${_got} -lt 700 ] ||
	    atf_fail "sent ${_sent} bytes, received ${_got}"
	daemon_stop
}

atf_test_case ztp
ztp_head()
{
	atf_set descr "Z-2 to Z-15, Z-24, Z-26, Z-31, Z-32: the diagram of ZTP, frame by frame"
}
ztp_body()
{
	tokens
	middle -1 -w rec
	atf_check -o ignore ./say user1.token -P ztp -a \
	    127.0.0.1:$(through_port) open 'text 1 hello' 'expect text' \
	    'text 2 ping' 'expect text' 'shut 1' close 'expect closed'
	wait ${middle_pid}
	# Version 1; HELLO, HANDSHAKE_INIT, DATA on both streams, CLOSE of a
	# stream and of the connection.  Each of its header's 24 bytes leads
	# to the next.
	frames rec.device > dev
	atf_check -o inline:'1 5 0 0 0
1 1 0 0 1
1 3 1 1 0
1 3 2 1 1
1 4 1 1 2
1 4 0 1 3
' cut -d ' ' -f 1-5 dev
	frames rec.gateway > gw
	atf_check -o inline:'1 6 0 0 0
1 7 0 0 1
1 2 0 1 0
1 3 1 1 1
1 3 2 1 2
1 4 0 1 3
' cut -d ' ' -f 1-5 gw
	# Curve25519 keys of 32 bytes; text and its tag of 16.
	atf_check -o inline:'36\n' awk 'NR == 1 { print $6 }' dev
	atf_check -o inline:'48\n' awk 'NR == 1 { print $6 }' gw
	atf_check -o inline:'21\n20\n' awk '$2 == 3 { print $6 }' dev
	# No nonce comes twice in a direction, and nothing is in clear.
	for f in dev gw; do
		atf_check -o empty sh -c "cut -d ' ' -f 4,5 ${f} | sort |
		    uniq -d"
	done
	for f in rec.device rec.gateway; do
		atf_check -s exit:1 grep -qa -e hello -e ping -e pong \
		    -e user1 ${f}
	done
	daemon_stop
}

atf_test_case ztp_window
ztp_window_head()
{
	atf_set descr "Z-26, Z-31: late is no harm, twice is"
}
ztp_window_body()
{
	tokens
	# The second comes after the third.
	middle -1 -m swap:device:DATA:2
	atf_check -o match:'^text 1 b$' -o match:'^text 1 c$' ./say \
	    user1.token -P ztp -a 127.0.0.1:$(through_port) open \
	    'text 1 a' 'expect text 1 a' 'text 1 b' 'text 1 c' \
	    'expect text 1 b'
	wait ${middle_pid}
	atf_check -o save:log grep -o 'message from user1: .' asmpd.log
	atf_check -o inline:'message from user1: a
message from user1: c
message from user1: b
' cat log
	middle -1 -m dup:device:DATA:2
	atf_check -o match:'^failed replay ' ./say user1.token -P ztp -a \
	    127.0.0.1:$(through_port) open 'text 1 a' 'expect text 1 a' \
	    'text 1 b' 'expect failed'
	wait ${middle_pid}
	# Nobody else takes one late.
	device_enrol DEV1
	middle -1 -m swap:device:DATA:2
	atf_check -o match:'^failed sequence ' ./say DEV1.key -P asmp -a \
	    127.0.0.1:$(through_port) open 'reading {"n":"1"}' \
	    'expect acked 1' hold 'reading {"n":"2"}' 'reading {"n":"3"}' go \
	    'expect failed'
	wait ${middle_pid}
	daemon_stop
}

atf_test_case ztp_keys
ztp_keys_head()
{
	atf_set descr "Z-15, Z-16: keys are of both sides' new secrets, not of the token"
}
ztp_keys_body()
{
	tokens
	atf_check -o save:out ./say user1.token open keys close open keys
	atf_check -o inline:'14\n' grep -c '^key ' out
	atf_check -o empty sh -c "grep ^key out | cut -d ' ' -f 3 | sort |
	    uniq -d"
	daemon_stop
}

VITALS='Patient vitals: BP=145/92, HR=88, O2=96%, Temp=37.2C'

atf_test_case iomt
iomt_head()
{
	atf_set descr "I-3 to I-16, I-22, I-45, I-47, I-54 to I-60: a monitor from its key to its vitals"
	atf_set require.progs sqlite3 jq
}
iomt_body()
{
	gateway
	# 32 bytes of entropy, and 64 that stand for the public key.
	atf_check -o save:made ${KEYGEN} -t mlkem768 BP_MONITOR_001
	hash=$(grep -o '0x[0-9a-f]*' made | head -n 1)
	atf_check_equal 130 ${#hash}
	enrol BP_MONITOR_001.kem
	before=$(date +%s)000
	middle -1
	atf_check -e save:err ${ASMP} -v -g GW.pin -k BP_MONITOR_001.kem \
	    -p $(through_port) 127.0.0.1 "${VITALS}"
	wait ${middle_pid}
	grep -o '[A-Z_]*ED$' err > states
	atf_check -o inline:'INITIALIZED\nPUBLIC_KEY_RECEIVED\nENCAPSULATED\nAUTHENTICATED\n' \
	    cat states
	passed
	atf_check -o inline:'device HELLO
gateway HELLO_REPLY
gateway GATEWAY_AUTH
device HANDSHAKE_INIT
gateway CHALLENGE
device RESPONSE
gateway HANDSHAKE_ACK
device DATA
gateway ACK
device CLOSE
gateway CLOSE
' cat passed
	# The ciphertext and a commitment, then the other commitment.
	atf_check -o match:'gateway CHALLENGE .* 1136( |$)' cat middle.out
	atf_check -o match:'device RESPONSE .* 48( |$)' cat middle.out
	logged 'session up: device BP_MONITOR_001 address .* profile iomt proof kem$'
	sql 'SELECT data FROM reading' \
	    -o inline:"{\"vitals\":\"${VITALS}\"}\n"
	# What is kept of it, and no secret.
	${ctl} -j show device BP_MONITOR_001 > record
	atf_check -o inline:"[\"BP_MONITOR_001\",\"${hash}\",\"active\",true]\n" \
	    jq -c ".device | [.id, .key, .state, .last_time >= ${before}]" \
	    record
	atf_check -o inline:'false\n' \
	    jq '.device | has("secret") or has("shared_secret")' record
	daemon_stop
}

atf_test_case iomt_sessions
iomt_sessions_head()
{
	atf_set descr "I-8, I-9, I-17, I-18, I-67: each session has an id and keys of its own"
	atf_set require.progs jq
}
iomt_sessions_body()
{
	gateway
	for id in BP_MONITOR_001 BP_MONITOR_002; do
		atf_check -o ignore ${KEYGEN} -t mlkem768 ${id}
		enrol ${id}.kem
	done
	atf_check -o save:out ./say BP_MONITOR_001.kem open keys close open keys
	atf_check -o inline:'2\n' sh -c 'grep ^session out | sort -u | wc -l'
	atf_check -o empty sh -c "grep ^key out | cut -d ' ' -f 3 | sort |
	    uniq -d"
	# Those who are authenticated, and nobody else.
	atf_check -o inline:'[]\n' sh -c "${ctl} -j show sessions |
	    jq -c .sessions"
	stays 4 BP_MONITOR_001.kem
	stays 5 BP_MONITOR_002.kem
	tell 4 open
	tell 5 open
	hears 4 ^open
	hears 5 ^open
	wait_for ${SOON} has_session BP_MONITOR_001
	wait_for ${SOON} has_session BP_MONITOR_002
	atf_check -o inline:'["BP_MONITOR_001","BP_MONITOR_002"]\n' sh -c \
	    "${ctl} -j show sessions | jq -c '[.sessions[].device] | sort'"
	atf_check -o inline:'2\n' sh -c \
	    "${ctl} -j show summary | jq .summary.sessions"
	leaves 4
	leaves 5
	# Who does not have the private key cannot answer.
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t mlkem768 BP_MONITOR_001
	atf_check -o match:'^failed - ' ./say other/BP_MONITOR_001.kem \
	    -i BP_MONITOR_001 open
	atf_check -s ignore -o match:'device BP_MONITOR_001 reason ' \
	    grep 'session refused: ' asmpd.log
	count 4 'session up: '
	daemon_stop
}

atf_test_case iomt_records
iomt_records_head()
{
	atf_set descr "I-13 to I-15, I-60, I-66: verified before it is decrypted, all of it"
	atf_set require.progs sqlite3
}
iomt_records_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	# Header, IV, ciphertext, HMAC.
	for at in stream 24 40 -1; do
		[ ${at} != stream ] || at=7
		_before=$(grep -c 'session down: device KEM .* reason record-mac$' asmpd.log)
		middle -1 -m flip:device:DATA:2:${at}
		atf_check -o match:'^acked 1|^acked [0-9]' \
		    -o match:'^failed record-mac ' ./say KEM.kem \
		    -a 127.0.0.1:$(through_port) open 'reading {"n":"1"}' \
		    'expect acked' 'reading {"n":"2"}' 'expect failed'
		wait ${middle_pid}
		count $((_before + 1)) 'session down: device KEM .* reason record-mac$'
	done
	stored reading 4 "data = '{\"n\":\"1\"}'"
	stored reading 4 true
	middle -1 -m dup:device:DATA:1
	atf_check -o match:'^failed replay ' ./say KEM.kem \
	    -a 127.0.0.1:$(through_port) open 'reading {"n":"1"}' \
	    'expect failed'
	wait ${middle_pid}
	daemon_stop
}

# event filter: the monitor has shown one like this.
event()
{
	wait_for ${SOON} jq -es "any(.[]; $1)" monitor.out ||
	    { cat monitor.out >&2; atf_fail "no event like $1"; }
}

atf_test_case events
events_head()
{
	atf_set descr "I-19 to I-21, I-23, I-58, Z-25: who came, who did not, and what they sent, with the time"
	atf_set require.progs jq
}
events_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} -t mlkem768 BP_MONITOR_001
	enrol BP_MONITOR_001.kem
	${ctl} -j monitor > monitor.out &
	monitor=$!
	atf_check -o ignore ./say BP_MONITOR_001.kem open \
	    'reading {"hr":88}' 'expect acked'
	# The first session may have come before somebody watched.
	wait_for ${SOON} watched || atf_fail "no event at all"
	atf_check -o match:'^failed json ' ./say BP_MONITOR_001.kem open \
	    'reading {"hr":NaN}' 'expect failed'
	mkdir other
	atf_check -o ignore ${KEYGEN} -d other -t mlkem768 BP_MONITOR_001
	atf_check -o match:'^failed - ' ./say other/BP_MONITOR_001.kem \
	    -i BP_MONITOR_001 open
	stays 4 BP_MONITOR_001.kem
	tell 4 open
	hears 4 ^open
	atf_check -o ignore ${ctl} device revoke BP_MONITOR_001
	_of='.device == "BP_MONITOR_001" and .time > 1700000000000'
	event "${_of} and .event == \"up\""
	event "${_of} and .event == \"accepted\" and .id > 0"
	event "${_of} and .event == \"blocked\" and .reason == \"json\""
	event "${_of} and .event == \"refused\""
	event "${_of} and .event == \"down\" and .reason == \"revoked\""
	logged 'device BP_MONITOR_001 revoked|revoked.* BP_MONITOR_001|device revoke BP_MONITOR_001'
	kill ${monitor}
	daemon_stop
}

watched()
{
	./say BP_MONITOR_001.kem open 'reading {"hr":88}' 'expect acked'
	grep -q accepted monitor.out
}

atf_test_case installed
installed_head()
{
	atf_set descr "S-7, S-12, M-8, Z-1: built, installed and at work, each subject in a module"
	atf_set require.progs make
}
installed_body()
{
	atf_check -o ignore -e ignore make -C ${TOPDIR} install \
	    DESTDIR=$(pwd)/inst
	bin=$(pwd)/inst/usr/local
	atf_check -o ignore ${bin}/bin/asmp-keygen -G GATEWAY
	atf_check -e inline:'configuration OK\n' ${bin}/sbin/asmpd -n -f inst/etc/asmpd/asmpd.conf
	atf_check -s exit:1 -e match:'^usage: asmp ' ${bin}/bin/asmp
	atf_check -s exit:1 -e match:'^usage: asmpctl ' ${bin}/sbin/asmpctl -x
	atf_check -o save:modules ar t ${bin}/lib/libasmp.a
	for m in noise agree kdf keys proof token transcript window data_smcp \
	    data_fernet data_cbc aead cbc pkcs7 mlkem; do
		atf_check -o ignore grep -x ${m}.o modules
	done
}

# another_profile: the programs with a row more in the table of profiles, of
# parts that no other row has together.
another_profile()
{
	_lib=${TOPDIR}/lib
	! grep -q -e __asan_init -e __ubsan_handle ${_lib}/libasmp/libasmp.a ||
	    atf_skip "built with a sanitizer"
	sed '/^static const struct asmp_profile/a\
	{ .id = 7, .name = "seven", .agreement = ASMP_X25519_MLKEM768,\
	  .kinds = KIND(TOKEN), .record = ASMP_AES_256_GCM, .window = 1,\
	  .rekey = 1, .max_in = 1280 },' ${_lib}/libasmp/profile.c > profile.c
	atf_check cc -D_GNU_SOURCE -DLIBBSD_OVERLAY -isystem /usr/include/bsd \
	    -I${_lib}/libasmp -I${_lib}/libutil -c profile.c
	cp ${_lib}/libasmp/libasmp.a .
	atf_check ar r libasmp.a profile.o
	for _p in asmpd asmp asmp-keygen asmpctl; do
		atf_check -o ignore make -s -C ${TOPDIR}/${_p} PROG=$(pwd)/${_p}.seven \
		    LIBASMP=$(pwd)/libasmp.a
	done
	(cd ${TOPDIR}/regress/tools && cc -pie -o ${_work}/say.seven say.o \
	    say_wire.o sock.o ${_work}/libasmp.a ${_lib}/libutil/libutil.a \
	    -lsodium -lcrypto -lz -lbsd) || atf_fail "say"
	ASMPD=$(pwd)/asmpd.seven
	ASMP=$(pwd)/asmp.seven
	KEYGEN=$(pwd)/asmp-keygen.seven
	ASMPCTL=$(pwd)/asmpctl.seven
	SAY=$(pwd)/say.seven
}

atf_test_case another_row
another_row_head()
{
	atf_set descr "Z-35: a profile is a row, and the rest follows"
	atf_set require.progs cc ar make sqlite3
}
another_row_body()
{
	_work=$(pwd)
	another_profile
	_port=$(free_port)
	tokens "listen on 127.0.0.1 port ${_port} profiles { seven }"
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer -r user user7
	enrol user7.token -P seven
	atf_check -o match:'^profiles +seven$' ${ctl} show device user7
	atf_check -o match:'^text 1 hello$' -o match:'^acked 1$' \
	    -o match:'^epoch 2$' -o match:'^acked 2$' -o match:'^closed$' \
	    ./say user7.token -P seven -a 127.0.0.1:${_port} open \
	    'text 1 hello' 'expect text' 'reading {"n":"1"}' \
	    'expect acked 1' rekey 'expect epoch 2' 'reading {"n":"2"}' \
	    'expect acked 2' close 'expect closed'
	logged 'session up: device user7 .* profile seven proof token$'
	logged 'session down: device user7 .* reason done$'
	stored reading 2 true
	atf_check -o inline:'pong\n' ${ASMP} -c -P seven -g GW.pin \
	    -k user7.token -p ${_port} 127.0.0.1 ping
	# Late within the window is no harm, a frame missed at REKEY is.
	middle -1 -m swap:device:DATA:2
	atf_check -o match:'^text 1 b$' -o match:'^text 1 c$' ./say \
	    user7.token -P seven -a 127.0.0.1:$(through_port) open \
	    'text 1 a' 'expect text 1 a' 'text 1 b' 'text 1 c' \
	    'expect text 1 b'
	wait ${middle_pid}
	middle -1 -m drop:device:DATA:1
	atf_check -o match:'^failed sequence ' ./say user7.token -P seven \
	    -a 127.0.0.1:$(through_port) open 'text 1 a' rekey 'expect failed'
	wait ${middle_pid}
	# The other rows are what they were.
	atf_check -o inline:'Message received: hello\n' ${ASMP} -P slmp \
	    -g GW.pin -k user1.token -p ${port} 127.0.0.1 hello
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case journey_asmp
	atf_add_test_case journey_hybrid
	atf_add_test_case ten_samples
	atf_add_test_case ports
	atf_add_test_case slmp
	atf_add_test_case slmp_long_message
	atf_add_test_case slmp_every_message
	atf_add_test_case slmp_is_fernet
	atf_add_test_case footprint
	atf_add_test_case ztp
	atf_add_test_case ztp_window
	atf_add_test_case ztp_keys
	atf_add_test_case iomt
	atf_add_test_case iomt_sessions
	atf_add_test_case iomt_records
	atf_add_test_case events
	atf_add_test_case installed
	atf_add_test_case another_row
}
