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

# The control socket: what operators do to sessions, and what those who are
# none can do to asmpd.

. $(atf_get_srcdir)/common.sh

# Types and sizes of asmpd/ctl.h.
SHOW_SUMMARY=1
SHOW_DEVICES=6
MONITOR=16
IMPORT_BEGIN=10
IMPORT_ROW=11
IMPORT_COMMIT=12
NEWDEVICE=104		# bytes of one without a key

counter()
{
	${ctl} -j show memory | jq ".processes[] | select(.process == \"$1\") |
	    .counters.$2"
}

# heap process: bytes that it has.
heap()
{
	${ctl} -j show memory |
	    jq ".processes[] | select(.process == \"$1\") | .heap"
}

clients_are()
{
	[ $(counter control clients) -eq $1 ]
}

atf_test_case revoked
revoked_head()
{
	atf_set descr "a revoked device is out when the command returns"
	atf_set require.progs sqlite3
}
revoked_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV2
	device_enrol DEV1
	online DEV1
	echo '{"n":"1"}' >&9
	logged 'RECEIVED\] device DEV1 id 1 '
	atf_check -o match:'DEV1 revoked, 1 session closed$' \
	    ${ctl} device revoke DEV1
	! has_session DEV1 || atf_fail "the session is still there"
	count 1 'session down: device DEV1 address .* reason revoked$'
	wait ${online_pid}
	atf_check_equal 4 $?
	atf_check -o match:'the gateway ended the session: The device was revoked' \
	    cat DEV1.out
	still_revoked
	daemon_stop
	daemon_start -v
	still_revoked
	stored reading 1 'device = 1'
	daemon_stop
}

# Neither the device, nor its id, nor its key can come back.
still_revoked()
{
	atf_check -s exit:4 -e match:'refused the identity' \
	    ./send DEV1 '{"n":"2"}'
	logged 'device DEV1 reason revoked-device$'
	atf_check -o match:'^devices +1 \(1 revoked\)$' ${ctl} show
	atf_check -s exit:2 \
	    -e match:'this id is enrolled already, or was revoked' \
	    ${ctl} device add DEV1 DEV2.pub
	atf_check -s exit:2 -e match:'another device has this key' \
	    ${ctl} device add DEV2 DEV1.pub
	atf_check -s exit:2 -e match:'was revoked before' \
	    ${ctl} device revoke DEV1
}

atf_test_case killed
killed_head()
{
	atf_set descr "a killed session is over when the command returns"
}
killed_body()
{
	gateway
	device_enrol DEV1
	online DEV1
	atf_check -o match:'DEV1 killed, 1 session closed$' ${ctl} kill DEV1
	! has_session DEV1 || atf_fail "the session is still there"
	count 1 'session down: device DEV1 address .* reason killed$'
	wait ${online_pid}
	atf_check_equal 2 $?
	atf_check -o match:'An operator ended the session' cat DEV1.out
	atf_check ./send DEV1 '{"n":"1"}'
	atf_check -s exit:2 -e match:'the device has no session' \
	    ${ctl} kill DEV1
	atf_check -s exit:2 -e match:'no such device' ${ctl} kill DEV2
	daemon_stop
}

# takes_turns n: a device of tell n that opens a session whenever another has
# taken its last one, while the file go is there.
takes_turns()
{
	while [ -e go ]; do
		for _i in 1 2 3 4 5 6 7 8 9 10; do
			printf 'open\nexpect failed\n'
		done | ./say DEV1.key
	done > turns.$1 2>&1
}

atf_test_case killed_in_turn
killed_in_turn_head()
{
	atf_set descr "a kill ends the session that is there, not one that comes after it"
}
killed_in_turn_body()
{
	gateway
	device_enrol DEV1
	: > go
	for n in 4 5 6; do
		takes_turns ${n} &
	done
	logged 'reason replaced$'
	for _i in $(seq 20); do
		timeout 20 ${ctl} kill DEV1 >> kills 2>&1
		[ $? -ne 124 ] || atf_fail "a kill without an end"
	done
	rm go
	_said=$(sed -n 's/^DEV1 killed, \([0-9]*\) session.*/\1/p' kills |
	    awk '{ n += $1 } END { print n + 0 }')
	[ ${_said} -ge 10 ] || atf_fail "killed only ${_said}"
	# One that was about to end by itself may be said to be killed.
	_seen=$(grep -c ' device DEV1 .*reason killed$' asmpd.log)
	[ ${_seen} -le ${_said} ] ||
	    atf_fail "${_seen} sessions killed, and said ${_said}"
	daemon_stop
	wait
}

