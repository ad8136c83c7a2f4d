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

# Tickets: one session more without the device's key, once.

. $(atf_get_srcdir)/common.sh

# holder: a gateway and a device DEV1.
holder()
{
	gateway
	atf_check -o ignore ${KEYGEN} DEV1
	enrol DEV1.pub
}

# up n kind: so many sessions of DEV1 began with this proof.
up()
{
	count $1 "session up: device DEV1 address .* proof $2\$"
}

# refused_for reason: the last attempt.
refused_for()
{
	atf_check -s ignore -o match:" reason $1\$" sh -c \
	    "grep 'session refused: ' asmpd.log | tail -n 1"
}

atf_test_case resumed
resumed_head()
{
	atf_set descr "Z-27: a session without the key, whose readings still need it"
	atf_set require.progs sqlite3
}
resumed_body()
{
	holder
	rounds=0
	for p in hybrid asmp; do
		atf_check -o save:out ./say DEV1.key -P ${p} -w open \
		    'reading {"n":"1"}' 'expect acked' close resume \
		    'reading {"n":"2"}' 'expect acked' close forget resume \
		    heartbeat 'expect heartbeat' 'reading {"n":"3"}' \
		    'expect failed bad-seal'
		atf_check -o inline:'3\n' grep -c "^open ${p}\$" out
		atf_check -o inline:'3\n' grep -c '^granted .* ticket yes$' out
		rounds=$((rounds + 1))
		up ${rounds} signature
		up $((rounds * 2)) ticket
		# Ids go on as ever.
		atf_check -o match:" last $((rounds * 2)) ticket yes\$" \
		    grep '^granted' out
	done
	# Without the key and without a ticket there is none.
	atf_check -o match:'^failed - .* refused the identity DEV1' \
	    ./say DEV1.key -w open close forget open
	refused_for bad-proof
	sql 'SELECT data FROM reading ORDER BY id' -o inline:'{"n":"1"}
{"n":"2"}
{"n":"1"}
{"n":"2"}
'
	daemon_stop
}

atf_test_case asked_for
asked_for_head()
{
	atf_set descr "who does not ask has none, and needs none"
}
asked_for_body()
{
	holder
	atf_check -o match:'^granted .* ticket no$' \
	    -o not-match:'ticket yes' ./say DEV1.key open close open
	up 2 signature
	# Nor do those who have nothing that signs.
	atf_check -o ignore ${KEYGEN} -t psk 1
	enrol 1.psk
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	for key in 1.psk KEM.kem; do
		atf_check -o match:'^granted .* ticket no$' ./say ${key} -w open
	done
	daemon_stop
}

atf_test_case once
once_head()
{
	atf_set descr "a ticket opens one session; a new one replaces it"
}
once_body()
{
	holder
	# Used, and there is another now.
	atf_check -o save:out ./say DEV1.key -w open close resume close \
	    resume-old 'expect failed' resume close
	atf_check -o inline:'3\n' grep -c '^open ' out
	count 1 'session refused: address .* reason ticket$'
	up 2 ticket
	# Never used, and there is another now.
	atf_check -o match:'^failed - ' ./say DEV1.key -w open lose open lose \
	    resume-old 'expect failed'
	count 2 'session refused: address .* reason ticket$'
	# Used, and there is no other.
	atf_check -o match:'^granted .* ticket no$' -o match:'^failed - ' \
	    ./say DEV1.key -w open close 'tickets 0' resume close resume \
	    'expect failed'
	count 3 'session refused: address .* reason ticket$'
	# One that is used while the session of the one before is open.
	stays 4 DEV1.key -w
	tell 4 open close resume
	wait_for ${SOON} at_least 4 'DEV1 address .* proof ticket$'
	tell 4 resume-old 'expect failed' resume
	leaves 4 heartbeat 'expect heartbeat'
	up 5 ticket
	daemon_stop
}

atf_test_case spoiled
spoiled_head()
{
	atf_set descr "a ticket of which a bit was changed opens nothing, and ends nothing"
}
spoiled_body()
{
	holder
	# Number of the device, rest of the id, secret.
	for n in 0 3 4 15 16 47; do
		# Another spoiled bit, and it is whole again.
		atf_check -o save:out ./say DEV1.key -w open close \
		    "spoil ${n}" resume 'expect failed' "spoil ${n}" resume
		atf_check -o inline:'2\n' grep -c '^open ' out
		case ${n} in
		[03])	refused_for unknown-device ;;
		4|15)	refused_for ticket ;;
		*)	refused_for bad-proof ;;
		esac
	done
	up 6 ticket
	daemon_stop
}

