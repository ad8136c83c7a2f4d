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


/* Secrets on their way out: only to where somebody sent them. */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "asmp-keygen.h"

/*
 * Exit if what is written now would lie open: in a file for all to read or,
 * unless asked for, on a screen.
 */
void
out_check(int clear)
{
	struct stat	 st;

	if (fstat(STDOUT_FILENO, &st) == -1)
		err(1, "stdout");
	if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(1, "stdout is a file that others can open, and this is "
		    "a secret: set umask 077 before, or chmod 600 the file");
	if (!clear && isatty(STDOUT_FILENO))
		errx(1, "stdout is a terminal, and this is a secret: send it "
		    "through a pipe or to a file, or see it with -S");
}

/* Write the line and its end, past stdio, which would keep a copy; wipe it. */
void
out_line(char *line, size_t size)
{
	size_t	 len = strlcat(line, "\n", size), done;
	ssize_t	 n = 0;

	for (done = 0; done < len && n != -1; done += (size_t)n)
		n = write(STDOUT_FILENO, line + done, len - done);
	explicit_bzero(line, size);
	if (n == -1)
		err(1, "stdout");
}
