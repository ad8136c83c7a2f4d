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

/* Keys and lists of devices, and what is said about bad ones. */

#include <fcntl.h>
#include <stdlib.h>

#include "fakeasmpd.h"

#define ED_A	"MCowBQYDK2VwAyEACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ED_B	"MCowBQYDK2VwAyEACwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEM(b64) "-----BEGIN PUBLIC KEY-----\\n" b64 \
		"\\n-----END PUBLIC KEY-----\\n"
#define TEXT_A	"ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static int
parse_text(struct import *im, const char *text, char *error, size_t size)
{
	return import_parse(im, "list", text, strlen(text), error, size);
}

/* A text that is refused with exactly this. */
#define REQUIRE_REFUSED(why, text) do {					\
	struct import	 im_;						\
	char		 error_[512];					\
	ATF_REQUIRE_EQ(-1, parse_text(&im_, (text), error_,		\
	    sizeof(error_)));						\
	ATF_REQUIRE_STREQ((why), error_);				\
	ATF_REQUIRE_EQ(NULL, im_.rows);					\
} while (0)

/* In the order of the text, which is that of the numbers in messages. */
ATF_TC_WITHOUT_HEAD(lists_are_read);
ATF_TC_BODY(lists_are_read, tc)
{
	struct import	 im;
	char		 error[512];

	ATF_REQUIRE_EQ(0, parse_text(&im, " {\"Z\":\"" PEM(ED_B) "\",\n"
	    "\"\\u0041\" : \"" PEM(ED_A) "\"}\n", error, sizeof(error)));
	ATF_REQUIRE_EQ(2, im.n);
	ATF_REQUIRE_STREQ("Z", im.rows[0].id);
	ATF_REQUIRE_EQ(1, im.rows[0].place);
	ATF_REQUIRE_EQ(11, im.rows[0].key[0]);
	ATF_REQUIRE_STREQ("A", im.rows[1].id);
	ATF_REQUIRE_EQ(2, im.rows[1].place);
	ATF_REQUIRE_EQ(IDENT_ED25519, im.rows[1].alg);
	ATF_REQUIRE_EQ(9, im.rows[1].key[0]);
	import_free(&im);
	import_free(&im);
}

/* Line and column of what is not JSON. */
ATF_TC_WITHOUT_HEAD(syntax_errors_have_a_place);
ATF_TC_BODY(syntax_errors_have_a_place, tc)
{
	REQUIRE_REFUSED("list:2:3: duplicate object key near '\"A\"'",
	    "{\"A\":\"" PEM(ED_A) "\",\n\"A\":\"" PEM(ED_B) "\"}");
	REQUIRE_REFUSED("list:3:1: invalid token near 'x'", "{\"A\":\n\nx}");
	REQUIRE_REFUSED("list:1:11: end of file expected near '['",
	    "{\"A\":\"B\"} []");
	REQUIRE_REFUSED("list:1:5: string or '}' expected near end of file",
	    "{    ");
	REQUIRE_REFUSED("list:1:6: invalid token near '\\033'",
	    "{\"A\":\033}");
	REQUIRE_REFUSED("list:1:0: '[' or '{' expected near end of file", "");
}

ATF_TC_WITHOUT_HEAD(entries_have_a_number);
ATF_TC_BODY(entries_have_a_number, tc)
{
	REQUIRE_REFUSED("list: not a JSON object of ids and public keys",
	    "[]");
	REQUIRE_REFUSED("list: no devices in it", "{}");
	REQUIRE_REFUSED("list: entry 2 \"B\": its value is not a string with "
	    "a public key in PEM format",
	    "{\"A\":\"" PEM(ED_A) "\",\"B\":1}");
	REQUIRE_REFUSED("list: entry 2 \"B\": damaged, cut short or not in "
	    "PEM format", "{\"A\":\"" PEM(ED_A) "\",\"B\":\"\"}");
	REQUIRE_REFUSED("list: entry 1 \"A\": damaged, cut short or not in "
	    "PEM format", "{\"A\":\"" TEXT_A "\"}");
	REQUIRE_REFUSED("list: entry 1 \"A\": something follows the key; keep "
	    "one key in a file", "{\"A\":\"" PEM(ED_A) PEM(ED_B) "\"}");
	REQUIRE_REFUSED("list: entry 1 \"a b\\012\": not a device id: 1 to 64 "
	    "of letters, digits and ._:@-, the first neither . nor -",
	    "{\"a b\\n\":\"" PEM(ED_A) "\"}");
}

