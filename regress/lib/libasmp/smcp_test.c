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

/* Profile smcp: fields, rounds, opcodes and the keys' evolution. */

#include "codec.h"
#include "data_local.h"
#include "fixediv.h"

#define FIELDS		7
#define PREFIX		(ASMP_HDRLEN + FIELDS)
#define TO_GATEWAY	1
#define TO_DEVICE	2
#define ROUND_MAX	(UINT32_MAX - 2)	/* the last that is sent */

/* SHA-256 of K_i, which is 00 to 0f, and a label; from Python's hashlib. */
#define C2S_ENC \
	"114d1d397cd689ef9ac597315afb2fabccea9f232e6a2a16418deb2eb35cc9d9"
#define C2S_MAC \
	"132d79a3f017e4ef67e4bb03ff6b93a0009ac888a21d5a12dcfd056431eb96ad"
#define S2C_ENC \
	"973fe3eb9ffc04004dcd6cbd940e7dfd607aa8a31cce04ea1e8ae2ef99fa526c"
#define S2C_MAC \
	"091dc9a0b336706bacc5b578df98bc024dbe621ae4c395efabe48f9d42318e0c"

static const uint8_t	value[SMCP_VALUELEN] = { 0, 0, 0, 0, 0, 0, 0, 100 };
static const uint8_t	challenge[SMCP_CHALLENGELEN] = "sixteen at most";
static const uint8_t	aggregate[SMCP_AGGREGATELEN] = {
	SMCP_COMPLETE, 0, 0, 0, 0, 0, 0, 2, 0x58
};

static uint8_t	frame[FRAMEMAX];

/* A record by its fields, under the keys that d has now. */
struct forged {
	uint8_t		 opcode;
	uint8_t		 client;
	uint32_t	 round;
	uint8_t		 direction;
	const void	*plain;
	size_t		 len;
};

static struct cbc_key
keys(const struct asmp_data *d)
{
	struct cbc_key	 key = {
		d->key, CBC_KEY128, d->mac, sizeof(d->mac)
	};

	return key;
}

/* The MAC again, over what a test has changed before it. */
static void
again(const struct asmp_data *d, size_t len)
{
	struct part	 p = { frame, len - ASMP_HASHLEN };

	hmac_parts(frame + p.len, d->mac, sizeof(d->mac), &p, 1);
}

/* Returns the frame's length. */
static size_t
forge(const struct asmp_data *d, const struct forged *f)
{
	struct cbc_key	 key = keys(d);
	struct aead_pool *pool = aead_pool_new(2);
	uint8_t		*p = frame + ASMP_HDRLEN;

	ATF_REQUIRE(pool != NULL);
	header_put(frame, FIELDS + cbc_len(f->len));
	p[0] = f->opcode;
	p[1] = f->client;
	put_u32(p + 2, f->round);
	p[6] = f->direction;
	ATF_REQUIRE_EQ(0, cbc_seal(frame, PREFIX, &key, pool, f->plain,
	    f->len));
	aead_pool_free(pool);
	return PREFIX + cbc_len(f->len);
}

/* The record that is due, as forge() would make it. */
static struct forged
genuine(const struct asmp_data *d)
{
	struct forged	 hello = { SMCP_HELLO, 1, 0, TO_GATEWAY, "HELLO", 5 };
	struct forged	 data = {
		SMCP_DATA, 1, d->round, TO_GATEWAY, value, sizeof(value)
	};
	struct forged	 chall = {
		SMCP_CHALLENGE, 1, 0, TO_DEVICE, challenge, sizeof(challenge)
	};
	struct forged	 aggr = {
		SMCP_AGGREGATE, 1, d->round, TO_DEVICE, aggregate,
		sizeof(aggregate)
	};

	if (d->round == 0)
		return d->todevice ? chall : hello;
	return d->todevice ? aggr : data;
}

/* The genuine one opens, and so both ends move on. */
static void
go_on(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct forged	 f = genuine(tx);

	frame_seal(e, tx, frame, f.plain, f.len);
	REQUIRE_OPENS(e, rx, frame, f.plain, f.len);
	ATF_REQUIRE_EQ(f.opcode, rx->opcode);
}

/* In both directions, at round 0 and at a later one. */
static void
in_each_state(void (*check)(struct ends *, struct asmp_data *,
    struct asmp_data *))
{
	struct ends	 e;
	int		 rounds, todevice;

