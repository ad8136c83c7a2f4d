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


#include <atf-c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

#include "asmp_proto.h"

#define TEXTMAX	4096

static struct json_fields	 fields;

/* Scan a copy that ends where the text does, for memory checkers to see. */
static enum json_error
scan(const void *text, size_t len, size_t *off)
{
	enum json_error	 err;
	uint8_t		*copy;

	ATF_REQUIRE((copy = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(copy, text, len);
	err = json_scan(copy, len, &fields, off);
	free(copy);
	return err;
}

static enum json_error
scan_str(const char *text)
{
	size_t	 off;

	return scan(text, strlen(text), &off);
}

static void
check_field(size_t i, const char *path, double value)
{
	ATF_REQUIRE(i < fields.n);
	ATF_CHECK_STREQ(fields.f[i].path, path);
	ATF_CHECK_MSG(fields.f[i].value == value, "%s: %.17g, not %.17g",
	    path, fields.f[i].value, value);
}

/* The models are fed by path and value: order, names and bits matter. */
ATF_TC_WITHOUT_HEAD(numbers_are_reported_by_path);
ATF_TC_BODY(numbers_are_reported_by_path, tc)
{
	ATF_REQUIRE_EQ(scan_str(" { \"t\" : 37.4, \"s\": \"x\", \"b\":true,"
	    "\"n\":null,\"f\":false, \"o\":{\"p\":-1e3,\"q\":{\"r\":0}},\r\n"
	    "\t\"a\":[1,[2.5,{\"z\":3}],\"4\",5], \"e\":{}, \"l\":[]} "),
	    JSON_OK);
	ATF_REQUIRE_EQ(fields.n, 7);
	check_field(0, "t", 37.4);
	check_field(1, "o.p", -1000);
	check_field(2, "o.q.r", 0);
	check_field(3, "a[0]", 1);
	check_field(4, "a[1][0]", 2.5);
	check_field(5, "a[1][1].z", 3);
	check_field(6, "a[3]", 5);
	ATF_REQUIRE_EQ(scan_str("{}"), JSON_OK);
	ATF_CHECK_EQ(fields.n, 0);
}

/* A device must not be able to write one field under another one's name. */
ATF_TC_WITHOUT_HEAD(different_members_have_different_paths);
ATF_TC_BODY(different_members_have_different_paths, tc)
{
	ATF_REQUIRE_EQ(scan_str("{\"a.b\":1,\"a\":{\"b\":2},\"a[0]\":3,"
	    "\"c\":[4],\"c[0]\":5,\"\\\\.\":6,\"\":7,\"x\":{\"\":8},"
	    "\"\\u00e9\\ud83d\\ude00\\u002e\":9}"), JSON_OK);
	ATF_REQUIRE_EQ(fields.n, 9);
	check_field(0, "a\\.b", 1);
	check_field(1, "a.b", 2);
	check_field(2, "a\\[0]", 3);
	check_field(3, "c[0]", 4);
	check_field(4, "c\\[0]", 5);
	check_field(5, "\\\\\\.", 6);
	check_field(6, "", 7);
	check_field(7, "x.", 8);
	check_field(8, "\xc3\xa9\xf0\x9f\x98\x80\\.", 9);
}

/* The fast conversion must give the very bits that strtod(3) gives. */
ATF_TC_WITHOUT_HEAD(numbers_are_converted_exactly);
ATF_TC_BODY(numbers_are_converted_exactly, tc)
{
	static const char *const text[] = {
		"0", "-0", "0.0", "0e9", "0e999", "1", "-1", "25.0", "0.1",
		"36.6", "1e22", "1e23", "1e-22", "1e-23", "123456789012345678",
		"9007199254740991", "9007199254740992", "9007199254740993",
		"9007199254740993e1", "90071992547409921e-1",
		"1.7976931348623157e308",
		"4.9406564584124654e-324", "2.4703282292062327e-324", "1e-999",
		"0.30000000000000004", "2.2250738585072011e-308",
		"0.000000000000000000000000000000000000012345",
		"100000000000000000000000000000000000000000", "1E+2", "1e-07"
	};
	char	 buf[160];
	double	 want;
	size_t	 i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		snprintf(buf, sizeof(buf), "{\"v\":%s}", text[i]);
		ATF_REQUIRE_EQ_MSG(scan_str(buf), JSON_OK, "%s", text[i]);
		ATF_REQUIRE_EQ(fields.n, 1);
		want = strtod(text[i], NULL);
		ATF_CHECK_MSG(memcmp(&fields.f[0].value, &want,
		    sizeof(want)) == 0, "%s: %.17g", text[i],
		    fields.f[0].value);
	}
}

static uint64_t	 seed = 88172645463325252ULL;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* The same over the whole range of shapes, near the edges of the fast path. */
ATF_TC_WITHOUT_HEAD(generated_numbers_are_converted_exactly);
ATF_TC_BODY(generated_numbers_are_converted_exactly, tc)
{
	char	 num[80], buf[96];
	double	 want;
	int	 i;

	for (i = 0; i < 200000; i++) {
		snprintf(num, sizeof(num), "%s%llu.%0*llue%d",
		    next_random() % 2 ? "-" : "",
		    (unsigned long long)(next_random() >> next_random() % 64),
		    (int)(next_random() % 12) + 1,
		    (unsigned long long)(next_random() % 1000000),
		    (int)(next_random() % 60) - 30);
		snprintf(buf, sizeof(buf), "{\"v\":%s}", num);
		ATF_REQUIRE_EQ_MSG(scan_str(buf), JSON_OK, "%s", num);
		want = strtod(num, NULL);
		ATF_REQUIRE_MSG(memcmp(&fields.f[0].value, &want,
		    sizeof(want)) == 0, "%s: %.17g", num, fields.f[0].value);
	}
}

struct verdict {
	const char	*text;
	enum json_error	 err;
	size_t		 off;
};

static const struct verdict	 verdicts[] = {
	{ "", JSON_SYNTAX, 0 },
	{ "  ", JSON_SYNTAX, 2 },
	{ "[]", JSON_NOTOBJECT, 0 },
	{ "1", JSON_NOTOBJECT, 0 },
	{ "\"a\"", JSON_NOTOBJECT, 0 },
	{ "null", JSON_NOTOBJECT, 0 },
	{ "\xef\xbb\xbf{}", JSON_NOTOBJECT, 0 },
	{ "{", JSON_SYNTAX, 1 },
	{ "}", JSON_NOTOBJECT, 0 },
	{ "{]", JSON_SYNTAX, 1 },
	{ "{,}", JSON_SYNTAX, 1 },
	{ "{\"a\"}", JSON_SYNTAX, 4 },
	{ "{\"a\":}", JSON_SYNTAX, 5 },
	{ "{\"a\":1,}", JSON_SYNTAX, 7 },
	{ "{\"a\":1 \"b\":2}", JSON_SYNTAX, 7 },
	{ "{\"a\":[1,]}", JSON_SYNTAX, 8 },
	{ "{\"a\":[1}", JSON_SYNTAX, 7 },
	{ "{a:1}", JSON_SYNTAX, 1 },
	{ "{'a':1}", JSON_SYNTAX, 1 },
	{ "{1:1}", JSON_SYNTAX, 1 },
	{ "{\"a\":tru}", JSON_SYNTAX, 5 },
	{ "{\"a\":True}", JSON_SYNTAX, 5 },
	{ "{\"a\":nul", JSON_SYNTAX, 5 },
	{ "{\"a\":truex}", JSON_SYNTAX, 9 },
	{ "{\"a\":1}/**/", JSON_TRAILING, 7 },
	{ "{\"a\":1}{}", JSON_TRAILING, 7 },
	{ "{\"a\":1}\f", JSON_TRAILING, 7 },
	{ "{\"a\":\v1}", JSON_SYNTAX, 5 },
	{ "{\"a\":NaN}", JSON_NUMBER, 5 },
	{ "{\"a\":Infinity}", JSON_NUMBER, 5 },
	{ "{\"a\":-Infinity}", JSON_NUMBER, 6 },
	{ "{\"a\":-}", JSON_NUMBER, 6 },
	{ "{\"a\":+1}", JSON_NUMBER, 5 },
	{ "{\"a\":.5}", JSON_NUMBER, 5 },
	{ "{\"a\":5.}", JSON_NUMBER, 7 },
	{ "{\"a\":01}", JSON_NUMBER, 6 },
	{ "{\"a\":-01}", JSON_NUMBER, 7 },
	{ "{\"a\":00}", JSON_NUMBER, 6 },
	{ "{\"a\":0x1}", JSON_NUMBER, 6 },
	{ "{\"a\":1e}", JSON_NUMBER, 7 },
	{ "{\"a\":1e+}", JSON_NUMBER, 8 },
	{ "{\"a\":1.5.2}", JSON_NUMBER, 8 },
	{ "{\"a\":1_0}", JSON_NUMBER, 6 },
	{ "{\"a\":1e999}", JSON_NUMBER, 5 },
	{ "{\"a\":-1e309}", JSON_NUMBER, 5 },
	{ "{\"a\":1.8e308}", JSON_NUMBER, 5 },
	{ "{\"a\":\"", JSON_SYNTAX, 6 },
	{ "{\"a\":\"\\", JSON_SYNTAX, 7 },
	{ "{\"a\":\"\n\"}", JSON_SYNTAX, 6 },
	{ "{\"a\":\"01234567\x1f\"}", JSON_SYNTAX, 14 },
	{ "{\"a\":\"\\x41\"}", JSON_SYNTAX, 7 },
	{ "{\"a\":\"\\u12g4\"}", JSON_SYNTAX, 7 },
	{ "{\"a\":\"\\u12", JSON_SYNTAX, 7 },
	{ "{\"a\":\"\\u0000\"}", JSON_UTF8, 7 },
	{ "{\"\\u0000\":1}", JSON_UTF8, 3 },
	{ "{\"a\":\"\\ud800\"}", JSON_UTF8, 7 },
	{ "{\"a\":\"\\udc00\"}", JSON_UTF8, 7 },
	{ "{\"a\":\"\\ud800\\u0041\"}", JSON_UTF8, 7 },
	{ "{\"a\":\"\\ud800\\ud800\"}", JSON_UTF8, 7 },
	{ "{\"a\":\"\\udc00\\ud800\"}", JSON_UTF8, 7 },
	{ "{\"a\":\"\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xc0\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xc1\xbf\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xc3\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xc3", JSON_UTF8, 6 },
	{ "{\"a\":\"\xe0\x80\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xe0\x9f\xbf\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xed\xa0\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xed\xbf\xbf\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xf0\x8f\xbf\xbf\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xf4\x90\x80\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xf5\x80\x80\x80\"}", JSON_UTF8, 6 },
	{ "{\"a\":\"\xff\"}", JSON_UTF8, 6 },
	{ "{\"a\":1,\"a\":2}", JSON_DUPLICATE, 8 },
	{ "{\"a\":1,\"\\u0061\":2}", JSON_DUPLICATE, 8 },
	{ "{\"\\u0061\":1,\"a\":2}", JSON_DUPLICATE, 13 },
	{ "{\"\\n\":1,\"\\u000a\":2}", JSON_DUPLICATE, 9 },
	{ "{\"\xc3\xa9\":1,\"\\u00E9\":2}", JSON_DUPLICATE, 9 },
	{ "{\"\xf0\x9f\x98\x80\":1,\"\\uD83D\\uDE00\":2}", JSON_DUPLICATE, 11 },
	{ "{\"\":1,\"\":2}", JSON_DUPLICATE, 7 },
	{ "{\"o\":{\"x\":1,\"y\":2,\"x\":3}}", JSON_DUPLICATE, 19 },
	{ "{\"o\":{\"x\":1},\"o\":1}", JSON_DUPLICATE, 14 },
	/* The neighbours of the above that are good. */
	{ "{\"a\":1e308}", JSON_OK, 11 },
	{ "{\"a\":\"\x7f\"}", JSON_OK, 9 },
	{ "{\"a\":\"\\u0001\"}", JSON_OK, 14 },
	{ "{\"a\":\"\\ud800\\udc00\"}", JSON_OK, 20 },
	{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0020\"}", JSON_OK, 30 },
	{ "{\"a\":\"\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"}", JSON_OK,
	    19 },
	{ "{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}", JSON_OK, 16 },
	{ "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}", JSON_OK,
	    41 },
	{ "{\"a\":1,\"aa\":2,\"b\":3,\"A\":4,\"\\\\u0061\":5}", JSON_OK, 38 },
	{ "{\"a\":0.0}", JSON_OK, 9 }
};

