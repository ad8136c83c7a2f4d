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


# lint.sh: manuals, C sources and shell scripts; says what is wrong, and
# nothing where nothing is.

set -u

cd "$(dirname "$0")/.." || exit 1
bad=0

# check name command ...: its output is what it found.
check()
{
	what=$1
	shift
	if ! found=$("$@" 2>&1) || [ -n "$found" ]; then
		printf '%s:\n%s\n' "$what" "$found"
		bad=1
	fi
}

sources()
{
	find lib asmpd asmpctl asmp asmp-keygen regress \
	    -name '*.[chy]' ! -name parse.c
}

scripts()
{
	find scripts regress -name '*.sh' ! -name '*_test.sh' \
	    ! -name common.sh ! -name lib.sh
}

# What atf-sh reads is sh too, with words of its own.
test_scripts()
{
	find regress -name '*_test.sh' -o -name common.sh -o -name lib.sh
}

manuals()
{
	mandoc -T lint -W warning man/*.[1-9]
}

# The macros of these two headers are all that cppcheck must know.
c_code()
{
	find lib asmpd asmpctl asmp asmp-keygen regress -name '*.c' \
	    ! -name parse.c | cppcheck -q -j "$(nproc)" --file-list=- \
	    --std=c11 --enable=warning,performance,portability \
	    --suppressions-list=scripts/cppcheck.txt -D__linux__ \
	    --include=/usr/include/bsd/sys/queue.h \
	    --include=/usr/include/bsd/sys/tree.h \
	    -Ilib/libutil -Ilib/libasmp -Iasmpd -Iasmpctl
}

long_lines()
{
	for f in $(sources); do
		expand "$f" | awk -v f="$f" \
		    'length > 80 { print f ":" NR ": more than 80 columns" }'
	done
}

blanks()
{
	grep -rnI '[[:blank:]]$' --include='*.[chy1-9]' --include='*.sh' \
	    --include='*.awk' --include='*.mk' --include=Makefile \
	    --include=Kyuafile --exclude=parse.c \
	    Makefile .ci asmp asmp-keygen asmpctl asmpd etc lib man mk regress \
	    scripts
	[ $? -eq 1 ]
}

syntax()
{
	for f in $(scripts; test_scripts); do
		sh -n "$f" || return
	done
	bash -n .ci/run
}

# In test_scripts, functions are called by name, variables used elsewhere, and
# files may be called type.
shellchecks()
{
	# shellcheck disable=SC2046 # no blanks in our names
	shellcheck -S warning $(scripts) .ci/run &&
	shellcheck -s sh -S warning -e SC2034,SC2046,SC2154,SC2238 $(test_scripts)
}

check "manuals" manuals
check "C sources, cppcheck" c_code
check "C sources, width" long_lines
check "blanks at the end of lines" blanks
check "shell scripts, syntax" syntax
check "what no test names" sh scripts/rows.sh
if command -v shellcheck >/dev/null; then
	check "shell scripts, shellcheck" shellchecks
fi
exit $bad
