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

#define SMCP_MASTERLEN	16		/* K_i */

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

static void
data_keys(struct asmp_data *d, const uint8_t *e, const char *key,
    const char *mac)
{
	kdf_expand(d->key, e, key, NULL, 0);
	if (mac != NULL)
		kdf_expand(d->mac, e, mac, NULL, 0);
}

/*
 * The four keys of smcp: SHA-256 of K_i and a label each, of which
 * encryption uses the first 16 bytes and the MAC all 32.
 */
static void
smcp_keys(struct asmp_keys *k, const uint8_t *e)
{
	static const char *const	 label[] = {
		"C2S-ENC", "C2S-MAC", "S2C-ENC", "S2C-MAC"
	};
	uint8_t		*out[] = {
		k->d2g.key, k->d2g.mac, k->g2d.key, k->g2d.mac
	};
	uint8_t		 master[ASMP_KEYLEN];
	struct part	 p[2] = { { master, SMCP_MASTERLEN }, { NULL, 0 } };
	size_t		 i;

	kdf_expand(master, e, "smcp", NULL, 0);
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		p[1] = (struct part){ label[i], strlen(label[i]) };
		sha256_parts(out[i], p, 2);
	}
	explicit_bzero(master, sizeof(master));
}

static void
record_keys(struct asmp_keys *k, enum asmp_record record, const uint8_t *e)
{
	switch (record) {
	case ASMP_SMCP:
		smcp_keys(k, e);
		break;
	case ASMP_FERNET:
		data_keys(&k->d2g, e, "d2g data", "d2g user");
		data_keys(&k->g2d, e, "g2d data", "g2d user");
		break;
	case ASMP_AES_CBC_HMAC:
		data_keys(&k->d2g, e, "d2g data", "d2g mac");
		data_keys(&k->g2d, e, "g2d data", "g2d mac");
		break;
	default:
		data_keys(&k->d2g, e, "d2g data", NULL);
		data_keys(&k->g2d, e, "g2d data", NULL);
		break;
	}
}

/* All keys of an epoch, of which e is the secret, that the profile uses. */
static void
epoch_keys(struct asmp_keys *k, const uint8_t *e)
{
	const struct asmp_profile	*p = k->d2g.profile;

	kdf_expand(k->d2g_control, e, "d2g control", NULL, 0);
	kdf_expand(k->g2d_control, e, "g2d control", NULL, 0);
	if (p->sealed)
		kdf_expand(k->d2g_blind, e, "d2g blind", NULL, 0);
	if (p->rekey)
		kdf_expand(k->rekey, e, "rekey", NULL, 0);
	record_keys(k, p->record, e);
}

/*
 * The keys of epoch 1.  t is the transcript's hash, agreed comes from
 * keys_handshake(), x from the proof and g from the group key; 32 bytes
 * each.  The epoch's own secret is not kept: it could undo the ratchet.
 * keys_wipe() them.
 */
void
keys_session(struct asmp_keys *k, const struct asmp_profile *profile,
    const uint8_t *t, const uint8_t *agreed, const uint8_t *x,
    const uint8_t *g)
{
	uint8_t	 ikm[3 * ASMP_KEYLEN], ms[ASMP_HASHLEN], e1[ASMP_KEYLEN];

	memset(k, 0, sizeof(*k));
	k->d2g.profile = k->g2d.profile = profile;
	k->g2d.todevice = 1;
	memcpy(ikm, agreed, ASMP_KEYLEN);
	memcpy(ikm + ASMP_KEYLEN, x, ASMP_KEYLEN);
	memcpy(ikm + 2 * ASMP_KEYLEN, g, ASMP_KEYLEN);
	kdf_extract(ms, t, ASMP_HASHLEN, ikm, sizeof(ikm));
	kdf_expand(e1, ms, "epoch", NULL, 0);
	epoch_keys(k, e1);
	explicit_bzero(ikm, sizeof(ikm));
	explicit_bzero(ms, sizeof(ms));
	explicit_bzero(e1, sizeof(e1));
}

/*
 * The keys of the next epoch, in place of those in k: out of the X25519
 * value dh, the secret ss of ML-KEM and the hash of both REKEY messages, 32
 * bytes each, and the rekey key of this epoch.
 */
void
keys_rekey(struct asmp_keys *k, const uint8_t *dh, const uint8_t *ss,
    const uint8_t *hash)
{
	uint8_t	 ikm[2 * ASMP_KEYLEN], prk[ASMP_HASHLEN], e[ASMP_KEYLEN];

	memcpy(ikm, dh, ASMP_KEYLEN);
	memcpy(ikm + ASMP_KEYLEN, ss, ASMP_KEYLEN);
	kdf_extract(prk, k->rekey, sizeof(k->rekey), ikm, sizeof(ikm));
	kdf_expand(e, prk, "epoch", hash, ASMP_HASHLEN);
	data_wipe(&k->d2g);
	data_wipe(&k->g2d);
	epoch_keys(k, e);
	explicit_bzero(ikm, sizeof(ikm));
	explicit_bzero(prk, sizeof(prk));
	explicit_bzero(e, sizeof(e));
}

/* Wipes an epoch's keys and gives lent contexts back. */
void
keys_wipe(struct asmp_keys *k)
{
	data_wipe(&k->d2g);
	data_wipe(&k->g2d);
	explicit_bzero(k, sizeof(*k));
}
