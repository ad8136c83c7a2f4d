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


# rows_load.sh: what one device, or all at once, are to the others.  Sourced
# by bench.sh.

# shellcheck disable=SC2046,SC2086,SC2154,SC3045

FAIR=$here/../tools/fair
OTHERS=20		# sessions that go on while the others end and begin

rows_fair()
{
	section "one device floods: round trip of another's lone reading, us"
	for _p in asmp hybrid; do
		for _how in small large; do
			row "$_p, $_how readings: with no flood" \
			    fair.$_p.$_how "alone rtt"
			row "$_p, $_how readings: beside it" \
			    fair.$_p.$_how "beside rtt"
			row "$_p, $_how readings: the ratio" \
			    fair.$_p.$_how "beside ratio" 2
		done
	done
}

bench_fair()
{
	for _p in asmp hybrid; do
		for _how in small large; do
			progress fair.$_p.$_how
			gateway_start $_p 0
			device_enrol DEV1
			device_enrol DEV2
			for _i in $(seq 1 $BENCH_RUNS); do
				figures_of fair.$_p.$_how "$FAIR" -g GW.pin \
				    -n $BENCH_FAIR -a 127.0.0.1:$port \
				    $_p:DEV1:DEV1.key $_how $_p:DEV2:DEV2.key
			done
			gateway_stop
			rm DEV?.*
		done
	done
}

rows_storm()
{
	section "$BENCH_STORM sessions end at once, and all devices come again;" \
	    "$OTHERS go on, profile asmp"
	row "seconds until all are back" storm "storm seconds"
	row "connections refused meanwhile" storm "storm refused"
	row "CPU us of one session, old and new" storm "storm cpu"
	row "readings of the others meanwhile" storm "storm others"
	row "slowest of all answers of asmpctl show, us" storm \
	    "slowest wall" 100000
	row "resident bytes before, all processes" storm "before rss"
	row "resident bytes after the first time" storm "first rss"
	row "resident bytes after later ones" storm "later rss"
}

# Asks for as long as the load goes on, and keeps the slowest answer.
ask_meanwhile()
{
	: > answers
	while alive $load_pid; do
		"$here/cost" $(asmpd_processes) show $ctl show >> answers || {
			because storm "asmpctl show gave no answer"
			break
		}
	done
	sed -n 's/^show wall/storm slowest wall/p' answers | sort -n -k 4 |
	    tail -n 1 >> figures
}

bench_storm()
{
	progress storm
	_size=$((BENCH_STORM + OTHERS))
	if ! descriptors $_size; then
		because storm "needs $_size descriptors in a process, the" \
		    "hard limit is $(ulimit -H -n)"
		return
	fi
	gateway_start asmp $_size
	rm -f figures.new
	"$LOAD" $(asmpd_processes) -c asmp -n $OTHERS -i $BENCH_STORM \
	    -a $((_size / PORTS + 1)) -r $BENCH_RUNS -d . -P "$port" storm \
	    > figures.new 2> errors &
	load_pid=$!
	trap cleanup EXIT
	wait_for $((20 + BENCH_STORM / 100)) load_said begins
	ask_meanwhile
	wait $load_pid || {
		because storm "$(tail -n 1 errors)"
		tail -n 5 asmpd.log >&2
	}
	load_pid=
	sed -n "/^begins/d; s/^/storm /p" figures.new >> figures
	gateway_stop
}
