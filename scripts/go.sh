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


# Prints the path of logcheck, the program of regress/interop that checks logs
# by modules of others: ASMP_LOGCHECK, or the one in the user's cache, which
# is built again where its source is newer; the modules go there too.  Says
# nothing where there is no Go, since the test does.

set -eu

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/asmpd
if [ -x "${ASMP_LOGCHECK:-}" ]; then
	echo "$ASMP_LOGCHECK"
	exit 0
fi
for go in "${ASMP_GO:-go}" /usr/local/go/bin/go /usr/lib/go/bin/go none; do
	! command -v "$go" >/dev/null || break
done
[ "$go" != none ] || exit 1

cd "$(dirname "$0")/../regress/interop/logcheck"
export CGO_ENABLED=0 GOCACHE="$cache/go/build" GOMODCACHE="$cache/go/mod" \
    GOTOOLCHAIN=local GOWORK=off \
    GOFLAGS='-mod=readonly -modcacherw -buildvcs=false'
if ! {
	mkdir -p "$cache" &&
	    timeout -k 5 300 "$go" build -o "$cache/logcheck.$$" . &&
	    mv "$cache/logcheck.$$" "$cache/logcheck"
} >/dev/null 2>&1 </dev/null; then
	rm -f "$cache/logcheck.$$"
	echo "deps: cannot build logcheck, its test is skipped; set" \
	    "ASMP_LOGCHECK to one, or see why this fails:" \
	    "cd $PWD && $go build -o $cache/logcheck ." >&2
	exit 1
fi
echo "$cache/logcheck"
