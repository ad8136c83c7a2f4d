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

# What one device that floods is to others, and what a gateway is that has more
# to do than it can.  Nothing here goes by how fast the machine is, but that the
# operator is answered.

. $(atf_get_srcdir)/common.sh

# flooded profile how [-l]: DEV1 sends as fast as it can; the pids of the processes
# are in ${net} and so on, since asmpctl asks those who may be stopped.
flooded()
{
	ASMP_VERIFIERS=1
	gateway 'acknowledge received'
	for _p in net verify store; do
		eval "${_p}=$(child_pid ${_p})"
	done
	bystander
	device_enrol DEV1
	${FAIR} $3 -g GW.pin -a 127.0.0.1:${port} - $2 $1:DEV1:DEV1.key > fair.out 2>&1 &
	flood_pid=$!
	wait_for ${SOON} accepts DEV1 100 || atf_fail "no flood: $(cat fair.out)"
}

# accepts id n: verify has accepted so many readings.
accepts()
{
	accepted $1
	[ ${accepted} -ge $2 ]
}

accepted()
{
	accepted=$(timeout 10 ${ctl} show sessions |
	    awk -v id=$1 '$NF == id { print $3 }')
	accepted=${accepted:-0}
}

# stuck: the flood does not get on any more, each time one looks.
stuck()
{
	accepted DEV1
	for _look in 1 2 3 4; do
		_was=${accepted}
		sleep 0.5
		accepted DEV1
		[ ${accepted} -eq ${_was} ] || return 1
	done
}

# of_device id [condition]: rows that it has.
of_device()
{
	sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db "SELECT count(*)
	    FROM reading WHERE device = (SELECT number FROM device
	    WHERE id = '$1') ${2:+AND $2}"
}

# resident: KB of all processes but the parent.
resident()
{
	ps -o rss= -p ${net},${verify},${store} | awk '{ n += $1 } END { print n }'
}

# answers: within a second, of which a machine that does other things has most.
answers()
{
	timeout 1 ${ctl} show > shown
}

# no_queue most: with the store stopped the flood is soon stuck, with no more
# than so many readings under way, and another's reading gets past it.
no_queue()
{
	kill -STOP ${store}
	wait_for 20 stuck || atf_fail "the flood goes on without a store"
	_accepted=${accepted}
	_stored=$(of_device DEV1)
	[ $((_accepted - _stored)) -le $1 ] ||
	    atf_fail "$((_accepted - _stored)) readings are under way"
	accepted BYSTANDER
	echo '{"past":"it"}' >&9
	wait_for ${SOON} accepts BYSTANDER $((accepted + 1)) ||
	    atf_fail "the bystander's reading waits behind the flood"
	bystander_said=$((bystander_said + 1))
	# The operator is answered, and sees what is the matter.
	wait_for ${SOON} answers || atf_fail "no answer"
	atf_check -o match:'^stalled reason +it does not answer' cat shown
	_kb=$(resident)
	sleep 1
	[ $(resident) -le $((_kb + 1024)) ] || atf_fail "memory grows"
	kill -CONT ${store}
	wait_for ${SOON} working || atf_fail "the store does not go on"
	bystander_goes_on
	wait_for ${SOON} accepts DEV1 $((_accepted + 100)) ||
	    atf_fail "the flood does not go on"
	# As it was said, so it was stored: few of the flood were before it.
	_seq=$(sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    "SELECT seq FROM reading WHERE data LIKE '%past%'")
	[ $(of_device DEV1 "seq < ${_seq}") -le $((_accepted + $1)) ] ||
	    atf_fail "it was stored behind the flood"
	count 0 'session down: '
	kill ${flood_pid}
	wait ${flood_pid}
	daemon_stop
}

atf_test_case small
small_head()
{
	atf_set descr "a flood of small readings makes no queue"
	atf_set require.progs sqlite3
}
small_body()
{
	flooded asmp small
	no_queue 1000
}

atf_test_case small_hybrid
small_hybrid_head()
{
	atf_set descr "nor of small ones in profile hybrid"
	atf_set require.progs sqlite3
}
small_hybrid_body()
{
	flooded hybrid small
	no_queue 1000
}

atf_test_case large
large_head()
{
	atf_set descr "nor of large ones"
	atf_set require.progs sqlite3
}
large_body()
{
	flooded asmp large
	no_queue 16
}

atf_test_case late_seals
late_seals_head()
{
	atf_set descr "nor of large ones whose seals come later"
	atf_set require.progs sqlite3
}
late_seals_body()
{
	flooded asmp large -l
	no_queue 16
}

atf_test_case deaf_verifier
deaf_verifier_head()
{
	atf_set descr "with verify stopped queues stay at their caps, and the operator is answered"
	atf_set require.progs "jq sqlite3"
}
deaf_verifier_body()
{
	flooded asmp small
	kill -STOP ${verify}
	wait_for ${SOON} answers || atf_fail "no answer"
	atf_check -o match:'^verify +it does not answer' cat shown
	atf_check -o match:'^verify it does not answer' sh -c \
	    "${ctl} -j show | jq -r '.summary.silent[] |
	    .process + \" \" + .reason'"
	_kb=$(resident)
	sleep 2
	[ $(resident) -le $((_kb + 1024)) ] || atf_fail "memory grows"
	kill -CONT ${verify}
	bystander_goes_on
	count 0 'session down: '
	kill ${flood_pid}
	wait ${flood_pid}
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case small
	atf_add_test_case small_hybrid
	atf_add_test_case large
	atf_add_test_case late_seals
	atf_add_test_case deaf_verifier
}
