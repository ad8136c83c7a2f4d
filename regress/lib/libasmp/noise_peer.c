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
 * One side of a Noise NN handshake over standard input and output, for
 * noise_diff_test: "noise_peer initiator|responder PROLOGUE".  Everything is
 * a line of hexadecimal: its own message out, the other's in, then h, n1
 * and n2.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define LINEMAX	512

static void	from_hex(uint8_t *, size_t, const char *);
static void	print_hex(const uint8_t *, size_t);
static void	read_line(uint8_t *, size_t);

static void
from_hex(uint8_t *out, size_t len, const char *hex)
{
	unsigned int	 v;
	size_t		 i;

	if (strlen(hex) != 2 * len)
		errx(1, "want %zu bytes, not \"%s\"", len, hex);
	for (i = 0; i < len; i++) {
		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			errx(1, "not hexadecimal: \"%s\"", hex);
		out[i] = (uint8_t)v;
	}
}

static void
print_hex(const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
	printf("\n");
	fflush(stdout);
}

static void
read_line(uint8_t *out, size_t len)
{
	char	 line[LINEMAX];

	if (fgets(line, sizeof(line), stdin) == NULL)
		errx(1, "no message");
	line[strcspn(line, "\n")] = '\0';
	from_hex(out, len, line);
}

int
main(int argc, char *argv[])
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 prologue[NOISE_PROLOGUE];
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];
	size_t			 m1len = noise_m1_len(ASMP_X25519);
	size_t			 m2len = noise_m2_len(ASMP_X25519);

	if (argc != 3)
		errx(1, "usage: noise_peer initiator|responder prologue");
	from_hex(prologue, sizeof(prologue), argv[2]);
	if (noise_init(&n, ASMP_X25519, prologue) == -1)
		err(1, "noise_init");
	if (strcmp(argv[1], "initiator") == 0) {
		if (noise_write_m1(&n, m1) == -1)
			err(1, "noise_write_m1");
		print_hex(m1, m1len);
		read_line(m2, m2len);
		if (noise_read_m2(&n, m2, &k) == -1)
			err(1, "noise_read_m2");
	} else {
		read_line(m1, m1len);
		if (noise_read_m1_write_m2(&n, m1, m2, &k) == -1)
			err(1, "noise_read_m1_write_m2");
		print_hex(m2, m2len);
	}
	print_hex(k.h, sizeof(k.h));
	print_hex(k.n1, sizeof(k.n1));
	print_hex(k.n2, sizeof(k.n2));
	return 0;
}
