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
#include "drawn.h"
#include "testutil.h"
#include "vectors.h"

/* The keys of an epoch of hybrid, all new but the same every time. */
static void
epoch_one(struct asmp_keys *k)
{
	uint8_t	 in[4][ASMP_KEYLEN];

	count_up(in[0], 0, sizeof(in));
	keys_session(k, profile_byname("hybrid"), in[0], in[1], in[2], in[3]);
}

/* Every key of an epoch of hybrid out of its secret. */
static void
require_epoch(const struct asmp_keys *k, const uint8_t *e)
{
	const struct {
		const char	*label;
		const uint8_t	*key;
	} keys[] = {
		{ "d2g control", k->d2g_control },
		{ "g2d control", k->g2d_control },
		{ "d2g blind", k->d2g_blind },
		{ "d2g data", k->d2g.key },
		{ "g2d data", k->g2d.key },
		{ "rekey", k->rekey }
	};
	uint8_t		 want[ASMP_KEYLEN];
	size_t		 i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		kdf_expand(want, e, keys[i].label, NULL, 0);
		ATF_REQUIRE_MSG(memcmp(want, keys[i].key, ASMP_KEYLEN) == 0,
		    "%s differs", keys[i].label);
	}
}

static void
hash_messages(uint8_t *hash, const uint8_t *device, const uint8_t *gateway)
{
	struct part	 p[] = {
		{ device, ASMP_REKEY_DEVICE },
		{ gateway, ASMP_REKEY_GATEWAY }
	};

	sha256_parts(hash, p, 2);
}

/* A whole exchange, from and to the keys of both sides. */
static void
exchange(struct asmp_keys *d, struct asmp_keys *g)
{
	struct rekey	*rk;
	uint8_t		 msg[ASMP_REKEY_DEVICE], answer[ASMP_REKEY_GATEWAY];

	ATF_REQUIRE((rk = rekey_begin(msg)) != NULL);
	ATF_REQUIRE_EQ(0, rekey_answer(g, msg, answer));
	ATF_REQUIRE_EQ(0, rekey_finish(rk, d, answer));
	rekey_free(rk);
}

/* The example of vectors.h: the step from one epoch's secret to the next's. */
ATF_TC_WITHOUT_HEAD(next_secret_vector);
ATF_TC_BODY(next_secret_vector, tc)
{
	struct asmp_keys	 k;
	uint8_t			 dh[32], ss[32], e2[32], hash[32];
	uint8_t			 device[ASMP_REKEY_DEVICE];
	uint8_t			 gateway[ASMP_REKEY_GATEWAY];

	epoch_one(&k);
	unhex(k.rekey, V_HYBRID_REKEY);
	count_up(dh, 0x11, sizeof(dh));
	count_up(ss, 0x31, sizeof(ss));
	memset(device, 0xaa, sizeof(device));
	memset(gateway, 0xbb, sizeof(gateway));
	hash_messages(hash, device, gateway);
	keys_rekey(&k, dh, ss, hash);
	unhex(e2, V_HYBRID_E2);
	require_epoch(&k, e2);
	keys_wipe(&k);
}

/*
 * The epoch of the handshake in vectors.h, of whose secret the rekey key
 * and the others are made, and from it the step above.
 */
ATF_TC_WITHOUT_HEAD(epoch_one_vector);
ATF_TC_BODY(epoch_one_vector, tc)
{
	static const uint8_t	 group[ASMP_KEYLEN];
	struct noise_keys	 nk;
	struct asmp_hskeys	 hk;
	struct asmp_keys	 k;
	uint8_t			 t[32], x[32], e1[32];

	unhex(nk.n1, V_HYBRID_N1);
	unhex(nk.n2, V_HYBRID_N2);
	unhex(nk.h, V_HYBRID_H);
	keys_handshake(&hk, &nk);
	unhex(t, V_HYBRID_T);
	unhex(x, V_HYBRID_X);
	keys_session(&k, profile_byname("hybrid"), t, hk.agreed, x, group);
	REQUIRE_HEX(V_HYBRID_REKEY, k.rekey, sizeof(k.rekey));
	unhex(e1, V_HYBRID_E1);
	require_epoch(&k, e1);
	keys_wipe(&k);
}

