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
 * The configuration: what is accepted prints as asmpd -nv does, and what is
 * printed is accepted and prints the same.
 *
 * Input: the file and, behind a NUL, another one that it may include.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define MAINFILE	"main"
#define INCLUDED	"included"
#define OPENS		64	/* of one input: files can include themselves */

static int	 open_memory(const char *, int, ...);
static char	*held_dup(const char *);
static void	 held_free(void *);

/* The only files that there are. */
#define open	open_memory
/* On an error yacc loses the strings that it holds. */
#undef strdup
#define strdup	held_dup
#define free	held_free
#include "../../asmpd/config.c"
#include "../../asmpd/parse.c"
#undef open
#undef strdup
#undef free

/* Strings that nobody has freed. */
struct held {
	LIST_ENTRY(held)	 entry;
	char			 text[];
};
static LIST_HEAD(, held)	 strings = LIST_HEAD_INITIALIZER(strings);

static struct {
	const char	*text;
	size_t		 len;
} files[2];
static int	 opens;

static char *
held_dup(const char *text)
{
	size_t		 n = strlen(text) + 1;
	struct held	*h = fuzz_alloc(sizeof(*h) + n);

	memcpy(h->text, text, n);
	LIST_INSERT_HEAD(&strings, h, entry);
	return h->text;
}

static void
held_free(void *p)
{
	struct held	*h;

	LIST_FOREACH(h, &strings, entry)
		if (h->text == p) {
			LIST_REMOVE(h, entry);
			break;
		}
	free(h == NULL ? p : h);
}

/* What an input that ended within braces has left, and strings. */
static void
forget(void)
{
	struct held	*h;

	role_free(role);
	role = NULL;
	group_free(group);
	group = NULL;
	while ((h = LIST_FIRST(&strings)) != NULL) {
		LIST_REMOVE(h, entry);
		free(h);
	}
}

static int
memory_file(const char *text, size_t len)
{
	int	 fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd != -1 && fchmod(fd, 0600) == 0);
	MUST(write(fd, text, len) == (ssize_t)len);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static int
open_memory(const char *name, int flags, ...)
{
	size_t	 i = strcmp(name, INCLUDED) == 0;

	(void)flags;
	if ((i == 0 && strcmp(name, MAINFILE) != 0) || opens++ >= OPENS) {
		errno = ENOENT;
		return -1;
	}
	return memory_file(files[i].text, files[i].len);
}

/* The configuration, or NULL if it is refused. */
static struct asmpd_conf *
accepted(const char *text, size_t len)
{
	struct asmpd_conf	*c = conf_new();

	files[0].text = text;
	files[0].len = len;
	opens = 0;
	if (parse_file(MAINFILE, c) == 0)
		return c;
	conf_free(c);
	return NULL;
}

/* What print_conf() prints, for the caller to free. */
static char *
printed(const struct asmpd_conf *c)
{
	FILE	*save = stdout;
	char	*text = NULL;
	size_t	 len;

	MUST((stdout = open_memstream(&text, &len)) != NULL);
	print_conf(c);
	MUST(fclose(stdout) == 0);
	stdout = save;
	return text;
}

static void
check(const struct asmpd_conf *c)
{
	struct asmpd_conf	*again;
	char			*one = printed(c), *two;
	const char		*what;

	again = accepted(one, strlen(one));
	MUST(again != NULL);
	MUST(conf_same(c, again, &what));
	two = printed(again);
	MUST(strcmp(one, two) == 0);
	free(one);
	free(two);
	conf_free(again);
}

int
fuzz_conf(const uint8_t *data, size_t size)
{
	const char		*text = (const char *)data;
	size_t			 len = strnlen(text, size);
	struct asmpd_conf	*c;

	files[1].text = text + len + (len < size);
	files[1].len = size - len - (len < size);
	if ((c = accepted(text, len)) != NULL)
		check(c);
	conf_free(c);
	forget();
	return 0;
}
