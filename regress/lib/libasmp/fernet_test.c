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

/* Profile slmp: user tokens and Fernet tokens. */

#include "codec.h"
#include "fixediv.h"

#define USERLEN	32
#define TEXT(frame)	((char *)(frame) + ASMP_HDRLEN + USERLEN)

/* The key, time and tokens of github.com/fernet/spec. */
#define SPEC_KEY	"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define SPEC_TIME	499162800
#define SPEC_TOKEN \
	"gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOP" \
	"mrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="

static uint8_t	frame[FRAMEMAX];

static void
spec_ends(struct ends *e)
{
	size_t	 len;

	ends_init(e, "slmp");
	ATF_REQUIRE_EQ(0, b64url_decode(e->tx.d2g.key, ASMP_KEYLEN, &len,
	    SPEC_KEY, strlen(SPEC_KEY)));
	memcpy(e->rx.d2g.key, e->tx.d2g.key, ASMP_KEYLEN);
	count_up(fixed_iv, 0, sizeof(fixed_iv));
}

/* A frame of a text that need be no token, with its user token. */
static void
wrap(struct ends *e, const char *text, size_t len)
{
	struct part	 p[] = { { frame, ASMP_HDRLEN }, { text, len } };

	header_put(frame, USERLEN + len);
	memcpy(TEXT(frame), text, len);
	hmac_parts(frame + ASMP_HDRLEN, e->tx.d2g.mac, ASMP_KEYLEN, p, 2);
}

/* The same of bytes, signed as a Fernet token unless they shall not be. */
static void
wrap_token(struct ends *e, uint8_t *token, size_t len, int sign)
{
	struct part	 p = { token, len - ASMP_HASHLEN };
	static char	 text[ASMP_PAYLOAD_MAX];

	if (sign)
		hmac_parts(token + p.len, e->tx.d2g.key, 16, &p, 1);
	b64url_encode(text, token, len);
	wrap(e, text, b64url_len(len));
}

/* The spec's token as bytes: version, time, IV, one block, HMAC. */
static size_t
spec_token(uint8_t *token)
{
	size_t	 len;

	ATF_REQUIRE_EQ(0, b64url_decode(token, 200, &len, SPEC_TOKEN,
	    strlen(SPEC_TOKEN)));
	ATF_REQUIRE_EQ(1 + 8 + 16 + 16 + 32, len);
	return len;
}

/* S-15, S-16: byte for byte what the spec makes of its key, time and IV. */
ATF_TC_WITHOUT_HEAD(spec_generate);
ATF_TC_BODY(spec_generate, tc)
{
	struct ends	 e;
	struct part	 p[] = {
		{ frame, ASMP_HDRLEN }, { SPEC_TOKEN, strlen(SPEC_TOKEN) }
	};
	uint8_t		 want[USERLEN];
	size_t		 len = strlen(SPEC_TOKEN);

	spec_ends(&e);
	ATF_REQUIRE_EQ(USERLEN + len, data_len(e.tx.d2g.profile, 5));
	header_put(frame, USERLEN + len);
	ATF_REQUIRE_EQ(0, data_seal(&e.tx.d2g, e.pool, frame,
	    (const uint8_t *)"hello", 5, SPEC_TIME));
	ATF_REQUIRE(memcmp(TEXT(frame), SPEC_TOKEN, len) == 0);
	hmac_parts(want, e.tx.d2g.mac, ASMP_KEYLEN, p, 2);
	ATF_REQUIRE(memcmp(want, frame + ASMP_HDRLEN, USERLEN) == 0);
	ends_free(&e);
}

/* S-15: and the other way, one second later. */
ATF_TC_WITHOUT_HEAD(spec_verify);
ATF_TC_BODY(spec_verify, tc)
{
	struct ends	 e;
	struct opened	 o;

	spec_ends(&e);
	wrap(&e, SPEC_TOKEN, strlen(SPEC_TOKEN));
	ATF_REQUIRE_EQ(REASON_NONE, frame_open(&e, &e.rx.d2g, frame,
	    SPEC_TIME + 1, &o));
	ATF_REQUIRE_EQ(5, o.len);
	ATF_REQUIRE(memcmp("hello", o.plain, 5) == 0);
	ends_free(&e);
}

