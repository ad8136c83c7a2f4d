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

# What goes wrong around asmpd: processes that die, a disk that is full, no
# more descriptors.  What was acknowledged is there afterwards.

. $(atf_get_srcdir)/common.sh

# talker id: a device that sends until its session breaks; what it was told is
# decided must be in the database.
talker()
{
	seq 100000 | sed 's/.*/{"n":"&"}/' |
	    ./send $1 > $1.out 2>&1
}

# decided id: how many readings asmp knows to be decided.
decided()
{
	sed -n 's/^asmp: \([0-9]*\) readings are decided.*/\1/p' $1.out
}

# killed process: it dies in the middle of the work.
killed()
{
	gateway
	bystander
	device_enrol DEV1
	all=$(pids)
	victim=$(child_pid $1)
	talker DEV1 &
	talker_pid=$!
	logged 'RECEIVED\] device DEV1 id 500 '
	kill -KILL ${victim}
	wait ${talker_pid}
	daemon_ended 1 ${all}
	count 1 "parent: stopping: $1 was killed by signal 9 \\(Killed\\)\$"
	count 0 'fatal'
	atf_check -o match:'was lost' cat DEV1.out
	n=$(decided DEV1)
	[ -n "${n}" ] || atf_fail "nothing was lost: nothing is tested"
	daemon_start -v
	stored reading ${n} "device = 2 AND id <= ${n}"
	atf_check ./send DEV1 '{"after":"all"}'
	sql 'SELECT count(*) - count(DISTINCT id) FROM reading
	    WHERE device = 2' -o inline:'0\n'
	daemon_stop
}

for process in net verify store control; do
	atf_test_case killed_${process}
	eval "killed_${process}_head()
	{
		atf_set descr 'the death of ${process} ends asmpd, which says so'
		atf_set require.progs sqlite3
	}
	killed_${process}_body()
	{
		killed ${process}
	}"
done

atf_test_case killed_parent
killed_parent_head()
{
	atf_set descr "without their parent the others leave by themselves"
	atf_set require.progs sqlite3
}
killed_parent_body()
{
	gateway
	device_enrol DEV1
	all=$(pids)
	talker DEV1 &
	talker_pid=$!
	logged 'RECEIVED\] device DEV1 id 500 '
	kill -KILL ${daemon_pid}
	wait_for ${DAEMON_STOP} none_alive ${all} ||
	    atf_fail "a process was left"
	wait ${talker_pid}
	n=$(decided DEV1)
	daemon_start -v
	stored reading ${n} "device = 1 AND id <= ${n}"
	atf_check ./send DEV1 '{"after":"all"}'
	daemon_stop
}

atf_test_case killed_all
killed_all_head()
{
	atf_set descr "all at once, as when the power goes"
	atf_set require.progs sqlite3
}
killed_all_body()
{
	gateway
	device_enrol DEV1
	all=$(pids)
	talker DEV1 &
	talker_pid=$!
	logged 'RECEIVED\] device DEV1 id 500 '
	kill -KILL ${all}
	wait_for ${SOON} none_alive ${all} || atf_fail "a process was left"
	wait ${talker_pid}
	n=$(decided DEV1)
	daemon_start -v
	stored reading ${n} "device = 1 AND id <= ${n}"
	sql 'PRAGMA integrity_check' -o inline:'ok\n'
	atf_check ./send DEV1 '{"after":"all"}'
	daemon_stop
}

atf_test_case stopped_child
stopped_child_head()
{
	atf_set descr "a child that does not leave is made to"
}
stopped_child_body()
{
	gateway
	all=$(pids)
	kill -STOP $(child_pid store)
	kill -TERM ${daemon_pid}
	daemon_ended 0 ${all}
	logged 'children are still there after 5 seconds: killing them$'
}

atf_test_case reload_at_the_end
reload_at_the_end_head()
{
	atf_set descr "who stops reads no configuration again"
}
reload_at_the_end_body()
{
	gateway
	all=$(pids)
	net=$(child_pid net)
	kill -STOP $(child_pid store)
	kill -TERM ${daemon_pid}
	wait_for ${SOON} none_alive ${net} || atf_fail "net does not leave"
	kill -HUP ${daemon_pid}
	logged 'parent: reload: asmpd is stopping$'
	daemon_ended 0 ${all}
}

