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

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>

#include "fakeasmpd.h"

#define ED_A	"MCowBQYDK2VwAyEACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ED_B	"MCowBQYDK2VwAyEACwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEM(b64) "-----BEGIN PUBLIC KEY-----\\n" b64 \
		"\\n-----END PUBLIC KEY-----\\n"
#define TEXT_A	"ed25519:CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

#define PSK16	"psk:AAECAwQFBgcICQoLDA0ODw=="
#define PSK_ROLE "psk:8PHy8/T19vf4+fr7/P3+/wABAgMEBQYHCAkKCwwNDg8= role=user"

static int
parse_text(struct import *im, const char *text)
{
	return import_parse(im, FORM_ANY, text, strlen(text));
}

/* Error i of those that were found, as people are told of it. */
static const char *
told(const struct import *im, size_t i)
{
	static char	 text[512];

	snprintf(text, sizeof(text), "list%s: %s", im->errors.e[i].where,
	    im->errors.e[i].text);
	return text;
}

/* A text that is refused with exactly this. */
#define REQUIRE_REFUSED(why, text) do {					\
	struct import	 im_;						\
	ATF_REQUIRE_EQ(-1, parse_text(&im_, (text)));			\
	ATF_REQUIRE_EQ(1, im_.errors.n);				\
	ATF_REQUIRE_STREQ((why), told(&im_, 0));			\
	import_free(&im_);						\
} while (0)

/* In the order of the text, which is that of the numbers in messages. */
ATF_TC_WITHOUT_HEAD(lists_are_read);
ATF_TC_BODY(lists_are_read, tc)
{
	struct ctl_newdevice	 row;
	struct import		 im;

	ATF_REQUIRE_EQ(0, parse_text(&im, " {\"Z\":\"" PEM(ED_B) "\",\n"
	    "\"\\u0041\" : \"" PEM(ED_A) "\"}\n"));
	ATF_REQUIRE_EQ(2, im.n);
	ATF_REQUIRE_EQ(0, im.lines);
	import_get(&im, 0, &row);
	ATF_REQUIRE_STREQ("Z", row.e.id);
	ATF_REQUIRE_EQ(1, row.place);
	ATF_REQUIRE_EQ(11, row.e.key[0]);
	import_get(&im, 1, &row);
	ATF_REQUIRE_STREQ("A", row.e.id);
	ATF_REQUIRE_EQ(2, row.place);
	ATF_REQUIRE_EQ(ASMP_KIND_SIGNATURE, row.e.kind);
	ATF_REQUIRE_EQ(IDENT_ED25519, row.e.alg);
	ATF_REQUIRE_EQ(32, row.e.keylen);
	ATF_REQUIRE_EQ(9, row.e.key[0]);
	import_free(&im);
	import_free(&im);
}

/* All that a line can say; its number is the entry's place. */
ATF_TC_WITHOUT_HEAD(lines_are_read);
ATF_TC_BODY(lines_are_read, tc)
{
	struct ctl_newdevice	 row;
	struct import		 im;

	ATF_REQUIRE_EQ(0, parse_text(&im, "# who\n\nA " TEXT_A "\n \t\n"
	    "B\ttoken profiles=ztp\nC " PSK_ROLE));
	ATF_REQUIRE_EQ(3, im.n);
	ATF_REQUIRE_EQ(1, im.lines);
	ATF_REQUIRE_EQ(1, im.secret);
	import_get(&im, 0, &row);
	ATF_REQUIRE_STREQ("A", row.e.id);
	ATF_REQUIRE_EQ(3, row.place);
	ATF_REQUIRE_EQ(9, row.e.key[0]);
	import_get(&im, 1, &row);
	ATF_REQUIRE_STREQ("B", row.e.id);
	ATF_REQUIRE_EQ(5, row.place);
	ATF_REQUIRE_EQ(ASMP_KIND_TOKEN, row.e.kind);
	ATF_REQUIRE_EQ(1 << profile_byname("ztp")->id, row.e.profiles);
	ATF_REQUIRE_EQ(0, row.e.keylen);
	import_get(&im, 2, &row);
	ATF_REQUIRE_STREQ("C", row.e.id);
	ATF_REQUIRE_EQ(6, row.place);
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, row.e.kind);
	ATF_REQUIRE_STREQ("user", row.e.role);
	ATF_REQUIRE_EQ(32, row.e.keylen);
	ATF_REQUIRE_EQ(0xf0, row.e.key[0]);
	import_free(&im);
}