atf_test_case deaf_device
deaf_device_head()
{
	atf_set descr "a device that has stopped cannot keep its session open"
}
deaf_device_body()
{
	gateway
	device_enrol DEV1
	online DEV1
	kill -STOP ${online_pid}
	atf_check -o match:'1 session closed$' timeout 10 \
	    ${ctl} device revoke DEV1
	! has_session DEV1 || atf_fail "the session is still there"
	kill -CONT ${online_pid}
	wait ${online_pid}
	atf_check_equal 4 $?
	daemon_stop
}

# still_refused what: reload says that this cannot change, and nothing has.
still_refused()
{
	atf_check -s exit:2 -e match:"the old configuration stays: $1 cannot change while asmpd runs; restart it" \
	    ${ctl} reload
	bystander_goes_on
}

atf_test_case reload_refused
reload_refused_head()
{
	atf_set descr "what only a restart can change is not changed by halves"
}
reload_refused_body()
{
	gateway
	bystander
	cp asmpd.conf good.conf
	atf_check -o match:'configuration reloaded' ${ctl} reload
	bystander_goes_on
	echo 'user "daemon"' >> asmpd.conf
	still_refused user
	cp good.conf asmpd.conf
	echo 'chroot "/"' >> asmpd.conf
	still_refused chroot
	cp good.conf asmpd.conf
	echo 'database "/tmp/other.db"' >> asmpd.conf
	still_refused database
	cp good.conf asmpd.conf
	echo 'control socket "/tmp/other.sock"' >> asmpd.conf
	still_refused 'control socket'
	cp good.conf asmpd.conf
	echo 'restricted control socket "/tmp/other.sock"' >> asmpd.conf
	still_refused 'restricted control socket'
	cp good.conf asmpd.conf
	echo 'limit sessions 5' >> asmpd.conf
	still_refused 'limit sessions'
	cp good.conf asmpd.conf
	echo 'gateway id "OTHER"' >> asmpd.conf
	still_refused 'gateway id'
	cp good.conf asmpd.conf
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	daemon_stop
}

atf_test_case reload_broken
reload_broken_head()
{
	atf_set descr "files that are gone or damaged leave all as it was"
}
reload_broken_body()
{
	gateway 'anomaly field "x" ignore'
	bystander
	device_enrol DEV1
	cp asmpd.conf good.conf
	for bad in 'limit' 'include "none"' "gateway key \"$(pwd)/none\"" \
	    "tls certificate \"$(pwd)/none\" key \"$(pwd)/none\"" \
	    "issuer \"$(pwd)/none\"" "shared key \"$(pwd)/GW.seal\"" \
	    "group g { member 1 member 1 }" "listen on 192.0.2.1 port 1"; do
		{ cat good.conf; echo 'anomaly field "*" ignore'
		  echo "${bad}"; } > asmpd.conf
		atf_check -s exit:2 -e match:'the old configuration stays: ' \
		    ${ctl} reload
		bystander_goes_on
	done
	chmod 644 GW.key
	cp good.conf asmpd.conf
	atf_check -s exit:2 -e match:'gateway key .*: must not be accessible' \
	    ${ctl} reload
	chmod 600 GW.key
	count 9 'reload failed, the old configuration stays: '
	# Nothing of them has come into use.
	seq 10 | sed 's/.*/{"y":1}/' > in
	atf_check ./send DEV1 < in
	atf_check -s exit:5 -e ignore ./send DEV1 '{"y":2}'
	atf_check -o ignore ${ctl} reload
	bystander_goes_on
	daemon_stop
}