atf_test_case shutdown
shutdown_head()
{
	atf_set descr "devices are told when the gateway stops"
}
shutdown_body()
{
	for sig in TERM INT; do
		gateway
		[ -e DEV1.key ] || device_enrol DEV1
		rm -f DEV1.in
		online DEV1
		echo '{"n":"1"}' >&9
		logged 'RECEIVED\] device DEV1 id '
		all=$(pids)
		kill -${sig} ${daemon_pid}
		daemon_ended 0 ${all}
		count 1 'session down: device DEV1 address .* reason shutdown$'
		logged 'parent: stopping$'
		logged 'parent: stopped$'
		wait ${online_pid}
		atf_check_equal 2 $?
		atf_check -o match:'the gateway ended the session: The gateway is shutting down' \
		    cat DEV1.out
	done
}

# limit process option: for a process that runs, as its own user, which is
# enough and needs no capability.
limit()
{
	_as=
	[ $(id -u) -ne 0 ] || _as="setpriv --reuid nobody --clear-groups
	    --regid $(id -g nobody)"
	atf_check ${_as} prlimit --pid $(child_pid $1) $2
}

atf_test_case disk_full cleanup
disk_full_head()
{
	atf_set descr "a full disk stops acknowledgements, nothing else"
	atf_set require.user root
	atf_set require.progs sqlite3 mount
}
disk_full_body()
{
	mkdir -m 755 db
	mount -t tmpfs -o size=4m none db 2> mount.out ||
	    atf_skip "no tmpfs here: $(cat mount.out)"
	gateway
	bystander
	device_enrol DEV1
	device_enrol DEV2
	device_enrol DEV4
	atf_check ./send DEV1 '{"n":"1"}'
	dd if=/dev/zero of=db/filler bs=4k > dd.out 2>&1
	no_room 'database or disk is full'
	# The registry says it too, and keeps what it had.
	atf_check -o ignore ${KEYGEN} DEV3
	atf_check -s exit:2 -e match:'not stored: database or disk is full' \
	    ${ctl} device add DEV3 DEV3.pub
	# Who is shut out is out, though that cannot be written yet.
	atf_check -s exit:2 -e match:'stops, but that could not be stored: ' \
	    ${ctl} device disable DEV4
	atf_check -s exit:4 -e ignore ./send DEV4 '{"n":"early"}'
	logged 'device DEV4 reason disabled-device$'
	atf_check -s exit:2 -e match:'stops, but that could not be stored: ' \
	    ${ctl} device revoke DEV4
	atf_check -o match:'^devices +4 \(1 revoked\)$' ${ctl} show
	atf_check -s exit:4 -e ignore ./send DEV4 '{"n":"late"}'
	logged 'device DEV4 reason revoked-device$'
	rm db/filler
	room_again
	atf_check -o ignore ${ctl} device revoke DEV4
	atf_check -s exit:2 -e match:'was revoked before' \
	    ${ctl} device revoke DEV4
	atf_check -o ignore ${ctl} device add DEV3 DEV3.pub
	daemon_stop
	works_no_more
}
disk_full_cleanup()
{
	umount db 2> /dev/null || :
}

# A database that cannot even be opened for want of room is an error at start.
works_no_more()
{
	dd if=/dev/zero of=db/filler bs=4k > dd.out 2>&1
	rm -f db/asmpd.db* asmpd.anchor
	dd if=/dev/zero of=db/filler2 bs=4k > dd.out 2>&1
	atf_check -s exit:1 -e match:'database .*/db/asmpd\.db: ' \
	    timeout 30 ${ASMPD} -d -f asmpd.conf
	[ ! -e "${sock}" ] || atf_fail "the control socket was left"
}