/* A line with a key of len bytes that no other number has. */
static void
put_psk(FILE *fp, unsigned int n, size_t len)
{
	uint8_t	 key[PSK_LONG] = { (uint8_t)n, (uint8_t)(n >> 8), 1 };
	char	 text[B64_LEN(PSK_LONG) + 1];

	b64_encode(text, key, len);
	fprintf(fp, "D%u psk:%s\n", n, text);
}

/* Many rows of all sizes. */
ATF_TC_WITHOUT_HEAD(long_lists_are_kept);
ATF_TC_BODY(long_lists_are_kept, tc)
{
	struct ctl_newdevice	 row;
	struct import		 im;
	FILE			*fp;
	char			 id[16];
	unsigned int		 i;

	ATF_REQUIRE((fp = fopen("list", "w")) != NULL);
	for (i = 0; i < 1000; i++)
		if (i % 3 == 1)
			fprintf(fp, "D%u token\n", i);
		else
			put_psk(fp, i, i % 3 == 0 ? PSK_LONG : PSK_SHORT);
	ATF_REQUIRE_EQ(0, fclose(fp));
	atf_utils_redirect(STDERR_FILENO, "err");
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "list"));
	ATF_REQUIRE_EQ(1000, im.n);
	for (i = 0; i < 1000; i++) {
		import_get(&im, i, &row);
		snprintf(id, sizeof(id), "D%u", i);
		ATF_REQUIRE_STREQ(id, row.e.id);
		ATF_REQUIRE_EQ(i + 1, row.place);
		ATF_REQUIRE_EQ(i % 3 == 0 ? 32 : i % 3 == 1 ? 0 : 16,
		    row.e.keylen);
	}
	import_free(&im);
	/* A list with secrets in it, and readable by all. */
	ATF_REQUIRE(atf_utils_grep_file("list: others can read the "
	    "pre-shared key in it: chmod 600 list", "err"));
}

/* Lines have numbers; what stood on a bad one is not repeated. */
ATF_TC_WITHOUT_HEAD(lines_have_a_number);
ATF_TC_BODY(lines_have_a_number, tc)
{
	char	 list[4096];

	REQUIRE_REFUSED("list:2: a pre-shared key has 16 or 32 bytes, in "
	    "base64", "A token\nB psk:AAECAwQF\n");
	REQUIRE_REFUSED("list:1: not a device id: 1 to 64 of letters, digits "
	    "and ._:@-, the first neither . nor -", "-A token\n");
	REQUIRE_REFUSED("list:3: no key after the id", "#\n\nA\n");
	REQUIRE_REFUSED("list:1: only role=NAME, profiles=NAME,NAME and "
	    "expires=TIME may follow the key", "A token admin\n");
	REQUIRE_REFUSED("list:1: a line break within: one device stands on a "
	    "line, and lines end as on Unix", "A token\r\n");
	REQUIRE_REFUSED("list: no devices in it", "# nobody\n\n");
	REQUIRE_REFUSED("list: no devices in it", "");
	memset(list, 'x', sizeof(list) - 1);
	list[sizeof(list) - 1] = '\0';
	REQUIRE_REFUSED("list:1: longer than the line of any device", list);
}

/* A text that holds a NUL is no text. */
ATF_TC_WITHOUT_HEAD(lines_are_text);
ATF_TC_BODY(lines_are_text, tc)
{
	static const char	 list[] = "A token\nB\0token\n";
	struct import		 im;

	ATF_REQUIRE_EQ(-1, import_parse(&im, FORM_ANY, list,
	    sizeof(list) - 1));
	ATF_REQUIRE_STREQ("list:2: not text", told(&im, 0));
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
	REQUIRE_REFUSED("list: entry 1 \"A\": not a role's name: 1 to 16 "
	    "letters, digits, _ and -", "{\"A\":\"" TEXT_A " role=\"}");
	REQUIRE_REFUSED("list: entry 2 \"B\": a pre-shared key: enrol it by "
	    "its line, not in JSON", "{\"A\":\"token\",\"B\":\"" PSK16
	    "\"}");
	REQUIRE_REFUSED("list: entry 1 \"A\": something follows the key; keep "
	    "one key in a file", "{\"A\":\"" PEM(ED_A) PEM(ED_B) "\"}");
	REQUIRE_REFUSED("list: entry 1 \"a b\\012\": not a device id: 1 to 64 "
	    "of letters, digits and ._:@-, the first neither . nor -",
	    "{\"a b\\n\":\"" PEM(ED_A) "\"}");
}

