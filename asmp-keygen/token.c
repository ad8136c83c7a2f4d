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
 * Tokens: issued to a client for one gateway, and taken apart for people.
 * The tag is the client's secret, so it is checked and never printed.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "asmp-keygen.h"

#define CLOCKS_APART	60		/* seconds that clocks may differ */
#define LIFE		"24h"		/* without -u */

/* The roles that every gateway has; others go by number. */
static const char *const	roles[] = { NULL, "device", "user", "admin" };

#define NROLES		(sizeof(roles) / sizeof(roles[0]))

/* The name of a built-in role; NULL for a gateway's own. */
const char *
role_name(uint8_t role)
{
	return role < NROLES ? roles[role] : NULL;
}

static uint8_t
role_parse(const char *text)
{
	const char	*errstr;
	uint8_t		 i;

	for (i = 1; i < NROLES; i++) {
		if (strcmp(roles[i], text) == 0)
			return i;
	}
	i = (uint8_t)strtonum(text, 1, UINT8_MAX, &errstr);
	if (errstr != NULL)
		errx(1, "%s: not a token's role: device, user, admin or a "
		    "number from 1 to 255", text);
	return i;
}

static uint64_t
when(const char *text, uint64_t now)
{
	uint64_t	 t;

	if (when_parse(&t, text, now) == -1)
		errx(1, "%s: not a time: a duration such as 24h or 30d, or a "
		    "date such as 2027-01-31 or 2027-01-31T12:00:00Z", text);
	return t;
}

/*
 * A token begins a little in the past unless it is said when, because the
 * gateway's clock may be behind this one.
 */
static void
token_fill(struct asmp_token *t, const struct options *o)
{
	uint64_t	 now = (uint64_t)time(NULL);

	t->version = 1;
	t->role = role_parse(o->role != NULL ? o->role : "device");
	t->not_before = o->from == NULL ? now - CLOCKS_APART :
	    when(o->from, now);
	t->expires = when(o->until != NULL ? o->until : LIFE, now);
	if (t->expires <= t->not_before)
		errx(1, "the token would end before it begins: see -f and -u");
	arc4random_buf(t->jti, sizeof(t->jti));
	if (!id_valid(o->audience))
		errx(1, "%s: not a gateway's id", o->audience);
	strlcpy(t->audience, o->audience, sizeof(t->audience));
	strlcpy(t->client, o->operand, sizeof(t->client));
}

/* Make the file of a token, and say what is in it. */
void
token_issue(const struct options *o)
{
	struct making	 m;
	struct secret	 issuer;
	int		 r;

	make_begin(&m, o->operand);
	m.secret.kind = SECRET_TOKEN;
	m.secret.len = ASMP_HASHLEN;
	token_fill(&m.secret.token, o);
	secret_load(&issuer, SECRET_ISSUER, o->issuer);
	m.secret.token.key = issuer.number;
	r = token_tag(m.secret.key, issuer.key, &m.secret.token);
	explicit_bzero(&issuer, sizeof(issuer));
	if (r == -1)
		err(1, "cannot make a token");
	make_dir(&m, o->dir);
	make_secretfile(&m, "token");
	printf("%s token\n", m.path[0]);
	(void)token_print(&m.secret, NULL);
	printf("\nEnrol its client at the gateway:\n\n"
	    "\tasmp-keygen -e %s | asmpctl device add -\n", m.path[0]);
	make_end(&m);
}

/* What to say of a tag, which holds only if *holds is set. */
static const char *
tag_check(const struct secret *s, const char *path, int *holds)
{
	struct secret	 issuer;
	uint8_t		 tag[ASMP_HASHLEN];
	const char	*what = "does not hold: the issuer key of this number "
	    "is another one, or the token was changed";

	*holds = 0;
	secret_load(&issuer, SECRET_ISSUER, path);
	if (issuer.number != s->token.key)
		what = "not checked: another issuer key made it";
	else if (token_tag(tag, issuer.key, &s->token) == 0 &&
	    timingsafe_bcmp(tag, s->key, sizeof(tag)) == 0) {
		what = "holds";
		*holds = 1;
	}
	explicit_bzero(&issuer, sizeof(issuer));
	explicit_bzero(tag, sizeof(tag));
	return what;
}

static const char *
validity(const struct asmp_token *t)
{
	uint64_t	 now = (uint64_t)time(NULL);

	if (now < t->not_before)
		return "not valid yet";
	return now < t->expires ? "valid" : "expired";
}

static void
print_body(const struct asmp_token *t)
{
	const char	*name = role_name(t->role);
	char		 from[WHENMAX], until[WHENMAX];
	size_t		 i;

	when_format(from, sizeof(from), t->not_before);
	when_format(until, sizeof(until), t->expires);
	printf("client_id   %s\n", t->client);
	printf("role        %u%s%s\n", t->role, name != NULL ? " " : "",
	    name != NULL ? name : "");
	printf("audience    %s\n", t->audience);
	printf("not_before  %s\n", from);
	printf("expires     %s\n", until);
	printf("jti         ");
	for (i = 0; i < sizeof(t->jti); i++)
		printf("%02x", t->jti[i]);
	printf("\nissuer key  %u\n", t->key);
}

/*
 * Print all of a token but its tag; of that, whether it holds by the issuer
 * key in a file, if there is one.  Returns whether the token is good as far
 * as that can be told: without the key always.
 */
int
token_print(const struct secret *s, const char *issuer)
{
	const char	*valid = validity(&s->token);
	int		 holds = 1;

	print_body(&s->token);
	if (issuer != NULL)
		printf("tag         %s\n", tag_check(s, issuer, &holds));
	printf("now         %s\n", valid);
	return issuer == NULL || (holds && strcmp(valid, "valid") == 0);
}
