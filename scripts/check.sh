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


# check.sh [filter ...]: runs the tests under Kyua, all of them or those that
# a filter of kyua-test(1) names.  Failures come last, with their output, and
# the last line counts.  ASMP_JOBS is how many run at a time.  If no more than
# ASMP_AGAIN cases fail, 0 unless given, each is run three times alone, on a
# machine that is quiet by then; one that passes all three is listed as
# unsteady, with what it printed when it failed, and is not a failure, unless
# that is from a sanitizer.

set -eu

cd "$(dirname "$0")/../regress"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
# Cases that need an unprivileged user reach their directories through it.
chmod 711 "$scratch"
results=$scratch/results.db

kyua()
{
	HOME=$scratch TMPDIR=$scratch command kyua --config=none \
	    --logfile="$scratch/kyua.log" "$@"
}

# ask SQL: the answer from the results, without a header.
ask()
{
	kyua db-exec --no-headers --results-file="$results" "$1"
}

count()
{
	ask "SELECT count(*) FROM test_results WHERE result_type IN ($1)"
}

# list TYPES: the cases with one of these results, with their reasons.
list()
{
	ask "SELECT '    ' || relative_path || ':' || name || ': ' ||
	    result_reason
	    FROM test_results JOIN test_cases USING (test_case_id)
	    JOIN test_programs USING (test_program_id)
	    WHERE result_type IN ($1) ORDER BY relative_path, name"
}

# output NUMBER: what a case wrote, indented; of very much, both ends.
output()
{
	ask "SELECT CAST(contents AS TEXT) FROM test_case_files
	    JOIN files USING (file_id)
	    WHERE test_case_id = $1 ORDER BY file_name DESC" |
	    awk '{ line[NR] = $0 }
	    END {
		for (n = 1; n <= NR; n++)
			if (n <= 20 || n > NR - 60)
				print "        " line[n]
			else if (n == 21)
				print "        ... " NR - 80 " lines ..."
	    }'
}

failures()
{
	ask "SELECT test_case_id, relative_path || ':' || name || ': ' ||
	    result_type || ': ' || result_reason
	    FROM test_results JOIN test_cases USING (test_case_id)
	    JOIN test_programs USING (test_program_id)
	    WHERE result_type IN ('failed', 'broken')
	    ORDER BY relative_path, name" |
	while IFS=, read -r number what; do
		echo "    $what"
		output "$number"
	done
}

# run JOBS RESULTS [FILTER ...]
run()
{
	jobs=$1
	database=$2
	shift 2
	kyua $unprivileged -v parallelism="$jobs" test --kyuafile=Kyuafile \
	    --results-file="$database" "$@" </dev/null
}

# thrice CASE: whether it passes three times, alone.
thrice()
{
	for _ in 1 2 3; do
		rm -f "$scratch/again.db"
		run 1 "$scratch/again.db" "$1" >"$scratch/again" || return 1
		! grep -q ' -> *skipped' "$scratch/again" || return 1
	done
}

# The cases that failed, and do not alone.
unsteady()
{
	ask "SELECT relative_path || ':' || name FROM test_results
	    JOIN test_cases USING (test_case_id)
	    JOIN test_programs USING (test_program_id)
	    WHERE result_type IN ('failed', 'broken') AND NOT EXISTS
	    (SELECT 1 FROM test_case_files JOIN files USING (file_id)
	    WHERE test_case_files.test_case_id = test_cases.test_case_id AND
	    (CAST(contents AS TEXT) LIKE '%Sanitizer%' OR
	    CAST(contents AS TEXT) LIKE '%runtime error:%'))" |
	while read -r case; do
		if thrice "$case"; then
			echo "    $case"
		fi
	done
}

section()
{
	[ -z "$2" ] || printf '\n%s\n%s\n' "$1" "$2"
}

# As root, cases that want no privileges run as nobody, if it may read here.
unprivileged=
if [ "$(id -u)" -eq 0 ] &&
    setpriv --reuid=nobody --regid=nogroup --clear-groups \
    test -r Kyuafile 2>/dev/null; then
	unprivileged='-v unprivileged_user=nobody'
fi
if python=$(sh ../scripts/python.sh 2>/dev/null); then
	export ASMP_PYTHON="$python"
fi
if modules=$(sh ../scripts/node.sh 2>/dev/null); then
	export ASMP_NODE_MODULES="$modules"
fi
if logcheck=$(sh ../scripts/go.sh 2>/dev/null); then
	export ASMP_LOGCHECK="$logcheck"
fi

# Kyua's own closing lines are left out for ours.
{
	run "${ASMP_JOBS:-$(nproc)}" "$results" "$@" 2>"$scratch/said" ||
	    echo $? >"$scratch/status"
} | sed '/^$/,$d'
cat "$scratch/said" >&2
if [ ! -e "$results" ]; then
	echo "check: Kyua did not run, see above" >&2
	exit 1
fi

section 'Skipped:' "$(list "'skipped'")"
section 'Failed, as expected:' "$(list "'expected_failure'")"
section 'Failed:' "$(failures)"

passed=$(count "'passed', 'expected_failure'")
failed=$(count "'failed', 'broken'")
excused=0
if [ "$failed" -gt 0 ] && [ "$failed" -le "${ASMP_AGAIN:-0}" ]; then
	unsteady >"$scratch/unsteady"
	section 'Unsteady, passed three times alone:' \
	    "$(cat "$scratch/unsteady")"
	excused=$(wc -l <"$scratch/unsteady")
fi
passed=$((passed + excused))
failed=$((failed - excused))
echo
echo "$passed passed, $failed failed, $(count "'skipped'") skipped"
# Kyua fails for its cases, or for something that it says.
[ ! -e "$scratch/status" ] ||
    { [ "$excused" -gt 0 ] && [ ! -s "$scratch/said" ]; } || exit 1
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
