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
 * A strict scanner for the JSON of a reading: RFC 8259, less everything on
 * which two readers could disagree.  It allocates nothing, and looks at each
 * byte about once.
 *
 * A number is reported under its path: keys joined by '.', an array's index
 * as "[0]".  A '.', '[' or '\' inside a key is written with a '\' before it,
 * so that two different members never share a path: {"a.b":1} is "a\.b",
 * {"a":{"b":1}} is "a.b".  Keys are reported unescaped, in UTF-8.
 */

#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"

/*
 * Digits of one number.  The longest shortest form of a double has 24; a
 * number far beyond that is one that readers round in different ways.
 */
#define NUMBERMAX	128

#define EXACT_MANTISSA	(1ULL << 53)	/* every integer up to it is a double */
#define EXACT_POWER	22		/* 10^22 is the last exact power */
#define EXPONENT_CAP	100000		/* beyond any double, below overflow */

/* What a byte means inside a string. */
enum {
	C_PLAIN,
	C_QUOTE,
	C_ESCAPE,
	C_CONTROL,
	C_UTF8
};

#define ONES	0x0101010101010101ULL
#define HIGHS	0x8080808080808080ULL

struct key {
	const uint8_t	*p;
	size_t		 len;
	int		 escaped;
};

struct scan {
	const uint8_t		*p;
	const uint8_t		*end;
	struct json_fields	*fields;
	struct json_want	*want;
	size_t			 nwant;
	size_t			 depth;
	size_t			 pathlen;
	char			 path[JSON_PATHMAX];
	/* The keys of the objects that are open: a stack of runs. */
	size_t			 nkeys;
	struct key		 keys[JSON_DEPTH * JSON_MEMBERS];
};

