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


# rows_accept.sh: what it costs to accept readings, and how soon they are
# acknowledged.  Sourced by bench.sh.

# shellcheck disable=SC2034,SC2046,SC2086,SC2154,SC3045

rows_accept()
{
	section "one reading accepted, CPU us; $BENCH_BUSY connections with" \
	    "64 readings of 256 bytes under way each"
	row "ztp: no seal, no ratchet" ztp "batch cpu" \
	    "$(target $BENCH_BUSY 200 2.2)" mosquitto \
	    "$(target $BENCH_BUSY 200 0.25)"
	row "ztp, acknowledged before it is synced" ztp.early "batch cpu" "" \
	    mosquitto
	row "hybrid: ratchet, a seal over each 64" hybrid "batch cpu" \
	    "$(target $BENCH_BUSY 200 5)" mosquitto \
	    "$(target $BENCH_BUSY 200 0.6)"
	row "asmp: a seal over each 64" asmp "batch cpu" "" mosquitto
	row "slmp: Fernet" slmp "batch cpu" "" mosquitto
	row "iomt: AES-CBC and HMAC" iomt "batch cpu" "" mosquitto
	row "mosquitto, QoS 1, kept nowhere" mosquitto "batch cpu"
	row "mosquitto, many in a TLS record" mosquitto "packed cpu"
	row "nats, +OK for each, kept nowhere" nats "batch cpu"
	row "nats JetStream, in a file not synced" jetstream "batch cpu"
	section "the same, each frame written by itself"
	row "ztp" ztp "apart cpu" "" mosquitto
	row "hybrid" hybrid "apart cpu" "" mosquitto
	row "asmp" asmp "apart cpu" "" mosquitto
	row "mosquitto" mosquitto "apart cpu"
	section "the same, one reading at a time on each connection"
	row "asmp: each is signed" asmp "single cpu" 180 mosquitto
	row "hybrid: each is signed" hybrid "single cpu" 180 mosquitto
	row "ztp" ztp "single cpu" "" mosquitto
	row "smcp: a value and the result of its round" smcp "single cpu"
	row "mosquitto" mosquitto "single cpu"
	row "nats" nats "single cpu"
	row "nats JetStream" jetstream "single cpu"
}

bench_accept()
{
	on_gateway ztp ztp $BENCH_BUSY "" batch apart single
	conf_line="acknowledge received"
	on_gateway ztp.early ztp $BENCH_BUSY "" batch
	conf_line=
	on_gateway hybrid hybrid $BENCH_BUSY "" batch apart single
	on_gateway asmp asmp $BENCH_BUSY "" batch apart single
	on_gateway slmp slmp $BENCH_BUSY "" batch
	on_gateway iomt iomt $BENCH_BUSY "" batch
	_n=$BENCH_BUSY
	[ $_n -le $SMCP_GROUPS ] || _n=$SMCP_GROUPS
	on_gateway smcp smcp $_n "" single
}

rows_paced()
{
	_size="$BENCH_RATE $BENCH_PACED"
	section "$BENCH_RATE readings/s over $BENCH_PACED connections, each" \
	    "alone and at its own time"
	row "ztp, CPU us" ztp.paced "paced cpu" "$(target "$_size" \
	    "20000 2000" 14)" mosquitto.paced
	row "ztp, round trip us, median" ztp.paced "paced rtt" \
	    "$(target "$_size" "20000 2000" 6000)" mosquitto.paced
	row "ztp, round trip us, 99 in 100" ztp.paced "paced rtt99" "" \
	    mosquitto.paced
	row "mosquitto, CPU us" mosquitto.paced "paced cpu"
	row "nats, CPU us" nats.paced "paced cpu"
	row "nats JetStream, CPU us" jetstream.paced "paced cpu"
	section "$BENCH_RATE_SIGNED readings/s over $BENCH_PACED" \
	    "connections, each alone and signed"
	row "asmp, CPU us" asmp.paced "paced cpu"
	row "asmp, round trip us, median" asmp.paced "paced rtt"
	row "asmp, round trip us, 99 in 100" asmp.paced "paced rtt99"
}

bench_paced()
{
	on_gateway ztp.paced ztp $BENCH_PACED "" -R $BENCH_RATE paced
	on_gateway asmp.paced asmp $BENCH_PACED "" -R $BENCH_RATE_SIGNED paced
}

rows_lone()
{
	section "a lone reading while nothing else happens, round trip us"
	row "ztp" ztp.lone "lone rtt" "" mosquitto
	row "    the disk alone meanwhile, 4 KB and sync" ztp.lone "lone sync"
	row "    what ztp takes beyond that" ztp.lone "lone beyond" 200
	row "asmp, signed" asmp.lone "lone rtt" "" mosquitto
	row "    beyond the disk" asmp.lone "lone beyond"
	row "mosquitto, kept nowhere" mosquitto "lone rtt"
	row "nats, kept nowhere" nats "lone rtt"
	row "nats JetStream, not synced" jetstream "lone rtt"
}

bench_lone()
{
	on_gateway ztp.lone ztp 1 "" lone
	on_gateway asmp.lone asmp 1 "" lone
}
