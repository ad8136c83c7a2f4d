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


# fuzz.sh [target ...]: runs the targets, all of them or those named, under
# libFuzzer with clang's address and undefined behaviour sanitizers, and
# prints a table.  FUZZ_SECONDS is how long each runs, 60; FUZZ_JOBS how many
# at a time, 1; FUZZ_OUT where everything goes, fuzz.out at the top.  What a
# run has learned stays there for the next, and so do findings.

set -eu

cd "$(dirname "$0")"
: "${FUZZ_SECONDS:=60}" "${FUZZ_JOBS:=1}"
: "${FUZZ_OUT:=$(cd ../.. && pwd)/fuzz.out}"
: "${CLANG:=clang}"
LIMITS='-timeout=25 -rss_limit_mb=2048'
export UBSAN_OPTIONS=print_stacktrace=1

# The tree as it is now, and built apart: other objects stay as they are.
build()
{
	tree=$FUZZ_OUT/tree
	mkdir -p "$tree"
	tar -c -C ../.. --exclude='*.o' --exclude='*.[ad]' --exclude=parse.c \
	    Makefile mk lib asmp asmpd asmpctl regress | tar -x -C "$tree"
	san='-fsanitize=address,undefined,fuzzer-no-link'
	san="$san -fno-sanitize-recover=undefined"
	for dir in lib/libutil lib/libasmp asmpd asmpctl; do
		make -s -C "$tree/$dir" CC="$CLANG" SAN="$san" FORTIFY= \
		    CFLAGS='-O1 -g'
	done
	# shellcheck disable=SC2046 # a name is a word
	make -s -C "$tree/regress/fuzz" CC="$CLANG" SAN="$san" FORTIFY= \
	    CFLAGS='-O1 -g' DRIVER=libfuzzer FUZZ=-fsanitize=fuzzer \
	    $(printf 'fuzz_%s ' "$@")
}

# run target: its log and what it finds lie in FUZZ_OUT.
run()
{
	name=$1
	corpus=$FUZZ_OUT/corpus/$name
	mkdir -p "$corpus" "$FUZZ_OUT/findings" "$FUZZ_OUT/log"
	set -- -max_total_time="$FUZZ_SECONDS" $LIMITS -print_final_stats=1 \
	    -artifact_prefix="$FUZZ_OUT/findings/$name-"
	[ ! -e "dict/$name" ] || set -- "$@" -dict="dict/$name"
	ok=0
	"$FUZZ_OUT/tree/regress/fuzz/fuzz_$name" "$@" "$corpus" \
	    "corpus/$name" >"$FUZZ_OUT/log/$name" 2>&1 || ok=$?
	echo "$ok" >"$FUZZ_OUT/log/$name.status"
	row "$name" "$ok"
}

# The last line with figures, and what was found.
row()
{
	awk -v name="$1" -v status="$2" '
	/ cov: / {
		for (i = 1; i < NF; i++)
			value[$i] = $(i + 1)
	}
	/^stat::number_of_executed_units:/ { n = $2 }
	/^stat::average_exec_per_sec:/ { speed = $2 }
	/^SUMMARY:/ { found = $0; sub(/^SUMMARY: /, "", found) }
	/ does not hold / { found = $0 }
	END {
		if (status == 0)
			found = "none"
		else if (found == "")
			found = "see the log"
		printf "%-14s %10s %8s %6s %6s  %s\n", name, n, speed,
		    value["cov:"], value["ft:"], found
	}' "$FUZZ_OUT/log/$1"
}

targets()
{
	for file in fuzz_*.c; do
		file=${file#fuzz_}
		echo "${file%.c}"
	done
}

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(targets)
build "$@"
printf '%-14s %10s %8s %6s %6s  %s\n' target runs runs/s cov ft findings
running=0
for t; do
	run "$t" &
	running=$((running + 1))
	if [ "$running" -eq "$FUZZ_JOBS" ]; then
		wait
		running=0
	fi
done
wait

failed=0
for t; do
	[ "$(cat "$FUZZ_OUT/log/$t.status")" -eq 0 ] || failed=1
done
[ "$failed" -eq 0 ] || echo "inputs are in $FUZZ_OUT/findings, logs in" \
    "$FUZZ_OUT/log; fuzz_NAME FILE runs one"
exit "$failed"
