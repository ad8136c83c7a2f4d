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

/* Lists of devices as CSV and as JSON lines, in and out. */

#include <stdlib.h>

#include "fakeasmpd.h"

#define KEY_A	"ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_B	"ed25519:CwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEM_A	"-----BEGIN PUBLIC KEY-----\n" \
		"MCowBQYDK2VwAyEACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" \
		"\n-----END PUBLIC KEY-----\n"
#define PSK16	"psk:AAECAwQFBgcICQoLDA0ODw=="
#define PSK32	"psk:8PHy8/T19vf4+fr7/P3+/wABAgMEBQYHCAkKCwwNDg8="
#define HEAD	"id,kind,key,profiles,role\n"
#define HEADED	"the first line names the columns, id, kind, key, profiles, " \
		"role or expires, parted by commas"

static void
take(struct import *im, const char *text)
{
	if (import_parse(im, FORM_ANY, text, strlen(text)) == -1)
		atf_tc_fail("%s%s", im->errors.e[0].where,
		    im->errors.e[0].text);
}

/* Row i of a list is this device. */
#define REQUIRE_ROW(im, i, line_, id_, kind_, keylen_, key0_, profiles_, \
    role_) do {								\
	struct ctl_newdevice	 r_;					\
	ATF_REQUIRE((i) < (im)->n);					\
	import_get((im), (i), &r_);					\
	ATF_REQUIRE_EQ((line_), r_.place);				\
	ATF_REQUIRE_STREQ((id_), r_.e.id);				\
	ATF_REQUIRE_EQ((kind_), r_.e.kind);				\
	ATF_REQUIRE_EQ((keylen_), r_.e.keylen);				\
	ATF_REQUIRE_EQ((key0_), r_.e.key[0]);				\
	ATF_REQUIRE_EQ((profiles_), r_.e.profiles);			\
	ATF_REQUIRE_STREQ((role_), r_.e.role);				\
} while (0)

#define PROFILE(name)	(1U << profile_byname(name)->id)

/* These errors, a line each, and no others. */
static void
require_errors(enum form form, const char *want, const char *text, size_t len)
{
	struct import	 im;
	FILE		*fp;
	char		*said;
	size_t		 i, n;

	ATF_REQUIRE_EQ(-1, import_parse(&im, form, text, len));
	ATF_REQUIRE((fp = open_memstream(&said, &n)) != NULL);
	for (i = 0; i < im.errors.kept; i++)
		fprintf(fp, "%s: %s\n", im.errors.e[i].where,
		    im.errors.e[i].text);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_STREQ(want, said);
	free(said);
	import_free(&im);
}

#define REQUIRE_ERRORS(want, text) \
	require_errors(FORM_ANY, (want), (text), strlen(text))

ATF_TC_WITHOUT_HEAD(csv_is_read);
ATF_TC_BODY(csv_is_read, tc)
{
	struct import	 im;

	take(&im, HEAD
	    "A,signature," KEY_A ",\"asmp,hybrid\",user\n"
	    "B,token,,,\n"
	    "C,," PSK16 ",smcp,\n");
	ATF_REQUIRE_EQ(3, im.n);
	ATF_REQUIRE_EQ(1, im.lines);
	ATF_REQUIRE_EQ(1, im.secret);
	REQUIRE_ROW(&im, 0, 2, "A", ASMP_KIND_SIGNATURE, 32, 9,
	    PROFILE("asmp") | PROFILE("hybrid"), "user");
	REQUIRE_ROW(&im, 1, 3, "B", ASMP_KIND_TOKEN, 0, 0, 0, "");
	REQUIRE_ROW(&im, 2, 4, "C", ASMP_KIND_PSK, 16, 0, PROFILE("smcp"),
	    "");
	import_free(&im);
}