ATF_TC_WITHOUT_HEAD(files_are_read);
ATF_TC_BODY(files_are_read, tc)
{
	struct ctl_newdevice	 row;
	struct import		 im;
	int			 fd;

	atf_utils_redirect(STDERR_FILENO, "err");
	atf_utils_create_file("list", "{\"A\":\"" PEM(ED_A) "\"}\n");
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "list"));
	ATF_REQUIRE_EQ(1, im.n);
	import_free(&im);
	ATF_REQUIRE((fd = open("list", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(STDIN_FILENO, dup2(fd, STDIN_FILENO));
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "-"));
	import_get(&im, 0, &row);
	ATF_REQUIRE_STREQ("A", row.e.id);
	import_free(&im);
	ATF_REQUIRE_EQ(-1, import_load(&im, FORM_ANY, "none"));
	ATF_REQUIRE(atf_utils_grep_file("test: none: No such file", "err"));
	ATF_REQUIRE_EQ(-1, import_load(&im, FORM_ANY, "."));
	ATF_REQUIRE(atf_utils_grep_file("test: .: Is a directory", "err"));
	/* A list without end is not read to the end. */
	ATF_REQUIRE_EQ(-1, import_load(&im, FORM_ANY, "/dev/zero"));
	ATF_REQUIRE(atf_utils_grep_file("zero: File too large", "err"));
}

static int
arguments(struct enrolment *e, const char *key, const char *option)
{
	struct parse_result	 res = { .id = "A", .key = key };

	if (option != NULL)
		res.options[res.noptions++] = option;
	return device_arguments(e, &res);
}

static void
from_stdin(const char *path)
{
	int	 fd;

	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(STDIN_FILENO, dup2(fd, STDIN_FILENO));
	close(fd);
}

/* A key as text, as a file, on standard input. */
ATF_TC_WITHOUT_HEAD(keys_are_read);
ATF_TC_BODY(keys_are_read, tc)
{
	struct enrolment	 a, b;

	atf_utils_create_file("key", "-----BEGIN PUBLIC KEY-----\n" ED_A
	    "\n-----END PUBLIC KEY-----\n");
	ATF_REQUIRE_EQ(0, arguments(&a, TEXT_A, NULL));
	ATF_REQUIRE_STREQ("A", a.id);
	ATF_REQUIRE_EQ(ASMP_KIND_SIGNATURE, a.kind);
	ATF_REQUIRE_EQ(IDENT_ED25519, a.alg);
	ATF_REQUIRE_EQ(9, a.key[0]);
	ATF_REQUIRE_EQ(0, arguments(&b, "key", NULL));
	ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
	from_stdin("key");
	memset(&b, 0xff, sizeof(b));
	ATF_REQUIRE_EQ(0, arguments(&b, "-", NULL));
	ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
	atf_utils_create_file("line", TEXT_A "\n");
	ATF_REQUIRE_EQ(0, arguments(&b, "line", NULL));
	ATF_REQUIRE_EQ(0, memcmp(&a, &b, sizeof(a)));
	/* Not a type of key: then it is a path. */
	atf_utils_copy_file("key", "rsa:key");
	ATF_REQUIRE_EQ(0, arguments(&b, "rsa:key", NULL));
	ATF_REQUIRE_EQ(0, arguments(&b, "token", NULL));
	ATF_REQUIRE_EQ(ASMP_KIND_TOKEN, b.kind);
}

ATF_TC_WITHOUT_HEAD(options_are_taken);
ATF_TC_BODY(options_are_taken, tc)
{
	struct enrolment	 e;

	atf_utils_redirect(STDERR_FILENO, "err");
	ATF_REQUIRE_EQ(0, arguments(&e, TEXT_A, "role=admin"));
	ATF_REQUIRE_STREQ("admin", e.role);
	ATF_REQUIRE_EQ(0, arguments(&e, TEXT_A, "profiles=asmp"));
	ATF_REQUIRE_EQ(1 << profile_byname("asmp")->id, e.profiles);
	ATF_REQUIRE_EQ(-1, arguments(&e, TEXT_A, "profiles=ztp"));
	ATF_REQUIRE(atf_utils_grep_file("profiles=ztp: names a profile that "
	    "goes with other keys", "err"));
	ATF_REQUIRE_EQ(-1, arguments(&e, TEXT_A, "role=a b"));
	ATF_REQUIRE(atf_utils_grep_file("role=a b: not a role's name", "err"));
}

