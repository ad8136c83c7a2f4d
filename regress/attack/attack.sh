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

# M-18: attack.sh plays every attack against a daemon and prints a table of them:
# what each proves, the profile, the reason that the gateway gave, and whether
# that was the right one.

set -eu

cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
ASMP_ATTACKS=$scratch/attacks
# Most of the time a case waits for a refusal, which takes a second.
ASMP_JOBS=${ASMP_JOBS:-$(($(nproc) * 3))}
export ASMP_ATTACKS ASMP_JOBS
: >"$ASMP_ATTACKS"

# Breaks 8 and 12, whose tests are those of streams and of groups.
elsewhere='asmpd/streams_test:idle asmpd/streams_test:idle_either_way
    asmpd/streams_test:half_a_minute asmpd/groups_test:any_order
    asmpd/groups_test:terminated asmpd/groups_test:nothing_stale
    asmpd/groups_test:numbers'
status=0
sh scripts/check.sh attack $elsewhere >"$scratch/check" || status=1
sort "$ASMP_ATTACKS" | awk -F '\t' '
    BEGIN { printf "%-58s %-8s %-16s %s\n", "attack", "profile",
	"reason", "result" }
    { printf "%-58s %-8s %-16s %s\n", $1, $2, $3, $4 }
    END { printf "\n%d attacks\n", NR }'
cat "$scratch/check"
exit $status