/* Each thing that could be read in two ways is refused, where it stands. */
ATF_TC_WITHOUT_HEAD(verdicts_are_exact);
ATF_TC_BODY(verdicts_are_exact, tc)
{
	const struct verdict	*v;
	size_t			 i, off;
	enum json_error		 err;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		v = &verdicts[i];
		err = scan(v->text, strlen(v->text), &off);
		ATF_CHECK_MSG(err == v->err && off == v->off,
		    "%s: %s at %zu, not %s at %zu", v->text,
		    json_strerror(err), off, json_strerror(v->err), v->off);
	}
}

/* A NUL is a byte like any other: it ends neither a string nor the text. */
ATF_TC_WITHOUT_HEAD(raw_nul_is_refused);
ATF_TC_BODY(raw_nul_is_refused, tc)
{
	size_t	 off;

	ATF_CHECK_EQ(scan("{\"a\":1}\0", 8, &off), JSON_TRAILING);
	ATF_CHECK_EQ(off, 7);
	ATF_CHECK_EQ(scan("{\"a\0b\":1}", 9, &off), JSON_SYNTAX);
	ATF_CHECK_EQ(off, 3);
	ATF_CHECK_EQ(scan("{\"a\":1\0}", 8, &off), JSON_SYNTAX);
	ATF_CHECK_EQ(off, 6);
	ATF_CHECK_EQ(scan("{\"a\":1}", 7, &off), JSON_OK);
}

