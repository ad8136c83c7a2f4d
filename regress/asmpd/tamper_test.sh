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

# Who stands between device and gateway: whatever he does is noticed, named,
# and costs only the session he touched.

. $(atf_get_srcdir)/common.sh

# between: a gateway with a bystander, and a device whose unmodified traffic
# has just been accepted.
between()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1
	atf_check ./through DEV1 '{"n":"1"}' '{"n":"2"}'
	wait ${middle_pid}
	count 2 'RECEIVED\] device DEV1 '
	bystander_goes_on
}

# tampered status mode: the device's traffic goes through a man in the middle
# in this mode; nothing of it is accepted.
tampered()
{
	middle -1 -m $2
	atf_check -s exit:$1 -e ignore ./through DEV1 '{"n":"3"}' '{"n":"4"}'
	wait ${middle_pid}
	seen " ${2%%:*}\$"
	count 2 'RECEIVED\] device DEV1 '
}

# in_session mode reason: as tampered, to a session that is up, which ends for
# this reason.  The device is told, unless it is cut off.
in_session()
{
	case $2 in
	lost)			_status=2 ;;
	*)			_status=6 ;;
	esac
	_down="session down: device DEV1 address .* reason $2\$"
	_before=$(grep -c "${_down}" asmpd.log)
	tampered ${_status} $1
	wait_for ${SOON} more_than ${_before} "${_down}" || {
		cat asmpd.log >&2
		atf_fail "$1: no session down with reason $2"
	}
	bystander_goes_on
}

# in_handshake status mode reason: as tampered, and no session begins.
in_handshake()
{
	_refused="session refused: address .* device .* reason $3\$"
	_before=$(grep -c "${_refused}" asmpd.log)
	_ups=$(grep -c 'session up: device DEV1 ' asmpd.log)
	tampered $1 $2
	wait_for ${SOON} more_than ${_before} "${_refused}" || {
		cat asmpd.log >&2
		atf_fail "$2: no session refused with reason $3"
	}
	count ${_ups} 'session up: device DEV1 '
	bystander_goes_on
}

more_than()
{
	[ $(grep -c "$2" asmpd.log) -gt $1 ]
}

# The device goes on as if nothing had been, once nobody is in between.
between_ends()
{
	atf_check ./send DEV1 '{"n":"5"}'
	count 3 'RECEIVED\] device DEV1 '
	daemon_stop
}

atf_test_case data
data_head()
{
	atf_set descr "a changed reading breaks the seal over it"
	atf_set require.progs sqlite3
}
data_body()
{
	between
	in_session flip:device:DATA:1 bad-seal
	in_session flip:device:DATA:2:-1 bad-seal
	stored reading 2 'device = 2'
	stored blocked 0 true
	between_ends
}

atf_test_case data_header
data_header_head()
{
	atf_set descr "every field of a reading's header is held to"
}
data_header_body()
{
	between
	in_session flip:device:DATA:1:1 version
	in_session flip:device:DATA:1:3 type
	in_session flip:device:DATA:1:11 replay
	in_session flip:device:DATA:1:10 sequence
	in_session flip:device:DATA:1:12 sequence
	in_session flip:device:DATA:1:19 sequence
	in_session flip:device:DATA:2:19 replay
	# One byte more takes the next frame's first one with it.
	in_session flip:device:DATA:1:23 version
	in_session set:device:DATA:1:20:ffffffff length
	between_ends
}

atf_test_case stream
stream_head()
{
	atf_set descr "readings come on their own stream, never on stream 0"
}
stream_body()
{
	between
	for n in 00000000 80000003; do
		in_session set:device:DATA:1:4:${n} stream
	done
	# A stream that there is, but not the one that was signed.
	for n in 00000001 00000002 00000004 7fffffff; do
		in_session set:device:DATA:1:4:${n} bad-seal
	done
	in_session set:device:SEAL:1:4:00000003 stream
	between_ends
}

atf_test_case seal
seal_head()
{
	atf_set descr "a changed seal is no record"
}
seal_body()
{
	between
	in_session flip:device:SEAL:1 record-mac
	in_session flip:device:SEAL:1:-1 record-mac
	in_session flip:device:SEAL:1:3 type
	in_session cut:device:SEAL:1:60 lost
	between_ends
}

atf_test_case twice
twice_head()
{
	atf_set descr "what comes twice is a replay"
}
twice_body()
{
	between
	in_session dup:device:DATA:1 replay
	in_session dup:device:DATA:2 replay
	in_handshake 2 dup:device:HELLO:1 type
	in_handshake 4 dup:device:HANDSHAKE_INIT:1 type
	between_ends
}