# As many members as there may be are 17 megabytes on their way to verify.
atf_test_case reload_large
reload_large_head()
{
	atf_set descr "the largest groups come with a reload, and go with one"
}
reload_large_body()
{
	gateway
	bystander
	cp asmpd.conf small.conf
	seq 4096 | awk '{ printf("member %064d\n", $1) }' > members
	for group in $(seq 64); do
		echo "group g${group} {"
		cat members
		echo '}'
	done >> asmpd.conf
	atf_check -o match:'configuration reloaded' ${ctl} reload
	bystander_goes_on
	atf_check -o match:'configuration reloaded' ${ctl} reload
	echo 'group more { member 1 }' >> asmpd.conf
	atf_check -s exit:2 -e match:'the old configuration stays: ' \
	    ${ctl} reload
	cp small.conf asmpd.conf
	atf_check -o match:'configuration reloaded' ${ctl} reload
	bystander_goes_on
	daemon_stop
}

atf_test_case reload_listeners
reload_listeners_head()
{
	atf_set descr "listeners come and go, and sessions stay"
}
reload_listeners_body()
{
	gateway
	bystander
	device_enrol DEV1
	cp asmpd.conf one.conf
	second=$(free_port)
	client second ${second}
	atf_check -s exit:2 -e match:'Connection refused' \
	    ./second DEV1 '{"n":"1"}'
	echo "listen on 127.0.0.1 port ${second}" >> asmpd.conf
	atf_check -o match:'configuration reloaded' ${ctl} reload
	atf_check ./second DEV1 '{"n":"1"}'
	atf_check ./send DEV1 '{"n":"2"}'
	bystander_goes_on
	sed -i "/port ${port}\$/d" asmpd.conf
	atf_check -o match:'configuration reloaded' ${ctl} reload
	atf_check -s exit:2 -e match:'Connection refused' ./send DEV1 '{"n":"3"}'
	atf_check ./second DEV1 '{"n":"3"}'
	bystander_goes_on
	# A signal does the same.
	cp one.conf asmpd.conf
	kill -HUP ${daemon_pid}
	wait_for ${SOON} ./send DEV1 '{"n":"4"}' ||
	    atf_fail "SIGHUP does not reload"
	count 3 'configuration reloaded$'
	atf_check -s exit:2 -e match:'Connection refused' \
	    ./second DEV1 '{"n":"5"}'
	bystander_goes_on
	daemon_stop
}

atf_test_case reload_often
reload_often_head()
{
	atf_set descr "reloads that meet are done or refused, never mixed"
}
reload_often_body()
{
	gateway
	bystander
	for n in 1 2 3 4 5 6 7 8 9 10; do
		(${ctl} reload; echo $?) > reload.${n} 2>&1 &
		kill -HUP ${daemon_pid}
		reloads="${reloads} $!"
	done
	wait ${reloads}
	atf_check -o ignore ${ctl} reload
	for n in 1 2 3 4 5 6 7 8 9 10; do
		atf_check -o match:'^0$|another one is under way' \
		    cat reload.${n}
	done
	bystander_goes_on
	daemon_stop
}

# operator item ...: what no asmpctl would send; asmpd answers or closes, and
# serves the others.
operator()
{
	${RAWCTL} -t 5 ${sock} "$@" > operator.out 2>&1 ||
	    atf_fail "$*: $(cat operator.out)"
	atf_check -o ignore ${ctl} show
}

atf_test_case garbage
garbage_head()
{
	atf_set descr "bytes that are no message cost only their sender"
	atf_set require.progs jq
}
garbage_body()
{
	gateway
	bystander
	operator msg:${SHOW_SUMMARY}:0
	atf_check -o match:'^result 0 $' cat operator.out
	before=$(counter control malformed)
	n=0
	for item in fill:16 fill:4096 fill:100000 \
	    hex:00000000000000000000000000000000 \
	    head:${SHOW_SUMMARY}:0 head:${SHOW_SUMMARY}:15 \
	    head:${SHOW_SUMMARY}:4294967295 head:${SHOW_SUMMARY}:100000 \
	    head:${SHOW_SUMMARY}:2147483647 msg:${SHOW_SUMMARY}:5000; do
		operator ${item}
		atf_check -o inline:'closed\n' cat operator.out
		n=$((n + 1))
	done
	atf_check_equal $((before + n)) $(counter control malformed)
	count ${n} 'uid [0-9]+ sent what is no message: connection closed$'
	# A good message behind garbage is not taken either.
	operator fill:16 msg:${SHOW_SUMMARY}:0
	atf_check -o inline:'closed\n' cat operator.out
	# Half a message, and nobody there any more.
	for bytes in 01 0100000018 01000000180000000000000000000000; do
		atf_check -s exit:1 -o inline:'silent\n' \
		    ${RAWCTL} -t 0 ${sock} hex:${bytes}
	done
	bystander_goes_on
	wait_for ${SOON} clients_are 1 || atf_fail "clients are left"
	daemon_stop
}

