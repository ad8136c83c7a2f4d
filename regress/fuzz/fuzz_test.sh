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


# Every target takes its corpus: genuine inputs, their neighbours, and what
# was once a finding.  A crash, a sanitizer's report, what must hold and does
# not, and a corpus that is empty are failures.

# replayed NAME: in the sanitized build with a look for leaks, which others
# of its tests cannot have.
replayed()
{
	atf_check -o ignore env ASAN_OPTIONS=detect_leaks=1 \
	    "$(atf_get_srcdir)/fuzz_$1" "$(atf_get_srcdir)/corpus/$1"
}

targets()
{
	for dir in "$(atf_get_srcdir)"/corpus/*; do
		echo "${dir##*/}"
	done
}

# A target of which nobody replays anything would be a test of nothing.
atf_test_case complete
complete_head()
{
	atf_set descr "every target has a corpus, and every corpus a target"
}
complete_body()
{
	for file in "$(atf_get_srcdir)"/fuzz_*.c; do
		file=${file##*/fuzz_}
		echo "${file%.c}"
	done >sources
	targets | atf_check -o file:sources cat
	mkdir empty
	atf_check -s exit:1 -e match:'empty: no inputs' \
	    "$(atf_get_srcdir)/fuzz_frame" empty
}

atf_init_test_cases()
{
	atf_add_test_case complete
	for name in $(targets); do
		atf_test_case ${name}
		eval "${name}_head()
		{
			atf_set descr 'the corpus of ${name}'
		}
		${name}_body()
		{
			replayed ${name}
		}"
		atf_add_test_case ${name}
	done
}
