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
 * REKEY: two bytes of changes to the device's message, then to the answer.
 * Both have the same new keys if nothing was changed, others if something
 * was, and the old ones if it was refused.
 *
 * Input: for each message how many changes, then each as place and mask; 255
 * for a message of the input's own.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define OWN	255
#define CHANGES	8

static int
change(struct input *in, uint8_t *msg, size_t len)
{
	uint8_t	*was = fuzz_alloc(len);
	int	 i, n = in_u8(in), changed;

	memcpy(was, msg, len);
	if (n == OWN)
		in_fill(in, msg, len);
	else
		for (i = 0; i < n % CHANGES; i++)
			msg[in_u16(in) % len] ^= in_u8(in);
	changed = memcmp(was, msg, len) != 0;
	free(was);
	return changed;
}

static int
same(const struct asmp_keys *a, const struct asmp_keys *b)
{
	return memcmp(a->d2g_control, b->d2g_control, ASMP_KEYLEN) == 0 &&
	    memcmp(a->rekey, b->rekey, ASMP_KEYLEN) == 0 &&
	    memcmp(a->d2g.key, b->d2g.key, ASMP_KEYLEN) == 0;
}

static void
keys_begin(struct asmp_keys *keys)
{
	static const uint8_t	 t[ASMP_HASHLEN], agreed[ASMP_KEYLEN];
	static const uint8_t	 x[ASMP_KEYLEN], g[ASMP_KEYLEN];

	memset(keys, 0, sizeof(*keys));
	keys_session(keys, profile_byname("hybrid"), t, agreed, x, g);
}

static void
exchange(struct input *in, struct rekey *rk, const uint8_t *sent,
    struct asmp_keys *device, struct asmp_keys *gateway)
{
	struct asmp_keys old = *gateway;
	uint8_t		 msg[ASMP_REKEY_DEVICE], answer[ASMP_REKEY_GATEWAY];
	int		 changed;

	memcpy(msg, sent, sizeof(msg));
	changed = change(in, msg, sizeof(msg));
	if (rekey_answer(gateway, msg, answer) == -1) {
		MUST(changed && errno == EPROTO && same(gateway, &old));
		return;
	}
	MUST(!same(gateway, &old));
	changed |= change(in, answer, sizeof(answer));
	if (rekey_finish(rk, device, answer) == -1)
		MUST(changed && errno == EPROTO && same(device, &old));
	else
		MUST(same(device, gateway) == !changed);
}

int
fuzz_rekey(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	struct asmp_keys device, gateway;
	struct rekey	*rk;
	uint8_t		 msg[ASMP_REKEY_DEVICE];

	keys_begin(&device);
	keys_begin(&gateway);
	MUST((rk = rekey_begin(msg)) != NULL);
	exchange(&in, rk, msg, &device, &gateway);
	rekey_free(rk);
	keys_wipe(&device);
	keys_wipe(&gateway);
	return 0;
}
