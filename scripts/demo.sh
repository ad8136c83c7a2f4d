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


# The demonstration: a gateway, two devices with this machine's own live
# readings, and four attackers.  All of it happens in a scratch directory
# that is gone in the end.  Exit status 0 only if everything was as expected.

set -eu
umask 022

GATEWAY=DEMO_GATEWAY
LOAD=LOAD_SENSOR
TRAFFIC=TRAFFIC_SENSOR
MINIMUM=12		# readings of each device: the detector learns from 10
PORT=8888		# the first choice
TRIES=8			# to find a port
WAIT=20			# seconds for anything to happen

top=$(cd "$(dirname "$0")/.." && pwd -P)
dir=$(mktemp -d)
step=0
table=
daemon=
mitm=

# Nothing is left behind, however this ends.
cleanup()
{
	trap '' HUP INT TERM
	cd /
	if [ -d "$dir" ]; then
		touch "$dir/stop"
	fi
	for pid in $mitm $daemon; do
		kill "$pid" 2>/dev/null || :
	done
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# The story: headings, sentences, and what programs really print.

heading()
{
	step=$((step + 1))
	printf '\n%d. %s\n\n' "$step" "$1"
}

say()
{
	printf '%s\n' "$*" | fold -s -w 79 | sed 's/ $//'
}

indent()
{
	sed 's/^/    /'
}

fail()
{
	printf '\ndemo: %s\n' "$*" >&2
	for file in out mitm.out log; do
		[ ! -s $file ] || tail -n 20 $file | indent >&2
	done
	exit 1
}

# wait_for command ...: 0 as soon as it succeeds, 1 if it never does.
wait_for()
{
	tenths=$((WAIT * 10))
	until "$@" >/dev/null 2>&1; do
		tenths=$((tenths - 1))
		[ "$tenths" -gt 0 ] || return 1
		sleep 0.1
	done
}

# run program argument ...: one of ours; what it printed is in the file out,
# its exit status in $result.
run()
{
	program=$1
	shift
	result=0
	"$top/$program/$program" "$@" >out 2>&1 </dev/null || result=$?
}

must()
{
	run "$@"
	[ "$result" -eq 0 ] || fail "$1 failed with status $result"
}

# expect what wanted seen: a row of the table at the end.
expect()
{
	verdict=ok
	[ "$2" = "$3" ] || verdict=FAILED
	table=$table$(printf '\n    %-46s %-14s %-14s %s' "$1" "$2" "$3" \
	    $verdict)
}

# What asmpd has logged since the mark.

set_mark()
{
	mark=$(wc -l <log)
}

since()
{
	tail -n +$((mark + 1)) log
}

logged()
{
	since | grep -q "$1"
}

accepted()
{
	since | grep -c 'DATA RECEIVED' || :
}

# show_reason line: the next line of the log that begins like this; the
# reason in it is in $reason.
show_reason()
{
	wait_for logged "$1" || :
	since | grep "$1" | indent
	reason=$(since | sed -n "s/.*$1.* reason \([a-z-]*\).*/\1/p" |
	    head -n 1)
	reason=${reason:-nothing}
}

# expect_blocked who wanted: the reason, unless readings were taken after all.
expect_blocked()
{
	[ "$(accepted)" -eq 0 ] || reason=accepted
	expect "$1" "$2" "$reason"
}

# The gateway.

ctl()
{
	must asmpctl -s "$dir/asmpd.sock" "$@"
}

configure()
{
	cat <<-EOF
		gateway id "$GATEWAY"
		gateway key "$dir/$GATEWAY.key"
		gateway seal "$dir/$GATEWAY.seal"
		database "$dir/db/asmpd.db"
		anchor "$dir/asmpd.anchor"
		control socket "$dir/asmpd.sock"
		listen on 127.0.0.1 port $port
		log data yes
		limit new per source 100
		# Totals grow and rates leap: neither tells an anomaly.  Values
		# that wander slowly are normal within three times their floor.
		anomaly field "*_total" ignore
		anomaly field "*_rate" ignore
		anomaly field "load*" floor 20
		anomaly field "memory_used" floor 10
		anomaly field "temperature_*" floor 10
		issuer "$dir/clinic.issuer"
		group ward { member { 1 2 3 } function sum wait 5 }
	EOF
	[ "$(id -u)" -ne 0 ] || cat <<-EOF
		user "nobody"
		chroot "$dir/empty"
	EOF
}

ready()
{
	grep -q ' ready, ' log
}

# One that has ended may still be a zombie.
ready_or_gone()
{
	ready || ! grep -q '^State:.*[^Z] (' "/proc/$daemon/status"
}

# A port that is taken is nobody's fault: the next one is random.
start()
{
	port=$PORT
	while :; do
		configure >asmpd.conf
		rm -f log
		"$top/asmpd/asmpd" -d -f asmpd.conf >log 2>&1 </dev/null &
		daemon=$!
		wait_for ready_or_gone || fail "asmpd does not become ready"
		! ready || return 0
		wait "$daemon" || :
		daemon=
		TRIES=$((TRIES - 1))
		if [ $TRIES -eq 0 ] ||
		    ! grep -q 'Address already in use' log; then
			fail "asmpd did not start"
		fi
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
	done
}

# The devices.

# identity option ... id: its files, and in id.made what asmp-keygen printed.
identity()
{
	must asmp-keygen "$@"
	shift $(($# - 1))
	cp out "$1.made"
	head -n 1 out | indent
}

# enrol_line file: the line that enrols it goes through a pipe, as it may be
# a secret.
enrol_line()
{
	"$top/asmp-keygen/asmp-keygen" -e "$1" |
	    "$top/asmpctl/asmpctl" -s "$dir/asmpd.sock" device add - >out 2>&1 ||
	    fail "$1 was not enrolled"
}

enrolment()
{
	sed -n 's/^	asmpctl \(device add \)/\1/p' "$1.made"
}

# sensors kind: the files of this machine that have readings of this kind.
sensors()
{
	case $1 in
	load)
		ls /sys/class/hwmon/hwmon*/temp*_input \
		    /sys/class/thermal/thermal_zone*/temp 2>/dev/null |
		    head -n 8
		;;
	traffic)
		for disk in /sys/block/*; do
			case ${disk##*/} in
			loop*|*ram*|dm-*|md*|sr*)	;;
			*)	echo "$disk/stat" ;;
			esac
		done
		;;
	esac
}

