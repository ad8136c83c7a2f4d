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

# The hot path gets no dearer unnoticed: what each step takes, counted by
# callgrind and not by a clock, stays within SLACK percent of what the file
# costs has of it, and it asks for memory and for cryptography no more often.
# Who makes a step cheaper, or dearer for a reason, records anew what this
# prints.

# Compilers differ by as much: this holds for gcc 12 and clang 14.
SLACK=15

needs()
{
	command -v "$1" >/dev/null || atf_skip "no $1"
}

# costs_of program: runs it under callgrind.  Its output is in steps, a line
# of figures for each step in taken.  libcrypto has code for this and that
# processor: it takes the one for all.  Stripped, since valgrind gives up on
# debugging information newer than it is.
costs_of()
{
	needs valgrind
	needs strip
	if grep -q -e __asan_init -e __ubsan_handle \
	    "$(atf_get_srcdir)/$1"; then
		atf_skip "built with a sanitizer"
	fi
	strip -S -o "$1" "$(atf_get_srcdir)/$1"
	OPENSSL_ia32cap=0 valgrind -q --tool=callgrind \
	    --callgrind-out-file=out --compress-strings=no \
	    --compress-pos=no --dump-before=measured --dump-after=measured \
	    "./$1" >steps 2>err
	case $? in
	0)	;;
	77)	atf_skip "$(cat steps)" ;;
	132)	atf_skip "valgrind does not know an instruction of this build" ;;
	*)	cat err
		atf_fail "$1 failed" ;;
	esac
	# Of each step a part is what came before it.
	part=0
	grep -v '^#' steps | while read -r step records; do
		part=$((part + 2))
		awk -v step="${step}" -v records="${records}" \
		    -f "$(atf_get_srcdir)/cost.awk" out.${part}
	done >taken
}

# Whether the libraries are those of the record: then 1.
same_libraries()
{
	recorded=$(grep "^# $(sed -n 's/^# \([^ ]*\) .*/\1/p' steps) " \
	    "$(atf_get_srcdir)/costs")
	if [ "$(uname -m)" = x86_64 ] &&
	    grep -qxF -e "${recorded}" steps; then
		echo 1
	else
		echo 0
	fi
}

# dearer program percent: what of it is dearer than so much of the record.
dearer()
{
	awk -v slack="$2" -v same="$(same_libraries)" -v of="$1" \
	    -f "$(atf_get_srcdir)/bounds.awk" "$(atf_get_srcdir)/costs" taken
}

# bounded program: within the record; and it would be seen, were it not.
bounded()
{
	grep -q '^# lib.* [0-9]' "$(atf_get_srcdir)/costs" ||
	    atf_fail "the record does not say of which libraries it is"
	costs_of "$1"
	cat taken
	dearer "$1" ${SLACK} >found || atf_fail "$(paste -s -d, found)"
	dearer "$1" -50 >half && atf_fail "twice as dear is not seen"
	while read -r step rest; do
		grep -q "^${step}: .* instructions, " half ||
		    atf_fail "${step} twice as dear is not seen"
	done <taken
}

atf_test_case verify
verify_head()
{
	atf_set descr "records, seals and acknowledgements cost what they did"
}
verify_body()
{
	bounded cost_verify
}

atf_test_case store
store_head()
{
	atf_set descr "what is stored costs what it did"
}
store_body()
{
	bounded cost_store
}

atf_init_test_cases()
{
	atf_add_test_case verify
	atf_add_test_case store
}
