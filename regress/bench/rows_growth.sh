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


# rows_growth.sh: the same at 1, 10 and 100 times its size: devices,
# connections, bytes of a reading.  Sourced by bench.sh.

# shellcheck disable=SC2046,SC2086,SC2154,SC3045

LOOKED_UP=200		# times that a device is asked for
ASKING=20		# devices that shake hands among all

rows_devices()
{
	section "devices registered, each with a key of its own"
	for _n in $BENCH_DEVICES; do
		row "$_n: seconds until asmpd answers" devices.$_n \
		    "start seconds" "$(target $_n 1000000 10)"
		row "$_n: resident bytes, all processes" devices.$_n \
		    "start rss" "$(target $_n 1000000 268435456)"
		row "$_n: CPU us to find and show one" devices.$_n "look cpu"
		row "$_n: CPU us of a handshake" devices.$_n "handshake cpu"
		row "$_n: seconds to enrol them" devices.$_n "enrol seconds"
	done
}

seconds_since()
{
	echo $((($(date +%s%N) - $1) / 1000000)) |
	    sed 's/^/000/; s/\(...\)$/.\1/; s/^0*\([0-9]\)/\1/'
}

# Until it answers, and no longer.
restart_timed()
{
	_begun=$(date +%s%N)
	$ASMPD -d -f asmpd.conf > asmpd.log 2>&1 &
	daemon_pid=$!
	until $ctl show > /dev/null 2>&1; do
		alive $daemon_pid || atf_fail "$(tail -n 1 asmpd.log)"
		sleep 0.01
	done
	echo "devices.$1 start seconds $(seconds_since $_begun)" >> figures
}

bench_devices()
{
	for _n in $BENCH_DEVICES; do
		_size=$_n
		progress devices.$_n
		gateway_conf asmp $((ASKING + SPARE))
		daemon_start
		trap cleanup EXIT
		_begun=$(date +%s%N)
		enrol asmp $_size
		echo "devices.$_size enrol seconds $(seconds_since $_begun)" \
		    >> figures
		daemon_stop
		restart_timed $_size
		figures_of devices.$_size "$here/cost" -m $(asmpd_processes) \
		    start
		figures_of devices.$_size "$here/cost" -n $LOOKED_UP \
		    $(asmpd_processes) look $ctl device show \
		    "SIGN_$(printf %07d $((_size / 2)))"
		load_on devices.$_size asmp $ASKING "" handshake
		gateway_stop
	done
}

rows_growth()
{
	section "connections with 64 readings of 256 bytes under way, CPU us" \
	    "of one reading"
	for _n in $BENCH_CONNECTIONS; do
		row "$_n connections: ztp" ztp.c$_n "batch cpu" "" \
		    mosquitto.c$_n
		row "$_n connections: hybrid" hybrid.c$_n "batch cpu" "" \
		    mosquitto.c$_n
		row "$_n connections: mosquitto" mosquitto.c$_n "batch cpu"
	done
	section "bytes of a reading, $BENCH_BUSY connections, CPU us of one" \
	    "reading"
	for _n in $BENCH_PAYLOADS; do
		row "$_n bytes: ztp" ztp.l$_n "batch cpu" "" mosquitto.l$_n
		row "$_n bytes: hybrid" hybrid.l$_n "batch cpu" "" \
		    mosquitto.l$_n
		row "$_n bytes: mosquitto" mosquitto.l$_n "batch cpu"
	done
}

bench_growth()
{
	for _p in ztp hybrid; do
		for _size in $BENCH_CONNECTIONS; do
			on_gateway $_p.c$_size $_p $_size "" batch
		done
		for _size in $BENCH_PAYLOADS; do
			on_gateway $_p.l$_size $_p $BENCH_BUSY "" -l $_size \
			    batch
		done
	done
}
