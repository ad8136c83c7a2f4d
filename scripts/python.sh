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


# Prints the path of a Python for the differential tests, in which PyPI's
# noiseprotocol and cryptography, 48 or newer, are the third parties:
# ASMP_PYTHON, the system's, or that of a virtual environment in the user's
# cache, which is made when it is missing.  Where only the first of the two
# can be had, that has to do.

set -eu

# has PYTHON MODULE ...
has()
{
	python=$1
	shift
	for module; do
		"$python" -c "import $module" 2>/dev/null || return
	done
}

noise=noise.connection
mlkem=cryptography.hazmat.primitives.asymmetric.mlkem
venv=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/asmpd/venv

# print MODULE ...: the first of the three that has them all, and the end.
print()
{
	for candidate in "${ASMP_PYTHON:-python3}" python3 \
	    "$venv/bin/python"; do
		if has "$candidate" "$@"; then
			echo "$candidate"
			exit 0
		fi
	done
}

install()
{
	"$venv/bin/python" -m pip install -q --no-input --retries 1 \
	    --disable-pip-version-check "$@"
}

make_venv()
{
	has "$venv/bin/python" "$noise" || {
		mkdir -p "${venv%/*}" && python3 -m venv --clear "$venv"
	} && {
		install noiseprotocol==0.3.1 'cryptography>=48' ||
		    install noiseprotocol==0.3.1
	}
}

print $noise $mlkem
make_venv >/dev/null 2>&1 </dev/null || :
print $noise $mlkem
echo "deps: no Python with noiseprotocol and cryptography 48, tests that" \
    "need what is missing are skipped; set ASMP_PYTHON to one, or see why" \
    "this fails: python3 -m venv $venv && $venv/bin/pip install" \
    "noiseprotocol 'cryptography>=48'" >&2
print $noise
exit 1
