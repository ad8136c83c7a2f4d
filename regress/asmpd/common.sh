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

# What the suites of this directory share, above ../lib.sh: a gateway that
# says what it receives, a man in the middle, a bystander.

. $(atf_get_srcdir)/../lib.sh

MITM=${TOPDIR}/regress/tools/mitm
REPLAY=${TOPDIR}/regress/tools/replay
RAWCTL=${TOPDIR}/regress/tools/rawctl
INJECT=${TOPDIR}/regress/tools/inject
KNOCK=${TOPDIR}/regress/tools/knock
FAIR=${TOPDIR}/regress/tools/fair
SAY=${TOPDIR}/regress/tools/say
TLSCUT=${TOPDIR}/regress/tools/tlscut

SOON=10			# seconds within which something must have happened

# gateway [line of asmpd.conf ...]: a verbose asmpd whose limits on sources
# are out of the way, since all of a test comes from one.
gateway()
{
	daemon_conf
	cat >> asmpd.conf <<-EOF
		limit new per source 10000
		limit half-open per source 1000
	EOF
	for _line in "$@"; do
		echo "${_line}" >> asmpd.conf
	done
	daemon_start -v
	client send ${port}
	cat > say <<-EOF
		#!/bin/sh
		key=\$1
		shift
		exec timeout -k 3 120 ${SAY} -k \${key} -g GW.pin \\
		    -a 127.0.0.1:${port} "\$@"
	EOF
	chmod 755 say
}

# table_row label profile seen result: a line of the table that
# ../attack/attack.sh makes, where it is made.
table_row()
{
	[ -z "${ASMP_ATTACKS}" ] ||
	    printf '%s\t%s\t%s\t%s\n' "$@" >> ${ASMP_ATTACKS}
}

# enrol file [option of asmp-keygen -e ...]: the device whose key is in it.
enrol()
{
	(umask 077 && ${KEYGEN} -e "$@" > enrol.line) ||
	    atf_fail "no line of $1"
	atf_check -o ignore ${ctl} device add - < enrol.line
	rm enrol.line
}

# stays n key [option of say ...]: this device takes commands from tell n;
# what it shows is in the file out.n.
stays()
{
	_n=$1
	shift
	rm -f in.${_n}
	mkfifo in.${_n}
	: > out.${_n}
	./say "$@" < in.${_n} >> out.${_n} 2>&1 &
	eval "stays_pid_${_n}=$! && exec ${_n}> in.${_n}"
}

# tell n command ...: commands for it.  One that has ended hears nothing, and
# must not end the test.
tell()
{
	_n=$1
	shift
	(printf '%s\n' "$@" >&${_n})
}

# leaves n [command ...]: these are the last; it has done all of it.
leaves()
{
	tell "$@" quit
	eval "exec $1>&-; wait \${stays_pid_$1}"
	[ $? -eq 0 ] || {
		cat out.$1 >&2
		atf_fail "device $1 does not do all it was told"
	}
}

# hears n pattern: it shows such a line, or will soon.
hears()
{
	wait_for ${SOON} grep -Eq -- "$2" out.$1 || {
		cat out.$1 >&2
		atf_fail "device $1 does not hear $2"
	}
}

# client file port: a program that is a device; its first argument is which,
# then come options, then readings.  Functions cannot stand behind atf_check.
client()
{
	cat > $1 <<-EOF
		#!/bin/sh
		id=\$1
		shift
		options=
		while :; do
			case \$1 in
			-[CgPSt])	options="\${options} \$1 \$2"; shift 2 ;;
			-?)		options="\${options} \$1"; shift ;;
			*)		break ;;
			esac
		done
		exec ${ASMP} -P asmp -k \${id}.key -i \${id} -g GW.pin \\
		    -p $2 -t 10 \${options} 127.0.0.1 "\$@"
	EOF
	chmod 755 $1
}

# lock_database: nobody else writes to it until unlock_database.
lock_database()
{
	mkfifo lock.in
	sqlite3 -bail db/asmpd.db < lock.in > lock.out 2>&1 &
	lock_pid=$!
	exec 8> lock.in
	printf '%s\n' '.timeout 5000' 'BEGIN IMMEDIATE;' "SELECT 'ours';" >&8
	wait_for ${SOON} grep -qx ours lock.out ||
	    atf_fail "no lock: $(cat lock.out)"
}

# Who was started in between may have the pipe, too: it ends by a word.
unlock_database()
{
	printf '%s\n' 'ROLLBACK;' .quit >&8
	exec 8>&-
	wait ${lock_pid}
}

