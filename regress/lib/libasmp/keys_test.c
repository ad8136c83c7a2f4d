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


#include "asmp_proto.h"
#include "profile_vectors.h"
#include "stack.h"
#include "testutil.h"

static const uint8_t	zero[ASMP_KEYLEN];

/* One profile's handshake, up to the secret of epoch 1. */
struct session {
	const char	*profile;
	const char	*n1;
	const char	*n2;
	const char	*h;
	const char	*t;
	const char	*x;
	const char	*e1;
};

static const struct session	sessions[] = {
	{ "hybrid", V_HYBRID_N1, V_HYBRID_N2, V_HYBRID_H, V_HYBRID_T, V_X,
	    V_HYBRID_E1 },
	{ "asmp", V_N1, V_N2, V_H, V_T, V_X, V_E1 },
	{ "ztp", V_N1, V_N2, V_ZTP_H, V_ZTP_T, V_ZTP_X, V_ZTP_E1 },
	{ "slmp", V_SLMP_N1, V_SLMP_N2, V_SLMP_H, V_SLMP_T, V_SLMP_X,
	    V_SLMP_E1 },
	{ "smcp", V_N1, V_N2, V_SMCP_H, V_SMCP_T, V_SMCP_X, V_SMCP_E1 },
	{ "iomt", V_N1, V_N2, V_IOMT_H, V_IOMT_T, V_IOMT_X, V_IOMT_E1 }
};

#define NSESSIONS	(sizeof(sessions) / sizeof(sessions[0]))

static void
handshake(struct asmp_hskeys *hk, const struct session *s)
{
	struct noise_keys	 nk;

	unhex(nk.n1, s->n1);
	unhex(nk.n2, s->n2);
	unhex(nk.h, s->h);
	keys_handshake(hk, &nk);
}

static const struct session *
session(struct asmp_keys *k, const char *profile)
{
	const struct session	*s = sessions;
	struct asmp_hskeys	 hk;
	uint8_t			 t[ASMP_HASHLEN], x[ASMP_KEYLEN];

	while (strcmp(s->profile, profile) != 0)
		s++;
	handshake(&hk, s);
	unhex(t, s->t);
	unhex(x, s->x);
	memset(k, 0xee, sizeof(*k));
	keys_session(k, profile_byname(profile), t, hk.agreed, x, zero);
	return s;
}

ATF_TC_WITHOUT_HEAD(handshake_vector);
ATF_TC_BODY(handshake_vector, tc)
{
	struct asmp_hskeys	 hk;

	handshake(&hk, &sessions[1]);
	REQUIRE_HEX(V_HS_D, hk.d2g, sizeof(hk.d2g));
	REQUIRE_HEX(V_HS_G, hk.g2d, sizeof(hk.g2d));
}

/*
 * The secret between, which keys_session() does not give away, made step by
 * step: it pins `agreed', and where a failing key went wrong.
 */
ATF_TC_WITHOUT_HEAD(secret_vectors);
ATF_TC_BODY(secret_vectors, tc)
{
	struct asmp_hskeys	 hk;
	uint8_t			 t[32], ikm[96] = { 0 }, ms[32], e1[32];
	size_t			 i;

	for (i = 0; i < NSESSIONS; i++) {
		handshake(&hk, &sessions[i]);
		unhex(t, sessions[i].t);
		memcpy(ikm, hk.agreed, sizeof(hk.agreed));
		unhex(ikm + 32, sessions[i].x);
		kdf_extract(ms, t, sizeof(t), ikm, sizeof(ikm));
		if (strcmp(sessions[i].profile, "asmp") == 0)
			REQUIRE_HEX(V_MS, ms, sizeof(ms));
		if (strcmp(sessions[i].profile, "hybrid") == 0)
			REQUIRE_HEX(V_HYBRID_MS, ms, sizeof(ms));
		kdf_expand(e1, ms, "epoch", NULL, 0);
		REQUIRE_HEX(sessions[i].e1, e1, sizeof(e1));
	}
}