atf_test_case revoked
revoked_head()
{
	atf_set descr "a revocation is one of the ticket, too"
}
revoked_body()
{
	holder
	stays 4 DEV1.key -w
	tell 4 open close
	hears 4 '^closed'
	atf_check -o ignore ${ctl} device revoke DEV1
	tell 4 resume
	hears 4 '^failed - '
	refused_for revoked-device
	daemon_stop
	daemon_start -v
	leaves 4 resume 'expect failed'
	refused_for revoked-device
	up 0 ticket
	daemon_stop
}

atf_test_case killed
killed_head()
{
	atf_set descr "an operator's kill and a shutdown leave the ticket"
}
killed_body()
{
	holder
	stays 4 DEV1.key -w
	tell 4 open
	wait_for ${SOON} has_session DEV1
	atf_check -o ignore ${ctl} kill DEV1
	hears 4 '^failed killed '
	tell 4 resume
	hears 4 '^granted .* ticket yes'
	up 1 ticket
	daemon_stop
	hears 4 '^failed shutdown '
	daemon_start -v
	tell 4 resume
	leaves 4 heartbeat 'expect heartbeat'
	up 1 ticket
	up 0 signature
	daemon_stop
}

atf_test_case power_cut
power_cut_head()
{
	atf_set descr "a ticket that was used is used, even if the power goes then"
}
power_cut_body()
{
	holder
	stays 4 DEV1.key -w
	tell 4 open close
	hears 4 '^closed'
	tell 4 resume
	wait_for ${SOON} at_least 1 'DEV1 address .* proof ticket$'
	all=$(pids)
	kill -KILL ${all}
	wait ${daemon_pid}
	wait_for ${SOON} none_alive ${all} || atf_fail "a process was left"
	hears 4 '^failed - '
	daemon_start -v
	tell 4 resume-old
	wait_for ${SOON} at_least 1 'session refused: .* reason ticket$'
	leaves 4 resume heartbeat 'expect heartbeat'
	up 1 ticket
	daemon_stop
}

atf_test_case other_device
other_device_head()
{
	atf_set descr "a ticket is its device's, whoever has it"
}
other_device_body()
{
	holder
	atf_check -o ignore ${KEYGEN} DEV2
	enrol DEV2.pub
	atf_check -o ignore ./say DEV2.key -w open close
	# DEV1's ticket in the hands of DEV2 opens a session of DEV1, in which
	# nothing can be signed.
	cat DEV1.key > thief.key
	chmod 600 thief.key
	atf_check -o match:'^open ' -o match:'^failed bad-seal ' \
	    ./say thief.key -i DEV1 -w open close forget resume \
	    'reading {"n":"1"}' 'expect failed'
	count 1 'session up: device DEV1 .* proof ticket$'
	count 0 'session up: device DEV2 .* proof ticket$'
	# A row that may not speak the profile may not with a ticket.
	atf_check -o ignore ${KEYGEN} DEV3
	enrol DEV3.pub -P asmp
	atf_check -o match:'^failed - ' ./say DEV3.key -P hybrid -w open
	refused_for wrong-kind
	atf_check -o match:'^open asmp$' ./say DEV3.key -P asmp -w open close \
	    resume
	daemon_stop
}

atf_test_case many
many_head()
{
	atf_set descr "a device that asks for many tickets puts off neither its revocation nor anything else"
	atf_set require.progs sqlite3
}
many_body()
{
	holder
	# Each write takes its time, and fails, as long as another holds this.
	lock_database
	for n in 1 2 3 4 5 6 7 8; do
		./say DEV1.key -w open > out.${n} 2>&1 &
	done
	wait_for ${SOON} at_least 7 \
	    'session refused: .* device DEV1 reason replaced$'
	atf_check -s exit:2 -e match:'DEV1 is shut out until asmpd stops' \
	    ${ctl} device revoke DEV1
	logged 'device DEV1 revoked, but not for good'
	sed '/revoked, but not for good/q' asmpd.log > before
	[ $(grep -c "its ticket or key's use is not stored" before) -le 2 ] || {
		cat asmpd.log >&2
		atf_fail "tickets came first"
	}
	unlock_database
	atf_check -o match:'DEV1 revoked' ${ctl} device revoke DEV1
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case resumed
	atf_add_test_case asked_for
	atf_add_test_case once
	atf_add_test_case spoiled
	atf_add_test_case revoked
	atf_add_test_case killed
	atf_add_test_case power_cut
	atf_add_test_case other_device
	atf_add_test_case many
}
