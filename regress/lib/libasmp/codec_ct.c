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
 * What must not tell a secret by its time, with the secret marked undefined,
 * for codec_ct_test to run under valgrind, which then reports each branch
 * and each address that depends on one: "codec_ct padding", "codec_ct
 * base64".  "codec_ct branch" does what must not be done, to show that it
 * would be reported.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "data_local.h"

#define EXIT_UNABLE	77	/* and why on standard output */
#define KEYTEXT		44	/* base64url of a key */

#ifdef HAVE_VALGRIND
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(p, len)	((void)(p))
#define VALGRIND_MAKE_MEM_UNDEFINED(p, len)	((void)(p))
#define RUNNING_ON_VALGRIND			0
#endif

static void	run_padding(void);
static void	run_base64(void);
static void	run_branch(void);

static const struct {
	const char	*name;
	void		(*run)(void);
} modes[] = {
	{ "padding", run_padding },
	{ "base64", run_base64 },
	{ "branch", run_branch }
};

/* Every count from 0, which is none, to 17; the verdict alone is public. */
static void
run_padding(void)
{
	uint8_t	 block[CBC_BLOCK];
	size_t	 len;
	int	 pad, r;

	for (pad = 0; pad <= CBC_BLOCK + 1; pad++) {
		memset(block, pad, sizeof(block));
		VALGRIND_MAKE_MEM_UNDEFINED(block, sizeof(block));
		r = pkcs7_unpad(block, sizeof(block), &len);
		VALGRIND_MAKE_MEM_DEFINED(&r, sizeof(r));
		VALGRIND_MAKE_MEM_DEFINED(&len, sizeof(len));
		if ((r == 0) != (pad >= 1 && pad <= CBC_BLOCK))
			errx(1, "a padding of %d: %d", pad, r);
		if (r == 0 && len != (size_t)(CBC_BLOCK - pad))
			errx(1, "%zu bytes before a padding of %d", len, pad);
	}
}

static void
run_base64(void)
{
	static const char	 want[] =
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
	uint8_t			 key[ASMP_KEYLEN];
	char			 text[KEYTEXT];
	size_t			 i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	VALGRIND_MAKE_MEM_UNDEFINED(key, sizeof(key));
	b64url_encode(text, key, sizeof(key));
	VALGRIND_MAKE_MEM_DEFINED(text, sizeof(text));
	if (memcmp(text, want, sizeof(text)) != 0)
		errx(1, "a key in base64url is wrong");
}

static void
run_branch(void)
{
	volatile uint8_t	 secret = 1;
	uint8_t			 copy;

	copy = secret;
	VALGRIND_MAKE_MEM_UNDEFINED(&copy, sizeof(copy));
	if (copy == 1)
		puts("one");
}

int
main(int argc, char *argv[])
{
	size_t	 i, n = sizeof(modes) / sizeof(modes[0]);

	if (!RUNNING_ON_VALGRIND) {
		puts("not under valgrind, or built without its headers");
		return EXIT_UNABLE;
	}
	for (i = 0; argc == 2 && i < n; i++) {
		if (strcmp(argv[1], modes[i].name) == 0) {
			modes[i].run();
			return 0;
		}
	}
	errx(1, "usage: codec_ct padding | base64 | branch");
}
