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

/* Files whole, in memory; there may be a secret in any. */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmpctl.h"

#define READ_FIRST	8192	/* bytes; more for long lists */

static char *
read_all(int fd, size_t max, size_t *len)
{
	char	*buf = NULL, *grown;
	size_t	 size = 0, want;
	ssize_t	 n = 1;

	for (*len = 0; n > 0 && *len <= max; *len += n) {
		if (size - *len < 2) {
			want = size == 0 ? READ_FIRST : size * 2;
			grown = recallocarray(buf, size, want, 1);
			if (grown == NULL)
				goto fail;
			buf = grown;
			size = want;
		}
		if ((n = read(fd, buf + *len, size - *len - 1)) == -1)
			goto fail;
	}
	if (*len <= max)
		return buf;
	errno = EFBIG;
fail:
	freezero(buf, *len);
	return NULL;
}

/*
 * Reads a file, or standard input for "-", of at most max bytes, into memory
 * that the caller releases with freezero(); a NUL follows the *len bytes.
 * NULL with errno, EFBIG if there is more.
 */
char *
file_read(const char *path, size_t max, size_t *len)
{
	char	*buf;
	int	 fd, saved;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, max, len);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return NULL;
	buf = read_all(fd, max, len);
	saved = errno;
	close(fd);
	errno = saved;
	return buf;
}

/* Warns of a file with a secret in it that others can read. */
void
file_secret(const char *path)
{
	struct stat	 st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		warnx("%s: others can read the pre-shared key in it: "
		    "chmod 600 %s", path, path);
}
