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

# When the database does not take readings: nothing is acknowledged, sessions
# stay, asmpd says why, and goes on by itself.  What is meant to be lost in a
# power cut, and what is not.

. $(atf_get_srcdir)/common.sh

# three: those who see it: one stays, one waits, one comes meanwhile.
three()
{
	bystander
	device_enrol DEV1
	device_enrol DEV2
	device_enrol DEV4
}

# registry_waits reason: changes are refused with the reason, and leave
# nothing behind.
registry_waits()
{
	atf_check -o ignore ${KEYGEN} DEV3
	atf_check -s exit:2 -e match:"not stored: $1\$" \
	    ${ctl} device add DEV3 DEV3.pub
	atf_check -s exit:2 \
	    -e match:"stops, but that could not be stored: $1; revoke it again" \
	    ${ctl} device revoke DEV4
	atf_check -o match:'^devices +4 \(1 revoked\)$' ${ctl} show
}

registry_works()
{
	atf_check -o ignore ${ctl} device revoke DEV4
	atf_check -o ignore ${ctl} device add DEV3 DEV3.pub
}

# Each reading is there once.
none_twice()
{
	sql 'SELECT device, id, count(*) FROM (SELECT device, id FROM reading
	    UNION ALL SELECT device, id FROM blocked)
	    GROUP BY device, id HAVING count(*) <> 1'
	sql 'PRAGMA integrity_check' -o inline:'ok\n'
}

# And is still there after a start.
survives()
{
	none_twice
	daemon_stop
	unshimmed
	daemon_start
	sql "SELECT count(*) FROM reading WHERE data LIKE '%in vain%' OR data
	    LIKE '%waiting%' OR data LIKE '%stored%'" -o inline:'4\n'
	none_twice
	daemon_stop
}

# refuses reason word=value ...: calls that the store makes fail, and ${then},
# until they do not any more.
refuses()
{
	_reason=$1
	shift
	shimmed s
	gateway
	three
	shim at=now times=0 "$@"
	no_room "${_reason}"
	registry_waits "${_reason}"
	${then}
	shim how=count
	room_again
	registry_works
	survives
}

atf_test_case io_error
io_error_head()
{
	atf_set descr "a disk that does not write"
	atf_set require.progs sqlite3
}
io_error_body()
{
	then=another_reason
	refuses 'disk I/O error: Input/output error' how=error error=EIO
}

atf_test_case audit_error
audit_error_head()
{
	atf_set descr "a disk that does not write, with nothing but the audit log to be written"
	atf_set require.progs sqlite3
}
audit_error_body()
{
	shimmed s
	gateway
	device_enrol DEV1
	shim how=error error=EIO at=now times=0
	atf_check -s exit:2 -o ignore -e ignore ${ctl} kill DEV1
	wait_for ${SOON} stalled || atf_fail "the store works"
	logged 'store: database: disk I/O error: Input/output error; audit records wait until it takes them again$'
	atf_check -o match:'^stalled reason +disk I/O error: Input/output error$' \
	    ${ctl} show
	count 0 'nothing is acknowledged'
	shim how=count
	wait_for ${SOON} working || atf_fail "the store stalls for ever"
	count 1 'store: database: takes audit records again$'
	atf_check -o match:'OPERATOR .*DEV1' ${ctl} audit show
	audit_whole
	daemon_stop
}

atf_test_case anchor
anchor_head()
{
	atf_set descr "an anchor that cannot be written: nothing changes, nothing is signed"
	atf_set require.progs sqlite3
}
anchor_body()
{
	shimmed p
	gateway
	device_enrol DEV1
	device_enrol DEV2
	atf_check -o ignore ${KEYGEN} DEV3
	atf_check ./send DEV1 '{"n":"1"}'
	atf_check -o ignore ${ctl} audit checkpoint
	[ $(shim_says count) -ge 1 ] || atf_fail "the shim sees no anchor"
	shim what=sync how=error error=EIO at=now times=0
	_why="the anchor cannot be written; asmpd's log says why"
	for _command in 'device add DEV3 DEV3.pub' 'device expire DEV1 never' \
	    'audit checkpoint' 'evidence DEV1 1'; do
		atf_check -s exit:2 -e match:"${_why}\$" ${ctl} ${_command}
	done
	atf_check -s exit:2 -e match:"DEV2 is shut out until asmpd stops, but that could not be stored: ${_why}; revoke it again\$" \
	    ${ctl} device revoke DEV2
	atf_check -s exit:4 -e match:revoked ./send DEV2 '{"n":"1"}'
	# Readings are none of its business.
	atf_check ./send DEV1 '{"n":"2"}'
	count 1 "anchor $(pwd -P)/asmpd.anchor: Input/output error; nothing is signed and the registry takes no changes until it can be written\$"
	# By itself, and what waited is signed.
	shim how=count
	logged "anchor $(pwd -P)/asmpd.anchor: is written again\$"
	atf_check -o match:'records, as they were signed' ${ctl} audit verify
	atf_check -o ignore ${ctl} evidence DEV1 2
	atf_check -o ignore ${ctl} device revoke DEV2
	atf_check -o ignore ${ctl} device add DEV3 DEV3.pub
	daemon_stop
	# What failed in between has left nothing behind.
	daemon_start -v
	count 0 'parent: anchor'
	atf_check ./send DEV3 '{"n":"1"}'
	daemon_stop
}