atf_test_case seal_twice
seal_twice_head()
{
	atf_set descr "a seal that comes twice takes nothing twice"
	atf_set require.progs sqlite3
}
seal_twice_body()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1 -m dup:device:SEAL:1
	./through DEV1 '{"n":"1"}' '{"n":"2"}' > through.out 2>&1
	logged 'session down: device DEV1 address .* reason replay$'
	count 2 'RECEIVED\] device DEV1 '
	stored reading 2 'device = 2'
	bystander_goes_on
	daemon_stop
}

atf_test_case missing
missing_head()
{
	atf_set descr "what is taken away is missed"
}
missing_body()
{
	between
	in_session drop:device:DATA:1 sequence
	in_session drop:device:DATA:2 sequence
	in_session swap:device:DATA:1 sequence
	in_session swap:device:DATA:2 sequence
	in_session cut:device:DATA:1:0 lost
	in_session cut:device:DATA:2:30 lost
	between_ends
}

atf_test_case seal_missing
seal_missing_head()
{
	atf_set descr "readings do not wait for their seal for ever"
	atf_set require.progs sqlite3
}
seal_missing_body()
{
	between
	middle -1 -m drop:device:SEAL:1 -m drop:device:HEARTBEAT:0
	atf_check -s exit:6 -e match:'the gateway ended the session: Too many readings' \
	    ./through DEV1 -t 20 '{"n":"3"}'
	logged 'session down: device DEV1 address .* reason seal-limit$'
	count 2 'RECEIVED\] device DEV1 '
	stored reading 2 'device = 2'
	bystander_goes_on
	between_ends
}

atf_test_case close_missing
close_missing_head()
{
	atf_set descr "an end without CLOSE is a loss, what was sealed stands"
	atf_set require.progs sqlite3
}
close_missing_body()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1 -m cut:device:CLOSE:1:0
	./through DEV1 '{"n":"1"}' > through.out 2>&1
	logged 'session down: device DEV1 address .* reason lost$'
	stored reading 1 'device = 2'
	bystander_goes_on
	daemon_stop
}

atf_test_case injected
injected_head()
{
	atf_set descr "bytes of a stranger in a session end it by their reason"
}
injected_body()
{
	between
	rest=0000000000000001000000000000000000000000
	in_session inject:device:DATA:1:ffffffff$(printf '%040d' 0) version
	in_session inject:device:DATA:1:00010063${rest} type
	in_session inject:device:DATA:1:0001000c${rest} record-mac
	in_session inject:device:DATA:1:00010004${rest} record-mac
	in_session inject:device:DATA:1:0001000b${rest} record-mac
	in_session inject:device:DATA:1:00010005${rest} type
	in_session inject:device:DATA:1:00010002${rest} type
	between_ends
}

atf_test_case reflected
reflected_head()
{
	atf_set descr "the gateway's own frames are not a device's"
}
reflected_body()
{
	between
	in_session reflect:gateway:HANDSHAKE_ACK:1 type
	in_handshake 4 reflect:gateway:HELLO_REPLY:1 type
	in_handshake 4 reflect:gateway:GATEWAY_AUTH:1 type
	between_ends
}

atf_test_case acknowledgement_reflected
acknowledgement_reflected_head()
{
	atf_set descr "an acknowledgement sent back is a replay"
}
acknowledgement_reflected_body()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1 -m reflect:gateway:ACK:1
	./through DEV1 '{"n":"1"}' > through.out 2>&1
	logged 'session down: device DEV1 address .* reason replay$'
	count 1 'RECEIVED\] device DEV1 '
	bystander_goes_on
	daemon_stop
}

atf_test_case hello
hello_head()
{
	atf_set descr "a changed HELLO leads nowhere"
}
hello_body()
{
	between
	# What both sides must agree on: the device sees it and stops.
	in_handshake 6 flip:device:HELLO:1:-1 lost
	in_handshake 6 flip:device:HELLO:1:27 lost
	in_handshake 6 set:device:HELLO:1:24:03 lost
	# What the gateway sees itself.
	in_handshake 2 flip:device:HELLO:1:1 version
	in_handshake 2 flip:device:HELLO:1:3 type
	in_handshake 2 flip:device:HELLO:1:7 sequence
	in_handshake 2 flip:device:HELLO:1:11 sequence
	in_handshake 2 flip:device:HELLO:1:19 sequence
	in_handshake 2 set:device:HELLO:1:24:00 profile
	in_handshake 2 set:device:HELLO:1:24:07 profile
	in_handshake 2 set:device:HELLO:1:25:02 hello
	between_ends
}

# stops status mode: the device has seen it and has not said who it is.
stops()
{
	in_handshake $1 $2 lost
	atf_check -s exit:1 grep HANDSHAKE_INIT middle.out
}