/* Cut anywhere, a text is no text; the scanner stops at its end. */
ATF_TC_WITHOUT_HEAD(every_prefix_is_refused);
ATF_TC_BODY(every_prefix_is_refused, tc)
{
	const char	*text = "{\"k\\u00e9y\": [1.5e-3, true, null, "
	    "\"\xc3\xa9"
	    "\\ud83d\\ude00 and eight more\"], \"o\": {\"x\": -0.25}}";
	size_t		 i, off, len = strlen(text);

	for (i = 0; i < len; i++) {
		ATF_CHECK_MSG(scan(text, i, &off) != JSON_OK, "%zu", i);
		ATF_CHECK(off <= i);
	}
	ATF_CHECK_EQ(scan(text, len, &off), JSON_OK);
	ATF_CHECK_EQ(fields.n, 2);
}

/* n members "k0": value, ... */
static void
build_members(char *buf, size_t size, int n, const char *value)
{
	int	 i, len = 1;

	buf[0] = '{';
	for (i = 0; i < n; i++)
		len += snprintf(buf + len, size - (size_t)len, "%s\"k%d\":%s",
		    i == 0 ? "" : ",", i, value);
	snprintf(buf + len, size - (size_t)len, "}");
}

ATF_TC_WITHOUT_HEAD(limits_hold_at_their_edge);
ATF_TC_BODY(limits_hold_at_their_edge, tc)
{
	char	 buf[TEXTMAX], pad[256];

	build_members(buf, sizeof(buf), JSON_MEMBERS, "1");
	ATF_CHECK_EQ(scan_str(buf), JSON_OK);
	ATF_CHECK_EQ(fields.n, JSON_FIELDS);
	build_members(buf, sizeof(buf), JSON_MEMBERS + 1, "\"s\"");
	ATF_CHECK_EQ(scan_str(buf), JSON_TOOMANY);
	build_members(buf, sizeof(buf), JSON_FIELDS / 2, "[1,2]");
	ATF_CHECK_EQ(scan_str(buf), JSON_OK);
	build_members(buf, sizeof(buf), JSON_FIELDS / 2 + 1, "[1,2]");
	ATF_CHECK_EQ(scan_str(buf), JSON_TOOMANY);

	ATF_CHECK_EQ(scan_str("{\"a\":[[[[[[[1]]]]]]]}"), JSON_OK);
	ATF_CHECK_EQ(scan_str("{\"a\":[[[[[[[[1]]]]]]]]}"), JSON_TOODEEP);
	ATF_CHECK_EQ(scan_str("{\"a\":[[[[[[[[]]]]]]]]}"), JSON_TOODEEP);
	ATF_CHECK_EQ(scan_str("{\"a\":[[[[[[[]]]]]]],\"b\":[{}]}"), JSON_OK);

	memset(pad, 'p', sizeof(pad));
	snprintf(buf, sizeof(buf), "{\"%.*s\":{\"b\":1}}", JSON_PATHMAX - 3,
	    pad);
	ATF_CHECK_EQ(scan_str(buf), JSON_OK);
	ATF_CHECK_EQ(strlen(fields.f[0].path), JSON_PATHMAX - 1);
	snprintf(buf, sizeof(buf), "{\"%.*s\":{\"b\":1}}", JSON_PATHMAX - 2,
	    pad);
	ATF_CHECK_EQ(scan_str(buf), JSON_TOOMANY);
	snprintf(buf, sizeof(buf), "{\"%.*s\":[1]}", JSON_PATHMAX - 3, pad);
	ATF_CHECK_EQ(scan_str(buf), JSON_TOOMANY);

	memset(pad, '7', sizeof(pad));
	snprintf(buf, sizeof(buf), "{\"a\":%.*s}", 128, pad);
	ATF_CHECK_EQ(scan_str(buf), JSON_OK);
	snprintf(buf, sizeof(buf), "{\"a\":%.*s}", 129, pad);
	ATF_CHECK_EQ(scan_str(buf), JSON_NUMBER);
}