ATF_TC_WITHOUT_HEAD(files_are_read);
ATF_TC_BODY(files_are_read, tc)
{
	struct import	 im;
	int		 fd;

	atf_utils_redirect(STDERR_FILENO, "err");
	atf_utils_create_file("list", "{\"A\":\"" PEM(ED_A) "\"}\n");
	ATF_REQUIRE_EQ(0, import_load(&im, "list"));
	ATF_REQUIRE_EQ(1, im.n);
	import_free(&im);
	ATF_REQUIRE((fd = open("list", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(STDIN_FILENO, dup2(fd, STDIN_FILENO));
	ATF_REQUIRE_EQ(0, import_load(&im, "-"));
	ATF_REQUIRE_STREQ("A", im.rows[0].id);
	import_free(&im);
	ATF_REQUIRE_EQ(-1, import_load(&im, "none"));
	ATF_REQUIRE(atf_utils_grep_file("test: none: No such file", "err"));
	ATF_REQUIRE_EQ(-1, import_load(&im, "."));
	ATF_REQUIRE(atf_utils_grep_file("test: .: Is a directory", "err"));
	/* A list without end is not read to the end. */
	ATF_REQUIRE_EQ(-1, import_load(&im, "/dev/zero"));
	ATF_REQUIRE(atf_utils_grep_file("zero: File too large", "err"));
}

/* A key as text, as a file, on standard input. */
ATF_TC_WITHOUT_HEAD(keys_are_read);
ATF_TC_BODY(keys_are_read, tc)
{
	struct ctl_newdevice	 a, b;
	int			 fd;

	atf_utils_create_file("key", "-----BEGIN PUBLIC KEY-----\n" ED_A
	    "\n-----END PUBLIC KEY-----\n");
	ATF_REQUIRE_EQ(0, device_key(&a, "A", TEXT_A));
	ATF_REQUIRE_STREQ("A", a.id);
	ATF_REQUIRE_EQ(IDENT_ED25519, a.alg);
	ATF_REQUIRE_EQ(9, a.key[0]);
	ATF_REQUIRE_EQ(0, a.place);
	ATF_REQUIRE_EQ(0, device_key(&b, "A", "key"));
	ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
	ATF_REQUIRE((fd = open("key", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(STDIN_FILENO, dup2(fd, STDIN_FILENO));
	memset(&b, 0xff, sizeof(b));
	ATF_REQUIRE_EQ(0, device_key(&b, "A", "-"));
	ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
	/* Not a type of key: then it is a path. */
	atf_utils_copy_file("key", "rsa:key");
	ATF_REQUIRE_EQ(0, device_key(&b, "A", "rsa:key"));
}

ATF_TC_WITHOUT_HEAD(bad_keys_are_named);
ATF_TC_BODY(bad_keys_are_named, tc)
{
	struct ctl_newdevice	 new;

	atf_utils_redirect(STDERR_FILENO, "err");
	atf_utils_create_file("junk", "hello\n");
	ATF_REQUIRE_EQ(-1, device_key(&new, "A", "ed25519:AAAA"));
	ATF_REQUIRE_EQ(-1, device_key(&new, "A", "p256:\033"));
	ATF_REQUIRE_EQ(-1, device_key(&new, "A", "none"));
	ATF_REQUIRE_EQ(-1, device_key(&new, "A", "junk"));
	ATF_REQUIRE_EQ(-1, device_key(&new, "A", "/dev/zero"));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "devices_test: ed25519:AAAA: not a key: type, colon and base64 "
	    "without blanks, as asmp-keygen prints it\n"
	    "devices_test: p256:\\033: not a key: type, colon and base64 "
	    "without blanks, as asmp-keygen prints it\n"
	    "devices_test: none: No such file or directory\n"
	    "devices_test: junk: damaged, cut short or not in PEM format\n"
	    "devices_test: /dev/zero: too long for a key\n"));
}

static void
load_two(struct import *im)
{
	char	 error[512];

	ATF_REQUIRE_EQ(0, parse_text(im, "{\"A\":\"" PEM(ED_A) "\",\"B\":\""
	    PEM(ED_B) "\"}", error, sizeof(error)));
}

/* Begin, rows, commit; the answer to commit is the answer. */
ATF_TC_WITHOUT_HEAD(import_sends_all_rows);
ATF_TC_BODY(import_sends_all_rows, tc)
{
	struct ctl_newdevice	 row;
	struct import		 im;
	struct fake		 f;

	load_two(&im);
	fake_init(&f);
	fake_result(&f, CTL_OK, "go on");
	fake_result(&f, CTL_OK, "2 devices enrolled");
	fflush(stdout);
	atf_utils_redirect(STDOUT_FILENO, "out");
	ATF_REQUIRE_EQ(EXIT_DONE, device_import(&f.c, &im, "list",
	    &output_text));
	fflush(stdout);
	ATF_REQUIRE(atf_utils_compare_file("out", "2 devices enrolled\n"));
	fake_heard(&f, CTL_IMPORT_BEGIN, NULL, 0);
	fake_heard(&f, CTL_IMPORT_ROW, &row, sizeof(row));
	ATF_REQUIRE_STREQ("A", row.id);
	ATF_REQUIRE_EQ(1, row.place);
	fake_heard(&f, CTL_IMPORT_ROW, &row, sizeof(row));
	ATF_REQUIRE_STREQ("B", row.id);
	ATF_REQUIRE_EQ(2, row.place);
	fake_heard(&f, CTL_IMPORT_COMMIT, NULL, 0);
	import_free(&im);
	fake_free(&f);
}

/* A refusal names the entry; a place that there is not, is no entry. */
ATF_TC_WITHOUT_HEAD(import_names_the_entry);
ATF_TC_BODY(import_names_the_entry, tc)
{
	struct ctl_result	 res = { .code = CTL_EXISTS, .place = 2,
		.text = "twice" };
	struct import		 im;
	struct fake		 f;

	load_two(&im);
	fake_init(&f);
	fake_result(&f, CTL_OK, "go on");
	fake_say(&f, CTL_RESULT, &res, sizeof(res));
	fake_result(&f, CTL_OK, "go on");
	res.place = 3;
	fake_say(&f, CTL_RESULT, &res, sizeof(res));
	fake_result(&f, CTL_DENIED, "no");
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list",
	    &output_text));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list",
	    &output_text));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list",
	    &output_text));
	fake_say(&f, CTL_EVENT, &res, sizeof(res));
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_import(&f.c, &im, "list",
	    &output_text));
	fake_end(&f);
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_import(&f.c, &im, "list",
	    &output_text));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "devices_test: device import list: entry 2 \"B\": twice\n"
	    "devices_test: device import list: twice\n"
	    "devices_test: device import list: no\n"
	    "devices_test: device import list: asmpd answered something else "
	    "than it was asked; is asmpctl of the same version?\n"
	    "devices_test: device import list: asmpd closed the connection "
	    "before its answer was complete; its log may tell why\n"));
	import_free(&im);
	fake_free(&f);
}

