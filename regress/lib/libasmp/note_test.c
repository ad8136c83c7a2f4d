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
 * Keys of logs and checkpoints.  The known answers are what Go's
 * golang.org/x/mod/sumdb/note, version 0.20.0, makes of the same seed.
 */

#include "asmp_proto.h"
#include "testutil.h"

#define NAME	"GATEWAY_CLINIC_A/audit"
#define KEY	"AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define VKEY	NAME "+242ef8d2+" KEY
#define ROOT	"gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8="
#define DASH	"\342\200\224"
#define SIG	"JC740j4dFFVdM2T6CxnlBMrEW5QWEzD7VICZEW7PFHydWsic0VPccOeibo" \
		"EePFvmTQ1FVsdinChJh53+lkUFraiZfAI="
#define BODY	NAME "\n20852163\n" ROOT "\n"
#define LINE	DASH " " NAME " " SIG "\n"
#define TEXT	BODY "\n" LINE

static struct ident *
key_from(uint8_t first)
{
	struct ident	*key;
	uint8_t		 seed[32];

	count_up(seed, first, sizeof(seed));
	key = ident_fromseed(IDENT_ED25519, seed, sizeof(seed));
	ATF_REQUIRE(key != NULL);
	return key;
}

static void
sample(struct checkpoint *c)
{
	memset(c, 0, sizeof(*c));
	strlcpy(c->origin, NAME, sizeof(c->origin));
	c->size = 20852163;
	count_up(c->root, 0x80, sizeof(c->root));
}

ATF_TC_WITHOUT_HEAD(vkey_known);
ATF_TC_BODY(vkey_known, tc)
{
	struct ident		*key = key_from(0);
	struct ident_pub	 pub;
	char			 text[VKEY_MAX], name[NOTE_NAMEMAX];
	size_t			 i;

	ATF_REQUIRE_EQ(0, vkey_totext(text, sizeof(text), NAME,
	    ident_public(key)));
	ATF_REQUIRE_STREQ(VKEY, text);
	ATF_REQUIRE_EQ(0, vkey_fromtext(name, sizeof(NAME), &pub, VKEY));
	ATF_REQUIRE_STREQ(NAME, name);
	ATF_REQUIRE(memcmp(&pub, ident_public(key), sizeof(pub)) == 0);
	for (i = 0; i < sizeof(VKEY); i++)
		REQUIRE_ERRNO(ENOSPC, vkey_totext(text, i, NAME,
		    ident_public(key)));
	for (i = 0; i < sizeof(NAME); i++)
		REQUIRE_ERRNO(EINVAL, vkey_fromtext(name, i, &pub, VKEY));
	ident_free(key);
}

/* Every other text is refused: a key has one, and its hash is checked. */
ATF_TC_WITHOUT_HEAD(vkey_strict);
ATF_TC_BODY(vkey_strict, tc)
{
	static const char *const	 bad[] = {
		"", "+", "++", NAME, NAME "+242ef8d2", NAME "+242ef8d2+",
		VKEY "\n", VKEY " ", " " VKEY, VKEY "+", VKEY "=",
		NAME "+242EF8D2+" KEY, NAME "+0242ef8d2+" KEY,
		NAME "++" KEY, "GATEWAY/audit+242ef8d2+" KEY,
		"audit+242ef8d2+" KEY, "GATEWAY_CLINIC_A+242ef8d2+" KEY
	};
	struct ident_pub		 pub;
	char				 name[NOTE_NAMEMAX], text[VKEY_MAX];
	size_t				 i;
	int				 v;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, vkey_fromtext(name, sizeof(name), &pub,
		    bad[i]));
	for (i = 0; i < strlen(VKEY); i++) {
		for (v = 0; v <= UINT8_MAX; v++) {
			memcpy(text, VKEY, sizeof(VKEY));
			text[i] = (char)v;
			if (strcmp(text, VKEY) != 0)
				REQUIRE_ERRNO(EINVAL, vkey_fromtext(name,
				    sizeof(name), &pub, text));
		}
	}
}

