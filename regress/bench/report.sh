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


# report.sh: what a bench gathers for its table, in three files: rows, which
# the table will have; figures, that load and the others print, with who they
# are of in front; reasons, why some of them are not there.  Sourced by
# bench.sh.

# section text
section()
{
	echo "=$*" >> rows
}

# row text who metric [target [peer ratio]]: the median of a figure, the most
# that it should be, and what part of the peer's same figure.
row()
{
	printf '%s|%s|%s|%s|%s|%s\n' "$1" "$2" "$3" "${4:-}" "${5:-}" \
	    "${6:-}" >> rows
}

# target have want figure: the figure, if a row is of the size that it is for.
target()
{
	[ "$1" != "$2" ] || echo "$3"
}

# because who reason ...: why a figure of this one may be missing.
because()
{
	_who=$1
	shift
	echo "$_who $*" >> reasons
}

# figures_of who command [argument ...]: keeps the figures that a command
# prints, and if it fails its last words as the reason for what is missing.
figures_of()
{
	_who=$1
	shift
	"$@" > figures.new 2> errors
	_status=$?
	sed "s/^/$_who /" figures.new >> figures
	[ $_status -eq 0 ] || because "$_who" "$(tail -n 1 errors)"
	return $_status
}

# wanted group: whether its rows are to be measured.
wanted()
{
	case " $BENCH_ROWS " in
	*" all "*|*" $1 "*)	return 0 ;;
	esac
	return 1
}

# Where it is, for whoever waits at a terminal.
progress()
{
	[ ! -t 2 ] || printf '\r\033[K%s' "$*" >&2
}

progress_done()
{
	[ ! -t 2 ] || printf '\r\033[K' >&2
}
