/*
 * Copyright (c) 2026 The asmpd developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * What processes cost, read from the operating system: their CPU clocks,
 * which are user and system time together in nanoseconds, and their resident
 * pages.  One line for each figure: test, metric, value.
 */

#include <sys/types.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define PROCESSES_MAX	16

struct process {
	const char	*name;
	pid_t		 pid;
	clockid_t	 clock;
	double		 cpu;		/* us, at cpu_begin() */
	double		 rss;		/* bytes, at rss_begin() */
};

static struct process	 processes[PROCESSES_MAX];
static size_t		 nprocesses;
static double		 own, wall;

static double
clock_us(clockid_t clock)
{
	struct timespec	 ts;

	if (clock_gettime(clock, &ts) == -1)
		err(1, "clock_gettime: a measured process is gone");
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/* Microseconds of a clock that only goes forward. */
double
now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* Microseconds of CPU that this process has used. */
double
cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

static double
resident_bytes(const struct process *p)
{
	unsigned long	 total, resident;
	char		 path[64];
	FILE		*f;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)p->pid);
	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	if (fscanf(f, "%lu %lu", &total, &resident) != 2)
		errx(1, "%s: not what it was", path);
	fclose(f);
	return (double)resident * sysconf(_SC_PAGESIZE);
}

/* Measures one more process, given as NAME=PID; the text is kept. */
void
process_add(const char *arg)
{
	struct process	*p = &processes[nprocesses];
	const char	*why, *eq = strchr(arg, '=');

	if (eq == NULL || nprocesses == PROCESSES_MAX)
		errx(1, "-p %s: not NAME=PID, or too many", arg);
	if ((p->name = strndup(arg, eq - arg)) == NULL)
		err(1, NULL);
	p->pid = strtonum(eq + 1, 1, INT_MAX, &why);
	if (why != NULL)
		errx(1, "-p %s: pid is %s", arg, why);
	if (clock_getcpuclockid(p->pid, &p->clock) != 0)
		errx(1, "-p %s: no such process", arg);
	nprocesses++;
}

/* From here on work is measured. */
void
cpu_begin(void)
{
	size_t	 i;

	own = cpu_us();
	wall = now_us();
	for (i = 0; i < nprocesses; i++)
		processes[i].cpu = clock_us(processes[i].clock);
}

/* What each of n pieces of work has cost, by process, in all, and here. */
void
cpu_end(const char *test, uint64_t n)
{
	double	 us, sum = 0;
	size_t	 i;

	for (i = 0; i < nprocesses; i++) {
		us = clock_us(processes[i].clock) - processes[i].cpu;
		printf("%s cpu.%s %.3f\n", test, processes[i].name, us / n);
		sum += us;
	}
	printf("%s cpu %.3f\n", test, sum / n);
	printf("%s load %.3f\n", test, (cpu_us() - own) / n);
	printf("%s rate %.0f\n", test, n / ((now_us() - wall) / 1e6));
	fflush(stdout);
}

void
rss_begin(void)
{
	size_t	 i;

	for (i = 0; i < nprocesses; i++)
		processes[i].rss = resident_bytes(&processes[i]);
}

/* What each of n things is resident with, by process and in all. */
void
rss_end(const char *test, uint64_t n)
{
	double	 bytes, sum = 0;
	size_t	 i;

	for (i = 0; i < nprocesses; i++) {
		bytes = resident_bytes(&processes[i]) - processes[i].rss;
		printf("%s rss.%s %.0f\n", test, processes[i].name, bytes / n);
		sum += bytes;
	}
	printf("%s rss %.0f\n", test, sum / n);
	fflush(stdout);
}

/* What processes are resident with now, each and in all. */
void
rss_now(const char *test)
{
	double	 bytes, sum = 0;
	size_t	 i;

	for (i = 0; i < nprocesses; i++) {
		bytes = resident_bytes(&processes[i]);
		printf("%s rss.%s %.0f\n", test, processes[i].name, bytes);
		sum += bytes;
	}
	printf("%s rss %.0f\n", test, sum);
	fflush(stdout);
}

static int
double_cmp(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The q-th part of n values, which are sorted; n is not 0. */
double
quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), double_cmp);
	return v[(size_t)(q * (n - 1))];
}

/* The median of n values, which are sorted; n is not 0. */
double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), double_cmp);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
