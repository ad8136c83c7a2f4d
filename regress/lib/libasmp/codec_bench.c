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
 * What a DATA frame costs in each profile: "codec_bench [ROUNDS]" prints the
 * microseconds of one data_seal() and of one data_verify() with data_open(),
 * as the mean of so many, for 53 bytes of plaintext (smcp: its value).
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asmp_proto.h"

#define ROUNDS		100000
#define ROUNDS_MAX	10000000
#define CONTEXTS	4
#define RUN		1000	/* frames sealed before they are opened */
#define PLAIN		53
#define FRAMEMAX	256	/* that plaintext, in any profile */
#define NOW		1732190000

static double	 now(void);
static size_t	 plain_len(const struct asmp_data *);
static void	 seal(struct asmp_data *, struct aead_pool *, uint8_t *);
static void	 open_frame(struct asmp_data *, struct aead_pool *, uint8_t *);
static void	 measure(const struct asmp_profile *, struct aead_pool *,
		    size_t);

/* Microseconds. */
static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static size_t
plain_len(const struct asmp_data *d)
{
	if (d->profile->record != ASMP_SMCP)
		return PLAIN;
	return d->round == 0 ? 5 : SMCP_VALUELEN;
}

static void
seal(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame)
{
	uint8_t			 plain[PLAIN] = "HELLO";
	size_t			 len = plain_len(d);
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY, .epoch = 1,
		.length = (uint32_t)data_len(d->profile, len)
	};

	frame_put(frame, &h);
	if (data_seal(d, pool, frame, plain, len, NOW) == -1)
		err(1, "data_seal");
}

static void
open_frame(struct asmp_data *d, struct aead_pool *pool, uint8_t *frame)
{
	enum reason	 reason;
	uint8_t		*plain;
	size_t		 len;

	if ((reason = data_verify(d, frame)) == REASON_NONE)
		reason = data_open(d, pool, frame, NOW, &plain, &len);
	if (reason != REASON_NONE)
		errx(1, "%s: %s", d->profile->name, reason_name(reason));
}

/* A run of frames is sealed, then opened, and so on. */
static void
measure(const struct asmp_profile *p, struct aead_pool *pool, size_t n)
{
	static uint8_t		 run[RUN][FRAMEMAX];
	struct asmp_data	 tx = { .profile = p }, rx;
	double			 sealing = 0, opening = 0, start;
	size_t			 i, left, some;

	rx = tx;
	for (left = n; left > 0; left -= some) {
		some = left < RUN ? left : RUN;
		start = now();
		for (i = 0; i < some; i++)
			seal(&tx, pool, run[i]);
		sealing += now() - start;
		start = now();
		for (i = 0; i < some; i++)
			open_frame(&rx, pool, run[i]);
		opening += now() - start;
	}
	printf("%-8s seal %6.2f us, open %6.2f us\n", p->name, sealing / n,
	    opening / n);
	data_wipe(&tx);
	data_wipe(&rx);
}

int
main(int argc, char *argv[])
{
	const struct asmp_profile	*p = NULL;
	struct aead_pool		*pool;
	const char			*why;
	size_t				 n = ROUNDS;

	if (argc > 1) {
		n = strtonum(argv[1], 1, ROUNDS_MAX, &why);
		if (why != NULL)
			errx(1, "rounds are %s: %s", why, argv[1]);
	}
	if ((pool = aead_pool_new(CONTEXTS)) == NULL)
		err(1, "aead_pool_new");
	while ((p = profile_next(p)) != NULL)
		measure(p, pool, n);
	aead_pool_free(pool);
	return 0;
}
