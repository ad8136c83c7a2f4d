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

# The nineteen ways in which the systems that came before could be broken,
# each with the test that would have shown it there.  Some have theirs
# elsewhere: 3, 13, 15 and 16 in rogue_test.sh and middle_test.sh, 8 and 12
# in ../asmpd, from where attack.sh has them too.

. $(atf_get_srcdir)/common.sh

IMPOSTOR=${TOPDIR}/regress/attack/impostor
HIJACK=${TOPDIR}/regress/attack/hijack

# a_case name descr
a_case()
{
	atf_test_case $1
	eval "$1_head()
	{
		atf_set descr '$2'
		atf_set require.progs openssl sqlite3
	}"
	cases="${cases} $1"
}

# key_of file: the secret bytes of a file that asmp-keygen has made, into
# ./secret.
key_of()
{
	case $1 in
	*.key)	openssl pkey -in $1 -outform DER | tail -c 32 > secret ;;
	*)	sed 's/^[^ ]* //' $1 | base64 -d > secret ;;
	esac
	# Of a token its tag, of keys by number what comes after that.
	case $1 in
	*.token)		tail -c 32 secret > tail ;;
	*.issuer|*.shared)	tail -c 32 secret > tail ;;
	*)			cp secret tail ;;
	esac
	mv tail secret
}