	for (todevice = 0; todevice <= 1; todevice++) {
		ends_init(&e, "smcp");
		for (rounds = 0; rounds < 3; rounds++) {
			struct asmp_data	*tx, *rx;

			tx = todevice ? &e.tx.g2d : &e.tx.d2g;
			rx = todevice ? &e.rx.g2d : &e.rx.d2g;
			check(&e, tx, rx);
			go_on(&e, tx, rx);
		}
		ends_free(&e);
	}
}

/* The four labels, with the keys they make of that K_i. */
ATF_TC_WITHOUT_HEAD(label_vectors);
ATF_TC_BODY(label_vectors, tc)
{
	static const struct {
		const char	*label;
		const char	*key;
	} v[] = {
		{ "C2S-ENC", C2S_ENC }, { "C2S-MAC", C2S_MAC },
		{ "S2C-ENC", S2C_ENC }, { "S2C-MAC", S2C_MAC }
	};
	uint8_t		 ki[16], key[ASMP_HASHLEN];
	struct part	 p[2] = { { ki, sizeof(ki) }, { NULL, 0 } };
	size_t		 i;

	count_up(ki, 0, sizeof(ki));
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		p[1] = (struct part){ v[i].label, strlen(v[i].label) };
		sha256_parts(key, p, 2);
		REQUIRE_HEX(v[i].key, key, sizeof(key));
	}
}

/*
 * M-19: the reference HELLO of client 1 to the byte, up to its MAC; and the
 * MAC, which there covers no header, over the same bytes.
 */
ATF_TC_WITHOUT_HEAD(hello_vector);
ATF_TC_BODY(hello_vector, tc)
{
	struct ends	 e;
	uint8_t		*p = frame + ASMP_HDRLEN, want[ASMP_HASHLEN];
	struct part	 whole = { frame, PREFIX + 32 };
	struct part	 payload = { p, FIELDS + 32 };

	ends_init(&e, "smcp");
	unhex(e.tx.d2g.key, C2S_ENC);
	unhex(e.tx.d2g.mac, C2S_MAC);
	memcpy(e.rx.d2g.key, e.tx.d2g.key, ASMP_KEYLEN);
	memcpy(e.rx.d2g.mac, e.tx.d2g.mac, ASMP_KEYLEN);
	count_up(fixed_iv, 0xf0, sizeof(fixed_iv));
	ATF_REQUIRE_EQ(PREFIX + 64, frame_seal(&e, &e.tx.d2g, frame, "HELLO",
	    5));
	REQUIRE_HEX("0a010000000001" "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
	    "e414727a74926f24dcde1a704469b6e2", p, payload.len);
	hmac_parts(want, e.rx.d2g.mac, ASMP_KEYLEN, &payload, 1);
	REQUIRE_HEX("b96c5899fc1d64e2010faf57fa839f9b"
	    "fbf24d1635628228b1ebcebd911370fe", want, sizeof(want));
	hmac_parts(want, e.rx.d2g.mac, ASMP_KEYLEN, &whole, 1);
	ATF_REQUIRE(memcmp(want, frame + whole.len, sizeof(want)) == 0);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "HELLO", 5);
	ends_free(&e);
}

/*
 * M-25: the reference step, SHA-256 of an encryption key's 16 bytes and 16
 * of aa; a challenge is the record that can bring just those.
 */
ATF_TC_WITHOUT_HEAD(evolve_vector);
ATF_TC_BODY(evolve_vector, tc)
{
	struct ends	 e;
	uint8_t		 aa[SMCP_CHALLENGELEN];

	ends_init(&e, "smcp");
	unhex(e.tx.g2d.key, C2S_ENC);
	unhex(e.rx.g2d.key, C2S_ENC);
	memset(aa, 0xaa, sizeof(aa));
	frame_seal(&e, &e.tx.g2d, frame, aa, sizeof(aa));
	REQUIRE_HEX("ac3ed408bf360a5db80723deb4826cf3", e.tx.g2d.key, 16);
	REQUIRE_OPENS(&e, &e.rx.g2d, frame, aa, sizeof(aa));
	REQUIRE_HEX("ac3ed408bf360a5db80723deb4826cf3", e.rx.g2d.key, 16);
	ends_free(&e);
}