# logged pattern: such a line is in the log, or comes soon.
logged()
{
	wait_for ${SOON} grep -Eq -- "$1" asmpd.log || {
		cat asmpd.log >&2
		atf_fail "not in the log: $1"
	}
}

at_least()
{
	[ $(grep -Ec -- "$2" asmpd.log) -ge $1 ]
}

# count n pattern: as many lines of the log are like this, or come soon: the
# daemon's processes answer before they log, or another one does.
count()
{
	wait_for ${SOON} at_least "$@"
	atf_check -s ignore -o inline:"$1\n" grep -Ec -- "$2" asmpd.log
}

# sql statement [option of atf_check ...]: what the database says.
sql()
{
	_statement=$1
	shift
	atf_check "$@" sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    "${_statement}"
}

# stored table n condition: so many rows of this kind.
stored()
{
	sql "SELECT count(*) FROM $1 WHERE $3" -o inline:"$2\n"
}

# child_pid process
child_pid()
{
	${ctl} show processes | awk -v p=$1 '$1 == p { print $2 }'
}

# pids: of all processes, in a row.
pids()
{
	echo $(${ctl} show processes | awk '$2 + 0 > 0 { print $2 }')
}

none_alive()
{
	for _pid in "$@"; do
		! alive ${_pid} || return 1
	done
}

# daemon_ended status pid ...: asmpd ends by itself and leaves nothing of it:
# no process, no socket.
daemon_ended()
{
	_want=$1
	shift
	wait_for ${DAEMON_STOP} not_alive ${daemon_pid} ||
	    atf_fail "asmpd does not end"
	wait ${daemon_pid}
	_status=$?
	daemon_pid=
	[ ${_status} -eq ${_want} ] || cat asmpd.log >&2
	atf_check_equal ${_want} ${_status}
	wait_for ${SOON} none_alive "$@" || atf_fail "a process was left"
	[ ! -e "${sock}" ] || atf_fail "the control socket was left"
}

# middle [option of mitm ...]: a man in the middle; ./through goes to the
# gateway by his hands, and what he sees is in middle.out.
middle()
{
	rm -f middle.out
	${MITM} -v "$@" -c 127.0.0.1:${port} > middle.out 2>&1 &
	middle_pid=$!
	wait_for ${SOON} grep -q '^port ' middle.out ||
	    atf_fail "no man in the middle: $(cat middle.out)"
	client through $(sed -n 's/^port //p' middle.out)
}

middle_stop()
{
	kill ${middle_pid}
	wait ${middle_pid}
}

# bytes_of file offset n: of what he kept, in hexadecimal.
bytes_of()
{
	tail -c +$(($2 + 1)) $1 | head -c $3 | od -An -v -tx1 | tr -d ' \n'
}

# frames file: of all frames that he kept in it version, type, stream, epoch,
# sequence, length of the payload, and where that is.
frames()
{
	od -An -v -tu1 -w1 $1 | awk '
	    function number(at, n,	v) {
		for (v = 0; n-- > 0; at++)
			v = v * 256 + b[at]
		return sprintf("%.0f", v)
	    }
	    { b[NR - 1] = $1 }
	    END {
		for (at = 0; at + 24 <= NR; at += 24 + number(at + 20, 4))
			print number(at, 2), number(at + 2, 2),
			    number(at + 4, 4), number(at + 8, 4),
			    number(at + 12, 8), number(at + 20, 4), at + 24
	    }'
}

# seen line: he has seen such a frame.
seen()
{
	wait_for ${SOON} grep -Eq "$1" middle.out || {
		cat middle.out >&2
		atf_fail "not seen: $1"
	}
}

has_session()
{
	${ctl} show sessions | grep -q " $1\$"
}

# online id: a device that stays; what it reads from descriptor 9, it sends.
online()
{
	mkfifo $1.in
	./send $1 < $1.in > $1.out 2>&1 &
	online_pid=$!
	exec 9> $1.in
	wait_for ${SOON} ${ctl} show device $1 || atf_fail "no device $1"
	wait_for ${SOON} has_session $1 || atf_fail "no session of $1"
}

# The bystander is another device with a session of its own, which nothing
# that happens to others may touch.  It speaks in text, since numbers would be
# judged.
bystander()
{
	device_enrol BYSTANDER
	online BYSTANDER
	bystander_said=0
	bystander_goes_on
}

bystander_goes_on()
{
	bystander_said=$((bystander_said + 1))
	echo "{\"said\":\"${bystander_said}\"}" >&9
	logged "RECEIVED\] device BYSTANDER id ${bystander_said} "
	count 1 'session up: device BYSTANDER '
	count 0 'session down: device BYSTANDER '
}

