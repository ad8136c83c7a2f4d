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

#define V_TEXT \
	"asmp-token-1 AQECAAAAAGkkgQAAAAAAaS2owPDx8vP09fb3+Pn6+/z9/v8" \
	"QR0FURVdBWV9DTElOSUNfQQxrZW1hbC1jbGllbnQFkvfE9yAQ02tXkbnkluT" \
	"0GQ8C3rAfUmQBZ331U1Pyqg=="

/* Where the variable part begins, and a field's place: see asmp(7). */
#define AT_VERSION	0
#define AT_NOT_BEFORE	3
#define AT_EXPIRES	11
#define AT_AUDIENCE	35
#define AT_CLIENT	52

static size_t
sample(struct asmp_token *t, uint8_t *b)
{
	size_t	 len = unhex(b, V_SLMP_TOKEN_BODY);

	ATF_REQUIRE_EQ(0, token_get(t, b, len));
	return len;
}

/* Z-18: client, role and expiry, and all the rest of it. */
ATF_TC_WITHOUT_HEAD(vector);
ATF_TC_BODY(vector, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX], out[TOKEN_BODYMAX];
	size_t			 len = sample(&t, b);

	ATF_REQUIRE_EQ(1, t.version);
	ATF_REQUIRE_EQ(1, t.key);
	ATF_REQUIRE_EQ(2, t.role);
	ATF_REQUIRE_EQ(0x69248100, t.not_before);
	ATF_REQUIRE_EQ(0x692da8c0, t.expires);
	REQUIRE_HEX("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", t.jti, sizeof(t.jti));
	ATF_REQUIRE_STREQ(V_GATEWAY_ID, t.audience);
	ATF_REQUIRE_STREQ("kemal-client", t.client);
	ATF_REQUIRE_EQ(len, token_put(out, &t));
	REQUIRE_HEX(V_SLMP_TOKEN_BODY, out, len);
}

/* Z-17: the issuer's HMAC-SHA256. */
ATF_TC_WITHOUT_HEAD(tag_vector);
ATF_TC_BODY(tag_vector, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX], key[32], tag[32];

	sample(&t, b);
	count_up(key, 0, sizeof(key));
	ATF_REQUIRE_EQ(0, token_tag(tag, key, &t));
	REQUIRE_HEX(V_SLMP_TAG, tag, sizeof(tag));
}

static void
require_other_tag(const struct asmp_token *t, const uint8_t *key,
    const uint8_t *was)
{
	uint8_t	 tag[ASMP_HASHLEN];

	ATF_REQUIRE_EQ(0, token_tag(tag, key, t));
	ATF_REQUIRE(memcmp(tag, was, sizeof(tag)) != 0);
}

/* A role or date that a bearer writes for himself makes another secret. */
ATF_TC_WITHOUT_HEAD(tag_covers_every_field);
ATF_TC_BODY(tag_covers_every_field, tc)
{
	struct asmp_token	 t, was;
	uint8_t			 b[TOKEN_BODYMAX], key[32] = { 0 }, tag[32];

	sample(&was, b);
	ATF_REQUIRE_EQ(0, token_tag(tag, key, &was));
#define CHANGED(stmt)	do {						\
	t = was;							\
	stmt;								\
	require_other_tag(&t, key, tag);				\
} while (0)
	CHANGED(t.key++);
	CHANGED(t.role++);
	CHANGED(t.not_before++);
	CHANGED(t.expires++);
	CHANGED(t.jti[0] ^= 1);
	CHANGED(t.jti[15] ^= 1);
	CHANGED(t.audience[0] ^= 1);
	CHANGED(t.client[0] ^= 1);
#undef CHANGED
	key[31] ^= 1;
	require_other_tag(&was, key, tag);
}

/* Cut short or with more behind it, at no length but its own. */
ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX + 1] = { 0 };
	size_t			 len, n = sample(&t, b);

	for (len = 0; len <= sizeof(b); len++)
		ATF_REQUIRE_EQ(len == n ? 0 : -1, token_get(&t, b, len));
}

