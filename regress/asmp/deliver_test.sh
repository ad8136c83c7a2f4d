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

# asmp -o against the real daemon: what is in the outbox is stored exactly
# once, whoever is killed in between.

. $(atf_get_srcdir)/../lib.sh

BOXLS=$(atf_get_srcdir)/boxls
FAKEGW=$(atf_get_srcdir)/fakegw
SOON=20			# seconds within which something must have happened

# gateway: a daemon, and ./send, a device DEV1 with an outbox that goes there.
gateway()
{
	daemon_conf
	echo 'limit new per source 10000' >> asmpd.conf
	daemon_start
	device_enrol DEV1
	sender
	cat > sql <<-EOF
		#!/bin/sh
		exec sqlite3 -readonly -cmd '.timeout 5000' db/asmpd.db "\$@"
	EOF
	chmod 755 sql
}

# After each start: the port may be another one.
sender()
{
	cat > send <<-EOF
		#!/bin/sh
		exec ${ASMP} -P asmp -k DEV1.key -g GW.pin -p ${port} \\
		    -t 10 -o box 127.0.0.1 "\$@"
	EOF
	chmod 755 send
}

# gateway_killed: all of it, with kill -9.
gateway_killed()
{
	_pids=$(${ctl} show processes | awk '$2 + 0 > 0 { print $2 }')
	kill -KILL ${daemon_pid} ${_pids}
	wait ${daemon_pid}
	daemon_pid=
}

gateway_again()
{
	rm -f asmpd.sock
	daemon_start 9>&-
	sender
}

stored()
{
	atf_check -o inline:"$1" ./sql 'SELECT data FROM reading ORDER BY seq'
}

# in_store: how many there are.
in_store()
{
	./sql 'SELECT count(*) FROM reading'
}

has_stored()
{
	[ "$(in_store)" = $1 ]
}

# numbers from to: readings that carry a number, which as text is not judged.
numbers()
{
	awk -v i=$1 -v n=$2 'BEGIN {
		for (; i <= n; i++)
			printf "{\"n\":\"%d\"}\n", i
	}'
}

last_number()
{
	sed -n 's/.*"n":"\([0-9]*\)".*/\1/p' | tail -n 1
}

random()
{
	echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

# The last number that went into the outbox, wherever it is now.
taken()
{
	_box=$(${BOXLS} box | last_number)
	_db=$(./sql 'SELECT data FROM reading ORDER BY seq DESC LIMIT 1' |
	    last_number)
	[ ${_box:-0} -ge ${_db:-0} ] && echo ${_box:-0} || echo ${_db}
}

# exactly_once n: the store has 1 to n, in this order.
exactly_once()
{
	numbers 1 $1 > want
	./sql 'SELECT data FROM reading ORDER BY seq' > got
	cmp want got || atf_fail "$(wc -l < got) stored, $(sort -u got |
	    wc -l) different, of $1"
	echo "$1 readings: zero lost, zero doubled"
}

# waits n [option of atf_check ...] -- [argument ...]: the gateway is away,
# and so many readings are in the outbox afterwards.
waits()
{
	_n=$1
	shift
	cat > want <<-EOF
		asmp: 127.0.0.1: cannot connect: Connection refused: no gateway listens there, or a firewall is in between; check that it runs, its address and port
		asmp: ${_n} readings wait in box
		asmp: ${_n} readings wait in box: asmp with -o box, and no more input, sends them
	EOF
	atf_check -s exit:2 -e file:want ./send "$@"
}

atf_test_case kept_while_away
kept_while_away_head()
{
	atf_set descr "what was put in while there was no gateway is sent later"
	atf_set require.progs sqlite3
}
kept_while_away_body()
{
	gateway
	daemon_stop
	waits 2 '{"n":"1"}' '{"n":"2"}'
	echo '{"n":"3"}' > in
	waits 3 < in
	before=$(date +%s)
	atf_check -o inline:'{"n":"1"}\n{"n":"2"}\n{"n":"3"}\n' ${BOXLS} box
	sleep 1
	gateway_again
	atf_check ./send < /dev/null
	stored '{"n":"1"}\n{"n":"2"}\n{"n":"3"}\n'
	# Their time is that of being put there.
	atf_check -o inline:'3\n' ./sql \
	    "SELECT count(*) FROM reading WHERE time <= ${before} * 1000 + 999"
	atf_check -o inline:'' ${BOXLS} box
	atf_check ./send -n '{"n":"4"}'
	atf_check -o inline:'4|0\n' ./sql \
	    'SELECT id, time FROM reading ORDER BY seq DESC LIMIT 1'
	daemon_stop
	# Nothing waits, yet nobody was there.
	atf_check -s exit:2 -e match:'cannot connect' ./send < /dev/null
}

