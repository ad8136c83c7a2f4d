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

# What is kept in great numbers: shown, filtered, taken away.

. $(atf_get_srcdir)/common.sh

MANY=200000		# rows that do not fit anywhere
RSS=$((48 * 1024))	# KiB that no process needs for them
# A sanitizer keeps what was freed and a shadow of all.
! grep -q __asan_init "${ASMPD}" || RSS=$((RSS * 8))
READERS=16		# answers under way at most
READER_WAIT=60		# seconds that one may not be read
FIRST=1700000000000	# when the first of them came, ms

# fill n: a database with as many readings, one a second, of DEV1 and every
# thousandth of DEV2, whose numbers are 1 and 2; for a daemon that is down.
fill()
{
	atf_check sqlite3 db/asmpd.db "BEGIN;
	    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	    WHERE i < $1) INSERT INTO reading (device, id, time, received,
	    data) SELECT CASE WHEN i % 1000 = 0 THEN 2 ELSE 1 END, i, 0,
	    ${FIRST} + i * 1000, '{\"n\":\"' || hex(zeroblob(100)) ||
	    '\",\"i\":' || i || '}' FROM n; COMMIT"
}

# filled n [line of asmpd.conf ...]: a daemon with so many readings.
filled()
{
	_rows=$1
	shift
	gateway "$@"
	device_enrol DEV1
	device_enrol DEV2
	daemon_stop
	fill ${_rows}
	daemon_start
}

# ids [argument of asmpctl ...]: of the readings that it shows.
ids()
{
	echo $(${ctl} "$@" | awk 'NR > 1 { print $2 }')
}

counter()
{
	${ctl} -j show memory | jq ".processes[] | select(.process == \"$1\") |
	    .counters.$2"
}

readers_are()
{
	[ $(counter store readers) -eq $1 ]
}

# peak command [argument ...]: the most memory that it had, in KiB; what it
# writes is in the file out.
peak()
{
	python3 -c 'import os, sys
pid = os.fork()
if pid == 0:
    os.dup2(os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))' "$@"
}

# stall n: an answer that is not read, until unstall n.
stall()
{
	mkfifo fifo.$1
	${ctl} export readings > fifo.$1 2> err.$1 &
	eval "stall_pid_$1=$! && exec 3< fifo.$1"
	eval "sleep 1000 < fifo.$1 & stall_hold_$1=\$!"
	exec 3<&-
}

unstall()
{
	eval "kill \${stall_hold_$1} && wait \${stall_pid_$1}"
}

atf_test_case shown
shown_head()
{
	atf_set descr "readings, blocked ones and anomalies, the newest first"
	atf_set require.progs "jq python3"
}
shown_body()
{
	gateway 'anomaly samples 2' 'reading require "n"'
	device_enrol DEV1
	device_enrol DEV2
	atf_check -o ignore ./send DEV1 '{"n":1}' '{"n":2}'
	atf_check -o ignore ./send DEV2 "$(printf '{"n":1,"s":"\303\244"}')"
	atf_check -s exit:5 -o ignore -e ignore ./send DEV1 '{"m":3}'
	atf_check -s exit:5 -o ignore -e ignore ./send DEV1 '{"n":90000}'
	atf_check -o match:'^RECEIVED  *ID DEVICE  *DATA$' \
	    -o match:'^20[-0-9]*T[:.0-9]*Z  *1 DEV2  *[{]"n":1,"s":"\\303\\244"[}]$' \
	    -o match:'^20[-0-9]*T[:.0-9]*Z  *2 DEV1  *[{]"n":2[}]$' \
	    ${ctl} show readings
	atf_check_equal "1 2 1" "$(ids show readings)"
	atf_check_equal "2 1" "$(ids show readings device DEV1)"
	atf_check_equal "2" "$(ids show readings device DEV1 limit 1)"
	atf_check_equal "1" "$(ids show readings device DEV1 id 1)"
	atf_check_equal "4 3" "$(ids show blocked)"
	atf_check_equal "4" "$(ids show anomalies)"
	atf_check -o match:' 3 DEV1  *field  *[{]"m":3[}]$' \
	    -o match:' 4 DEV1  *anomaly  *[{]"n":90000[}]$' ${ctl} show blocked
	atf_check_equal "" "$(ids show readings until -1h)"
	atf_check_equal "1 2 1" "$(ids show readings since -1h)"
	atf_check_equal "" "$(ids show anomalies device DEV2)"
	atf_check -s exit:2 -e inline:"asmpctl: show readings DEV3: no such device\n" \
	    ${ctl} show readings device DEV3
	${ctl} -j show readings > readings
	atf_check -o inline:'["ok",3,"DEV2",1,"ä"]\n' jq -c \
	    '[.status, .count, (.readings[0] | .device, .id, .data.s)]' readings
	atf_check -o inline:'anomaly\n' sh -c \
	    "${ctl} -j show anomalies | jq -r .anomalies[0].reason"
	daemon_stop
}