/* A key that lets anything pass is none, whatever its hash says. */
ATF_TC_WITHOUT_HEAD(vkey_weak);
ATF_TC_BODY(vkey_weak, tc)
{
	struct ident_pub	 pub = { .alg = IDENT_ED25519 };
	char			 text[VKEY_MAX], name[NOTE_NAMEMAX];

	pub.key[0] = 1;
	ATF_REQUIRE_EQ(0, vkey_totext(text, sizeof(text), NAME, &pub));
	REQUIRE_ERRNO(EINVAL, vkey_fromtext(name, sizeof(name), &pub, text));
	pub.alg = IDENT_P256;
	REQUIRE_ERRNO(EINVAL, vkey_totext(text, sizeof(text), NAME, &pub));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char *const	 bad[] = {
		"", "/", "/audit", "GW", "GW/", "GW/audit/", "GW/Audit",
		"GW/audit ", "GW//audit", "G W/audit", "G+W/audit",
		".GW/audit", "GW/au+dit", "GW/audit\n", "G\nW/audit"
	};
	struct ident		*key = key_from(0);
	struct checkpoint	 c;
	char			 name[NOTE_NAMEMAX], id[ASMP_IDMAX + 2];
	char			 text[CHECKPOINT_MAX], vkey[VKEY_MAX];
	size_t			 i;

	ATF_REQUIRE_EQ(0, note_name(name, "GW", LOG_READINGS));
	ATF_REQUIRE_STREQ("GW/readings", name);
	REQUIRE_ERRNO(EINVAL, note_name(name, "G W", LOG_AUDIT));
	REQUIRE_ERRNO(EINVAL, note_name(name, "GW", "Audit"));
	memset(id, 'a', sizeof(id));
	id[ASMP_IDMAX + 1] = '\0';
	REQUIRE_ERRNO(EINVAL, note_name(name, id, LOG_AUDIT));
	id[ASMP_IDMAX] = '\0';
	ATF_REQUIRE_EQ(0, note_name(name, id, LOG_READINGS));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sample(&c);
		strlcpy(c.origin, bad[i], sizeof(c.origin));
		REQUIRE_ERRNO(EINVAL, checkpoint_sign(text, sizeof(text), &c,
		    key));
		REQUIRE_ERRNO(EINVAL, checkpoint_open(&c, TEXT, bad[i],
		    ident_public(key)));
		REQUIRE_ERRNO(EINVAL, vkey_totext(vkey, sizeof(vkey), bad[i],
		    ident_public(key)));
	}
	ident_free(key);
}

ATF_TC_WITHOUT_HEAD(checkpoint_known);
ATF_TC_BODY(checkpoint_known, tc)
{
	struct ident		*key = key_from(0);
	struct checkpoint	 c, got;
	char			 text[CHECKPOINT_MAX];
	size_t			 i;

	sample(&c);
	ATF_REQUIRE_EQ(0, checkpoint_sign(text, sizeof(TEXT), &c, key));
	ATF_REQUIRE_STREQ(TEXT, text);
	ATF_REQUIRE_EQ(0, checkpoint_open(&got, TEXT, NAME,
	    ident_public(key)));
	ATF_REQUIRE(memcmp(&c, &got, sizeof(c)) == 0);
	/* The origin may be the one inside. */
	ATF_REQUIRE_EQ(0, checkpoint_open(&got, TEXT, got.origin,
	    ident_public(key)));
	ATF_REQUIRE(memcmp(&c, &got, sizeof(c)) == 0);
	for (i = 0; i < sizeof(TEXT); i++)
		REQUIRE_ERRNO(ENOSPC, checkpoint_sign(text, i, &c, key));
	ident_free(key);
}

ATF_TC_WITHOUT_HEAD(checkpoint_bytes);
ATF_TC_BODY(checkpoint_bytes, tc)
{
	struct ident		*key = key_from(0);
	struct checkpoint	 c = { .size = 7 };
	char			 text[sizeof(TEXT)];
	size_t			 i;
	int			 v;

	for (i = 0; i < strlen(TEXT); i++) {
		memcpy(text, TEXT, sizeof(text));
		text[i] = '\0';
		REQUIRE_ERRNO(EINVAL, checkpoint_open(&c, text, NAME,
		    ident_public(key)));
		for (v = 1; v <= UINT8_MAX; v++) {
			text[i] = (char)v;
			ATF_REQUIRE_EQ(text[i] == TEXT[i] ? 0 : -1,
			    checkpoint_open(&c, text, NAME,
			    ident_public(key)));
		}
	}
	ident_free(key);
}