/* H(16 bytes of key || data) or H(32 of MAC key || data), by hand. */
static void
require_step(const uint8_t *old, size_t oldlen, const void *data, size_t len,
    const uint8_t *got)
{
	struct part	 p[] = { { old, oldlen }, { data, len } };
	uint8_t		 want[ASMP_HASHLEN];

	sha256_parts(want, p, 2);
	ATF_REQUIRE(memcmp(want, got, oldlen) == 0);
}

/* M-4, M-23, M-24: by ciphertext and IV, each round, HELLO's too. */
ATF_TC_WITHOUT_HEAD(evolution_to_gateway);
ATF_TC_BODY(evolution_to_gateway, tc)
{
	struct ends		 e;
	struct asmp_data	 old;
	struct forged		 f;
	int			 i;

	ends_init(&e, "smcp");
	for (i = 0; i < 5; i++) {
		old = e.tx.d2g;
		count_up(fixed_iv, (uint8_t)(16 * i), sizeof(fixed_iv));
		f = genuine(&e.tx.d2g);
		frame_seal(&e, &e.tx.d2g, frame, f.plain, f.len);
		require_step(old.key, 16, frame + PREFIX + 16, 16,
		    e.tx.d2g.key);
		require_step(old.mac, 32, fixed_iv, 16, e.tx.d2g.mac);
		REQUIRE_OPENS(&e, &e.rx.d2g, frame, f.plain, f.len);
		require_step(old.key, 16, frame + PREFIX + 16, 16,
		    e.rx.d2g.key);
		require_step(old.mac, 32, fixed_iv, 16, e.rx.d2g.mac);
	}
	ends_free(&e);
}

/* M-25, M-26: by the result as encrypted, and the status. */
ATF_TC_WITHOUT_HEAD(evolution_to_device);
ATF_TC_BODY(evolution_to_device, tc)
{
	struct ends		 e;
	struct asmp_data	 old;
	uint8_t			 aggr[SMCP_AGGREGATELEN], status = 0;

	ends_init(&e, "smcp");
	old = e.tx.g2d;
	go_on(&e, &e.tx.g2d, &e.rx.g2d);
	require_step(old.key, 16, challenge, 16, e.rx.g2d.key);
	require_step(old.mac, 32, &status, 1, e.rx.g2d.mac);
	for (status = SMCP_COMPLETE; status <= SMCP_OVERFLOW; status++) {
		old = e.tx.g2d;
		memcpy(aggr, aggregate, sizeof(aggr));
		aggr[0] = status;
		frame_seal(&e, &e.tx.g2d, frame, aggr, sizeof(aggr));
		REQUIRE_OPENS(&e, &e.rx.g2d, frame, aggr, sizeof(aggr));
		require_step(old.key, 16, aggr + 1, 8, e.tx.g2d.key);
		require_step(old.key, 16, aggr + 1, 8, e.rx.g2d.key);
		require_step(old.mac, 32, &status, 1, e.tx.g2d.mac);
		require_step(old.mac, 32, &status, 1, e.rx.g2d.mac);
	}
	ends_free(&e);
}

/* M-19 to M-22: HELLO 0, CHALLENGE 0, DATA 2n-1, AGGREGATE 2n, in clear. */
ATF_TC_WITHOUT_HEAD(rounds_and_opcodes);
ATF_TC_BODY(rounds_and_opcodes, tc)
{
	static const uint32_t	 d2g[] = { 0, 1, 3, 5, 7 };
	static const uint32_t	 g2d[] = { 0, 2, 4, 6, 8 };
	struct ends		 e;
	uint8_t			*p = frame + ASMP_HDRLEN;
	size_t			 i;

	ends_init(&e, "smcp");
	for (i = 0; i < sizeof(d2g) / sizeof(d2g[0]); i++) {
		ATF_REQUIRE_EQ(d2g[i], e.tx.d2g.round);
		go_on(&e, &e.tx.d2g, &e.rx.d2g);
		ATF_REQUIRE_EQ(i == 0 ? 10 : 30, p[0]);
		ATF_REQUIRE_EQ(1, p[1]);
		ATF_REQUIRE_EQ(d2g[i], get_u32(p + 2));
		ATF_REQUIRE_EQ(1, p[6]);
		ATF_REQUIRE_EQ(g2d[i], e.tx.g2d.round);
		go_on(&e, &e.tx.g2d, &e.rx.g2d);
		ATF_REQUIRE_EQ(i == 0 ? 20 : 40, p[0]);
		ATF_REQUIRE_EQ(1, p[1]);
		ATF_REQUIRE_EQ(g2d[i], get_u32(p + 2));
		ATF_REQUIRE_EQ(2, p[6]);
	}
	ends_free(&e);
}