/* Any order, not all of them, and the key alone tells its kind. */
ATF_TC_WITHOUT_HEAD(columns_have_names);
ATF_TC_BODY(columns_have_names, tc)
{
	struct import	 im;

	take(&im, "role,key,id\nuser," KEY_A ",A\n,token,B\n");
	ATF_REQUIRE_EQ(2, im.n);
	REQUIRE_ROW(&im, 0, 2, "A", ASMP_KIND_SIGNATURE, 32, 9, 0, "user");
	REQUIRE_ROW(&im, 1, 3, "B", ASMP_KIND_TOKEN, 0, 0, 0, "");
	import_free(&im);
	REQUIRE_ERRORS(":1: column 2 is none: " HEADED "\n",
	    "id,keys\nA,token\n");
	REQUIRE_ERRORS(":1: column 3 is there twice: " HEADED "\n",
	    "id,key,id\nA,token,B\n");
	REQUIRE_ERRORS(":1: column 6 is none: " HEADED "\n",
	    "id,kind,key,profiles,role,\n");
	REQUIRE_ERRORS(":1: no column has the name id\n", "key,role\ntoken,\n");
	/* Without names, the first line may hold a secret. */
	REQUIRE_ERRORS(":1: column 1 is none: " HEADED "\n",
	    "A,psk," PSK16 ",,\n");
	REQUIRE_ERRORS(":1: column 1 is none: " HEADED "\n",
	    "id;kind;key\nA;token;\n");
}

/* Of other systems, and of programs for tables. */
ATF_TC_WITHOUT_HEAD(csv_of_all_makers);
ATF_TC_BODY(csv_of_all_makers, tc)
{
	struct import	 im;

	take(&im, "\xef\xbb\xbf\"id\",\"kind\",\"key\"\r\n\r\n"
	    "\"A\",token,\"\"\r\n\"B\",,\"" KEY_A "\"");
	ATF_REQUIRE_EQ(2, im.n);
	REQUIRE_ROW(&im, 0, 3, "A", ASMP_KIND_TOKEN, 0, 0, 0, "");
	REQUIRE_ROW(&im, 1, 4, "B", ASMP_KIND_SIGNATURE, 32, 9, 0, "");
	import_free(&im);
	/* A field may have lines; a row has the number of its first. */
	take(&im, "key,id\n\"" PEM_A "\",A\ntoken,B\n");
	ATF_REQUIRE_EQ(2, im.n);
	REQUIRE_ROW(&im, 0, 2, "A", ASMP_KIND_SIGNATURE, 32, 9, 0, "");
	REQUIRE_ROW(&im, 1, 6, "B", ASMP_KIND_TOKEN, 0, 0, 0, "");
	import_free(&im);
}

ATF_TC_WITHOUT_HEAD(csv_is_strict);
ATF_TC_BODY(csv_is_strict, tc)
{
	static const char	 nul[] = "id,key\nA,tok\0en\nB,\"\0\"\n";
	char			 longest[5000];

	REQUIRE_ERRORS(
	    ":2: 1 field where there are 2 columns\n"
	    ":3: 3 fields where there are 2 columns\n"
	    ":4: something stands behind the quote that ends a field\n"
	    ":6: a carriage return within\n"
	    ":8: something stands behind the quote that ends a field\n"
	    ":10: not a device id: 1 to 64 of letters, digits and ._:@-, the "
	    "first neither . nor -\n"
	    ":11: a quote within a field that has none around it\n"
	    ":12: a quote that nothing ends\n",
	    "id,key\nA\nA,token,\nA,\"token\"\"\nA,\"token\"s\n"
	    "A,to\rken\n\nA,\"\ntoken\" \n\"A\"\"\",token\nA,tok\"en\n"
	    "A,\"token\n");
	require_errors(FORM_ANY, ":2: not text\n:3: not text\n", nul,
	    sizeof(nul) - 1);
	snprintf(longest, sizeof(longest), "id,key\nA,%04800d\nB,\"%0100d\"\n",
	    0, 0);
	REQUIRE_ERRORS(":2: longer than the row of any device\n"
	    ":3: not a key: ed25519:, p256:, p384:, mlkem768: or psk: and "
	    "base64, or the word token\n", longest);
	snprintf(longest, sizeof(longest), "id,key\nA,\"token\n%04500d\n", 0);
	REQUIRE_ERRORS(":2: a quote that nothing ends, or longer than the row "
	    "of any device\n", longest);
	REQUIRE_ERRORS(": no devices in it\n", "id,key\n");
}