# live kind count: readings of this machine.
live()
{
	# shellcheck disable=SC2046 # one argument each
	awk -v kind="$1" -v count="$2" -v interval=0.25 \
	    -f "$top/scripts/readings.awk" $(sensors "$1")
}

# feed id kind: live readings until there is the file stop.
feed()
{
	live "$2" 0 | "$top/asmp/asmp" -t 10 -k "$1.key" -g $GATEWAY.pin \
	    -p "$port" 127.0.0.1 >"$1.out" 2>&1 || echo $? >"$1.status"
}

fed()
{
	for id in $LOAD $TRAFFIC; do
		[ "$(grep -c "RECEIVED\] device $id " log)" -ge $MINIMUM ] ||
		    return 1
	done
}

expect_fed()
{
	seen=accepted
	if [ "$(grep -c "RECEIVED\] device $1 " log)" -lt $MINIMUM ]; then
		seen=less
	elif [ -e "$1.status" ]; then
		seen="status $(cat "$1.status")"
	fi
	expect "$MINIMUM and more live readings of $1" accepted "$seen"
}

# send device port reading ...: asmp with the files that the device has.
send()
{
	device=$1
	to=$2
	shift 2
	set_mark
	run asmp -t 10 -k "$device.key" -g $GATEWAY.pin -p "$to" 127.0.0.1 "$@"
}

