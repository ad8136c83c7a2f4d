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

/* What both programs share. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"

#define EXIT_UNABLE	77	/* and why on standard output */

/* A reading as devices send them: a few fields, of TEXT bytes. */
size_t
cost_text(char *out, size_t size)
{
	static const char	 head[] = "{\"temperature\":21.37,"
	    "\"humidity\":48.2,\"pressure\":1013.25,\"battery\":3.71,"
	    "\"location\":{\"room\":\"B-204\",\"x\":12.5,\"y\":7.25},"
	    "\"note\":\"";
	size_t			 n = sizeof(head) - 1;

	memcpy(out, head, n);
	memset(out + n, 'n', TEXT - n - 2);
	memcpy(out + TEXT - 2, "\"}", 3);
	return TEXT < size ? TEXT : 0;
}

/*
 * Prints which library's instructions will be counted, and ends the program
 * where nothing can be compared: without optimisation all is dearer.
 */
void
cost_begin(const char *library, const char *version)
{
#ifdef __OPTIMIZE__
	printf("# %s %s\n", library, version);
	fflush(stdout);
#else
	(void)library;
	(void)version;
	puts("built without optimisation");
	exit(EXIT_UNABLE);
#endif
}

/*
 * Runs a step and prints its name, and of how many records it is.  callgrind
 * begins to count where this is called, and writes down what it has counted
 * where it returns.
 */
__attribute__((__noinline__)) void
measured(const char *name, unsigned int n, void (*run)(void))
{
	run();
	printf("%s %u\n", name, n);
	fflush(stdout);
}