/* What is wrong with a device, the same in both forms. */
ATF_TC_WITHOUT_HEAD(values_are_checked);
ATF_TC_BODY(values_are_checked, tc)
{
	static const char	 want[] =
	    ":2: not a device id: 1 to 64 of letters, digits and ._:@-, the "
	    "first neither . nor -\n"
	    ":3: not a kind: signature, psk, token or kem\n"
	    ":4: not a kind: signature, psk, token or kem\n"
	    ":5: no key\n"
	    ":6: the key is not of the kind that it should be\n"
	    ":7: a blank within the key\n"
	    ":8: names a profile that goes with other keys: hybrid and asmp "
	    "with signature keys, ztp and slmp with tokens, smcp with a psk, "
	    "iomt with mlkem768\n"
	    ":9: not a role's name: 1 to 16 letters, digits, _ and -\n"
	    ":10: damaged, cut short or not in PEM format\n"
	    ":12: the id stands in the list twice, first in line 11\n"
	    ":13: the key stands in the list twice, first in line 11\n";

	REQUIRE_ERRORS(want, HEAD
	    ",token,,,\nA,ticket,,,\nA,Token,,,\nA,kem,,,\n"
	    "A,psk," KEY_A ",,\nA,,token role=admin,,\nA,token,,asmp,\n"
	    "A,token,,,a b\nA,,-----BEGIN,,\nA,," KEY_A ",,\nA,token,,,\n"
	    "B,," KEY_A ",,\nC,token,,,\nD,token,,,\n");
	REQUIRE_ERRORS(want, "\n"
	    "{\"id\":\"\",\"kind\":\"token\"}\n"
	    "{\"id\":\"A\",\"kind\":\"ticket\"}\n"
	    "{\"id\":\"A\",\"kind\":\"Token\"}\n"
	    "{\"id\":\"A\",\"kind\":\"kem\"}\n"
	    "{\"id\":\"A\",\"kind\":\"psk\",\"key\":\"" KEY_A "\"}\n"
	    "{\"id\":\"A\",\"key\":\"token role=admin\"}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"profiles\":[\"asmp\"]}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"role\":\"a b\"}\n"
	    "{\"id\":\"A\",\"key\":\"-----BEGIN\"}\n"
	    "{\"id\":\"A\",\"key\":\"" KEY_A "\"}\n"
	    "{\"id\":\"A\",\"kind\":\"token\"}\n"
	    "{\"id\":\"B\",\"key\":\"" KEY_A "\"}\n"
	    "{\"id\":\"C\",\"kind\":\"token\"}\n");
}

ATF_TC_WITHOUT_HEAD(json_lines_are_read);
ATF_TC_BODY(json_lines_are_read, tc)
{
	struct import	 im;

	take(&im, "\xef\xbb\xbf\n"
	    "{\"role\":\"user\",\"profiles\":[\"hybrid\",\"asmp\"],"
	    "\"key\":\"" KEY_A "\",\"id\":\"A\"}\r\n \t\r\n"
	    " {\"id\":\"\\u0042\",\"kind\":\"token\",\"key\":\"\"}\n"
	    "{\"id\":\"C\",\"kind\":\"psk\",\"key\":\"" PSK32 "\"}");
	ATF_REQUIRE_EQ(3, im.n);
	ATF_REQUIRE_EQ(1, im.secret);
	REQUIRE_ROW(&im, 0, 2, "A", ASMP_KIND_SIGNATURE, 32, 9,
	    PROFILE("asmp") | PROFILE("hybrid"), "user");
	REQUIRE_ROW(&im, 1, 4, "B", ASMP_KIND_TOKEN, 0, 0, 0, "");
	REQUIRE_ROW(&im, 2, 5, "C", ASMP_KIND_PSK, 32, 0xf0, 0, "");
	import_free(&im);
	/* One line alone is no object of ids and keys. */
	take(&im, "{\"id\":\"A\",\"kind\":\"token\"}\n");
	ATF_REQUIRE_EQ(1, im.lines);
	REQUIRE_ROW(&im, 0, 1, "A", ASMP_KIND_TOKEN, 0, 0, 0, "");
	import_free(&im);
	take(&im, "{\"id\":\"token\"}\n");
	ATF_REQUIRE_EQ(0, im.lines);
	REQUIRE_ROW(&im, 0, 1, "id", ASMP_KIND_TOKEN, 0, 0, 0, "");
	import_free(&im);
}