atf_test_case gateway_comes_back
gateway_comes_back_head()
{
	atf_set descr "input is taken on; it says once that it waits, and once \
that the gateway is back"
	atf_set require.progs sqlite3
}
gateway_comes_back_body()
{
	gateway
	mkfifo pipe
	./send < pipe 2> err &
	pid=$!
	exec 9> pipe
	numbers 1 10 >&9
	wait_for ${SOON} has_stored 10 || atf_fail "not sent"
	gateway_killed
	numbers 11 20 >&9
	wait_for ${SOON} grep -q 'connection was lost' err
	numbers 21 30 >&9
	sleep 3
	numbers 31 40 >&9
	gateway_again
	numbers 41 50 >&9
	wait_for ${SOON} has_stored 50 || atf_fail "not sent: $(cat err)"
	exec 9>&-
	wait ${pid} || atf_fail "status $?: $(cat err)"
	exactly_once 50
	atf_check -o inline:'1\n' grep -c 'connection was lost' err
	atf_check -o inline:'1\n' grep -c 'the gateway is back' err
	atf_check -o inline:'0\n' -s ignore grep -c 'cannot connect' err
}

under_way()
{
	[ $(in_store) -gt ${before} ]
}

# feed n: numbers from there on, a few at a time, as long as they are read.
feed()
{
	_next=$1
	while numbers ${_next} $((_next + 49)); do
		_next=$((_next + 50))
		sleep 0.01
	done
}

# endless n: a client whose input begins with n, and has no end but its own.
endless()
{
	rm -f input
	mkfifo input
	feed $1 > input 2> /dev/null &
	feeder=$!
	./send < input 2> err &
	pid=$!
}

# killed rounds often: a client with its outbox is killed at random moments,
# and one time in so many the gateway before it.
killed()
{
	gateway
	n=0
	gateways=0
	for round in $(seq $1); do
		before=$(in_store)
		endless $((n + 1))
		# Every other one may not even have connected.
		[ $((round % 2)) -eq 0 ] || wait_for ${SOON} under_way ||
		    atf_fail "nothing is sent: $(cat err)"
		sleep $(printf 0.%03d $(random 100))
		if [ $2 -ne 0 ] && [ $(random $2) -eq 0 ]; then
			gateway_killed
			gateways=$((gateways + 1))
			sleep $(printf 0.%03d $(random 100))
		fi
		kill -KILL ${pid} || atf_fail "it has ended: $(cat err)"
		wait ${pid}
		# Nobody may have come to read.
		kill ${feeder} 2> /dev/null
		wait ${feeder}
		[ -n "${daemon_pid}" ] || gateway_again
		n=$(taken)
	done
	numbers $((n + 1)) $((n + 100)) > in
	atf_check -e ignore ./send -w 20 < in
	echo "$1 clients and ${gateways} gateways were killed"
	exactly_once $((n + 100))
	atf_check -o inline:'' ${BOXLS} box
}

atf_test_case client_is_killed
client_is_killed_head()
{
	atf_set descr "kill -9 of the client under load, many times"
	atf_set require.progs sqlite3
}
client_is_killed_body()
{
	killed 25 0
}

atf_test_case both_are_killed
both_are_killed_head()
{
	atf_set descr "kill -9 of client and gateway under load, many times"
	atf_set require.progs sqlite3
}
both_are_killed_body()
{
	killed 20 3
	[ ${gateways} -gt 0 ] || atf_fail "no gateway was killed"
}