/* Both sides come to the same keys, each time to others. */
ATF_TC_WITHOUT_HEAD(both_sides_agree);
ATF_TC_BODY(both_sides_agree, tc)
{
	struct asmp_keys	 d, g, before;
	int			 i;

	epoch_one(&d);
	epoch_one(&g);
	for (i = 0; i < 3; i++) {
		before = d;
		exchange(&d, &g);
		ATF_REQUIRE(memcmp(&d, &g, sizeof(d)) == 0);
		ATF_REQUIRE(memcmp(before.rekey, d.rekey, 32) != 0);
		ATF_REQUIRE(memcmp(before.d2g.key, d.d2g.key, 32) != 0);
		ATF_REQUIRE(memcmp(before.d2g_control, d.d2g_control,
		    32) != 0);
		ATF_REQUIRE(memcmp(before.d2g_blind, d.d2g_blind, 32) != 0);
	}
}

/*
 * The gateway's half against a device made of nothing but the primitives:
 * what it mixes, and in which order.
 */
ATF_TC_WITHOUT_HEAD(gateway_by_hand);
ATF_TC_BODY(gateway_by_hand, tc)
{
	struct asmp_keys	 d, g;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY];
	uint8_t			 e[DH_LEN], seed[MLKEM768_SEEDLEN];
	uint8_t			 dk[MLKEM768_DKLEN];
	uint8_t			 dh[32], ss[32], hash[32];
	void			*key;

	count_up(e, 0, sizeof(e));
	count_up(seed, 0x40, sizeof(seed));
	ATF_REQUIRE((key = dh_x25519.load(e)) != NULL);
	ATF_REQUIRE_EQ(0, dh_x25519.public(key, msg));
	mlkem768_keypair(msg + 32, dk, seed);

	epoch_one(&g);
	ATF_REQUIRE_EQ(0, rekey_answer(&g, msg, answer));

	ATF_REQUIRE_EQ(0, dh_x25519.value(key, dh, answer));
	mlkem768_decaps(ss, dk, answer + 32);
	hash_messages(hash, msg, answer);
	epoch_one(&d);
	keys_rekey(&d, dh, ss, hash);
	ATF_REQUIRE(memcmp(&d, &g, sizeof(d)) == 0);
	dh_x25519.free(key);
}

/* The device's half against such a gateway. */
ATF_TC_WITHOUT_HEAD(device_by_hand);
ATF_TC_BODY(device_by_hand, tc)
{
	struct asmp_keys	 d, g;
	struct rekey		*rk;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY];
	uint8_t			 e[DH_LEN], m[MLKEM768_MLEN];
	uint8_t			 dh[32], ss[32], hash[32];
	void			*key;

	ATF_REQUIRE((rk = rekey_begin(msg)) != NULL);
	count_up(e, 0x20, sizeof(e));
	count_up(m, 0x60, sizeof(m));
	ATF_REQUIRE((key = dh_x25519.load(e)) != NULL);
	ATF_REQUIRE_EQ(0, dh_x25519.public(key, answer));
	ATF_REQUIRE_EQ(0, dh_x25519.value(key, dh, msg));
	ATF_REQUIRE_EQ(0, mlkem768_encaps(answer + 32, ss, msg + 32, m));
	hash_messages(hash, msg, answer);
	epoch_one(&g);
	keys_rekey(&g, dh, ss, hash);

	epoch_one(&d);
	ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, answer));
	ATF_REQUIRE(memcmp(&d, &g, sizeof(d)) == 0);
	rekey_free(rk);
	dh_x25519.free(key);
}

/* Old keys do not make new ones: each half comes new every time. */
ATF_TC_WITHOUT_HEAD(halves_are_new);
ATF_TC_BODY(halves_are_new, tc)
{
	struct asmp_keys	 k;
	struct rekey		*rk[2];
	uint8_t			 msg[2][ASMP_REKEY_DEVICE];
	uint8_t			 answer[2][ASMP_REKEY_GATEWAY];
	int			 i;

	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((rk[i] = rekey_begin(msg[i])) != NULL);
		epoch_one(&k);
		ATF_REQUIRE_EQ(0, rekey_answer(&k, msg[0], answer[i]));
	}
	ATF_REQUIRE(memcmp(msg[0], msg[1], 32) != 0);
	ATF_REQUIRE(memcmp(msg[0] + 32, msg[1] + 32, MLKEM768_EKLEN) != 0);
	ATF_REQUIRE(memcmp(answer[0], answer[1], 32) != 0);
	ATF_REQUIRE(memcmp(answer[0] + 32, answer[1] + 32,
	    MLKEM768_CTLEN) != 0);
	rekey_free(rk[0]);
	rekey_free(rk[1]);
	rekey_free(NULL);
}

/* A point that makes the X25519 value zero, whoever's key meets it. */
static const char *const	low_order[] = {
	"00000000000000000000000000000000"
	"00000000000000000000000000000000",
	"01000000000000000000000000000000"
	"00000000000000000000000000000080",
	"e0eb7a7c3b41b8ae1656e3faf19fc46a"
	"da098deb9c32b1fd866205165f49b800",
	"edffffffffffffffffffffffffffffff"
	"ffffffffffffffffffffffffffffff7f"
};