/* Of what is no JSON, nothing is repeated: it may be a secret. */
ATF_TC_WITHOUT_HEAD(json_lines_are_strict);
ATF_TC_BODY(json_lines_are_strict, tc)
{
	REQUIRE_ERRORS(
	    ":1:13: string or '}' expected\n"
	    ":2: the member \"name\" is none of id, kind, key, profiles, role "
	    "or expires\n"
	    ":3:29: duplicate object key near '\"id\"'\n"
	    ":4: id is not a string\n"
	    ":5: key is not a string\n"
	    ":6: profiles is not an array of strings\n"
	    ":7: profiles is not an array of strings\n"
	    ":8: profiles is not an array of strings\n"
	    ":9: not a JSON object\n"
	    ":10:26: end of file expected\n"
	    ":11: not a device id: 1 to 64 of letters, digits and ._:@-, the "
	    "first neither . nor -\n"
	    ":12: names a profile that does not exist: there are hybrid, asmp, "
	    "ztp, slmp, smcp and iomt\n",
	    "{\"id\":\"A\",psk:AAECAwQFBgcICQoLDA0ODw==}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"name\":\"x\"}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"id\":\"B\"}\n"
	    "{\"id\":1,\"kind\":\"token\"}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"key\":null}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"profiles\":\"ztp\"}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"profiles\":[1]}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"profiles\":[\"ztp,slmp\"]}\n"
	    "[{\"id\":\"A\",\"kind\":\"token\"}]\n"
	    "{\"id\":\"A\",\"kind\":\"token\"}{}\n"
	    "{}\n"
	    "{\"id\":\"A\",\"kind\":\"token\",\"profiles\":[\"a\"]}\n");
}

/* Twenty errors are told, and how many more there are. */
ATF_TC_WITHOUT_HEAD(errors_are_counted);
ATF_TC_BODY(errors_are_counted, tc)
{
	struct import	 im;
	FILE		*fp;
	char		 why[64];
	int		 i;

	ATF_REQUIRE((fp = fopen("list", "w")) != NULL);
	fprintf(fp, "id,key\n");
	for (i = 0; i < 33; i++)
		fprintf(fp, "A%d,token\nB%d,\n", i, i);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_EQ(0, import_load(&im, FORM_ANY, "list"));
	ATF_REQUIRE_EQ(33, im.errors.n);
	ATF_REQUIRE_EQ(3, im.errors.e[0].place);
	ATF_REQUIRE_EQ(41, im.errors.e[19].place);
	atf_utils_redirect(STDERR_FILENO, "err");
	import_complain(&im, "list", &output_text);
	for (i = 0; i < 20; i++) {
		snprintf(why, sizeof(why), "lists_test: list:%d: no key$",
		    2 * i + 3);
		ATF_REQUIRE(atf_utils_grep_file("%s", "err", why));
	}
	ATF_REQUIRE(atf_utils_grep_file("lists_test: list: and 13 more "
	    "errors$", "err"));
	ATF_REQUIRE(!atf_utils_grep_file("list:43:", "err"));
	fflush(stdout);
	atf_utils_redirect(STDOUT_FILENO, "out");
	import_complain(&im, "list", &output_json);
	fflush(stdout);
	ATF_REQUIRE(atf_utils_grep_file("^.\"errors\":..\"place\":3,\"text\":"
	    "\"no key\".,.*.\"place\":41,\"text\":\"no key\"..,\"status\":"
	    "\"error\",\"subject\":\"list\",\"code\":\"invalid\",\"text\":"
	    "\"no key\",\"count\":33,\"place\":3.$", "out"));
	import_free(&im);
}