atf_test_case one_outbox_one_client
one_outbox_one_client_head()
{
	atf_set descr "a second client is told who has the outbox"
	atf_set require.progs sqlite3
}
one_outbox_one_client_body()
{
	gateway
	mkfifo pipe
	./send < pipe &
	pid=$!
	exec 9> pipe
	numbers 1 1 >&9
	wait_for ${SOON} has_stored 1 || atf_fail "not sent"
	atf_check -s exit:1 \
	    -e inline:"asmp: box is in use by process ${pid}\n" \
	    ./send '{"n":"x"}'
	numbers 2 2 >&9
	exec 9>&-
	wait ${pid} || atf_fail "status $?"
	exactly_once 2
}

atf_test_case one_outbox_one_device
one_outbox_one_device_head()
{
	atf_set descr "no other device's readings are sent, nor to another \
gateway"
	atf_set require.progs sqlite3
}
one_outbox_one_device_body()
{
	gateway
	daemon_stop
	waits 1 '{"n":"1"}'
	atf_check -o ignore ${KEYGEN} DEV2
	atf_check -s exit:1 -e match:'^asmp: box is the outbox of device DEV1' \
	    ./send -k DEV2.key '{"n":"x"}'
	sed s/GW/GW2/ GW.pin > gw2.pin
	atf_check -s exit:1 -e match:'of DEV1 for GW2$' \
	    ./send -g gw2.pin '{"n":"x"}'
	gateway_again
	atf_check ./send < /dev/null
	exactly_once 1
}

atf_test_case full_with_arguments
full_with_arguments_head()
{
	atf_set descr "a full outbox refuses arguments, until it is sent"
	atf_set require.progs sqlite3
}
full_with_arguments_body()
{
	gateway
	daemon_stop
	long=$(printf '%15000s' x)
	set --
	for i in $(seq 100); do
		set -- "$@" "{\"n\":\"${i}\",\"s\":\"${long}\"}"
	done
	atf_check -s exit:1 -e save:err ./send -m 1 "$@"
	n=$(${BOXLS} box | wc -l)
	[ ${n} -ge 60 ] && [ ${n} -le 69 ] || atf_fail "${n} in 1 MiB"
	atf_check -o match:'^asmp: box is full: no more is taken until' \
	    -o match:"^asmp: argument $((n + 1)) and what follows is not in" \
	    cat err
	atf_check -s exit:1 -e match:'argument 1 and what follows is not' \
	    ./send -m 1 "$1"
	gateway_again
	# With a gateway there is room for more than fits at once.
	atf_check ./send -m 1 "$@"
	atf_check -o inline:"$((n + 100))\n" ./sql 'SELECT count(*) FROM reading'
	# And a larger one has room by itself.
	daemon_stop
	atf_check -s exit:2 -e match:'^asmp: 100 readings wait in box: ' \
	    ./send -m 2 "$@"
}

atf_test_case full_with_lines
full_with_lines_head()
{
	atf_set descr "a full outbox reads no more, and goes on when it can"
	atf_set require.progs sqlite3
}
full_with_lines_body()
{
	gateway
	daemon_stop
	numbers 1 60000 > in
	mkfifo pipe
	(cat in; : > written) > pipe &
	./send -m 1 < pipe 2> err &
	pid=$!
	wait_for ${SOON} grep -q '^asmp: box is full: ' err ||
	    atf_fail "not full: $(cat err)"
	sleep 2
	[ ! -e written ] || atf_fail "it goes on reading"
	[ $(cat box/0* | wc -c) -le 1048576 ] || atf_fail "more than 1 MiB"
	gateway_again
	wait ${pid} || atf_fail "status $?: $(cat err)"
	exactly_once 60000
	atf_check -o inline:'1\n' grep -c 'box is full' err
	# What was read and had no room is named.
	daemon_stop
	./send -m 1 < in 2> err.2 &
	pid=$!
	wait_for ${SOON} grep -q '^asmp: box is full: ' err.2
	kill -TERM ${pid}
	wait ${pid}
	atf_check_equal 1 $?
	n=$(${BOXLS} box | wc -l)
	atf_check -o match:"^asmp: line $((n + 1)) and what follows is not" \
	    cat err.2
}

