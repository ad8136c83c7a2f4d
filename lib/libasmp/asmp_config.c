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


/* Whom the device talks to, and how: pin file and profile. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "asmp_local.h"

#define PINLINEMAX	512	/* id and key take less than half of it */

/* A setter begins: an earlier setter's failure is forgotten. */
int
set_begin(struct asmp *a)
{
	if (a->session.phase != PHASE_NONE)
		return asmp_fail(a, ASMP_E_USAGE,
		    "identity and gateway cannot change in a session");
	a->state = ASMP_CONNECTING;
	a->failure = ASMP_E_NONE;
	a->error[0] = '\0';
	return 0;
}

/* One line of a pin file, without its newline.  NULL, or what is wrong. */
static const char *
pin_line(struct asmp *a, char *line)
{
	struct ident_pub	 pub;
	struct pin		*pin;
	char			 id[ASMP_IDMAX + 1];
	const char		*why;

	if ((why = pin_fromtext(id, &pub, line)) != NULL || id[0] == '\0')
		return why;
	if (a->npins != 0 && strcmp(id, a->gateway) != 0)
		return "another gateway id than on the line before";
	if (a->npins == PINS)
		return "more than two keys";
	pin = &a->pin[a->npins++];
	pin->pub = pub;
	ident_keyid(&pin->pub, pin->keyid);
	strlcpy(a->gateway, id, sizeof(a->gateway));
	return NULL;
}

static int
pin_read(struct asmp *a, FILE *f, const char *name)
{
	char		 line[PINLINEMAX];
	const char	*why;
	size_t		 len;
	int		 n = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		n++;
		len = strcspn(line, "\n");
		why = line[len] == '\0' && !feof(f) ? "line too long" : NULL;
		line[len] = '\0';
		if (why != NULL || (why = pin_line(a, line)) != NULL)
			return asmp_fail(a, ASMP_E_USAGE, "%s:%d: %s", name,
			    n, why);
	}
	if (ferror(f))
		return asmp_fail(a, ASMP_E_USAGE, "%s: %s", name,
		    strerror(errno));
	if (a->npins == 0)
		return asmp_fail(a, ASMP_E_USAGE, "%s: no gateway in it",
		    name);
	return 0;
}

/*
 * Talk to the gateway of this pin file alone: one or two lines "GATEWAY_ID
 * ed25519:BASE64", the same id on both (two keys while it rotates), '#'
 * begins a comment.  0, or -1 and ASMP_E_USAGE.
 */
int
asmp_set_gateway(struct asmp *a, const char *pinfile)
{
	FILE	*f;
	int	 r;

	if (set_begin(a) == -1)
		return -1;
	a->npins = 0;
	explicit_bzero(&a->ticket, sizeof(a->ticket));
	if ((f = fopen(pinfile, "re")) == NULL)
		return asmp_fail(a, ASMP_E_USAGE, "%s: %s", pinfile,
		    strerror(errno));
	r = pin_read(a, f, pinfile);
	fclose(f);
	if (r == -1)
		a->npins = 0;
	return r;
}

/*
 * Key agreement and records for the kind of identity: what the caller chose
 * if that takes this kind, else the first that does.  0, or -1 and
 * ASMP_E_USAGE.
 */
int
profile_fit(struct asmp *a)
{
	const struct asmp_profile	*p;

	p = a->chosen ? a->profile : profile_next(NULL);
	if (a->chosen && (p->kinds & 1U << a->kind) == 0)
		return asmp_fail(a, ASMP_E_USAGE, "profile %s takes no "
		    "identity of kind %s", p->name, kind_name(a->kind));
	while ((p->kinds & 1U << a->kind) == 0)
		p = profile_next(p);
	a->profile = p;
	return 0;
}

/*
 * Whether readings are compressed, each alone, from the next asmp_start()
 * on: worth it for long ones, on a line that is slow or dear.  0, or -1 and
 * ASMP_E_SYSTEM: no memory, some 256 KiB of which it takes.
 */
int
asmp_set_compression(struct asmp *a, int on)
{
	if (set_begin(a) == -1)
		return -1;
	compress_free(a->compress);
	a->compress = NULL;
	if (on && (a->compress = compress_new()) == NULL)
		return asmp_fail(a, ASMP_E_SYSTEM, "compression: %s",
		    strerror(errno));
	return 0;
}

/*
 * Choose the profile by its name.  Without it there is the first that the
 * kind of identity has.  0, or -1 and ASMP_E_USAGE: there is none of this
 * name, or the identity is of another kind.
 */
int
asmp_set_profile(struct asmp *a, const char *name)
{
	const struct asmp_profile	*p = profile_byname(name);

	if (set_begin(a) == -1)
		return -1;
	if (p == NULL)
		return asmp_fail(a, ASMP_E_USAGE,
		    "profile %s: not one this library speaks", name);
	if (a->kind != 0 && (p->kinds & 1U << a->kind) == 0)
		return asmp_fail(a, ASMP_E_USAGE, "profile %s takes no "
		    "identity of kind %s", name, kind_name(a->kind));
	a->profile = p;
	a->chosen = 1;
	return 0;
}
