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

typedef void	(*proof_fn)(uint8_t *, const uint8_t *, size_t,
		    const uint8_t *, const uint8_t *);

static const proof_fn	fns[] = { proof_mac, proof_extra, proof_group };

#define NFNS	(sizeof(fns) / sizeof(fns[0]))

/* One profile's handshake from T1 to T. */
struct flow {
	const char	*t1;
	const char	*body;
	const char	*proof;
	const char	*x;
	const char	*t;
};

static void
hash_body(uint8_t *hbody, const char *hex)
{
	uint8_t		 body[INIT_BODY_MAX];
	struct part	 p = { body, unhex(body, hex) };

	sha256_parts(hbody, &p, 1);
}

static void
require_flow(const struct flow *f, const uint8_t *s, size_t len)
{
	uint8_t	 init[INIT_MAX], t1[32], t[32], hbody[32], x[32];
	size_t	 n = unhex(init, f->body);

	unhex(t1, f->t1);
	hash_body(hbody, f->body);
	proof_mac(init + n, s, len, t1, hbody);
	REQUIRE_HEX(f->proof, init + n, ASMP_HASHLEN);
	proof_extra(x, s, len, t1, hbody);
	REQUIRE_HEX(f->x, x, sizeof(x));
	transcript_next(t, t1, init, n + ASMP_HASHLEN);
	REQUIRE_HEX(f->t, t, sizeof(t));
}

ATF_TC_WITHOUT_HEAD(smcp_vector);
ATF_TC_BODY(smcp_vector, tc)
{
	static const struct flow	 f = {
		V_SMCP_T1, V_SMCP_BODY, V_SMCP_PROOF, V_SMCP_X, V_SMCP_T
	};
	uint8_t				 psk[16];

	count_up(psk, 0xd0, sizeof(psk));
	require_flow(&f, psk, sizeof(psk));
}

/* Z-17 and S-5: the tag proves its bearer and stays with him. */
ATF_TC_WITHOUT_HEAD(token_vectors);
ATF_TC_BODY(token_vectors, tc)
{
	static const struct flow	 slmp = {
		V_SLMP_T1, V_SLMP_BODY, V_SLMP_PROOF, V_SLMP_X, V_SLMP_T
	}, ztp = {
		V_ZTP_T1, V_SLMP_BODY, V_ZTP_PROOF, V_ZTP_X, V_ZTP_T
	};
	uint8_t				 tag[ASMP_HASHLEN];

	unhex(tag, V_SLMP_TAG);
	require_flow(&slmp, tag, sizeof(tag));
	require_flow(&ztp, tag, sizeof(tag));
}

/*
 * A-19, the key that a group shares: 60..7f, number 1, profile asmp.  Made
 * as the other vectors, by Python's hashlib and hmac.
 */
