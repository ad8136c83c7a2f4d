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

# table.awk: the medians, with the least and the greatest, of what several

# table.awk: the table of a bench.  Of its files, reasons have who and why,
# figures who, test, metric, value, several times for several runs, and rows
# what report.sh says of row().

# Sets middle, least and greatest; returns how many values there are.
function look(who, what,   i, j, x, n, a)
{
	n = count[who, what]
	for (i = 1; i <= n; i++) {
		x = value[who, what, i]
		for (j = i - 1; j > 0 && a[j] > x; j--)
			a[j + 1] = a[j]
		a[j + 1] = x
	}
	if (n == 0)
		return 0
	least = a[1]
	greatest = a[n]
	middle = n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
	return n
}

function digits(x)
{
	if (x < 1 && x > 0)
		return sprintf("%.3f", x)
	return sprintf(x < 100 && x > -100 && x != int(x) ? "%.2f" : "%.0f", x)
}

function cell(n)
{
	return digits(middle) (n == 1 ? "" : \
	    sprintf(" (%s-%s)", digits(least), digits(greatest)))
}

function verdict(x, most)
{
	if (most == "")
		return ""
	if (x > most)
		missed++
	else
		met++
	return sprintf("%s %s", digits(most), x > most ? "MISSED" : "met")
}

function line(text, figure, target, ratio, rtarget, load)
{
	text = sprintf("%-48s %-22s %-14s %6s %-12s %s", text, figure, \
	    target, ratio, rtarget, load)
	sub(/ +$/, "", text)
	print text
}

# Why a figure is not there: by its whole name, or by what is before the dot.
function why(who,   short)
{
	if (who in reason)
		return reason[who]
	short = who
	sub(/\..*/, "", short)
	return short in reason ? reason[short] : "no figure came of it"
}

function unmeasured(text, who)
{
	printf "%-48s not run: %s\n", text, why(who)
	unrun++
}

# What each process had of it, on a line under the row.
function parts(who, what,   i, n, name, text)
{
	n = split("parent network verifier net verify store control", name, " ")
	for (i = 1; i <= n; i++)
		if (look(who, what "." name[i]) > 0)
			text = text " " name[i] " " digits(middle)
	if (text != "")
		printf "   %s\n", text
}

function row(text, who, what, most, peer, part,   n, m, r, v, test)
{
	if ((n = look(who, what)) == 0) {
		return unmeasured(text, who)
	}
	m = middle
	test = what
	sub(/ .*/, "", test)
	v = cell(n)
	if (peer != "" && look(peer, what) > 0 && middle > 0)
		r = m / middle
	line(text, v, verdict(m, most), r == "" ? "" : sprintf("%.2f", r), \
	    r == "" ? "" : verdict(r, part), \
	    what ~ /cpu$/ && look(who, test " load") > 0 ? digits(middle) : "")
	parts(who, what)
}

FILENAME ~ /reasons$/ {
	who = $1
	sub(/^[^ ]* /, "")
	reason[who] = $0
	next
}

FILENAME ~ /figures$/ {
	value[$1, $2 " " $3, ++count[$1, $2 " " $3]] = $4
	next
}

/^=/ {
	print ""
	print substr($0, 2)
	next
}

{
	if (!titled++)
		line("", "median (range)", "target", "mosq.", "target", "load us")
	split($0, f, "|")
	row(f[1], f[2], f[3], f[4], f[5], f[6])
}

END {
	printf "\n%d targets met, %d missed, %d rows not run\n", met, missed, \
	    unrun
}