ATF_TC_WITHOUT_HEAD(bad_keys_are_named);
ATF_TC_BODY(bad_keys_are_named, tc)
{
	struct enrolment	 e;

	atf_utils_redirect(STDERR_FILENO, "err");
	atf_utils_create_file("junk", "hello\n");
	ATF_REQUIRE_EQ(-1, arguments(&e, "ed25519:AAAA", NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "p256:\033", NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "mlkem768:AAAA", NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "none", NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "junk", NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "/dev/zero", NULL));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "devices_test: ed25519:AAAA: not a key: ed25519:, p256:, p384:, "
	    "mlkem768: or psk: and base64, or the word token\n"
	    "devices_test: p256:\\033: not a key: ed25519:, p256:, p384:, "
	    "mlkem768: or psk: and base64, or the word token\n"
	    "devices_test: mlkem768:AAAA: not a whole ML-KEM-768 key: 1184 "
	    "bytes in base64\n"
	    "devices_test: none: No such file or directory\n"
	    "devices_test: junk: damaged, cut short or not in PEM format\n"
	    "devices_test: /dev/zero: too long for a key\n"));
}

/* An argument is no place for a secret, and its refusal does not repeat it. */
ATF_TC_WITHOUT_HEAD(secrets_are_no_arguments);
ATF_TC_BODY(secrets_are_no_arguments, tc)
{
	struct enrolment	 e;

	atf_utils_redirect(STDERR_FILENO, "err");
	ATF_REQUIRE_EQ(-1, arguments(&e, PSK16, NULL));
	ATF_REQUIRE_EQ(-1, arguments(&e, "PSK:AAECAwQFBgcICQoLDA0ODw", NULL));
	ATF_REQUIRE(atf_utils_grep_file("others can see arguments, so this "
	    "pre-shared key is none any more: make another with asmp-keygen "
	    "-t psk, and enrol it with asmp-keygen -e file . asmpctl device "
	    "add -", "err"));
	atf_utils_create_file("secret",
	    "asmp-psk-1 AAECAwQFBgcICQoLDA0ODw==\n");
	ATF_REQUIRE_EQ(-1, arguments(&e, "secret", NULL));
	ATF_REQUIRE(atf_utils_grep_file("secret: a secret: what asmp-keygen "
	    "-e says of it is a line for asmpctl device add -", "err"));
	ATF_REQUIRE(!atf_utils_grep_file("AAECAw", "err"));
	atf_utils_create_file("DEV1.key", "-----BEGIN PRIVATE KEY-----\n");
	ATF_REQUIRE_EQ(-1, arguments(&e, "DEV1.key", NULL));
	ATF_REQUIRE(atf_utils_grep_file("DEV1.key: a private key, which stays "
	    "with its device", "err"));
}