ATF_TC_WITHOUT_HEAD(group_vector);
ATF_TC_BODY(group_vector, tc)
{
	uint8_t	 key[32], t1[32], hbody[32], g[32];

	count_up(key, 0x60, sizeof(key));
	unhex(t1, V_T1);
	hash_body(hbody, "010001c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "0e42505f4d4f4e49544f525f303031");
	proof_group(g, key, sizeof(key), t1, hbody);
	REQUIRE_HEX("2fa58d9aef820dc5a7c9257b4c93ca5f"
	    "77fb606a189f9a8b4240a305cd31574f", g, sizeof(g));
}

/* The formula, by HMAC alone, for a secret of any length. */
ATF_TC_WITHOUT_HEAD(any_length);
ATF_TC_BODY(any_length, tc)
{
	static const char *const	 labels[] = {
		"ASMP/1 device auth", "ASMP/1 extra", "ASMP/1 group"
	};
	uint8_t		 s[200], t1[32], hbody[32], got[32], want[32];
	struct part	 p[] = {
		{ NULL, 0 }, { t1, sizeof(t1) }, { hbody, sizeof(hbody) }
	};
	size_t		 i, len;

	count_up(s, 1, sizeof(s));
	count_up(t1, 0x40, sizeof(t1));
	count_up(hbody, 0x60, sizeof(hbody));
	for (i = 0; i < NFNS; i++) {
		p[0] = (struct part){ labels[i], strlen(labels[i]) + 1 };
		for (len = 1; len <= sizeof(s); len++) {
			hmac_parts(want, s, len, p, 3);
			fns[i](got, s, len, t1, hbody);
			ATF_REQUIRE(memcmp(want, got, sizeof(got)) == 0);
		}
	}
}

/* No value serves two uses, and every byte of what goes in shows. */
ATF_TC_WITHOUT_HEAD(every_input_counts);
ATF_TC_BODY(every_input_counts, tc)
{
	uint8_t	 in[3 * 32] = { 0 }, was[NFNS][32], got[NFNS][32];
	size_t	 i, f;

	for (f = 0; f < NFNS; f++)
		fns[f](was[f], in, 32, in + 32, in + 64);
	ATF_REQUIRE(memcmp(was[0], was[1], 32) != 0);
	ATF_REQUIRE(memcmp(was[0], was[2], 32) != 0);
	ATF_REQUIRE(memcmp(was[1], was[2], 32) != 0);
	for (i = 0; i < sizeof(in); i++) {
		in[i] ^= 1 << i % 8;
		for (f = 0; f < NFNS; f++) {
			fns[f](got[f], in, 32, in + 32, in + 64);
			ATF_REQUIRE(memcmp(was[f], got[f], 32) != 0);
		}
		in[i] ^= 1 << i % 8;
	}
}

struct kem_in {
	uint8_t	 ss[MLKEM768_SSLEN];
	uint8_t	 ct[MLKEM768_CTLEN];
	uint8_t	 t1[ASMP_HASHLEN];
	uint8_t	 hbody[ASMP_HASHLEN];
};

static void
kem_sample(struct kem_in *in)
{
	uint8_t	 seed[MLKEM768_SEEDLEN], m[MLKEM768_MLEN];
	uint8_t	 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];

	count_up(seed, 0, sizeof(seed));
	count_up(m, 0x40, sizeof(m));
	mlkem768_keypair(ek, dk, seed);
	ATF_REQUIRE_EQ(0, mlkem768_encaps(in->ct, in->ss, ek, m));
	unhex(in->t1, V_IOMT_T1);
	hash_body(in->hbody, V_IOMT_BODY);
}

/* I-55 and I-56: the gateway's MAC is the commitment that is checked. */
ATF_TC_WITHOUT_HEAD(kem_vector);
ATF_TC_BODY(kem_vector, tc)
{
	struct kem_in	 in;
	struct kem_proof k;
	uint8_t		 plain[CHALLENGE_LEN], body[INIT_BODY_MAX], t[32];

	kem_sample(&in);
	REQUIRE_HEX(V_IOMT_SS, in.ss, sizeof(in.ss));
	proof_kem(&k, in.ss, in.ct, in.t1, in.hbody);
	REQUIRE_HEX(V_IOMT_GATEWAY, k.gateway, sizeof(k.gateway));
	REQUIRE_HEX(V_IOMT_DEVICE, k.device, sizeof(k.device));
	REQUIRE_HEX(V_IOMT_X, k.extra, sizeof(k.extra));
	transcript_next(t, in.t1, body, unhex(body, V_IOMT_BODY));
	REQUIRE_HEX(V_IOMT_T2, t, sizeof(t));
	memcpy(plain, in.ct, sizeof(in.ct));
	memcpy(plain + sizeof(in.ct), k.gateway, sizeof(k.gateway));
	transcript_next(t, t, plain, sizeof(plain));
	REQUIRE_HEX(V_IOMT_T3, t, sizeof(t));
	transcript_next(t, t, k.device, RESPONSE_LEN);
	REQUIRE_HEX(V_IOMT_T, t, sizeof(t));
}

/* Of two results of proof_kem(), no value is another's. */
static void
require_all_differ(const struct kem_proof *a, const struct kem_proof *b)
{
	const uint8_t	*v[] = {
		a->gateway, a->device, a->extra,
		b->gateway, b->device, b->extra
	};
	size_t		 i, j;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (j = 0; j < i; j++)
			ATF_REQUIRE(memcmp(v[i], v[j], 32) != 0);
}