/* A key is that of this label, or, where there is none, not there. */
static void
require_key(const uint8_t *key, const uint8_t *e, const char *label)
{
	uint8_t	 want[ASMP_KEYLEN] = { 0 };

	if (label != NULL)
		kdf_expand(want, e, label, NULL, 0);
	ATF_REQUIRE_MSG(memcmp(want, key, sizeof(want)) == 0, "%s",
	    label == NULL ? "a key too many" : label);
}

static void
require_start(const struct asmp_data *d, const struct asmp_profile *p,
    int todevice)
{
	ATF_REQUIRE(d->profile == p);
	ATF_REQUIRE_EQ(todevice, d->todevice);
	ATF_REQUIRE(d->aead == NULL);
	ATF_REQUIRE_EQ(0, d->round);
	ATF_REQUIRE_EQ(0, d->client);
	ATF_REQUIRE_EQ(0, d->opcode);
}

/* Each profile has the keys of the table in asmp(7), and no others. */
ATF_TC_WITHOUT_HEAD(keys_of_each_profile);
ATF_TC_BODY(keys_of_each_profile, tc)
{
	struct asmp_keys	 k;
	const struct asmp_profile *p;
	const struct session	*s;
	uint8_t			 e[ASMP_KEYLEN];
	size_t			 i;
	int			 slmp, iomt;

	for (i = 0; i < NSESSIONS; i++) {
		s = session(&k, sessions[i].profile);
		p = profile_byname(s->profile);
		slmp = strcmp(s->profile, "slmp") == 0;
		iomt = strcmp(s->profile, "iomt") == 0;
		unhex(e, s->e1);
		require_start(&k.d2g, p, 0);
		require_start(&k.g2d, p, 1);
		require_key(k.d2g_control, e, "d2g control");
		require_key(k.g2d_control, e, "g2d control");
		require_key(k.d2g_blind, e, p->sealed ? "d2g blind" : NULL);
		require_key(k.rekey, e, p->rekey ? "rekey" : NULL);
		if (strcmp(s->profile, "smcp") == 0)
			continue;
		require_key(k.d2g.key, e, "d2g data");
		require_key(k.g2d.key, e, "g2d data");
		require_key(k.d2g.mac, e, slmp ? "d2g user" :
		    iomt ? "d2g mac" : NULL);
		require_key(k.g2d.mac, e, slmp ? "g2d user" :
		    iomt ? "g2d mac" : NULL);
	}
}

ATF_TC_WITHOUT_HEAD(asmp_vector);
ATF_TC_BODY(asmp_vector, tc)
{
	struct asmp_keys	 k;

	session(&k, "asmp");
	REQUIRE_HEX(V_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_D2G_CONTROL, k.d2g_control, sizeof(k.d2g_control));
	REQUIRE_HEX(V_G2D_CONTROL, k.g2d_control, sizeof(k.g2d_control));
	REQUIRE_HEX(V_D2G_BLIND, k.d2g_blind, sizeof(k.d2g_blind));
}

ATF_TC_WITHOUT_HEAD(hybrid_vector);
ATF_TC_BODY(hybrid_vector, tc)
{
	struct asmp_keys	 k;

	session(&k, "hybrid");
	REQUIRE_HEX(V_HYBRID_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_HYBRID_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_HYBRID_D2G_CONTROL, k.d2g_control, 32);
	REQUIRE_HEX(V_HYBRID_G2D_CONTROL, k.g2d_control, 32);
	REQUIRE_HEX(V_HYBRID_REKEY, k.rekey, sizeof(k.rekey));
}

ATF_TC_WITHOUT_HEAD(ztp_vector);
ATF_TC_BODY(ztp_vector, tc)
{
	struct asmp_keys	 k;

	session(&k, "ztp");
	REQUIRE_HEX(V_ZTP_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_ZTP_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_ZTP_D2G_CONTROL, k.d2g_control, 32);
}

