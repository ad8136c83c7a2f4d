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
#include "stack.h"
#include "testutil.h"

#define ED25519	"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
/* The curve's base point. */
#define P256	"p256:BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKW" \
		"T+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU="
#define PSK16	"psk:AAECAwQFBgcICQoLDA0ODw=="
#define PSK32	"psk:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

#define BAD_ID	"not a device id: 1 to 64 of letters, digits and ._:@-, " \
		"the first neither . nor -"
#define BAD_KEY	"not a key: ed25519:, p256:, p384:, mlkem768: or psk: and " \
		"base64, or the word token"
#define BAD_PSK	"a pre-shared key has 16 or 32 bytes, in base64"
#define BAD_KEM	"not a whole ML-KEM-768 key: 1184 bytes in base64"
#define BAD_OPT	"only role=NAME, profiles=NAME,NAME and expires=TIME may " \
		"follow the key"
#define BAD_ROLE \
		"not a role's name: 1 to 16 letters, digits, _ and -"
#define NO_PROFILE \
		"names a profile that does not exist: there are hybrid, " \
		"asmp, ztp, slmp, smcp and iomt"
#define OTHER_KEYS \
		"names a profile that goes with other keys: hybrid and " \
		"asmp with signature keys, ztp and slmp with tokens, smcp " \
		"with a psk, iomt with mlkem768"

static void
take(struct enrolment *e, const char *line)
{
	const char	*why;

	memset(e, 0xa5, sizeof(*e));
	why = enrolment_fromtext(e, line);
	ATF_REQUIRE_MSG(why == NULL, "%s: %s", line, why);
}

/* The reason is given, and nothing is left of what was read before. */
static void
refuse(const char *want, const char *line)
{
	static const struct enrolment	 nothing;
	struct enrolment		 e;
	const char			*why;

	memset(&e, 0, sizeof(e));
	why = enrolment_fromtext(&e, line);
	ATF_REQUIRE_MSG(why != NULL, "%s: taken", line);
	ATF_REQUIRE_STREQ(want, why);
	ATF_REQUIRE(memcmp(&e, &nothing, sizeof(e)) == 0);
}

/* What is read comes out as it went in. */
static void
round_trip(const char *line)
{
	struct enrolment	 e;
	char			 text[ENROLMENT_TEXTMAX];

	take(&e, line);
	ATF_REQUIRE_EQ(0, enrolment_totext(text, sizeof(text), &e));
	ATF_REQUIRE_STREQ(line, text);
}

static void
kem_line(char *line, size_t size, const char *options)
{
	uint8_t	 seed[MLKEM768_SEEDLEN] = { 0 }, ek[MLKEM768_EKLEN];
	uint8_t	 dk[MLKEM768_DKLEN];
	char	 key[KEM_TEXTMAX];

	mlkem768_keypair(ek, dk, seed);
	ATF_REQUIRE_EQ(0, kem_totext(key, sizeof(key), ek));
	ATF_REQUIRE((size_t)snprintf(line, size, "DEV1 %s%s", key, options) <
	    size);
}

ATF_TC_WITHOUT_HEAD(signature);
ATF_TC_BODY(signature, tc)
{
	struct enrolment	 e;

	take(&e, "BP_MONITOR_001 " P256);
	ATF_REQUIRE_STREQ("BP_MONITOR_001", e.id);
	ATF_REQUIRE_EQ(ASMP_KIND_SIGNATURE, e.kind);
	ATF_REQUIRE_EQ(IDENT_P256, e.alg);
	ATF_REQUIRE_EQ(65, e.keylen);
	REQUIRE_HEX("046b17d1f2e12c4247f8bce6e563a440", e.key, 16);
	ATF_REQUIRE_EQ(0, e.profiles);
	ATF_REQUIRE_STREQ("", e.role);
	round_trip("BP_MONITOR_001 " P256);
	round_trip("D " ED25519 " role=user profiles=hybrid,asmp");
	round_trip("D " ED25519 " expires=2100-01-31T12:00:00Z");
}

/* M-36: as many bytes as the write-up's key, or twice as many. */
ATF_TC_WITHOUT_HEAD(psk);
ATF_TC_BODY(psk, tc)
{
	struct enrolment	 e;

	take(&e, "1 " PSK16 " profiles=smcp");
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, e.kind);
	ATF_REQUIRE_EQ(0, e.alg);
	ATF_REQUIRE_EQ(1U << 5, e.profiles);
	ATF_REQUIRE_EQ(PSK_SHORT, e.keylen);
	REQUIRE_HEX("000102030405060708090a0b0c0d0e0f", e.key, 16);
	take(&e, "1 " PSK32);
	ATF_REQUIRE_EQ(PSK_LONG, e.keylen);
	ATF_REQUIRE_EQ(31, e.key[31]);
	round_trip("1 " PSK16 " profiles=smcp");
	round_trip("255 " PSK32);
	refuse(BAD_PSK, "1 psk:");
	refuse(BAD_PSK, "1 psk:AAECAwQFBgcICQoLDA0O");
	refuse(BAD_PSK, "1 psk:AAECAwQFBgcICQoLDA0ODxA=");
	refuse(BAD_PSK, "1 psk:AAECAwQFBgcICQoLDA0ODx==");
	refuse(BAD_PSK, "1 " PSK32 "AAAA");
}