/*
 * I-67: the device proves for this session alone, and a secret that is not
 * the right one gives neither MAC nor key.  One bit of each byte changes.
 */
ATF_TC_WITHOUT_HEAD(kem_every_input_counts);
ATF_TC_BODY(kem_every_input_counts, tc)
{
	struct kem_in	 in;
	struct kem_proof was, k;
	uint8_t		*p = (uint8_t *)&in;
	size_t		 i;

	kem_sample(&in);
	proof_kem(&was, in.ss, in.ct, in.t1, in.hbody);
	for (i = 0; i < sizeof(in); i++) {
		p[i] ^= 1 << i % 8;
		proof_kem(&k, in.ss, in.ct, in.t1, in.hbody);
		p[i] ^= 1 << i % 8;
		require_all_differ(&was, &k);
	}
	proof_kem(&k, in.ss, in.ct, in.t1, in.hbody);
	ATF_REQUIRE(memcmp(&was, &k, sizeof(k)) == 0);
}

/* What runs on a stack that can be read afterwards. */
static struct {
	struct kem_in	 in;
	struct kem_proof kem;
	proof_fn	 fn;
	uint8_t		 s[32];
	uint8_t		 out[32];
} at;

static void
run_proof(void)
{
	at.fn(at.out, at.s, sizeof(at.s), at.in.t1, at.in.hbody);
}

static void
run_kem(void)
{
	proof_kem(&at.kem, at.in.ss, at.in.ct, at.in.t1, at.in.hbody);
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	uint8_t		 copy[sizeof(at.s)];
	struct part	 in = { copy, sizeof(copy) };

	memcpy(copy, at.s, sizeof(copy));
	sha256_parts(at.out, &in, 1);
}

ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	uint8_t	*stack;
	size_t	 i;

	kem_sample(&at.in);
	unhex(at.s, V_SLMP_TAG);
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, at.s, sizeof(at.s)));
	free(stack);
	for (i = 0; i < NFNS; i++) {
		at.fn = fns[i];
		stack = run_on_stack(run_proof);
		require_key_wiped(stack, "S", at.s, sizeof(at.s));
		require_key_wiped(stack, "what it gives", at.out, 32);
		free(stack);
	}
}

ATF_TC_WITHOUT_HEAD(kem_leaves_the_stack);
ATF_TC_BODY(kem_leaves_the_stack, tc)
{
	uint8_t		*stack, salt[32], kc[32], key[32];
	struct part	 act[] = {
		{ at.in.t1, sizeof(at.in.t1) },
		{ at.in.hbody, sizeof(at.in.hbody) },
		{ at.in.ct, sizeof(at.in.ct) }
	};

	kem_sample(&at.in);
	stack = run_on_stack(run_kem);
	sha256_parts(salt, act, 3);
	kdf_extract(kc, salt, sizeof(salt), at.in.ss, sizeof(at.in.ss));
	require_key_wiped(stack, "ss", at.in.ss, sizeof(at.in.ss));
	require_key_wiped(stack, "KC", kc, sizeof(kc));
	kdf_expand(key, kc, "kem gateway", NULL, 0);
	require_key_wiped(stack, "the gateway's key", key, sizeof(key));
	kdf_expand(key, kc, "kem device", NULL, 0);
	require_key_wiped(stack, "the device's key", key, sizeof(key));
	require_key_wiped(stack, "device", at.kem.device, 32);
	require_key_wiped(stack, "X", at.kem.extra, 32);
	free(stack);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, smcp_vector);
	ATF_TP_ADD_TC(tp, token_vectors);
	ATF_TP_ADD_TC(tp, group_vector);
	ATF_TP_ADD_TC(tp, any_length);
	ATF_TP_ADD_TC(tp, every_input_counts);
	ATF_TP_ADD_TC(tp, kem_vector);
	ATF_TP_ADD_TC(tp, kem_every_input_counts);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	ATF_TP_ADD_TC(tp, kem_leaves_the_stack);
	return atf_no_error();
}
