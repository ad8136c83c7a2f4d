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

/* What all codecs have in common; the particular is in tests of their own. */

#include "codec.h"
#include "stack.h"

#define SIZES	70000		/* more than a payload, so that ends show */
#define RECORDS	6

#define FOR_EACH_PROFILE(p) \
	for ((p) = profile_next(NULL); (p) != NULL; (p) = profile_next(p))

/* Whether each plaintext of so many bytes is one; smcp says what it sends. */
static int
takes_any(const struct asmp_profile *p)
{
	return p->record != ASMP_SMCP;
}

/* Whether keys change with every record. */
static int
moves(const struct asmp_profile *p)
{
	return p->record == ASMP_SMCP || p->record == ASMP_RATCHET;
}

/* Whether some plaintext makes a payload of so many bytes. */
static int
fits(const struct asmp_profile *p, size_t payload)
{
	return data_len(p, data_max(p, payload)) == payload;
}

/* A frame of what is due. */
static size_t
sample(struct ends *e, struct asmp_data *d, uint8_t *frame, uint8_t *plain,
    size_t *len)
{
	memset(frame, 0, FRAMEMAX);
	*len = plain_due(d, plain);
	return frame_seal(e, d, frame, plain, *len);
}

static void
trip(struct ends *e, struct asmp_data *tx, struct asmp_data *rx)
{
	static uint8_t	 frame[FRAMEMAX];
	uint8_t		 plain[PLAINMAX];
	size_t		 i, len;

	for (i = 0; i < RECORDS; i++) {
		sample(e, tx, frame, plain, &len);
		REQUIRE_OPENS(e, rx, frame, plain, len);
		ATF_REQUIRE(memcmp(tx->key, rx->key, ASMP_KEYLEN) == 0);
		ATF_REQUIRE(memcmp(tx->mac, rx->mac, ASMP_KEYLEN) == 0);
		ATF_REQUIRE_EQ(tx->round, rx->round);
	}
}

/* I-13, I-14, M-2, S-15: every profile, both ways. */
ATF_TC_WITHOUT_HEAD(round_trips);
ATF_TC_BODY(round_trips, tc)
{
	const struct asmp_profile	*p;
	struct ends			 e;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		trip(&e, &e.tx.d2g, &e.rx.d2g);
		trip(&e, &e.tx.g2d, &e.rx.g2d);
		ends_free(&e);
	}
}

/* Around every block's end, and the longest that a payload has room for. */
ATF_TC_WITHOUT_HEAD(every_size);
ATF_TC_BODY(every_size, tc)
{
	static uint8_t			 frame[FRAMEMAX], plain[SIZES];
	const struct asmp_profile	*p;
	struct ends			 e;
	size_t				 len;

	count_up(plain, 3, sizeof(plain));
	FOR_EACH_PROFILE(p) {
		if (!takes_any(p))
			continue;
		ends_init(&e, p->name);
		for (len = 0; len <= 200; len++) {
			frame_seal(&e, &e.tx.d2g, frame, plain, len);
			REQUIRE_OPENS(&e, &e.rx.d2g, frame, plain, len);
		}
		len = data_max(p, ASMP_PAYLOAD_MAX);
		frame_seal(&e, &e.tx.g2d, frame, plain, len);
		REQUIRE_OPENS(&e, &e.rx.g2d, frame, plain, len);
		ends_free(&e);
	}
}

/* A writer asks data_max() what fits and data_len() what that takes. */
ATF_TC_WITHOUT_HEAD(lengths_agree);
ATF_TC_BODY(lengths_agree, tc)
{
	const struct asmp_profile	*p;
	size_t				 n, max;

	FOR_EACH_PROFILE(p) {
		for (n = 0; n <= SIZES; n++) {
			ATF_REQUIRE(data_len(p, n) > n);
			ATF_REQUIRE(data_len(p, n + 1) >= data_len(p, n));
			ATF_REQUIRE(data_max(p, data_len(p, n)) >= n);
			ATF_REQUIRE(fits(p, data_len(p, n)));
			max = data_max(p, n);
			if (n < data_len(p, 0)) {
				ATF_REQUIRE_EQ(0, max);
				continue;
			}
			ATF_REQUIRE(data_len(p, max) <= n);
			ATF_REQUIRE(data_len(p, max + 1) > n);
		}
	}
}

