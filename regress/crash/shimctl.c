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
 * What a test says to the shim.
 *
 *	shimctl file [word=value ...]
 *
 * Makes the file if it is not there.  The words are those of struct shim:
 * role=s what=read,write,sync,truncate,alloc
 * how=count,error,half,tear,power,lose error=EIO,ENOSPC,EROFS,ENOMEM at=N
 * times=N seed=N; at=now is the next one, and reset=1 begins to count anew.
 * Shows what was counted then.
 */

#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

struct word {
	const char	*name;
	uint32_t	 value;
};

static const struct word	 whats[] = {
	{ "write", SHIM_WRITE }, { "sync", SHIM_SYNC },
	{ "truncate", SHIM_TRUNCATE }, { "alloc", SHIM_ALLOC },
	{ "read", SHIM_READ }, { NULL, 0 }
};
static const struct word	 hows[] = {
	{ "count", SHIM_COUNT }, { "error", SHIM_ERROR },
	{ "half", SHIM_HALF }, { "tear", SHIM_TEAR },
	{ "power", SHIM_POWER }, { "lose", SHIM_LOSE }, { NULL, 0 }
};
static const struct word	 errors[] = {
	{ "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EROFS", EROFS },
	{ "ENOMEM", ENOMEM }, { NULL, 0 }
};

static uint32_t
word_value(const struct word *w, const char *name)
{
	for (; w->name != NULL; w++)
		if (strcmp(w->name, name) == 0)
			return w->value;
	errx(1, "%s: unknown", name);
}

static uint32_t
word_mask(char *list)
{
	uint32_t	 mask = 0;
	char		*name;

	while ((name = strsep(&list, ",")) != NULL)
		mask |= word_value(whats, name);
	return mask;
}

static void
set(struct shim *s, const char *name, char *value)
{
	if (strcmp(name, "role") == 0)
		s->role = (unsigned char)value[0];
	else if (strcmp(name, "what") == 0)
		s->what = word_mask(value);
	else if (strcmp(name, "how") == 0)
		s->how = word_value(hows, value);
	else if (strcmp(name, "error") == 0)
		s->error = word_value(errors, value);
	else if (strcmp(name, "at") == 0)
		s->at = strcmp(value, "now") == 0 ?
		    atomic_load(&s->count) + 1 : strtoull(value, NULL, 10);
	else if (strcmp(name, "times") == 0)
		s->times = strtoull(value, NULL, 10);
	else if (strcmp(name, "seed") == 0)
		s->seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "reset") == 0) {
		atomic_store(&s->count, 0);
		atomic_store(&s->fired, 0);
		atomic_store(&s->undone, 0);
	} else
		errx(1, "%s: unknown", name);
}

int
main(int argc, char *argv[])
{
	struct shim	*s;
	char		*value;
	int		 fd, i;

	if (argc < 2)
		errx(1, "usage: shimctl file [word=value ...]");
	/* Root's daemon opens it before it becomes somebody else. */
	if ((fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1 ||
	    ftruncate(fd, sizeof(*s)) == -1)
		err(1, "%s", argv[1]);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		err(1, "%s", argv[1]);
	for (i = 2; i < argc; i++) {
		value = argv[i];
		if (strsep(&value, "=") == NULL || value == NULL)
			errx(1, "%s: no value", argv[i]);
		set(s, argv[i], value);
	}
	printf("count %llu fired %llu undone %llu\n",
	    (unsigned long long)atomic_load(&s->count),
	    (unsigned long long)atomic_load(&s->fired),
	    (unsigned long long)atomic_load(&s->undone));
	return 0;
}