/* M-31: a MAC that holds, and the direction byte says another way. */
static void
check_directions(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct forged	 f = genuine(tx);
	int		 v;

	for (v = 0; v <= UINT8_MAX; v++) {
		if (v == (tx->todevice ? TO_DEVICE : TO_GATEWAY))
			continue;
		f.direction = (uint8_t)v;
		forge(tx, &f);
		REQUIRE_REFUSED(REASON_DIRECTION, e, rx, frame, NOW);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_direction);
ATF_TC_BODY(wrong_direction, tc)
{
	in_each_state(check_directions);
}

/* M-13: another client's number under this client's keys. */
static void
check_clients(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct forged	 f = genuine(tx);
	int		 v;

	for (v = 0; v <= UINT8_MAX; v++) {
		if (v == 1)
			continue;
		f.client = (uint8_t)v;
		forge(tx, &f);
		REQUIRE_REFUSED(REASON_CLIENT, e, rx, frame, NOW);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_client);
ATF_TC_BODY(wrong_client, tc)
{
	in_each_state(check_clients);
}

/* M-6, M-30: in no state an opcode that is not due, server-only or none. */
static void
check_opcodes(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct forged	 f = genuine(tx);
	uint8_t		 due = f.opcode;
	int		 v;

	for (v = 0; v <= UINT8_MAX; v++) {
		if (v == due || v == SMCP_DESYNC || v == SMCP_TERMINATE)
			continue;
		f.opcode = (uint8_t)v;
		forge(tx, &f);
		REQUIRE_REFUSED(REASON_OPCODE, e, rx, frame, NOW);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_opcode);
ATF_TC_BODY(wrong_opcode, tc)
{
	in_each_state(check_opcodes);
}

/* M-5, M-29. */
static void
check_rounds(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	static const uint32_t	 rounds[] = {
		0, 1, 2, 3, 4, 5, 6, 999, 0x01000000, UINT32_MAX
	};
	struct forged		 f = genuine(tx);
	size_t			 i;

	for (i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		if (rounds[i] == tx->round)
			continue;
		f.round = rounds[i];
		forge(tx, &f);
		REQUIRE_REFUSED(REASON_ROUND, e, rx, frame, NOW);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_round);
ATF_TC_BODY(wrong_round, tc)
{
	in_each_state(check_rounds);
}

/*
 * M-33: each value that the last byte can have.  Where it happens to be the
 * padding of one byte, the plaintext is too long by what is now text.
 */
ATF_TC_WITHOUT_HEAD(wrong_padding);
ATF_TC_BODY(wrong_padding, tc)
{
	struct ends	 e;
	uint8_t		*iv = frame + PREFIX, good;
	size_t		 len;
	int		 v;

	ends_init(&e, "smcp");
	len = forge(&e.tx.d2g, &(struct forged){
	    SMCP_HELLO, 1, 0, TO_GATEWAY, "HELLO", 5 });
	good = iv[15];
	for (v = 0; v <= UINT8_MAX; v++) {
		if (v == 11)
			continue;
		iv[15] = (uint8_t)(good ^ 11 ^ v);
		again(&e.tx.d2g, len);
		REQUIRE_REFUSED(v == 1 ? REASON_READING : REASON_PADDING, &e,
		    &e.rx.d2g, frame, NOW);
	}
	iv[15] = good;
	again(&e.tx.d2g, len);
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "HELLO", 5);
	ends_free(&e);
}

/* M-32: of each opcode every length of plaintext but its own. */
static void
check_lengths(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	static const uint8_t	 opcodes[] = { 0, SMCP_DESYNC, SMCP_TERMINATE };
	uint8_t			 plain[64] = { 0 };
	struct forged		 f;
	size_t			 i, len;

	for (i = 0; i < sizeof(opcodes); i++) {
		f = genuine(tx);
		if (opcodes[i] != 0) {
			f.opcode = opcodes[i];
			f.len = 0;
		} else
			memcpy(plain, f.plain, f.len);
		len = f.len;
		f.plain = plain;
		for (f.len = 0; f.len <= sizeof(plain); f.len++) {
			if (f.len == len)
				continue;
			forge(tx, &f);
			REQUIRE_REFUSED(REASON_READING, e, rx, frame, NOW);
		}
	}
}

ATF_TC_WITHOUT_HEAD(wrong_plaintext_length);
ATF_TC_BODY(wrong_plaintext_length, tc)
{
	in_each_state(check_lengths);
}

/* What is not to be used is not left lying about. */
ATF_TC_WITHOUT_HEAD(wrong_plaintext_wiped);
ATF_TC_BODY(wrong_plaintext_wiped, tc)
{
	struct ends	 e;
	struct forged	 f;
	uint8_t		*plain;
	size_t		 len, n;

	ends_init(&e, "smcp");
	f = genuine(&e.tx.d2g);
	f.plain = "secret";
	f.len = 6;
	len = forge(&e.tx.d2g, &f);
	ATF_REQUIRE_EQ(REASON_NONE, data_verify(&e.rx.d2g, frame));
	ATF_REQUIRE_EQ(REASON_READING, data_open(&e.rx.d2g, e.pool, frame,
	    NOW, &plain, &n));
	ATF_REQUIRE(memmem(frame, len, "secret", 6) == NULL);
	ends_free(&e);
}

ATF_TC_WITHOUT_HEAD(not_hello);
ATF_TC_BODY(not_hello, tc)
{
	static const char *const	 bad[] = {
		"hello", "HELLP", "IELLO", "HELL\n"
	};
	struct ends			 e;
	struct forged			 f;
	size_t				 i;

	ends_init(&e, "smcp");
	f = genuine(&e.tx.d2g);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f.plain = bad[i];
		forge(&e.tx.d2g, &f);
		REQUIRE_REFUSED(REASON_READING, &e, &e.rx.d2g, frame, NOW);
	}
	go_on(&e, &e.tx.d2g, &e.rx.d2g);
	ends_free(&e);
}

ATF_TC_WITHOUT_HEAD(unknown_status);
ATF_TC_BODY(unknown_status, tc)
{
	struct ends	 e;
	struct forged	 f;
	uint8_t		 aggr[SMCP_AGGREGATELEN];
	int		 v;

	ends_init(&e, "smcp");
	go_on(&e, &e.tx.g2d, &e.rx.g2d);
	f = genuine(&e.tx.g2d);
	memcpy(aggr, aggregate, sizeof(aggr));
	f.plain = aggr;
	for (v = SMCP_OVERFLOW + 1; v <= UINT8_MAX; v++) {
		aggr[0] = (uint8_t)v;
		forge(&e.tx.g2d, &f);
		REQUIRE_REFUSED(REASON_READING, &e, &e.rx.g2d, frame, NOW);
	}
	go_on(&e, &e.tx.g2d, &e.rx.g2d);
	ends_free(&e);
}

/* Break 10: ciphertext of 0, 15 and 17 bytes, under a MAC that holds. */
ATF_TC_WITHOUT_HEAD(ciphertext_lengths);
ATF_TC_BODY(ciphertext_lengths, tc)
{
	static const size_t	 lens[] = { 0, 1, 15, 17, 31, 33 };
	struct ends		 e;
	size_t			 i, n;

	ends_init(&e, "smcp");
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		n = FIELDS + CBC_IVLEN + lens[i] + ASMP_HASHLEN;
		memset(frame, 0, sizeof(frame));
		header_put(frame, n);
		memcpy(frame + ASMP_HDRLEN, "\012\001\0\0\0\0\001", FIELDS);
		again(&e.tx.d2g, ASMP_HDRLEN + n);
		REQUIRE_REFUSED(REASON_LENGTH, &e, &e.rx.d2g, frame, NOW);
	}
	go_on(&e, &e.tx.d2g, &e.rx.d2g);
	ends_free(&e);
}

/* M-38: with everything wrong, what is checked first is named. */
ATF_TC_WITHOUT_HEAD(order_of_checks);
ATF_TC_BODY(order_of_checks, tc)
{
	struct ends		 e;
	struct asmp_data	*tx = &e.tx.d2g, *rx = &e.rx.d2g;
	struct forged		 f = {
		SMCP_CHALLENGE, 2, 999, TO_DEVICE, "SHORT", 5
	};
	size_t			 len;

	ends_init(&e, "smcp");
	len = forge(tx, &f);
	frame[len - 1] ^= 1;
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, rx, frame, NOW);
	forge(tx, &f);
	REQUIRE_REFUSED(REASON_DIRECTION, &e, rx, frame, NOW);
	f.direction = TO_GATEWAY;
	forge(tx, &f);
	REQUIRE_REFUSED(REASON_CLIENT, &e, rx, frame, NOW);
	f.client = 1;
	forge(tx, &f);
	REQUIRE_REFUSED(REASON_OPCODE, &e, rx, frame, NOW);
	f.opcode = SMCP_HELLO;
	forge(tx, &f);
	frame[PREFIX + 15] ^= 0x40;
	again(tx, len);
	REQUIRE_REFUSED(REASON_ROUND, &e, rx, frame, NOW);
	f.round = 0;
	forge(tx, &f);
	frame[PREFIX + 15] ^= 0x40;
	again(tx, len);
	REQUIRE_REFUSED(REASON_PADDING, &e, rx, frame, NOW);
	forge(tx, &f);
	REQUIRE_REFUSED(REASON_READING, &e, rx, frame, NOW);
	go_on(&e, tx, rx);
	ends_free(&e);
}

