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

/* The device goes over to another key, in a session that the old one opened. */

#include <errno.h>
#include <string.h>

#include "asmp_local.h"

/*
 * Have the private key in keyfile (PKCS#8, PEM), under passphrase where it is
 * not NULL, ready to take the place of the one that asmp_set_identity() has
 * read.  0, or -1 and ASMP_E_USAGE; see also asmp_locked().
 */
int
asmp_set_newkey(struct asmp *a, const char *keyfile, const char *passphrase)
{
	if (set_begin(a) == -1)
		return -1;
	a->locked = 0;
	if (a->ident == NULL)
		return asmp_fail(a, ASMP_E_USAGE, "only a key that signs can "
		    "be replaced, after asmp_set_identity()");
	ident_free(a->next);
	a->rotation = ASMP_ROTATION_NONE;
	return (a->next = ident_read(a, keyfile, passphrase)) == NULL ? -1 :
	    0;
}

/*
 * Ask the gateway to take that key for the device's.  asmp_rotation() says
 * what comes of it; the session goes on by the old key, and what
 * asmp_start() begins later has the new one.  0, or -1 with errno ENOTCONN
 * (not open), ENOTSUP (no such key), EALREADY (asked before in this session)
 * or EAGAIN (new session keys are on their way), or with a failure.
 */
int
asmp_rotate(struct asmp *a)
{
	struct session	*s = &a->session;
	struct rotate	 r;
	uint8_t		 plain[ROTATE_MAX];

	if (a->state != ASMP_OPEN)
		errno = ENOTCONN;
	else if (a->next == NULL || !a->profile->sealed)
		errno = ENOTSUP;
	else if (a->rotation != ASMP_ROTATION_NONE)
		errno = EALREADY;
	else if (s->rekey != NULL)
		errno = EAGAIN;
	else {
		a->rotation = ASMP_ROTATION_ASKED;
		if (rotate_sign(&r, a->next, a->ident, s->t1, s->hbody,
		    a->id) == -1)
			return asmp_fail(a, ASMP_E_SYSTEM, "cannot sign: %s",
			    strerror(errno));
		return out_record(a, ASMP_ROTATE, ASMP_STREAM_CONN,
		    s->keys.d2g_control, plain, rotate_put(plain, &r));
	}
	return -1;
}

/*
 * What has come of asmp_rotate(): the reason where it was refused, or until
 * when the gateway accepts the old key, ms since 1970; each where not NULL.
 */
enum asmp_rotation
asmp_rotation(const struct asmp *a, int *reason, uint64_t *until)
{
	if (reason != NULL)
		*reason = a->rotreason;
	if (until != NULL)
		*until = a->rotuntil;
	return a->rotation;
}

/* A new session: by the new key, if it is the device's by now. */
void
rotation_begin(struct asmp *a)
{
	if (a->rotation == ASMP_ROTATION_DONE && a->next != NULL) {
		ident_free(a->ident);
		a->ident = a->next;
		a->next = NULL;
	} else if (a->rotation != ASMP_ROTATION_DONE)
		a->rotation = ASMP_ROTATION_NONE;
}

/* The gateway's answer.  A ticket from before is none any more. */
int
rotate_input(struct asmp *a, const uint8_t *plain, size_t len)
{
	if (a->rotation != ASMP_ROTATION_ASKED || len != ROTATE_ANSWER)
		return asmp_fail(a, ASMP_E_PROTOCOL,
		    "the gateway sent an unexpected ROTATE");
	a->rotreason = plain[0];
	a->rotuntil = get_u64(plain + 1);
	a->rotation = plain[0] == REASON_NONE ? ASMP_ROTATION_DONE :
	    ASMP_ROTATION_REFUSED;
	if (a->rotation == ASMP_ROTATION_DONE)
		explicit_bzero(&a->ticket, sizeof(a->ticket));
	return 0;
}