/* A daemon that refuses in the middle is heard before all is sent. */
ATF_TC_WITHOUT_HEAD(import_stops_when_told);
ATF_TC_BODY(import_stops_when_told, tc)
{
	struct import	 im = { .n = 100000 };
	struct fake	 f;

	im.rows = calloc(im.n, sizeof(*im.rows));
	ATF_REQUIRE(im.rows != NULL);
	fake_init(&f);
	fake_result(&f, CTL_OK, "go on");
	fake_result(&f, CTL_INVALID, "too many");
	/* The rest of the list has nowhere to go. */
	ATF_REQUIRE_EQ(0, shutdown(f.ibuf.fd, SHUT_RDWR));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list",
	    &output_text));
	ATF_REQUIRE(atf_utils_grep_file("list: too many", "err"));
	import_free(&im);
	fake_free(&f);
}

static void
say_devices(struct fake *f)
{
	struct ctl_device	 d;

	fake_device(&d, 1);
	fake_say(f, CTL_DEVICE, &d, sizeof(d));
	fake_device(&d, 2);
	d.state = CTL_DEVICE_REVOKED;
	fake_say(f, CTL_DEVICE, &d, sizeof(d));
	fake_device(&d, 3);
	d.key[0] = 11;
	fake_say(f, CTL_DEVICE, &d, sizeof(d));
}

/* What is exported can be imported; the revoked stay behind. */
ATF_TC_WITHOUT_HEAD(export_is_a_list);
ATF_TC_BODY(export_is_a_list, tc)
{
	struct import	 im;
	struct fake	 f;

	fake_init(&f);
	say_devices(&f);
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, device_export(&f.c, "list", &output_text));
	ATF_REQUIRE(atf_utils_compare_file("list", "{\n"
	    "\"DEV1\":\"" PEM(ED_A) "\",\n"
	    "\"DEV3\":\"" PEM(ED_B) "\"\n}\n"));
	ATF_REQUIRE_EQ(0, import_load(&im, "list"));
	ATF_REQUIRE_EQ(2, im.n);
	import_free(&im);
	/* What exists is not overwritten. */
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_export(&f.c, "list", &output_text));
	ATF_REQUIRE(atf_utils_grep_file("list: exists already", "err"));
	fake_free(&f);
}

/* Half a list would be taken for a whole one. */
ATF_TC_WITHOUT_HEAD(export_leaves_nothing_half);
ATF_TC_BODY(export_leaves_nothing_half, tc)
{
	struct fake	 f;

	fake_init(&f);
	say_devices(&f);
	fake_result(&f, CTL_FAILED, "no more");
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_export(&f.c, "list",
	    &output_text));
	ATF_REQUIRE(!atf_utils_file_exists("list"));
	say_devices(&f);
	fake_end(&f);
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_export(&f.c, "list", &output_text));
	ATF_REQUIRE(!atf_utils_file_exists("list"));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "devices_test: device export: no more\n"
	    "devices_test: device export: asmpd closed the connection before "
	    "its answer was complete; its log may tell why\n"));
	fake_free(&f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lists_are_read);
	ATF_TP_ADD_TC(tp, syntax_errors_have_a_place);
	ATF_TP_ADD_TC(tp, entries_have_a_number);
	ATF_TP_ADD_TC(tp, files_are_read);
	ATF_TP_ADD_TC(tp, keys_are_read);
	ATF_TP_ADD_TC(tp, bad_keys_are_named);
	ATF_TP_ADD_TC(tp, import_sends_all_rows);
	ATF_TP_ADD_TC(tp, import_names_the_entry);
	ATF_TP_ADD_TC(tp, import_stops_when_told);
	ATF_TP_ADD_TC(tp, export_is_a_list);
	ATF_TP_ADD_TC(tp, export_leaves_nothing_half);
	return atf_no_error();
}