/* One device on a line, from a file or standard input. */
ATF_TC_WITHOUT_HEAD(one_line_is_read);
ATF_TC_BODY(one_line_is_read, tc)
{
	struct enrolment	 e;

	atf_utils_redirect(STDERR_FILENO, "err");
	atf_utils_create_file("line", "METER " PSK16 " profiles=smcp\n");
	ATF_REQUIRE_EQ(0, chmod("line", 0600));
	ATF_REQUIRE_EQ(0, device_line(&e, "line"));
	ATF_REQUIRE_STREQ("METER", e.id);
	ATF_REQUIRE_EQ(ASMP_KIND_PSK, e.kind);
	ATF_REQUIRE_EQ(16, e.keylen);
	ATF_REQUIRE_EQ(15, e.key[15]);
	from_stdin("line");
	memset(&e, 0xff, sizeof(e));
	ATF_REQUIRE_EQ(0, device_line(&e, "-"));
	ATF_REQUIRE_STREQ("METER", e.id);
	ATF_REQUIRE(atf_utils_compare_file("err", ""));
	/* A secret that is none is taken, and said to be. */
	ATF_REQUIRE_EQ(0, chmod("line", 0640));
	ATF_REQUIRE_EQ(0, device_line(&e, "line"));
	atf_utils_create_file("two", "A token\nB token\n");
	ATF_REQUIRE_EQ(-1, device_line(&e, "two"));
	atf_utils_create_file("empty", "\n");
	ATF_REQUIRE_EQ(-1, device_line(&e, "empty"));
	atf_utils_create_file("bad", "A psk:AAECAwQF\n");
	ATF_REQUIRE_EQ(-1, device_line(&e, "bad"));
	ATF_REQUIRE_EQ(-1, device_line(&e, "none"));
	ATF_REQUIRE(atf_utils_compare_file("err",
	    "devices_test: line: others can read the pre-shared key in it: "
	    "chmod 600 line\n"
	    "devices_test: two: more than one line: asmpctl device import "
	    "takes a list\n"
	    "devices_test: empty: not a device id: 1 to 64 of letters, digits "
	    "and ._:@-, the first neither . nor -\n"
	    "devices_test: bad: a pre-shared key has 16 or 32 bytes, in "
	    "base64\n"
	    "devices_test: none: No such file or directory\n"));
}

static void
load_two(struct import *im)
{

	ATF_REQUIRE_EQ(0, parse_text(im, "{\"A\":\"" PEM(ED_A) "\",\"B\":\""
	    PEM(ED_B) "\"}"));
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
	ATF_REQUIRE_EQ(EXIT_DONE, device_import(&f.c, &im, "list", 0,
	    &output_text));
	fflush(stdout);
	ATF_REQUIRE(atf_utils_compare_file("out", "2 devices enrolled\n"));
	fake_heard(&f, CTL_IMPORT_BEGIN, NULL, 0);
	fake_heard(&f, CTL_IMPORT_ROW, &row, CTL_NEWDEVICE_HEAD + 32);
	ATF_REQUIRE_STREQ("A", row.e.id);
	ATF_REQUIRE_EQ(1, row.place);
	ATF_REQUIRE_EQ(9, row.e.key[0]);
	fake_heard(&f, CTL_IMPORT_ROW, &row, CTL_NEWDEVICE_HEAD + 32);
	ATF_REQUIRE_STREQ("B", row.e.id);
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
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list", 0,
	    &output_text));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list", 0,
	    &output_text));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list", 0,
	    &output_text));
	fake_say(&f, CTL_EVENT, &res, sizeof(res));
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_import(&f.c, &im, "list", 0,
	    &output_text));
	fake_end(&f);
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_import(&f.c, &im, "list", 0,
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
	struct import	 im;
	struct fake	 f;
	FILE		*fp;
	int		 i;

	ATF_REQUIRE((fp = fopen("list", "w")) != NULL);
	for (i = 0; i < 100000; i++)
		fprintf(fp, "D%d token\n", i);
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "list"));
	fake_init(&f);
	fake_result(&f, CTL_OK, "go on");
	fake_result(&f, CTL_INVALID, "too many");
	/* The rest of the list has nowhere to go. */
	ATF_REQUIRE_EQ(0, shutdown(f.ibuf.fd, SHUT_RDWR));
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_import(&f.c, &im, "list", 0,
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
	fake_say_device(f, &d);
	fake_device(&d, 2);
	d.state = CTL_DEVICE_REVOKED;
	fake_say_device(f, &d);
	fake_device(&d, 3);
	d.key[0] = 11;
	fake_say_device(f, &d);
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
	ATF_REQUIRE_EQ(EXIT_DONE, device_export(&f.c, FORM_ANY, "list",
	    &output_text));
	ATF_REQUIRE(atf_utils_compare_file("list", "{\n"
	    "\"DEV1\":\"" PEM(ED_A) "\",\n"
	    "\"DEV3\":\"" PEM(ED_B) "\"\n}\n"));
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "list"));
	ATF_REQUIRE_EQ(2, im.n);
	import_free(&im);
	/* What exists is not overwritten. */
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_export(&f.c, FORM_ANY, "list",
	    &output_text));
	ATF_REQUIRE(atf_utils_grep_file("list: exists already", "err"));
	fake_free(&f);
}

/*
 * What a key in PEM does not say stands behind the key's text; pre-shared
 * keys stay where they are.
 */