/* What asmp(7) says of 37 bytes of JSON, which are 53 with id and time. */
ATF_TC_WITHOUT_HEAD(lengths_told);
ATF_TC_BODY(lengths_told, tc)
{
	static const struct {
		const char	*name;
		size_t		 frame;
	} told[] = {
		{ "hybrid", 93 }, { "asmp", 93 }, { "ztp", 93 },
		{ "slmp", 220 }, { "iomt", 136 }
	};
	size_t	 i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		ATF_REQUIRE_EQ(told[i].frame, ASMP_HDRLEN +
		    data_len(profile_byname(told[i].name), 53));
	ATF_REQUIRE_EQ(7 + 16 + 16 + 32,
	    data_len(profile_byname("smcp"), SMCP_VALUELEN));
}

/* A header that says another length, or one that no frame can have. */
ATF_TC_WITHOUT_HEAD(seal_refuses_other_lengths);
ATF_TC_BODY(seal_refuses_other_lengths, tc)
{
	static uint8_t			 frame[FRAMEMAX], plain[SIZES];
	static const int		 off[] = { -16, -1, 1, 16 };
	const struct asmp_profile	*p;
	struct asmp_data		 before;
	struct ends			 e;
	size_t				 i, len;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		len = plain_due(&e.tx.d2g, plain);
		before = e.tx.d2g;
		for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
			header_put(frame, data_len(p, len) + (size_t)off[i]);
			REQUIRE_ERRNO(EMSGSIZE, data_seal(&e.tx.d2g, e.pool,
			    frame, plain, len, NOW));
		}
		len = data_max(p, ASMP_PAYLOAD_MAX) + 1;
		header_put(frame, data_len(p, len));
		REQUIRE_ERRNO(EMSGSIZE, data_seal(&e.tx.d2g, e.pool, frame,
		    plain, len, NOW));
		/* As many bytes as overflow to the length of none. */
		header_put(frame, 0);
		REQUIRE_ERRNO(EMSGSIZE, data_seal(&e.tx.d2g, e.pool, frame,
		    plain, 0 - data_len(p, 0), NOW));
		ATF_REQUIRE(same_state(&before, &e.tx.d2g));
		trip(&e, &e.tx.d2g, &e.rx.d2g);
		ends_free(&e);
	}
}

/*
 * I-66, M-3: each of the header's 192 bits counts, in every profile.  A
 * length that no payload has is refused by frame_next() before all else.
 */
ATF_TC_WITHOUT_HEAD(header_bits);
ATF_TC_BODY(header_bits, tc)
{
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct asmp_header		 h;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 bit, len;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		sample(&e, &e.tx.d2g, frame, plain, &len);
		for (bit = 0; bit < 8 * ASMP_HDRLEN; bit++) {
			frame[bit / 8] ^= 1 << bit % 8;
			frame_get(&h, frame);
			if (h.length <= ASMP_PAYLOAD_MAX)
				REQUIRE_REFUSED(fits(p, h.length) ?
				    REASON_RECORD_MAC : REASON_LENGTH, &e,
				    &e.rx.d2g, frame, NOW);
			frame[bit / 8] ^= 1 << bit % 8;
		}
		REQUIRE_OPENS(&e, &e.rx.d2g, frame, plain, len);
		ends_free(&e);
	}
}