#define NLOW	(sizeof(low_order) / sizeof(low_order[0]))

static void
require_refused(const uint8_t *msg)
{
	struct asmp_keys	 k, before;
	uint8_t			 answer[ASMP_REKEY_GATEWAY];

	epoch_one(&k);
	before = k;
	REQUIRE_ERRNO(EPROTO, rekey_answer(&k, msg, answer));
	ATF_REQUIRE(memcmp(&before, &k, sizeof(k)) == 0);
}

/* A device's REKEY with a part that is none leaves the keys alone. */
ATF_TC_WITHOUT_HEAD(gateway_refuses);
ATF_TC_BODY(gateway_refuses, tc)
{
	static const uint8_t	 zero[ASMP_REKEY_DEVICE];
	struct asmp_keys	 k;
	struct rekey		*rk;
	uint8_t			 good[ASMP_REKEY_DEVICE];
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY];
	size_t			 i;

	ATF_REQUIRE((rk = rekey_begin(good)) != NULL);
	require_refused(zero);
	for (i = 0; i < NLOW; i++) {
		memcpy(msg, good, sizeof(msg));
		unhex(msg, low_order[i]);
		require_refused(msg);
	}
	/* A coefficient of q, 3329: 0xd01; the largest good one is beside. */
	for (i = 0; i < 1152; i += 3) {
		memcpy(msg, good, sizeof(msg));
		msg[32 + i] = 0x01;
		msg[32 + i + 1] = (msg[32 + i + 1] & 0xf0) | 0x0d;
		require_refused(msg);
	}
	msg[32 + i - 3] = 0x00;
	epoch_one(&k);
	ATF_REQUIRE_EQ(0, rekey_answer(&k, msg, answer));
	epoch_one(&k);
	ATF_REQUIRE_EQ(0, rekey_answer(&k, good, answer));
	rekey_free(rk);
}

/* Nor does an answer, and the good one is still taken after. */
ATF_TC_WITHOUT_HEAD(device_refuses);
ATF_TC_BODY(device_refuses, tc)
{
	struct asmp_keys	 d, g, before;
	struct rekey		*rk;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 good[ASMP_REKEY_GATEWAY];
	uint8_t			 answer[ASMP_REKEY_GATEWAY] = { 0 };
	size_t			 i;

	epoch_one(&d);
	epoch_one(&g);
	before = d;
	ATF_REQUIRE((rk = rekey_begin(msg)) != NULL);
	ATF_REQUIRE_EQ(0, rekey_answer(&g, msg, good));
	REQUIRE_ERRNO(EPROTO, rekey_finish(rk, &d, answer));
	ATF_REQUIRE(memcmp(&before, &d, sizeof(d)) == 0);
	for (i = 0; i < NLOW; i++) {
		memcpy(answer, good, sizeof(answer));
		unhex(answer, low_order[i]);
		REQUIRE_ERRNO(EPROTO, rekey_finish(rk, &d, answer));
		ATF_REQUIRE(memcmp(&before, &d, sizeof(d)) == 0);
	}
	ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, good));
	ATF_REQUIRE(memcmp(&d, &g, sizeof(d)) == 0);
	rekey_free(rk);
}

/* Whatever is changed on the way, in either message: the keys part. */
ATF_TC_WITHOUT_HEAD(every_byte_counts);
ATF_TC_BODY(every_byte_counts, tc)
{
	struct asmp_keys	 d, g;
	struct rekey		*rk;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY];
	size_t			 i;

	ATF_REQUIRE((rk = rekey_begin(msg)) != NULL);
	for (i = 0; i < sizeof(msg); i += 31) {
		epoch_one(&d);
		epoch_one(&g);
		msg[i] ^= 1;
		if (rekey_answer(&g, msg, answer) == 0) {
			ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, answer));
			ATF_REQUIRE(memcmp(d.rekey, g.rekey, 32) != 0);
		}
		msg[i] ^= 1;
	}
	for (i = 0; i < sizeof(answer); i += 31) {
		epoch_one(&d);
		epoch_one(&g);
		ATF_REQUIRE_EQ(0, rekey_answer(&g, msg, answer));
		answer[i] ^= 1;
		ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, answer));
		ATF_REQUIRE(memcmp(d.rekey, g.rekey, 32) != 0);
	}
	epoch_one(&d);
	epoch_one(&g);
	ATF_REQUIRE_EQ(0, rekey_answer(&g, msg, answer));
	ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, answer));
	ATF_REQUIRE(memcmp(d.rekey, g.rekey, 32) == 0);
	rekey_free(rk);
}

