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

# No memory for the n-th allocation of a process, or for some from there on,
# in a scenario as in fault_test: a process may give up its work, or itself,
# but in good order, and nothing that was acknowledged is lost.

. $(atf_get_srcdir)/common.sh

# starves role process
starves()
{
	echo "${where}"
	shimmed $1
	template
	scenario_begin
	shim reset=1 what=alloc how=count
	scenario
	_total=${counted}
	[ ${_total} -gt 100 ] || atf_fail "the shim saw ${_total} calls"
	_sum=0
	_fired=0
	_tried=0
	for _place in $(places ${_total} ${CRASH_ROUNDS:-2}); do
		scenario_begin ${_place}
		shim reset=1 how=error error=ENOMEM at=${_place} \
		    times=$((1 + 19 * ((begun + _place) % 2)))
		scenario
		_tried=$((_tried + 1))
		[ ${fired} -eq 0 ] || _fired=$((_fired + 1))
		_sum=$((_sum + acked))
	done
	acked=${_sum}
	[ ${_fired} -gt 0 ] || atf_fail "nothing failed"
	report "no memory in $2, ${_fired} of ${_tried} places of ${_total}"
}

for process in parent verify store; do
	role=$(echo ${process} | cut -c 1)
	atf_test_case ${process}
	eval "${process}_head()
	{
		atf_set descr 'out of memory in ${process}'
		atf_set require.progs sqlite3
		atf_set timeout 7200
	}
	${process}_body()
	{
		starves ${role} ${process}
	}"
done

atf_init_test_cases()
{
	for process in parent verify store; do
		atf_add_test_case ${process}
	done
}