atf_test_case sizes
sizes_head()
{
	atf_set descr "every request in every wrong size is refused by its name"
}
sizes_body()
{
	gateway
	bystander
	wrong='^result 3 the request has a wrong size'
	# The sizes that are right; 0 is left out below where it is.
	set -- 0 0 0 0 8 8 65 ${NEWDEVICE} 65 0 ${NEWDEVICE} 0 65 0 4 - 1090 \
	    0 65 65 80 4 208 ${NEWDEVICE} 8
	for type in $(seq 1 25); do
		[ ${type} -ne ${MONITOR} ] || { shift; continue; }
		for len in 0 1 7 8 9 64 65 66 79 80 81 103 104 105 1089 1090 \
		    1091 4000; do
			[ ${len} -ne $1 ] || continue
			operator msg:${type}:${len}
			atf_check -o match:"${wrong}" cat operator.out
		done
		shift
	done
	for type in 0 26 27 63 64 65 66 67 68 69 70 71 72 73 256 300 \
	    4294967295; do
		operator msg:${type}:0
		atf_check -o match:'^result 2 asmpd does not know this request' \
		    cat operator.out
	done
	# Of the right size, and still nothing.
	for type in 7:65 9:65 13:65 17:1090 19:65 20:65 21:80; do
		operator msg:${type}
		atf_check -o match:'^result 3 not a device id' cat operator.out
	done
	for type in 8 24; do
		operator msg:${type}:${NEWDEVICE}
		atf_check -o match:'^result 3 the id must be' cat operator.out
	done
	operator msg:${IMPORT_COMMIT}:0
	atf_check -o match:'^result 3 the list is empty' cat operator.out
	bystander_goes_on
	daemon_stop
}

atf_test_case unterminated
unterminated_head()
{
	atf_set descr "a name without its end is no name"
}
unterminated_body()
{
	gateway
	bystander
	name=$(bytes 41 65)
	for type in 07 09 0d 13 14; do
		operator hex:${type}000000510000000000000000000000${name}
		atf_check -o match:'^result 3 not a device id' cat operator.out
	done
	# A text for DEVICE, without end.
	operator hex:11000000520400000000000000000000444556494345$(bytes 00 59)$(bytes 41 1025)
	atf_check -o match:'^result 3 a text has 1 to 1024 bytes' \
	    cat operator.out
	newdevice ${name} 01 00 00 $(bytes 00 17)
	atf_check -o match:'^result 3 the id must be' cat operator.out
	newdevice 41$(bytes 00 64) 03 00 00 $(bytes 41 17)
	atf_check -o match:"^result 3 the role's name is too long" \
	    cat operator.out
	bystander_goes_on
	daemon_stop
}

# page type cursor: of this list, from there on; both in hexadecimal.
page()
{
	operator hex:${1}000000180000000000000000000000$2
}

atf_test_case cursors
cursors_head()
{
	atf_set descr "behind the last there is no other, and no first again"
}
cursors_body()
{
	gateway
	device_enrol DEV
	atf_check -o ignore ${KEYGEN} NEW
	atf_check -o ignore ${ctl} device rotate DEV NEW.pub
	for list in 06:66 19:71; do
		page ${list%:*} 0000000000000000
		atf_check -o match:"^${list#*:} " -o match:'^result 0' \
		    cat operator.out
		for cursor in 01000000 02000000 feffffff ffffffff; do
			page ${list%:*} ${cursor}00000000
			atf_check -o match:'^result 0' \
			    -o not-match:"^${list#*:} " cat operator.out
		done
		for cursor in 00000000 01000000 ffffffff; do
			page ${list%:*} ${cursor}01000000
			atf_check -o match:'^result 0' \
			    -o not-match:"^${list#*:} " cat operator.out
		done
	done
	daemon_stop
}

