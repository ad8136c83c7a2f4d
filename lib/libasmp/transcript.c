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
 * What the signatures of a handshake cover, asmp(7): each side's covers
 * everything both have said, so nothing said can be changed or reused.
 */

#include <string.h>

#include "asmp_proto.h"
#include "compat.h"

static size_t	gateway_parts(struct part *, uint8_t *, uint8_t *,
		    const uint8_t *, const struct asmp_gateway_auth *);
static size_t	device_parts(struct part *, uint8_t *, const uint8_t *,
		    const uint8_t *);

#define NPARTS	5		/* the most that one signature covers */

/*
 * The next hash of the transcript: over the one before, or the handshake
 * hash, and a plaintext of len bytes.  out takes ASMP_HASHLEN bytes and may
 * be prev.
 */
void
transcript_next(uint8_t *out, const uint8_t *prev, const uint8_t *plaintext,
    size_t len)
{
	struct part	 p[] = { { prev, ASMP_HASHLEN }, { plaintext, len } };

	sha256_parts(out, p, 2);
}

/* L("gateway auth"), h, nonce, key id, s(gateway id). */
static size_t
gateway_parts(struct part *p, uint8_t *label, uint8_t *sid, const uint8_t *h,
    const struct asmp_gateway_auth *auth)
{
	p[0] = (struct part){ label,
	    label_put(label, LABELMAX, "gateway auth") };
	p[1] = (struct part){ h, ASMP_HASHLEN };
	p[2] = (struct part){ auth->nonce, sizeof(auth->nonce) };
	p[3] = (struct part){ auth->keyid, sizeof(auth->keyid) };
	p[4] = (struct part){ sid, id_put(sid, auth->id) };
	return NPARTS;
}

/*
 * Build the plaintext of GATEWAY_AUTH for the handshake hash h, a new nonce
 * and this gateway's id, in GATEWAY_AUTH_MAX bytes.  Returns its length, or
 * -1 when the id cannot be one or the key fails to sign.
 */
int
gateway_sign(const struct ident *ident, uint8_t *out, const uint8_t *h,
    const uint8_t *nonce, const char *id)
{
	struct asmp_gateway_auth	 auth;
	struct part			 p[NPARTS];
	uint8_t				 label[LABELMAX];
	uint8_t				 sid[1 + ASMP_IDMAX];
	size_t				 n;

	memset(&auth, 0, sizeof(auth));
	memcpy(auth.nonce, nonce, sizeof(auth.nonce));
	ident_keyid(ident_public(ident), auth.keyid);
	if (!id_valid(id) ||
	    strlcpy(auth.id, id, sizeof(auth.id)) >= sizeof(auth.id))
		return -1;
	auth.siglen = ident_siglen(ident_public(ident)->alg);
	n = gateway_parts(p, label, sid, h, &auth);
	if (ident_sign(ident, auth.sig, p, n) == -1)
		return -1;
	return (int)gateway_auth_put(out, &auth);
}

/*
 * Whether this GATEWAY_AUTH is the pinned key's word on the handshake hash
 * h.  Returns 0, or -1.  Whether the id in it is the pinned one is for the
 * caller to say.
 */
int
gateway_verify(const struct ident_pub *pub, const uint8_t *h,
    const struct asmp_gateway_auth *auth)
{
	struct part	 p[NPARTS];
	uint8_t		 label[LABELMAX], sid[1 + ASMP_IDMAX];
	uint8_t		 keyid[ASMP_HASHLEN];
	size_t		 n;

	ident_keyid(pub, keyid);
	if (timingsafe_bcmp(keyid, auth->keyid, sizeof(keyid)) != 0 ||
	    !id_valid(auth->id))
		return -1;
	n = gateway_parts(p, label, sid, h, auth);
	return ident_verify(pub, auth->sig, auth->siglen, p, n);
}

/* L("device auth"), A = T1 || H(body). */
static size_t
device_parts(struct part *p, uint8_t *label, const uint8_t *t1,
    const uint8_t *hbody)
{
	p[0] = (struct part){ label,
	    label_put(label, LABELMAX, "device auth") };
	p[1] = (struct part){ t1, ASMP_HASHLEN };
	p[2] = (struct part){ hbody, ASMP_HASHLEN };
	return 3;
}

/*
 * A device's proof of kind signature over T1 and H(body), 32 bytes each;
 * sig gets ident_siglen() bytes.  Returns 0, or -1.
 */
int
device_sign(const struct ident *ident, uint8_t *sig, const uint8_t *t1,
    const uint8_t *hbody)
{
	struct part	 p[NPARTS];
	uint8_t		 label[LABELMAX];
	size_t		 n;

	n = device_parts(p, label, t1, hbody);
	return ident_sign(ident, sig, p, n);
}

/* Whether that proof holds; 0, or -1 with errno as of ident_verify(). */
int
device_verify(const struct ident_pub *pub, const uint8_t *sig, size_t siglen,
    const uint8_t *t1, const uint8_t *hbody)
{
	struct part	 p[NPARTS];
	uint8_t		 label[LABELMAX];
	size_t		 n;

	n = device_parts(p, label, t1, hbody);
	return ident_verify(pub, sig, siglen, p, n);
}