atf_test_case anchor_power
anchor_power_head()
{
	atf_set descr "an anchor that is torn, or lost in a power cut, at each write"
	atf_set require.progs sqlite3
}
anchor_power_body()
{
	shimmed p
	gateway
	device_enrol DEV1
	daemon_stop
	_at=0
	while _at=$((_at + 1)); do
		for _how in tear power; do
			shim what=write,sync how=${_how} at=${_at} times=1 \
			    reset=1 seed=${_at}
			${ASMPD} -d -f asmpd.conf > asmpd.log 2>&1 &
			daemon_pid=$!
			_family=
			wait_for ${SOON} up_or_gone
			for _what in disable enable; do
				timeout 15 ${ctl} device ${_what} DEV1 \
				    > ctl.out 2>&1 || :
			done
			kill ${daemon_pid} 2> kill.out || :
			wait ${daemon_pid} 2> wait.out || :
			wait_for ${DAEMON_STOP} none_alive ${_family} ||
			    atf_fail "a process was left"
			_fired=$(shim_says fired)
			shim how=count
			daemon_start -v
			atf_check -o ignore ${ctl} audit verify
			atf_check -o match:' DEV1$' ${ctl} show devices
			daemon_stop
			[ ${_fired} -ge 1 ] || break 2
		done
	done
	[ ${_at} -gt 6 ] || atf_fail "only ${_at} writes of the anchor"
}

up_or_gone()
{
	_family="${_family} $(family)"
	! kill -0 ${daemon_pid} 2> kill.out || ${ctl} show > show.out 2>&1
}

# Another reason is shown, and not logged again.
another_reason()
{
	shim error=ENOSPC
	wait_for ${SOON} reason_is 'database or disk is full' ||
	    atf_fail "it is not shown"
	count 1 'nothing is acknowledged'
}

reason_is()
{
	${ctl} show | grep -q "^stalled reason *$1\$"
}

atf_test_case sync_error
sync_error_head()
{
	atf_set descr "a disk that writes, and does not keep it"
	atf_set require.progs sqlite3
}
sync_error_body()
{
	refuses 'disk I/O error: Input/output error' what=sync how=error \
	    error=EIO
}

atf_test_case half_written
half_written_head()
{
	atf_set descr "a disk that takes half of what is written"
	atf_set require.progs sqlite3
}
half_written_body()
{
	refuses 'database or disk is full' what=write how=half error=ENOSPC
}

atf_test_case read_only
read_only_head()
{
	atf_set descr "a file system that the kernel has made read-only"
	atf_set require.progs sqlite3
}
read_only_body()
{
	refuses 'disk I/O error: Read-only file system' how=error error=EROFS
}

atf_test_case locked
locked_head()
{
	atf_set descr "somebody else has locked the database"
	atf_set require.progs sqlite3
}
locked_body()
{
	gateway
	three
	lock_database
	no_room 'database is locked'
	registry_waits 'database is locked'
	unlock_database
	room_again
	registry_works
	survives
}

# page table: the number of its first page, and the size of one, in bytes.
page()
{
	sqlite3 db/asmpd.db "SELECT rootpage FROM sqlite_schema WHERE name =
	    '$1'; PRAGMA page_size" | tr '\n' ' '
}

atf_test_case corrupt
corrupt_head()
{
	atf_set descr "a page that was overwritten, and put back"
	atf_set require.progs sqlite3
}
corrupt_body()
{
	gateway
	three
	daemon_stop
	set -- $(page reading)
	dd if=db/asmpd.db of=page bs=$2 skip=$(($1 - 1)) count=1 2> dd.out
	tr '\0-\377' '\377' < page |
	    dd of=db/asmpd.db bs=$2 seek=$(($1 - 1)) conv=notrunc 2> dd.out
	daemon_start -v
	rm -f BYSTANDER.in
	online BYSTANDER
	unreadable=yes
	no_room 'database disk image is malformed'
	# What is still whole can be changed.
	atf_check -o ignore ${ctl} device revoke DEV4
	dd if=page of=db/asmpd.db bs=$2 seek=$(($1 - 1)) conv=notrunc 2> dd.out
	room_again
	survives
}