atf_test_case no_room_on_disk
no_room_on_disk_head()
{
	atf_set descr "a full disk is a full outbox"
	atf_set require.user root
	atf_set require.progs sqlite3 unshare
}
no_room_on_disk_body()
{
	gateway
	daemon_stop
	mkdir -m 700 box
	numbers 1 30000 > in
	unshare -m true || atf_skip "no mount namespaces here"
	# The file system is gone with the last who sees it.
	mkfifo hold
	unshare -m sh -c '
		mount -t tmpfs -o size=512k,mode=700 tmpfs box
		./send < in 2> err &
		echo $! > pid
		wait $!
		echo $? > status' &
	wait_for ${SOON} grep -q '^asmp: box is full: ' err ||
	    atf_fail "not full: $(cat err)"
	gateway_again
	wait_for 60 test -s status || atf_fail "it does not end: $(cat err)"
	atf_check -o inline:'0\n' cat status
	exactly_once 30000
}

# small_disk: what the outbox is on has room for 256 KB.
small_disk()
{
	mkdir -m 700 box
	mount -t tmpfs -o size=256k,mode=700 none box 2> mount.out ||
	    atf_skip "no tmpfs here: $(cat mount.out)"
}

# one_a_run length [option ...]: 40 runs with a reading of so many bytes each,
# for which there is a time without room; got has those that were kept.
one_a_run()
{
	_text=$(printf "%$1s" x)
	shift
	: > got
	for _i in $(seq 40); do
		_json="{\"n\":\"${_i}\",\"s\":\"${_text}\"}"
		./send "$@" "${_json}" 2> err
		case $? in
		2)
			printf '%s\n' "${_json}" >> got
			;;
		1)
			atf_check -o match:'^asmp: argument 1 and what follows is not in box, which is full$' \
			    cat err
			;;
		*)
			atf_fail "status $?: $(cat err)"
			;;
		esac
		_n=$(wc -l < got)
		atf_check -o match:"^asmp: ${_n} readings wait in box: " cat err
	done
	[ ${_n} -gt 10 ] && [ ${_n} -lt 40 ] || atf_fail "${_n} are kept"
	atf_check -o file:got ${BOXLS} box
}

atf_test_case full_disk_with_arguments cleanup
full_disk_with_arguments_head()
{
	atf_set descr "a reading for which the disk has no room is named"
	atf_set require.user root
	atf_set require.progs sqlite3 mount
}
full_disk_with_arguments_body()
{
	gateway
	daemon_stop
	small_disk
	one_a_run 9000
	atf_check -o inline:'1\n' sh -c 'ls box/0* | wc -l'
	gateway_again
	atf_check ./send < /dev/null
	atf_check -o file:got ./sql 'SELECT data FROM reading ORDER BY seq'
	daemon_stop
	# Many segments, and more than one argument.
	one_a_run 9000 -m 1
	n=$(ls box/0* | wc -l)
	[ ${n} -le 3 ] || atf_fail "${n} segments"
	rm box/0*0*
	set --
	for i in $(seq 40); do
		set -- "$@" "{\"n\":\"${i}\",\"s\":\"$(printf '%9000s' x)\"}"
	done
	atf_check -s exit:1 -e save:err ./send "$@"
	n=$(${BOXLS} box | wc -l)
	atf_check -o match:"^asmp: argument $((n + 1)) and what follows is" \
	    -o match:"^asmp: ${n} readings wait in box: asmp with" cat err
}
full_disk_with_arguments_cleanup()
{
	umount box 2> /dev/null || :
}

atf_test_case full_disk_with_lines cleanup
full_disk_with_lines_head()
{
	atf_set descr "the first line for which the disk has no room is named"
	atf_set require.user root
	atf_set require.progs sqlite3 mount
}
full_disk_with_lines_body()
{
	gateway
	daemon_stop
	small_disk
	numbers 1 10000 > in
	./send < in 2> err &
	pid=$!
	wait_for ${SOON} grep -q '^asmp: box is full: ' err ||
	    atf_fail "not full: $(cat err)"
	kill -INT ${pid}
	wait ${pid}
	atf_check_equal 1 $?
	n=$(${BOXLS} box | wc -l)
	atf_check -o match:"^asmp: line $((n + 1)) and what follows is not" \
	    -o match:"^asmp: ${n} readings wait in box: asmp with" cat err
	gateway_again
	sed "1,${n}d" in > rest
	atf_check -e empty ./send < rest
	exactly_once 10000
}
full_disk_with_lines_cleanup()
{
	umount box 2> /dev/null || :
}

