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

# What failing costs the address that it comes from, and nobody else.  The
# attacker is 127.0.0.2, everybody else 127.0.0.1.

. $(atf_get_srcdir)/common.sh

# strict [line of asmpd.conf ...]: a gateway with penalties, a bystander, and
# what an honest device says first.
strict()
{
	gateway 'penalty refused 200ms' 'penalty protocol 200ms' \
	    'penalty unfinished 1s' "$@"
	bystander
	device_enrol DEV1
	middle -w rec
	atf_check ./through DEV1 '{"n":"1"}'
	middle_stop
	head -c 60 rec.device > first
	printf 'GET / HTTP/1.1\r\n\r\n........' > garbage
	: > nothing
}

# knocks n file [option ...]: from the attacker's address.
knocks()
{
	_n=$1
	_file=$2
	shift 2
	atf_check -o save:knocked ${KNOCK} -b 127.0.0.2 -c 127.0.0.1:${port} \
	    "$@" ${_n} ${_file}
}

# counts name n: of net.
counts()
{
	[ $(${ctl} -j show memory | jq ".processes[] |
	    select(.process == \"net\") | .counters.$1") -ge $2 ]
}

# shut_out reason: the attacker is, and gets no answer; others are not.
shut_out()
{
	logged "net: penalty: address 127\.0\.0\.2 reason $1 for [0-9]+ seconds\$"
	wait_for ${SOON} counts shut_out 1 || atf_fail "not shut out"
	knocks 3 first
	atf_check -o inline:'knocked 3, answered 0\n' cat knocked
	atf_check -o match:'^refused by penalty +[1-9][0-9]* \(1 address now\)$' \
	    ${ctl} show
	atf_check ./send DEV1 '{"n":"let in"}'
	bystander_goes_on
	count 1 'penalty: address '
}

atf_test_case protocol
protocol_head()
{
	atf_set descr "who does not speak the protocol is shut out, alone, and let in again"
	atf_set require.progs jq
}
protocol_body()
{
	strict 'penalty minimum 5s' 'penalty maximum 7s'
	knocks 1 first -l
	atf_check -o inline:'knocked 1, answered 1\n' cat knocked
	knocks 100 garbage
	shut_out protocol
	# One line in the beginning, one at the end, whatever he does.
	logged 'net: penalty over: address 127\.0\.0\.2 refused [0-9]+ times$'
	atf_check -o match:'^refused by penalty +[1-9][0-9]* \(0 addresses now\)$' \
	    ${ctl} show
	knocks 1 first -l
	atf_check -o inline:'knocked 1, answered 1\n' cat knocked
	count 1 'penalty over: address '
	daemon_stop
}

atf_test_case refused
refused_head()
{
	atf_set descr "who cannot prove an identity is shut out"
	atf_set require.progs jq
}
refused_body()
{
	strict 'penalty refused 10s'
	atf_check -o ignore ${KEYGEN} STRANGER
	for _n in 1 2; do
		atf_check -s not-exit:0 -e ignore ./send STRANGER '{"n":"1"}'
	done
	logged 'net: penalty: address 127\.0\.0\.1 reason refused for (19|20) seconds$'
	atf_check -s not-exit:0 -e ignore ./send DEV1 '{"n":"2"}'
	# The sessions that are there stay.
	bystander_goes_on
	# A reload lets him in: here, by an address that is exempt.
	echo 'penalty exempt 127.0.0.0/31' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check ./send DEV1 '{"n":"2"}'
	for _n in 1 2; do
		atf_check -s not-exit:0 -e ignore ./send STRANGER '{"n":"1"}'
	done
	atf_check ./send DEV1 '{"n":"3"}'
	count 1 'penalty: address '
	# And here by having none.
	sed -i '/exempt/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check -s not-exit:0 -e ignore ./send DEV1 '{"n":"4"}'
	echo 'penalty none' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	count 1 'penalty over: address 127\.0\.0\.1 refused [2-9] times$'
	atf_check ./send DEV1 '{"n":"4"}'
	daemon_stop
}

atf_test_case unfinished
unfinished_head()
{
	atf_set descr "who has the gateway work and leaves is shut out"
	atf_set require.progs jq
}
unfinished_body()
{
	strict
	# To see whether the port is open costs nothing.
	knocks 100 nothing -t 0
	wait_for ${SOON} half_open 0 || atf_fail "half-open for ever"
	knocks 1 first -l
	atf_check -o inline:'knocked 1, answered 1\n' cat knocked
	count 0 'penalty: address '
	knocks 40 first -l
	shut_out unfinished
	daemon_stop
}

atf_test_case too_late
too_late_head()
{
	atf_set descr "who keeps a half-open place to the end is shut out"
	atf_set require.progs jq
}
too_late_body()
{
	strict 'handshake timeout 1' 'penalty unfinished 10s'
	knocks 2 nothing
	shut_out unfinished
	daemon_stop
}

atf_test_case stalled_store
stalled_store_head()
{
	atf_set descr "who loses patience with the gateway is not shut out"
	atf_set require.progs jq sqlite3
}
stalled_store_body()
{
	strict 'handshake timeout 2' 'penalty unfinished 10s' \
	    'penalty protocol 10s'
	lock_database
	# The first one finds out that it stalls, and nobody gets a lease.
	echo '{"said":"in vain"}' >&9
	wait_for ${SOON} stalled || atf_fail "the store works"
	_store=$(child_pid store)
	kill -STOP ${_store}
	for _n in 1 2; do
		atf_check -s not-exit:0 -e ignore ./send DEV1 -t 1 '{"n":"2"}'
		atf_check -s not-exit:0 -e ignore ./send DEV1 -t 4 '{"n":"2"}'
	done
	kill -CONT ${_store}
	unlock_database
	wait_for ${SOON} working || atf_fail "the store stalls for ever"
	atf_check ./send DEV1 '{"n":"2"}'
	count 0 'penalty: address '
	# It is not that they would not have counted.
	knocks 2 nothing
	shut_out unfinished
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case protocol
	atf_add_test_case refused
	atf_add_test_case unfinished
	atf_add_test_case too_late
	atf_add_test_case stalled_store
}
