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
 * Secrets that are one line of a file of their own: what kind it is, and
 * base64.  None is taken for another, nor from a file that others can read.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "ident_impl.h"

#define BINMAX		(1 + SECRET_MAX)	/* with a number */

static const struct row {
	const char	*magic;
	const char	*name;
	size_t		 len;
	size_t		 orlen;		/* the same where there is one */
	int		 numbered;
} rows[] = {
	[SECRET_SEAL] = { "asmp-seal-1 ", "a sealing secret",
	    ASMP_KEYLEN, ASMP_KEYLEN, 0 },
	[SECRET_ISSUER] = { "asmp-issuer-1 ", "an issuer key",
	    ASMP_KEYLEN, ASMP_KEYLEN, 1 },
	[SECRET_PSK] = { "asmp-psk-1 ", "a pre-shared key",
	    PSK_SHORT, PSK_LONG, 0 },
	[SECRET_SHARED] = { "asmp-shared-1 ", "a shared key",
	    ASMP_KEYLEN, ASMP_KEYLEN, 1 },
	[SECRET_KEM] = { "asmp-kem-1 ", "an ML-KEM key",
	    MLKEM768_SEEDLEN, MLKEM768_SEEDLEN, 0 },
	[SECRET_TOKEN] = { "asmp-token-1 ", "a token",
	    ASMP_HASHLEN, ASMP_HASHLEN, 0 }
};

#define NROWS		(sizeof(rows) / sizeof(rows[0]))

static int	refuse(char *, const char *, ...)
		    __attribute__((__format__ (printf, 2, 3)));
static int	valid(const struct secret *);
static enum secret_kind kind_of(const char *, size_t);
static int	not_wanted(char *, enum secret_kind, const char *, size_t);
static int	decode_key(struct secret *, const char *);
static int	decode(struct secret *, const char *, size_t);
static int	encode_key(char *, size_t, const struct secret *);

static int
refuse(char *why, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, SECRET_WHYMAX, fmt, ap);
	va_end(ap);
	return -1;
}

/* What such a secret is called, with its article. */
const char *
secret_name(enum secret_kind kind)
{
	return kind == 0 || kind >= NROWS ? "a secret" : rows[kind].name;
}

/* Whether the secret has its kind's length, and a number where there is one. */
static int
valid(const struct secret *s)
{
	const struct row	*r = &rows[s->kind];

	return (s->len == r->len || s->len == r->orlen) &&
	    (s->number != 0) == r->numbered;
}

/* What the text says it is; 0: nothing of ours. */
static enum secret_kind
kind_of(const char *text, size_t len)
{
	enum secret_kind	 k;
	size_t			 n;

	for (k = SECRET_SEAL; k < NROWS; k++) {
		n = strlen(rows[k].magic);
		if (len >= n && memcmp(text, rows[k].magic, n) == 0)
			return k;
	}
	return 0;
}

/* Say what the text is in place of the secret that was wanted. */
static int
not_wanted(char *why, enum secret_kind want, const char *text, size_t len)
{
	static const char	 pem[] = "-----BEGIN ";
	enum secret_kind	 kind = kind_of(text, len);

	if (kind != 0)
		return refuse(why, "is %s, not %s", secret_name(kind),
		    secret_name(want));
	if (len >= sizeof(pem) - 1 && memcmp(text, pem, sizeof(pem) - 1) == 0)
		return refuse(why, "is a key in PEM format, not %s",
		    secret_name(want));
	return refuse(why, "is not %s made by asmp-keygen",
	    secret_name(want));
}

static int
decode_key(struct secret *s, const char *b64)
{
	uint8_t	 bin[BINMAX];
	size_t	 len, n = rows[s->kind].numbered ? 1 : 0;
	int	 r = -1;

	if (b64_decode(bin, sizeof(bin), &len, b64, strlen(b64)) == -1 ||
	    len < n || len - n > sizeof(s->key))
		goto done;
	s->number = n != 0 ? bin[0] : 0;
	s->len = len - n;
	memcpy(s->key, bin + n, s->len);
	r = valid(s) ? 0 : -1;
done:
	explicit_bzero(bin, sizeof(bin));
	return r;
}