/* The spec's own list of tokens that must be refused, each by its cause. */
ATF_TC_WITHOUT_HEAD(spec_invalid);
ATF_TC_BODY(spec_invalid, tc)
{
	static const struct {
		const char	*text;
		uint64_t	 now;
		enum reason	 reason;
	} bad[] = {
		/* Incorrect MAC. */
		{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1"
		    "-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
		    SPEC_TIME + 1, REASON_RECORD_MAC },
		/* Too short. */
		{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
		    SPEC_TIME + 1, REASON_LENGTH },
		/* Invalid base64. */
		{ "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1"
		    "-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
		    SPEC_TIME + 1, REASON_RECORD_MAC },
		/* Payload size not multiple of block size. */
		{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm7"
		    "3QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
		    SPEC_TIME + 1, REASON_LENGTH },
		/* Payload padding error. */
		{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-Jk"
		    "LPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
		    SPEC_TIME + 1, REASON_PADDING },
		/* Far-future time. */
		{ "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnj"
		    "a1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
		    SPEC_TIME + 1, REASON_STALE },
		/* Expired. */
		{ "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1"
		    "-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
		    SPEC_TIME + 91, REASON_STALE },
		/* Incorrect IV. */
		{ "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkL"
		    "hFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
		    SPEC_TIME + 1, REASON_PADDING },
		/* Trailing characters after the padding. */
		{ SPEC_TOKEN "trailingdata", SPEC_TIME + 1, REASON_LENGTH },
		/* Invalid characters, of which there are four too many. */
		{ "*gAAAAAAdwJ6wAAECAwQFBgcI!CQoLDA0ODy021?cpGVWKZ_eEwC@GM4"
		    "BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
		    SPEC_TIME + 1, REASON_LENGTH }
	};
	struct ends	 e;
	size_t		 i;

	spec_ends(&e);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wrap(&e, bad[i].text, strlen(bad[i].text));
		REQUIRE_REFUSED(bad[i].reason, &e, &e.rx.d2g, frame,
		    bad[i].now);
	}
	ends_free(&e);
}

/* 60 seconds either way, and no wrap at the ends of time. */
ATF_TC_WITHOUT_HEAD(stale);
ATF_TC_BODY(stale, tc)
{
	static const struct {
		uint64_t	 made;
		uint64_t	 now;
		int		 taken;
	} t[] = {
		{ NOW, NOW, 1 }, { NOW, NOW + 60, 1 }, { NOW, NOW + 61, 0 },
		{ NOW, NOW - 60, 1 }, { NOW, NOW - 61, 0 }, { NOW, 0, 0 },
		{ 0, 0, 1 }, { 60, 0, 1 }, { 61, 0, 0 }, { 0, 60, 1 },
		{ 0, 61, 0 }, { UINT64_MAX, 0, 0 }, { 0, UINT64_MAX, 0 },
		{ UINT64_MAX, 59, 0 }, { UINT64_MAX, UINT64_MAX - 60, 1 },
		{ UINT64_MAX - 61, UINT64_MAX, 0 }
	};
	struct ends	 e;
	struct opened	 o;
	size_t		 i;

	ends_init(&e, "slmp");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		header_put(frame, data_len(e.tx.d2g.profile, 2));
		ATF_REQUIRE_EQ(0, data_seal(&e.tx.d2g, e.pool, frame,
		    (const uint8_t *)"hi", 2, t[i].made));
		if (!t[i].taken) {
			REQUIRE_REFUSED(REASON_STALE, &e, &e.rx.d2g, frame,
			    t[i].now);
			continue;
		}
		ATF_REQUIRE_EQ_MSG(REASON_NONE, frame_open(&e, &e.rx.d2g,
		    frame, t[i].now, &o), "time %zu", i);
	}
	ends_free(&e);
}

/*
 * S-16: the user token is that of this message: with another key, another
 * message's header or another message's user token there is none.
 */
ATF_TC_WITHOUT_HEAD(user_token);
ATF_TC_BODY(user_token, tc)
{
	struct ends	 e;
	uint8_t		 first[USERLEN], *user = frame + ASMP_HDRLEN;

	ends_init(&e, "slmp");
	frame_seal(&e, &e.tx.d2g, frame, "one", 3);
	memcpy(first, user, sizeof(first));
	fixed_iv[0]++;
	frame_seal(&e, &e.tx.d2g, frame, "two", 3);
	ATF_REQUIRE(memcmp(first, user, sizeof(first)) != 0);
	memcpy(user, first, sizeof(first));
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	e.rx.d2g.mac[0] ^= 1;
	frame_seal(&e, &e.tx.d2g, frame, "two", 3);
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	e.rx.d2g.mac[0] ^= 1;
	REQUIRE_OPENS(&e, &e.rx.d2g, frame, "two", 3);
	ends_free(&e);
}

/* Whoever has the user key alone still makes no Fernet token. */
ATF_TC_WITHOUT_HEAD(fernet_hmac);
ATF_TC_BODY(fernet_hmac, tc)
{
	struct ends	 e;
	uint8_t		 token[200];
	size_t		 i, len;

	spec_ends(&e);
	len = spec_token(token);
	for (i = 0; i < len; i++) {
		token[i] ^= 1;
		wrap_token(&e, token, len, 0);
		REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame,
		    SPEC_TIME);
		token[i] ^= 1;
	}
	ends_free(&e);
}