atf_test_case blocked_readings
blocked_readings_head()
{
	atf_set descr "a blocked reading is told once; the next ones are sent"
	atf_set require.progs sqlite3
}
blocked_readings_body()
{
	gateway
	{
		numbers 1 100
		echo '{"n":"x","n":"x"}'
		numbers 101 200
		echo '{"n":NaN}'
		echo '{"n":'
		numbers 201 300
	} > in
	cat > want <<-'EOF'
		asmp: line 101 (id 101) was refused: not strict JSON
		asmp: line 202 (id 202) was refused: not strict JSON
		asmp: line 203 (id 203) was refused: not strict JSON
	EOF
	atf_check -s exit:5 -e save:err ./send -r < in
	sed 's/refused: .*/refused/' err > told
	sed 's/refused: .*/refused/' want > want.told
	atf_check -o file:want.told cat told
	exactly_once 300
	atf_check -o inline:'3\n' ./sql 'SELECT count(*) FROM blocked'
	atf_check ./send < /dev/null
	# Of an earlier run only the time is known.
	daemon_stop
	waits 1 -r '{'
	gateway_again
	atf_check -s exit:5 -e match:'^asmp: reading of 20[0-9-]*T[0-9:]*Z \(id 304\) was refused' \
	    ./send < /dev/null
	atf_check -o inline:'4\n' ./sql 'SELECT count(*) FROM blocked'
}

atf_test_case refused_for_good
refused_for_good_head()
{
	atf_set descr "wrong gateway, refused identity: an end, and no loss"
	atf_set require.progs sqlite3
}
refused_for_good_body()
{
	gateway
	mkdir other
	atf_check -o ignore ${KEYGEN} -G -d other GW
	atf_check -s exit:3 -e match:'another key than the one pinned' \
	    -e match:'^asmp: 1 readings wait in box: ' \
	    ./send -w 60 -g other/GW.pin '{"n":"1"}'
	atf_check -o ignore ${KEYGEN} -d other DEV1
	atf_check -s exit:4 -e match:'GW refused the identity DEV1' \
	    -e match:'^asmp: 2 readings wait in box: ' \
	    ./send -w 60 -k other/DEV1.key '{"n":"2"}'
	atf_check ./send '{"n":"3"}'
	exactly_once 3
	atf_check -o ignore ${ctl} device revoke DEV1
	atf_check -s exit:4 -e match:'^asmp: 1 readings wait in box: ' \
	    ./send -w 60 '{"n":"4"}'
	# However much there is of it, an argument is in the outbox.
	set --
	for i in $(seq 100); do
		set -- "$@" "{\"n\":\"${i}\",\"s\":\"$(printf '%15000s' x)\"}"
	done
	atf_check -s exit:4 -e match:'^asmp: 101 readings wait in box: ' \
	    ./send -w 60 "$@"
	atf_check -s exit:3 -e match:'^asmp: 201 readings wait in box: ' \
	    ./send -w 60 -g other/GW.pin "$@"
}

in_box()
{
	${BOXLS} box | grep -Fqx "$1"
}

# others n: what is said when so many ids are somebody else's.
others()
{
	echo "asmp: 127.0.0.1: $1 message ids were used by another program as this device: readings in box are sent with later ones"
}

