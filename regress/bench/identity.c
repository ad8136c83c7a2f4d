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
 * Who the clients are.  All that is secret about the n-th of a kind follows
 * from n, so that there are as many as a bench wants and no files of them:
 * they are no devices for anything else.
 */

#include <sys/types.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asmp.h"
#include "asmp_proto.h"
#include "load.h"

#define TOKEN_LIFE	(24 * 60 * 60)	/* seconds: longer than a bench */
#define ROLE_DEVICE	1

/* What a profile's devices have, and the first letters of their ids. */
static const struct kind {
	enum asmp_kind	 kind;
	const char	*letters;
} kinds[] = {
	{ ASMP_KIND_SIGNATURE, "SIGN" },
	{ ASMP_KIND_PSK, "PSK" },
	{ ASMP_KIND_TOKEN, "TOKEN" },
	{ ASMP_KIND_KEM, "KEM" }
};

static const struct kind *
kind_of(const char *profile)
{
	const struct asmp_profile	*p = profile_byname(profile);
	size_t				 i;

	if (p == NULL)
		errx(1, "%s: not a profile", profile);
	for (i = 0; (p->kinds & 1U << kinds[i].kind) == 0; i++)
		;
	return &kinds[i];
}

static void
device_name(char *id, size_t size, const struct kind *k, unsigned int n)
{
	snprintf(id, size, "%s_%07u", k->letters, n);
}

static void
seed_of(uint8_t *seed, size_t len, unsigned int n)
{
	memset(seed, 0, len);
	put_u32(seed, n + 1);
}

static struct ident *
ident_of(unsigned int n)
{
	uint8_t		 seed[ASMP_KEYLEN];
	struct ident	*ident;

	seed_of(seed, sizeof(seed), n);
	if ((ident = ident_fromseed(IDENT_ED25519, seed, sizeof(seed))) ==
	    NULL)
		errx(1, "cannot make a key");
	return ident;
}

static void
enrol_key(struct enrolment *e, unsigned int n)
{
	uint8_t		 seed[MLKEM768_SEEDLEN], dk[MLKEM768_DKLEN];
	struct ident	*ident;

	switch (e->kind) {
	case ASMP_KIND_SIGNATURE:
		ident = ident_of(n);
		e->alg = IDENT_ED25519;
		e->keylen = ident_publen(IDENT_ED25519);
		memcpy(e->key, ident_public(ident)->key, e->keylen);
		ident_free(ident);
		break;
	case ASMP_KIND_PSK:
		e->keylen = PSK_SHORT;
		seed_of(e->key, e->keylen, n);
		break;
	case ASMP_KIND_KEM:
		e->keylen = MLKEM768_EKLEN;
		seed_of(seed, sizeof(seed), n);
		mlkem768_keypair(e->key, dk, seed);
		break;
	default:
		break;
	}
}

/* Prints the lines that enrol count devices for a profile, from the first. */
void
identity_lines(const char *profile, unsigned int first, unsigned int count)
{
	const struct kind	*k = kind_of(profile);
	struct enrolment	 e;
	char			 text[ENROLMENT_TEXTMAX];
	unsigned int		 n;

	for (n = first; n < first + count; n++) {
		memset(&e, 0, sizeof(e));
		e.kind = k->kind;
		device_name(e.id, sizeof(e.id), k, n);
		enrol_key(&e, n);
		if (enrolment_totext(text, sizeof(text), &e) == -1)
			errx(1, "%s: no line", e.id);
		puts(text);
	}
	if (fflush(stdout) == EOF)
		err(1, "stdout");
}

/* The token of a client, with the key that is in dir/ISSUER.issuer. */
static void
token_make(struct secret *s, const char *id, const struct asmp *a,
    const char *dir)
{
	struct secret	 issuer;
	char		 path[PATH_MAX], why[SECRET_WHYMAX];
	uint64_t	 now = time(NULL);

	snprintf(path, sizeof(path), "%s/ISSUER.issuer", dir);
	if (secretfile_read(&issuer, SECRET_ISSUER, path, why) == -1)
		errx(1, "%s: %s", path, why);
	s->kind = SECRET_TOKEN;
	s->len = ASMP_HASHLEN;
	s->token.version = 1;
	s->token.key = issuer.number;
	s->token.role = ROLE_DEVICE;
	s->token.not_before = now - TOKEN_LIFE;
	s->token.expires = now + TOKEN_LIFE;
	strlcpy(s->token.audience, asmp_gateway(a), sizeof(s->token.audience));
	strlcpy(s->token.client, id, sizeof(s->token.client));
	if (token_tag(s->key, issuer.key, &s->token) == -1)
		err(1, "token of %s", id);
}

/* asmp(3) takes identities from files, so each is one for a moment. */
static void
file_make(const struct client *c, enum asmp_kind kind, const char *id,
    const char *path, const char *dir)
{
	struct secret	 s;
	struct ident	*ident;
	int		 fd, r;

	memset(&s, 0, sizeof(s));
	if ((fd = keyfile_create(path, 0600)) == -1)
		err(1, "%s", path);
	if (kind == ASMP_KIND_SIGNATURE) {
		ident = ident_of(c->n);
		r = keyfile_write(fd, ident, NULL);
		ident_free(ident);
	} else {
		s.kind = SECRET_KEM;
		s.len = MLKEM768_SEEDLEN;
		seed_of(s.key, s.len, c->n);
		if (kind == ASMP_KIND_TOKEN)
			token_make(&s, id, c->asmp, dir);
		r = secretfile_write(fd, &s);
	}
	if (r == -1)
		err(1, "%s", path);
	close(fd);
}

/*
 * The client becomes its device of a profile, which identity_lines() enrols;
 * its gateway is set already.
 */
void
identity_take(struct client *c, const char *profile, const char *dir)
{
	const struct kind	*k = kind_of(profile);
	uint8_t			 key[PSK_SHORT];
	char			 id[ASMP_IDMAX + 1], path[PATH_MAX];
	int			 r;

	device_name(id, sizeof(id), k, c->n);
	if (k->kind == ASMP_KIND_PSK) {
		seed_of(key, sizeof(key), c->n);
		r = asmp_set_psk(c->asmp, id, key, sizeof(key));
	} else {
		snprintf(path, sizeof(path), "%s/identity.%ld", dir,
		    (long)getpid());
		file_make(c, k->kind, id, path, dir);
		if (k->kind == ASMP_KIND_SIGNATURE)
			r = asmp_set_identity(c->asmp, id, path, NULL);
		else if (k->kind == ASMP_KIND_TOKEN)
			r = asmp_set_token(c->asmp, path);
		else
			r = asmp_set_kem(c->asmp, id, path);
		unlink(path);
	}
	if (r == -1 || asmp_set_profile(c->asmp, profile) == -1)
		errx(1, "%s: %s", id, asmp_error(c->asmp));
}
