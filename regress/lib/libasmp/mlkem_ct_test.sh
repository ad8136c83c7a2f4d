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
#


# ML-KEM-768 does nothing whose time tells a secret: no branch and no address
# depends on one, says valgrind, and there is no division at all.

needs()
{
	command -v "$1" >/dev/null || atf_skip "no $1"
}

# A build with a sanitizer is not what is delivered, and valgrind cannot run it.
needs_plain_build()
{
	if grep -q -e __asan_init -e __ubsan_handle "$1"; then
		atf_skip "built with a sanitizer"
	fi
}

# checked MODE: mlkem_ct under valgrind, whose findings make it exit 99.
# Stripped, since valgrind gives up on debugging information newer than it is.
checked()
{
	needs valgrind
	needs strip
	needs_plain_build "$(atf_get_srcdir)/mlkem_ct"
	strip -S -o mlkem_ct "$(atf_get_srcdir)/mlkem_ct"
	valgrind -q --error-exitcode=99 ./mlkem_ct "$1" >out 2>err
	status=$?
	case ${status} in
	77)
		atf_skip "$(cat out)"
		;;
	132)	# SIGILL
		atf_skip "valgrind does not know an instruction of this build"
		;;
	esac
}

atf_test_case no_branch_or_address_from_a_secret
no_branch_or_address_from_a_secret_body()
{
	checked kem
	cat err
	atf_check_equal 0 ${status}
	[ ! -s err ] || atf_fail "valgrind has something to say"
}

atf_test_case a_branch_would_be_seen
a_branch_would_be_seen_body()
{
	checked branch
	atf_check_equal 99 ${status}
	atf_check -o match:'Conditional jump or move depends on' cat err
}

atf_test_case an_address_would_be_seen
an_address_would_be_seen_body()
{
	checked index
	atf_check_equal 99 ${status}
	atf_check -o match:'Use of uninitialised value' cat err
}

# divisions FILE: the instructions in it that divide, of x86 and of arm.
divisions()
{
	[ -s "$1" ] || atf_fail "no $1"
	objdump -d --no-show-raw-insn "$1" >code 2>/dev/null
	[ "$(wc -l <code)" -gt 8 ] || atf_skip "$1 holds no machine code"
	grep -E '[[:space:]](i?div[bwlq]?|v?div[ps][sd]|[su]div)[[:space:]]' \
	    code
}

# divides NAME: whether a source of libasmp does, as built or for small size,
# where even a division by a constant stays one.
divides()
{
	lib=$(atf_get_srcdir)/../../../lib
	cc -Os -D_GNU_SOURCE -DLIBBSD_OVERLAY -isystem /usr/include/bsd \
	    -I"${lib}/libasmp" -I"${lib}/libutil" -c -o "$1.small.o" \
	    "${lib}/libasmp/$1.c" || atf_fail "$1.c does not compile"
	divisions "$1.small.o" && return
	needs_plain_build "${lib}/libasmp/$1.o"
	divisions "${lib}/libasmp/$1.o"
}

# The time of a division tells the dividend.
atf_test_case no_division
no_division_body()
{
	needs cc
	needs objdump
	echo 'int f(int a, int b) { return a / b; }' >divide.c
	cc -c divide.c
	divisions divide.o ||
	    atf_skip "how this machine divides is not known here"
	for f in keccak mlkem mlkem_poly; do
		if divides "$f"; then
			atf_fail "$f.c divides"
		fi
	done
}

atf_init_test_cases()
{
	atf_add_test_case no_branch_or_address_from_a_secret
	atf_add_test_case a_branch_would_be_seen
	atf_add_test_case an_address_would_be_seen
	atf_add_test_case no_division
}