/*
 * M-42: either side may end the session in any state, and says so under its
 * keys; after that nothing else is taken.
 */
static void
check_last(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	static const uint8_t	 last[] = { SMCP_DESYNC, SMCP_TERMINATE };
	struct asmp_data	 tx0 = *tx, rx0 = *rx;
	struct forged		 f;
	size_t			 i, j;

	for (i = 0; i < sizeof(last); i++) {
		*tx = tx0;
		*rx = rx0;
		tx->opcode = last[i];
		frame_seal(e, tx, frame, NULL, 0);
		ATF_REQUIRE_EQ(0, tx->opcode);
		ATF_REQUIRE_EQ(last[i], frame[ASMP_HDRLEN]);
		ATF_REQUIRE_EQ(tx0.round, get_u32(frame + ASMP_HDRLEN + 2));
		REQUIRE_OPENS(e, rx, frame, "", 0);
		ATF_REQUIRE_EQ(last[i], rx->opcode);
		f = genuine(tx);
		forge(tx, &f);
		REQUIRE_REFUSED(REASON_OPCODE, e, rx, frame, NOW);
		f.len = 0;
		for (j = 0; j < sizeof(last); j++) {
			f.opcode = last[j];
			forge(tx, &f);
			REQUIRE_REFUSED(REASON_OPCODE, e, rx, frame, NOW);
		}
	}
	*tx = tx0;
	*rx = rx0;
}