atf_test_case nameless
nameless_head()
{
	atf_set descr "a device whose name cannot be read is not one without"
	atf_set require.progs sqlite3
}
nameless_body()
{
	shimmed s
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	daemon_stop
	daemon_start -v
	atf_check -o match:'^1 exported' ${ctl} export readings before
	set -- $(page device)
	dd if=db/asmpd.db of=page bs=$2 skip=$(($1 - 1)) count=1 2> dd.out
	# What the store had of it in memory goes with what it cannot write.
	shim at=now times=0 how=error error=EIO
	atf_check -s exit:2 -e ignore ${ctl} device revoke NOBODY
	wait_for ${SOON} stalled || atf_fail "the store works"
	tr '\0-\377' '\377' < page |
	    dd of=db/asmpd.db bs=$2 seek=$(($1 - 1)) conv=notrunc 2> dd.out
	atf_check -s exit:2 -o empty -e inline:'asmpctl: export readings: database disk image is malformed\n' \
	    ${ctl} export readings
	atf_check -s exit:2 -o empty -e inline:'asmpctl: show readings: database disk image is malformed\n' \
	    ${ctl} show readings
	dd if=page of=db/asmpd.db bs=$2 seek=$(($1 - 1)) conv=notrunc 2> dd.out
	wait_for ${SOON} ${ctl} export readings || atf_fail "it is damaged"
	atf_check -o file:before ${ctl} export readings
	shim how=count
	wait_for ${SOON} working || atf_fail "the store stalls for ever"
	daemon_stop
}

atf_test_case no_database
no_database_head()
{
	atf_set descr "what is no database, or cannot be written, is no start"
	atf_set require.progs sqlite3
}
no_database_body()
{
	daemon_conf
	daemon_start
	daemon_stop
	cp db/asmpd.db whole.db
	dd if=/dev/urandom of=db/asmpd.db bs=4k count=16 conv=notrunc 2> dd.out
	refused 'fatal in store: database .*/db/asmpd\.db: file is not a database'
	rm db/asmpd.db*
	works
}

atf_test_case immutable cleanup
immutable_head()
{
	atf_set descr "a database that nobody may write, until it may be again"
	atf_set require.user root
	atf_set require.progs sqlite3 mkfs.ext4 mount chattr
}
immutable_body()
{
	daemon_conf
	truncate -s 64M image
	atf_check -o ignore -e ignore mkfs.ext4 -q image
	mount -o loop image db > mount.out 2>&1 ||
	    atf_skip "no loop devices here: $(cat mount.out)"
	gateway
	three
	chattr +i db/asmpd.db db/asmpd.db-wal
	no_room 'disk I/O error: Operation not permitted'
	chattr -i db/asmpd.db db/asmpd.db-wal
	room_again
	survives
	# At the start it is better not to begin.
	chattr +i db/asmpd.db
	refused 'fatal in store: database .*/db/asmpd\.db: attempt to write a readonly database'
	chattr -i db/asmpd.db
	works
}
immutable_cleanup()
{
	chattr -i db/asmpd.db* 2> /dev/null
	umount db 2> /dev/null || :
}

atf_test_case not_heard
not_heard_head()
{
	atf_set descr "who is not heard for the store's sake is not silent"
	atf_set require.progs sqlite3
}
not_heard_body()
{
	shimmed s
	gateway 'limit silence 3'
	three
	# A device that is patient, and talks.
	while sleep 0.5; do
		echo '{"said":"in vain"}'
	done | ./send DEV2 -t 90 > chatter.out 2>&1 &
	chatter_pid=$!
	wait_for ${SOON} has_session DEV2 || atf_fail "no session of DEV2"
	shim at=now times=0 how=error error=EIO
	# More than a device may have under way: it is not heard any more.
	{ echo open
	  seq 4000 |
	  sed 's/.*/reading {"n":"& '$(printf '%8000s' x | tr ' ' x)'"}/'
	  echo 'expect acked 4000'
	  echo close; } | ./say DEV1.key -P asmp -i DEV1 > flood.out 2>&1 &
	flood_pid=$!
	wait_for ${SOON} stalled || atf_fail "the store works"
	wait_for 20 deaf || {
		${ctl} -j show processes >&2
		atf_fail "all is heard"
	}
	sleep 5
	atf_check -o match:' DEV1$' -o match:' DEV2$' ${ctl} show sessions
	shim how=count
	wait_for ${SOON} working || atf_fail "the store stalls for ever"
	count 0 'session down: device DEV2 '
	kill ${chatter_pid}
	wait ${flood_pid} || atf_fail "$(cat flood.out)"
	stored reading 4000 'device = (SELECT number FROM device WHERE id =
	    '"'DEV1'"')'
	daemon_stop
}

# Nothing is read of DEV1 any more, though there is more.
deaf()
{
	_before=$(accepted)
	sleep 1
	[ ${_before:-0} -gt 1 ] && [ "$(accepted)" = ${_before} ]
}

