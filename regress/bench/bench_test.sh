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


# The bench works, at a size where its figures say nothing.

tiny()
{
	TMPDIR=$(pwd -P)
	export TMPDIR
	export BENCH_RUNS=1 BENCH_SECONDS=0.05 BENCH_BUSY=4 BENCH_IDLE=4
	export BENCH_FILL=no
	export BENCH_PACED=4 BENCH_RATE=200 BENCH_RATE_SIGNED=100 BENCH_FAIR=1
	export BENCH_CONNECTIONS=2 BENCH_PAYLOADS=3584
	export BENCH_SESSIONS=20 BENCH_STORM=200 BENCH_DEVICES=20
	chmod 711 .
}

# bench [group ...]: the table is in out.
bench()
{
	sh $(atf_get_srcdir)/bench.sh "$@" > out 2> err || {
		cat out err >&2
		atf_fail "no table"
	}
}

# figures what: so many rows have one, with a number above 0 in it.
figures()
{
	grep -c "^$1.* [0-9.]*[1-9][0-9.]*\( \|$\)" out
}

# all_there: no row is without a figure, other than those of this kind.
all_there()
{
	! grep ' not run: ' out | grep -v "$1" >&2 || atf_fail "rows are missing"
}

atf_test_case gateway
gateway_head()
{
	atf_set descr "each row about asmpd alone has a figure"
	atf_set timeout 300
}
gateway_body()
{
	tiny
	export BENCH_PEERS=''
	bench accept paced lone fair handshake idle sessions storm devices \
	    growth
	all_there 'BENCH_PEERS$'
	atf_check_equal 1 $(figures ztp:)
	atf_check_equal 2 $(figures hybrid:)
	atf_check_equal 1 $(figures slmp:)
	atf_check_equal 2 $(figures 'asmp, round trip us')
	atf_check_equal 1 $(figures 'ztp, round trip us, median')
	atf_check_equal 4 $(figures '.* readings: the ratio')
	atf_check -o match:'^not asked for: floors score cores iomt$' cat out
}

atf_test_case parts
parts_head()
{
	atf_set descr "floors, score and the steps of iomt have figures"
	atf_set timeout 300
}
parts_body()
{
	tiny
	export BENCH_PEERS=''
	bench floors score iomt
	all_there 'BENCH_PEERS$'
	atf_check_equal 2 $(figures Ed25519)
	atf_check_equal 1 $(figures authentication)
}

atf_test_case peers
peers_head()
{
	atf_set descr "brokers beside asmpd have figures, and it has ratios"
	atf_set require.progs mosquitto nats-server openssl
	atf_set timeout 300
}
peers_body()
{
	tiny
	bench accept
	all_there nothing
	atf_check_equal 4 $(figures mosquitto)
	atf_check_equal 4 $(figures nats)
	atf_check -o match:'^ztp: .* [0-9.]+ +[0-9.]+ +[0-9.]+$' cat out
}

atf_test_case reason
reason_head()
{
	atf_set descr "a row that cannot be measured says why"
	atf_set timeout 300
}
reason_body()
{
	tiny
	export BENCH_PEERS='' BENCH_SESSIONS='20 100000000'
	bench sessions
	atf_check_equal 4 $(figures '20: ')
	atf_check_equal 4 \
	    $(grep -c '^100000000: .* not run: needs 100000000 desc' out)
}

atf_init_test_cases()
{
	atf_add_test_case gateway
	atf_add_test_case parts
	atf_add_test_case peers
	atf_add_test_case reason
}
