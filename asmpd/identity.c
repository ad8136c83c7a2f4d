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
 * What proves who a device is, kind by kind: found at LOOKUP, checked at
 * PROVE, against what the parent alone knows.  Where there is no such device
 * a decoy goes through the same work.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define LIFE_MAX	86400	/* seconds; then keys are renewed */
#define LATE		2	/* seconds; see end_by() */

static struct device *
claimed(const struct ipc_lookup *req)
{
	switch (req->kind) {
	case ASMP_KIND_TOKEN:
		return registry_byid(req->token.client);
	case ASMP_KIND_TICKET:
		return ticket_device(req->ticket);
	default:
		return registry_byid(req->id);
	}
}

/* A ticket stands for a signature given before. */
static uint8_t
registered_kind(uint8_t kind)
{
	return kind == ASMP_KIND_TICKET ? ASMP_KIND_SIGNATURE : kind;
}

/* Why this row may not come in this way, of some profiles, or 0. */
static uint8_t
row_reason(const struct device *d, const struct ipc_lookup *req,
    uint32_t profiles)
{
	const struct asmp_profile	*p = profile_byid(req->profile);
	uint8_t				 reason;

	if (d == NULL)
		return REASON_UNKNOWN_DEVICE;
	if ((reason = device_refused(d)) != 0)
		return reason;
	if (p == NULL || (p->kinds & 1U << req->kind) == 0 ||
	    d->kind != registered_kind(req->kind) ||
	    (d->profiles & profiles & 1U << p->id) == 0)
		return REASON_WRONG_KIND;
	return 0;
}

/* Whether the token is for this gateway and valid now; 0 or a reason. */
static uint8_t
token_reason(const struct asmp_token *t)
{
	uint64_t	 now = now_ms() / 1000;

	if (strcmp(t->audience, env->conf->gateway_id) != 0)
		return REASON_AUDIENCE;
	if (now < t->not_before || now >= t->expires)
		return REASON_EXPIRED;
	return 0;
}

/* What the shared key of this number adds to the keys; none adds zeros. */
static int
shared_key(const struct claim *c, const uint8_t *t1, uint8_t *g)
{
	memset(g, 0, ASMP_KEYLEN);
	return c->group == 0 ? 0 : keyring_group(c->group, t1, c->hbody, g);
}

/*
 * H(body) of the HANDSHAKE_INIT that verify tells of, made here: the proof
 * then covers all that the parent goes by, as whether a ticket is wanted.
 */
static void
body_hash(const struct ipc_lookup *req, uint8_t *hbody)
{
	struct asmp_init init;
	uint8_t		 body[INIT_BODY_MAX];
	struct part	 part = { body, 0 };

	memset(&init, 0, sizeof(init));
	init.kind = req->kind;
	init.flags = req->flags;
	init.group = req->group;
	memcpy(init.nonce, req->nonce, sizeof(init.nonce));
	memcpy(init.id, req->id, sizeof(init.id));
	init.token = req->token;
	memcpy(init.ticket, req->ticket, sizeof(init.ticket));
	if ((part.len = init_body_put(body, &init)) == 0)
		ipc_intrusion(verifier_name(req->conn), "an identity that "
		    "cannot be", IPC_LOOKUP, req->kind);
	sha256_parts(hbody, &part, 1);
}

/*
 * Who is claimed by a LOOKUP, where the listener has these profiles (a mask
 * of 1 << id); t1 is the transcript's hash.  Returns 0, or the reason to
 * refuse it for, of which nobody but the log hears: c then stands for a
 * decoy.
 */
uint8_t
identity_find(const struct ipc_lookup *req, uint32_t profiles,
    const uint8_t *t1, struct claim *c)
{
	uint8_t	 g[ASMP_KEYLEN], reason;

	memset(c, 0, sizeof(*c));
	c->kind = req->kind;
	c->flags = req->flags;
	c->group = req->group;
	body_hash(req, c->hbody);
	strlcpy(c->id, req->id, sizeof(c->id));
	c->token = req->token;
	memcpy(c->ticket, req->ticket, sizeof(c->ticket));
	c->dev = claimed(req);
	reason = row_reason(c->dev, req, profiles);
	if (reason == 0 && req->kind == ASMP_KIND_TOKEN)
		reason = token_reason(&req->token);
	if (reason == 0 && shared_key(c, t1, g) == -1)
		reason = REASON_SHARED_KEY;
	explicit_bzero(g, sizeof(g));
	if (reason != 0)
		c->dev = NULL;
	else
		c->serial = device_serial(c->dev);
	return reason;
}

