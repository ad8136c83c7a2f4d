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
 * Who the device is: a private key to sign with, a key shared with the
 * gateway, a token, or a key that the gateway encapsulates to.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_local.h"

/* Forget who the device was. */
void
identity_wipe(struct asmp *a)
{
	ident_free(a->ident);
	ident_free(a->next);
	a->ident = a->next = NULL;
	a->rotation = ASMP_ROTATION_NONE;
	a->kind = 0;
	a->id[0] = '\0';
	explicit_bzero(&a->secret, sizeof(a->secret));
	explicit_bzero(&a->ticket, sizeof(a->ticket));
}

/* Nobody yet; id NULL is one that the identity itself will name. */
static int
identity_begin(struct asmp *a, const char *id)
{
	if (set_begin(a) == -1)
		return -1;
	identity_wipe(a);
	a->locked = 0;
	if (id == NULL)
		return 0;
	if (!id_valid(id))
		return asmp_fail(a, ASMP_E_USAGE, "%s: not a device id", id);
	strlcpy(a->id, id, sizeof(a->id));
	return 0;
}

static int
identity_end(struct asmp *a, enum asmp_kind kind)
{
	a->kind = kind;
	if (profile_fit(a) == 0)
		return 0;
	identity_wipe(a);
	return -1;
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

/* A private key from its file; NULL and a failure, see asmp_locked(). */
struct ident *
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
	if (identity_begin(a, id) == -1 ||
	    (a->ident = ident_read(a, keyfile, passphrase)) == NULL)
		return -1;
	return identity_end(a, ASMP_KIND_SIGNATURE);
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

/*
 * Be the device id, which shares the len bytes of key, 16 or 32, with the
 * gateway.  0, or -1 and ASMP_E_USAGE.
 */
int
asmp_set_psk(struct asmp *a, const char *id, const void *key, size_t len)
{
	if (identity_begin(a, id) == -1)
		return -1;
	if (len != PSK_SHORT && len != PSK_LONG)
		return asmp_fail(a, ASMP_E_USAGE, "a pre-shared key has %d "
		    "or %d bytes, this one %zu", PSK_SHORT, PSK_LONG, len);
	memcpy(a->secret.key, key, len);
	a->secret.len = len;
	return identity_end(a, ASMP_KIND_PSK);
}

/* A secret of this kind from its file; 0, or -1 and a failure. */
static int
secret_read(struct asmp *a, struct secret *s, enum secret_kind kind,
    const char *path)
{
	char	 why[SECRET_WHYMAX];

	if (secretfile_read(s, kind, path, why) == 0)
		return 0;
	return asmp_fail(a, ASMP_E_USAGE, "%s: %s", path, why);
}

/* The same with the key in a file.  0, or -1 and ASMP_E_USAGE. */
int
asmp_set_pskfile(struct asmp *a, const char *id, const char *keyfile)
{
	if (identity_begin(a, id) == -1 ||
	    secret_read(a, &a->secret, SECRET_PSK, keyfile) == -1)
		return -1;
	return identity_end(a, ASMP_KIND_PSK);
}

/* Be whom the token in this file names.  0, or -1 and ASMP_E_USAGE. */
int
asmp_set_token(struct asmp *a, const char *tokenfile)
{
	if (identity_begin(a, NULL) == -1 ||
	    secret_read(a, &a->secret, SECRET_TOKEN, tokenfile) == -1)
		return -1;
	strlcpy(a->id, a->secret.token.client, sizeof(a->id));
	return identity_end(a, ASMP_KIND_TOKEN);
}

/*
 * Be the device id, whose ML-KEM-768 key is in keyfile.  0, or -1 and
 * ASMP_E_USAGE.
 */
int
asmp_set_kem(struct asmp *a, const char *id, const char *keyfile)
{
	if (identity_begin(a, id) == -1 ||
	    secret_read(a, &a->secret, SECRET_KEM, keyfile) == -1)
		return -1;
	return identity_end(a, ASMP_KIND_KEM);
}

/*
 * Mix the key in this file, which a group of devices shares with the
 * gateway, into all keys of later sessions.  0, or -1 and ASMP_E_USAGE.
 */
int
asmp_set_shared(struct asmp *a, const char *keyfile)
{
	if (set_begin(a) == -1)
		return -1;
	return secret_read(a, &a->shared, SECRET_SHARED, keyfile);
}
