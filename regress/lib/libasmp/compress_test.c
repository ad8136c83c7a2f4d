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
#include "testutil.h"

/* A reading, and its raw deflate by Python's zlib: compressobj(6, 8, -15). */
#define TEXT	"{\"temperature\":25.0,\"temperature_outside\":25.0," \
		"\"humidity\":40}"
#define READING	16			/* message id and time in front */
#define PACKED \
	"636000034620eaf491d266a8562a49cd2d482d4a2c292d4a55b23232d533d041" \
	"168acf2f2d29ce4c814b6594e666a66496542a599918d40200"

/* The same with the reading itself as dictionary: nothing but "again". */
#define AGAIN	"63a0a66100"

#define MAX	ASMP_PAYLOAD_MAX

static size_t
sample(uint8_t *plain)
{
	put_u64(plain, 1);
	put_u64(plain + 8, 0x000001894c1a2b00);
	memcpy(plain + READING, TEXT, strlen(TEXT));
	return READING + strlen(TEXT);
}

static struct expand *
expander(void)
{
	struct expand	*x = expand_new();

	ATF_REQUIRE(x != NULL);
	return x;
}

static struct compress *
compressor(void)
{
	struct compress	*c = compress_new();

	ATF_REQUIRE(c != NULL);
	return c;
}

/* Z-30: what other software compressed. */
ATF_TC_WITHOUT_HEAD(vector);
ATF_TC_BODY(vector, tc)
{
	struct expand	*x = expander();
	uint8_t		 in[64], want[128], out[128];
	size_t		 len = unhex(in, PACKED), n = sample(want);
	size_t		 outlen = sizeof(out);

	ATF_REQUIRE_EQ(0, expand_record(x, out, &outlen, in, len));
	ATF_REQUIRE_EQ(n, outlen);
	ATF_REQUIRE(memcmp(want, out, n) == 0);
	expand_free(x);
}

static void
fill(uint8_t *p, size_t len, int random)
{
	size_t	 i;

	if (random)
		arc4random_buf(p, len);
	else
		for (i = 0; i < len; i++)
			p[i] = (uint8_t)"25.0, 25.1, "[i % 12];
}

/* Of every size that doubles, and those beside it, easy and hard. */
ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	static uint8_t	 in[MAX], packed[2 * MAX], out[MAX];
	struct compress	*c = compressor();
	struct expand	*x = expander();
	size_t		 len, i, n, outlen;

	for (len = 1; len <= MAX; len = len < 64 ? len + 1 : len * 2 - 61) {
		for (i = 0; i < 2; i++) {
			fill(in, len, i == 1);
			n = compress_max(len);
			ATF_REQUIRE(n <= sizeof(packed));
			ATF_REQUIRE_EQ(0, compress_record(c, packed, &n, in,
			    len));
			outlen = len;
			if (n > MAX)
				continue;
			ATF_REQUIRE_EQ(0, expand_record(x, out, &outlen,
			    packed, n));
			ATF_REQUIRE_EQ(len, outlen);
			ATF_REQUIRE(memcmp(in, out, len) == 0);
			ATF_REQUIRE(i == 1 || len < 64 || n < len / 2);
		}
	}
	compress_free(c);
	expand_free(x);
}

ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	static uint8_t	 in[MAX + 1], packed[2 * MAX], out[MAX];
	struct compress	*c = compressor();
	struct expand	*x = expander();
	size_t		 n = sizeof(packed), outlen = MAX;

	ATF_REQUIRE_EQ(0, compress_record(c, packed, &n, in, MAX));
	ATF_REQUIRE_EQ(0, expand_record(x, out, &outlen, packed, n));
	ATF_REQUIRE_EQ(MAX, outlen);
	ATF_REQUIRE(memcmp(in, out, MAX) == 0);
	n = sizeof(packed);
	REQUIRE_ERRNO(EINVAL, compress_record(c, packed, &n, in, MAX + 1));
	compress_free(c);
	expand_free(x);
}

