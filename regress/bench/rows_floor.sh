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


# rows_floor.sh: what the machine asks for each kind of work, and the parts
# of asmpd that are measured by themselves.  Sourced by bench.sh.

# shellcheck disable=SC2034,SC2046,SC2086,SC2154,SC3045

rows_floors()
{
	section "floors of this machine, CPU us unless it says otherwise"
	row "frame of 256 bytes, read and opened, ChaCha20" floor "chacha cpu"
	row "the same, AES-256-GCM" floor "gcm cpu"
	row "Ed25519, one signature" floor "sign cpu"
	row "Ed25519, one check" floor "verify cpu"
	row "X25519, one agreement" floor "agree cpu"
	row "SQLite, one reading and full sync" floor "commit cpu"
	row "SQLite, the same, by the clock" floor "commit wall"
}

bench_floors()
{
	progress floor
	mkdir floor.dir
	figures_of floor "$here/floor" -r $BENCH_RUNS -t $BENCH_SECONDS \
	    floor.dir
	rmdir floor.dir
}

rows_score()
{
	section "is a value usual: CPU us of one value"
	row "by what was learned of its field" score "check cpu" 0.3
	row "before that, by the scanner of JSON" score "scan cpu"
	row "bytes that a field's model holds" score "state bytes" 4096
	row "allocations in a check" score "check allocations" 0
}

bench_score()
{
	progress score
	figures_of score "$here/score" -r $BENCH_RUNS
}

CORES=5

rows_cores()
{
	section "more cores: readings/s, asmp, 64 under each seal; two" \
	    "verifiers should give 1.7 times what one does"
	row "one verifier" cores.one "batch rate"
	row "two verifiers" cores.two "batch rate"
}

# Net, store and the load are busy beside them.
bench_cores()
{
	if [ "$(nproc)" -lt "$CORES" ]; then
		for _w in cores.one cores.two; do
			because $_w "$(nproc) processors, of $CORES that" \
			    "two verifiers, net, store and the load keep busy"
		done
		return
	fi
	on_gateway cores.one asmp $BENCH_BUSY "" batch
	conf_line="verifiers 2"
	on_gateway cores.two asmp $BENCH_BUSY "" batch
	conf_line=
}

# What the key registry's write-up has figures for, on this machine.
rows_iomt()
{
	section "profile iomt by its steps, us by the clock; its write-up has" \
	    "1000 for keys, encapsulation, HMAC"
	for _s in keypair encapsulation decapsulation session encryption \
	    HMAC decryption authentication; do
		row "$_s" iomt.steps "$_s wall"
	done
}

bench_iomt()
{
	progress iomt.steps
	gateway_start iomt 1
	figures_of iomt.steps iomt_steps
	gateway_stop
}

# steps prints for people, a line for each step with the median first.
iomt_steps()
{
	"$KEYGEN" -t mlkem768 BP_MONITOR_001 > /dev/null &&
	"$KEYGEN" -e BP_MONITOR_001.kem | $ctl device add - > /dev/null &&
	"$here/steps" -a "127.0.0.1:$port" -k BP_MONITOR_001.kem -g GW.pin > steps.out &&
	sed 's/^key pair/keypair/; s/^session keys/session/' steps.out |
	    awk '{ print $1, "wall", $2 }'
}