# absent keyfile file ...: its secret is in none of the files, neither as it
# is nor as text in hexadecimal or base64.
absent()
{
	key_of $1
	_key=$1
	_hex=$(hex secret)
	_base64=$(base64 -w 0 secret | cut -c 1-20)
	[ ${#_hex} -ge 32 ] || atf_fail "${_key}: too short to be searched"
	shift
	for _file in "$@"; do
		hex ${_file} > file.hex
		! grep -q ${_hex} file.hex && ! grep -aqi ${_hex} ${_file} &&
		    ! grep -aqF ${_base64} ${_file} ||
		    atf_fail "the secret of ${_key} is in ${_file}"
	done
}

a_case break_1 "break 1: who hears all of it and has the public key learns nothing"
break_1_body()
{
	gateway_for iomt
	enrol ROGUE
	genuine=0
	middle -1 -w rec
	cp ROGUE.kem DEV1.kem
	atf_check ./through ROGUE -P iomt 'BP=145/92, HR=88'
	wait ${middle_pid}
	genuine=1
	logged 'RECEIVED\] device ROGUE .*BP=145/92'
	atf_check -s exit:1 grep -aq 145/92 rec.device rec.gateway
	cp db/asmpd.db* .
	absent ROGUE.kem rec.device rec.gateway asmpd.log asmpd.db \
	    asmpd.db-wal
	# The public key is in the database: the search would find it.
	${KEYGEN} -y ROGUE.kem | sed 's/^mlkem768://' | base64 -d > ek
	hex asmpd.db > db.hex
	hex asmpd.db-wal >> db.hex
	atf_check -o ignore grep -o "$(hex ek | cut -c 1-512)" db.hex
	in_handshake 'break 1: the commitment echoed' bad-proof late \
	    echo-commitment
	daemon_stop
}

# both: clients 1 and 2 give a value each and are told the sum.
both()
{
	rm -f sum.1 sum.2
	./send 1 -P smcp $1 > sum.1 2>&1 &
	_one=$!
	./${4:-send} 2 -P smcp $2 > sum.2 2>&1 ||
	    atf_fail "client 2: $(cat sum.2)"
	wait ${_one} || atf_fail "client 1: $(cat sum.1)"
	atf_check -o match:"(^|[^0-9])$3([^0-9]|\$)" cat sum.1
	atf_check -o match:"(^|[^0-9])$3([^0-9]|\$)" cat sum.2
}

a_case break_2 "break 2: recorded rounds change no aggregate, and fool no client"
break_2_body()
{
	gateway_for smcp 'group "ward" { member { 1 2 } wait 60 }' \
	    'anomaly field "value" ignore'
	enrol 1
	enrol 2
	middle -1 -w rec
	both 100 200 300 through
	wait ${middle_pid}
	count 2 'RECEIVED\] device [12] '
	atf_check -o match:'closed after' ${REPLAY} -c 127.0.0.1:${port} \
	    rec.device
	logged 'session refused: address .* reason '
	verdict 'break 2: recorded rounds, to the gateway' handshake-mac \
	    $(last_reason 'session refused: ')
	count 2 'RECEIVED\] device [12] '
	${REPLAY} -l rec.gateway > replay.out 2>&1 &
	_pid=$!
	wait_for ${SOON} grep -q '^port ' replay.out
	client through $(sed -n 's/^port //p' replay.out)
	atf_check -s not-exit:0 -o not-match:300 -e match:'key agreement' \
	    ./through 2 -P smcp 200
	wait ${_pid}
	verdict 'break 2: recorded rounds, to a client' 'key agreement' \
	    'key agreement'
	both 1 2 3
	bystander_goes_on
	daemon_stop
}

a_case break_4 "break 4: what is normal is known after a reconnect, too"
break_4_body()
{
	profile=asmp
	gateway
	device_enrol DEV1
	for n in 0 1 -1 0 1 -1 1 0 -1 0; do
		awk -v n=${n} 'BEGIN { printf "{\"t\":%.1f}\n", 25 + n / 10 }'
	done > usual
	atf_check ./send DEV1 < usual
	for again in 1 2; do
		atf_check ./send DEV1 '{"t":25.1}'
		atf_check -s exit:5 -e match:'was refused' ./send DEV1 \
		    '{"t":27.0}'
		logged 'session down: device DEV1 address .* reason anomaly$'
		verdict "break 4, A-31: 27.0, connection ${again}" anomaly \
		    $(last_reason 'session down: device DEV1 ')
	done
	stored blocked 2 "reason = 'anomaly'"
	daemon_stop
}

a_case break_5 "break 5: a session is its connection, not a name"
break_5_body()
{
	attacked asmp
	device_enrol DEVICE-001
	middle -1 -w rec
	atf_check ./through DEVICE-001 -P asmp '{"n":"1"}' '{"n":"2"}'
	wait ${middle_pid}
	mkfifo device.in
	./send DEVICE-001 -P asmp < device.in > device.out 2>&1 &
	exec 8> device.in
	wait_for ${SOON} has_session DEVICE-001 || atf_fail "no session"
	genuine=-1
	in_session "break 5: another device's records" record-mac -n 1 \
	    replay-file rec.device
	in_session "break 5: a seal in another's name" bad-seal seal id
	atf_check -o ignore ${KEYGEN} -d . THIEF
	in_handshake "break 5: another's name, own key" bad-proof late \
	    -I DEVICE-001 -K THIEF.key identity
	# It has noticed nothing.
	echo '{"n":"3"}' >&8
	logged 'RECEIVED\] device DEVICE-001 id 3 {"n":"3"}$'
	count 1 'session down: device DEVICE-001 '
	exec 8>&-
	daemon_stop
}

a_case break_6 "break 6: keys swapped in between; a token seen once"
break_6_body()
{
	gateway_for ztp
	enrol DEV1
	middle -1 -w rec
	atf_check -o match:pong ./through DEV1 -P ztp ping
	wait ${middle_pid}
	absent DEV1.token rec.device rec.gateway asmpd.log
	atf_check -o match:'closed after' ${REPLAY} -c 127.0.0.1:${port} \
	    rec.device
	logged 'session refused: address .* reason '
	verdict 'break 6: a token captured on another connection' \
	    handshake-mac $(last_reason 'session refused: ')
	timeout -k 3 30 ${IMPOSTOR} -c 127.0.0.1:${port} > impostor.out 2>&1 &
	_pid=$!
	wait_for ${SOON} grep -q '^port ' impostor.out
	client through $(sed -n 's/^port //p' impostor.out)
	atf_check -s exit:3 -o empty -e match:'impostor' ./through DEV1 \
	    -P ztp ping
	wait ${_pid}
	atf_check -o match:'^device closed$' cat impostor.out
	verdict 'break 6: public keys swapped' 'device closed' \
	    "$(tail -n 1 impostor.out)"
	atf_check -o match:pong ./send DEV1 -P ztp ping
	bystander_goes_on
	daemon_stop
}

# a_frame type length hex ...: a frame of the handshake, in hexadecimal.
a_frame()
{
	printf '0001%04x0000000000000000%016x%08x' $1 0 $2
	shift 2
	printf '%s' "$@"
}

a_case break_9 "break 9: what is malformed costs its sender alone"
break_9_body()
{
	attacked slmp
	enrol DEV1
	: > nothing
	crowd 1 nothing
	_half=${crowd_pids}
	crowd_pids=
	in_handshake 'break 9: a point off the curve' agreement at-once \
	    first $(a_frame 5 69 04001000 04 $(printf '11%.0s' $(seq 64)))
	in_handshake 'break 9: a point that is none' agreement at-once \
	    first $(a_frame 5 69 04001000 $(printf '00%.0s' $(seq 65)))
	in_handshake 'break 9: a key too short' hello at-once \
	    first $(a_frame 5 68 04001000 $(printf '04%.0s' $(seq 64)))
	in_handshake 'break 9: a token that is none' init at-once \
	    init cut=19
	atf_check -o match:'Message received: a;b;;c' ./send DEV1 -P slmp \
	    'a;b;;c'
	logged 'Authenticated message from DEV1: a;b;;c$'
	kill ${_half}
	daemon_stop
}

# cut_anyhow profile: byte by byte, and many frames in one segment.
cut_anyhow()
{
	for _m in bytes merge; do
		middle -1 -m ${_m}:device -m ${_m}:gateway
		case ${profile} in
		ztp)	printf 'ping\ntime\n' ;;
		slmp)	printf 'hello\nagain\n' ;;
		smcp)	printf '100\n100\n' ;;
		iomt)	printf 'BP=145/92\nHR=88\n' ;;
		*)	printf '{"n":"1"}\n{"n":"2"}\n' ;;
		esac > items
		./through ROGUE -P ${profile} < items > through.out 2>&1 ||
		    atf_fail "$1, ${_m}: $(cat through.out)"
		wait ${middle_pid}
		verdict "break 10: ${_m}" accepted accepted
	done
	count 2 'session down: device ROGUE address .* reason done$'
}

