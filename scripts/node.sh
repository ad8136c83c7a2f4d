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


# Prints the path of a node_modules that has npm's @noble/post-quantum, a
# third party of the differential tests: ASMP_NODE_MODULES, or that of the
# user's cache, into which it is put when it is missing.  Says nothing where
# there is no node or npm, since the tests do.

set -eu

has_noble()
{
	node --input-type=module \
	    -e "import '$1/@noble/post-quantum/ml-kem.js'" 2>/dev/null
}

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/asmpd
command -v node >/dev/null || exit 1
for modules in "${ASMP_NODE_MODULES:-$cache/node_modules}" \
    "$cache/node_modules"; do
	if has_noble "$modules"; then
		echo "$modules"
		exit 0
	fi
done

command -v npm >/dev/null || exit 1
noble=@noble/post-quantum@0.7.1
if ! {
	mkdir -p "$cache" && npm install --prefix "$cache" --no-save \
	    --ignore-scripts --no-audit --no-fund --fetch-retries 1 "$noble"
} >/dev/null 2>&1 </dev/null || ! has_noble "$cache/node_modules"; then
	echo "deps: no $noble, its tests are skipped; set ASMP_NODE_MODULES to" \
	    "a directory with it, or see why this fails:" \
	    "npm install --prefix $cache $noble" >&2
	exit 1
fi
echo "$cache/node_modules"