/*
 * REKEY heals: whoever has all keys of one epoch but only listens, has none
 * of the next.
 */
ATF_TC_WITHOUT_HEAD(keys_of_one_epoch_do_not_do);
ATF_TC_BODY(keys_of_one_epoch_do_not_do, tc)
{
	static const uint8_t	 unknown[32];
	struct asmp_keys	 d, g, thief;
	struct rekey		*rk;
	uint8_t			 msg[ASMP_REKEY_DEVICE];
	uint8_t			 answer[ASMP_REKEY_GATEWAY], hash[32];

	epoch_one(&d);
	epoch_one(&g);
	thief = d;
	ATF_REQUIRE((rk = rekey_begin(msg)) != NULL);
	ATF_REQUIRE_EQ(0, rekey_answer(&g, msg, answer));
	ATF_REQUIRE_EQ(0, rekey_finish(rk, &d, answer));
	hash_messages(hash, msg, answer);
	keys_rekey(&thief, unknown, unknown, hash);
	ATF_REQUIRE(memcmp(&d, &g, sizeof(d)) == 0);
	ATF_REQUIRE(memcmp(thief.rekey, d.rekey, 32) != 0);
	ATF_REQUIRE(memcmp(thief.d2g.key, d.d2g.key, 32) != 0);
	rekey_free(rk);
}

/* What runs on a stack that can be read afterwards. */
static struct rekey	*on_stack;
static struct asmp_keys	 on_stack_keys;
static uint8_t		 on_stack_msg[ASMP_REKEY_DEVICE];
static uint8_t		 on_stack_answer[ASMP_REKEY_GATEWAY];

static void
run_begin(void)
{
	on_stack = rekey_begin(on_stack_msg);
}

static void
run_answer(void)
{
	rekey_answer(&on_stack_keys, on_stack_msg, on_stack_answer);
}

static void
run_finish(void)
{
	rekey_finish(on_stack, &on_stack_keys, on_stack_answer);
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	uint8_t		 copy[32];
	struct part	 p = { copy, sizeof(copy) };

	memcpy(copy, drawn, sizeof(copy));
	sha256_parts(on_stack_msg, &p, 1);
}

/*
 * The device draws e, then the seed; dk and both values follow from those
 * and from the answer.  The second stack of each side is that of a refusal.
 */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	uint8_t	*stack[5], dh[DH_LEN], ss[MLKEM768_SSLEN];
	uint8_t	 ek[MLKEM768_EKLEN], dk[MLKEM768_DKLEN];
	void	*key;
	size_t	 i;

	stack[0] = run_on_stack(run_begin);
	epoch_one(&on_stack_keys);
	stack[1] = run_on_stack(run_answer);
	epoch_one(&on_stack_keys);
	stack[2] = run_on_stack(run_finish);
	ATF_REQUIRE((key = dh_x25519.load(drawn)) != NULL);
	ATF_REQUIRE_EQ(0, dh_x25519.value(key, dh, on_stack_answer));
	mlkem768_keypair(ek, dk, drawn + DH_LEN);
	mlkem768_decaps(ss, dk, on_stack_answer + DH_LEN);
	memset(on_stack_answer, 0, DH_LEN);
	stack[3] = run_on_stack(run_finish);
	memset(on_stack_msg + DH_LEN, 0xff, MLKEM768_EKLEN);
	stack[4] = run_on_stack(run_answer);
	for (i = 0; i < 5; i++) {
		require_drawn_wiped(stack[i]);
		require_wiped(stack[i], "dk", dk, 1152);
		require_key_wiped(stack[i], "dh", dh, sizeof(dh));
		require_key_wiped(stack[i], "ss", ss, sizeof(ss));
		free(stack[i]);
	}
	stack[0] = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack[0], drawn, 32));
	free(stack[0]);
	dh_x25519.free(key);
	rekey_free(on_stack);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, next_secret_vector);
	ATF_TP_ADD_TC(tp, epoch_one_vector);
	ATF_TP_ADD_TC(tp, both_sides_agree);
	ATF_TP_ADD_TC(tp, gateway_by_hand);
	ATF_TP_ADD_TC(tp, device_by_hand);
	ATF_TP_ADD_TC(tp, halves_are_new);
	ATF_TP_ADD_TC(tp, gateway_refuses);
	ATF_TP_ADD_TC(tp, device_refuses);
	ATF_TP_ADD_TC(tp, every_byte_counts);
	ATF_TP_ADD_TC(tp, keys_of_one_epoch_do_not_do);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
