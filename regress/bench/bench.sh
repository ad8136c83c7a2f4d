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


# bench.sh [group ...]: the table of what asmpd costs, and what others cost
# beside it, all measured in this run on this machine.  A row says what it
# should be, where there is such a figure, and whether it is; or why there is
# no figure.  These groups of rows are measured, or those given:
#
#	floors accept paced lone fair handshake idle sessions storm devices
#	growth score cores iomt
#
# What else can be said goes by the environment:
#
#	BENCH_ROWS		groups, instead of arguments
#	BENCH_PEERS		mosquitto, nats, jetstream, where installed
#	BENCH_RUNS		of each figure: 3; the table has the median
#	BENCH_SECONDS		of load in a run: 1
#	BENCH_BUSY		connections that send: 200
#	BENCH_IDLE		sessions that do not: 2000
#	BENCH_FILL		the cache of store before memory is looked at: yes
#	BENCH_PACED		connections that send at times of their own: 2000
#	BENCH_RATE		and what they send in a second: 20000
#	BENCH_RATE_SIGNED	the same where each is signed: 2000
#	BENCH_FAIR		turns, with no flood and beside it: 6
#	BENCH_CONNECTIONS	numbers of connections: 20 200 2000
#	BENCH_PAYLOADS		bytes of a reading: 25 256 2560
#	BENCH_SESSIONS		numbers of sessions: 1000 10000 100000
#	BENCH_STORM		sessions that end and begin at once: 10000
#	BENCH_DEVICES		numbers of devices: 10000 100000 1000000
#
# Databases are where TMPDIR says, or in /var/tmp, which should be a disk.
# Exits 0 when the table was printed, whatever is in it.

# shellcheck disable=SC3045
set -u

BENCH_ROWS=${*:-${BENCH_ROWS:-all}}
: "${BENCH_PEERS=mosquitto nats jetstream}" "${BENCH_RUNS:=3}"
: "${BENCH_SECONDS:=1}"
: "${BENCH_BUSY:=200}" "${BENCH_IDLE:=2000}" "${BENCH_PACED:=2000}"
: "${BENCH_FILL:=yes}"
: "${BENCH_RATE:=20000}" "${BENCH_RATE_SIGNED:=2000}" "${BENCH_FAIR:=6}"
: "${BENCH_CONNECTIONS:=20 200 2000}" "${BENCH_PAYLOADS:=25 256 2560}"
: "${BENCH_SESSIONS:=1000 10000 100000}" "${BENCH_STORM:=10000}"
: "${BENCH_DEVICES:=10000 100000 1000000}"

GROUPS_ALL="floors accept paced lone fair handshake idle sessions storm
    devices growth score cores iomt"

cd "$(dirname "$0")" || exit 1
here=$(pwd -P)

# shellcheck source=regress/bench/report.sh
. ./report.sh
# shellcheck source=regress/bench/gateway.sh
. ./gateway.sh
# shellcheck source=regress/bench/peers.sh
. ./peers.sh
# shellcheck source=regress/bench/rows_accept.sh
. ./rows_accept.sh
# shellcheck source=regress/bench/rows_session.sh
. ./rows_session.sh
# shellcheck source=regress/bench/rows_load.sh
. ./rows_load.sh
# shellcheck source=regress/bench/rows_growth.sh
. ./rows_growth.sh
# shellcheck source=regress/bench/rows_floor.sh
. ./rows_floor.sh

fill=
[ "$BENCH_FILL" != yes ] || fill=fill
load_pid=
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/asmp-bench.XXXXXX") || exit 1
chmod 711 "$scratch"

cleanup()
{
	trap - EXIT
	[ -z "$load_pid" ] || kill -KILL "$load_pid" 2> /dev/null
	daemon_kill
	broker_stop
	cd / && rm -rf "$scratch"
}

trap cleanup EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1
: > rows
: > figures
: > reasons

begun=$(date +%s)
others=$(cut -d ' ' -f 1 /proc/loadavg)
atf_check "$KEYGEN" -t issuer ISSUER
left_out=
for group in $GROUPS_ALL; do
	if wanted "$group"; then
		rows_"$group"
		bench_"$group"
	else
		left_out="$left_out $group"
	fi
done
bench_peers
progress_done

cat <<EOF
$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c |
    sed 's/^ *\([0-9]*\) /\1 x /'), $(uname -sr), database on $(stat -f -c %T .)
Medians of $BENCH_RUNS runs (least-greatest).  CPU is user and system time of all
processes for one unit of work; that of the load itself is in the last column.
"mosq." is the ratio to mosquitto's figure of the same run.

asmpd checks a reading, scores it and stores it in SQLite with full sync before it
acknowledges it.  All brokers speak TLS 1.3 and ask for certificates (P-256):
mosquitto	QoS 1, PUBACK: nobody subscribed, nothing on disk; each message in
		a TLS record of its own, as client libraries write them
nats		core NATS, +OK of a verbose connection: nobody subscribed, nothing
		on disk; the client gathers messages, as client libraries do
JetStream	a stream in files, acknowledged by its number in it, which is
		before it is synced: that is every two minutes
EOF
awk -f "$here/table.awk" reasons figures rows
[ -z "$left_out" ] || echo "not asked for:$left_out"
echo "took $(($(date +%s) - begun)) s; the machine's load was $others before"
