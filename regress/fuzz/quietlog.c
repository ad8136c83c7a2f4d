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
 * lib/libutil/log.c as it is, but for two things: lines are made and not
 * written, and fatal() does not end a process that runs many inputs.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"

#define exit(n)	over()
#define write(fd, text, len)	silent(len)

__attribute__((__noreturn__))
static void	over(void);

static ssize_t
silent(size_t len)
{
	return (ssize_t)len;
}

#include "../../lib/libutil/log.c"

/* Where a target expects an end it says so, else it is a finding. */
static void
over(void)
{
	if (fuzz_end == NULL)
		fuzz_broken(__FILE__, __LINE__, "no fatal error");
	longjmp(*fuzz_end, 1);
}
