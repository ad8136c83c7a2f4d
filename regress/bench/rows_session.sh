#!/bin/sh
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


# rows_session.sh: how sessions begin, and what they take while they are
# quiet.  Sourced by bench.sh.

# shellcheck disable=SC2046,SC2086,SC2154,SC3045

REVOKED=9		# devices, of each number of sessions

rows_handshake()
{
	section "one handshake, CPU us, 64 at once"
	row "asmp" asmp.handshake "handshake cpu" 300 mosquitto
	row "hybrid" hybrid.handshake "handshake cpu" 360 mosquitto
	row "ztp" ztp.handshake "handshake cpu" "" mosquitto
	row "slmp" slmp.handshake "handshake cpu" "" mosquitto
	row "smcp" smcp.handshake "handshake cpu" "" mosquitto
	row "iomt" iomt.handshake "handshake cpu" "" mosquitto
	row "mosquitto, TLS 1.3, P-256 certificates" mosquitto "handshake cpu"
	row "nats, the same" nats "handshake cpu"
}

bench_handshake()
{
	for _p in asmp hybrid ztp slmp iomt; do
		on_gateway $_p.handshake $_p $BENCH_BUSY "" handshake
	done
	_n=$BENCH_BUSY
	[ $_n -le $SMCP_GROUPS ] || _n=$SMCP_GROUPS
	on_gateway smcp.handshake smcp $_n "" handshake
}

# What store keeps in memory of its database has a limit, whatever the number
# of sessions.
filled()
{
	[ "$BENCH_FILL" != yes ] || printf "; store's cache is full before"
}

rows_idle()
{
	section "one quiet session, resident bytes, of $BENCH_IDLE$(filled)"
	row "asmp, new" asmp.idle "idle rss" \
	    "$(target $BENCH_IDLE 2000 1024)" mosquitto
	row "asmp, after a reading" asmp.idle "used rss" \
	    "$(target $BENCH_IDLE 2000 1024)" mosquitto
	row "hybrid, new" hybrid.idle "idle rss" "" mosquitto
	row "hybrid, after a reading" hybrid.idle "used rss" "" mosquitto
	row "mosquitto, new" mosquitto "idle rss"
	row "mosquitto, after a reading" mosquitto "used rss"
	row "nats, new" nats "idle rss"
}

bench_idle()
{
	on_gateway asmp.idle asmp 1 $BENCH_IDLE $fill idle
	on_gateway hybrid.idle hybrid 1 $BENCH_IDLE $fill idle
}

rows_sessions()
{
	section "sessions held, profile asmp$(filled)"
	for _n in $BENCH_SESSIONS; do
		row "$_n: resident bytes of one, new" asmp.held.$_n "idle rss"
		row "$_n: the same after a reading" asmp.held.$_n "used rss"
		row "$_n: CPU us of its handshake" asmp.held.$_n "idle cpu"
		row "$_n: us to revoke one, with asmpctl's start" \
		    asmp.held.$_n "revoke wall" 100000
	done
}

# hold n: n sessions that stay, while devices are revoked.
hold()
{
	rm -f figures.new
	"$LOAD" $(asmpd_processes) -c asmp -n 1 -i $1 \
	    -a $(($1 / PORTS + 1)) -w -d . -P "$port" $fill idle > figures.new \
	    2> errors &
	load_pid=$!
	trap cleanup EXIT
	wait_for $((60 + $1 / 100)) load_said ready
	if grep -q '^ready' figures.new; then
		revoke_some
		sed -n "/^ready/d; s/^/asmp.held.$1 /p" figures.new >> figures
	else
		because asmp.held.$1 "$(tail -n 1 errors)"
		tail -n 5 asmpd.log >&2
	fi
	kill -KILL $load_pid 2> /dev/null
	wait $load_pid 2> /dev/null
	load_pid=
}

revoke_some()
{
	for _i in $(seq 1 $REVOKED); do
		"$here/cost" $(asmpd_processes) revoke $ctl device revoke \
		    "SIGN_$(printf %07d $_i)" >> figures.new || return
	done
}

bench_sessions()
{
	for _n in $BENCH_SESSIONS; do
		_size=$_n
		progress asmp.held.$_n
		if descriptors $_n; then
			gateway_start asmp $((_n + 1))
			hold $_size
			gateway_stop
		else
			because asmp.held.$_n "needs $_n descriptors in a" \
			    "process, the hard limit is $(ulimit -H -n)"
		fi
	done
}
