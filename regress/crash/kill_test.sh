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

# kill -9 of each process and of all at once, at random moments, under load:
# what a device was told is there, once.

. $(atf_get_srcdir)/common.sh

# killed who ms: so long after it answers.
killed()
{
	launch
	up
	compare
	nap $2
	_family=$(family)
	kill -KILL $(victims $1)
	gone ${_family}
}

# early who ms: so long after it was started; children may not be there yet.
early()
{
	launch
	nap $2
	_family=$(family)
	kill -KILL $(victims $1) 2> /dev/null
	gone ${_family}
}

# kills n line of asmpd.conf ...: n of them, each process in its turn.
kills()
{
	_kills=0
	_rounds=$1
	shift
	echo "${where}"
	fleet "$@"
	devices_go
	while [ ${_kills} -lt ${_rounds} ]; do
		for _who in store verify all net parent control; do
			chance 700
			killed ${_who} ${chance}
			_kills=$((_kills + 1))
		done
		chance 400
		early all ${chance}
		chance 400
		early parent ${chance}
		_kills=$((_kills + 2))
	done
	launch
	up
	devices_stop
	compare
	[ ${acked} -gt ${_kills} ] || atf_fail "nothing was acknowledged"
	sql 'PRAGMA integrity_check' -o inline:'ok\n'
	daemon_stop
	report "${_kills} kills"
}

atf_test_case stored
stored_head()
{
	atf_set descr "kill -9, what was acknowledged was stored"
	atf_set require.progs sqlite3
	atf_set timeout 7200
}
stored_body()
{
	kills ${CRASH_ROUNDS:-8}
}

atf_test_case received
received_head()
{
	atf_set descr "kill -9, what was acknowledged was received: no less"
	atf_set require.progs sqlite3
	atf_set timeout 7200
}
received_body()
{
	kills ${CRASH_ROUNDS:-8} 'acknowledge received'
}

atf_init_test_cases()
{
	atf_add_test_case stored
	atf_add_test_case received
}
