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


# Neither padding taken off nor a key made text tells by its time what it was:
# no branch and no address depends on it, says valgrind.

needs()
{
	command -v "$1" >/dev/null || atf_skip "no $1"
}

# checked MODE: codec_ct under valgrind, whose findings make it exit 99.
# Stripped, since valgrind gives up on debugging information newer than it is.
checked()
{
	needs valgrind
	needs strip
	if grep -q -e __asan_init -e __ubsan_handle \
	    "$(atf_get_srcdir)/codec_ct"; then
		atf_skip "built with a sanitizer"
	fi
	strip -S -o codec_ct "$(atf_get_srcdir)/codec_ct"
	valgrind -q --error-exitcode=99 ./codec_ct "$1" >out 2>err
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

clean()
{
	checked "$1"
	cat err
	atf_check_equal 0 ${status}
	[ ! -s err ] || atf_fail "valgrind has something to say"
}

atf_test_case padding
padding_body()
{
	clean padding
}

atf_test_case base64
base64_body()
{
	clean base64
}

atf_test_case a_branch_would_be_seen
a_branch_would_be_seen_body()
{
	checked branch
	atf_check_equal 99 ${status}
	atf_check -o match:'Conditional jump or move depends on' cat err
}

atf_init_test_cases()
{
	atf_add_test_case padding
	atf_add_test_case base64
	atf_add_test_case a_branch_would_be_seen
}