/* Signed with its own key, so that only the version is wrong. */
ATF_TC_WITHOUT_HEAD(other_version);
ATF_TC_BODY(other_version, tc)
{
	struct ends	 e;
	struct opened	 o;
	uint8_t		 token[200];
	size_t		 len;
	int		 v;

	spec_ends(&e);
	len = spec_token(token);
	for (v = 0; v <= UINT8_MAX; v++) {
		token[0] = (uint8_t)v;
		wrap_token(&e, token, len, 1);
		if (v == 0x80)
			ATF_REQUIRE_EQ(REASON_NONE, frame_open(&e, &e.rx.d2g,
			    frame, SPEC_TIME, &o));
		else
			REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g,
			    frame, SPEC_TIME);
	}
	ends_free(&e);
}

/* One token, one text: a second would pass where texts are compared. */
ATF_TC_WITHOUT_HEAD(one_text_only);
ATF_TC_BODY(one_text_only, tc)
{
	static const struct {
		size_t		 at;
		const char	*put;
		enum reason	 reason;
	} edits[] = {
		{ 97, "B==", REASON_RECORD_MAC },	/* an unused bit */
		{ 98, "A=", REASON_LENGTH },		/* a byte more */
		{ 98, "AA", REASON_LENGTH },
		{ 99, "A", REASON_RECORD_MAC },
		{ 49, "/", REASON_RECORD_MAC },
		{ 49, "+", REASON_RECORD_MAC },
		{ 49, "\n", REASON_RECORD_MAC },
		{ 49, " ", REASON_RECORD_MAC },
		{ 0, "=", REASON_RECORD_MAC },
		{ 96, "====", REASON_RECORD_MAC }
	};
	struct ends	 e;
	struct opened	 o;
	char		 text[] = SPEC_TOKEN;
	size_t		 i, len = strlen(text);

	spec_ends(&e);
	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		memcpy(text, SPEC_TOKEN, len);
		memcpy(text + edits[i].at, edits[i].put,
		    strlen(edits[i].put));
		ATF_REQUIRE(memcmp(text, SPEC_TOKEN, len) != 0);
		wrap(&e, text, len);
		REQUIRE_REFUSED(edits[i].reason, &e, &e.rx.d2g, frame,
		    SPEC_TIME);
	}
	wrap(&e, SPEC_TOKEN, len);
	ATF_REQUIRE_EQ(REASON_NONE, frame_open(&e, &e.rx.d2g, frame,
	    SPEC_TIME, &o));
	ends_free(&e);
}

/* Break 10: ciphertext of 0, 15 and 17 bytes; all keys are right. */
ATF_TC_WITHOUT_HEAD(ciphertext_lengths);
ATF_TC_BODY(ciphertext_lengths, tc)
{
	static const size_t	 lens[] = { 0, 1, 15, 17, 18, 31, 33 };
	struct ends		 e;
	struct opened		 o;
	uint8_t			 token[200];
	size_t			 i;

	spec_ends(&e);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		spec_token(token);
		wrap_token(&e, token, 25 + lens[i] + 32, 1);
		REQUIRE_REFUSED(REASON_LENGTH, &e, &e.rx.d2g, frame,
		    SPEC_TIME);
	}
	spec_token(token);
	wrap_token(&e, token, 25 + 16 + 32, 1);
	ATF_REQUIRE_EQ(REASON_NONE, frame_open(&e, &e.rx.d2g, frame,
	    SPEC_TIME, &o));
	ends_free(&e);
}

/* Signatures, then time, then padding: what is first wrong is named. */
ATF_TC_WITHOUT_HEAD(order_of_checks);
ATF_TC_BODY(order_of_checks, tc)
{
	struct ends	 e;
	uint8_t		 token[200];
	size_t		 len;

	spec_ends(&e);
	len = spec_token(token);
	token[24] ^= 0x40;		/* the IV's last byte: bad padding */
	wrap_token(&e, token, len, 0);
	frame[ASMP_HDRLEN] ^= 1;
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	frame[ASMP_HDRLEN] ^= 1;
	REQUIRE_REFUSED(REASON_RECORD_MAC, &e, &e.rx.d2g, frame, NOW);
	wrap_token(&e, token, len, 1);
	REQUIRE_REFUSED(REASON_STALE, &e, &e.rx.d2g, frame, NOW);
	REQUIRE_REFUSED(REASON_PADDING, &e, &e.rx.d2g, frame, SPEC_TIME);
	ends_free(&e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spec_generate);
	ATF_TP_ADD_TC(tp, spec_verify);
	ATF_TP_ADD_TC(tp, spec_invalid);
	ATF_TP_ADD_TC(tp, stale);
	ATF_TP_ADD_TC(tp, user_token);
	ATF_TP_ADD_TC(tp, fernet_hmac);
	ATF_TP_ADD_TC(tp, other_version);
	ATF_TP_ADD_TC(tp, one_text_only);
	ATF_TP_ADD_TC(tp, ciphertext_lengths);
	ATF_TP_ADD_TC(tp, order_of_checks);
	return atf_no_error();
}