/* The secret, of which the kind is known, from its line; 0, or -1. */
static int
decode(struct secret *s, const char *text, size_t len)
{
	char	 line[SECRET_TEXTMAX];
	int	 r;

	if (len >= sizeof(line) || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(line, text, len);
	line[len] = '\0';
	if (s->kind == SECRET_TOKEN) {
		s->len = ASMP_HASHLEN;
		r = token_fromtext(&s->token, s->key, line);
	} else
		r = decode_key(s, line + strlen(rows[s->kind].magic));
	explicit_bzero(line, sizeof(line));
	return r;
}

/*
 * Read a secret from the len bytes that are all of its file: one line, which
 * may lack its end.  want is the only kind to take, 0: any.  Returns 0, or -1
 * with the reason for people in the SECRET_WHYMAX bytes at why, such as "is
 * a token, not an issuer key", and nothing in s, which the caller wipes.
 */
int
secret_fromtext(struct secret *s, enum secret_kind want, const char *text,
    size_t len, char *why)
{
	enum secret_kind	 kind = kind_of(text, len);
	int			 r = 0;

	memset(s, 0, sizeof(*s));
	s->kind = kind;
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (kind == 0 || (want != 0 && kind != want))
		r = not_wanted(why, want, text, len);
	else if (memchr(text, '\n', len) != NULL)
		r = refuse(why, "is %s with more lines after it: keep one "
		    "secret in a file", secret_name(kind));
	else if (decode(s, text, len) == -1)
		r = refuse(why, "is %s, but damaged or cut short",
		    secret_name(kind));
	if (r == -1)
		explicit_bzero(s, sizeof(*s));
	return r;
}

static int
encode_key(char *out, size_t size, const struct secret *s)
{
	uint8_t	 bin[BINMAX];
	char	 b64[B64_LEN(BINMAX) + 1];
	size_t	 n = rows[s->kind].numbered ? 1 : 0;
	int	 len;

	bin[0] = s->number;
	memcpy(bin + n, s->key, s->len);
	b64_encode(b64, bin, n + s->len);
	len = snprintf(out, size, "%s%s", rows[s->kind].magic, b64);
	explicit_bzero(bin, sizeof(bin));
	explicit_bzero(b64, sizeof(b64));
	if (len > 0 && (size_t)len < size)
		return 0;
	explicit_bzero(out, size);
	errno = ENOSPC;
	return -1;
}

/*
 * Write the line of a secret, without its end; SECRET_TEXTMAX bytes hold
 * any.  Returns 0, or -1 with errno EINVAL for what is none, or ENOSPC, and
 * with nothing of it in out.
 */
int
secret_totext(char *out, size_t size, const struct secret *s)
{
	if (s->kind == 0 || s->kind >= NROWS || !valid(s)) {
		errno = EINVAL;
		return -1;
	}
	if (s->kind == SECRET_TOKEN)
		return token_totext(out, size, &s->token, s->key);
	return encode_key(out, size, s);
}

/*
 * Read a secret from a file out of reach of other users.  Returns 0, or -1
 * as secret_fromtext() does.
 */
int
secretfile_read(struct secret *s, enum secret_kind want, const char *path,
    char *why)
{
	const char	*unfit;
	char		 text[KEYFILE_MAX];
	size_t		 len;
	int		 fd, r;

	memset(s, 0, sizeof(*s));
	if ((fd = keyfile_open(path, 1, &unfit)) == -1)
		return refuse(why, "%s", unfit != NULL ? unfit :
		    strerror(errno));
	if (keyfile_slurp(fd, text, sizeof(text), &len) == -1)
		r = refuse(why, "%s", keyfile_strerror(errno));
	else
		r = secret_fromtext(s, want, text, len, why);
	explicit_bzero(text, sizeof(text));
	close(fd);
	return r;
}

/*
 * Write a secret to the file that keyfile_create() made.  Returns 0, or -1
 * with errno EINVAL for what is none, or of write(2): what is in the file
 * then is of no use.
 */
int
secretfile_write(int fd, const struct secret *s)
{
	char	 text[SECRET_TEXTMAX];
	size_t	 len;
	ssize_t	 n;

	if (secret_totext(text, sizeof(text), s) == -1)
		return -1;
	len = strlcat(text, "\n", sizeof(text));
	n = write(fd, text, len);
	explicit_bzero(text, sizeof(text));
	if (n == -1)
		return -1;
	if ((size_t)n != len) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}
