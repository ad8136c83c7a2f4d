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
 * A device on one line, "ID KEY [role=NAME] [profiles=NAME,NAME]
 * [expires=TIME]", as a gateway is told of it.  The line of a pre-shared
 * key is as secret as the key.
 */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "asmp_proto.h"

#define BLANKS		" \t"
#define PSK		"psk:"
#define TOKEN		"token"
#define ROLE		"role="
#define PROFILES	"profiles="
#define EXPIRES		"expires="
#define ROLE_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789_-"

/* A line in the making. */
struct line {
	char	*p;
	size_t	 left;
	int	 full;			/* something did not fit */
};

static size_t	 take_word(const char **, char *, size_t);
static const char *after(const char *, const char *);
static const char *read_id(struct enrolment *, const char *);
static const char *read_kem(struct enrolment *, const char *);
static const char *read_psk(struct enrolment *, const char *);
static const char *read_pub(struct enrolment *, const char *);
static const char *read_key(struct enrolment *, const char *);
static const char *read_line(struct enrolment *, const char *);
static const struct asmp_profile *take_profile(const char **);
static int	 keylen_valid(const struct enrolment *);
static void	 put_text(struct line *, const char *);
static void	 put_b64(struct line *, const uint8_t *, size_t);
static void	 put_key(struct line *, const struct enrolment *);
static void	 put_profiles(struct line *, uint8_t);
static void	 put_expires(struct line *, uint64_t);

/* The next word into buf, cut where that ends; its length, 0 for none. */
static size_t
take_word(const char **line, char *buf, size_t size)
{
	size_t	 len, n;

	*line += strspn(*line, BLANKS);
	len = strcspn(*line, BLANKS);
	n = len < size ? len : size - 1;
	memcpy(buf, *line, n);
	buf[n] = '\0';
	*line += len;
	return len;
}

/* What follows the prefix in a word, or NULL for a word without it. */
static const char *
after(const char *word, const char *prefix)
{
	size_t	 len = strlen(prefix);

	return strncmp(word, prefix, len) == 0 ? word + len : NULL;
}

static const char *
read_id(struct enrolment *e, const char *word)
{
	if (!id_valid(word))
		return "not a device id: 1 to 64 of letters, digits and "
		    "._:@-, the first neither . nor -";
	strlcpy(e->id, word, sizeof(e->id));
	return NULL;
}

static const char *
read_kem(struct enrolment *e, const char *word)
{
	if (kem_fromtext(e->key, word) == -1)
		return "not a whole ML-KEM-768 key: 1184 bytes in base64";
	e->kind = ASMP_KIND_KEM;
	e->keylen = MLKEM768_EKLEN;
	return NULL;
}

static const char *
read_psk(struct enrolment *e, const char *b64)
{
	size_t	 len;

	if (b64_decode(e->key, sizeof(e->key), &len, b64, strlen(b64)) == -1 ||
	    (len != PSK_SHORT && len != PSK_LONG))
		return "a pre-shared key has 16 or 32 bytes, in base64";
	e->kind = ASMP_KIND_PSK;
	e->keylen = (uint16_t)len;
	return NULL;
}

static const char *
read_pub(struct enrolment *e, const char *word)
{
	struct ident_pub	 pub;

	if (ident_pub_fromtext(&pub, word) == -1)
		return "not a key: ed25519:, p256:, p384:, mlkem768: or psk: "
		    "and base64, or the word token";
	e->kind = ASMP_KIND_SIGNATURE;
	e->alg = (uint8_t)pub.alg;
	e->keylen = (uint16_t)ident_publen(pub.alg);
	memcpy(e->key, pub.key, e->keylen);
	return NULL;
}

static const char *
read_key(struct enrolment *e, const char *word)
{
	const char	*b64;

	if (*word == '\0')
		return "no key after the id";
	if (after(word, "mlkem768:") != NULL)
		return read_kem(e, word);
	if ((b64 = after(word, PSK)) != NULL)
		return read_psk(e, b64);
	if (strcmp(word, TOKEN) != 0)
		return read_pub(e, word);
	e->kind = ASMP_KIND_TOKEN;
	return NULL;
}

