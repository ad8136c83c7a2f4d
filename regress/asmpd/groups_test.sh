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

. $(atf_get_srcdir)/common.sh

MOST=9223372036854775807
LEAST=-9223372036854775808

WARD='group "ward" { member { 1 2 3 } wait 60 }'

# clients [line of asmpd.conf ...]: a gateway with clients 1, 2 and 3.
clients()
{
	gateway "$@"
	for _id in 1 2 3; do
		atf_check -o ignore ${KEYGEN} -t psk ${_id}
		enrol ${_id}.psk
	done
}

# online_all n ...: these clients have sessions; client 1 is device 4 of
# tell, and so on.
online_all()
{
	for _id in "$@"; do
		stays $((_id + 3)) ${_id}.psk
		tell $((_id + 3)) open
		hears $((_id + 3)) '^open smcp$'
	done
}

# gives id value: the gateway has it before this returns.
gives()
{
	_said=$(grep -c "RECEIVED\] device $1 id " asmpd.log)
	tell $(($1 + 3)) "value $2"
	count $((_said + 1)) "RECEIVED\] device $1 id "
}

# hear result id ...: each of these is told the result, once more, and no
# other.
hear()
{
	_result=$1
	shift
	for _id in "$@"; do
		tell $((_id + 3)) "expect ${_result}" 'heartbeat' \
		    'expect heartbeat'
	done
	for _id in "$@"; do
		wait_for ${SOON} heard_more ${_id} ||
		    { cat out.$((_id + 3)) >&2; atf_fail "client ${_id}"; }
	done
}

# heard_more id: what was expected has come.
heard_more()
{
	[ $(grep -c ^heartbeat out.$(($1 + 3))) -gt \
	    $(cat heard.$1 2> /dev/null || echo 0) ] || return 1
	grep -c ^heartbeat out.$(($1 + 3)) > heard.$1
}

atf_test_case any_order
any_order_head()
{
	atf_set descr "break 12, M-7, M-11, M-16, M-17, M-34, M-35, M-41: the sum for all, in every order of arrival"
	atf_set require.progs sqlite3
}
any_order_body()
{
	clients "${WARD}"
	online_all 1 2 3
	for order in '1 2 3' '1 3 2' '2 1 3' '2 3 1' '3 1 2' '3 2 1'; do
		for id in ${order}; do
			gives ${id} $((id * 100))
		done
		hear 'result complete 600' 1 2 3
	done
	for id in 1 2 3; do
		leaves $((id + 3))
		atf_check -o inline:'6\n' grep -c '^result' out.$((id + 3))
	done
	# A value is a reading like any other.
	stored reading 18 true
	stored reading 6 "data = '{\"value\":300}' AND time = 0"
	count 3 'session down: device [123] address .* reason done$'
	table_row 'break 12: 100, 200, 300 in every order' smcp 600 refused
	daemon_stop
}

atf_test_case originals
originals_head()
{
	atf_set descr "M-1, M-9 to M-17, M-34: clients as the original's are called, on its port"
	atf_set require.user root
}
originals_body()
{
	clients "${WARD}" 'listen on 127.9.9.9 port 9999 profiles { smcp }'
	for id in 1 2 3; do
		${ASMP} -P smcp -g GW.pin -h 127.9.9.9 -p 9999 -t 10 ${id} \
		    $(${KEYGEN} -x ${id}.psk) > sum.${id} 2> err.${id} &
		eval "pid_${id}=$!"
	done
	for id in 1 2 3; do
		eval "wait \${pid_${id}}" || { cat err.${id} >&2; atf_fail "client ${id}"; }
		atf_check -o inline:'300\n' cat sum.${id}
	done
	for id in 1 2 3; do
		${ASMP} -P smcp -g GW.pin -h 127.9.9.9 -p 9999 -t 10 ${id} \
		    $(${KEYGEN} -x ${id}.psk) $((id * 100)) > sum.${id} &
		eval "pid_${id}=$!"
	done
	for id in 1 2 3; do
		eval "wait \${pid_${id}}" || atf_fail "client ${id}"
		atf_check -o inline:'600\n' cat sum.${id}
	done
	# Interactive, one line after the other.
	for id in 1 2 3; do
		printf '%d\n%d\nquit\n' ${id} ${id}0 | ${ASMP} -P smcp \
		    -g GW.pin -h 127.9.9.9 -p 9999 -t 10 ${id} \
		    $(${KEYGEN} -x ${id}.psk) -i > sum.${id} &
		eval "pid_${id}=$!"
	done
	for id in 1 2 3; do
		eval "wait \${pid_${id}}" || atf_fail "client ${id}"
		atf_check -o inline:'6\n60\n' cat sum.${id}
	done
	# Another's key is nobody's.
	atf_check -s exit:4 -e match:'HMAC verification failed' ${ASMP} \
	    -P smcp -g GW.pin -h 127.9.9.9 -p 9999 1 $(${KEYGEN} -x 2.psk)
	logged 'session refused: .* device 1 reason bad-proof$'
	daemon_stop
}

