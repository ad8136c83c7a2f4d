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


# Prints the path of a Python that has PyPI's noiseprotocol, the third party
# of the differential tests: ASMP_PYTHON, the system's, or that of a virtual
# environment in the user's cache, which is made when it is missing.

set -eu

has_noise()
{
	"$1" -c 'import noise.connection' 2>/dev/null
}

for python in "${ASMP_PYTHON:-python3}" python3; do
	if has_noise "$python"; then
		echo "$python"
		exit 0
	fi
done

venv=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/asmpd/venv
if ! has_noise "$venv/bin/python"; then
	if ! {
		mkdir -p "${venv%/*}" && python3 -m venv --clear "$venv" &&
		    "$venv/bin/python" -m pip install -q --no-input \
		    --disable-pip-version-check noiseprotocol==0.3.1
	} >/dev/null 2>&1 </dev/null || ! has_noise "$venv/bin/python"; then
		echo "deps: no Python with noiseprotocol, its tests are" \
		    "skipped; set ASMP_PYTHON to one, or see why this fails:" \
		    "python3 -m venv $venv && $venv/bin/pip install" \
		    "noiseprotocol" >&2
		exit 1
	fi
fi
echo "$venv/bin/python"
