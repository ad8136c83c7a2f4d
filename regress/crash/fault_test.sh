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

# A scenario, from the start to the stop, in which the n-th write, sync or
# truncation of the store goes wrong, for every n: an error, a part that is
# written, a power cut.  Whatever it was, the next start finds all that was
# acknowledged, once.

. $(atf_get_srcdir)/common.sh

# fails what word=value ...: in each of the places, one call.
fails()
{
	_what=$1
	shift
	echo "${where}"
	shimmed s
	template ${line:+"${line}"}
	scenario_begin
	shim reset=1 "$@" how=count at=0
	scenario
	_total=${counted}
	[ ${_total} -gt 5 ] || atf_fail "the shim saw ${_total} calls"
	_sum=0
	_fired=0
	_tried=0
	for _place in $(places ${_total} ${CRASH_ROUNDS:-2}); do
		scenario_begin ${_place}
		shim reset=1 at=${_place} times=1 seed=$((begun + _place)) "$@"
		scenario
		_tried=$((_tried + 1))
		_fired=$((_fired + fired))
		_sum=$((_sum + acked))
	done
	acked=${_sum}
	[ ${_fired} -gt 0 ] || atf_fail "nothing failed"
	report "${_fired} ${_what} in ${_tried} places of ${_total}"
}

# begins word=value ...: the first start of all, with one call that fails, and
# a second one.
begins()
{
	rm -rf db/* asmpd.anchor
	: > asmpd.log
	shim reset=1 "$@"
	launch
	wait_for ${DAEMON_START} daemon_decided
	if alive ${daemon_pid}; then
		stop_daemon
	else
		gone $(family)
	fi
	fired=$(shim_says fired)
	counted=$(shim_says count)
	shim how=count
	launch
	up
	sql 'PRAGMA integrity_check' -o inline:'ok\n'
	stop_daemon
	atf_check_equal 0 ${status}
}

atf_test_case first
first_head()
{
	atf_set descr 'the first start of all, when the database is made'
	atf_set require.progs sqlite3
	atf_set timeout 7200
}
first_body()
{
	echo "${where}"
	daemon_conf
	shimmed s
	begins how=count at=0
	_total=${counted}
	_fired=0
	_tried=0
	for _how in error half tear power; do
		for _place in $(places ${_total} ${CRASH_ROUNDS:-1}); do
			begins at=${_place} times=1 error=EIO how=${_how} \
			    seed=$((begun + _place))
			_fired=$((_fired + fired))
			_tried=$((_tried + 1))
		done
	done
	[ ${_fired} -gt 0 ] || atf_fail "nothing failed"
	acked=0 lost=0 doubled=0
	report "${_fired} faults in the first start, ${_tried} tried"
}

# What is not stored may be lost, but only the last of it.
atf_test_case power_received
power_received_head()
{
	atf_set descr 'the power goes, and what was acknowledged was received'
	atf_set require.progs sqlite3
	atf_set timeout 7200
}
power_received_body()
{
	line='acknowledge received'
	lost_is='coalesce(max(k.id), 0) - count(k.id)'
	fails 'power cuts, received,' how=power
}

# test_case name what description word=value ...
test_case()
{
	_name=$1
	_label=$2
	_descr=$3
	shift 3
	atf_test_case ${_name}
	eval "${_name}_head()
	{
		atf_set descr '${_descr}'
		atf_set require.progs sqlite3
		atf_set timeout 7200
	}
	${_name}_body()
	{
		fails '${_label}' $*
	}"
	cases="${cases} ${_name}"
}

cases=
test_case io_error 'I/O errors' 'the n-th write or sync is an I/O error' \
    how=error error=EIO
test_case read 'reads that fail' 'the n-th read is an I/O error' \
    what=read how=error error=EIO
test_case full 'full disks' 'the n-th write or sync finds no room' \
    how=error error=ENOSPC
test_case half 'half writes' 'half of the n-th write is there, and no room' \
    how=half error=ENOSPC
test_case torn 'torn writes' 'half of the n-th write is there, and it dies' \
    how=tear
test_case power 'power cuts' 'the power goes at the n-th write or sync' \
    how=power

atf_init_test_cases()
{
	for _name in ${cases} power_received first; do
		atf_add_test_case ${_name}
	done
}