/* Both ways: what is not read is not written. */
static void
require_refused(const uint8_t *b, size_t len, const struct asmp_token *t)
{
	struct asmp_token	 got;
	uint8_t			 out[TOKEN_BODYMAX], tag[ASMP_HASHLEN];
	uint8_t			 key[ASMP_KEYLEN] = { 0 };
	char			 text[TOKEN_TEXTMAX];

	ATF_REQUIRE_EQ(-1, token_get(&got, b, len));
	ATF_REQUIRE_EQ(0, token_put(out, t));
	REQUIRE_ERRNO(EINVAL, token_tag(tag, key, t));
	REQUIRE_ERRNO(EINVAL, token_totext(text, sizeof(text), t, key));
}

ATF_TC_WITHOUT_HEAD(version);
ATF_TC_BODY(version, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX];
	size_t			 len = sample(&t, b);
	int			 v;

	for (v = 0; v <= UINT8_MAX; v++) {
		if (v == 1)
			continue;
		b[AT_VERSION] = t.version = (uint8_t)v;
		require_refused(b, len, &t);
	}
}

/* A time that ends before it begins is nobody's meaning. */
ATF_TC_WITHOUT_HEAD(dates);
ATF_TC_BODY(dates, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX];
	size_t			 len = sample(&t, b);

	t.expires = t.not_before;
	put_u64(b + AT_EXPIRES, t.expires);
	require_refused(b, len, &t);
	t.expires = t.not_before - 1;
	put_u64(b + AT_EXPIRES, t.expires);
	require_refused(b, len, &t);
	put_u64(b + AT_EXPIRES, t.not_before + 1);
	ATF_REQUIRE_EQ(0, token_get(&t, b, len));
	put_u64(b + AT_NOT_BEFORE, UINT64_MAX - 1);
	put_u64(b + AT_EXPIRES, UINT64_MAX);
	ATF_REQUIRE_EQ(0, token_get(&t, b, len));
	ATF_REQUIRE_EQ(UINT64_MAX, t.expires);
	ATF_REQUIRE_EQ(len, token_put(b, &t));
}

ATF_TC_WITHOUT_HEAD(ids);
ATF_TC_BODY(ids, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX];
	size_t			 len = sample(&t, b);

	b[AT_AUDIENCE + 1] = t.audience[0] = '/';
	require_refused(b, len, &t);
	sample(&t, b);
	b[AT_CLIENT + 1] = t.client[0] = '/';
	require_refused(b, len, &t);
	sample(&t, b);
	t.client[0] = '\0';
	b[AT_CLIENT] = 0;
	require_refused(b, AT_CLIENT + 1, &t);
	b[AT_CLIENT + 2] = '\0';
	ATF_REQUIRE_EQ(-1, token_get(&t, b, len));
}

/* The longest fits the rooms that the header gives it, and no longer. */
ATF_TC_WITHOUT_HEAD(longest);
ATF_TC_BODY(longest, tc)
{
	struct asmp_token	 t, got;
	uint8_t			 b[TOKEN_BODYMAX + 1] = { 0 }, tag[32], out[32];
	char			 text[TOKEN_TEXTMAX];

	sample(&t, b);
	memset(t.audience, 'a', ASMP_IDMAX);
	memset(t.client, 'c', ASMP_IDMAX);
	ATF_REQUIRE_EQ(TOKEN_BODYMAX, token_put(b, &t));
	ATF_REQUIRE_EQ(0, token_get(&got, b, TOKEN_BODYMAX));
	ATF_REQUIRE_STREQ(t.client, got.client);
	count_up(tag, 0, sizeof(tag));
	ATF_REQUIRE_EQ(0, token_totext(text, sizeof(text), &t, tag));
	ATF_REQUIRE_EQ(0, token_fromtext(&got, out, text));
	ATF_REQUIRE_STREQ(t.audience, got.audience);
	ATF_REQUIRE(memcmp(tag, out, sizeof(tag)) == 0);
	b[TOKEN_BODYMAX - ASMP_IDMAX - 1]++;
	ATF_REQUIRE_EQ(-1, token_get(&got, b, TOKEN_BODYMAX + 1));
}