atf_test_case partial
partial_head()
{
	atf_set descr "M-41: after the wait who is there has the sum of who is there"
}
partial_body()
{
	clients 'group "ward" { member { 1 2 3 } wait 4 }'
	online_all 1 2 3
	gives 1 100
	gives 3 300
	hear 'result partial 400' 1 3
	atf_check -s exit:1 grep ^result out.5
	# Who comes late opens the next round, with nothing of the last.
	gives 2 200
	hear 'result partial 200' 2
	for id in 1 2 3; do
		gives ${id} 7
	done
	hear 'result complete 21' 1 2 3
	daemon_stop
}

atf_test_case terminated
terminated_head()
{
	atf_set descr "M-35, M-39, M-42: who goes takes its value along, however it goes"
}
terminated_body()
{
	clients "${WARD}"
	for how in terminate lose close; do
		online_all 1 2 3
		gives 3 300
		gives 1 100
		_downs=$(grep -c 'session down: device 3 ' asmpd.log)
		tell 6 ${how}
		count $((_downs + 1)) 'session down: device 3 '
		# Nobody waits for it: the wait is a minute.
		gives 2 200
		hear 'result partial 300' 1 2
		leaves 4
		leaves 5
		leaves 6
		rm -f heard.*
	done
	count 2 'session down: device 3 address .* reason done$'
	count 1 'session down: device 3 address .* reason lost$'
	# The last one that all others wait for.
	online_all 1 2 3
	gives 1 100
	gives 2 200
	tell 6 terminate
	hear 'result partial 300' 1 2
	table_row 'break 12: a client that ends before the sum' smcp partial \
	    refused
	daemon_stop
}

atf_test_case nothing_stale
nothing_stale_head()
{
	atf_set descr "break 12: a second run knows nothing of the first"
}
nothing_stale_body()
{
	clients "${WARD}"
	online_all 1 2 3
	gives 1 100
	gives 2 200
	for id in 1 2 3; do
		tell $((id + 3)) lose
	done
	count 3 'session down: device [123] address .* reason lost$'
	for id in 1 2 3; do
		leaves $((id + 3))
	done
	rm -f heard.*
	online_all 1 2 3
	for id in 3 1 2; do
		gives ${id} ${id}
	done
	hear 'result complete 6' 1 2 3
	# A value given again, in a new session, is in place of the old.
	gives 1 1000
	tell 4 lose
	count 2 'session down: device 1 address .* reason lost$'
	tell 4 open
	wait_for ${SOON} at_least 4 'session up: device 1 '
	gives 1 1
	gives 2 2
	gives 3 3
	hear 'result complete 6' 1 2 3
	table_row 'break 12: values of a session that is over' smcp left-out \
	    refused
	daemon_stop
}

atf_test_case numbers
numbers_head()
{
	atf_set descr "break 12: 64 bits with their sign, and what is beyond is a status"
}
numbers_body()
{
	clients "${WARD}" 'anomaly field "value" ignore'
	online_all 1 2 3
	round complete 0 ${MOST} ${LEAST} 1
	round complete -1 ${MOST} ${LEAST} 0
	round complete ${MOST} ${MOST} 0 0
	round complete ${LEAST} 0 ${LEAST} 0
	round overflow 0 ${MOST} 1 0
	round overflow 0 ${LEAST} -1 0
	round overflow 0 ${MOST} ${MOST} ${MOST}
	round complete 9007199254740993 9007199254740992 1 0
	round complete -6 -1 -2 -3
	table_row 'break 12: a sum beyond 64 bits' smcp overflow refused
	daemon_stop
}

# round status sum value value value
round()
{
	_status=$1
	_sum=$2
	gives 1 $3
	gives 2 $4
	gives 3 $5
	hear "result ${_status} ${_sum}" 1 2 3
}