/* S-14: a Fernet key for each direction, and S-16's key of user tokens. */
ATF_TC_WITHOUT_HEAD(slmp_vector);
ATF_TC_BODY(slmp_vector, tc)
{
	struct asmp_keys	 k;

	session(&k, "slmp");
	REQUIRE_HEX(V_SLMP_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_SLMP_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_SLMP_D2G_USER, k.d2g.mac, sizeof(k.d2g.mac));
	REQUIRE_HEX(V_SLMP_G2D_USER, k.g2d.mac, sizeof(k.g2d.mac));
	REQUIRE_HEX(V_SLMP_D2G_CONTROL, k.d2g_control, 32);
}

/*
 * Four keys out of K_i, of which encryption uses 16 bytes and the MAC 32;
 * here X is not zero, so its place in the mix shows.
 */
ATF_TC_WITHOUT_HEAD(smcp_vector);
ATF_TC_BODY(smcp_vector, tc)
{
	struct asmp_keys	 k;
	uint8_t			 e1[ASMP_KEYLEN], master[ASMP_KEYLEN];

	session(&k, "smcp");
	unhex(e1, V_SMCP_E1);
	kdf_expand(master, e1, "smcp", NULL, 0);
	REQUIRE_HEX(V_SMCP_SMCP, master, sizeof(master));
	REQUIRE_HEX(V_SMCP_C2S_ENC, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_SMCP_C2S_MAC, k.d2g.mac, sizeof(k.d2g.mac));
	REQUIRE_HEX(V_SMCP_S2C_ENC, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_SMCP_S2C_MAC, k.g2d.mac, sizeof(k.g2d.mac));
	REQUIRE_HEX(V_SMCP_G2D_CONTROL, k.g2d_control, 32);
}

ATF_TC_WITHOUT_HEAD(iomt_vector);
ATF_TC_BODY(iomt_vector, tc)
{
	struct asmp_keys	 k;

	session(&k, "iomt");
	REQUIRE_HEX(V_IOMT_D2G_DATA, k.d2g.key, sizeof(k.d2g.key));
	REQUIRE_HEX(V_IOMT_G2D_DATA, k.g2d.key, sizeof(k.g2d.key));
	REQUIRE_HEX(V_IOMT_D2G_MAC, k.d2g.mac, sizeof(k.d2g.mac));
	REQUIRE_HEX(V_IOMT_G2D_MAC, k.g2d.mac, sizeof(k.g2d.mac));
	REQUIRE_HEX(V_IOMT_D2G_CONTROL, k.d2g_control, 32);
}