half_open()
{
	${ctl} show | grep -q "^half-open *$1\$"
}

# crowd n [file]: as many connections that say nothing, or no more than the
# file, until crowd_leaves.
crowd()
{
	: > nothing
	crowd_pids=
	for _n in $(seq $1); do
		${REPLAY} -t 60 -c 127.0.0.1:${port} ${2:-nothing} > crowd.out 2>&1 &
		crowd_pids="${crowd_pids} $!"
	done
}

crowd_leaves()
{
	kill ${crowd_pids}
	wait ${crowd_pids}
	wait_for ${SOON} half_open 0 || atf_fail "half-open for ever"
}

# run [option ...]: asmpd in a session of its own, to its end; its status is
# ${status}.
run()
{
	setsid -w sh -c 'echo $$ > sid; exec "$@"' sh \
	    timeout -k 2 30 ${ASMPD} "$@" > asmpd.out 2> asmpd.log
	status=$?
}

# What is dead and not yet buried does not count.
none_left()
{
	! ps -o stat= -s $(cat sid) | grep -q '^[^Z]'
}

# refused pattern [option ...]: asmpd does not start, and says why in a line
# like this.
refused()
{
	_pattern=$1
	shift
	run -d -f asmpd.conf "$@"
	[ ${status} -eq 1 ] || cat asmpd.log >&2
	atf_check_equal 1 ${status}
	[ $(grep -Ec -- "${_pattern}" asmpd.log) -eq 1 ] || {
		cat asmpd.log >&2
		atf_fail "asmpd does not say: ${_pattern}"
	}
	wait_for ${SOON} none_left || atf_fail "a process was left"
	[ ! -e asmpd.sock ] || atf_fail "the control socket was left"
}

# refused_line pattern [option ...]: the same, and this is all it says.
refused_line()
{
	refused "$@"
	[ $(wc -l < asmpd.log) -eq 1 ] || {
		cat asmpd.log >&2
		atf_fail "more than one line"
	}
}

# The positive control: with nothing wrong it starts, and stops.
works()
{
	daemon_start
	daemon_stop
	[ ! -e asmpd.sock ] || atf_fail "the control socket was left"
}

stalled()
{
	${ctl} show | grep -q '^store *stalled$'
}

working()
{
	${ctl} show | grep -q '^store *working$'
}

# no_room reason: nothing is acknowledged, sessions stay, and asmpd says why
# and since when: once in the log, and to who asks.  A database may be
# ${unreadable}, or else nothing of it is there yet.
no_room()
{
	./send DEV1 -t 60 '{"kept":"waiting"}' > wait.out 2>&1 &
	waiting_pid=$!
	logged 'nothing is acknowledged'
	wait_for ${SOON} stalled || atf_fail "the store works"
	echo '{"said":"in vain"}' >&9
	logged "RECEIVED\\] device BYSTANDER id $((bystander_said + 1)) "
	atf_check -s exit:2 -e match:'no acknowledgement for 2 seconds' \
	    ./send DEV2 -t 2 '{"not":"stored"}'
	count 1 "store: database: $1; nothing is acknowledged until it takes readings again\$"
	atf_check -o match:"^stalled reason +$1\$" \
	    -o match:'^stalled since +20[0-9-]+T[0-9:]+Z$' ${ctl} show
	atf_check -o match:"\"stalled_reason\":\"$1\"" \
	    -o match:'"stalled":true,"stalled_since":1[0-9]{12},' ${ctl} -j show
	atf_check -o match:' DEV1$' -o match:' BYSTANDER$' ${ctl} show sessions
	[ -n "${unreadable}" ] ||
	    stored reading 0 "data LIKE '%in vain%' OR data LIKE '%waiting%'"
}

# room_again: all that waited is taken.
room_again()
{
	wait_for ${SOON} working || atf_fail "the store stalls for ever"
	count 1 'store: database: takes readings again$'
	atf_check -o not-match:stalled ${ctl} show
	wait ${waiting_pid}
	atf_check_equal 0 $?
	wait_for ${SOON} stored_now BYSTANDER || atf_fail "a reading is lost"
	stored reading 1 "data LIKE '%waiting%'"
	stored reading 1 "data LIKE '%in vain%'"
	bystander_said=$((bystander_said + 1))
	bystander_goes_on
	atf_check ./send DEV2 '{"now":"stored"}'
}

stored_now()
{
	[ $(sqlite3 -readonly db/asmpd.db "SELECT count(*) FROM reading
	    WHERE data LIKE '%in vain%'") -eq 1 ]
}
