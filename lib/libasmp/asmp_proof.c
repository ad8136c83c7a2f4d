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


/* What each kind of identity proves itself with: asmp(7), "Handshake". */

#include <stdlib.h>
#include <string.h>

#include "asmp_local.h"
#include "compat.h"

/*
 * The proof of HANDSHAKE_INIT over T1 and the body's hash, ASMP_SIGMAX bytes
 * of room, and X.  The proof's length, 0 for kind kem whose proof comes
 * later, or -1 with errno.
 */
int
proof_put(struct asmp *a, uint8_t *out, uint8_t *x)
{
	const struct session	*s = &a->session;

	memset(x, 0, ASMP_KEYLEN);
	switch (s->kind) {
	case ASMP_KIND_SIGNATURE:
		if (device_sign(a->ident, out, s->t1, s->hbody) == -1)
			return -1;
		return (int)ident_siglen(ident_public(a->ident)->alg);
	case ASMP_KIND_KEM:
		return 0;
	case ASMP_KIND_TICKET:
		proof_mac(out, s->ticket.secret, sizeof(s->ticket.secret),
		    s->t1, s->hbody);
		proof_extra(x, s->ticket.secret, sizeof(s->ticket.secret),
		    s->t1, s->hbody);
		return ASMP_HASHLEN;
	default:
		proof_mac(out, a->secret.key, a->secret.len, s->t1,
		    s->hbody);
		proof_extra(x, a->secret.key, a->secret.len, s->t1,
		    s->hbody);
		return ASMP_HASHLEN;
	}
}

/* G: what a shared key adds, 32 bytes; zeros without one. */
void
proof_shared(const struct asmp *a, uint8_t *g)
{
	if (a->shared.number == 0)
		memset(g, 0, ASMP_KEYLEN);
	else
		proof_group(g, a->shared.key, a->shared.len, a->session.t1,
		    a->session.hbody);
}

/*
 * The RESPONSE_LEN bytes that answer a CHALLENGE of CHALLENGE_LEN, and X;
 * but nothing before the gateway has shown that it made the challenge for
 * this device's key.  0, or -1: it has not.
 */
int
challenge_answer(struct asmp *a, const uint8_t *challenge, uint8_t *response,
    uint8_t *x)
{
	const struct session	*s = &a->session;
	struct kem_proof	 proof;
	uint8_t			 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
	uint8_t			 ss[MLKEM768_SSLEN];
	int			 r = -1;

	mlkem768_keypair(ek, dk, a->secret.key);
	mlkem768_decaps(ss, dk, challenge);
	proof_kem(&proof, ss, challenge, s->t1, s->hbody);
	if (timingsafe_bcmp(proof.gateway, challenge + MLKEM768_CTLEN,
	    sizeof(proof.gateway)) == 0) {
		memcpy(response, proof.device, RESPONSE_LEN);
		memcpy(x, proof.extra, ASMP_KEYLEN);
		r = 0;
	}
	explicit_bzero(dk, sizeof(dk));
	explicit_bzero(ss, sizeof(ss));
	explicit_bzero(&proof, sizeof(proof));
	return r;
}

/* What may be wrong, and where to look; a gateway never says. */
void
identity_refused(struct asmp *a)
{
	static const char *const	 why[] = {
		[ASMP_KIND_SIGNATURE] = "not registered there with this key, "
		    "revoked, disabled, expired",
		[ASMP_KIND_PSK] = "HMAC verification failed: check the key "
		    "and the client id, which may be unknown there, revoked, "
		    "disabled or expired",
		[ASMP_KIND_TOKEN] = "the token has expired or is not valid "
		    "yet (asmp-keygen -l shows its times), was issued under "
		    "a key that is not the gateway's, or names a client that "
		    "is not registered there, is revoked, disabled",
		[ASMP_KIND_KEM] = "not registered there with this key, "
		    "revoked, disabled, expired"
	};

	if (a->session.kind == ASMP_KIND_TICKET) {
		asmp_fail(a, ASMP_E_CONNECT, "gateway %s does not take the "
		    "ticket any more: connect again, with the key",
		    a->gateway);
		return;
	}
	asmp_fail(a, ASMP_E_IDENTITY, "gateway %s refused the identity %s: "
	    "%s%s, or not for profile %s; or another session of the same "
	    "identity began at this moment", a->gateway, a->id, why[a->kind],
	    a->shared.number == 0 ? "" : ", without this shared key",
	    a->profile->name);
}