/* Of two epochs no key is another's. */
static void
require_all_differ(const struct asmp_keys *a, const struct asmp_keys *b)
{
	const struct asmp_keys	*k[] = { a, b };
	const uint8_t		*v[16];
	size_t			 i, j, n = 0;

	for (i = 0; i < 2; i++) {
		v[n++] = k[i]->d2g_control;
		v[n++] = k[i]->g2d_control;
		v[n++] = k[i]->d2g.key;
		v[n++] = k[i]->g2d.key;
		if (k[i]->d2g.profile->sealed)
			v[n++] = k[i]->d2g_blind;
		if (k[i]->d2g.profile->rekey)
			v[n++] = k[i]->rekey;
		if (memcmp(k[i]->d2g.mac, zero, sizeof(zero)) == 0)
			continue;
		v[n++] = k[i]->d2g.mac;
		v[n++] = k[i]->g2d.mac;
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			ATF_REQUIRE(memcmp(v[i], v[j], ASMP_KEYLEN) != 0);
}

/* Every byte of T, agreed, X and G changes every key of every profile. */
ATF_TC_WITHOUT_HEAD(every_input_counts);
ATF_TC_BODY(every_input_counts, tc)
{
	uint8_t			 in[4 * 32] = { 0 };
	const struct asmp_profile *p = NULL;
	struct asmp_keys	 was, k;
	size_t			 i;

	while ((p = profile_next(p)) != NULL) {
		keys_session(&was, p, in, in + 32, in + 64, in + 96);
		for (i = 0; i < sizeof(in); i++) {
			in[i] ^= 1 << i % 8;
			keys_session(&k, p, in, in + 32, in + 64, in + 96);
			in[i] ^= 1 << i % 8;
			require_all_differ(&was, &k);
		}
	}
}

/* n1, n2 and h, and none of the three results is another's. */
ATF_TC_WITHOUT_HEAD(handshake_every_input_counts);
ATF_TC_BODY(handshake_every_input_counts, tc)
{
	struct noise_keys	 nk;
	struct asmp_hskeys	 was, hk;
	uint8_t			*in = (uint8_t *)&nk;
	const uint8_t		*a = (uint8_t *)&was, *b = (uint8_t *)&hk;
	size_t			 i, j, l;

	memset(&nk, 0, sizeof(nk));
	keys_handshake(&was, &nk);
	for (i = 0; i < sizeof(nk); i++) {
		in[i] ^= 1 << i % 8;
		keys_handshake(&hk, &nk);
		in[i] ^= 1 << i % 8;
		for (j = 0; j < sizeof(hk); j += 32)
			for (l = 0; l < sizeof(hk); l += 32)
				ATF_REQUIRE(memcmp(a + j, b + l, 32) != 0);
	}
}

/* The header of the sample DATA frames: stream 3, five bytes. */
static void
data_header(uint8_t *frame, uint64_t seq)
{
	struct asmp_header	 h = {
		.version = ASMP_VERSION, .type = ASMP_DATA,
		.stream = ASMP_STREAM_TELEMETRY, .epoch = 1, .seq = seq,
		.length = 5 + ASMP_TAGLEN
	};

	frame_put(frame, &h);
}

/* A key for each record: two frames of the same text, byte by byte. */
ATF_TC_WITHOUT_HEAD(hybrid_ratchet_vector);
ATF_TC_BODY(hybrid_ratchet_vector, tc)
{
	static const char *const	 want[] = {
		V_HYBRID_FRAME0, V_HYBRID_FRAME1
	}, *const			 rk[] = {
		V_HYBRID_RK0, V_HYBRID_RK1
	};
	struct asmp_keys		 k, peer;
	uint8_t				 f[ASMP_HDRLEN + 5 + ASMP_TAGLEN];
	uint8_t				 key[ASMP_KEYLEN], *plain, text[5];
	struct aead_pool		*pool = aead_pool_new(2);
	size_t				 i, len;

	ATF_REQUIRE(pool != NULL);
	session(&k, "hybrid");
	session(&peer, "hybrid");
	for (i = 0; i < 2; i++) {
		data_header(f, i);
		ATF_REQUIRE_EQ(0, data_seal(&k.d2g, pool, f,
		    (const uint8_t *)"hello", 5, 0));
		REQUIRE_HEX(want[i], f, sizeof(f));
		unhex(key, rk[i]);
		ATF_REQUIRE_EQ(0, chapoly_open(text, key, f + 8,
		    f + ASMP_HDRLEN, 5 + ASMP_TAGLEN, f, ASMP_HDRLEN));
		ATF_REQUIRE_EQ(REASON_NONE, data_verify(&peer.d2g, f));
		ATF_REQUIRE_EQ(REASON_NONE, data_open(&peer.d2g, pool, f, 0,
		    &plain, &len));
		ATF_REQUIRE(len == 5 && memcmp(plain, "hello", 5) == 0);
	}
	aead_pool_free(pool);
}

/* The inputs of the example: dh 11..30, ss 31..50, aa.. and bb... */
static void
rekey_sample(uint8_t *dh, uint8_t *ss, uint8_t *hash)
{
	uint8_t		 device[ASMP_REKEY_DEVICE], gateway[ASMP_REKEY_GATEWAY];
	struct part	 p[] = {
		{ device, sizeof(device) }, { gateway, sizeof(gateway) }
	};

	count_up(dh, 0x11, ASMP_KEYLEN);
	count_up(ss, 0x31, ASMP_KEYLEN);
	memset(device, 0xaa, sizeof(device));
	memset(gateway, 0xbb, sizeof(gateway));
	sha256_parts(hash, p, 2);
}

ATF_TC_WITHOUT_HEAD(rekey_vector);
ATF_TC_BODY(rekey_vector, tc)
{
	struct asmp_keys	 k;
	uint8_t			 dh[32], ss[32], hash[32], e2[32];

	session(&k, "hybrid");
	rekey_sample(dh, ss, hash);
	keys_rekey(&k, dh, ss, hash);
	unhex(e2, V_HYBRID_E2_EXAMPLE);
	require_key(k.d2g_control, e2, "d2g control");
	require_key(k.g2d_control, e2, "g2d control");
	require_key(k.d2g_blind, e2, "d2g blind");
	require_key(k.rekey, e2, "rekey");
	require_key(k.d2g.key, e2, "d2g data");
	require_key(k.g2d.key, e2, "g2d data");
	require_start(&k.d2g, profile_byname("hybrid"), 0);
	require_start(&k.g2d, profile_byname("hybrid"), 1);
}

/*
 * A new epoch rests on the rekey key of the one before, not on how far its
 * ratchet has come; each step is a step on.
 */
ATF_TC_WITHOUT_HEAD(rekey_every_input_counts);
ATF_TC_BODY(rekey_every_input_counts, tc)
{
	struct asmp_keys	 first, was, k;
	uint8_t			 in[4 * 32];
	size_t			 i;

	session(&first, "hybrid");
	rekey_sample(in, in + 32, in + 64);
	memcpy(in + 96, first.rekey, 32);
	was = first;
	keys_rekey(&was, in, in + 32, in + 64);
	require_all_differ(&first, &was);
	for (i = 0; i < sizeof(in); i++) {
		in[i] ^= 1 << i % 8;
		k = first;
		memcpy(k.rekey, in + 96, 32);
		keys_rekey(&k, in, in + 32, in + 64);
		in[i] ^= 1 << i % 8;
		require_all_differ(&was, &k);
	}
	k = first;
	k.d2g.key[0] ^= 1;
	k.g2d_control[0] ^= 1;
	keys_rekey(&k, in, in + 32, in + 64);
	ATF_REQUIRE(memcmp(&k, &was, sizeof(k)) == 0);
	keys_rekey(&k, in, in + 32, in + 64);
	require_all_differ(&was, &k);
}

/* A pool frees the slots of those who still borrow, and no others. */
static void
require_returned(struct asmp_keys *k, struct aead_pool *pool)
{
	struct aead	*mark = (struct aead *)k;

	k->d2g.aead = k->g2d.aead = mark;
	aead_pool_free(pool);
	ATF_REQUIRE(k->d2g.aead == mark);
	ATF_REQUIRE(k->g2d.aead == mark);
}

static struct aead_pool *
borrow(struct asmp_keys *k)
{
	struct aead_pool	*pool = aead_pool_new(2);

	ATF_REQUIRE(pool != NULL);
	ATF_REQUIRE(aead_borrow(pool, &k->d2g.aead, k->d2g.key) != NULL);
	ATF_REQUIRE(aead_borrow(pool, &k->g2d.aead, k->g2d.key) != NULL);
	return pool;
}

/* A lent context holds a key that is gone, and would seal under it. */
ATF_TC_WITHOUT_HEAD(rekey_returns_contexts);
ATF_TC_BODY(rekey_returns_contexts, tc)
{
	struct asmp_keys	 k;
	struct aead_pool	*pool;
	uint8_t			 dh[32], ss[32], hash[32];

	session(&k, "hybrid");
	rekey_sample(dh, ss, hash);
	pool = borrow(&k);
	keys_rekey(&k, dh, ss, hash);
	ATF_REQUIRE(k.d2g.aead == NULL);
	ATF_REQUIRE(k.g2d.aead == NULL);
	require_returned(&k, pool);
}

ATF_TC_WITHOUT_HEAD(wipe);
ATF_TC_BODY(wipe, tc)
{
	struct asmp_keys	 k, none;
	struct aead_pool	*pool;

	session(&k, "asmp");
	pool = borrow(&k);
	keys_wipe(&k);
	memset(&none, 0, sizeof(none));
	ATF_REQUIRE(memcmp(&k, &none, sizeof(k)) == 0);
	require_returned(&k, pool);
}

/* What runs on a stack that can be read afterwards. */
static struct {
	struct noise_keys		 nk;
	struct asmp_hskeys		 hk;
	const struct asmp_profile	*profile;
	struct asmp_keys		 k;
	uint8_t				 t[32], x[32], g[32];
	uint8_t				 dh[32], ss[32], hash[32];
} at;

static void
run_handshake(void)
{
	keys_handshake(&at.hk, &at.nk);
}

static void
run_session(void)
{
	keys_session(&at.k, at.profile, at.t, at.hk.agreed, at.x, at.g);
}

static void
run_rekey(void)
{
	keys_rekey(&at.k, at.dh, at.ss, at.hash);
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	uint8_t		 copy[sizeof(at.hk.agreed)];
	struct part	 in = { copy, sizeof(copy) };

	memcpy(copy, at.hk.agreed, sizeof(copy));
	sha256_parts(at.t, &in, 1);
}

static void
stack_init(const char *profile)
{
	at.profile = profile_byname(profile);
	unhex(at.nk.n1, V_SLMP_N1);
	unhex(at.nk.n2, V_SLMP_N2);
	unhex(at.nk.h, V_SLMP_H);
	unhex(at.t, V_SLMP_T);
	unhex(at.x, V_SLMP_X);
	unhex(at.g, V_ZTP_X);
	unhex(at.dh, V_HYBRID_N1);
	unhex(at.ss, V_IOMT_SS);
	unhex(at.hash, V_IOMT_T);
	run_handshake();
}

static void
require_keys_wiped(const uint8_t *stack, const struct asmp_keys *k)
{
	require_key_wiped(stack, "d2g control", k->d2g_control, 32);
	require_key_wiped(stack, "g2d control", k->g2d_control, 32);
	require_key_wiped(stack, "d2g blind", k->d2g_blind, 32);
	require_key_wiped(stack, "rekey", k->rekey, 32);
	require_key_wiped(stack, "d2g data", k->d2g.key, 32);
	require_key_wiped(stack, "g2d data", k->g2d.key, 32);
	require_key_wiped(stack, "d2g mac", k->d2g.mac, 32);
	require_key_wiped(stack, "g2d mac", k->g2d.mac, 32);
}

/* The secret of an epoch out of a salt and 64 or 96 bytes, and K_i. */
static void
require_secrets_wiped(const uint8_t *stack, const uint8_t *salt,
    const uint8_t *ikm, size_t len, const uint8_t *hash, size_t hashlen)
{
	uint8_t	 prk[ASMP_HASHLEN], e[ASMP_KEYLEN], master[ASMP_KEYLEN];
	size_t	 i;

	for (i = 0; i < len; i += 32)
		require_key_wiped(stack, "what goes in", ikm + i, 32);
	kdf_extract(prk, salt, 32, ikm, len);
	require_key_wiped(stack, "PRK", prk, sizeof(prk));
	kdf_expand(e, prk, "epoch", hash, hashlen);
	require_key_wiped(stack, "E", e, sizeof(e));
	kdf_expand(master, e, "smcp", NULL, 0);
	require_key_wiped(stack, "smcp", master, sizeof(master));
}

ATF_TC_WITHOUT_HEAD(handshake_leaves_the_stack);
ATF_TC_BODY(handshake_leaves_the_stack, tc)
{
	uint8_t	*stack, ikm[64];

	stack_init("asmp");
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, at.hk.agreed, 32));
	free(stack);
	stack = run_on_stack(run_handshake);
	memcpy(ikm, at.nk.n1, 32);
	memcpy(ikm + 32, at.nk.n2, 32);
	require_secrets_wiped(stack, at.nk.h, ikm, sizeof(ikm), NULL, 0);
	require_key_wiped(stack, "agreed", at.hk.agreed, 32);
	require_key_wiped(stack, "d2g handshake", at.hk.d2g, 32);
	require_key_wiped(stack, "g2d handshake", at.hk.g2d, 32);
	free(stack);
}

