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


/* Who the device is and whom it talks to: key file and pin file. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_local.h"

#define PINLINEMAX	512	/* id and key take less than half of it */

/* A setter begins: an earlier setter's failure is forgotten. */
static int
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

static int
passphrase_give(char *buf, int size, int rwflag, void *arg)
{
	const char *const	*passphrase = arg;
	size_t			 len;

	(void)rwflag;
	len = strlcpy(buf, *passphrase, (size_t)size);
	return len < (size_t)size ? (int)len : -1;
}

static struct ident *
ident_read(struct asmp *a, const char *path, const char *passphrase)
{
	struct ident	*ident;
	const char	*why;
	int		 fd;

	if ((fd = keyfile_open(path, 1, &why)) == -1) {
		asmp_fail(a, ASMP_E_USAGE, "%s: %s", path,
		    why != NULL ? why : strerror(errno));
		return NULL;
	}
	ident = keyfile_read(fd, passphrase == NULL ? NULL : passphrase_give,
	    &passphrase);
	if (ident == NULL) {
		a->locked = errno == EACCES || errno == EPERM;
		asmp_fail(a, ASMP_E_USAGE, "%s: %s", path,
		    keyfile_strerror(errno));
	}
	close(fd);
	return ident;
}

/*
 * Be the device id, whose private key is in keyfile (PKCS#8, PEM), under
 * passphrase where it is not NULL.  0, or -1 and ASMP_E_USAGE; see also
 * asmp_locked().
 */
int
asmp_set_identity(struct asmp *a, const char *id, const char *keyfile,
    const char *passphrase)
{
	if (set_begin(a) == -1)
		return -1;
	a->locked = 0;
	if (!id_valid(id))
		return asmp_fail(a, ASMP_E_USAGE, "%s: not a device id", id);
	ident_free(a->ident);
	if ((a->ident = ident_read(a, keyfile, passphrase)) == NULL)
		return -1;
	strlcpy(a->id, id, sizeof(a->id));
	return 0;
}

/*
 * Whether the last asmp_set_identity() failed for want of the right
 * passphrase: the caller may ask for it and try again.
 */
int
asmp_locked(const struct asmp *a)
{
	return a->locked;
}

/* One line of a pin file, without its newline.  NULL, or what is wrong. */
static const char *
pin_line(struct asmp *a, char *line)
{
	struct pin	*pin = &a->pin[a->npins];
	char		*id, *key, *last;

	line[strcspn(line, "#")] = '\0';
	if ((id = strtok_r(line, " \t\r", &last)) == NULL)
		return NULL;
	if ((key = strtok_r(NULL, " \t\r", &last)) == NULL ||
	    strtok_r(NULL, " \t\r", &last) != NULL)
		return "expected: GATEWAY_ID ed25519:BASE64";
	if (!id_valid(id))
		return "not a gateway id";
	if (a->npins != 0 && strcmp(id, a->gateway) != 0)
		return "another gateway id than on the line before";
	if (a->npins == PINS)
		return "more than two keys";
	if (ident_pub_fromtext(&pin->pub, key) == -1 ||
	    pin->pub.alg != IDENT_ED25519)
		return "not an ed25519 public key";
	ident_keyid(&pin->pub, pin->keyid);
	strlcpy(a->gateway, id, sizeof(a->gateway));
	a->npins++;
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
 * The key agreement and records by a profile's name; a new device speaks
 * "asmp".  0, or -1 and ASMP_E_USAGE.
 */
int
asmp_set_profile(struct asmp *a, const char *name)
{
	const struct asmp_profile	*p = profile_byname(name);

	if (set_begin(a) == -1)
		return -1;
	if (p == NULL || (p->kinds & 1U << ASMP_KIND_SIGNATURE) == 0)
		return asmp_fail(a, ASMP_E_USAGE,
		    "profile %s: not one this library speaks", name);
	a->profile = p;
	return 0;
}