/* Fields that must be there, and of a type: break 16. */
ATF_TC_WITHOUT_HEAD(wanted_paths_and_their_types);
ATF_TC_BODY(wanted_paths_and_their_types, tc)
{
	static const char	 text[] = "{\"n\":-1,\"s\":\"1\","
	    "\"o\":{\"n\":2},\"a\":[true,\"x\"],\"z\":null}";
	static const struct {
		const char	*path;
		enum json_type	 type;
	} expect[] = {
		{ "n", JSON_IS_NUMBER },
		{ "s", JSON_IS_STRING },
		{ "o", JSON_IS_OTHER },
		{ "o.n", JSON_IS_NUMBER },
		{ "a", JSON_IS_OTHER },
		{ "a[0]", JSON_IS_OTHER },
		{ "a[1]", JSON_IS_STRING },
		{ "z", JSON_IS_OTHER },
		{ "m", JSON_ABSENT },
		{ "o.s", JSON_ABSENT }
	};
	const size_t		 n = sizeof(expect) / sizeof(expect[0]);
	struct json_want	 want[sizeof(expect) / sizeof(expect[0])];
	size_t			 i, off;

	for (i = 0; i < n; i++)
		want[i].path = expect[i].path;
	ATF_REQUIRE_EQ(JSON_OK, json_scan_for((const uint8_t *)text,
	    strlen(text), &fields, &off, want, n));
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ_MSG(expect[i].type, want[i].type, "%s",
		    expect[i].path);
	ATF_CHECK_EQ(2, fields.n);
}

