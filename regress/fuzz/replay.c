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
 * A target with inputs from files, for any compiler:
 *	fuzz_NAME file | directory ...
 * Runs each file, and each file of a directory, in memory of its own size.
 * Fails where a directory has none; what must hold and does not aborts.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define PATHSIZE	1024

static void
run_file(const char *path)
{
	struct stat	 st;
	uint8_t		*data;
	int		 fd;

	printf("%s\n", path);	/* the last one, where a target stops */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(1, "%s", path);
	data = fuzz_alloc((size_t)st.st_size);
	if (read(fd, data, (size_t)st.st_size) != st.st_size)
		errx(1, "%s: cannot be read", path);
	close(fd);
	fuzz_begin();
	if (TARGET(data, (size_t)st.st_size) != 0)
		errx(1, "%s: the target failed", path);
	free(data);
}

static int
is_input(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* In the order of their names; returns how many there were. */
static int
run_directory(const char *path)
{
	struct dirent	**list;
	char		 file[PATHSIZE];
	int		 i, n;

	if ((n = scandir(path, &list, is_input, alphasort)) == -1)
		err(1, "%s", path);
	if (n == 0)
		errx(1, "%s: no inputs", path);
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		run_file(file);
		free(list[i]);
	}
	free(list);
	return n;
}

int
main(int argc, char *argv[])
{
	struct stat	 st;
	int		 i, n = 0;

	if (argc < 2)
		errx(1, "usage: %s file | directory ...", argv[0]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == -1)
			err(1, "%s", argv[i]);
		if (S_ISDIR(st.st_mode)) {
			n += run_directory(argv[i]);
			continue;
		}
		run_file(argv[i]);
		n++;
	}
	printf("%d inputs\n", n);
	return 0;
}