/* I-66, M-28: so does each bit of the payload: IV, ciphertext, MAC. */
ATF_TC_WITHOUT_HEAD(payload_bits);
ATF_TC_BODY(payload_bits, tc)
{
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 bit, len, total;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		total = sample(&e, &e.tx.g2d, frame, plain, &len);
		for (bit = 8 * ASMP_HDRLEN; bit < 8 * total; bit++) {
			frame[bit / 8] ^= 1 << bit % 8;
			REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.g2d,
			    frame, NOW);
			frame[bit / 8] ^= 1 << bit % 8;
		}
		REQUIRE_OPENS(&e, &e.rx.g2d, frame, plain, len);
		ends_free(&e);
	}
}

/* M-32: cut at each length, and longer by each; the header goes along. */
ATF_TC_WITHOUT_HEAD(cut_and_stretched);
ATF_TC_BODY(cut_and_stretched, tc)
{
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 len, n, payload;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		payload = sample(&e, &e.tx.d2g, frame, plain, &len) -
		    ASMP_HDRLEN;
		for (n = 0; n < payload + 100; n++) {
			if (n == payload)
				continue;
			header_put(frame, n);
			REQUIRE_REFUSED(fits(p, n) ? REASON_RECORD_MAC :
			    REASON_LENGTH, &e, &e.rx.d2g, frame, NOW);
		}
		header_put(frame, payload);
		REQUIRE_OPENS(&e, &e.rx.d2g, frame, plain, len);
		ends_free(&e);
	}
}

/* Nobody is led past the end by having left data_verify() out. */
ATF_TC_WITHOUT_HEAD(open_judges_lengths);
ATF_TC_BODY(open_judges_lengths, tc)
{
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct asmp_data		 before;
	struct ends			 e;
	uint8_t				*plain;
	size_t				 len, n;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		before = e.rx.d2g;
		for (n = 0; n < 300; n++) {
			if (fits(p, n))
				continue;
			header_put(frame, n);
			ATF_REQUIRE_EQ(REASON_LENGTH, data_open(&e.rx.d2g,
			    e.pool, frame, NOW, &plain, &len));
		}
		ATF_REQUIRE(same_state(&before, &e.rx.d2g));
		ends_free(&e);
	}
}

/* M-31: what one direction sends is no record of the other. */
ATF_TC_WITHOUT_HEAD(reflected);
ATF_TC_BODY(reflected, tc)
{
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 len;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		sample(&e, &e.tx.d2g, frame, plain, &len);
		REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.g2d, frame, NOW);
		REQUIRE_OPENS(&e, &e.rx.d2g, frame, plain, len);
		sample(&e, &e.tx.g2d, frame, plain, &len);
		REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
		REQUIRE_OPENS(&e, &e.rx.g2d, frame, plain, len);
		ends_free(&e);
	}
}

/*
 * M-5, M-27: a record once opened opens no second time where keys move with
 * each.  Elsewhere the frame's number, which is the owner's to check, is all
 * that tells: that it does open shows that nothing moved.
 */
ATF_TC_WITHOUT_HEAD(opened_twice);
ATF_TC_BODY(opened_twice, tc)
{
	static uint8_t			 first[FRAMEMAX], second[FRAMEMAX];
	const struct asmp_profile	*p;
	struct asmp_data		 before;
	struct ends			 e;
	uint8_t				 a[PLAINMAX], b[PLAINMAX];
	size_t				 alen, blen;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		sample(&e, &e.tx.d2g, first, a, &alen);
		sample(&e, &e.tx.d2g, second, b, &blen);
		before = e.rx.d2g;
		if (moves(p))
			REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g,
			    second, NOW);
		REQUIRE_OPENS(&e, &e.rx.d2g, first, a, alen);
		ATF_REQUIRE_EQ(moves(p), !same_state(&before, &e.rx.d2g));
		if (moves(p))
			REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g,
			    first, NOW);
		else
			REQUIRE_OPENS(&e, &e.rx.d2g, first, a, alen);
		REQUIRE_OPENS(&e, &e.rx.d2g, second, b, blen);
		ends_free(&e);
	}
}

