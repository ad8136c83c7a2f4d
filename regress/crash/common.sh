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

# What the crash tests share, above ../asmpd/common.sh: an asmpd with the shim
# in one of its processes.

. $(atf_get_srcdir)/../asmpd/common.sh

CRASHDIR=${TOPDIR}/regress/crash
SHIMCTL=${CRASHDIR}/shimctl
PLAIN=${ASMPD}

# shim word=value ...: what fails from now on; see shimctl.c.
shim()
{
	${SHIMCTL} shim "$@" > shim.out || atf_fail "shimctl: $*"
}

# shimmed role: from its next start on, asmpd has the shim in this process.
# Sanitizers have a loader's tricks of their own.
shimmed()
{
	! grep -q __asan_init ${PLAIN} || atf_skip "asmpd has a sanitizer"
	shim role=$1 how=count at=0 what=write,sync,truncate reset=1
	ASMPD="env LD_PRELOAD=${CRASHDIR}/shim.so CRASH_SHIM=$(pwd -P)/shim
	    ${PLAIN}"
}

unshimmed()
{
	ASMPD=${PLAIN}
}

# shim_says word: one of the numbers that the shim counts.
shim_says()
{
	${SHIMCTL} shim | awk -v w=$1 '{
		for (i = 1; i < NF; i++)
			if ($i == w)
				print $(i + 1) }'
}

# What decides about chance is printed, and can be given.
seed=${CRASH_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
begun=${seed}
where="seed ${begun}"

# chance n: ${chance} is a number from 0 to n - 1.
chance()
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	chance=$((seed / 65536 % $1))
}

# nap ms
nap()
{
	sleep $(($1 / 1000)).$(printf %03d $(($1 % 1000)))
}

# fleet [line of asmpd.conf ...]: a gateway that has been stopped, and devices
# of several profiles that it knows.
fleet()
{
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	daemon_conf
	cat >> asmpd.conf <<-EOF
		limit new per source 10000
		limit half-open per source 1000
		issuer "$(pwd -P)/ISSUER.issuer"
	EOF
	for _line in "$@"; do
		echo "${_line}" >> asmpd.conf
	done
	daemon_start
	devices=
	fleet_add hybrid HYBRID key
	fleet_add asmp ASMP1 key
	fleet_add asmp ASMP2 key
	fleet_add slmp TOKEN token -T -a GW -k ISSUER.issuer
	fleet_add iomt KEM kem -t mlkem768
	daemon_stop
}

# fleet_add profile id kind [option of asmp-keygen ...]
fleet_add()
{
	_device=$1:$2:$2.$3
	_id=$2
	_file=$2.$3
	shift 3
	atf_check -o ignore ${KEYGEN} "$@" ${_id}
	(umask 077 && ${KEYGEN} -e ${_file} > line) || atf_fail "no line"
	atf_check -o ignore ${ctl} device add -f line
	devices="${devices} ${_device}"
}

# devices_go [option of crashdev ...]
devices_go()
{
	echo ${port} > port
	${CRASHDIR}/crashdev -s ${seed} -g GW.pin -p port "$@" ${devices} \
	    2> devices.err &
	devices_pid=$!
	trap crash_over EXIT
}

# All that was sent is decided, or the devices have been told of enough.
devices_done()
{
	wait_for 60 not_alive ${devices_pid} || atf_fail "devices wait for ever"
	wait ${devices_pid} || atf_fail "devices: $(cat devices.err)"
	devices_pid=
}

devices_stop()
{
	kill -TERM ${devices_pid}
	devices_done
}

crash_over()
{
	[ -z "${devices_pid}" ] || kill -KILL ${devices_pid} 2> /dev/null
	_left=$(family)
	[ -z "${_left}" ] || kill -KILL ${_left} 2> /dev/null
	daemon_kill
}

# family: all processes of the daemon that are there.
family()
{
	[ -n "${daemon_pid}" ] || return 0
	echo $(ps -o pid= -p ${daemon_pid}) \
	    $(ps -o pid= --ppid ${daemon_pid})
}

# victims who: the process ids of all, or of one of them.
victims()
{
	case $1 in
	all)	family ;;
	parent)	echo ${daemon_pid} ;;
	*)	child_pid $1 ;;
	esac
}

# launch: like daemon_start, but waits for nothing, and keeps the log.
launch()
{
	${ASMPD} -d -f asmpd.conf >> asmpd.log 2>&1 &
	daemon_pid=$!
}

# up: it answers.
up()
{
	wait_for ${DAEMON_START} daemon_decided
	alive ${daemon_pid} || {
		tail -n 20 asmpd.log >&2
		atf_fail "asmpd did not start; ${where}"
	}
}

# gone pid ...: nothing is left of it.
gone()
{
	wait_for ${DAEMON_STOP} none_alive "$@" || {
		ps -o pid,ppid,stat,args >&2
		tail -n 20 asmpd.log >&2
		atf_fail "a process was left; ${where}"
	}
	wait ${daemon_pid} 2> /dev/null
	status=$?
	daemon_pid=
}