attack_break_10()
{
	attacked $1
	cut_anyhow $1
	bystander_goes_on
	daemon_stop
}
per_profile break_10 "break 10: frames come as they are" hybrid asmp ztp \
    slmp smcp iomt

a_case break_11 "break 11: no stranger ends a session"
break_11_body()
{
	profile=smcp
	gateway
	atf_check -o ignore ${KEYGEN} -t psk ROGUE
	atf_check -o ignore ${KEYGEN} -t psk 1
	bystander
	for d in ROGUE 1; do
		(umask 077 && ${KEYGEN} -e ${d}.psk > line)
		atf_check -o ignore ${ctl} device add -f line
	done
	genuine=0
	mkfifo 1.in
	./send 1 -P smcp < 1.in > 1.out 2>&1 &
	exec 8> 1.in
	echo 100 >&8
	wait_for ${SOON} has_session 1 || atf_fail "no session"
	logged 'RECEIVED\] device 1 id 1 '
	atf_check -o ignore ${KEYGEN} -t psk THIEF
	in_handshake 'break 11: the same client, without its key' bad-proof \
	    late -I 1 -K THIEF.psk identity
	# KEY_DESYNC and TERMINATE, as the original sent them: in clear.
	for o in 32 3c; do
		in_handshake "break 11: forged opcode 0x${o}" type at-once \
		    first $(a_frame 3 71 ${o}0100000001 01 \
		    $(printf '00%.0s' $(seq 64)))
	done
	in_session 'break 11: a packet nobody can read' record-mac flipped -1
	echo 100 >&8
	logged 'RECEIVED\] device 1 id 2 '
	count 0 'session down: device 1 '
	exec 8>&-
	daemon_stop
}

