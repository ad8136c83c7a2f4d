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

# How much a device may send: it waits, nobody else does, and nothing is lost.

. $(atf_get_srcdir)/common.sh

# rated line ...: a gateway with such lines, a bystander and DEV1.
rated()
{
	gateway "$@"
	bystander
	device_enrol DEV1
}

# took command ...: how many seconds it took, in ${took}.
took()
{
	_begun=$(date +%s)
	"$@"
	took=$(($(date +%s) - _begun))
}

sends()
{
	atf_check ./send "$@"
}

# held id yes|no
held()
{
	${ctl} show sessions | awk -v id=$1 -v held=$2 '$NF == id && $6 == held { n++ }
	    END { exit n != 1 }'
}

atf_test_case waits
waits_head()
{
	atf_set descr "a device over its rate waits, nobody else does, and nothing is lost"
	atf_set require.progs sqlite3
}
waits_body()
{
	rated 'limit readings per device 20 burst 40'
	seq 160 | sed 's/.*/{"n":"&"}/' > many
	device_enrol DEV2
	./send DEV1 -t 60 < many > many.out 2>&1 &
	_pid=$!
	wait_for ${SOON} held DEV1 yes || atf_fail "not held back"
	logged 'verify2?: device DEV1 is held back: more than 20 readings a second$'
	atf_check -o match:'^held back +[1-9][0-9]* \(1 device now\)$' ${ctl} show
	atf_check -o match:'"holds":[1-9][0-9]*,"held":true' ${ctl} -j show sessions
	atf_check ./send DEV2 '{"n":"1"}'
	alive ${_pid} || atf_fail "another one waited until it was over"
	bystander_goes_on
	wait ${_pid}
	atf_check_equal 0 $?
	stored reading 160 "data NOT LIKE '%said%' AND device =
	    (SELECT number FROM device WHERE id = 'DEV1')"
	count 1 'is held back: '
	daemon_stop
}

atf_test_case reconnects
reconnects_head()
{
	atf_set descr "who comes back has no more than before"
	atf_set require.progs sqlite3
}
reconnects_body()
{
	rated 'limit readings per device 1 burst 4'
	# 4000 bytes are as much as 4 readings: all that there is, and more.
	pad=$(printf %04000d 0)
	took sends DEV1 "{\"n\":\"${pad}\"}"
	took sends DEV1 -t 30 "{\"n\":\"${pad}\"}" '{"n":"2"}'
	# A debt of 4 or 5 is paid by a session that can do nothing else.
	took sends DEV1 -t 30 '{"n":"3"}'
	[ ${took} -ge 2 ] || atf_fail "it waited only ${took} seconds"
	bystander_goes_on
	stored reading 4 "data NOT LIKE '%said%'"
	# With time the bucket fills again; without a limit there is none.
	sed -i '/^limit readings/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	_held=$(grep -c 'is held back: ' asmpd.log)
	for i in 1 2 3; do
		atf_check ./send DEV1 "{\"n\":\"${pad}\"}" \
		    "{\"n\":\"${pad}\"}"
	done
	count ${_held} 'is held back: '
	daemon_stop
}

atf_test_case not_silent
not_silent_head()
{
	atf_set descr "who is held back is not taken for silent"
	atf_set require.progs sqlite3
}
not_silent_body()
{
	gateway 'limit readings per device 1 burst 4' 'limit silence 2' \
	    'stream telemetry idle 2'
	device_enrol DEV1
	device_enrol DEV2
	stays 4 DEV1.key -P asmp
	stays 5 DEV2.key -P asmp
	pad=$(printf %09000d 0)
	tell 5 open 'reading {"n":"1"}'
	tell 4 open "reading {\"n\":\"${pad}\"}" 'reading {"n":"2"}'
	wait_for ${SOON} held DEV1 yes || atf_fail "not held back"
	# The same of who may speak and does not.
	logged 'session down: device DEV2 address .* reason timeout$'
	held DEV1 yes || atf_fail "held back no more"
	hears 4 '^acked 2$'
	count 0 'session down: device DEV1 '
	leaves 4
	tell 5 quit
	daemon_stop
}

atf_test_case seal_waits
seal_waits_head()
{
	atf_set descr "a seal that waits to be read is not late"
	atf_set require.progs sqlite3
}
seal_waits_body()
{
	gateway 'limit readings per device 2 burst 4'
	device_enrol DEV1
	stays 4 DEV1.key -P hybrid
	pad=$(printf %05000d 0)
	tell 4 open hold
	for n in 1 2 3 4 5 6; do
		tell 4 "reading {\"n\":\"${n}${pad}\"}"
	done
	tell 4 go
	wait_for ${SOON} held DEV1 yes || atf_fail "not held back"
	wait_for 30 grep -q '^acked 6$' out.4 || atf_fail "not acknowledged"
	leaves 4
	count 0 'reason seal-limit$'
	daemon_stop
}

atf_test_case roles
roles_head()
{
	atf_set descr "a role has a rate of its own, or none"
	atf_set require.progs sqlite3
}
roles_body()
{
	rated 'limit readings per device 1 burst 1' \
	    'role monitor number 7 { open all limit readings none }' \
	    'role pump number 8 { open all limit readings 1000 }'
	for r in device monitor pump; do
		atf_check -o ignore ${KEYGEN} ${r}
		atf_check -o ignore ${ctl} device add ${r} ${r}.pub role=${r}
	done
	pad=$(printf %04000d 0)
	for r in device monitor pump; do
		sends ${r} -t 30 "{\"n\":\"${pad}\"}" '{"n":"2"}'
	done
	count 1 'is held back: '
	count 1 'device device is held back: more than 1 readings a second$'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case waits
	atf_add_test_case reconnects
	atf_add_test_case not_silent
	atf_add_test_case seal_waits
	atf_add_test_case roles
}