/* M-37: where an IV is drawn, no two records of one plaintext are alike. */
ATF_TC_WITHOUT_HEAD(fresh_ivs);
ATF_TC_BODY(fresh_ivs, tc)
{
	static const char *const	 names[] = { "slmp", "smcp", "iomt" };
	static uint8_t			 first[FRAMEMAX], second[FRAMEMAX];
	struct asmp_data		 start;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 i, len, total;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ends_init(&e, names[i]);
		start = e.tx.d2g;
		total = sample(&e, &e.tx.d2g, first, plain, &len);
		e.tx.d2g = start;
		ATF_REQUIRE_EQ(total, sample(&e, &e.tx.d2g, second, plain,
		    &len));
		ATF_REQUIRE(memcmp(first, second, ASMP_HDRLEN) == 0);
		ATF_REQUIRE(memcmp(first + total - 16, second + total - 16,
		    16) != 0);
		ends_free(&e);
	}
}

/* After the end of an epoch nothing of it is left. */
ATF_TC_WITHOUT_HEAD(wiped);
ATF_TC_BODY(wiped, tc)
{
	static const uint8_t		 zero[ASMP_KEYLEN];
	static uint8_t			 frame[FRAMEMAX];
	const struct asmp_profile	*p;
	struct ends			 e;
	uint8_t				 plain[PLAINMAX];
	size_t				 len;

	FOR_EACH_PROFILE(p) {
		ends_init(&e, p->name);
		sample(&e, &e.tx.g2d, frame, plain, &len);
		e.tx.g2d.opcode = SMCP_TERMINATE;
		data_wipe(&e.tx.g2d);
		ATF_REQUIRE(memcmp(zero, e.tx.g2d.key, sizeof(zero)) == 0);
		ATF_REQUIRE(memcmp(zero, e.tx.g2d.mac, sizeof(zero)) == 0);
		ATF_REQUIRE_EQ(0, e.tx.g2d.round);
		ATF_REQUIRE_EQ(0, e.tx.g2d.opcode);
		ATF_REQUIRE(e.tx.g2d.aead == NULL);
		ATF_REQUIRE_EQ(1, e.tx.g2d.todevice);
		ATF_REQUIRE_EQ(1, e.tx.g2d.client);
		ATF_REQUIRE(e.tx.g2d.profile == p);
		ends_free(&e);
	}
}

/* What runs on a stack that can be read afterwards. */
static struct ends	 on_stack;
static struct asmp_data	*on_stack_data;
static uint8_t		 on_stack_frame[FRAMEMAX];
static uint8_t		 on_stack_plain[PLAINMAX];
static size_t		 on_stack_len;

static void
run_seal(void)
{
	data_seal(on_stack_data, on_stack.pool, on_stack_frame,
	    on_stack_plain, on_stack_len, NOW);
}

static void
run_open(void)
{
	uint8_t	*plain;
	size_t	 len;

	if (data_verify(on_stack_data, on_stack_frame) == REASON_NONE)
		data_open(on_stack_data, on_stack.pool, on_stack_frame, NOW,
		    &plain, &len);
}

static void
run_careless(void)
{
	volatile uint8_t	 copy[ASMP_KEYLEN];
	size_t			 i;

	for (i = 0; i < sizeof(copy); i++)
		copy[i] = on_stack_data->key[i];
}

/* The key of a ratchet's record, which stands nowhere but on the stack. */
static void
require_record_key_wiped(const uint8_t *stack, const struct asmp_data *d)
{
	static const uint8_t	 one = 1;
	struct part		 p = { &one, sizeof(one) };
	uint8_t			 rk[ASMP_KEYLEN];

	hmac_parts(rk, d->key, sizeof(d->key), &p, 1);
	require_key_wiped(stack, "record key", rk, sizeof(rk));
}

/* Where the MAC of the frame is; of AEADs, the tag and what is before it. */
static uint8_t *
mac_of(uint8_t *frame, const struct asmp_profile *p, size_t payload)
{
	if (p->record == ASMP_FERNET)
		return frame + ASMP_HDRLEN;
	return frame + ASMP_HDRLEN + payload - ASMP_HASHLEN;
}