/* What C2SP leaves open is not open here. */
ATF_TC_WITHOUT_HEAD(checkpoint_strict);
ATF_TC_BODY(checkpoint_strict, tc)
{
	static const char *const	 bad[] = {
		"", "\n", BODY, BODY "\n", BODY LINE, TEXT "\n", TEXT " ",
		TEXT LINE, "\n" TEXT, BODY "more\n\n" LINE,
		NAME "\n020852163\n" ROOT "\n\n" LINE,
		NAME "\n+20852163\n" ROOT "\n\n" LINE,
		NAME "\n 20852163\n" ROOT "\n\n" LINE,
		NAME "\n\n" ROOT "\n\n" LINE,
		NAME "\r\n20852163\r\n" ROOT "\r\n\r\n" LINE,
		NAME "\n9223372036854775808\n" ROOT "\n\n" LINE,
		NAME "\n18446744073730403779\n" ROOT "\n\n" LINE,
		BODY "\n- " NAME " " SIG "\n",
		BODY "\n" DASH "  " NAME " " SIG "\n",
		BODY "\n" DASH " GW/audit " SIG "\n",
		BODY "\n" DASH " " NAME " " SIG,
		BODY "\n" DASH " " NAME " JC740g==\n"
	};
	struct ident		*key = key_from(0);
	struct checkpoint	 c = { .size = 7 };
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE_ERRNO(EINVAL, checkpoint_open(&c, bad[i], NAME,
		    ident_public(key)));
	REQUIRE_ERRNO(EINVAL, checkpoint_open(&c, TEXT,
	    "GATEWAY_CLINIC_A/readings", ident_public(key)));
	ATF_REQUIRE_EQ(7, c.size);
	ident_free(key);
}

/* Three ways not to be the log's: other key, other content, other kind. */
ATF_TC_WITHOUT_HEAD(checkpoint_reasons);
ATF_TC_BODY(checkpoint_reasons, tc)
{
	struct ident		*key = key_from(0), *other = key_from(1);
	struct ident_pub	 wrong = { .alg = IDENT_P256 };
	struct checkpoint	 c;
	char			 text[] = TEXT;

	REQUIRE_ERRNO(EPERM, checkpoint_open(&c, TEXT, NAME,
	    ident_public(other)));
	text[strlen(NAME) + 1] = '3';
	REQUIRE_ERRNO(EBADMSG, checkpoint_open(&c, text, NAME,
	    ident_public(key)));
	REQUIRE_ERRNO(EINVAL, checkpoint_open(&c, TEXT, NAME, &wrong));
	ident_free(key);
	key = ident_generate(IDENT_P256);
	sample(&c);
	REQUIRE_ERRNO(EINVAL, checkpoint_sign(text, sizeof(text), &c, key));
	ident_free(key);
	ident_free(other);
}

ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	static const uint64_t	 sizes[] = { 0, 1, 9, 10, 255, 1000000,
				    UINT32_MAX, CHECKPOINT_SIZEMAX };
	struct ident		*key = key_from(0);
	struct checkpoint	 c, got;
	char			 text[CHECKPOINT_MAX], id[ASMP_IDMAX + 1] = "";
	size_t			 i;

	sample(&c);
	memset(id, 'a', ASMP_IDMAX);
	ATF_REQUIRE_EQ(0, note_name(c.origin, id, "abcdefghijklmn"));
	ATF_REQUIRE_EQ(NOTE_NAMEMAX - 1, strlen(c.origin));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		c.size = sizes[i];
		ATF_REQUIRE_EQ(0, checkpoint_sign(text, sizeof(text), &c,
		    key));
		ATF_REQUIRE_EQ(0, checkpoint_open(&got, text, c.origin,
		    ident_public(key)));
		ATF_REQUIRE(memcmp(&c, &got, sizeof(c)) == 0);
	}
	c.size = (uint64_t)CHECKPOINT_SIZEMAX + 1;
	REQUIRE_ERRNO(EINVAL, checkpoint_sign(text, sizeof(text), &c, key));
	c.size = UINT64_MAX;
	REQUIRE_ERRNO(EINVAL, checkpoint_sign(text, sizeof(text), &c, key));
	ident_free(key);
}

/* HKDF-Expand by Python's hmac: HMAC(secret, "ASMP/1 audit key" 00 01). */
ATF_TC_WITHOUT_HEAD(key);
ATF_TC_BODY(key, tc)
{
	struct ident	*key;
	uint8_t		 secret[ASMP_KEYLEN];

	count_up(secret, 0, sizeof(secret));
	ATF_REQUIRE((key = note_key(secret)) != NULL);
	ATF_REQUIRE_EQ(IDENT_ED25519, ident_public(key)->alg);
	REQUIRE_HEX("eae1285b2602ecd9028049dd63839abe"
	    "87c40e84127336735024f54762ddc76e", ident_public(key)->key, 32);
	ident_free(key);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vkey_known);
	ATF_TP_ADD_TC(tp, vkey_strict);
	ATF_TP_ADD_TC(tp, vkey_weak);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, checkpoint_known);
	ATF_TP_ADD_TC(tp, checkpoint_bytes);
	ATF_TP_ADD_TC(tp, checkpoint_strict);
	ATF_TP_ADD_TC(tp, checkpoint_reasons);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, key);
	return atf_no_error();
}