ATF_TC_WITHOUT_HEAD(last_records);
ATF_TC_BODY(last_records, tc)
{
	in_each_state(check_last);
}

/* Break 11: a stranger's KEY_DESYNC and TERMINATE end nothing. */
static void
check_strangers(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct asmp_data	 stranger = *tx;
	struct forged		 f = genuine(tx);

	stranger.mac[0] ^= 1;
	f.len = 0;
	f.opcode = SMCP_DESYNC;
	forge(&stranger, &f);
	REQUIRE_REFUSED(REASON_RECORD_MAC, e, rx, frame, NOW);
	f.opcode = SMCP_TERMINATE;
	forge(&stranger, &f);
	REQUIRE_REFUSED(REASON_RECORD_MAC, e, rx, frame, NOW);
}

ATF_TC_WITHOUT_HEAD(strangers_last_records);
ATF_TC_BODY(strangers_last_records, tc)
{
	in_each_state(check_strangers);
}

/* Nobody sends what nobody would take. */
ATF_TC_WITHOUT_HEAD(seal_refuses);
ATF_TC_BODY(seal_refuses, tc)
{
	struct ends		 e;
	struct asmp_data	 before;
	struct asmp_data	*tx = &e.tx.d2g;
	int			 v;

	ends_init(&e, "smcp");
	header_put(frame, data_len(tx->profile, 5));
	for (v = 1; v <= UINT8_MAX; v++) {
		if (v == SMCP_DESYNC || v == SMCP_TERMINATE)
			continue;
		tx->opcode = (uint8_t)v;
		before = *tx;
		REQUIRE_ERRNO(EINVAL, data_seal(tx, e.pool, frame,
		    (const uint8_t *)"HELLO", 5, NOW));
		ATF_REQUIRE(same_state(&before, tx));
	}
	tx->opcode = SMCP_TERMINATE;
	REQUIRE_ERRNO(EINVAL, data_seal(tx, e.pool, frame,
	    (const uint8_t *)"HELLO", 5, NOW));
	ATF_REQUIRE_EQ(SMCP_TERMINATE, tx->opcode);
	tx->opcode = 0;
	REQUIRE_ERRNO(EINVAL, data_seal(tx, e.pool, frame,
	    (const uint8_t *)"hello", 5, NOW));
	header_put(frame, data_len(tx->profile, sizeof(value)));
	REQUIRE_ERRNO(EINVAL, data_seal(tx, e.pool, frame, value,
	    sizeof(value), NOW));
	go_on(&e, tx, &e.rx.d2g);
	ends_free(&e);
}