/*
 * Take a word that follows the key, role=NAME, profiles=NAME,NAME or
 * expires=TIME, once each.  Returns NULL, or why that cannot be.
 */
const char *
enrolment_setoption(struct enrolment *e, const char *word)
{
	const char	*value;

	if ((value = after(word, ROLE)) != NULL)
		return e->role[0] == '\0' ? enrolment_setrole(e, value) :
		    "names two roles";
	if ((value = after(word, PROFILES)) != NULL)
		return e->profiles == 0 ? enrolment_setprofiles(e, value) :
		    "profiles are there twice: write profiles=NAME,NAME";
	if ((value = after(word, EXPIRES)) != NULL)
		return e->expires == 0 ? enrolment_setexpires(e, value) :
		    "expires twice";
	return "only role=NAME, profiles=NAME,NAME and expires=TIME may "
	    "follow the key";
}

/* The word is as long as the line, so that none is cut short in it. */
static const char *
read_line(struct enrolment *e, const char *line)
{
	const char	*why;
	char		 word[ENROLMENT_TEXTMAX];

	(void)take_word(&line, word, sizeof(word));
	if ((why = read_id(e, word)) == NULL) {
		(void)take_word(&line, word, sizeof(word));
		why = read_key(e, word);
	}
	while (why == NULL && take_word(&line, word, sizeof(word)) != 0)
		why = enrolment_setoption(e, word);
	explicit_bzero(word, sizeof(word));
	return why;
}

/*
 * Read a device from its line, given without the line's end.  Blanks and
 * tabs part the words, role and profiles come in any order.  Returns NULL, or
 * why that is no device, with nothing of it left in e.  A pre-shared key in e
 * is a secret, which the caller wipes.
 */
const char *
enrolment_fromtext(struct enrolment *e, const char *line)
{
	const char	*why;

	memset(e, 0, sizeof(*e));
	if (strlen(line) >= ENROLMENT_TEXTMAX)
		return "longer than the line of any device";
	if (line[strcspn(line, "\r\n")] != '\0')
		return "a line break within: one device stands on a line, "
		    "and lines end as on Unix";
	if ((why = read_line(e, line)) != NULL)
		explicit_bzero(e, sizeof(*e));
	return why;
}

/*
 * Give a device a role by name; whether there is one of that name, the
 * gateway's configuration says.  Returns NULL, or why it cannot be a name.
 */
const char *
enrolment_setrole(struct enrolment *e, const char *name)
{
	size_t	 len = strlen(name);

	if (len == 0 || len > ROLE_NAMEMAX || strspn(name, ROLE_CHARS) != len)
		return "not a role's name: 1 to 16 letters, digits, _ and -";
	memcpy(e->role, name, len + 1);
	return NULL;
}

/* The profile whose name comes next, before a comma or the end, or NULL. */
static const struct asmp_profile *
take_profile(const char **list)
{
	const struct asmp_profile	*p = NULL;
	size_t				 len = strcspn(*list, ",");

	while ((p = profile_next(p)) != NULL) {
		if (strlen(p->name) == len &&
		    memcmp(p->name, *list, len) == 0)
			break;
	}
	*list += len;
	return p;
}

/*
 * Leave a device, of which the kind is known by now, only the profiles in a
 * list of names with commas.  Returns NULL, or why that cannot be.
 */
const char *
enrolment_setprofiles(struct enrolment *e, const char *list)
{
	const struct asmp_profile	*p;
	uint8_t				 mask = 0;

	do {
		if ((p = take_profile(&list)) == NULL)
			return "names a profile that does not exist: there "
			    "are hybrid, asmp, ztp, slmp, smcp and iomt";
		if ((mask & 1U << p->id) != 0)
			return "names a profile twice";
		mask |= 1U << p->id;
	} while (*list++ == ',');
	if ((mask & ~profile_mask(e->kind)) != 0)
		return "names a profile that goes with other keys: hybrid and "
		    "asmp with signature keys, ztp and slmp with tokens, "
		    "smcp with a psk, iomt with mlkem768";
	e->profiles = mask;
	return NULL;
}

