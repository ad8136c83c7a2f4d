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
 * boxls directory: the readings in an outbox, one a line, in their order, as
 * far as they are whole, whether asmp(1) runs or was killed.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "outbox.h"

#define SIZE		(2 * 1024 * 1024)	/* more than any segment has */

static int
is_segment(const struct dirent *de)
{
	return segment_first(de->d_name) != 0;
}

/* One that is gone meanwhile was decided. */
static void
list(const char *name)
{
	static uint8_t	 buf[SIZE];
	struct entry	 e;
	size_t		 step;
	ssize_t		 n, pos;
	int		 fd;

	if ((fd = open(name, O_RDONLY)) == -1 && errno == ENOENT)
		return;
	if (fd == -1 || (n = read(fd, buf, sizeof(buf))) == -1)
		err(1, "%s", name);
	close(fd);
	for (pos = 0; (step = entry_get(&e, buf + pos,
	    (size_t)(n - pos))) != 0; pos += (ssize_t)step) {
		if (e.len != 0)
			printf("%.*s\n", (int)e.len, e.json);
	}
}

int
main(int argc, char *argv[])
{
	struct dirent	**names;
	int		  i, n;

	if (argc != 2)
		errx(1, "usage: boxls directory");
	if (chdir(argv[1]) == -1 ||
	    (n = scandir(".", &names, is_segment, alphasort)) == -1)
		err(1, "%s", argv[1]);
	for (i = 0; i < n; i++) {
		list(names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}