atf_test_case alone
alone_head()
{
	atf_set descr "who is in no group hears its own value"
}
alone_body()
{
	clients 'group "pair" { member { 1 2 } wait 60 }'
	online_all 3
	gives 3 ${LEAST}
	hear "result complete ${LEAST}" 3
	gives 3 300
	hear 'result complete 300' 3
	daemon_stop
}

atf_test_case turns
turns_head()
{
	atf_set descr "M-5, M-6, M-21, M-29: a value for each answer, no more"
	atf_set require.progs sqlite3
}
turns_body()
{
	clients "${WARD}"
	online_all 1 2 3
	gives 1 100
	tell 4 'value 200'
	hears 4 '^failed round '
	logged 'session down: device 1 address .* reason round$'
	stored reading 1 true
	# The others do not wait for it, and none of its values is in the sum.
	gives 2 20
	gives 3 3
	hear 'result partial 23' 2 3
	daemon_stop
}

# records file: opcode, client, round and direction of each DATA, which smcp
# has in clear.
records()
{
	frames $1 | awk '$2 == 3 { print $7 }' | while read -r _at; do
		echo $(bytes_of $1 ${_at} 1) $(bytes_of $1 $((_at + 1)) 1) \
		    $(bytes_of $1 $((_at + 2)) 4) $(bytes_of $1 $((_at + 6)) 1)
	done
}

atf_test_case flows
flows_head()
{
	atf_set descr "M-5, M-19 to M-22, M-37, M-42: opcodes and rounds as they go over the wire"
}
flows_body()
{
	clients "${WARD}"
	middle -1 -w rec
	./say 2.psk -a 127.0.0.1:$(sed -n 's/^port //p' middle.out) open \
	    'value 2' 'expect result complete 6' 'value 2' \
	    'expect result partial 5' terminate 'expect failed done' > out.2 &
	two=$!
	online_all 1 3
	gives 1 1
	gives 3 3
	hear 'result complete 6' 1 3
	gives 3 3
	tell 4 terminate
	hear 'result partial 5' 3
	wait ${two} || { cat out.2 >&2; atf_fail "client 2"; }
	wait ${middle_pid}
	records rec.device > records
	# HELLO, DATA, DATA, TERMINATE of client 2, in rounds 0, 1, 3, 5.
	atf_check -o inline:'0a 02 00000000 01
1e 02 00000001 01
1e 02 00000003 01
3c 02 00000005 01
' cat records
	records rec.gateway > records
	# CHALLENGE, AGGREGATE, AGGREGATE, in rounds 0, 2, 4.
	atf_check -o inline:'14 02 00000000 02
28 02 00000002 02
28 02 00000004 02
' cat records
	daemon_stop
}

# members: of every kind but psk, with the file that proves each.
members()
{
	atf_check -o ignore ${KEYGEN} SIGNER
	enrol SIGNER.pub
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	atf_check -o ignore ${KEYGEN} -t issuer DESK
	echo "issuer \"$(pwd -P)/DESK.issuer\"" >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer CLERK
	enrol CLERK.token
	atf_check -o ignore ${KEYGEN} -t psk 4
	enrol 4.psk
}

atf_test_case all_profiles
all_profiles_head()
{
	atf_set descr "M-7: devices of all profiles in one sum"
}
all_profiles_body()
{
	gateway 'group "all" { member { SIGNER KEM CLERK 4 } metric "bp.sys" wait 60 }'
	members
	for signer in hybrid asmp; do
		for clerk in ztp slmp; do
			stays 4 SIGNER.key -P ${signer}
			stays 5 KEM.kem
			stays 6 CLERK.token -P ${clerk}
			stays 7 4.psk
			for n in 4 5 6 7; do
				tell ${n} open
				hears ${n} '^open '
			done
			tell 4 'reading {"bp":{"sys":120,"dia":80}}'
			tell 5 'reading {"bp":{"dia":79,"sys":100}}'
			# The group knows nothing of it.
			tell 6 'reading {"sys":1}' 'reading {"bp":{"sys":110}}'
			tell 6 'expect acked'
			tell 7 'value -30'
			hears 7 '^result complete 300$'
			for n in 4 5 6; do
				hears ${n} '^text 4 {"group":"all","metric":"bp.sys","function":"sum","status":"complete","members":4,"result":300}$'
			done
			for n in 4 5 6 7; do
				leaves ${n}
			done
		done
	done
	# A bare value is a reading of the group's metric, if that is a name.
	count 4 'RECEIVED\] device 4 id [0-9]+ {"value":-30}'
	daemon_stop
}