# genuine device port reading ...: accepted, or the demonstration is over.
genuine()
{
	send "$@"
	shift 2
	if [ "$result" -ne 0 ] || ! wait_for logged 'session down' ||
	    [ "$(accepted)" -ne $# ]; then
		fail "a genuine reading was not accepted"
	fi
	since | grep 'DATA RECEIVED' | tail -n 3 | indent
}

# attack device port reading ...: shown as the sender sees it.
attack()
{
	send "$@"
	indent <out
	echo "    (exit status $result)"
}

# between [option ...]: mitm before the gateway, for one connection to $via.
between()
{
	rm -f mitm.out
	timeout $WAIT "$top/regress/tools/mitm" -1 -c "127.0.0.1:$port" \
	    "$@" >mitm.out 2>&1 </dev/null &
	mitm=$!
	wait_for grep '^port' mitm.out || fail "mitm did not start"
	via=$(sed -n 's/^port //p' mitm.out)
}

between_done()
{
	wait "$mitm" || fail "mitm failed"
	mitm=
}

cd "$dir"
# The daemon's children, who are nobody, reach their directories through it.
chmod 711 .

echo "asmpd: a gateway that knows its devices, and four who try to fool it."

heading "Identities"
say "A gateway and two devices make keys: Ed25519, and for a device P-256," \
    "which small hardware has. Private keys stay where they were made."
identity -G $GATEWAY
identity $LOAD
identity -t p256 $TRAFFIC
say "Three meters with pre-shared keys, a monitor with an ML-KEM key and an" \
    "issuer of tokens join in later:"
for n in 1 2 3; do
	identity -t psk $n
done
identity -t mlkem768 BP_MONITOR_001
identity -t issuer clinic

heading "The gateway starts"
mkdir -m 755 db empty
[ "$(id -u)" -ne 0 ] || chown nobody db
start
say "asmpd runs in the foreground on port $port. Its five processes share the" \
    "work, each shut in with only what it needs (asmpctl show sandbox):"
indent <log
ctl show sandbox
indent <out
expect "processes that are in a sandbox" 5 "$(grep -c seccomp out || :)"

heading "The devices are enrolled"
say "asmp-keygen has printed these lines, and the operator runs them:"
for id in $LOAD $TRAFFIC; do
	echo "    asmpctl $(enrolment $id)"
	# shellcheck disable=SC2046 # the line is several words
	ctl $(enrolment $id)
	indent <out
done

heading "This machine sends its own live readings"
say "$LOAD sends load, memory and temperatures, $TRAFFIC what passes" \
    "over disks and networks, four times a second. Each reading is signed," \
    "checked and stored, and only then acknowledged. The gateway's log:"
feed $LOAD load &
feeds=$!
feed $TRAFFIC traffic &
feeds="$feeds $!"
wait_for fed || :
grep 'session up' log | indent
grep "RECEIVED\] device $LOAD " log | head -n 2 | indent
grep "RECEIVED\] device $TRAFFIC " log | head -n 2 | indent
echo "    ..."
say "Meanwhile, asmpctl show sessions:"
ctl show sessions
indent <out
expect "sessions at the same time" 2 "$(grep -c _SENSOR out || :)"
touch stop
for pid in $feeds; do
	wait "$pid" || :
done
rm stop
expect_fed $LOAD
expect_fed $TRAFFIC

heading "The impostor: the right name, but another key"
reading=$(live load 1)
say "$LOAD itself sends a reading, and the gateway accepts it:"
genuine $LOAD "$port" "$reading"
say "Somebody sends the same reading as $LOAD, with a key of his own:"
mkdir impostor
must asmp-keygen -d impostor $LOAD
attack impostor/$LOAD "$port" "$reading"
say "The gateway does not tell strangers why. Its log does:"
show_reason 'session refused:'
expect_blocked "impostor" bad-proof
expect "impostor, exit status: identity refused" 4 "$result"

heading "The tamperer: a man in the middle who changes one bit"
reading=$(live traffic 1)
say "$TRAFFIC sends a reading through a relay that changes nothing:"
between -w recorded
genuine $TRAFFIC "$via" "$reading"
between_done
say "The same again, but the relay changes a bit of the encrypted reading." \
    "The device's signature no longer holds, so nothing is even decrypted:"
between -m flip:device:DATA:1
attack $TRAFFIC "$via" "$reading"
between_done
show_reason 'session down:'
expect_blocked "tamperer" bad-seal

heading "The replayer: what was recorded is sent again"
say "The relay has recorded that accepted session byte for byte. Whoever" \
    "sends it again meets new keys on the gateway's side, and is not understood:"
set_mark
"$top/regress/tools/replay" -t 10 -c "127.0.0.1:$port" recorded.device \
    2>&1 | indent
show_reason 'session refused:'
expect_blocked "replayer of a recorded session" handshake-mac
say "Within a session it does not help either: the relay doubles one reading," \
    "and the second copy has a number that was used before:"
between -m dup:device:DATA:1
attack $TRAFFIC "$via" "$reading"
between_done
show_reason 'session down:'
expect_blocked "replayer within a session" replay

heading "The insider: the right key, but wrong values"
say "Somebody with the right key of $LOAD reports a room's temperature." \
    "Twelve readings of 25.0 +- 0.1 are accepted, and the gateway learns from them:"
set --
for t in 25.0 24.9 25.1 25.0 25.1 24.9 25.0 25.1 24.9 25.0 24.9 25.1; do
	set -- "$@" "{\"room\":$t}"
done
genuine $LOAD "$port" "$@"
say "Then 27.0, correctly signed:"
attack $LOAD "$port" '{"room":27.0}'
show_reason 'reading blocked:'
expect_blocked "insider, 27.0 after 25.0 +- 0.1" anomaly
expect "insider, exit status: reading refused" 5 "$result"
say "A new connection does not help: what was learned stays with the device:"
attack $LOAD "$port" '{"room":27.0}'
show_reason 'reading blocked:'
expect_blocked "insider, connected again" anomaly
say "And what is normal is still welcome:"
genuine $LOAD "$port" '{"room":25.0}'

heading "Other kinds of device, on the same port"
say "Three meters share a key each with the gateway (profile smcp). Each sends" \
    "a value and gets the sum of all three:"
meters=
for n in 1 2 3; do
	enrol_line $n.psk
	"$top/asmp/asmp" -k $n.psk -g $GATEWAY.pin -p "$port" 127.0.0.1 \
	    ${n}00 >$n.sum 2>&1 </dev/null &
	meters="$meters $!"
done
for pid in $meters; do
	wait "$pid" || fail "a meter failed"
done
cat 1.sum 2.sum 3.sum | indent
expect "sum of 100, 200 and 300 at each of three" "600 600 600" \
    "$(cat 1.sum 2.sum 3.sum | xargs)"
say "A client with a token from its issuer chats and asks (profile ztp):"
must asmp-keygen -T -a $GATEWAY -k clinic.issuer -r user -u 1h user1
enrol_line user1.token
must asmp -P ztp -k user1.token -g $GATEWAY.pin -p "$port" 127.0.0.1 \
    "chat hello" ping status
indent <out
expect "answers to ping and status" "pong server OK" \
    "$(tail -n 2 out | xargs)"
say "The same token sends a Fernet message (profile slmp):"
must asmp -P slmp -k user1.token -g $GATEWAY.pin -p "$port" 127.0.0.1 \
    "Hello SLMP!"
indent <out
expect "answers to Hello SLMP!" 1 "$(grep -c 'received: Hello SLMP!' out)"
say "A monitor proves itself with an ML-KEM key (profile iomt):"
enrol_line BP_MONITOR_001.kem
set_mark
must asmp -v -k BP_MONITOR_001.kem -g $GATEWAY.pin -p "$port" 127.0.0.1 \
    "BP=145/92, HR=88, O2=96%, Temp=37.2C"
indent <out
wait_for logged 'DATA RECEIVED' || fail "the vitals did not arrive"
since | grep 'DATA RECEIVED' | indent
expect "vitals of BP_MONITOR_001" 1 "$(accepted)"

heading "The gateway stops"
set_mark
kill "$daemon"
result=0
wait "$daemon" || result=$?
daemon=
since | indent
expect "asmpd, exit status" 0 "$result"

heading "What was expected, and what was seen"
cleanup
left=nothing
[ ! -e "$dir" ] || left=something
expect "left behind in the scratch directory" nothing $left
printf '    %-46s %-14s %-14s' "" EXPECTED SEEN
echo "$table"
case $table in
*FAILED*)
	exit 1
	;;
esac
