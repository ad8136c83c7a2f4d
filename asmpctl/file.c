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
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
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

static FILE *
new_stream(const char *path, mode_t mode)
{
	FILE	*fp;
	int	 fd;

	if ((fd = keyfile_create(path, mode)) == -1)
		return NULL;
	if ((fp = fdopen(fd, "w")) == NULL)
		err(EXIT_LOCAL, NULL);
	return fp;
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

/*
 * Puts the name of a file on the disk, which is in its directory.  0, or -1
 * with errno.
 */
int
file_syncname(const char *path)
{
	char	 copy[PATH_MAX];
	int	 fd, ret, saved;

	if (strlcpy(copy, path, sizeof(copy)) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return -1;
	ret = fsync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	/* Not every file system has directories that can be synced. */
	return ret == -1 && saved != EINVAL ? -1 : 0;
}

/* Ends a file that is complete: 0, or an errno if it is not on the disk. */
static int
stream_end(FILE *fp, const char *path)
{
	int	 error = 0;

	if (fflush(fp) == EOF || ferror(fp) ||
	    (path != NULL && fsync(fileno(fp)) == -1))
		error = errno;
	if (path == NULL)
		return error;
	if (fclose(fp) == EOF && error == 0)
		error = errno;
	if (error == 0 && file_syncname(path) == -1)
		error = errno;
	return error;
}

/*
 * Writes a new file, or for NULL standard output, with what fill(arg, fp)
 * writes, whose exit status it returns.  The file is whole and on the disk,
 * or it is not there.  If it fails here, *error is an errno, EEXIST if there
 * is such a file; else 0.
 */
int
file_new(const char *path, mode_t mode, int (*fill)(void *, FILE *),
    void *arg, int *error)
{
	FILE	*fp = stdout;
	int	 status;

	*error = 0;
	if (path != NULL && (fp = new_stream(path, mode)) == NULL) {
		*error = errno;
		return EXIT_LOCAL;
	}
	status = fill(arg, fp);
	if ((*error = stream_end(fp, path)) != 0)
		status = EXIT_LOCAL;
	if (path != NULL && status != EXIT_DONE)
		(void)unlink(path);
	return status;
}

/* Says why file_new() failed; of standard output, and exits. */
void
file_complain(const char *path, int error)
{
	/* Whoever ends with an error of stdout would say it once more. */
	if (path == NULL)
		errx(EXIT_LOCAL, "stdout: %s", strerror(error));
	warnx("%s: %s", path, error == EEXIST ? "exists already; choose "
	    "another name or move it away" : strerror(error));
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