ATF_TC_WITHOUT_HEAD(every_error_has_words);
ATF_TC_BODY(every_error_has_words, tc)
{
	int	 e;

	for (e = JSON_OK; e <= JSON_TRAILING; e++)
		ATF_CHECK(strcmp(json_strerror(e), "unknown error") != 0);
	ATF_CHECK_STREQ(json_strerror(JSON_TRAILING + 1), "unknown error");
	ATF_CHECK_STREQ(json_strerror((enum json_error)-1), "unknown error");
}

#ifdef HAVE_JANSSON
static size_t	 walked;

static size_t
add_key(char *path, size_t len, int top, const char *key)
{
	if (!top)
		path[len++] = '.';
	for (; *key != '\0'; key++) {
		if (strchr(".[\\", *key) != NULL)
			path[len++] = '\\';
		path[len++] = *key;
	}
	path[len] = '\0';
	return len;
}

/* The numbers of a text as the other library found them, against ours. */
static void
walk(json_t *v, char *path, size_t len, int top)
{
	const char	*key;
	json_t		*item;
	size_t		 i;

	if (json_is_real(v)) {
		ATF_REQUIRE(walked < fields.n);
		ATF_CHECK_STREQ(fields.f[walked].path, path);
		ATF_CHECK(fields.f[walked].value == json_real_value(v));
		walked++;
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, item)
			walk(item, path, add_key(path, len, top, key), 0);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item)
			walk(item, path, len + (size_t)snprintf(path + len,
			    TEXTMAX - len, "[%zu]", i), 0);
	}
}

/* 1 accepted by both, 0 refused by both, -1 beyond our own limits. */
static int
compare(const char *text, size_t len)
{
	char		 path[TEXTMAX];
	enum json_error	 err;
	json_t		*v;
	size_t		 off;
	int		 good;

	err = scan(text, len, &off);
	if (err == JSON_TOODEEP || err == JSON_TOOMANY)
		return -1;
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_INT_AS_REAL, NULL);
	good = v != NULL && json_is_object(v);
	ATF_REQUIRE_MSG(good == (err == JSON_OK), "%.*s: %s at %zu",
	    (int)len, text, json_strerror(err), off);
	if (good) {
		walked = 0;
		path[0] = '\0';
		walk(v, path, 0, 1);
		ATF_REQUIRE_EQ(walked, fields.n);
	}
	json_decref(v);
	return good;
}