/* A word says the form, whatever the list looks like. */
ATF_TC_WITHOUT_HEAD(forms_have_names);
ATF_TC_BODY(forms_have_names, tc)
{
	static const char	 object[] = "{\"id\":\"token\"}";
	static const char	 line[] = "A token\n";

	ATF_REQUIRE_EQ(FORM_LINES, form_byname("lines"));
	ATF_REQUIRE_EQ(FORM_CSV, form_byname("csv"));
	ATF_REQUIRE_EQ(FORM_JSON, form_byname("json"));
	ATF_REQUIRE_EQ(FORM_JSONL, form_byname("jsonl"));
	ATF_REQUIRE_EQ(FORM_ANY, form_byname("xml"));
	require_errors(FORM_JSONL, ":1: no key\n", object, strlen(object));
	require_errors(FORM_CSV, ":1: column 1 is none: " HEADED "\n", line,
	    strlen(line));
	require_errors(FORM_JSON, ":1:1: '[' or '{' expected near 'A'\n",
	    line, strlen(line));
	require_errors(FORM_LINES, ":1: not a device id: 1 to 64 of letters, "
	    "digits and ._:@-, the first neither . nor -\n", object,
	    strlen(object));
}

/* A device of each kind, and one with a role that is not there any more. */
static void
say_kinds(struct fake *f)
{
	struct ctl_device	 d;

	fake_device(&d, 1);
	d.profiles = PROFILE("asmp");
	d.expires = 4102444800000;	/* 2100 */
	fake_say_device(f, &d);
	fake_device(&d, 2);
	d.alg = d.keylen = 0;
	d.kind = ASMP_KIND_TOKEN;
	d.profiles = profile_mask(d.kind);
	strlcpy(d.role, "user", sizeof(d.role));
	fake_say_device(f, &d);
	fake_device(&d, 3);
	d.alg = 0;
	d.keylen = MLKEM768_EKLEN;
	d.kind = ASMP_KIND_KEM;
	d.profiles = profile_mask(d.kind);
	d.role[0] = '\0';
	fake_say_device(f, &d);
	fake_device(&d, 4);
	d.alg = d.keylen = 0;
	d.kind = ASMP_KIND_PSK;
	fake_say_device(f, &d);
	fake_device(&d, 5);
	d.state = CTL_DEVICE_REVOKED;
	fake_say_device(f, &d);
	fake_device(&d, 6);
	output_now = 2000;
	d.expires = 2000;
	fake_say_device(f, &d);
	fake_result(f, CTL_OK, "");
}

/* What goes out in a form comes in again. */
static void
there_and_back(enum form form, const char *file)
{
	struct import	 im;
	struct fake	 f;
	uint32_t	 place = form == FORM_CSV;

	fake_init(&f);
	say_kinds(&f);
	ATF_REQUIRE_EQ(EXIT_DONE, device_export(&f.c, form, file,
	    &output_text));
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, file));
	ATF_REQUIRE_EQ(3, im.n);
	REQUIRE_ROW(&im, 0, place + 1, "DEV1", ASMP_KIND_SIGNATURE, 32, 9,
	    PROFILE("asmp"), form == FORM_LINES ? "" : "device");
	REQUIRE_ROW(&im, 1, place + 2, "DEV2", ASMP_KIND_TOKEN, 0, 0,
	    form == FORM_LINES ? 0 : profile_mask(ASMP_KIND_TOKEN), "user");
	REQUIRE_ROW(&im, 2, place + 3, "DEV3", ASMP_KIND_KEM, MLKEM768_EKLEN,
	    9, form == FORM_LINES ? 0 : profile_mask(ASMP_KIND_KEM), "");
	import_free(&im);
	fake_free(&f);
}