atf_test_case functions
functions_head()
{
	atf_set descr "M-7: sum, mean, least, most and number of values"
}
functions_body()
{
	gateway \
	    'group "g-sum" { member { A B } metric "t" wait 60 }' \
	    'group "g-mean" { member { A B } metric "t" function mean wait 60 }' \
	    'group "g-min" { member { A B } metric "t" function min wait 60 }' \
	    'group "g-max" { member { A B } metric "t" function max wait 60 }' \
	    'group "g-count" { member { A B } metric "t" function count wait 60 }'
	for id in A B; do
		atf_check -o ignore ${KEYGEN} ${id}
		enrol ${id}.pub
	done
	stays 4 A.key
	stays 5 B.key -P asmp
	for n in 4 5; do
		tell ${n} open
		hears ${n} ^open
	done
	tell 4 'reading {"t":36.5}' 'expect acked 1'
	hears 4 '^acked 1$'
	tell 5 'reading {"t":38}'
	for n in 4 5; do
		for want in sum:74.5 mean:37.25 min:36.5 max:38 count:2; do
			hears ${n} "\"g-${want%:*}\",\"metric\":\"t\",\"function\":\"${want%:*}\",\"status\":\"complete\",\"members\":2,\"result\":${want#*:}}\$"
		done
		atf_check -o inline:'5\n' grep -c '^text 4' out.${n}
	done
	daemon_stop
}

atf_test_case reload
reload_head()
{
	atf_set descr "a reload that changes a group while its values wait"
}
reload_body()
{
	clients "${WARD}"
	online_all 1 2 3
	gives 1 100
	# The group grows and shrinks: what was given still counts.
	sed -i '/"ward"/s/1 2 3/1 2/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	gives 2 200
	hear 'result complete 300' 1 2
	gives 1 100
	sed -i '/"ward"/s/1 2/1 2 3/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	gives 2 200
	gives 3 300
	hear 'result complete 600' 1 2 3
	# The group is gone: each value has its answer all the same.
	gives 2 200
	sed -i '/"ward"/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	hear 'result complete 200' 2
	gives 3 3
	hear 'result complete 3' 3
	count 0 'session down: '
	daemon_stop
}

atf_test_case several
several_head()
{
	atf_set descr "a client in several groups has one answer: the first one's"
}
several_body()
{
	clients "${WARD}" 'group "pair" { member { 1 2 } wait 60 }' \
	    'group "self" { member { 1 } wait 60 }'
	online_all 1 2 3
	for n in 1 2 3; do
		gives 1 100
		gives 2 200
		gives 3 300
		hear 'result complete 600' 1 2 3
	done
	atf_check -o inline:'3\n' grep -c ^result out.4
	# Without the first, it is the next, for what was given as well.
	gives 1 100
	sed -i '/"ward"/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	gives 2 200
	hear 'result complete 300' 1 2
	# One that answered nothing goes without a word.
	gives 1 100
	sed -i '/"self"/d' asmpd.conf
	atf_check -o ignore ${ctl} reload
	gives 2 200
	hear 'result complete 300' 1 2
	atf_check -o inline:'5\n' grep -c ^result out.4
	count 0 'session down: '
	daemon_stop
}

atf_test_case insider
insider_head()
{
	atf_set descr "A-27, A-31: a value that is not usual is in no sum"
	atf_set require.progs sqlite3
}
insider_body()
{
	clients 'group "pair" { member { 1 2 } wait 60 }'
	online_all 1 2
	for n in 1 2 3 4 5 6 7 8 9 10; do
		gives 1 25
		gives 2 25
		hear 'result complete 50' 1 2
	done
	gives 2 25
	tell 4 'value 2700'
	hears 4 '^failed anomaly '
	hear 'result partial 25' 2
	sql 'SELECT reason, CAST(data AS TEXT) FROM blocked' \
	    -o inline:'anomaly|{"value":2700}\n'
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case any_order
	atf_add_test_case originals
	atf_add_test_case partial
	atf_add_test_case terminated
	atf_add_test_case nothing_stale
	atf_add_test_case numbers
	atf_add_test_case alone
	atf_add_test_case turns
	atf_add_test_case flows
	atf_add_test_case all_profiles
	atf_add_test_case functions
	atf_add_test_case reload
	atf_add_test_case several
	atf_add_test_case insider
}