atf_test_case reply
reply_head()
{
	atf_set descr "no identity goes to who changes the gateway's answer"
}
reply_body()
{
	between
	stops 6 flip:gateway:HELLO_REPLY:1
	stops 6 flip:gateway:HELLO_REPLY:1:-1
	stops 6 flip:gateway:HELLO_REPLY:1:1
	stops 6 flip:gateway:HELLO_REPLY:1:3
	stops 6 flip:gateway:HELLO_REPLY:1:19
	stops 6 flip:gateway:GATEWAY_AUTH:1
	stops 6 flip:gateway:GATEWAY_AUTH:1:-1
	stops 6 flip:gateway:GATEWAY_AUTH:1:19
	stops 6 dup:gateway:HELLO_REPLY:1
	stops 6 swap:gateway:HELLO_REPLY:1
	stops 6 drop:gateway:HELLO_REPLY:1
	between_ends
}

atf_test_case init
init_head()
{
	atf_set descr "a changed identity message is noticed at once"
}
init_body()
{
	between
	in_handshake 4 flip:device:HANDSHAKE_INIT:1 handshake-mac
	in_handshake 4 flip:device:HANDSHAKE_INIT:1:-1 handshake-mac
	in_handshake 4 flip:device:HANDSHAKE_INIT:1:7 sequence
	in_handshake 4 flip:device:HANDSHAKE_INIT:1:19 sequence
	in_handshake 4 set:device:HANDSHAKE_INIT:1:20:00001001 length
	between_ends
}

atf_test_case gateway_records
gateway_records_head()
{
	atf_set descr "a device believes no record that was changed"
}
gateway_records_body()
{
	gateway
	bystander
	device_enrol DEV1
	for m in flip:gateway:HANDSHAKE_ACK:1 flip:gateway:ACK:1 \
	    dup:gateway:HANDSHAKE_ACK:1 flip:gateway:ACK:1:19; do
		middle -1 -m ${m}
		atf_check -s exit:6 -e match:'^asmp: 127.0.0.1: ' \
		    ./through DEV1 '{"n":"1"}'
		wait ${middle_pid}
		bystander_goes_on
	done
	middle -1 -m drop:gateway:HANDSHAKE_ACK:1
	atf_check -s exit:2 -e match:'no session within 1 seconds' \
	    ./through DEV1 -t 1 '{"n":"1"}'
	bystander_goes_on
	atf_check ./send DEV1 '{"n":"1"}'
	daemon_stop
}

atf_test_case replayed
replayed_head()
{
	atf_set descr "a recorded session, sent again, is worth nothing"
	atf_set require.progs sqlite3
}
replayed_body()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1 -w rec
	atf_check ./through DEV1 '{"n":"1"}'
	wait ${middle_pid}
	atf_check -o match:"^sent $(stat -c %s rec.device) bytes, received 227 bytes, closed after " \
	    ${REPLAY} -c 127.0.0.1:${port} rec.device
	logged 'session refused: address .* device - reason handshake-mac$'
	count 1 'session up: device DEV1 '
	stored reading 1 'device = 2'
	bystander_goes_on
	# Nor is it while its device is there.
	online DEV1
	wait_for ${SOON} more_than 1 'session up: device DEV1 ' ||
	    atf_fail "the device does not come"
	atf_check -o match:'received 227 bytes, closed' \
	    ${REPLAY} -c 127.0.0.1:${port} rec.device
	count 2 'session up: device DEV1 '
	count 1 'session down: device DEV1 '
	daemon_stop
}

atf_test_case slices
slices_head()
{
	atf_set descr "frames come as they are, however the net cuts them"
}
slices_body()
{
	gateway
	bystander
	device_enrol DEV1
	middle -1 -m bytes:device -m bytes:gateway
	atf_check ./through DEV1 '{"n":"1"}' '{"n":"2"}'
	wait ${middle_pid}
	count 2 'RECEIVED\] device DEV1 '
	middle -1 -m merge:device -m merge:gateway
	seq 3 300 | sed 's/.*/{"n":"&"}/' > in
	atf_check ./through DEV1 < in
	wait ${middle_pid}
	count 300 'RECEIVED\] device DEV1 '
	count 2 'session down: device DEV1 address .* reason done$'
	bystander_goes_on
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case data
	atf_add_test_case data_header
	atf_add_test_case stream
	atf_add_test_case seal
	atf_add_test_case twice
	atf_add_test_case seal_twice
	atf_add_test_case missing
	atf_add_test_case seal_missing
	atf_add_test_case close_missing
	atf_add_test_case injected
	atf_add_test_case reflected
	atf_add_test_case acknowledgement_reflected
	atf_add_test_case hello
	atf_add_test_case reply
	atf_add_test_case init
	atf_add_test_case gateway_records
	atf_add_test_case replayed
	atf_add_test_case slices
}