/* The length of a record tells nothing of those before it. */
ATF_TC_WITHOUT_HEAD(records_stand_alone);
ATF_TC_BODY(records_stand_alone, tc)
{
	struct compress	*c = compressor(), *again = compressor();
	uint8_t		 in[128], first[256], second[256], noise[256];
	size_t		 len = sample(in), n1 = sizeof(first);
	size_t		 n2 = sizeof(second), n = sizeof(noise);

	ATF_REQUIRE_EQ(0, compress_record(c, first, &n1, in, len));
	ATF_REQUIRE_EQ(0, compress_record(c, second, &n2, in, len));
	ATF_REQUIRE_EQ(n1, n2);
	ATF_REQUIRE(memcmp(first, second, n1) == 0);
	n2 = sizeof(second);
	ATF_REQUIRE_EQ(0, compress_record(again, noise, &n, in + 3, 100));
	ATF_REQUIRE_EQ(0, compress_record(again, second, &n2, in, len));
	ATF_REQUIRE_EQ(n1, n2);
	ATF_REQUIRE(memcmp(first, second, n1) == 0);
	compress_free(c);
	compress_free(again);
}

/* Nor can a record reach into another device's, expanded just before. */
ATF_TC_WITHOUT_HEAD(no_reach_into_the_last);
ATF_TC_BODY(no_reach_into_the_last, tc)
{
	struct expand	*x = expander();
	uint8_t		 whole[64], again[8], out[128];
	size_t		 len = unhex(whole, PACKED);
	size_t		 alen = unhex(again, AGAIN), n = sizeof(out);

	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, whole, len));
	n = sizeof(out);
	REQUIRE_ERRNO(EBADMSG, expand_record(x, out, &n, again, alen));
	n = sizeof(out);
	REQUIRE_ERRNO(EBADMSG, expand_record(x, out, &n, whole, len - 1));
	n = sizeof(out);
	REQUIRE_ERRNO(EBADMSG, expand_record(x, out, &n, again, alen));
	n = sizeof(out);
	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, whole, len));
	expand_free(x);
}

/* Cut anywhere, or with anything behind its end. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct expand	*x = expander();
	uint8_t		 in[64 + 8] = { 0 }, out[128];
	size_t		 whole = unhex(in, PACKED), len, n;

	for (len = 1; len <= sizeof(in); len++) {
		n = sizeof(out);
		if (len == whole)
			ATF_REQUIRE_EQ(0, expand_record(x, out, &n, in, len));
		else
			REQUIRE_ERRNO(EBADMSG, expand_record(x, out, &n, in,
			    len));
	}
	expand_free(x);
}

ATF_TC_WITHOUT_HEAD(no_such_lengths);
ATF_TC_BODY(no_such_lengths, tc)
{
	static uint8_t	 big[MAX + 1], out[MAX + 1];
	struct compress	*c = compressor();
	struct expand	*x = expander();
	uint8_t		 in[64];
	size_t		 len = unhex(in, PACKED), n;

	n = sizeof(out);
	REQUIRE_ERRNO(EINVAL, compress_record(c, out, &n, in, 0));
	n = MAX;
	REQUIRE_ERRNO(EINVAL, expand_record(x, out, &n, in, 0));
	REQUIRE_ERRNO(EINVAL, expand_record(x, out, &n, big, sizeof(big)));
	n = 0;
	REQUIRE_ERRNO(EINVAL, expand_record(x, out, &n, in, len));
	n = MAX + 1;
	REQUIRE_ERRNO(EINVAL, expand_record(x, out, &n, in, len));
	n = MAX;
	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, in, len));
	compress_free(c);
	expand_free(x);
}

/* Neither writes where it has no room. */
ATF_TC_WITHOUT_HEAD(room);
ATF_TC_BODY(room, tc)
{
	struct compress	*c = compressor();
	struct expand	*x = expander();
	uint8_t		 plain[128], in[64], out[256];
	size_t		 len = unhex(in, PACKED), plen = sample(plain);
	size_t		 want, n, i;

	want = sizeof(out);
	ATF_REQUIRE_EQ(0, compress_record(c, out, &want, plain, plen));
	for (i = 1; i < plen; i++) {
		memset(out, 0xee, sizeof(out));
		n = i;
		REQUIRE_ERRNO(EMSGSIZE, expand_record(x, out, &n, in, len));
		ATF_REQUIRE_EQ(0xee, out[i]);
		n = i;
		if (i < want)
			REQUIRE_ERRNO(EMSGSIZE, compress_record(c, out, &n,
			    plain, plen));
		ATF_REQUIRE_EQ(0xee, out[i]);
	}
	memset(out, 0xee, sizeof(out));
	n = plen;
	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, in, len));
	ATF_REQUIRE_EQ(plen, n);
	ATF_REQUIRE_EQ(0xee, out[plen]);
	compress_free(c);
	expand_free(x);
}