/* The text is by Python's base64 over the two vectors. */
ATF_TC_WITHOUT_HEAD(text_vector);
ATF_TC_BODY(text_vector, tc)
{
	struct asmp_token	 t;
	uint8_t			 b[TOKEN_BODYMAX], tag[32];
	char			 text[TOKEN_TEXTMAX];
	size_t			 len;

	ATF_REQUIRE_EQ(0, token_fromtext(&t, tag, V_TEXT));
	len = token_put(b, &t);
	REQUIRE_HEX(V_SLMP_TOKEN_BODY, b, len);
	REQUIRE_HEX(V_SLMP_TAG, tag, sizeof(tag));
	ATF_REQUIRE_EQ(0, token_totext(text, sizeof(V_TEXT), &t, tag));
	ATF_REQUIRE_STREQ(V_TEXT, text);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (len = 0; len < sizeof(V_TEXT); len++)
		REQUIRE_ERRNO(ENOSPC, token_totext(text, len, &t, tag));
	ATF_REQUIRE_EQ(sizeof(text) - 1, strspn(text, "x"));
}

/* One token has one text, cut nowhere and with nothing around it. */
ATF_TC_WITHOUT_HEAD(text_refuses);
ATF_TC_BODY(text_refuses, tc)
{
	static const char *const	 bad[] = {
		"", " ", "asmp-token-1", "asmp-token-1 ", " " V_TEXT,
		V_TEXT "\n", V_TEXT " ", V_TEXT "=", V_TEXT "AAAA",
		"asmp-token-2 AQEC", "asmp-token-1 AQEC", "asmp-token-1 ===="
	};
	struct asmp_token	 t;
	uint8_t			 tag[32];
	char			 text[2 * TOKEN_TEXTMAX] = V_TEXT;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, token_fromtext(&t, tag, bad[i]));
	for (i = sizeof(V_TEXT) - 1; i-- > 0;) {
		text[i] = '\0';
		REQUIRE_ERRNO(EINVAL, token_fromtext(&t, tag, text));
	}
	memcpy(text, V_TEXT, sizeof(V_TEXT));
	text[0] = 'A';
	REQUIRE_ERRNO(EINVAL, token_fromtext(&t, tag, text));
	text[0] = 'a';
	ATF_REQUIRE_EQ(0, token_fromtext(&t, tag, text));
	memset(text + sizeof("asmp-token-1"), 'A', TOKEN_TEXTMAX);
	REQUIRE_ERRNO(EINVAL, token_fromtext(&t, tag, text));
}

/* What runs on a stack that can be read afterwards. */
static struct {
	struct asmp_token	 t;
	uint8_t			 key[ASMP_KEYLEN];
	uint8_t			 tag[ASMP_HASHLEN];
	char			 text[TOKEN_TEXTMAX];
} at;

static void
run_tag(void)
{
	if (token_tag(at.tag, at.key, &at.t) == -1)
		abort();
}

static void
run_totext(void)
{
	if (token_totext(at.text, sizeof(at.text), &at.t, at.tag) == -1)
		abort();
}

static void
run_fromtext(void)
{
	if (token_fromtext(&at.t, at.tag, at.text) == -1)
		abort();
}

/* What a function that does not wipe leaves. */
static void
run_careless(void)
{
	uint8_t		 copy[sizeof(at.key)];
	struct part	 in = { copy, sizeof(copy) };

	memcpy(copy, at.key, sizeof(copy));
	sha256_parts(at.tag, &in, 1);
}

/* The first run is the dynamic linker's, which saves registers as it goes. */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	void	 (*runs[])(void) = { run_tag, run_totext, run_fromtext };
	uint8_t	 b[TOKEN_BODYMAX], *stack;
	size_t	 i, prefix = strlen("asmp-token-1 ");

	sample(&at.t, b);
	unhex(at.key, V_ZTP_X);
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, at.key, sizeof(at.key)));
	free(stack);
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		runs[i]();
		stack = run_on_stack(runs[i]);
		require_key_wiped(stack, "the issuer's key", at.key, 32);
		require_key_wiped(stack, "the tag", at.tag, 32);
		require_wiped(stack, "its text", at.text + prefix,
		    strlen(at.text + prefix));
		free(stack);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vector);
	ATF_TP_ADD_TC(tp, tag_vector);
	ATF_TP_ADD_TC(tp, tag_covers_every_field);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, version);
	ATF_TP_ADD_TC(tp, dates);
	ATF_TP_ADD_TC(tp, ids);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, text_vector);
	ATF_TP_ADD_TC(tp, text_refuses);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
