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
 * The three agreements, with what one side says to the other changed on its
 * way or made up: either both have the same keys and hash, and then nothing
 * was changed, or the device refuses.
 *
 * Input: agreement; then changes to message 1, then to message 2.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define CHANGES	8		/* in one message, at most */

/*
 * A message of its own size, as it was, changed here and there, or the
 * input's; whether it is another now.
 */
static uint8_t *
on_its_way(struct input *in, const uint8_t *msg, size_t len, int *changed)
{
	uint8_t	*p = fuzz_alloc(len);
	uint8_t	 how = in_u8(in);
	size_t	 i;

	memcpy(p, msg, len);
	if (how % 4 == 3)
		in_fill(in, p, len);
	else if (how % 4 != 0)
		for (i = 0; i < how % CHANGES; i++)
			p[in_u16(in) % len] ^= in_u8(in);
	*changed = memcmp(p, msg, len) != 0;
	return p;
}

static void
check_m2(struct noise *device, struct input *in, enum asmp_agreement a,
    const uint8_t *m2, const struct noise_keys *gateway, int changed)
{
	struct noise_keys	 keys;
	uint8_t			*msg;
	int			 other, r;

	msg = on_its_way(in, m2, noise_m2_len(a), &other);
	r = noise_read_m2(device, msg, &keys);
	if (changed || other)
		MUST(r == -1 && (errno == EPROTO || errno == EBADMSG));
	else
		MUST(r == 0 && memcmp(&keys, gateway, sizeof(keys)) == 0);
	free(msg);
}

int
fuzz_noise(const uint8_t *data, size_t size)
{
	struct input		 in = { data, size };
	enum asmp_agreement	 a = in_u8(&in) % 3;
	struct noise		 device, gateway;
	struct noise_keys	 keys;
	uint8_t			 prologue[NOISE_PROLOGUE] = { 0 };
	uint8_t			 m1[NOISE_MSGMAX], m2[NOISE_MSGMAX], *msg;
	int			 changed, r;

	MUST(noise_init(&device, a, prologue) == 0);
	MUST(noise_write_m1(&device, m1) == 0);
	msg = on_its_way(&in, m1, noise_m1_len(a), &changed);
	MUST(noise_init(&gateway, a, prologue) == 0);
	r = noise_read_m1_write_m2(&gateway, msg, m2, &keys);
	MUST(r == 0 || (changed && errno == EPROTO));
	if (r == 0)
		check_m2(&device, &in, a, m2, &keys, changed);
	noise_wipe(&device);
	free(msg);
	return 0;
}
