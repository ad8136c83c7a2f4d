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
 * Proofs that rest on a secret both sides have, and what they give to the
 * keys, asmp(7).  All cover A = T1 || H(body): both ephemerals, what was
 * offered, who the gateway is and who the device says it is.
 */

#include <string.h>

#include "asmp_proto.h"

static void	mac_a(uint8_t *, const uint8_t *, size_t, const char *,
		    const uint8_t *, const uint8_t *);
static void	kem_mac(uint8_t *, const uint8_t *, const char *,
		    const struct part *);

/* HMAC(key, L(label) A). */
static void
mac_a(uint8_t *out, const uint8_t *key, size_t keylen, const char *label,
    const uint8_t *t1, const uint8_t *hbody)
{
	uint8_t		 l[LABELMAX];
	struct part	 p[] = {
		{ l, label_put(l, sizeof(l), label) },
		{ t1, ASMP_HASHLEN },
		{ hbody, ASMP_HASHLEN }
	};

	hmac_parts(out, key, keylen, p, 3);
}

/*
 * The proof of kinds psk, token and ticket: of the len bytes of pre-shared
 * key, tag or ticket's secret at s, over T1 and H(body).  out, t1 and hbody
 * are of ASMP_HASHLEN bytes.
 */
void
proof_mac(uint8_t *out, const uint8_t *s, size_t len, const uint8_t *t1,
    const uint8_t *hbody)
{
	mac_a(out, s, len, "device auth", t1, hbody);
}

/* X of the same kinds, which keys_session() takes; secret. */
void
proof_extra(uint8_t *out, const uint8_t *s, size_t len, const uint8_t *t1,
    const uint8_t *hbody)
{
	mac_a(out, s, len, "extra", t1, hbody);
}

/* G, which keys_session() takes, of a group's key; secret. */
void
proof_group(uint8_t *out, const uint8_t *key, size_t len, const uint8_t *t1,
    const uint8_t *hbody)
{
	mac_a(out, key, len, "group", t1, hbody);
}

/* HMAC(Expand(KC, L(label), 32), A ct), the latter two being act. */
static void
kem_mac(uint8_t *out, const uint8_t *kc, const char *label,
    const struct part *act)
{
	uint8_t	 key[ASMP_KEYLEN];

	kdf_expand(key, kc, label, NULL, 0);
	hmac_parts(out, key, sizeof(key), act, 3);
	explicit_bzero(key, sizeof(key));
}

/*
 * Both MACs and X of kind kem: out of the MLKEM768_SSLEN bytes at ss that
 * the MLKEM768_CTLEN at ct carry, T1 and H(body).  A device that decapsulated
 * something else gets other values, nothing fails.  Wiping is the caller's.
 */
void
proof_kem(struct kem_proof *k, const uint8_t *ss, const uint8_t *ct,
    const uint8_t *t1, const uint8_t *hbody)
{
	struct part	 act[] = {
		{ t1, ASMP_HASHLEN },
		{ hbody, ASMP_HASHLEN },
		{ ct, MLKEM768_CTLEN }
	};
	uint8_t		 salt[ASMP_HASHLEN], kc[ASMP_HASHLEN];

	sha256_parts(salt, act, 3);
	kdf_extract(kc, salt, sizeof(salt), ss, MLKEM768_SSLEN);
	kem_mac(k->gateway, kc, "kem gateway", act);
	kem_mac(k->device, kc, "kem device", act);
	kdf_expand(k->extra, kc, "extra", NULL, 0);
	kdf_expand(k->record, kc, "kem record", NULL, 0);
	explicit_bzero(kc, sizeof(kc));
}
