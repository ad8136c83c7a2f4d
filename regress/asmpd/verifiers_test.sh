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

# Values that several devices bring together: the clients of profile smcp,
# and devices of any other.
# Several verifiers, among which sessions are spread: whoever asks about all
# sessions hears of all, and a device may be now with one, now with another.

. $(atf_get_srcdir)/common.sh

# spread n [line of asmpd.conf ...]: a gateway with so many verifiers.
spread()
{
	ASMP_VERIFIERS=$1
	shift
	gateway "$@"
}

# comes n verifier [option of say ...]: device Dn is device n of tell and has
# a session, which is with this verifier.
comes()
{
	_n=$1
	_verifier=$2
	shift 2
	[ -e D${_n}.key ] || device_enrol D${_n}
	_ups=$(grep -c "${_verifier}: session up: device D${_n} " asmpd.log)
	stays ${_n} D${_n}.key -P asmp "$@"
	tell ${_n} open
	hears ${_n} '^open asmp$'
	count $((_ups + 1)) "${_verifier}: session up: device D${_n} "
}

# gone n verifier: it has left.
gone()
{
	leaves $1
	logged "$2: session down: device D$1 "
}

# counted process counter number: in the file memory.
counted()
{
	atf_check -o inline:"$3\n" jq ".processes[] |
	    select(.process == \"$1\") | .counters.$2" memory
}

atf_test_case spread
spread_head()
{
	atf_set descr 'sessions are spread, and shown as one'
	atf_set require.progs jq
}
spread_body()
{
	spread 3
	comes 4 verify
	comes 5 verify2
	comes 6 verify3
	comes 7 verify
	comes 8 verify2
	${ctl} -j show memory > memory || atf_fail "no answer"
	counted verify sessions 2
	counted verify2 sessions 2
	counted verify3 sessions 1
	${ctl} -j show sessions > sessions || atf_fail "no answer"
	atf_check -o inline:'["D4","D5","D6","D7","D8"]\n' \
	    jq -c '[.sessions[].device] | sort' sessions
	${ctl} -j show > summary || atf_fail "no answer"
	atf_check -o inline:'5\n' jq .summary.sessions summary
	${ctl} -j show processes > processes || atf_fail "no answer"
	atf_check -o inline:'["parent","net","verify","verify2","verify3","store","control"]\n' \
	    jq -c '[.processes[].process]' processes
	# The next one goes where there are fewest.
	gone 5 verify2
	gone 8 verify2
	comes 5 verify2
	comes 8 verify2
	comes 9 verify3
	daemon_stop
}

atf_test_case moves
moves_head()
{
	atf_set descr 'a device that comes back to another verifier is itself'
	atf_set require.progs sqlite3
}
moves_body()
{
	spread 2 'anomaly samples 5'
	comes 4 verify
	for i in 1 2 3 4 5 6; do
		tell 4 "reading {\"t\":37.${i}}" 'expect acked'
	done
	hears 4 '^acked 6$'
	# While the old session is there, and takes it over.
	stays 5 D4.key -P asmp
	tell 5 open
	hears 5 '^open asmp$'
	logged 'verify: session down: device D4 .* reason replaced$'
	logged 'verify2: session up: device D4 '
	hears 5 '^granted .* last 6 '
	tell 5 'reading {"t":37.1}' 'expect acked 7'
	hears 5 '^acked 7$'
	# What it learned there, this one knows.
	tell 5 'reading {"t":90.0}'
	logged 'verify2: reading blocked: device D4 id 8 reason anomaly'
	stored reading 7 true
	stored blocked 1 'id = 8'
	daemon_stop
}

atf_test_case orders
orders_head()
{
	atf_set descr 'revoke, kill, send, reload and stop reach every session'
}
orders_body()
{
	spread 3
	comes 4 verify
	comes 5 verify2
	comes 6 verify3
	for n in 4 5 6; do
		atf_check -o match:'^sent$' ${ctl} send D${n} "hello ${n}"
		hears ${n} "^text 1 hello ${n}\$"
	done
	atf_check -o match:'revoked, 1 session closed' \
	    ${ctl} device revoke D5
	hears 5 '^failed revoked '
	atf_check -o match:'killed, 1 session closed' ${ctl} kill D6
	hears 6 '^failed killed '
	comes 6 verify2
	echo 'reading require "t"' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	for n in 4 6; do
		tell ${n} 'reading {"u":1}'
		logged "reading blocked: device D${n} id 1 reason field"
		hears ${n} '^failed field '
	done
	comes 7 verify
	comes 8 verify2
	daemon_stop
	hears 7 '^failed shutdown '
	hears 8 '^failed shutdown '
}

atf_test_case monitor
monitor_head()
{
	atf_set descr 'an operator sees what happens at each'
	atf_set require.progs jq
}
monitor_body()
{
	spread 2
	${ctl} -j monitor > events &
	_monitor=$!
	comes 4 verify
	comes 5 verify2
	for n in 4 5; do
		wait_for ${SOON} grep -q "\"up\".*\"D${n}\"" events ||
		    atf_fail "no event of D${n}: $(cat events)"
	done
	kill ${_monitor}
	daemon_stop
}

atf_test_case seals
seals_head()
{
	atf_set descr 'readings keep the order of seals, whoever checked them'
	atf_set require.progs sqlite3
}
seals_body()
{
	spread 2
	comes 4 verify
	comes 5 verify2
	comes 6 verify
	comes 7 verify2
	for n in 4 5 6 7; do
		seq -f 'reading {"n":"%.0f"}' 1000 >&${n} &
	done
	for n in 4 5 6 7; do
		hears ${n} '^acked 1000$'
	done
	stored reading 4000 'seal > 0'
	sql 'SELECT count(*) FROM (SELECT seal < lag(seal) OVER (ORDER BY seq)
	    AS back FROM reading) WHERE back' -o inline:'0\n'
	sql 'SELECT count(DISTINCT device) > 1 FROM (SELECT device FROM reading
	    WHERE seq % 64 = 0)' -o inline:'1\n'
	daemon_stop
}