/* RFC 1951's fixed codes, as bits in the order of the stream. */
#define HEAD	"110"			/* last block, fixed codes */
#define ZERO	"00110000"		/* a byte of zeros */
#define RUN	"1100010100000"		/* 258 bytes like the last one */
#define END	"0000000"

struct bits {
	uint8_t	 p[MAX];
	size_t	 n;
};

static void
put_bits(struct bits *b, const char *bits)
{
	for (; *bits != '\0'; bits++, b->n++)
		b->p[b->n / 8] |= (*bits - '0') << b->n % 8;
}

/* 65535 zeros in 417 bytes, and then so many more. */
static size_t
zeros(struct bits *b, int more)
{
	int	 i;

	memset(b, 0, sizeof(*b));
	put_bits(b, HEAD ZERO ZERO ZERO);
	for (i = 0; i < 254; i++)
		put_bits(b, RUN);
	while (more-- > 0)
		put_bits(b, ZERO);
	put_bits(b, END);
	return (b->n + 7) / 8;
}

/* A bomb goes off at the first byte too many, however large it is. */
ATF_TC_WITHOUT_HEAD(bomb);
ATF_TC_BODY(bomb, tc)
{
	static struct bits	 b;
	static uint8_t		 out[MAX + 1];
	struct expand		*x = expander();
	size_t			 n = MAX, len = zeros(&b, 0);

	out[MAX] = 0xee;
	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, b.p, len));
	ATF_REQUIRE_EQ(MAX, n);
	len = zeros(&b, 1);
	REQUIRE_ERRNO(EMSGSIZE, expand_record(x, out, &n, b.p, len));
	memset(&b, 0, sizeof(b));
	put_bits(&b, HEAD ZERO);
	while (b.n + strlen(RUN) <= 8 * sizeof(b.p))
		put_bits(&b, RUN);
	REQUIRE_ERRNO(EMSGSIZE, expand_record(x, out, &n, b.p, sizeof(b.p)));
	ATF_REQUIRE_EQ(0xee, out[MAX]);
	expand_free(x);
}

/* Random bytes are refused in some way and break nothing. */
ATF_TC_WITHOUT_HEAD(noise);
ATF_TC_BODY(noise, tc)
{
	static uint8_t	 in[512], out[1024];
	struct expand	*x = expander();
	size_t		 i, n, whole = unhex(in, PACKED), good = 0;

	for (i = 0; i < 8 * whole; i++) {
		in[i / 8] ^= 1 << i % 8;
		n = sizeof(out);
		good += expand_record(x, out, &n, in, whole) == 0;
		ATF_REQUIRE(n <= sizeof(out));
		in[i / 8] ^= 1 << i % 8;
	}
	ATF_REQUIRE(good < 8 * whole);
	for (i = 0; i < 20000; i++) {
		arc4random_buf(in, sizeof(in));
		n = sizeof(out);
		(void)expand_record(x, out, &n, in, 1 + i % sizeof(in));
		ATF_REQUIRE(n <= sizeof(out));
	}
	unhex(in, PACKED);
	n = sizeof(out);
	ATF_REQUIRE_EQ(0, expand_record(x, out, &n, in, whole));
	expand_free(x);
}

ATF_TC_WITHOUT_HEAD(free_nothing);
ATF_TC_BODY(free_nothing, tc)
{
	compress_free(NULL);
	expand_free(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vector);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, records_stand_alone);
	ATF_TP_ADD_TC(tp, no_reach_into_the_last);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, no_such_lengths);
	ATF_TP_ADD_TC(tp, room);
	ATF_TP_ADD_TC(tp, bomb);
	ATF_TP_ADD_TC(tp, noise);
	ATF_TP_ADD_TC(tp, free_nothing);
	return atf_no_error();
}