atf_test_case others_used_ids
others_used_ids_head()
{
	atf_set descr "what waits is sent, though its ids were used without -o"
	atf_set require.progs sqlite3
}
others_used_ids_body()
{
	gateway
	atf_check ./send '{"n":"1"}'
	atf_check -s exit:2 -e ignore ./send -p 1 '{"n":"3"}' '{"n":"4"}' \
	    '{"n":"5"}'
	device_send DEV1 '{"n":"2"}' || atf_fail "not sent without -o"
	others 1 > want
	atf_check -e file:want ./send < /dev/null
	exactly_once 5
	# So it is when the client is killed while there is no gateway.
	mkfifo pipe
	./send < pipe 2> err &
	pid=$!
	exec 9> pipe
	numbers 6 6 >&9
	wait_for ${SOON} has_stored 6 || atf_fail "not sent"
	gateway_killed
	wait_for ${SOON} grep -q 'connection was lost' err
	numbers 9 12 >&9
	wait_for ${SOON} in_box '{"n":"12"}' || atf_fail "not taken"
	kill -KILL ${pid}
	wait ${pid}
	exec 9>&-
	gateway_again
	device_send DEV1 '{"n":"7"}' '{"n":"8"}' ||
	    atf_fail "not sent without -o"
	others 2 > want
	atf_check -e file:want ./send < /dev/null
	exactly_once 12
}

atf_test_case waits_as_long_as_told
waits_as_long_as_told_head()
{
	atf_set descr "-w is how long a gateway is waited for in the end"
	atf_set require.progs sqlite3
}
waits_as_long_as_told_body()
{
	gateway
	daemon_stop
	./send -w 60 '{"n":"1"}' 2> err &
	pid=$!
	wait_for ${SOON} grep -q 'cannot connect' err
	gateway_again
	wait ${pid} || atf_fail "status $?: $(cat err)"
	exactly_once 1
	# Signals end it sooner.
	daemon_stop
	./send -w 60 '{"n":"2"}' 2> err.2 &
	pid=$!
	wait_for ${SOON} grep -q 'cannot connect' err.2
	kill -TERM ${pid}
	wait ${pid}
	atf_check_equal 2 $?
	atf_check -o match:'^asmp: 1 readings wait in box: ' cat err.2
}

atf_test_case stopped_by_signal
stopped_by_signal_head()
{
	atf_set descr "SIGTERM ends the input; whole lines that were read count"
	atf_set require.progs sqlite3
}
stopped_by_signal_body()
{
	gateway
	mkfifo pipe
	./send < pipe &
	pid=$!
	exec 9> pipe
	numbers 1 5 >&9
	printf '{"half' >&9
	wait_for ${SOON} has_stored 5 || atf_fail "not sent"
	kill -TERM ${pid}
	wait ${pid}
	atf_check_equal 0 $?
	exec 9>&-
	exactly_once 5
}

atf_test_case what_a_crash_leaves
what_a_crash_leaves_head()
{
	atf_set descr "a torn tail is cut, damage is told, the rest is sent"
	atf_set require.progs sqlite3
}
what_a_crash_leaves_body()
{
	gateway
	daemon_stop
	waits 3 '{"n":"1"}' '{"n":"2"}' '{"n":"3"}'
	printf 'torn' >> box/0000000000000001
	cp -R box box2
	gateway_again
	atf_check -e inline:'asmp: box: 4 bytes of readings that were not whole are removed\n' \
	    ./send '{"n":"4"}'
	exactly_once 4
	# The second of three is damaged.
	printf 'X' | dd of=box2/0000000000000001 bs=1 seek=75 conv=notrunc \
	    2> /dev/null
	sed 's/-o box /-o box2 /' send > send2
	chmod 755 send2
	atf_check -s exit:1 -e match:'^asmp: box2: readings were damaged' \
	    ./send2 < /dev/null
	atf_check -o inline:'1|2\n3|2\n' ./sql "SELECT substr(data, 7, 1),
	    count(*) FROM reading WHERE data IN ('{\"n\":\"1\"}',
	    '{\"n\":\"3\"}') GROUP BY 1"
}

# Here the gateway is told what to do.
fake()
{
	atf_check -o ignore ${KEYGEN} -G GW
	rm -f port
	${FAKEGW} -k GW.key -i GW -p port "$@" > gw.out 2> gw.err &
	gw=$!
	wait_for ${SOON} test -s port || atf_fail "no gateway"
	port=$(cat port)
}

