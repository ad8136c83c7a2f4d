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
 * One side of a Noise handshake over standard input and output, for
 * noise_diff_test: "noise_peer x25519|p256|hybrid initiator|responder
 * PROLOGUE".  Everything is a line of hexadecimal: its own message out, the
 * other's in, then h, n1 and n2.  With "rekey" as the first word it is one
 * side of REKEY under the key that is the last word, and then says three of
 * the new epoch's keys.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

#define LINEMAX		(2 * NOISE_MSGMAX + 2)

static void	from_hex(uint8_t *, size_t, const char *);
static void	print_hex(const uint8_t *, size_t);
static void	read_line(uint8_t *, size_t);
static void	handshake(enum asmp_agreement, int, const char *);
static void	rekey(int, const char *);

static const struct {
	const char		*name;
	enum asmp_agreement	 agreement;
} agreements[] = {
	{ "x25519", ASMP_X25519 },
	{ "p256", ASMP_P256 },
	{ "hybrid", ASMP_X25519_MLKEM768 }
};

#define NAGREEMENTS	(sizeof(agreements) / sizeof(agreements[0]))

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

static void
handshake(enum asmp_agreement agreement, int initiator, const char *hex)
{
	struct noise		 n;
	struct noise_keys	 k;
	uint8_t			 prologue[NOISE_PROLOGUE];
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX];

	from_hex(prologue, sizeof(prologue), hex);
	if (noise_init(&n, agreement, prologue) == -1)
		err(1, "noise_init");
	if (initiator) {
		if (noise_write_m1(&n, m1) == -1)
			err(1, "noise_write_m1");
		print_hex(m1, noise_m1_len(agreement));
		read_line(m2, noise_m2_len(agreement));
		if (noise_read_m2(&n, m2, &k) == -1)
			err(1, "noise_read_m2");
	} else {
		read_line(m1, noise_m1_len(agreement));
		if (noise_read_m1_write_m2(&n, m1, m2, &k) == -1)
			err(1, "noise_read_m1_write_m2");
		print_hex(m2, noise_m2_len(agreement));
	}
	print_hex(k.h, sizeof(k.h));
	print_hex(k.n1, sizeof(k.n1));
	print_hex(k.n2, sizeof(k.n2));
}

static void
rekey(int initiator, const char *hex)
{
	struct asmp_keys	 k = { .g2d.todevice = 1 };
	struct rekey		*rk;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY];

	k.d2g.profile = k.g2d.profile = profile_byname("hybrid");
	from_hex(k.rekey, sizeof(k.rekey), hex);
	if (initiator) {
		if ((rk = rekey_begin(msg)) == NULL)
			err(1, "rekey_begin");
		print_hex(msg, sizeof(msg));
		read_line(answer, sizeof(answer));
		if (rekey_finish(rk, &k, answer) == -1)
			err(1, "rekey_finish");
		rekey_free(rk);
	} else {
		read_line(msg, sizeof(msg));
		if (rekey_answer(&k, msg, answer) == -1)
			err(1, "rekey_answer");
		print_hex(answer, sizeof(answer));
	}
	print_hex(k.g2d_control, sizeof(k.g2d_control));
	print_hex(k.d2g.key, sizeof(k.d2g.key));
	print_hex(k.rekey, sizeof(k.rekey));
}

int
main(int argc, char *argv[])
{
	size_t	 i;
	int	 initiator;

	if (argc != 4)
		errx(1, "usage: noise_peer x25519|p256|hybrid|rekey "
		    "initiator|responder prologue|key");
	initiator = strcmp(argv[2], "initiator") == 0;
	if (strcmp(argv[1], "rekey") == 0) {
		rekey(initiator, argv[3]);
		return 0;
	}
	for (i = 0; i < NAGREEMENTS; i++) {
		if (strcmp(argv[1], agreements[i].name) == 0) {
			handshake(agreements[i].agreement, initiator, argv[3]);
			return 0;
		}
	}
	errx(1, "no agreement \"%s\"", argv[1]);
}