# bytes hex n: as many of them, in hexadecimal.
bytes()
{
	printf "$1%.0s" $(seq $2)
}

# row type id kind alg profiles role [keylen key]: a device, all in
# hexadecimal.
row()
{
	_key=$8
	printf "hex:${1}000000%02x$(bytes 00 11)$(bytes 00 16)$2$3$4$5$6$(bytes 00 1)${7:-0000}${_key}" \
	    $((16 + NEWDEVICE + ${#_key} / 2))
}

# newdevice id ...: is enrolled as no asmpctl does it.
newdevice()
{
	operator $(row 08 "$@")
}

atf_test_case newdevices
newdevices_head()
{
	atf_set descr "what asmpctl checks, asmpd checks again"
}
newdevices_body()
{
	gateway
	bystander
	id=44$(bytes 00 64)
	none=$(bytes 00 17)
	newdevice ${id} 05 00 00 ${none}
	atf_check -o match:'^result 3 a device proves itself by signature, psk, token or kem$' \
	    cat operator.out
	newdevice ${id} 01 01 00 ${none} 1f00 $(bytes 09 31)
	atf_check -o match:'^result 3 the key is not a valid Ed25519' \
	    cat operator.out
	newdevice ${id} 01 01 00 ${none} 2000 $(bytes 00 32)
	atf_check -o match:'^result 3 the key is not a valid Ed25519' \
	    cat operator.out
	newdevice ${id} 02 00 00 ${none} 1100 $(bytes 01 17)
	atf_check -o match:'^result 3 a pre-shared key has 16 or 32 bytes$' \
	    cat operator.out
	newdevice ${id} 03 00 00 ${none} 0100 01
	atf_check -o match:'^result 3 who comes with a token has no key' \
	    cat operator.out
	newdevice ${id} 04 00 00 ${none} 2000 $(bytes 01 32)
	atf_check -o match:'^result 3 the key is not a valid ML-KEM-768 key$' \
	    cat operator.out
	newdevice ${id} 03 01 00 ${none}
	atf_check -o match:'^result 3 only a key that signs has an algorithm$' \
	    cat operator.out
	newdevice ${id} 03 00 02 ${none}
	atf_check -o match:'^result 3 one of the profiles does not go with' \
	    cat operator.out
	newdevice ${id} 03 00 00 6b696e67$(bytes 00 13)
	atf_check -o match:'^result 3 there is no role of this name: ' \
	    cat operator.out
	# A key that is shorter or longer than it says.
	for len in 0f00 1100 0000 ffff; do
		newdevice ${id} 02 00 00 ${none} ${len} $(bytes 01 16)
		atf_check -o match:'^result 3 the request has a wrong size' \
		    cat operator.out
	done
	atf_check -o match:'^devices +1 ' ${ctl} show
	newdevice ${id} 02 00 00 ${none} 1000 $(bytes 01 16)
	atf_check -o match:'^result 0 1 device enrolled$' cat operator.out
	bystander_goes_on
	daemon_stop
}

atf_test_case import_left
import_left_head()
{
	atf_set descr "a list that is not finished enrols nobody"
}
import_left_body()
{
	gateway
	rows=
	for n in $(seq 30 39) $(seq 41 49); do
		rows="${rows} $(row 0b 44${n}$(bytes 00 63) 03 00 00 $(bytes 00 17))"
	done
	for n in 1 2 3; do
		atf_check -s exit:1 -o inline:'result 0 go on\nsilent\n' \
		    ${RAWCTL} -r 2 -t 1 ${sock} msg:${IMPORT_BEGIN}:0 ${rows}
	done
	operator msg:${IMPORT_COMMIT}:0
	atf_check -o match:'^result 3 the list is empty' cat operator.out
	atf_check -o match:'^devices +0 ' ${ctl} show
	# They are good: finished, the same list is taken.
	atf_check -o inline:'result 0 go on\nresult 0 19 devices enrolled\n' \
	    ${RAWCTL} -r 2 ${sock} msg:${IMPORT_BEGIN}:0 ${rows} \
	    msg:${IMPORT_COMMIT}:0
	# And one that is bad is refused as a whole, by its first entry.
	operator msg:${IMPORT_BEGIN}:0
	atf_check -o match:'result 0' -o match:'result 3 the id must be' \
	    ${RAWCTL} -r 2 ${sock} msg:${IMPORT_BEGIN}:0 \
	    many:3:${IMPORT_ROW}:${NEWDEVICE} msg:${IMPORT_COMMIT}:0
	daemon_stop
}

atf_test_case crowded
crowded_head()
{
	atf_set descr "too many operators are kept out, and make room again"
	atf_set require.progs jq
}
crowded_body()
{
	gateway
	bystander
	mkfifo stay
	operators=
	# Root has a reserve that others have not.
	for n in $(seq 100); do
		operator_stays
	done
	exec 7> stay
	wait_for ${SOON} kept_out || atf_fail "all were let in"
	bystander_goes_on
	kill ${operators}
	exec 7>&-
	wait_for ${SOON} ${ctl} show || atf_fail "nobody is let in any more"
	wait_for ${SOON} clients_are 1 || atf_fail "clients are left"
	daemon_stop
}

operator_stays()
{
	${RAWCTL} -n ${sock} < stay > stay.out 2>&1 &
	operators="${operators} $!"
}

# Who tries takes a place too; should it be the last, the next one stays.
kept_out()
{
	operator_stays
	! ${ctl} show
}

# watched pattern: the monitor has shown it.
watched()
{
	wait_for ${SOON} grep -Eq "$1" monitor.out || {
		cat monitor.out >&2
		atf_fail "monitor does not show: $1"
	}
}

atf_test_case monitor
monitor_head()
{
	atf_set descr "monitor shows every kind of event until interrupted"
	atf_set require.progs jq
}
monitor_body()
{
	gateway
	device_enrol DEV1
	${ctl} monitor > monitor.out 2>&1 &
	monitor_pid=$!
	${ctl} -j monitor > monitor.json 2>&1 &
	wait_for ${SOON} clients_are 3 || atf_fail "no monitor"
	atf_check ./send DEV1 '{"n":"1"}'
	watched ' up +0 - +127.0.0.1:[0-9]+ +DEV1'
	watched ' accepted +1 - .*DEV1 {"n":"1"}'
	watched ' down +0 done .*DEV1'
	atf_check -s exit:5 -e ignore ./send DEV1 -r '{"n":}'
	watched ' blocked +2 json .*DEV1 not JSON at byte 6'
	watched ' down +0 json .*DEV1'
	atf_check -s ignore -o ignore ${KEYGEN} STRANGER
	atf_check -s exit:4 -e ignore ./send STRANGER '{"n":"1"}'
	watched ' refused +0 unknown-device .*STRANGER'
	kill -INT ${monitor_pid}
	wait ${monitor_pid}
	atf_check_equal 0 $?
	wait_for ${SOON} clients_are 2 || atf_fail "the monitor is left"
	atf_check -o ignore jq -es 'map(.event) | index("blocked") and
	    index("accepted") and index("refused")' monitor.json
	daemon_stop
}

atf_test_case deaf_monitor
deaf_monitor_head()
{
	atf_set descr "who watches and does not read fills no memory"
	atf_set require.progs jq
}
deaf_monitor_body()
{
	gateway
	bystander
	device_enrol DEV1
	mkfifo stay
	${RAWCTL} -n ${sock} msg:${MONITOR}:0 < stay > stay.out &
	exec 7> stay
	wait_for ${SOON} clients_are 2 || atf_fail "no monitor"
	# A thousand events a second are passed on; 1 MiB is kept for each.
	seq 1000 | sed 's/.*/{"n":"& '$(printf 'x%.0s' $(seq 300))'"}/' > in
	wait_for 60 lost_events || atf_fail "no events were lost"
	[ $(heap control) -lt 4000000 ] || atf_fail "control grows: $(heap control)"
	atf_check -o ignore timeout 5 ${ctl} show sessions
	bystander_goes_on
	exec 7>&-
	wait_for ${SOON} clients_are 1 || atf_fail "the monitor is left"
	[ $(heap control) -lt 1000000 ] || atf_fail "control keeps: $(heap control)"
	daemon_stop
}

lost_events()
{
	./send DEV1 < in
	[ $(counter control events_lost) -gt 0 ]
}

atf_test_case flood
flood_head()
{
	atf_set descr "requests without reading are held, not gathered"
	atf_set require.progs jq
}
flood_body()
{
	gateway
	bystander
	for n in $(seq 100); do
		_pub=$(${KEYGEN} D${n} | awk '/device add/ { print $5 }')
		${ctl} device add D${n} ${_pub} > /dev/null
	done
	mkfifo stay
	for n in 1 2 3 4; do
		${RAWCTL} -n ${sock} many:20000:${SHOW_DEVICES}:8 < stay \
		    > stay.out &
		floods="${floods} $!"
	done
	exec 7> stay
	for n in $(seq 20); do
		atf_check -o match:'^devices +101 ' timeout 5 ${ctl} show
		bystander_goes_on
	done
	for p in parent control; do
		[ $(heap ${p}) -lt 8000000 ] || atf_fail "${p}: $(heap ${p})"
	done
	kill ${floods}
	wait_for ${SOON} clients_are 1 || atf_fail "clients are left"
	daemon_stop
}

atf_test_case together
together_head()
{
	atf_set descr "operators who do the same at once: one does it"
}
together_body()
{
	gateway
	bystander
	atf_check -o ignore ${KEYGEN} DEV1
	for n in 1 2 3 4 5 6 7 8; do
		(${ctl} device add DEV1 DEV1.pub; echo "status $?") \
		    > add.${n} 2>&1 &
		adds="${adds} $!"
	done
	wait ${adds}
	cat add.? > adds
	atf_check -o inline:'1\n' grep -c 'status 0' adds
	atf_check -o inline:'7\n' grep -c 'enrolled already' adds
	atf_check ./send DEV1 '{"n":"1"}'
	for n in 1 2 3 4 5 6 7 8; do
		(${ctl} device revoke DEV1; echo "status $?") \
		    > revoke.${n} 2>&1 &
		revokes="${revokes} $!"
	done
	wait ${revokes}
	cat revoke.? > revokes
	atf_check -o inline:'1\n' grep -c 'status 0' revokes
	atf_check -o inline:'7\n' grep -c 'revoked before' revokes
	bystander_goes_on
	daemon_stop
}

atf_test_case mode
mode_head()
{
	atf_set descr "the control socket is for its group, no one else"
	atf_set require.user root
}
mode_body()
{
	chmod 755 .
	daemon_conf
	cat >> asmpd.conf <<-EOF
		control socket "${sock}" group "daemon"
		restricted control socket "$(pwd -P)/look.sock"
	EOF
	daemon_start
	atf_check -o inline:'660 root daemon\n' stat -c '%a %U %G' asmpd.sock
	atf_check -o inline:'666\n' stat -c %a look.sock
	atf_check -s exit:1 -e match:'Permission denied' \
	    setpriv --reuid nobody --regid nogroup --clear-groups \
	    ${RAWCTL} ${sock} msg:1:0
	atf_check -o match:'result 0' \
	    setpriv --reuid nobody --regid daemon --clear-groups \
	    ${RAWCTL} ${sock} msg:1:0
	atf_check -o match:'result 0' \
	    setpriv --reuid nobody --regid nogroup --clear-groups \
	    ${RAWCTL} look.sock msg:1:0
	for type in 8 9 10 11 12 13 14 15 16; do
		atf_check -o match:'^result 1 the restricted socket only shows' \
		    setpriv --reuid nobody --regid nogroup --clear-groups \
		    ${RAWCTL} look.sock msg:${type}:0
	done
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case revoked
	atf_add_test_case killed
	atf_add_test_case killed_in_turn
	atf_add_test_case deaf_device
	atf_add_test_case reload_refused
	atf_add_test_case reload_broken
	atf_add_test_case reload_large
	atf_add_test_case reload_listeners
	atf_add_test_case reload_often
	atf_add_test_case garbage
	atf_add_test_case sizes
	atf_add_test_case unterminated
	atf_add_test_case cursors
	atf_add_test_case newdevices
	atf_add_test_case import_left
	atf_add_test_case crowded
	atf_add_test_case monitor
	atf_add_test_case deaf_monitor
	atf_add_test_case flood
	atf_add_test_case together
	atf_add_test_case mode
}
