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


/* From the secrets of a handshake to the keys of an epoch, asmp(7). */

#include <string.h>

#include "asmp_proto.h"

/*
 * The epoch-0 keys and the secret that all later ones grow from, out of the
 * two keys and the hash that Noise gave.
 */
void
keys_handshake(struct asmp_hskeys *hk, const struct noise_keys *nk)
{
	uint8_t	 ikm[2 * ASMP_KEYLEN], hs[ASMP_HASHLEN];

	memcpy(ikm, nk->n1, ASMP_KEYLEN);
	memcpy(ikm + ASMP_KEYLEN, nk->n2, ASMP_KEYLEN);
	kdf_extract(hs, nk->h, sizeof(nk->h), ikm, sizeof(ikm));
	kdf_expand(hk->agreed, hs, "agreed", NULL, 0);
	kdf_expand(hk->d2g, hs, "d2g handshake", NULL, 0);
	kdf_expand(hk->g2d, hs, "g2d handshake", NULL, 0);
	explicit_bzero(ikm, sizeof(ikm));
	explicit_bzero(hs, sizeof(hs));
}

/*
 * The keys of epoch 1.  t is the transcript's hash, agreed comes from
 * keys_handshake(), x from the proof and g from the group key; 32 bytes
 * each.  The epoch's own secret is not kept: it could undo the ratchet.
 */
void
keys_session(struct asmp_keys *k, const uint8_t *t, const uint8_t *agreed,
    const uint8_t *x, const uint8_t *g)
{
	uint8_t	 ikm[3 * ASMP_KEYLEN], ms[ASMP_HASHLEN], e1[ASMP_KEYLEN];

	memcpy(ikm, agreed, ASMP_KEYLEN);
	memcpy(ikm + ASMP_KEYLEN, x, ASMP_KEYLEN);
	memcpy(ikm + 2 * ASMP_KEYLEN, g, ASMP_KEYLEN);
	kdf_extract(ms, t, ASMP_HASHLEN, ikm, sizeof(ikm));
	kdf_expand(e1, ms, "epoch", NULL, 0);
	kdf_expand(k->d2g_control, e1, "d2g control", NULL, 0);
	kdf_expand(k->g2d_control, e1, "g2d control", NULL, 0);
	kdf_expand(k->d2g_data, e1, "d2g data", NULL, 0);
	kdf_expand(k->g2d_data, e1, "g2d data", NULL, 0);
	kdf_expand(k->d2g_blind, e1, "d2g blind", NULL, 0);
	explicit_bzero(ikm, sizeof(ikm));
	explicit_bzero(ms, sizeof(ms));
	explicit_bzero(e1, sizeof(e1));
}
