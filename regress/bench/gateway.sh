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


# gateway.sh: an asmpd to be measured, always a new one with a new database,
# so that no figure depends on those before it.  Sourced by bench.sh.

# shellcheck disable=SC2046,SC2086,SC2154,SC3045

SPARE=100		# descriptors that are no connections
SMCP_GROUPS=200		# asmpd has 256 at most
IMPORT=100000		# devices in one list, at most
PORTS=25000		# connections from one address, of some 28000

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
. "$here/../lib.sh"

LOAD=$here/load
daemon_pid=

# The processes of asmpd, as -p options.
asmpd_processes()
{
	printf -- '-p parent=%d' "$daemon_pid"
	ps -o pid=,args= --ppid "$daemon_pid" |
	    sed -n 's/^ *\([0-9]*\) asmpd: \([a-z0-9]*\).*/ -p \2=\1/p' |
	    tr -d '\n'
}

# A value of profile smcp is answered where its device is in a group.
smcp_groups()
{
	[ "$1" = smcp ] || return 0
	for _n in $(seq 0 $((SMCP_GROUPS - 1))); do
		printf 'group g%d { member PSK_%07d }\n' "$_n" "$_n"
	done
}

# gateway_conf profile clients [line of asmpd.conf ...]
gateway_conf()
{
	rm -rf db asmpd.anchor
	daemon_conf
	_profile=$1
	_clients=$2
	shift 2
	{ echo "issuer \"$scratch/ISSUER.issuer\""
	  echo "limit half-open per source $((_clients + SPARE))"
	  echo "limit new per source 1000000"
	  echo "limit sessions $((_clients + SPARE))"
	  echo "limit silence none"
	  smcp_groups $_profile
	  for _line in "$@"; do
		  echo "$_line"
	  done; } >> asmpd.conf
}

# enrol profile count: the devices that load will be.
enrol()
{
	_from=0
	while [ $_from -lt $2 ]; do
		_n=$(($2 - _from))
		[ $_n -le $IMPORT ] || _n=$IMPORT
		(umask 077 && "$LOAD" -e $_n -f $_from -c $1 > devices) ||
		    exit 1
		atf_check $ctl device import devices
		_from=$((_from + _n))
	done
}

# descriptors n: room for so many connections in each process from here on.
descriptors()
{
	[ "$(ulimit -n)" = unlimited ] ||
	    [ "$(ulimit -n)" -ge $(($1 + SPARE)) ] ||
	    ulimit -S -n $(($1 + SPARE)) 2> /dev/null ||
	    ulimit -n $(($1 + SPARE)) 2> /dev/null
}

# gateway_start profile clients [line ...]: one that knows them.
gateway_start()
{
	gateway_conf "$@"
	daemon_start
	trap cleanup EXIT
	enrol $1 $2
}

gateway_stop()
{
	daemon_stop
	rm -rf db asmpd.anchor
}

# load_on who profile busy idle [option ...] test ...
load_on()
{
	_who=$1
	_profile=$2
	_busy=$3
	_idle=$4
	shift 4
	figures_of $_who "$LOAD" $(asmpd_processes) -c $_profile -n $_busy \
	    ${_idle:+-i $_idle} -a $(((_busy + ${_idle:-0}) / PORTS + 1)) \
	    -r $BENCH_RUNS -t $BENCH_SECONDS -d . -P "$port" "$@" ||
		tail -n 5 asmpd.log >&2
}

# load_said word: the load in the background is so far, or gone.
load_said()
{
	grep -q "^$1" figures.new 2> /dev/null || not_alive $load_pid
}

# on_gateway who profile busy idle [option ...] test ...: on one of its own,
# which has ${conf_line} in its asmpd.conf.
conf_line=
on_gateway()
{
	progress "$@"
	descriptors $(($3 + ${4:-0})) || {
		because $1 "needs $(($3 + ${4:-0})) descriptors, and the" \
		    "hard limit is $(ulimit -H -n)"
		return
	}
	gateway_start $2 $(($3 + ${4:-0})) "$conf_line"
	load_on "$@"
	gateway_stop
}
