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


# crash.sh: the long form of the crash tests, and a table of them: what went
# wrong how often, how many readings were acknowledged meanwhile, and how many
# of them were lost or are there twice.  CRASH_ROUNDS says how many times,
# CRASH_SEED with which chance, CRASH_PLACES where instead.

set -eu

cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
CRASH_TABLE=$scratch/table
CRASH_ROUNDS=${CRASH_ROUNDS:-120}
export CRASH_TABLE CRASH_ROUNDS
: >"$CRASH_TABLE"
# Some cases run as nobody.
chmod 711 "$scratch"
chmod 666 "$CRASH_TABLE"

status=0
sh scripts/check.sh crash >"$scratch/check" || status=1
sort "$CRASH_TABLE" | awk -F ', ' '
    {
	what = $1
	for (i = 2; i <= NF - 3; i++)
		what = what ", " $i
	split($(NF - 2), a, " ")
	split($(NF - 1), l, " ")
	split($NF, d, " ")
	printf "%-52s %12d %6d %8d\n", what, a[1], l[1], d[1]
	acked += a[1]
	lost += l[1]
	doubled += d[1]
    }
    BEGIN {
	printf "%-52s %12s %6s %8s\n", "what", "acknowledged", "lost",
	    "doubled"
    }
    END { printf "%-52s %12d %6d %8d\n\n", "all", acked, lost, doubled }'
cat "$scratch/check"
exit $status