/* Keys before and after, and the plaintext with the end that was padded. */
static void
require_all_wiped(const uint8_t *stack, const struct asmp_data *before)
{
	uint8_t	 last[16];
	size_t	 whole = on_stack_len - on_stack_len % 16;

	memset(last, (int)(16 - on_stack_len % 16), sizeof(last));
	memcpy(last, on_stack_plain + whole, on_stack_len - whole);
	require_key_wiped(stack, "key", before->key, ASMP_KEYLEN);
	require_key_wiped(stack, "mac", before->mac, ASMP_KEYLEN);
	require_key_wiped(stack, "next key", on_stack_data->key, ASMP_KEYLEN);
	require_key_wiped(stack, "next mac", on_stack_data->mac, ASMP_KEYLEN);
	require_wiped(stack, "plaintext", on_stack_plain, on_stack_len);
	require_wiped(stack, "last block", last, sizeof(last));
	require_record_key_wiped(stack, before);
}

/* On a stack of its own; run_careless() shows that a key would be seen. */
static void
run_and_look(void (*run)(void), struct asmp_data *d)
{
	struct asmp_data	 before = *d;
	uint8_t			*stack;

	on_stack_data = d;
	stack = run_on_stack(run);
	require_all_wiped(stack, &before);
	free(stack);
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, d->key, ASMP_KEYLEN));
	free(stack);
}

/* A frame refused for its MAC, of which the right one is a secret then. */
static void
refuse_and_look(struct asmp_data *tx, struct asmp_data *rx)
{
	struct asmp_data	 spare = *tx;
	uint8_t			 right[ASMP_HASHLEN], *mac, *stack;
	size_t			 payload;

	spare.aead = NULL;
	on_stack_len = plain_due(&spare, on_stack_plain);
	payload = data_len(tx->profile, on_stack_len);
	header_put(on_stack_frame, payload);
	run_and_look(run_seal, &spare);
	mac = mac_of(on_stack_frame, tx->profile, payload);
	memcpy(right, mac, sizeof(right));
	mac[ASMP_HASHLEN - 1] ^= 1;
	run_and_look(run_open, rx);
	stack = run_on_stack(run_open);
	require_wiped(stack, "right MAC", right, sizeof(right));
	free(stack);
	data_wipe(&spare);
}

/* In order and refused, both directions. */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	const struct asmp_profile	*p;
	struct asmp_data		*tx, *rx;
	int				 i;

	FOR_EACH_PROFILE(p) {
		ends_init(&on_stack, p->name);
		for (i = 0; i < 2 * RECORDS; i++) {
			tx = i % 2 ? &on_stack.tx.d2g : &on_stack.tx.g2d;
			rx = i % 2 ? &on_stack.rx.d2g : &on_stack.rx.g2d;
			refuse_and_look(tx, rx);
			on_stack_len = plain_due(tx, on_stack_plain);
			header_put(on_stack_frame, data_len(p, on_stack_len));
			run_and_look(run_seal, tx);
			run_and_look(run_open, rx);
		}
		ends_free(&on_stack);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trips);
	ATF_TP_ADD_TC(tp, every_size);
	ATF_TP_ADD_TC(tp, lengths_agree);
	ATF_TP_ADD_TC(tp, lengths_told);
	ATF_TP_ADD_TC(tp, seal_refuses_other_lengths);
	ATF_TP_ADD_TC(tp, header_bits);
	ATF_TP_ADD_TC(tp, payload_bits);
	ATF_TP_ADD_TC(tp, cut_and_stretched);
	ATF_TP_ADD_TC(tp, open_judges_lengths);
	ATF_TP_ADD_TC(tp, reflected);
	ATF_TP_ADD_TC(tp, opened_twice);
	ATF_TP_ADD_TC(tp, fresh_ivs);
	ATF_TP_ADD_TC(tp, wiped);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
