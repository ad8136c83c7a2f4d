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


# peers.sh: the brokers that asmpd is measured beside, where they are
# installed.  Both ask their clients for certificates, in TLS 1.3.  Sourced by
# bench.sh.

# shellcheck disable=SC2086,SC2154

PATH=$PATH:/usr/sbin
broker_pid=

# An authority, and what it says of broker and clients.
certificates()
{
	mkdir -m 711 peer && cd peer || exit 1
	echo 'subjectAltName=DNS:localhost' > san
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout ca.key -out ca.crt -subj /CN=bench -days 2 &&
	certificate broker && certificate client
	_status=$?
	chmod 644 ./*.key
	cd ..
	return $_status
}

certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout $1.key -out $1.csr -subj /CN=localhost &&
	openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key \
	    -CAcreateserial -out $1.crt -extfile san -days 2
}

mosquitto_start()
{
	cat > peer/mosquitto.conf <<-EOF
		listener $port 127.0.0.1
		cafile $scratch/peer/ca.crt
		certfile $scratch/peer/broker.crt
		keyfile $scratch/peer/broker.key
		require_certificate true
		allow_anonymous true
		persistence false
	EOF
	[ "$(id -u)" -ne 0 ] || echo "user nobody" >> peer/mosquitto.conf
	mosquitto -c peer/mosquitto.conf > broker.log 2>&1 &
	broker_pid=$!
}

nats_start()
{
	cat > peer/nats.conf <<-EOF
		listen: 127.0.0.1:$port
		max_connections: 1000000
		tls {
			cert_file: "$scratch/peer/broker.crt"
			key_file: "$scratch/peer/broker.key"
			ca_file: "$scratch/peer/ca.crt"
			verify: true
			timeout: 10
		}
		$1
	EOF
	nats-server -c peer/nats.conf > broker.log 2>&1 &
	broker_pid=$!
}

jetstream_start()
{
	nats_start "jetstream { store_dir: \"$scratch/jetstream\" }"
}

# broker who: starts it, until it listens.
broker()
{
	port=$(free_port)
	$1_start ""
	trap cleanup EXIT
	wait_for 10 port_used "$port"
}

broker_stop()
{
	[ -n "$broker_pid" ] || return 0
	kill -TERM $broker_pid 2> /dev/null
	wait $broker_pid 2> /dev/null
	broker_pid=
	rm -rf jetstream
}

# on_broker who busy idle [option ...] test ...: on one of its own; who is
# its name, and after a dot what is special.
on_broker()
{
	_who=$1
	_busy=$2
	_idle=$3
	_name=${_who%%.*}
	_protocol=$_name
	[ $_name != mosquitto ] || _protocol=mqtt
	shift 3
	progress $_who "$@"
	if descriptors $((_busy + ${_idle:-0})) && broker $_name; then
		figures_of $_who "$LOAD" -p broker=$broker_pid \
		    -c $_protocol -n $_busy ${_idle:+-i $_idle} \
		    -r $BENCH_RUNS -t $BENCH_SECONDS -d peer -P "$port" "$@"
	else
		because $_who "$(tail -n 1 broker.log)"
	fi
	broker_stop
}

# tests_of group=test,test ...: those of the groups that are wanted.
tests_of()
{
	for _pair in "$@"; do
		! wanted ${_pair%%=*} || echo ${_pair#*=} | tr , ' '
	done
}

bench_mosquitto()
{
	_tests=$(tests_of accept=batch,packed,apart,single lone=lone \
	    handshake=handshake idle=idle)
	[ -z "$_tests" ] || on_broker mosquitto $BENCH_BUSY $BENCH_IDLE $_tests
	! wanted paced || on_broker mosquitto.paced $BENCH_PACED "" \
	    -R $BENCH_RATE paced
	wanted growth || return 0
	for _size in $BENCH_CONNECTIONS; do
		on_broker mosquitto.c$_size $_size "" batch
	done
	for _size in $BENCH_PAYLOADS; do
		on_broker mosquitto.l$_size $BENCH_BUSY "" -l $_size batch
	done
}

bench_nats()
{
	_tests=$(tests_of accept=batch,single lone=lone handshake=handshake \
	    idle=idle)
	[ -z "$_tests" ] || on_broker nats $BENCH_BUSY $BENCH_IDLE $_tests
	! wanted paced || on_broker nats.paced $BENCH_PACED "" \
	    -R $BENCH_RATE paced
}

bench_jetstream()
{
	_tests=$(tests_of accept=batch,single lone=lone)
	[ -z "$_tests" ] || on_broker jetstream $BENCH_BUSY "" $_tests
	! wanted paced || on_broker jetstream.paced $BENCH_PACED "" \
	    -R $BENCH_RATE paced
}

program()
{
	[ $1 = mosquitto ] && echo mosquitto || echo nats-server
}

bench_peers()
{
	if ! command -v openssl > /dev/null ||
	    ! certificates 2> openssl.log; then
		for _peer in mosquitto nats jetstream; do
			because $_peer "openssl made no certificates"
		done
		return
	fi
	for _peer in mosquitto nats jetstream; do
		if ! wanted_peer $_peer; then
			because $_peer "not asked for: BENCH_PEERS"
		elif command -v "$(program $_peer)" > /dev/null; then
			bench_$_peer
		else
			because $_peer "$(program $_peer) is not installed"
		fi
	done
}

wanted_peer()
{
	case " $BENCH_PEERS " in
	*" $1 "*)	return 0 ;;
	esac
	return 1
}