a_case break_14 "break 14: who is enrolled stays whose it is"
break_14_body()
{
	profile=asmp
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	atf_check -o ignore ${KEYGEN} OTHER
	atf_check -s exit:2 -e match:'DEV1' ${ctl} device add DEV1 OTHER.pub
	verdict 'break 14: an id enrolled again with another key' refused \
	    refused
	atf_check -s exit:2 -e match:'key' ${ctl} device add DEV2 DEV1.pub
	verdict 'break 14: a key enrolled again under another id' refused \
	    refused
	atf_check -s not-exit:0 -e not-empty ${ctl} device add DEV3 ed25519:
	verdict 'break 14: an empty key' refused refused
	atf_check -s not-exit:0 -e not-empty ${ctl} device add DEV3 \
	    ed25519:$(head -c 32 /dev/zero | base64)
	verdict 'break 14: a key of zeros' refused refused
	atf_check ./send DEV1 '{"n":"2"}'
	atf_check -o ignore ${ctl} device revoke DEV1
	atf_check -s exit:2 -e not-empty ${ctl} device add DEV1 OTHER.pub
	atf_check -s exit:2 -e not-empty ${ctl} device add DEV2 DEV1.pub
	verdict 'break 14: a revoked id or key enrolled again' refused refused
	atf_check -s exit:4 -e ignore ./send DEV1 '{"n":"3"}'
	verdict 'break 14: a revoked device' revoked-device \
	    $(last_reason 'session refused: ')
	stored reading 2 true
	daemon_stop
}

a_case break_17 "break 17: no key is in a log, in the database, on the wire"
break_17_body()
{
	atf_check -o ignore ${KEYGEN} -t shared COMMON
	gateway_for ztp "shared key \"$(pwd -P)/COMMON.shared\"" 'log data yes'
	enrol T1
	for d in S1:asmp P1:smcp K1:iomt; do
		profile=${d#*:}
		enrol ${d%:*}
	done
	middle -w rec
	atf_check ./through S1 -P hybrid '{"n":"1"}'
	logged 'session down: device S1 '
	cp rec.device rec.1
	atf_check -o ignore ./through P1 -P smcp 100
	logged 'session down: device P1 '
	cp rec.device rec.2
	atf_check ./through K1 -P iomt HR=88
	logged 'session down: device K1 '
	cp rec.device rec.3
	atf_check -o ignore ./through T1 -P ztp ping
	logged 'session down: device T1 '
	middle_stop
	for c in 'show devices' 'show device S1' 'show device P1' \
	    'show device K1' 'show device T1' 'show memory' 'device export'; do
		${ctl} ${c} >> shown 2>&1
	done
	daemon_stop
	cp db/asmpd.db* .
	_all="asmpd.log shown asmpd.db rec.1 rec.2 rec.3 rec.device
	    rec.gateway"
	for k in GW.key S1.key GW.seal ISSUER.issuer COMMON.shared P1.psk \
	    K1.kem T1.token; do
		absent ${k} ${_all}
	done
	# The search finds what is there: a public key that was shown, and the
	# secrets where they are.
	openssl pkey -in S1.key -pubout -outform DER | tail -c 32 > public
	atf_check -o ignore grep -F "$(base64 public | cut -c 1-20)" shown
	for k in P1.psk K1.kem; do
		key_of ${k}
		atf_check -o ignore grep -F "$(base64 -w 0 secret |
		    cut -c 1-20)" ${k}
	done
	profile=all
	verdict 'break 17: keys in logs, answers, database, on the wire' \
	    none none
}

