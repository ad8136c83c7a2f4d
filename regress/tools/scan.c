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
 * Looks for secrets where they should not be.
 *
 *	scan [-f file]... [-p pid]...
 *
 * Each line of its input is a name and bytes in hexadecimal, 16 or more.
 * They are looked for in the files, and in all that the processes can read of
 * their memory: as they are, 16 at a time, so that half a key is found as
 * well, and in hexadecimal and base64 wherever that begins.  Each find is a
 * line: name, form, and the file, or the process and the area of its memory.
 * What cannot be read ends it with status 1; finds do not.
 */

#include <sys/types.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "tools.h"

#define PIECE		16		/* bytes of a secret looked for */
#define SECRETMAX	256
#define PATTERNMAX	(2 * SECRETMAX)	/* the longest form */
#define PATTERNS	1024
#define CHUNK		(1024 * 1024)
#define AREAMAX		(1UL << 30)	/* more is a sanitizer's */
#define PAGEMIN		4096
#define PRESENT		(1ULL << 63)	/* in /proc/PID/pagemap */
#define SWAPPED		(1ULL << 62)

struct pattern {
	char		 name[64];
	const char	*form;
	uint8_t		 bytes[PATTERNMAX];
	size_t		 len;
};

static struct pattern	 patterns[PATTERNS];
static size_t		 npatterns;
static uint8_t		 begins[65536];	/* some pattern does, with these two */

static void
pattern_add(const char *name, const char *form, const void *bytes, size_t len)
{
	struct pattern	*p = &patterns[npatterns];

	if (npatterns == PATTERNS || len > sizeof(p->bytes) || len < PIECE ||
	    strlcpy(p->name, name, sizeof(p->name)) >= sizeof(p->name))
		errx(1, "%s: too much, or too little", name);
	p->form = form;
	memcpy(p->bytes, bytes, len);
	p->len = len;
	begins[p->bytes[0] << 8 | p->bytes[1]] = 1;
	npatterns++;
}

static void
hex_add(const char *name, const char *format, const uint8_t *b, size_t n)
{
	char	 text[2 * SECRETMAX + 1];
	size_t	 i;

	for (i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, format, b[i]);
	pattern_add(name, "hex", text, 2 * n);
}

/* Of n bytes that stand so far into what was encoded, whole digits only. */
static void
base64_add(const char *name, const uint8_t *b, size_t n, unsigned int before)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char			 text[2 * SECRETMAX];
	size_t			 bit, len = 0;
	unsigned int		 v;

	for (bit = (6 - before * 8 % 6) % 6; bit + 6 <= 8 * n; bit += 6) {
		v = (unsigned int)b[bit / 8] << 8;
		if (bit / 8 + 1 < n)
			v |= b[bit / 8 + 1];
		text[len++] = digits[v >> (10 - bit % 8) & 0x3f];
	}
	pattern_add(name, "base64", text, len);
}

static void
secret_add(const char *name, const uint8_t *b, size_t n)
{
	size_t	 i;

	for (i = 0; i + PIECE <= n; i += PIECE)
		pattern_add(name, "raw", b + i, PIECE);
	hex_add(name, "%02x", b, n);
	hex_add(name, "%02X", b, n);
	for (i = 0; i < 3; i++)
		base64_add(name, b, n, (unsigned int)i);
}

static void
secrets_read(void)
{
	char	 line[2 * SECRETMAX + 80], name[64], hex[2 * SECRETMAX + 1];
	uint8_t	 b[SECRETMAX];
	ssize_t	 n;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "%63s %512s", name, hex) != 2 ||
		    (n = tool_unhex(b, sizeof(b), hex)) < PIECE)
			errx(1, "not a name and bytes: %s", line);
		secret_add(name, b, (size_t)n);
	}
	if (npatterns == 0)
		errx(1, "nothing to look for");
}

static void
look_at(const uint8_t *p, size_t left, const char *where)
{
	const struct pattern	*s;

	for (s = patterns; s < patterns + npatterns; s++)
		if (s->len <= left && memcmp(p, s->bytes, s->len) == 0)
			printf("%s %s %s\n", s->name, s->form, where);
}

/* What begins in the first n bytes of len. */
static void
look(const uint8_t *p, size_t n, size_t len, const char *where)
{
	size_t	 i;

	for (i = 0; i < n && i + 1 < len; i++)
		if (begins[p[i] << 8 | p[i + 1]])
			look_at(p + i, len - i, where);
}

/* Whether the process has ever touched a page from off on, of a chunk. */
static int
touched(int pagemap, off_t off)
{
	static uint64_t	 entry[CHUNK / PAGEMIN + 1];
	ssize_t		 i, n;

	n = pread(pagemap, entry, sizeof(entry), off / getpagesize() * 8);
	for (i = 0; i < n / 8; i++)
		if ((entry[i] & (PRESENT | SWAPPED)) != 0)
			return 1;
	return n == -1;
}

/* All of an open file from off to end, in chunks that overlap. */
static void
look_through(int fd, int pagemap, off_t off, off_t end, const char *where)
{
	static uint8_t	 buf[CHUNK + PATTERNMAX];
	size_t		 want;
	ssize_t		 n;

	for (; off < end; off += CHUNK) {
		if (pagemap != -1 && !touched(pagemap, off))
			continue;
		want = sizeof(buf);
		if ((off_t)want > end - off)
			want = (size_t)(end - off);
		if ((n = pread(fd, buf, want, off)) <= 0)
			return;		/* gone, or a hole */
		look(buf, (size_t)n < CHUNK ? (size_t)n : CHUNK, (size_t)n,
		    where);
	}
}

static void
file_scan(const char *path)
{
	off_t	 end;
	int	 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (end = lseek(fd, 0, SEEK_END)) == -1)
		err(1, "%s", path);
	look_through(fd, -1, 0, end, path);
	close(fd);
}

/* A line of /proc/PID/maps. */
static void
area_scan(int mem, int pagemap, const char *pid, const char *line)
{
	char		 where[128], perms[5], name[64] = "-";
	unsigned long	 from, to;

	if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %63s", &from, &to, perms,
	    name) < 3)
		errx(1, "not an area: %s", line);
	if (perms[0] != 'r' || to - from > AREAMAX || name[1] == 'v')
		return;		/* [vvar] and [vsyscall] cannot be read */
	snprintf(where, sizeof(where), "process %s %s %s", pid, perms, name);
	look_through(mem, pagemap, (off_t)from, (off_t)to, where);
}

static int
proc_open(const char *pid, const char *name)
{
	char	 path[64];
	int	 fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	return fd;
}

static void
process_scan(const char *pid)
{
	char	 line[512];
	FILE	*maps;
	int	 mem, pagemap;

	mem = proc_open(pid, "mem");
	pagemap = proc_open(pid, "pagemap");
	if ((maps = fdopen(proc_open(pid, "maps"), "r")) == NULL)
		err(1, NULL);
	while (fgets(line, sizeof(line), maps) != NULL)
		area_scan(mem, pagemap, pid, line);
	fclose(maps);
	close(pagemap);
	close(mem);
}

int
main(int argc, char *argv[])
{
	int	 ch;

	secrets_read();
	while ((ch = getopt(argc, argv, "f:p:")) != -1) {
		switch (ch) {
		case 'f':
			file_scan(optarg);
			break;
		case 'p':
			process_scan(optarg);
			break;
		default:
			fprintf(stderr, "usage: scan [-f file]... "
			    "[-p pid]...\n");
			return 1;
		}
	}
	return 0;
}