/* A challenge that only the claimed device, or nobody, can answer. */
static void
offer_kem(struct claim *c, const uint8_t *t1, struct ipc_found *ans)
{
	uint8_t	 m[MLKEM768_MLEN], ss[MLKEM768_SSLEN];

	arc4random_buf(m, sizeof(m));
	if (mlkem768_encaps(ans->challenge, ss, c->dev != NULL ?
	    device_keybytes(c->dev) : keyring_decoy_kem(), m) == -1)
		fatalx("registry row %u has no ML-KEM key", c->dev->number);
	proof_kem(&c->kem, ss, ans->challenge, t1, c->hbody);
	memcpy(ans->challenge + MLKEM768_CTLEN, c->kem.gateway,
	    sizeof(c->kem.gateway));
	explicit_bzero(m, sizeof(m));
	explicit_bzero(ss, sizeof(ss));
}

/* The key before it, which is accepted for a time. */
static void
offer_old(const struct claim *c, struct ipc_found *ans)
{
	struct ident_pub	 pub;

	if (c->dev == NULL || device_oldpub(c->dev, &pub) == -1)
		return;
	ans->oldalg = pub.alg;
	memcpy(ans->oldkey, pub.key, sizeof(ans->oldkey));
}

/*
 * What LOOKUP answers: the public key, or the challenge of kind kem.  t1 is
 * the transcript's hash, 32 bytes.
 */
void
identity_offer(struct claim *c, const uint8_t *t1, struct ipc_found *ans)
{
	struct ident_pub	 pub = *keyring_decoy(c->id);

	switch (c->kind) {
	case ASMP_KIND_SIGNATURE:
	case ASMP_KIND_TICKET:	/* readings are still signed */
		if (c->dev != NULL)
			device_pub(c->dev, &pub);
		ans->alg = pub.alg;
		memcpy(ans->key, pub.key, sizeof(ans->key));
		if (c->kind == ASMP_KIND_SIGNATURE)
			offer_old(c, ans);
		break;
	case ASMP_KIND_KEM:
		offer_kem(c, t1, ans);
		break;
	default:
		break;		/* the proof says it all */
	}
}

static uint32_t
check_signature(const struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, struct grant *g)
{
	struct ident_pub	 pub = *keyring_decoy(c->id);

	if (c->dev != NULL)
		device_pub(c->dev, &pub);
	if (device_verify(&pub, req->proof, req->len, t1, c->hbody) == 0)
		return 0;
	if (c->dev == NULL || device_oldpub(c->dev, &pub) == -1 ||
	    device_verify(&pub, req->proof, req->len, t1, c->hbody) == -1)
		return REASON_BAD_PROOF;
	g->serial = c->dev->life->oldserial;
	return 0;
}

/* A proof that rests on the secret s of len bytes, which it wipes. */
static uint32_t
check_secret(const struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, uint8_t *s, size_t len, uint8_t *x)
{
	uint8_t		 want[ASMP_HASHLEN];
	uint32_t	 reason = REASON_BAD_PROOF;

	proof_mac(want, s, len, t1, c->hbody);
	if (req->len == sizeof(want) &&
	    timingsafe_bcmp(want, req->proof, sizeof(want)) == 0)
		reason = 0;
	proof_extra(x, s, len, t1, c->hbody);
	explicit_bzero(s, len);
	explicit_bzero(want, sizeof(want));
	return reason;
}

static uint32_t
check_psk(const struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, struct grant *g)
{
	uint8_t	 s[ASMP_KEYLEN];
	size_t	 len = sizeof(s);

	if (c->dev == NULL)
		arc4random_buf(s, sizeof(s));
	else if (device_psk(c->dev, s, &len) == -1)
		return REASON_INTERNAL;
	if (check_secret(c, t1, req, s, len, g->x) == 0)
		return 0;
	if (c->dev == NULL || device_oldpsk(c->dev, s, &len) == -1 ||
	    check_secret(c, t1, req, s, len, g->x) != 0)
		return REASON_BAD_PROOF;
	g->serial = c->dev->life->oldserial;
	return 0;
}