atf_test_case file_limit
file_limit_head()
{
	atf_set descr "a limit on the size of files is like a full disk"
	atf_set require.progs sqlite3 prlimit setpriv
}
file_limit_body()
{
	# The log is a file too: it stays far below the limit, the database
	# is above it.
	gateway
	bystander
	device_enrol DEV1
	device_enrol DEV2
	seq 300 | sed 's/.*/{"n":"& '$(printf '%8000s' x | tr ' ' x)'"}/' > in
	atf_check ./send DEV1 < in
	[ $(stat -c %s db/asmpd.db-wal) -gt 2000000 ] ||
	    atf_fail "the database is small"
	limit store --fsize=2000000:
	no_room 'disk I/O error: File too large'
	limit store --fsize=unlimited:
	room_again
	daemon_stop
}

atf_test_case no_descriptors
no_descriptors_head()
{
	atf_set descr "without descriptors asmpd waits until there are some"
	atf_set require.progs prlimit setpriv
}
no_descriptors_body()
{
	gateway 'handshake timeout 60'
	bystander
	device_enrol DEV1
	limit net --nofile=30:
	: > nothing
	crowd 40 nothing
	logged 'net: accept: pausing until a connection ends: Too many open files$'
	atf_check -o ignore timeout 5 ${ctl} show
	bystander_goes_on
	atf_check -s exit:2 -e ignore ./send DEV1 -t 2 '{"n":"1"}'
	# It rests between two tries: it does not spin, nor fill the log.
	before=$(net_ticks)
	sleep 2
	after=$(net_ticks)
	[ $((after - before)) -lt 50 ] || atf_fail "net spins"
	[ $(grep -c 'accept: pausing' asmpd.log) -lt 20 ] ||
	    atf_fail "the log is flooded"
	crowd_leaves
	wait_for ${SOON} ./send DEV1 '{"n":"1"}' ||
	    atf_fail "nobody is accepted any more"
	bystander_goes_on
	daemon_stop
}

# Hundredths of a second of CPU that net has used.
net_ticks()
{
	awk '{ print $14 + $15 }' /proc/$(child_pid net)/stat
}

atf_test_case damaged_model
damaged_model_head()
{
	atf_set descr "what was learned and is damaged costs one device at most"
	atf_set require.progs sqlite3
}
damaged_model_body()
{
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"t":1}'
	daemon_stop
	atf_check sqlite3 db/asmpd.db "UPDATE model SET data = x'ff00'"
	daemon_start -v
	bystander
	atf_check -s exit:4 -e match:'refused the identity DEV1' \
	    ./send DEV1 '{"t":1}'
	logged 'verify2?: device DEV1: no memory, or its model is damaged$'
	logged 'session refused: .* device DEV1 reason internal$'
	bystander_goes_on
	daemon_stop
}

atf_test_case locked
locked_head()
{
	atf_set descr "audit records wait while another has locked the database, and none is lost"
	atf_set require.progs sqlite3
}
locked_body()
{
	gateway
	device_enrol DEV1
	records=$(sqlite3 -readonly db/asmpd.db 'SELECT count(*) FROM audit')
	lock_database
	cp DEV1.key DEV9.key
	atf_check -s exit:4 -e ignore ./send DEV9 '{"n":"1"}'
	logged 'database: database is locked; audit records wait until it takes them again$'
	unlock_database
	wait_for ${SOON} audited $((records + 1)) ||
	    atf_fail "a record is lost"
	device_enrol DEV2
	# What the operator did, and what came of it.
	wait_for ${SOON} audited $((records + 3)) ||
	    atf_fail "another record is lost"
	daemon_stop
	# What is there is what was signed.
	daemon_start -v
	daemon_stop
}

# audited n: so many records are there, numbered from 0 on.
audited()
{
	[ "$(sqlite3 -readonly -cmd '.timeout 2000' db/asmpd.db \
	    'SELECT count(*), max(seq) FROM audit')" = "$1|$(($1 - 1))" ]
}

atf_init_test_cases()
{
	for process in net verify store control parent all; do
		atf_add_test_case killed_${process}
	done
	atf_add_test_case stopped_child
	atf_add_test_case reload_at_the_end
	atf_add_test_case shutdown
	atf_add_test_case disk_full
	atf_add_test_case file_limit
	atf_add_test_case no_descriptors
	atf_add_test_case damaged_model
	atf_add_test_case locked
}