# So that somebody who may look at sessions sees no readings, nor secrets.
atf_test_case restricted
restricted_head()
{
	atf_set descr "the restricted socket shows nothing that comes on a pipe"
}
restricted_body()
{
	gateway "restricted control socket \"$(pwd -P)/look.sock\""
	device_enrol DEV1
	for what in "show readings" "show blocked" "show anomalies" \
	    "export readings" "export events" "device keys" \
	    "device status DEV1" "show statistics" "show database"; do
		atf_check -s exit:2 -e match:'the restricted socket only shows' \
		    ${ASMPCTL} -s look.sock ${what}
	done
	daemon_stop
}

atf_test_case streamed
streamed_head()
{
	atf_set descr "an export needs no memory, and goes on where it ended"
	atf_set require.progs "jq python3 sqlite3"
	atf_set timeout 600
}
streamed_body()
{
	filled ${MANY}
	peak ${ASMPCTL} -s ${sock} export readings > peak ||
	    atf_fail "there is no export"
	[ $(cat peak) -lt ${RSS} ] || atf_fail "asmpctl took $(cat peak) KiB"
	atf_check_equal ${MANY} $(wc -l < out)
	atf_check_equal ${MANY} $(tail -n 1 out | jq .position)
	atf_check -o inline:'true\n' jq -s \
	    '[.[].id] == [range(1; length + 1)]' out
	${ctl} -j show memory > memory
	for process in parent control store; do
		_rss=$(jq ".processes[] | select(.process == \"${process}\") |
		    .maxrss / 1024 | floor" memory)
		[ ${_rss} -lt ${RSS} ] ||
		    atf_fail "${process} took ${_rss} KiB"
	done
	atf_check -o inline:"5 exported, the last at position ${MANY}\n" \
	    ${ctl} export readings after $((MANY - 5)) jsonl rest
	atf_check -o file:rest tail -n 5 out
	atf_check -o inline:'nothing there to export\n' \
	    ${ctl} export readings after ${MANY} none
	atf_check -o inline:'200\n' sh -c \
	    "${ctl} export readings device DEV2 | wc -l"
	atf_check_equal "200000 199000" \
	    "$(ids show readings device DEV2 limit 2)"
	atf_check_equal "3000" "$(ids show readings id 3000)"
	# Of time, the first is in and the last is not.
	atf_check_equal "1001 1000" "$(ids show readings \
	    since 2023-11-14T22:30:00Z until 2023-11-14T22:30:02.000Z)"
	logged 'operator uid [0-9]+: export readings DEV2$'
	atf_check_equal 100 $(ids show readings | wc -w)
	atf_check_equal 1000 $(ids show readings limit 1000 | wc -w)
	daemon_stop
}

atf_test_case csv
csv_head()
{
	atf_set descr "CSV is that of RFC 4180, and holds no formula"
	atf_set require.progs "python3 sqlite3"
}
csv_body()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV1
	atf_check -o ignore ${ctl} device add @DEV1 DEV1.pub
	atf_check -o ignore ${ASMP} -P asmp -k DEV1.key -i @DEV1 -g GW.pin \
	    -p ${port} 127.0.0.1 '{"s":"a \"b\", c"}'
	atf_check -o match:'^1 exported' ${ctl} export readings csv out.csv
	cat > check.py <<-EOF2
		import csv
		with open('out.csv', newline='') as f:
		    text = f.read()
		    f.seek(0)
		    rows = list(csv.reader(f, strict=True))
		assert text.endswith('\r\n') and text.count('\n') == 2
		assert rows[0] == ['position', 'received', 'time', 'device',
		    'id', 'data'], rows
		assert rows[1][3:] == ["'@DEV1", '1', '{"s":"a \\\\"b\\\\", c"}'], rows
	EOF2
	atf_check python3 check.py
	atf_check -s exit:1 -e match:'out.csv: exists already' \
	    ${ctl} export readings csv out.csv
	atf_check -s exit:1 -e match:'csv or json' \
	    ${ctl} export readings lines
	daemon_stop
}