# more n: the flood of D5 has got so much further.
more()
{
	_now=$(timeout 10 ${ctl} show sessions | awk '$NF == "D5" { print $3 }')
	[ ${_now:-0} -gt $((_before + $1)) ]
}

atf_test_case values
values_head()
{
	atf_set descr 'a flood of values for many groups, also while the parent has no time'
}
values_body()
{
	spread 2 'acknowledge received'
	for g in $(seq 200); do
		echo "group \"g${g}\" { member { D5 D6 } metric \"n\" wait 60 }"
	done >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	comes 4 verify
	device_enrol D5
	${FAIR} -g GW.pin -a 127.0.0.1:${port} - small asmp:D5:D5.key \
	    > fair.out 2>&1 &
	_flood=$!
	logged 'verify2: session up: device D5 '
	_before=0
	wait_for ${SOON} more 200 || atf_fail "no flood: $(cat fair.out)"
	# As long as a slow disk may take, at most.
	kill -STOP ${daemon_pid}
	sleep 2
	kill -CONT ${daemon_pid}
	more 0
	_before=${_now}
	wait_for ${SOON} more 200 || atf_fail "the flood does not go on"
	tell 4 'reading {"m":1}' 'expect acked 1'
	hears 4 '^acked 1$'
	kill ${_flood}
	wait ${_flood}
	daemon_stop
}

atf_test_case dies
dies_head()
{
	atf_set descr 'without one of them the daemon ends, and says which'
}
dies_body()
{
	spread 3
	kill -KILL $(child_pid verify2)
	daemon_ended 1
	logged 'stopping: verify2 was killed by signal 9'
}

atf_test_case number
number_head()
{
	atf_set descr 'from 1 to 16, and not to be changed by a reload'
}
number_body()
{
	for n in 0 17 4294967297; do
		ASMP_VERIFIERS=${n}
		daemon_conf
		atf_check -s exit:1 -e match:"verifiers [0-9]*: must be between 1 and 16" \
		    ${ASMPD} -n -f asmpd.conf
	done
	ASMP_VERIFIERS=
	gateway
	echo 'verifiers 2' >> asmpd.conf
	atf_check -s not-exit:0 -e match:'verifiers cannot change while asmpd runs' \
	    ${ctl} reload
	daemon_stop
	atf_check -o match:'^verifiers 2$' ${ASMPD} -nv -f asmpd.conf
}

atf_test_case most
most_head()
{
	atf_set descr 'sixteen, each in its sandbox'
	atf_set require.progs jq
}
most_body()
{
	spread 16
	comes 4 verify
	comes 5 verify2
	${ctl} -j show sandbox > sandbox || atf_fail "no answer"
	atf_check -o inline:'16\n' jq '[.processes[] |
	    select(.process | startswith("verify")) |
	    select(.layers | index("seccomp") != null)] | length' sandbox
	daemon_stop
}

atf_init_test_cases()
{
	for t in spread moves orders monitor seals values dies number most; do
		atf_add_test_case ${t}
	done
}