ATF_TC_WITHOUT_HEAD(token);
ATF_TC_BODY(token, tc)
{
	struct enrolment	 e;

	take(&e, "kemal-client token role=admin profiles=ztp");
	ATF_REQUIRE_EQ(ASMP_KIND_TOKEN, e.kind);
	ATF_REQUIRE_EQ(0, e.keylen);
	ATF_REQUIRE_EQ(1U << 3, e.profiles);
	ATF_REQUIRE_STREQ("admin", e.role);
	round_trip("kemal-client token role=admin profiles=ztp");
	round_trip("kemal-client token");
	refuse(BAD_KEY, "kemal-client token:");
	refuse(BAD_KEY, "kemal-client Token");
}

/* I-54: what a device of kind kem gives to its gateway. */
ATF_TC_WITHOUT_HEAD(kem);
ATF_TC_BODY(kem, tc)
{
	struct enrolment	 e;
	char			 line[ENROLMENT_TEXTMAX];

	kem_line(line, sizeof(line), " role=device profiles=iomt");
	take(&e, line);
	ATF_REQUIRE_EQ(ASMP_KIND_KEM, e.kind);
	ATF_REQUIRE_EQ(MLKEM768_EKLEN, e.keylen);
	ATF_REQUIRE_EQ(1U << 6, e.profiles);
	round_trip(line);
	line[200] = '=';
	refuse(BAD_KEM, line);
	memcpy(line, "DEV1 mlkem768:////", 18);
	refuse(BAD_KEM, line);
}

/* People write lists by hand. */
ATF_TC_WITHOUT_HEAD(blanks_and_order);
ATF_TC_BODY(blanks_and_order, tc)
{
	struct enrolment	 e;
	char			 text[ENROLMENT_TEXTMAX];

	take(&e, "  DEV1\t " ED25519 "\tprofiles=asmp,hybrid  role=a-B_9 ");
	ATF_REQUIRE_EQ(0, enrolment_totext(text, sizeof(text), &e));
	ATF_REQUIRE_STREQ("DEV1 " ED25519 " role=a-B_9 profiles=hybrid,asmp",
	    text);
}

ATF_TC_WITHOUT_HEAD(wrong_lines);
ATF_TC_BODY(wrong_lines, tc)
{
	char	 line[2 * ENROLMENT_TEXTMAX];

	round_trip("DEV1 " ED25519);
	refuse(BAD_ID, "");
	refuse(BAD_ID, " \t ");
	refuse(BAD_ID, "-DEV1 " ED25519);
	refuse(BAD_ID, "DEV/1 " ED25519);
	refuse("no key after the id", "DEV1");
	refuse("no key after the id", "DEV1  ");
	refuse(BAD_KEY, "DEV1 ed25519:");
	refuse(BAD_KEY, "DEV1 DEV1.pub");
	refuse(BAD_KEY, "DEV1 role=user " ED25519);
	refuse(BAD_KEY, "DEV1 x" ED25519);
	refuse("a line break within: one device stands on a line, and lines "
	    "end as on Unix", "DEV1 " ED25519 "\r");
	refuse("a line break within: one device stands on a line, and lines "
	    "end as on Unix", "DEV1 " ED25519 "\n");
	memset(line, 'A', sizeof(line));
	line[ENROLMENT_TEXTMAX - 1] = '\0';
	refuse(BAD_ID, line);
	line[ENROLMENT_TEXTMAX - 1] = 'A';
	line[ENROLMENT_TEXTMAX] = '\0';
	refuse("longer than the line of any device", line);
}

ATF_TC_WITHOUT_HEAD(wrong_options);
ATF_TC_BODY(wrong_options, tc)
{
	round_trip("DEV1 " ED25519 " role=0123456789abcdef");
	refuse(BAD_OPT, "DEV1 " ED25519 " user");
	refuse(BAD_OPT, "DEV1 " ED25519 " Role=user");
	refuse(BAD_OPT, "DEV1 " ED25519 " role");
	refuse(BAD_ROLE, "DEV1 " ED25519 " role=");
	refuse(BAD_ROLE, "DEV1 " ED25519 " role=0123456789abcdefg");
	refuse(BAD_ROLE, "DEV1 " ED25519 " role=a,b");
	refuse("names two roles", "DEV1 " ED25519 " role=a role=b");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=asmp,");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=,asmp");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=as");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=asmp2");
	refuse(NO_PROFILE, "DEV1 " ED25519 " profiles=ASMP");
	refuse("names a profile twice",
	    "DEV1 " ED25519 " profiles=asmp,hybrid,asmp");
	refuse("profiles are there twice: write profiles=NAME,NAME",
	    "DEV1 " ED25519 " profiles=asmp profiles=hybrid");
}