static const char *const	 corpus[] = {
	"{\"temperature\": 37.4, \"humidity\": 45, \"unit\": \"C\"}",
	"{\"a\":{\"b\":[1,2,{\"c\":3e2}],\"d\":null},\"e\":[true,false]}",
	"{\"k\\u0061\":\"\\ud83d\\ude00\",\"kb\":\"\xc3\xa9\\n\\\"\",\"\":-0}",
	"{\"a.b\":0.001,\"a[0]\":1E+3,\"\\\\\":[[[]]],\"x\":[{},{\"y\":1}]}",
	"{\"n\":[0,-1,1.5,1e1,1E-1,123456789012345678901,0.1e-5]}",
	"[1,2]", "\"s\"", "{} ", " {\"t\":[\"a\",\"b\",\"c\"]}\n"
};

static const char *const	 pieces[] = {
	"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u0061", "\\ud800",
	"\\udc00", "\\u0000", "0", "1", "-", "+", ".", "e", "E", "1e999",
	"NaN", "true", "null", " ", "\t", "\n", "\v", "\x01", "\x7f", "\x80",
	"\xc3\xa9", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\"a\"", "\"a\":1",
	"\"\\u0061\":1", "/", "'", "a"
};

#define NCORPUS	(sizeof(corpus) / sizeof(corpus[0]))
#define NPIECES	(sizeof(pieces) / sizeof(pieces[0]))

/* Put a piece in the place of up to three bytes somewhere. */
static size_t
mutate(char *text, size_t len)
{
	const char	*piece = pieces[next_random() % NPIECES];
	size_t		 at = next_random() % (len + 1);
	size_t		 cut = next_random() % 4, n = strlen(piece);

	if (cut > len - at)
		cut = len - at;
	if (next_random() % 4 == 0)
		n = 0;
	memmove(text + at + n, text + at + cut, len - at - cut);
	memcpy(text + at, piece, n);
	return len + n - cut;
}
#endif

/* Two readers of one text must agree: ours and libjansson, byte for byte. */
ATF_TC(agrees_with_jansson);
ATF_TC_HEAD(agrees_with_jansson, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(agrees_with_jansson, tc)
{
#ifdef HAVE_JANSSON
	char	 text[TEXTMAX];
	size_t	 i, len, count[3] = { 0, 0, 0 };
	int	 round, steps;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		compare(verdicts[i].text, strlen(verdicts[i].text));
	for (i = 0; i < NCORPUS; i++)
		ATF_CHECK(compare(corpus[i], strlen(corpus[i])) != -1);
	for (round = 0; round < 400000; round++) {
		len = strlcpy(text, corpus[next_random() % NCORPUS],
		    sizeof(text));
		for (steps = (int)(next_random() % 3); steps >= 0; steps--)
			len = mutate(text, len);
		count[compare(text, len) + 1]++;
	}
	printf("%zu beyond our limits, %zu refused, %zu accepted\n",
	    count[0], count[1], count[2]);
	/* The mutations must have reached both verdicts, often. */
	ATF_CHECK(count[1] > 10000);
	ATF_CHECK(count[2] > 10000);
#else
	atf_tc_skip("built without libjansson");
#endif
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers_are_reported_by_path);
	ATF_TP_ADD_TC(tp, different_members_have_different_paths);
	ATF_TP_ADD_TC(tp, numbers_are_converted_exactly);
	ATF_TP_ADD_TC(tp, generated_numbers_are_converted_exactly);
	ATF_TP_ADD_TC(tp, verdicts_are_exact);
	ATF_TP_ADD_TC(tp, raw_nul_is_refused);
	ATF_TP_ADD_TC(tp, every_prefix_is_refused);
	ATF_TP_ADD_TC(tp, limits_hold_at_their_edge);
	ATF_TP_ADD_TC(tp, wanted_paths_and_their_types);
	ATF_TP_ADD_TC(tp, every_error_has_words);
	ATF_TP_ADD_TC(tp, agrees_with_jansson);
	return atf_no_error();
}