atf_test_case events
events_head()
{
	atf_set descr "events are taken away as readings are"
	atf_set require.progs "jq python3 sqlite3"
}
events_body()
{
	gateway
	device_enrol DEV1
	atf_check -o ignore ./send DEV1 '{"n":1}'
	atf_check -o ignore ${ctl} device revoke DEV1
	${ctl} export events > events
	atf_check_equal "$(jq -s length events)" \
	    "$(jq -s '.[-1].position' events)"
	atf_check -o inline:'STARTED\n' sh -c \
	    'jq -r .event_type events | head -n 1'
	n=$(jq 'select(.event_type == "AUTHENTICATED") | .position' events)
	atf_check -o inline:"DEV1 success\n" jq -r \
	    "select(.position == ${n}) | \"\(.device_id) \(.status)\"" events
	# Behind it come the revocation and these exports.
	atf_check -o match:'^[3-9] exported, the last at position' \
	    ${ctl} export events after ${n} csv events.csv
	cat > check.py <<-EOF2
		import csv, sys
		with open('events.csv', newline='') as f:
		    rows = list(csv.DictReader(f, strict=True))
		assert int(rows[0]['position']) == int(sys.argv[1]) + 1
		assert 'KEY_REVOKED' in [r['event_type'] for r in rows], rows
		assert all(r['gateway_id'] == 'GW' for r in rows)
	EOF2
	atf_check python3 check.py ${n}
	atf_check_equal 3 $(${ctl} export events device DEV1 | jq -r \
	    'select(.event_type != "OPERATOR") | .event_type' | wc -l)
	# One that somebody has damaged does not end it.
	daemon_stop
	atf_check sqlite3 db/asmpd.db \
	    "UPDATE audit SET data = '=x' || char(10) WHERE seq = 1"
	daemon_start
	atf_check_equal '"=x\n"' "$(${ctl} export events after 1 |
	    head -n 1 | jq .bytes)"
	atf_check -o save:all ${ctl} export events csv
	atf_check -o inline:"2,1,\"\",\"\",\"\",\"\",\"\",\"'=x\n" \
	    sed -n '3p' all
	daemon_stop
}

atf_test_case too_long
too_long_head()
{
	atf_set descr "what is longer than any is named, and can be passed"
	atf_set require.progs "jq sqlite3"
}
too_long_body()
{
	filled 20
	daemon_stop
	atf_check sqlite3 db/asmpd.db "UPDATE reading SET data = '{\"n\":\"' ||
	    hex(zeroblob(60000)) || '\"}' WHERE seq = 7"
	daemon_start
	_why='what is at position 7 is damaged: it is longer than any'
	atf_check -s exit:2 -o save:out -e inline:"asmpctl: export readings: ${_why}\n" \
	    ${ctl} export readings
	atf_check_equal 6 $(wc -l < out)
	atf_check -o save:out ${ctl} export readings after 7
	atf_check_equal 13 $(wc -l < out)
	daemon_stop
	atf_check sqlite3 db/asmpd.db "UPDATE audit SET data =
	    hex(zeroblob(60000)) WHERE seq = 0"
	daemon_start
	atf_check -s exit:2 -o ignore \
	    -e match:'what is at position 1 is damaged: it is longer than any' \
	    ${ctl} export events
	daemon_stop
}

atf_test_case readers
readers_head()
{
	atf_set descr "answers that nobody reads are few, and given up"
	atf_set require.progs "jq sqlite3"
	atf_set timeout 400
}
readers_body()
{
	filled ${MANY}
	n=0
	while [ ${n} -lt ${READERS} ]; do
		stall ${n}
		n=$((n + 1))
	done
	wait_for ${SOON} readers_are ${READERS} || atf_fail "not all are read"
	atf_check -s exit:2 -e match:'as many answers as there can be' \
	    ${ctl} show readings
	# One that leaves makes room for another at once.
	unstall 0
	wait_for ${SOON} readers_are $((READERS - 1)) || atf_fail "it stays"
	atf_check -o ignore ${ctl} show readings
	online DEV1
	wait_for $((READER_WAIT + SOON)) readers_are 0 ||
	    atf_fail "they are not given up"
	count $((READERS - 1)) 'store: an answer that nobody reads is given up'
	exec 3< fifo.1
	kill ${stall_hold_1}
	cat <&3 > /dev/null
	wait ${stall_pid_1}
	atf_check_equal 1 $?
	atf_check -o match:'closed the connection before its answer' \
	    cat err.1
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case shown
	atf_add_test_case restricted
	atf_add_test_case streamed
	atf_add_test_case csv
	atf_add_test_case events
	atf_add_test_case too_long
	atf_add_test_case readers
}