static const double powers[EXACT_POWER + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

static enum json_error	 scan_value(struct scan *);

static inline int
is_digit(const struct scan *s)
{
	return s->p < s->end && (uint8_t)(*s->p - '0') < 10;
}

static inline int
at(const struct scan *s, uint8_t c)
{
	return s->p < s->end && *s->p == c;
}

static inline void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' ||
	    *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static inline int
string_class(uint8_t c)
{
	if (c == '"')
		return C_QUOTE;
	if (c == '\\')
		return C_ESCAPE;
	if (c < 0x20)
		return C_CONTROL;
	return c < 0x80 ? C_PLAIN : C_UTF8;
}

/*
 * How many of the eight bytes at p come before the first quote, backslash,
 * control or non-ASCII byte.  A subtraction sets the high bit of each byte
 * that is one, and may of bytes above it, never below.
 */
static inline size_t
eight_plain(const uint8_t *p)
{
	uint64_t	 w, quote, back, hit;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	quote = w ^ (ONES * '"');
	back = w ^ (ONES * '\\');
	hit = (w | (w - ONES * 0x20) | (quote - ONES) | (back - ONES)) & HIGHS;
	return hit == 0 ? 8 : (size_t)__builtin_ctzll(hit) / 8;
}

static inline void
skip_plain(struct scan *s)
{
	size_t	 n;

	while (s->end - s->p >= 8) {
		n = eight_plain(s->p);
		s->p += n;
		if (n < 8)
			return;
	}
	while (s->p < s->end && string_class(*s->p) == C_PLAIN)
		s->p++;
}

/*
 * Length of the UTF-8 sequence at p and its code point: no overlong form, no
 * surrogate, nothing above U+10FFFF (Unicode, table 3-7).  0: not UTF-8.
 */
static size_t
utf8_get(const uint8_t *p, size_t left, uint32_t *cp)
{
	static const uint32_t	 least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t		 c;
	size_t			 i, n;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
		return 0;
	c = p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

static size_t
utf8_put(uint8_t *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (uint8_t)(0xc0 | c >> 6);
		p[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (uint8_t)(0xe0 | c >> 12);
		p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		p[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (uint8_t)(0xf0 | c >> 18);
	p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	p[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* Four hex digits, or 0x10000 when they are not that. */
static uint32_t
hex4(const uint8_t *p, size_t left)
{
	uint32_t	 v = 0;
	size_t		 i;

	if (left < 4)
		return 0x10000;
	for (i = 0; i < 4; i++) {
		v <<= 4;
		if (p[i] >= '0' && p[i] <= '9')
			v |= (uint32_t)(p[i] - '0');
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			v |= (uint32_t)((p[i] | 0x20) - 'a' + 10);
		else
			return 0x10000;
	}
	return v;
}

/*
 * The \u escape whose digits are at p, with its other half where it is the
 * first of a surrogate pair.  Consumed bytes after "\u", or 0 and an error.
 */
static size_t
unicode_get(const uint8_t *p, size_t left, uint32_t *cp, enum json_error *err)
{
	uint32_t	 hi, lo;

	*err = JSON_SYNTAX;
	if ((hi = hex4(p, left)) > 0xffff)
		return 0;
	*err = JSON_UTF8;
	if (hi == 0 || (hi >= 0xdc00 && hi <= 0xdfff))
		return 0;
	*cp = hi;
	if (hi < 0xd800 || hi > 0xdfff)
		return 4;
	if (left < 10 || p[4] != '\\' || p[5] != 'u')
		return 0;
	lo = hex4(p + 6, left - 6);
	if (lo < 0xdc00 || lo > 0xdfff)
		return 0;
	*cp = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	return 10;
}

/* What stands for the letter after a backslash; 0: nothing does. */
static uint32_t
simple_escape(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return 0;
	}
}

static enum json_error
scan_escape(struct scan *s)
{
	enum json_error	 err;
	uint32_t	 cp;
	size_t		 n;

	if (++s->p == s->end)
		return JSON_SYNTAX;
	if (*s->p != 'u') {
		if (simple_escape(*s->p) == 0)
			return JSON_SYNTAX;
		s->p++;
		return JSON_OK;
	}
	n = unicode_get(s->p + 1, (size_t)(s->end - s->p) - 1, &cp, &err);
	if (n == 0)
		return err;
	s->p += 1 + n;
	return JSON_OK;
}

static enum json_error
scan_utf8(struct scan *s)
{
	uint32_t	 cp;
	size_t		 n;

	if ((n = utf8_get(s->p, (size_t)(s->end - s->p), &cp)) == 0)
		return JSON_UTF8;
	s->p += n;
	return JSON_OK;
}

/* From behind the opening quote to behind the closing one. */
static enum json_error
scan_string(struct scan *s, int *escaped)
{
	enum json_error	 err;

	for (;;) {
		skip_plain(s);
		if (s->p == s->end)
			return JSON_SYNTAX;
		switch (string_class(*s->p)) {
		case C_QUOTE:
			s->p++;
			return JSON_OK;
		case C_ESCAPE:
			*escaped = 1;
			if ((err = scan_escape(s)) != JSON_OK)
				return err;
			break;
		case C_UTF8:
			if ((err = scan_utf8(s)) != JSON_OK)
				return err;
			break;
		default:
			return JSON_SYNTAX;
		}
	}
}

/* The next character of a string that scan_string() has found good. */
static uint32_t
key_char(const uint8_t **p, const uint8_t *end)
{
	enum json_error	 err;
	uint32_t	 cp = 0;

	if (**p != '\\') {
		*p += utf8_get(*p, (size_t)(end - *p), &cp);
		return cp;
	}
	(*p)++;
	if (**p != 'u')
		return simple_escape(*(*p)++);
	(*p)++;
	*p += unicode_get(*p, (size_t)(end - *p), &cp, &err);
	return cp;
}

static int
key_equal_escaped(const struct key *a, const struct key *b)
{
	const uint8_t	*ap = a->p, *bp = b->p;
	const uint8_t	*aend = a->p + a->len, *bend = b->p + b->len;

	while (ap < aend && bp < bend) {
		if (key_char(&ap, aend) != key_char(&bp, bend))
			return 0;
	}
	return ap == aend && bp == bend;
}

static inline int
key_equal(const struct key *a, const struct key *b)
{
	if (a->escaped || b->escaped)
		return key_equal_escaped(a, b);
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* Append to the path; the last byte is kept for the NUL. */
static inline enum json_error
path_add(struct scan *s, const void *bytes, size_t len)
{
	if (len > sizeof(s->path) - 1 - s->pathlen)
		return JSON_TOOMANY;
	memcpy(s->path + s->pathlen, bytes, len);
	s->pathlen += len;
	return JSON_OK;
}

static enum json_error
path_key_slow(struct scan *s, const struct key *key)
{
	const uint8_t	*p = key->p, *end = key->p + key->len;
	enum json_error	 err;
	uint8_t		 buf[5];
	uint32_t	 cp;
	size_t		 n;

	while (p < end) {
		cp = key_char(&p, end);
		n = 0;
		if (cp == '.' || cp == '[' || cp == '\\')
			buf[n++] = '\\';
		n += utf8_put(buf + n, cp);
		if ((err = path_add(s, buf, n)) != JSON_OK)
			return err;
	}
	return JSON_OK;
}

static inline int
key_simple(const struct key *key)
{
	size_t	 i;
	int	 special = key->escaped;

	for (i = 0; i < key->len; i++)
		special |= key->p[i] == '.' || key->p[i] == '[';
	return !special;
}

static enum json_error
path_key(struct scan *s, const struct key *key)
{
	enum json_error	 err;

	if (s->depth > 1 && (err = path_add(s, ".", 1)) != JSON_OK)
		return err;
	if (!key_simple(key))
		return path_key_slow(s, key);
	return path_add(s, key->p, key->len);
}

static enum json_error
path_index(struct scan *s, size_t i)
{
	char	 buf[2 + 20];
	size_t	 n = sizeof(buf);

	buf[--n] = ']';
	do {
		buf[--n] = (char)('0' + i % 10);
	} while ((i /= 10) != 0);
	buf[--n] = '[';
	return path_add(s, buf + n, sizeof(buf) - n);
}

/* A key no other of its object equals, whose run begins at keys[first]. */
static enum json_error
scan_key(struct scan *s, size_t first)
{
	struct key	*key = &s->keys[s->nkeys];
	enum json_error	 err;
	size_t		 i;

	if (!at(s, '"'))
		return JSON_SYNTAX;
	if (s->nkeys - first == JSON_MEMBERS)
		return JSON_TOOMANY;
	key->p = ++s->p;
	key->escaped = 0;
	if ((err = scan_string(s, &key->escaped)) != JSON_OK)
		return err;
	key->len = (size_t)(s->p - key->p) - 1;
	for (i = first; i < s->nkeys; i++) {
		if (key_equal(&s->keys[i], key)) {
			s->p = key->p;
			return JSON_DUPLICATE;
		}
	}
	s->nkeys++;
	return path_key(s, key);
}

static enum json_error
scan_member(struct scan *s, size_t first)
{
	enum json_error	 err;

	if ((err = scan_key(s, first)) != JSON_OK)
		return err;
	skip_space(s);
	if (!at(s, ':'))
		return JSON_SYNTAX;
	s->p++;
	skip_space(s);
	return scan_value(s);
}

/*
 * Behind a value: 1 when another one follows, 0 when the container ended,
 * -1 when there is neither.
 */
static inline int
scan_next(struct scan *s, uint8_t closing)
{
	skip_space(s);
	if (at(s, closing)) {
		s->p++;
		return 0;
	}
	if (!at(s, ','))
		return -1;
	s->p++;
	skip_space(s);
	return 1;
}

/* Step into a container; 1 when it is empty and already left again. */
static inline int
scan_empty(struct scan *s, uint8_t closing)
{
	s->p++;
	skip_space(s);
	if (!at(s, closing))
		return 0;
	s->p++;
	return 1;
}

static enum json_error
scan_object(struct scan *s)
{
	enum json_error	 err;
	size_t		 base = s->pathlen, first = s->nkeys;
	int		 more;

	if (s->depth == JSON_DEPTH)
		return JSON_TOODEEP;
	if (scan_empty(s, '}'))
		return JSON_OK;
	s->depth++;
	do {
		if ((err = scan_member(s, first)) != JSON_OK)
			return err;
		s->pathlen = base;
		if ((more = scan_next(s, '}')) == -1)
			return JSON_SYNTAX;
	} while (more);
	s->depth--;
	s->nkeys = first;
	return JSON_OK;
}

static enum json_error
scan_array(struct scan *s)
{
	enum json_error	 err;
	size_t		 base = s->pathlen, i = 0;
	int		 more;

	if (s->depth == JSON_DEPTH)
		return JSON_TOODEEP;
	if (scan_empty(s, ']'))
		return JSON_OK;
	s->depth++;
	do {
		if ((err = path_index(s, i++)) != JSON_OK ||
		    (err = scan_value(s)) != JSON_OK)
			return err;
		s->pathlen = base;
		if ((more = scan_next(s, ']')) == -1)
			return JSON_SYNTAX;
	} while (more);
	s->depth--;
	return JSON_OK;
}

static enum json_error
scan_literal(struct scan *s, const char *word, size_t len)
{
	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return JSON_SYNTAX;
	s->p += len;
	return JSON_OK;
}

/* A number as it is read: digits as an integer, and the power of ten. */
struct number {
	uint64_t	 mantissa;
	int64_t		 exponent;
	int		 inexact;	/* more digits than fit */
};

static inline void
number_digits(struct scan *s, struct number *num)
{
	unsigned int	 d;

	for (; s->p < s->end; s->p++) {
		if ((d = (unsigned int)*s->p - '0') > 9)
			break;
		if (num->mantissa > EXACT_MANTISSA)
			num->inexact = 1;
		else
			num->mantissa = num->mantissa * 10 + d;
	}
}

static enum json_error
number_exponent(struct scan *s, struct number *num)
{
	int	 e = 0, negative;

	s->p++;
	negative = at(s, '-');
	if (negative || at(s, '+'))
		s->p++;
	if (!is_digit(s))
		return JSON_NUMBER;
	for (; is_digit(s); s->p++) {
		if (e < EXPONENT_CAP)
			e = e * 10 + (*s->p - '0');
	}
	num->exponent += negative ? -e : e;
	return JSON_OK;
}

/* The grammar of RFC 8259, section 6, behind the sign. */
static inline enum json_error
number_parse(struct scan *s, struct number *num)
{
	const uint8_t	*point;

	if (!is_digit(s))
		return JSON_NUMBER;
	if (*s->p == '0')
		s->p++;
	else
		number_digits(s, num);
	if (at(s, '.')) {
		point = ++s->p;
		if (!is_digit(s))
			return JSON_NUMBER;
		number_digits(s, num);
		num->exponent -= s->p - point;
	}
	if (at(s, 'e') || at(s, 'E'))
		return number_exponent(s, num);
	return JSON_OK;
}

/*
 * Mantissa and power of ten are exact doubles here, and one operation on two
 * exact values rounds correctly (Clinger 1990); elsewhere strtod(3) does it.
 */
static double
number_value(const struct number *num, const uint8_t *text, size_t len)
{
	char	 buf[NUMBERMAX + 1];
	double	 v;

	if (FLT_EVAL_METHOD == 0 && !num->inexact &&
	    num->mantissa <= EXACT_MANTISSA &&
	    num->exponent >= -EXACT_POWER && num->exponent <= EXACT_POWER) {
		v = (double)num->mantissa;
		if (num->exponent < 0)
			v /= powers[-num->exponent];
		else
			v *= powers[num->exponent];
		return *text == '-' ? -v : v;
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	return strtod(buf, NULL);
}

static enum json_error
field_add(struct scan *s, double value)
{
	struct json_field	*field;

	if (s->fields->n == JSON_FIELDS)
		return JSON_TOOMANY;
	field = &s->fields->f[s->fields->n++];
	memcpy(field->path, s->path, s->pathlen);
	field->path[s->pathlen] = '\0';
	field->value = value;
	return JSON_OK;
}

static enum json_error
scan_number(struct scan *s)
{
	struct number	 num = { 0, 0, 0 };
	const uint8_t	*text = s->p;
	enum json_error	 err;
	double		 value;
	size_t		 len;

	if (*s->p == '-')
		s->p++;
	if ((err = number_parse(s, &num)) != JSON_OK)
		return err;
	/* 01, 1.2.3, 0x10: what goes on is no number. */
	if (s->p < s->end && *s->p != ',' && *s->p != '}' && *s->p != ']' &&
	    *s->p > ' ')
		return JSON_NUMBER;
	len = (size_t)(s->p - text);
	if (len > NUMBERMAX) {
		s->p = text;
		return JSON_NUMBER;
	}
	value = number_value(&num, text, len);
	if (!isfinite(value)) {
		s->p = text;
		return JSON_NUMBER;
	}
	return field_add(s, value);
}

/* Notes what begins here where that was asked for. */
static void
want_note(struct scan *s)
{
	struct json_want	*w;

	for (w = s->want; w < s->want + s->nwant; w++) {
		if (strlen(w->path) != s->pathlen ||
		    memcmp(w->path, s->path, s->pathlen) != 0)
			continue;
		w->type = *s->p == '"' ? JSON_IS_STRING :
		    *s->p == '-' || is_digit(s) ? JSON_IS_NUMBER :
		    JSON_IS_OTHER;
	}
}

static enum json_error
scan_value(struct scan *s)
{
	int	 ignored = 0;

	if (s->p == s->end)
		return JSON_SYNTAX;
	if (s->nwant != 0)
		want_note(s);
	switch (*s->p) {
	case '{':
		return scan_object(s);
	case '[':
		return scan_array(s);
	case '"':
		s->p++;
		return scan_string(s, &ignored);
	case 't':
		return scan_literal(s, "true", 4);
	case 'f':
		return scan_literal(s, "false", 5);
	case 'n':
		return scan_literal(s, "null", 4);
	case '+':
	case '.':
	case 'I':
	case 'N':
		/* +1, .5, Infinity and NaN, which some writers emit. */
		return JSON_NUMBER;
	case '-':
	case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s);
	default:
		return JSON_SYNTAX;
	}
}

static enum json_error
scan_text(struct scan *s)
{
	enum json_error	 err;

	skip_space(s);
	if (s->p == s->end)
		return JSON_SYNTAX;
	if (*s->p != '{')
		return JSON_NOTOBJECT;
	if ((err = scan_object(s)) != JSON_OK)
		return err;
	skip_space(s);
	return s->p == s->end ? JSON_OK : JSON_TRAILING;
}

/*
 * Scan the len bytes of text as one JSON object (RFC 8259) and report its
 * numbers in fields: at most JSON_FIELDS, each with its path and a finite
 * value; booleans, null and strings are checked and not reported.  Nesting
 * is at most JSON_DEPTH containers, an object holds at most JSON_MEMBERS,
 * each path, whatever its value, has less than JSON_PATHMAX bytes, a number
 * at most 128 characters.  Keys of one object differ after unescaping.
 * U+0000, lone surrogates and bytes that are not UTF-8 are refused.
 *
 * JSON_OK, or why not; then *erroroffset is the byte at which that was seen
 * and fields holds nothing of use.  Nothing is allocated; of fields only
 * what is reported is written.  strtod(3) wants LC_NUMERIC as in "C".
 */
enum json_error
json_scan(const uint8_t *text, size_t len, struct json_fields *fields,
    size_t *erroroffset)
{
	return json_scan_for(text, len, fields, erroroffset, NULL, 0);
}

/*
 * The same, and for each of the n paths what stands there: their types are
 * set, to JSON_ABSENT where there is nothing.
 */
enum json_error
json_scan_for(const uint8_t *text, size_t len, struct json_fields *fields,
    size_t *erroroffset, struct json_want *want, size_t n)
{
	struct scan	 s;
	enum json_error	 err;
	size_t		 i;

	for (i = 0; i < n; i++)
		want[i].type = JSON_ABSENT;
	s.want = want;
	s.nwant = n;
	s.p = text;
	s.end = text + len;
	s.fields = fields;
	s.depth = 0;
	s.pathlen = 0;
	s.nkeys = 0;
	fields->n = 0;
	err = scan_text(&s);
	*erroroffset = (size_t)(s.p - text);
	return err;
}

/* The reason in words, for a log or a person; never NULL. */
const char *
json_strerror(enum json_error err)
{
	static const char *const	 texts[] = {
		[JSON_OK] = "no error",
		[JSON_SYNTAX] = "not JSON",
		[JSON_NOTOBJECT] = "not a JSON object",
		[JSON_DUPLICATE] = "a key appears twice",
		[JSON_NUMBER] = "not a finite JSON number",
		[JSON_UTF8] = "not UTF-8, or a character that is not allowed",
		[JSON_TOODEEP] = "nested too deeply",
		[JSON_TOOMANY] = "too many members or too long a path",
		[JSON_TRAILING] = "something follows the object"
	};

	if ((size_t)err >= sizeof(texts) / sizeof(texts[0]))
		return "unknown error";
	return texts[err];
}