atf_test_case too_long_for_this_gateway
too_long_for_this_gateway_head()
{
	atf_set descr "a reading longer than the gateway takes is dropped"
}
too_long_for_this_gateway_body()
{
	atf_check -o ignore ${KEYGEN} DEV1
	fake -d DEV1.pub -n DEV1 -b max_in=1000
	sender
	{
		echo '{"a":1}'
		printf '{"a":"%1000s"}\n' x
		echo '{"a":2}'
		printf '{"a":"%100000s"}\n' x
		echo '{"a":3}'
	} > in
	cat > want <<-'EOF'
		asmp: line 4: longer than 65503 bytes: not sent
		asmp: line 2: longer than 968 bytes: not sent
	EOF
	atf_check -s exit:5 -e file:want ./send < in
	wait ${gw}
	atf_check -o inline:'reading 1 clock {"a":1}
reading 2 clock {"a":2}
reading 3 clock {"a":3}
' grep reading gw.out
}

atf_test_case too_long_for_any_gateway
too_long_for_any_gateway_head()
{
	atf_set descr "what would be refused for its length is not kept"
	atf_set require.progs sqlite3
}
too_long_for_any_gateway_body()
{
	gateway
	daemon_stop
	# 8 bytes are not of the text.
	atf_check -s exit:2 \
	    -e match:'^asmp: argument 1: longer than 16352 bytes: not sent$' \
	    -e match:'^asmp: 1 readings wait in box: ' \
	    ./send "{\"s\":\"$(printf '%16345s' x)\"}" \
	    "{\"s\":\"$(printf '%16344s' x)\"}"
	gateway_again
	atf_check ./send < /dev/null
	atf_check -o inline:'16352\n' ./sql 'SELECT length(data) FROM reading'
}

# profile kind: its readings by way of an outbox.
profile()
{
	_secret=$2
	_name=$3
	fake -P $1 -s $2 -n $3
	atf_check ${ASMP} -P $1 -k $2 -g GW.pin -p ${port} -t 5 -o box.$1 \
	    127.0.0.1 '{"a":1}' '{"a":2}'
	wait ${gw}
	atf_check -o inline:'reading 1 clock {"a":1}
reading 2 clock {"a":2}
closed
' cat gw.out
	rm -f GW.*
}

atf_test_case profiles
profiles_head()
{
	atf_set descr "readings of all profiles that have them"
}
profiles_body()
{
	atf_check -o ignore ${KEYGEN} -t psk 1
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM1
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	atf_check -o ignore ${KEYGEN} -T -a GW -k ISSUER.issuer user1
	profile ztp user1.token user1
	profile slmp user1.token user1
	profile iomt KEM1.kem KEM1
	atf_check -o ignore ${KEYGEN} -G GW
	atf_check -s exit:1 -e match:'profile smcp has no readings' \
	    ${ASMP} -k 1.psk -g GW.pin -o box 127.0.0.1 1
	atf_check -s exit:1 -e match:'^usage: ' \
	    ${ASMP} -c -k user1.token -g GW.pin -o box 127.0.0.1 ping
	atf_check -s exit:1 -e match:'^asmp: 0 mebibytes: too small' \
	    ${ASMP} -m 0 -k user1.token -g GW.pin -o box 127.0.0.1
}

atf_init_test_cases()
{
	atf_add_test_case kept_while_away
	atf_add_test_case gateway_comes_back
	atf_add_test_case client_is_killed
	atf_add_test_case both_are_killed
	atf_add_test_case one_outbox_one_client
	atf_add_test_case one_outbox_one_device
	atf_add_test_case full_with_arguments
	atf_add_test_case full_with_lines
	atf_add_test_case full_disk_with_arguments
	atf_add_test_case full_disk_with_lines
	atf_add_test_case no_room_on_disk
	atf_add_test_case blocked_readings
	atf_add_test_case refused_for_good
	atf_add_test_case others_used_ids
	atf_add_test_case waits_as_long_as_told
	atf_add_test_case stopped_by_signal
	atf_add_test_case what_a_crash_leaves
	atf_add_test_case too_long_for_this_gateway
	atf_add_test_case too_long_for_any_gateway
	atf_add_test_case profiles
}