/* No profile takes another kind of key than its own. */
ATF_TC_WITHOUT_HEAD(profiles_go_with_keys);
ATF_TC_BODY(profiles_go_with_keys, tc)
{
	static const struct {
		const char	*key;
		enum asmp_kind	 kind;
	} keys[] = {
		{ ED25519, ASMP_KIND_SIGNATURE },
		{ P256, ASMP_KIND_SIGNATURE },
		{ PSK16, ASMP_KIND_PSK },
		{ "token", ASMP_KIND_TOKEN }
	};
	const struct asmp_profile	*p;
	char				 line[256];
	size_t				 i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (p = NULL; (p = profile_next(p)) != NULL;) {
			snprintf(line, sizeof(line), "DEV1 %s profiles=%s",
			    keys[i].key, p->name);
			if ((p->kinds & 1U << keys[i].kind) != 0)
				round_trip(line);
			else
				refuse(OTHER_KEYS, line);
		}
}

/* What is no device has no line, and no line is cut short. */
ATF_TC_WITHOUT_HEAD(nothing_half_written);
ATF_TC_BODY(nothing_half_written, tc)
{
	static const char	 line[] = "1 " PSK16 " role=user profiles=smcp";
	static const char	 none[sizeof(line)];
	struct enrolment	 e, bad;
	char			 text[sizeof(line)];
	size_t			 size;

	take(&e, line);
	for (size = 0; size < sizeof(line); size++) {
		memset(text, 0, sizeof(text));
		REQUIRE_ERRNO(ENOSPC, enrolment_totext(text, size, &e));
		ATF_REQUIRE(memcmp(none, text, sizeof(text)) == 0);
	}
	ATF_REQUIRE_EQ(0, enrolment_totext(text, sizeof(line), &e));
	bad = e;
	bad.keylen = 17;
	REQUIRE_ERRNO(EINVAL, enrolment_totext(text, sizeof(text), &bad));
	bad = e;
	bad.kind = ASMP_KIND_TICKET;
	REQUIRE_ERRNO(EINVAL, enrolment_totext(text, sizeof(text), &bad));
	bad = e;
	bad.kind = ASMP_KIND_SIGNATURE;
	REQUIRE_ERRNO(EINVAL, enrolment_totext(text, sizeof(text), &bad));
	bad = e;
	bad.id[0] = '\0';
	REQUIRE_ERRNO(EINVAL, enrolment_totext(text, sizeof(text), &bad));
}

/* What the runs below work on, since they take no argument. */
static struct {
	struct enrolment	 e;
	char			 line[ENROLMENT_TEXTMAX];
} at;

static void
run_fromtext(void)
{
	if (enrolment_fromtext(&at.e, at.line) != NULL)
		abort();
}

static void
run_totext(void)
{
	if (enrolment_totext(at.line, sizeof(at.line), &at.e) == -1)
		abort();
}

static void
run_careless(void)
{
	volatile char	 copy[sizeof(at.line)];
	size_t		 i;

	for (i = 0; i < sizeof(copy); i++)
		copy[i] = at.line[i];
}

/* The first run is the dynamic linker's, which saves registers as it goes. */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	void		 (*runs[])(void) = { run_fromtext, run_totext };
	const char	*b64 = at.line + strlen("1 psk:");
	uint8_t		*stack;
	size_t		 i;

	strlcpy(at.line, "1 " PSK32, sizeof(at.line));
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(2, chunks_of(stack, b64, strlen(b64)));
	free(stack);
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		runs[i]();
		stack = run_on_stack(runs[i]);
		require_wiped(stack, "the key", at.e.key, at.e.keylen);
		require_wiped(stack, "its text", b64, strlen(b64));
		free(stack);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, signature);
	ATF_TP_ADD_TC(tp, psk);
	ATF_TP_ADD_TC(tp, token);
	ATF_TP_ADD_TC(tp, kem);
	ATF_TP_ADD_TC(tp, blanks_and_order);
	ATF_TP_ADD_TC(tp, wrong_lines);
	ATF_TP_ADD_TC(tp, wrong_options);
	ATF_TP_ADD_TC(tp, profiles_go_with_keys);
	ATF_TP_ADD_TC(tp, nothing_half_written);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