a_case break_18 "break 18: a hundred who are slow keep nobody out"
break_18_body()
{
	profile=asmp
	gateway 'handshake timeout 8'
	bystander
	device_enrol DEV1
	middle -1 -w rec
	atf_check ./through DEV1 -P asmp '{"n":"1"}'
	wait ${middle_pid}
	head -c 59 rec.device > almost
	head -c 60 rec.device > hello
	for f in almost hello; do
		crowd 50 ${f}
		wait_for ${SOON} half_open 50 || atf_fail "no crowd"
		atf_check ./send DEV1 '{"n":"2"}'
		bystander_goes_on
		verdict "break 18: 50 connections, each ${f}" served served
		crowd_leaves
	done
	# In time each of them is closed.
	atf_check -o match:'received 227 bytes, closed after [78][0-9]{3} ms' \
	    ${REPLAY} -t 20 -c 127.0.0.1:${port} hello
	logged 'session refused: address .* device - reason timeout$'
	verdict 'break 18: HELLO and no more' timeout \
	    $(last_reason 'session refused: ')
	daemon_stop
}

a_case concurrent "M: concurrent sessions of the same id: the newer one counts"
concurrent_body()
{
	profile=asmp
	gateway
	bystander
	device_enrol DEV1
	for n in 1 2 3 4 5; do
		./send DEV1 '{"n":"'${n}'"}' > sent.${n} 2>&1 &
	done
	wait_for ${SOON} at_least 5 'session (up|refused): .*DEV1 ' ||
	    atf_fail "they did not come"
	atf_check ./send DEV1 '{"n":"last"}'
	sql 'SELECT count(*) - count(DISTINCT id) FROM reading
	    WHERE device = 2' -o inline:'0\n'
	bystander_goes_on
	verdict 'M: concurrent sessions of the same id' 'no id twice' \
	    'no id twice'
	daemon_stop
}

a_case desync "M: a handshake left half way, then the next one"
desync_body()
{
	gateway_for smcp
	enrol 1
	for at in HANDSHAKE_ACK DATA; do
		middle -1 -m cut:gateway:${at}:1:0
		atf_check -s not-exit:0 -e ignore ./through 1 -P smcp 100
		wait ${middle_pid}
		atf_check -o match:100 ./send 1 -P smcp 100
		verdict "M: key desync, cut before ${at}" 'in step' 'in step'
	done
	bystander_goes_on
	daemon_stop
}

a_case break_19 "break 19: where nobody answers, every attack fails"
break_19_body()
{
	profile=asmp
	port=$(free_port)
	atf_check -o ignore ${KEYGEN} -G GW
	atf_check -o ignore ${KEYGEN} ROGUE
	atf_check -s exit:1 -o empty -e match:refused ${ROGUE} -P asmp \
	    -k ROGUE.key -i ROGUE -g GW.pin -c 127.0.0.1:${port} replay
	printf x > file
	atf_check -s exit:1 -e match:refused ${REPLAY} \
	    -c 127.0.0.1:${port} file
	middle -1
	atf_check -s not-exit:0 -e ignore ./through ROGUE '{"n":"1"}'
	wait ${middle_pid}
	atf_check_equal 1 $?
	printf '%s\nv\n' /nonexistent > hijack.conf
	cp ${HIJACK} asmpd
	atf_check -s exit:1 -e match:nonexistent $(pwd -P)/asmpd -d
	# Nor where the genuine part is not accepted.
	gateway
	atf_check -s exit:1 -o empty -e match:'refused the identity' ${ROGUE} \
	    -P asmp -k ROGUE.key -i ROGUE -g GW.pin -c 127.0.0.1:${port} replay
	verdict 'break 19: no gateway, no device' fails fails
	daemon_stop
}