/* Whoever kept a secret of an epoch could undo the ratchet, M-23 to M-26. */
ATF_TC_WITHOUT_HEAD(session_leaves_the_stack);
ATF_TC_BODY(session_leaves_the_stack, tc)
{
	uint8_t	*stack, ikm[96];
	size_t	 i;

	for (i = 0; i < NSESSIONS; i++) {
		stack_init(sessions[i].profile);
		stack = run_on_stack(run_session);
		memcpy(ikm, at.hk.agreed, 32);
		memcpy(ikm + 32, at.x, 32);
		memcpy(ikm + 64, at.g, 32);
		require_secrets_wiped(stack, at.t, ikm, sizeof(ikm), NULL, 0);
		require_keys_wiped(stack, &at.k);
		free(stack);
	}
}

ATF_TC_WITHOUT_HEAD(rekey_leaves_the_stack);
ATF_TC_BODY(rekey_leaves_the_stack, tc)
{
	struct asmp_keys	 was;
	uint8_t			*stack, ikm[64];

	stack_init("hybrid");
	run_session();
	was = at.k;
	stack = run_on_stack(run_rekey);
	memcpy(ikm, at.dh, 32);
	memcpy(ikm + 32, at.ss, 32);
	require_secrets_wiped(stack, was.rekey, ikm, sizeof(ikm), at.hash,
	    sizeof(at.hash));
	require_keys_wiped(stack, &was);
	require_keys_wiped(stack, &at.k);
	free(stack);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, handshake_vector);
	ATF_TP_ADD_TC(tp, secret_vectors);
	ATF_TP_ADD_TC(tp, keys_of_each_profile);
	ATF_TP_ADD_TC(tp, asmp_vector);
	ATF_TP_ADD_TC(tp, hybrid_vector);
	ATF_TP_ADD_TC(tp, ztp_vector);
	ATF_TP_ADD_TC(tp, slmp_vector);
	ATF_TP_ADD_TC(tp, smcp_vector);
	ATF_TP_ADD_TC(tp, iomt_vector);
	ATF_TP_ADD_TC(tp, every_input_counts);
	ATF_TP_ADD_TC(tp, handshake_every_input_counts);
	ATF_TP_ADD_TC(tp, hybrid_ratchet_vector);
	ATF_TP_ADD_TC(tp, rekey_vector);
	ATF_TP_ADD_TC(tp, rekey_every_input_counts);
	ATF_TP_ADD_TC(tp, rekey_returns_contexts);
	ATF_TP_ADD_TC(tp, wipe);
	ATF_TP_ADD_TC(tp, handshake_leaves_the_stack);
	ATF_TP_ADD_TC(tp, session_leaves_the_stack);
	ATF_TP_ADD_TC(tp, rekey_leaves_the_stack);
	return atf_no_error();
}
