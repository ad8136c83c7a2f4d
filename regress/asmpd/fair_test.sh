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

# How much a device that floods is in another's way: a ratio of two round trips
# in the same run, which is why no other test runs meanwhile.

. $(atf_get_srcdir)/common.sh

# ratio profile how: another's round trip beside a flood takes no more than
# twice as long as with none, in one of some tries; and the flood gets on.
ratio()
{
	for _try in 1 2 3 4 5; do
		atf_check -o save:fair.out ${FAIR} -n 2 -g GW.pin \
		    -a 127.0.0.1:${port} $1:DEV1:DEV1.key $2 $1:DEV2:DEV2.key
		atf_check -o match:'^beside flood [1-9]' cat fair.out
		awk '$2 == "ratio" && $3 <= 2 { good = 1 } END { exit !good }' \
		    fair.out && return
	done
	atf_fail "$1, $2: $(tr '\n' ' ' < fair.out)"
}

atf_test_case median
median_head()
{
	atf_set descr "a flood moves another's median by no more than twice"
}
median_body()
{
	! grep -q __asan_init ${ASMPD} ||
	    atf_skip "a sanitizer costs some work more than other"
	gateway
	device_enrol DEV1
	device_enrol DEV2
	for _profile in asmp hybrid; do
		ratio ${_profile} small
		ratio ${_profile} large
	done
	${ctl} show > shown
	atf_check -o match:'^made to yield +[1-9]' cat shown
	daemon_stop
}

# accepts n: so many readings of all devices.
accepts()
{
	[ $(${ctl} show | awk '/^readings accepted/ { print $3 }') -ge $1 ]
}

atf_test_case alone
alone_head()
{
	atf_set descr "a flood waits for nobody where nobody is"
}
alone_body()
{
	gateway
	device_enrol DEV1
	${FAIR} -g GW.pin -a 127.0.0.1:${port} - large asmp:DEV1:DEV1.key \
	    > fair.out 2>&1 &
	flood_pid=$!
	wait_for ${SOON} accepts 200 || atf_fail "no flood: $(cat fair.out)"
	atf_check -o match:'^made to yield +0$' ${ctl} show
	kill ${flood_pid}
	wait ${flood_pid}
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case alone
	atf_add_test_case median
}
