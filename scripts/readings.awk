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


# This machine's live readings, a line of JSON each.  kind=load: load, memory
# and the temperatures in the files named.  kind=traffic: bytes over disks,
# whose stat files are named, and networks, as totals and as rates.  count
# lines, or until there is a file named stop; interval seconds apart.

function first_line(file,	line)
{
	line = ""
	getline line <file
	close(file)
	return line
}

function memory_used(	f, v, line)
{
	while ((getline line <"/proc/meminfo") > 0) {
		split(line, f, /[: ]+/)
		v[f[1]] = f[2]
	}
	close("/proc/meminfo")
	return 100 - 100 * v["MemAvailable"] / v["MemTotal"]
}

# Files of sensors that are asleep cannot be read.
function temperatures(	i, t, out)
{
	for (i = 1; i < ARGC; i++)
		if ((t = first_line(ARGV[i])) ~ /^-?[0-9]+$/)
			out = out sprintf(",\"temperature_%d\":%.1f", i,
			    t / 1000)
	return out
}

function load(	f)
{
	split(first_line("/proc/loadavg"), f)
	return sprintf("{\"load1\":%s,\"load5\":%s,\"memory_used\":%.1f%s}",
	    f[1], f[2], memory_used(), temperatures())
}

# The kernel counts sectors of 512 bytes, whatever the disk's are.
function disks(total,	i, f)
{
	for (i = 1; i < ARGC; i++) {
		split(first_line(ARGV[i]), f)
		total["disk_read"] += f[3] * 512
		total["disk_written"] += f[7] * 512
	}
}

function networks(total,	f, line)
{
	while ((getline line <"/proc/net/dev") > 0) {
		if (!sub(/:/, " ", line))
			continue
		split(line, f)
		if (f[1] == "lo")
			continue
		total["network_in"] += f[2]
		total["network_out"] += f[10]
	}
	close("/proc/net/dev")
}

function traffic(	f, i, name, now, out, rate, total)
{
	split(first_line("/proc/uptime"), f)
	now = f[1]
	split("disk_read disk_written network_in network_out", name)
	disks(total)
	networks(total)
	for (i = 1; i <= 4; i++) {
		rate = 0
		if (then > 0 && now > then)
			rate = (total[name[i]] - before[name[i]]) / (now - then)
		before[name[i]] = total[name[i]]
		out = out sprintf(",\"%s_total\":%.0f,\"%s_rate\":%.0f",
		    name[i], total[name[i]], name[i], rate)
	}
	then = now
	return "{" substr(out, 2) "}"
}

BEGIN {
	for (n = 1;; n++) {
		print (kind == "load" ? load() : traffic())
		fflush()
		if (n == count || system("test -e stop") == 0)
			exit
		system("sleep " interval)
	}
}