/*
 * Give a device an end: a date, or a duration from now on; see when_parse().
 * Returns NULL, or why that cannot be.
 */
const char *
enrolment_setexpires(struct enrolment *e, const char *text)
{
	uint64_t	 now = (uint64_t)time(NULL), t;

	if (when_parse(&t, text, now) == -1)
		return "not a time: a duration such as +90d, or a date such "
		    "as 2027-01-31 or 2027-01-31T12:00:00Z";
	if (t <= now)
		return "expires at a time that is over";
	e->expires = t;
	return NULL;
}

static void
put_text(struct line *l, const char *text)
{
	size_t	 len = strlcpy(l->p, text, l->left);

	if (len >= l->left) {
		l->full = 1;
		return;
	}
	l->p += len;
	l->left -= len;
}

static void
put_b64(struct line *l, const uint8_t *p, size_t len)
{
	size_t	 n = B64_LEN(len);

	if (n >= l->left) {
		l->full = 1;
		return;
	}
	b64_encode(l->p, p, len);
	l->p += n;
	l->left -= n;
}

static void
put_key(struct line *l, const struct enrolment *e)
{
	switch (e->kind) {
	case ASMP_KIND_SIGNATURE:
		put_text(l, ident_algname(e->alg));
		put_text(l, ":");
		break;
	case ASMP_KIND_PSK:
		put_text(l, PSK);
		break;
	case ASMP_KIND_KEM:
		put_text(l, "mlkem768:");
		break;
	default:
		put_text(l, TOKEN);
		break;
	}
	if (e->keylen != 0)
		put_b64(l, e->key, e->keylen);
}

static void
put_profiles(struct line *l, uint8_t mask)
{
	const struct asmp_profile	*p = NULL;
	const char			*before = " " PROFILES;

	while ((p = profile_next(p)) != NULL) {
		if ((mask & 1U << p->id) == 0)
			continue;
		put_text(l, before);
		put_text(l, p->name);
		before = ",";
	}
}

static void
put_expires(struct line *l, uint64_t when)
{
	char	 text[WHENMAX];

	if (when == 0)
		return;
	when_format(text, sizeof(text), when);
	put_text(l, " " EXPIRES);
	put_text(l, text);
}

/* Whether the key has the length that its kind says. */
static int
keylen_valid(const struct enrolment *e)
{
	switch (e->kind) {
	case ASMP_KIND_SIGNATURE:
		return e->keylen != 0 && e->keylen == ident_publen(e->alg);
	case ASMP_KIND_PSK:
		return e->keylen == PSK_SHORT || e->keylen == PSK_LONG;
	case ASMP_KIND_TOKEN:
		return e->keylen == 0;
	case ASMP_KIND_KEM:
		return e->keylen == MLKEM768_EKLEN;
	default:
		return 0;
	}
}

/*
 * Write a device's line without an end; ENROLMENT_TEXTMAX bytes hold any.
 * Returns 0, or -1 with errno EINVAL, no id or not a key of its kind, or
 * ENOSPC, and with nothing left in out.
 */
int
enrolment_totext(char *out, size_t size, const struct enrolment *e)
{
	struct line	 l = { .p = out, .left = size };

	if (!id_valid(e->id) || !keylen_valid(e) || e->expires > WHEN_LAST) {
		errno = EINVAL;
		return -1;
	}
	put_text(&l, e->id);
	put_text(&l, " ");
	put_key(&l, e);
	if (e->role[0] != '\0') {
		put_text(&l, " " ROLE);
		put_text(&l, e->role);
	}
	put_profiles(&l, e->profiles);
	put_expires(&l, e->expires);
	if (!l.full)
		return 0;
	explicit_bzero(out, size);
	errno = ENOSPC;
	return -1;
}