static uint32_t
check_token(const struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, uint8_t *x)
{
	uint8_t		 s[ASMP_KEYLEN];
	uint32_t	 reason;
	int		 known;

	if ((known = keyring_token_tag(&c->token, s)) == -1)
		arc4random_buf(s, sizeof(s));
	reason = check_secret(c, t1, req, s, sizeof(s), x);
	if (known == -1)
		return REASON_ISSUER;
	return reason != 0 ? reason : token_reason(&c->token);
}

/* A ticket that was never given fails like a wrong proof. */
static uint32_t
check_ticket(const struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, struct grant *g)
{
	uint8_t		 s[ASMP_KEYLEN];
	uint32_t	 reason;
	int		 known;

	known = c->dev == NULL ? -1 : ticket_open(c->dev, c->ticket, s,
	    &g->since);
	if (known == -1)
		arc4random_buf(s, sizeof(s));
	reason = check_secret(c, t1, req, s, sizeof(s), g->x);
	return known == -1 ? REASON_TICKET : reason;
}

/*
 * One guess: the claim is gone after it.  What the store keeps of the shared
 * secret opens nothing: it is derived from it, and sealed.
 */
static uint32_t
check_kem(const struct claim *c, const struct ipc_prove *req,
    struct grant *g)
{
	memcpy(g->x, c->kem.extra, sizeof(c->kem.extra));
	if (keyring_seal(ASMP_KIND_KEM, c->id, c->kem.record,
	    sizeof(c->kem.record), g->sealed, &g->sealedlen) == -1)
		return REASON_INTERNAL;
	/* The key may have been replaced meanwhile. */
	if (c->dev != NULL && c->serial != device_serial(c->dev))
		return REASON_BAD_PROOF;
	return req->len == sizeof(c->kem.device) && timingsafe_bcmp(
	    c->kem.device, req->proof, sizeof(c->kem.device)) == 0 ? 0 :
	    REASON_BAD_PROOF;
}

/*
 * The session ends at a time, ms since 1970.  The parent ends it then; that
 * verify does so a little later is for a parent that is late.
 */
static void
end_by(struct grant *g, uint64_t ms)
{
	if (ms / 1000 + LATE < g->ends)
		g->ends = ms / 1000 + LATE;
}

/* Role and end: the least of what registry and token give. */
static void
grant_limits(const struct claim *c, struct grant *g)
{
	const struct life	*l = c->dev->life;

	g->role = c->dev->role;
	g->ends = now_ms() / 1000 + LIFE_MAX;
	if (l != NULL && l->expires != 0)
		end_by(g, l->expires);
	if (g->serial != device_serial(c->dev))
		end_by(g, l->until);
	if (c->kind != ASMP_KIND_TOKEN)
		return;
	if (c->token.role < g->role)
		g->role = c->token.role;
	if (c->token.expires < g->ends)
		g->ends = c->token.expires;
}

static uint32_t
check_kind(struct claim *c, const uint8_t *t1, const struct ipc_prove *req,
    struct grant *g)
{
	switch (c->kind) {
	case ASMP_KIND_SIGNATURE:
		return check_signature(c, t1, req, g);
	case ASMP_KIND_PSK:
		return check_psk(c, t1, req, g);
	case ASMP_KIND_TOKEN:
		return check_token(c, t1, req, g->x);
	case ASMP_KIND_KEM:
		return check_kem(c, req, g);
	case ASMP_KIND_TICKET:
		return check_ticket(c, t1, req, g);
	default:
		return REASON_WRONG_KIND;
	}
}

/*
 * Whether the proof holds, and what comes with it into g, which the caller
 * wipes.  Returns 0 or the reason.
 */
uint32_t
identity_check(struct claim *c, const uint8_t *t1,
    const struct ipc_prove *req, struct grant *g)
{
	uint32_t	 reason, refused;

	memset(g, 0, sizeof(*g));
	if (req->len > sizeof(req->proof))
		return REASON_BAD_PROOF;
	g->since = now_ms();
	if (c->dev != NULL)
		g->serial = device_serial(c->dev);
	reason = check_kind(c, t1, req, g);
	if (c->dev == NULL)
		return reason != 0 ? reason : REASON_BAD_PROOF;
	if ((refused = device_refused(c->dev)) != 0)
		return refused;
	if (reason == 0 && shared_key(c, t1, g->g) == -1)
		reason = REASON_SHARED_KEY;
	if (reason == 0)
		grant_limits(c, g);
	return reason;
}