/*
 * Break 2: what was recorded in another session opens in none, though psk,
 * client, rounds and values are the same.
 */
ATF_TC_WITHOUT_HEAD(recorded_session);
ATF_TC_BODY(recorded_session, tc)
{
	static uint8_t		 hello[FRAMEMAX], data[FRAMEMAX];
	struct ends		 e, other;
	struct asmp_keys	 k;
	uint8_t			 t[ASMP_KEYLEN] = { 0 };

	ends_init(&e, "smcp");
	ends_init(&other, "smcp");
	keys_session(&k, other.rx.d2g.profile, t, t, t, t);
	k.d2g.client = 1;
	other.rx.d2g = other.tx.d2g = k.d2g;
	frame_seal(&e, &e.tx.d2g, hello, "HELLO", 5);
	frame_seal(&e, &e.tx.d2g, data, value, sizeof(value));
	REQUIRE_REFUSED(REASON_RECORD_MAC, &other, &other.rx.d2g, hello, NOW);
	go_on(&other, &other.tx.d2g, &other.rx.d2g);
	REQUIRE_REFUSED(REASON_RECORD_MAC, &other, &other.rx.d2g, data, NOW);
	go_on(&other, &other.tx.d2g, &other.rx.d2g);
	REQUIRE_OPENS(&e, &e.rx.d2g, hello, "HELLO", 5);
	REQUIRE_OPENS(&e, &e.rx.d2g, data, value, sizeof(value));
	ends_free(&e);
	ends_free(&other);
}

/* Rounds do not begin again where 32 bits end. */
static void
check_end(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	struct asmp_data	 tx0 = *tx, rx0 = *rx;
	uint32_t		 last = ROUND_MAX - (ROUND_MAX - tx->round) % 2;
	struct forged		 f;

	if (tx->round == 0)
		return;
	tx->round = rx->round = last;
	go_on(e, tx, rx);
	ATF_REQUIRE_EQ(last + 2, tx->round);
	f = genuine(tx);
	forge(tx, &f);
	REQUIRE_REFUSED(REASON_ROUND, e, rx, frame, NOW);
	header_put(frame, data_len(tx->profile, f.len));
	REQUIRE_ERRNO(EOVERFLOW, data_seal(tx, e->pool, frame, f.plain,
	    f.len, NOW));
	*tx = tx0;
	*rx = rx0;
}

ATF_TC_WITHOUT_HEAD(end_of_rounds);
ATF_TC_BODY(end_of_rounds, tc)
{
	in_each_state(check_end);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, label_vectors);
	ATF_TP_ADD_TC(tp, hello_vector);
	ATF_TP_ADD_TC(tp, evolve_vector);
	ATF_TP_ADD_TC(tp, evolution_to_gateway);
	ATF_TP_ADD_TC(tp, evolution_to_device);
	ATF_TP_ADD_TC(tp, rounds_and_opcodes);
	ATF_TP_ADD_TC(tp, wrong_direction);
	ATF_TP_ADD_TC(tp, wrong_client);
	ATF_TP_ADD_TC(tp, wrong_opcode);
	ATF_TP_ADD_TC(tp, wrong_round);
	ATF_TP_ADD_TC(tp, wrong_padding);
	ATF_TP_ADD_TC(tp, wrong_plaintext_length);
	ATF_TP_ADD_TC(tp, wrong_plaintext_wiped);
	ATF_TP_ADD_TC(tp, not_hello);
	ATF_TP_ADD_TC(tp, unknown_status);
	ATF_TP_ADD_TC(tp, ciphertext_lengths);
	ATF_TP_ADD_TC(tp, order_of_checks);
	ATF_TP_ADD_TC(tp, last_records);
	ATF_TP_ADD_TC(tp, strangers_last_records);
	ATF_TP_ADD_TC(tp, seal_refuses);
	ATF_TP_ADD_TC(tp, recorded_session);
	ATF_TP_ADD_TC(tp, end_of_rounds);
	return atf_no_error();
}