ATF_TC_WITHOUT_HEAD(exports_are_lists);
ATF_TC_BODY(exports_are_lists, tc)
{
	there_and_back(FORM_LINES, "lines");
	there_and_back(FORM_CSV, "csv");
	there_and_back(FORM_JSONL, "jsonl");
	ATF_REQUIRE(atf_utils_grep_file("^id,kind,key,profiles,role,expires$",
	    "csv"));
	ATF_REQUIRE(atf_utils_grep_file("^DEV1,signature," KEY_A
	    ",asmp,device,2100-01-01T00:00:00Z$", "csv"));
	ATF_REQUIRE(atf_utils_grep_file("^DEV2,token,,\"ztp,slmp\",user,$",
	    "csv"));
	ATF_REQUIRE(atf_utils_grep_file("^DEV3,kem,mlkem768:.*,iomt,,$",
	    "csv"));
	ATF_REQUIRE(atf_utils_grep_file("^.\"id\":\"DEV1\",\"kind\":"
	    "\"signature\",\"key\":\"" KEY_A "\",\"profiles\":.\"asmp\".,"
	    "\"role\":\"device\",\"expires\":\"2100-01-01T00:00:00Z\".$",
	    "jsonl"));
	ATF_REQUIRE(atf_utils_grep_file("^.\"id\":\"DEV2\",\"kind\":"
	    "\"token\",\"profiles\":.\"ztp\",\"slmp\".,\"role\":\"user\".$",
	    "jsonl"));
	ATF_REQUIRE(atf_utils_grep_file("^DEV2 token role=user$", "lines"));
}

/* All that asmpd finds wrong is told; more than it may tell is no answer. */
ATF_TC_WITHOUT_HEAD(refusals_are_listed);
ATF_TC_BODY(refusals_are_listed, tc)
{
	struct ctl_result	 res = { .code = CTL_EXISTS, .place = 2 };
	struct import		 im;
	struct fake		 f;
	int			 i;

	take(&im, "id,key\nA,token\nB," KEY_B "\n");
	fake_init(&f);
	fake_result(&f, CTL_OK, "go on");
	strlcpy(res.text, "one", sizeof(res.text));
	fake_say(&f, CTL_IMPORT_ERROR, &res, sizeof(res));
	res.place = 3;
	strlcpy(res.text, "two", sizeof(res.text));
	fake_say(&f, CTL_IMPORT_ERROR, &res, sizeof(res));
	res.count = 24;
	fake_say(&f, CTL_RESULT, &res, sizeof(res));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list", 1,
	    &output_text));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "lists_test: device import list: line 2 \"A\": one\n"
	    "lists_test: device import list: line 3 \"B\": two\n"
	    "lists_test: device import list: and 22 more errors\n"));
	fake_heard(&f, CTL_IMPORT_TRY, NULL, 0);
	import_free(&im);
	take(&im, "A token\n");
	fake_result(&f, CTL_OK, "go on");
	for (i = 0; i < LIST_ERRORS + 1; i++)
		fake_say(&f, CTL_IMPORT_ERROR, &res, sizeof(res));
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_import(&f.c, &im, "list", 0,
	    &output_text));
	ATF_REQUIRE(atf_utils_grep_file("list: asmpd answered something else "
	    "than it was asked", "err"));
	import_free(&im);
	fake_free(&f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, csv_is_read);
	ATF_TP_ADD_TC(tp, columns_have_names);
	ATF_TP_ADD_TC(tp, csv_of_all_makers);
	ATF_TP_ADD_TC(tp, csv_is_strict);
	ATF_TP_ADD_TC(tp, values_are_checked);
	ATF_TP_ADD_TC(tp, json_lines_are_read);
	ATF_TP_ADD_TC(tp, json_lines_are_strict);
	ATF_TP_ADD_TC(tp, errors_are_counted);
	ATF_TP_ADD_TC(tp, forms_have_names);
	ATF_TP_ADD_TC(tp, exports_are_lists);
	ATF_TP_ADD_TC(tp, refusals_are_listed);
	return atf_no_error();
}
