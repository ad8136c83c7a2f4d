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
 * ML-KEM-768 over standard input and output, for mlkem_diff_test.  A line in
 * is a command and hexadecimal, a line out is hexadecimal or "refused":
 *	keypair SEED	EK DK
 *	encaps EK M	CT SS
 *	decaps DK CT	SS
 *	check DK	accepted
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mlkem.h"

#define LINE_LEN	8192	/* dk and ct in hexadecimal, and more */

static void	from_hex(uint8_t *, size_t);
static void	print_hex(const uint8_t *, size_t, char);
static void	do_keypair(void);
static void	do_encaps(void);
static void	do_decaps(void);
static void	do_check(void);

static uint8_t	seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
static uint8_t	ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
static uint8_t	ct[MLKEM768_CTLEN], ss[MLKEM768_SSLEN];

static const struct {
	const char	*name;
	void		(*run)(void);
} commands[] = {
	{ "keypair", do_keypair },
	{ "encaps", do_encaps },
	{ "decaps", do_decaps },
	{ "check", do_check }
};

/* The next word of the line that main() began to take apart. */
static void
from_hex(uint8_t *out, size_t len)
{
	const char	*word = strtok(NULL, " \n");
	unsigned int	 v;
	size_t		 i;

	if (word == NULL || strlen(word) != 2 * len)
		errx(1, "want %zu bytes", len);
	for (i = 0; i < len; i++) {
		if (sscanf(word + 2 * i, "%2x", &v) != 1)
			errx(1, "not hexadecimal: \"%s\"", word);
		out[i] = (uint8_t)v;
	}
}

static void
print_hex(const uint8_t *p, size_t len, char end)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar(end);
}

static void
do_keypair(void)
{
	from_hex(seed, sizeof(seed));
	mlkem768_keypair(ek, dk, seed);
	print_hex(ek, sizeof(ek), ' ');
	print_hex(dk, sizeof(dk), '\n');
}

static void
do_encaps(void)
{
	from_hex(ek, sizeof(ek));
	from_hex(m, sizeof(m));
	if (mlkem768_encaps(ct, ss, ek, m) == -1) {
		puts("refused");
		return;
	}
	print_hex(ct, sizeof(ct), ' ');
	print_hex(ss, sizeof(ss), '\n');
}

static void
do_decaps(void)
{
	from_hex(dk, sizeof(dk));
	from_hex(ct, sizeof(ct));
	mlkem768_decaps(ss, dk, ct);
	print_hex(ss, sizeof(ss), '\n');
}

static void
do_check(void)
{
	from_hex(dk, sizeof(dk));
	puts(mlkem768_check_dk(dk) == -1 ? "refused" : "accepted");
}

int
main(void)
{
	char		 line[LINE_LEN];
	const char	*name;
	size_t		 i, n = sizeof(commands) / sizeof(commands[0]);

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if ((name = strtok(line, " \n")) == NULL)
			errx(1, "an empty line");
		for (i = 0; i < n && strcmp(name, commands[i].name) != 0; i++)
			continue;
		if (i == n)
			errx(1, "no command \"%s\"", name);
		commands[i].run();
		fflush(stdout);
	}
	return 0;
}
