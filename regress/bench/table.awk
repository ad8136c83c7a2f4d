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
# runs of load have given; a line is who, test, metric, value.

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
	return sprintf(x < 100 ? "%.2f" : "%.0f", x)
}

function cell(who, what,   n)
{
	if ((n = look(who, what)) == 0)
		return "-"
	return digits(middle) (n == 1 ? "" : \
	    sprintf(" (%s-%s)", digits(least), digits(greatest)))
}

function line(text, asmpd, mosquitto, ratio)
{
	printf "%-35s %-23s %-23s %s\n", text, asmpd, mosquitto, ratio
}

function row(text, what,   ratio, m)
{
	ratio = "-"
	if (look("mosquitto", what) > 0 && (m = middle) > 0 &&
	    look("asmpd", what) > 0)
		ratio = sprintf("%.2f", middle / m)
	line(text, cell("asmpd", what), cell("mosquitto", what), ratio)
}

# A row, and under it what each process of asmpd had of it.
function rows(text, what,   i, n, name)
{
	row(text, what)
	n = split("parent network verifier store control", name, " ")
	for (i = 1; i <= n; i++)
		if (look("asmpd", what "." name[i]) > 0 && greatest > 0)
			line("    " name[i], cell("asmpd", what "." name[i]))
}

{
	value[$1, $2 " " $3, ++count[$1, $2 " " $3]] = $4
}

END {
	line("", "asmpd", "mosquitto", "ratio")
	rows("CPU us, reading, 64 in a write", "batch cpu")
	rows("CPU us, reading, 64 in 64 writes", "apart cpu")
	rows("CPU us, reading, one at a time", "single cpu")
	rows("CPU us, handshake", "handshake cpu")
	row("round trip us, lone reading", "lone rtt")
	line("    the disk alone, 4 KB and sync", cell("disk", "disk sync"))
	rows("resident bytes, new idle session", "idle rss")
	rows("resident bytes, after a reading", "used rss")
	row("readings/s, 64 in a write", "batch rate")
	row("readings/s, 64 in 64 writes", "apart rate")
	row("readings/s, one at a time", "single rate")
	row("load's CPU us, 64 in a write", "batch load")
	row("load's CPU us, 64 in 64 writes", "apart load")
	row("load's CPU us, one at a time", "single load")
	row("load's CPU us, handshake", "handshake load")
}