ATF_TC_WITHOUT_HEAD(export_keeps_all_it_may);
ATF_TC_BODY(export_keeps_all_it_may, tc)
{
	struct ctl_newdevice	 row;
	struct ctl_device	 d;
	struct import		 im;
	struct fake		 f;

	fake_init(&f);
	fake_device(&d, 1);
	d.profiles = 1 << profile_byname("asmp")->id;
	fake_say_device(&f, &d);
	fake_device(&d, 2);
	d.alg = d.keylen = 0;
	d.kind = ASMP_KIND_PSK;
	fake_say_device(&f, &d);
	fake_device(&d, 3);
	d.alg = d.keylen = 0;
	d.kind = ASMP_KIND_TOKEN;
	d.profiles = profile_mask(d.kind);
	fake_say_device(&f, &d);
	fake_device(&d, 4);
	d.alg = 0;
	d.keylen = MLKEM768_EKLEN;
	d.kind = ASMP_KIND_KEM;
	d.profiles = profile_mask(d.kind);
	strlcpy(d.role, "user", sizeof(d.role));
	fake_say_device(&f, &d);
	fake_result(&f, CTL_OK, "");
	ATF_REQUIRE_EQ(EXIT_DONE, device_export(&f.c, FORM_ANY, "list",
	    &output_text));
	ATF_REQUIRE(atf_utils_grep_file("^\"DEV1\":\"" TEXT_A
	    " profiles=asmp\",$", "list"));
	ATF_REQUIRE(atf_utils_grep_file("^\"DEV3\":\"token\",$", "list"));
	ATF_REQUIRE(atf_utils_grep_file("^\"DEV4\":\"mlkem768:.* role=user\"$",
	    "list"));
	ATF_REQUIRE(atf_utils_compare_file("err", "devices_test: left out: 1 "
	    "device with a pre-shared key, which leaves no gateway\n"));
	ATF_REQUIRE_EQ(1, import_load(&im, FORM_ANY, "list"));
	ATF_REQUIRE_EQ(3, im.n);
	import_get(&im, 0, &row);
	ATF_REQUIRE_EQ(1 << profile_byname("asmp")->id, row.e.profiles);
	import_get(&im, 1, &row);
	ATF_REQUIRE_EQ(ASMP_KIND_TOKEN, row.e.kind);
	import_get(&im, 2, &row);
	ATF_REQUIRE_EQ(ASMP_KIND_KEM, row.e.kind);
	ATF_REQUIRE_STREQ("user", row.e.role);
	ATF_REQUIRE_EQ(0, memcmp(d.key, row.e.key, MLKEM768_EKLEN));
	import_free(&im);
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
	ATF_REQUIRE_EQ(EXIT_REFUSED, device_export(&f.c, FORM_ANY, "list",
	    &output_text));
	ATF_REQUIRE(!atf_utils_file_exists("list"));
	say_devices(&f);
	fake_end(&f);
	ATF_REQUIRE_EQ(EXIT_LOCAL, device_export(&f.c, FORM_ANY, "list",
	    &output_text));
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
	ATF_TP_ADD_TC(tp, lines_are_read);
	ATF_TP_ADD_TC(tp, long_lists_are_kept);
	ATF_TP_ADD_TC(tp, lines_have_a_number);
	ATF_TP_ADD_TC(tp, lines_are_text);
	ATF_TP_ADD_TC(tp, syntax_errors_have_a_place);
	ATF_TP_ADD_TC(tp, entries_have_a_number);
	ATF_TP_ADD_TC(tp, files_are_read);
	ATF_TP_ADD_TC(tp, keys_are_read);
	ATF_TP_ADD_TC(tp, options_are_taken);
	ATF_TP_ADD_TC(tp, bad_keys_are_named);
	ATF_TP_ADD_TC(tp, secrets_are_no_arguments);
	ATF_TP_ADD_TC(tp, one_line_is_read);
	ATF_TP_ADD_TC(tp, import_sends_all_rows);
	ATF_TP_ADD_TC(tp, import_names_the_entry);
	ATF_TP_ADD_TC(tp, import_stops_when_told);
	ATF_TP_ADD_TC(tp, export_is_a_list);
	ATF_TP_ADD_TC(tp, export_keeps_all_it_may);
	ATF_TP_ADD_TC(tp, export_leaves_nothing_half);
	return atf_no_error();
}