# told: what each device was told, as rows of SQL: the highest id decided, and
# whether less was said later.
told()
{
	for _device in ${devices}; do
		_id=${_device#*:}
		_id=${_id%%:*}
		awk -v id=${_id} '
		    $1 == "acked" || $1 == "opened" { if ($2 > max) max = $2 }
		    $1 == "refused" && $2 > max { max = $2 }
		    $1 == "lost" { lost++ }
		    END { printf "%s(\047%s\047, %d, %d)", sep, id, max, lost }
		' ledger.${_id} sep="${_sep}"
		_sep=,
	done
	_sep=
}

# compare: what the devices were told with what the store holds; sets
# ${acked}, ${lost} and ${doubled}.  The ledgers are read first, since they go
# on growing.  What counts as lost of one device is ${lost_is}.
lost_is='t.less + t.acked - count(k.id) FILTER (WHERE k.id <= t.acked)'
compare()
{
	_told=$(told)
	sqlite3 -readonly -cmd '.timeout 5000' -separator ' ' db/asmpd.db "
	    WITH told (id, acked, less) AS (VALUES ${_told}),
	    kept (device, id, n) AS (SELECT device, id, count(*) FROM
		(SELECT device, id FROM reading UNION ALL
		SELECT device, id FROM blocked) GROUP BY device, id),
	    sums (id, acked, lost, doubled) AS (SELECT d.id, t.acked,
		${lost_is},
		coalesce(sum(k.n - 1), 0) FROM told t JOIN device d USING (id)
		LEFT JOIN kept k ON k.device = d.number GROUP BY d.id)
	    SELECT sum(acked), sum(lost), sum(doubled), count(*),
		(SELECT count(*) FROM reading WHERE json_extract(data, '\$.n')
		    <> CAST(id AS TEXT)) +
		(SELECT count(*) FROM blocked WHERE CAST(data AS TEXT) <>
		    '{\"n\":\"' || id || '\"') FROM sums" > compared \
	    2> compare.err || atf_fail "compare: $(cat compare.err)"
	read -r acked lost doubled _n _wrong < compared
	[ "${lost} ${doubled} ${_wrong}" = '0 0 0' ] || {
		echo "${_told}" >&2
		tail -n 30 asmpd.log >&2
		atf_fail "${acked} acknowledged, ${lost} lost, ${doubled} doubled, ${_wrong} wrong; ${where}"
	}
	[ ${_n} -eq $(echo ${devices} | wc -w) ] ||
	    atf_fail "a device is missing; ${where}"
}

# report what: one line, also for the table of crash.sh.
report()
{
	_report="$1, ${acked} acknowledged, ${lost} lost, ${doubled} doubled"
	echo "crash: ${_report}"
	[ -z "${CRASH_TABLE}" ] || echo "${_report}" >> ${CRASH_TABLE}
}

ENOUGH=25		# readings of each device, in one scenario

# template: what each scenario begins with.
template()
{
	fleet "$@"
	cp -a db db.template
	cp -a asmpd.anchor anchor.template
}

# scenario_begin [place]
scenario_begin()
{
	where="seed ${begun}${1:+, place $1}"
	rm -rf db ledger.*
	cp -a db.template db
	cp -a anchor.template asmpd.anchor
	: > asmpd.log
}

# ended: the devices have all they wanted, or the daemon is no more.
ended()
{
	not_alive ${devices_pid} || not_alive ${daemon_pid}
}

# stop_daemon: as asked to, whatever comes of it.
stop_daemon()
{
	_family=$(family)
	kill -TERM ${daemon_pid}
	gone ${_family}
}

# scenario: a start, readings, a stop, with what the shim does to them; then
# once more without, until the devices have all that they wanted.
scenario()
{
	launch
	devices_go -n ${ENOUGH}
	wait_for 60 ended || {
		tail -n 20 asmpd.log >&2
		atf_fail "it goes on for ever; ${where}"
	}
	if alive ${daemon_pid}; then
		devices_done
		stop_daemon
	else
		gone $(family)
	fi
	fired=$(shim_says fired)
	counted=$(shim_says count)
	shim how=count
	launch
	up
	[ -z "${devices_pid}" ] || devices_done
	compare
	stop_daemon
	[ ${status} -eq 0 ] || atf_fail "it does not stop; ${where}"
	! grep -E 'killed by signal ([^9]|9[^ ])' asmpd.log >&2 ||
	    atf_fail "a process crashed; ${where}"
}

# places total most: so many of the numbers up to the total, all or evenly
# spread; or those that CRASH_PLACES names.
places()
{
	if [ -n "${CRASH_PLACES}" ]; then
		echo ${CRASH_PLACES}
		return
	fi
	if [ $1 -le $2 ]; then
		seq $1
		return
	fi
	_n=0
	while [ ${_n} -lt $2 ]; do
		chance $(($1 / $2))
		echo $((_n * $1 / $2 + chance + 1))
		_n=$((_n + 1))
	done
}
