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

# bench.sh: what a reading, a handshake and an idle session cost asmpd, and
# what they cost mosquitto, measured one after the other on this machine.
# The database is where TMPDIR says, or in /var/tmp, which should be a disk.

# shellcheck disable=SC3045
set -u

BUSY=200		# connections that send
IDLE=2000		# more of them that do not
RUNS=5
SECONDS_EACH=1		# of each run with readings
SPARE=100		# descriptors that are no connections

cd "$(dirname "$0")" || exit 1
here=$(pwd -P)
LOAD=$here/load
PATH=$PATH:/usr/sbin

# ../lib.sh starts and stops daemons for tests; here it talks to us.
atf_get_srcdir()
{
	echo "$here"
}

atf_fail()
{
	echo "bench: $*" >&2
	exit 1
}

atf_check()
{
	[ "$1" != -o ] || shift 2
	"$@" > /dev/null || atf_fail "$1 failed"
}

atf_check_equal()
{
	[ "$1" = "$2" ] || atf_fail "expected $1, got $2"
}

# shellcheck source=regress/lib.sh
. ../lib.sh

daemon_pid=
broker_pid=
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/asmp-bench.XXXXXX") || exit 1
chmod 711 "$scratch"

cleanup()
{
	trap - EXIT
	daemon_kill
	[ -z "$broker_pid" ] || kill -TERM "$broker_pid" 2> /dev/null
	rm -rf "$scratch"
}

trap cleanup EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1

# load_on name [argument ...]: its figures go to results, name in front.
load_on()
{
	_name=$1
	shift
	"$LOAD" "$@" > figures 2> errors
	_status=$?
	sed "s/^/$_name /" figures >> results
	[ $_status -eq 0 ] || missing="part of $_name: $(tail -n 1 errors)"
	return $_status
}

# The processes of asmpd, as -p options of load.
asmpd_processes()
{
	printf -- '-p parent=%d' "$daemon_pid"
	ps -o pid=,args= --ppid "$daemon_pid" |
	    sed -n 's/^ *\([0-9]*\) asmpd: \([a-z]*\).*/ -p \2=\1/p' |
	    tr -d '\n'
}

# each_us n command ...: microseconds of one run, its process included.
each_us()
{
	_n=$1
	shift
	_start=$(date +%s%N)
	for _i in $(seq "$_n"); do
		"$@" > /dev/null || return
	done
	echo $((($(date +%s%N) - _start) / _n / 1000))
}

# What the key registry's write-up has figures for, on this machine.
bench_steps()
{
	atf_check "$KEYGEN" -t mlkem768 BP_MONITOR_001
	# shellcheck disable=SC2086,SC2154
	{ "$KEYGEN" -e BP_MONITOR_001.kem | $ctl device add - > /dev/null &&
	    "$here/steps" -a "127.0.0.1:$port" -k BP_MONITOR_001.kem \
	    -g GW.pin && echo "asmpctl, device by device and all, us:" \
	    "$(each_us 20 $ctl device show BP_MONITOR_001)" \
	    "$(each_us 20 $ctl show)"; } > steps 2> errors ||
	    missing="part of iomt: $(tail -n 1 errors)"
}

bench_asmpd()
{
	mkdir -m 700 devices || exit 1
	"$LOAD" -k $((BUSY + IDLE)) devices || atf_fail "no keys"
	daemon_conf
	cp GW.pin devices/gateway.pin
	cat >> asmpd.conf <<-EOF
		limit half-open per source $((BUSY + IDLE))
		limit new per source 1000000
		log data no
	EOF
	daemon_start
	trap cleanup EXIT
	# shellcheck disable=SC2086,SC2154
	atf_check $ctl device import devices/trusted_devices.json
	# shellcheck disable=SC2046
	load_on asmpd $(asmpd_processes) -n $BUSY -i $IDLE -r $RUNS \
	    -t $SECONDS_EACH devices "$port" || tail -n 5 asmpd.log >&2
	bench_steps
	daemon_stop
	load_on disk -s -r $RUNS db
}

# An authority, and what it says of broker and clients.
certificates()
{
	echo 'subjectAltName=DNS:localhost' > san
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout ca.key -out ca.crt -subj /CN=bench -days 2 || return
	for _who in broker client; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		    -nodes -keyout $_who.key -out $_who.csr \
		    -subj /CN=localhost &&
		openssl x509 -req -in $_who.csr -CA ca.crt -CAkey ca.key \
		    -CAcreateserial -out $_who.crt -extfile san -days 2 ||
		    return
	done
	chmod 644 ./*.key
}

bench_mosquitto()
{
	mkdir -m 711 mqtt && cd mqtt || exit 1
	certificates 2> ../openssl.log || {
		missing="mosquitto: openssl made no certificates"
		cd .. && return
	}
	port=$(free_port)
	cat > mosquitto.conf <<-EOF
		listener $port 127.0.0.1
		cafile $scratch/mqtt/ca.crt
		certfile $scratch/mqtt/broker.crt
		keyfile $scratch/mqtt/broker.key
		require_certificate true
		allow_anonymous true
		persistence false
	EOF
	[ "$(id -u)" -ne 0 ] || echo "user nobody" >> mosquitto.conf
	cd ..
	ulimit -n "$most"
	mosquitto -c mqtt/mosquitto.conf > broker.log 2>&1 &
	broker_pid=$!
	wait_for 10 port_used "$port" || {
		missing="mosquitto: $(tail -n 1 broker.log)"
		return
	}
	load_on mosquitto -M -p broker=$broker_pid -n $BUSY -i $IDLE \
	    -r $RUNS -t $SECONDS_EACH mqtt "$port"
	kill -TERM $broker_pid
	wait $broker_pid
	broker_pid=
}

missing=
most=$(ulimit -H -n)
[ "$most" = unlimited ] || [ "$most" -gt $((BUSY + IDLE + SPARE)) ] ||
    IDLE=$((most - BUSY - SPARE))
begun=$(date +%s)
bench_asmpd
if command -v mosquitto > /dev/null && command -v openssl > /dev/null; then
	bench_mosquitto
else
	missing="mosquitto: it or openssl is not installed"
fi

cat <<EOF
$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c |
    sed 's/^ *\([0-9]*\) /\1 x /'), $(uname -sr), database on $(stat -f -c %T .)
$BUSY connections, readings of 256 bytes of JSON, median of $RUNS runs (least-greatest)
asmpd: profile asmp, Ed25519, a seal over each 64 readings or each single one, SQLite
    with full sync, CPU of all processes; a reading is checked, stored, acknowledged
mosquitto: TLS 1.3 with client certificates (P-256), QoS 1, nobody subscribed, no disk
idle: $IDLE sessions more; rates are with the load on the same cores

EOF
awk -f "$here/table.awk" results
echo
echo "profile iomt, step by step (its write-up: keys, encapsulation, HMAC below"
echo "1 ms, encryption and decryption 2, session 5, authentication 10):"
echo
cat steps
echo
[ -z "$missing" ] || echo "not measured: $missing"
echo "took $(($(date +%s) - begun)) s"