# What verify has let pass, in this session.
accepted()
{
	${ctl} show sessions | awk '$NF == "DEV1" { print $3 }'
}

# speaks id: this device has a session, and the store has nothing more to do,
# or to sync: what it syncs late, it does within a second, and answers later.
speaks()
{
	stays 4 $1.key -i $1 -P asmp
	tell 4 open
	hears 4 '^open asmp'
	wait_for ${SOON} quiet || atf_fail "it is not signed"
	sleep 1.1
	atf_check -o ignore ${ctl} show
	atf_check -o ignore ${ctl} show
}

# quiet: all that was recorded is signed, and the database has heard of it.
quiet()
{
	[ $(sqlite3 -readonly db/asmpd.db 'SELECT
	    count(*) = (SELECT max(size) FROM checkpoint WHERE log = 0) AND
	    (SELECT count(*) FROM seal) = (SELECT coalesce(max(size), 0)
	    FROM checkpoint WHERE log = 1) FROM audit') -eq 1 ]
}

atf_test_case received
received_head()
{
	atf_set descr "what was acknowledged when received is stored soon after"
	atf_set require.progs sqlite3
}
received_body()
{
	shimmed s
	gateway 'acknowledge received'
	three
	speaks DEV4
	# A sync that fails does not keep the acknowledgement from coming.
	shim what=sync how=error error=EIO at=now times=0
	tell 4 'reading {"n":"1"}'
	hears 4 '^acked 1$'
	# But it was not kept, and so asmpd stops to acknowledge.
	logged 'nothing is acknowledged'
	no_room 'disk I/O error: Input/output error'
	shim how=count
	room_again
	leaves 4
	survives
}

atf_test_case received_reload
received_reload_head()
{
	atf_set descr "how acknowledgements are meant can change at a reload"
	atf_set require.progs sqlite3
}
received_reload_body()
{
	shimmed s
	gateway
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	shim what=sync reset=1
	atf_check ./send DEV1 '{"n":"2"}'
	[ $(shim_says count) -ge 1 ] || atf_fail "stored was not synced"
	echo 'acknowledge received' >> asmpd.conf
	atf_check -o ignore ${ctl} reload
	speaks DEV1
	shim what=sync how=error error=EIO at=now times=0
	tell 4 'reading {"n":"3"}'
	hears 4 '^acked 3$'
	logged 'nothing is acknowledged'
	shim how=count
	logged 'store: database: takes readings again$'
	leaves 4
	# Registry rows are stored before anybody hears of them, as ever.
	shim what=sync reset=1
	atf_check -o ignore ${KEYGEN} DEV2
	atf_check -o ignore ${ctl} device add DEV2 DEV2.pub
	[ $(shim_says count) -ge 1 ] || atf_fail "a row was not synced"
	# Nothing may be left to sync that was acknowledged before.
	shim what=sync reset=1
	atf_check ./send DEV1 '{"n":"4"}'
	wait_for ${SOON} synced || atf_fail "received was not synced"
	sed -i 's/^acknowledge received/acknowledge stored/' asmpd.conf
	atf_check -o ignore ${ctl} reload
	shim what=sync how=count reset=1
	atf_check ./send DEV1 '{"n":"5"}'
	[ $(shim_says count) -ge 1 ] || atf_fail "stored was not synced"
	daemon_stop
}

synced()
{
	[ $(shim_says count) -ge 1 ]
}

signed_seals()
{
	[ $(sqlite3 -readonly db/asmpd.db 'SELECT max(size) FROM checkpoint
	    WHERE log = 1') -eq $1 ]
}

atf_test_case sync_lost
sync_lost_head()
{
	atf_set descr "what a failed sync has lost is not believed to be kept"
	atf_set require.progs sqlite3
}
sync_lost_body()
{
	shimmed s
	gateway 'acknowledge received'
	device_enrol DEV1
	speaks DEV1
	shim reset=1 what=sync how=lose error=EIO at=now times=1
	tell 4 'reading {"n":"1"}'
	wait_for ${SOON} signed_seals 1 || atf_fail "it is not signed"
	atf_check_equal 1 $(shim_says fired)
	_family=$(family)
	shim reset=1 what=write,sync how=power at=now times=1
	tell 4 'reading {"n":"2"}'
	gone ${_family}
	unshimmed
	daemon_start -v
	count 0 'log of readings'
	stored reading 1 'id = 1'
	sql 'PRAGMA integrity_check' -o inline:'ok\n'
	atf_check -o ignore ${ctl} evidence DEV1 1
	daemon_stop
}

atf_init_test_cases()
{
	for _case in io_error audit_error anchor anchor_power sync_error \
	    half_written read_only locked corrupt nameless no_database immutable \
	    not_heard received received_reload sync_lost; do
		atf_add_test_case ${_case}
	done
}
