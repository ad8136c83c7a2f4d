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
 * Another key for a device that is enrolled, which an operator brings or the
 * device itself; the one before may be accepted for a while.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"
#include "slot.h"

/* A device may ask as often as it wants to: some are only counted. */
static void
own_record(const struct device *d, uint32_t reason)
{
	if (!audit_spend(AUDIT_KEY_ROTATED))
		return;
	/* Of what is no proof verify says why it ended the session. */
	if (reason != REASON_ROTATE)
		log_info("device %s: its new key is refused: reason %s",
		    device_id(d), reason_name(reason));
	audit_event(AUDIT_KEY_ROTATED, device_id(d), 0, "by the device: "
	    "refused: reason %s", reason_name(reason));
}

/* The answer to a device's ROTATE, if its connection is still there. */
static void
own_answer(uint64_t conn, uint32_t reason, uint64_t until)
{
	struct slot		*s = slot_of(verifier_name(conn), conn);
	struct ipc_rotated	 ans;

	if (!slot_is(s, conn))
		return;
	s->rotating = 0;
	if (reason != 0)
		own_record(s->dev, reason);
	memset(&ans, 0, sizeof(ans));
	ans.conn = conn;
	ans.reason = reason;
	ans.until = until;
	to_verifier(conn, IPC_ROTATED, &ans, sizeof(ans));
}

static int
key_is(const struct device *d, const struct ipc_row *key)
{
	return d->alg == key->alg && d->keylen == key->keylen &&
	    memcmp(device_keybytes(d), key->key, key->keylen) == 0;
}

/* NULL, or why the device cannot have a key of this kind so. */
static const char *
check_kind(const struct job *j, const struct device *d)
{
	if (d->kind != j->key->kind)
		return "the key is for another kind of proof than the "
		    "device's, which stays what it is";
	if (d->keylen == 0)
		return "who comes with a token has no key to replace";
	if (d->kind == ASMP_KIND_KEM && j->overlap != 0)
		return "an ML-KEM key is replaced at once, for the gateway "
		    "must choose whom it encapsulates to: overlap=0";
	return NULL;
}

/* NULL, or why the device cannot have this key; *again: it is its own. */
static const char *
check_key(const struct job *j, const struct device *d, int *again)
{
	struct device	*probe, *found;

	*again = 0;
	probe = device_new(j->key);
	found = registry_bykey(probe);
	device_free(probe);
	if (found == NULL)
		return NULL;
	if (found != d)
		return "another device has this key; make it one of its own "
		    "with asmp-keygen";
	*again = key_is(d, j->key);
	if (!*again)
		return "this is the key that is being replaced";
	return j->given && d->life != NULL && d->life->old != NULL ? NULL :
	    "the device has this key already";
}

/*
 * The row with the new key.  What the old one was stays that, as long as the
 * key that replaced it has never been used: the device still has the old one.
 */
static void
rotate_row(const struct job *j, const struct device *d, struct ipc_row *row)
{
	const struct life	*l = d->life;
	uint64_t		 now = now_ms();
	uint64_t		 until = now + j->overlap * 1000ULL;

	if (j->overlap == 0)
		row_forget(row);
	else if (l == NULL || l->old == NULL)
		row_age(row, now, lease_held(d) ? now : 0);
	else if (l->used != 0)
		row_age(row, now, l->used);
	else if (!j->given)
		until = l->until;
	if (j->overlap != 0)
		row->until = until;
	row_setkey(row, j->key);
}

static enum job_step
rotate_check(struct job *j, struct device *d)
{
	struct ipc_row	*row;
	const char	*why;
	int		 again;

	if (d->kind == ASMP_KIND_KEM && !j->given)
		j->overlap = 0;
	if ((why = check_kind(j, d)) != NULL)
		return job_refuse(j, CTL_INVALID, why);
	if ((why = check_key(j, d, &again)) != NULL)
		return job_refuse(j, CTL_EXISTS, why);
	row = job_change(j, d);
	if (!again)
		rotate_row(j, d, row);
	else if (j->overlap == 0)
		row_forget(row);
	else
		row->until = now_ms() + j->overlap * 1000ULL;
	return job_changed(j);
}

static enum job_step
given_check(struct job *j)
{
	struct device	*d = job_device(j);

	return d == NULL ? JOB_OVER : rotate_check(j, d);
}

/* The session was proved by the device's key, which may be another since. */
static enum job_step
own_check(struct job *j)
{
	struct device	*d;
	uint8_t		 reason;

	if ((d = job_device(j)) == NULL)
		return JOB_OVER;
	reason = device_refused(d);
	if (reason == 0 && j->serial != device_serial(d))
		reason = REASON_OLD_KEY;
	if (reason == 0)
		return rotate_check(j, d);
	own_answer(j->conn, reason, 0);
	return JOB_OVER;
}

/*
 * Who proved itself by a key that is gone now must do so again.  Until when
 * the old key is accepted is in until, of WHENMAX bytes; "": it is not.
 */
static void
rotate_done(const struct job *j, char *until, const char *who)
{
	const struct life	*l = j->dev->life;
	char			 key[DEVICE_KEYMAX];

	ticket_drop(j->dev);
	until[0] = '\0';
	if (l != NULL && l->old != NULL)
		when_format(until, WHENMAX, l->until / 1000);
	log_info("device %s has a new key%s%s", j->id, until[0] == '\0' ? "" :
	    ", the old one is accepted until ", until);
	audit_event(AUDIT_KEY_ROTATED, j->id, 1, "by %s: a new key%s%s%s", who,
	    until[0] == '\0' ? ", at once" :
	    ", the old one is accepted until ", until,
	    device_keyname(j->dev, key));
}

static enum job_step
given_done(struct job *j)
{
	char	 until[WHENMAX];

	rotate_done(j, until, "an operator");
	if (lease_stale(j->dev))
		ending_wait(j->dev, j->client, REASON_LIFETIME,
		    "has a new key", 0);
	else if (until[0] == '\0')
		reply_result(j->client, CTL_OK, 0, 0, "%s has a new key",
		    j->id);
	else
		reply_result(j->client, CTL_OK, 0, 0, "%s has a new key, "
		    "the old one is accepted until %s", j->id, until);
	return JOB_OVER;
}

static enum job_step
own_done(struct job *j)
{
	char	 until[WHENMAX];

	rotate_done(j, until, "the device");
	own_answer(j->conn, 0, j->dev->life->until);
	return JOB_OVER;
}

static void
own_failed(struct job *j, const char *why)
{
	log_warnx("device %s: its new key is not stored: %s", j->id, why);
	own_answer(j->conn, REASON_INTERNAL, 0);
}

static void
own_refused(struct job *j)
{
	own_answer(j->conn, REASON_KEY_TAKEN, 0);
}

/*
 * Replaces a device's key by that in a row, which malloc(3) made and this
 * takes over; the old one is accepted for a while.
 */
void
newkey_given(uint32_t client, const char *id, struct ipc_row *key,
    const struct ctl_rotate *r)
{
	static const struct job_kind	 kind = { given_check, NULL,
					    given_done, NULL, NULL };
	struct job			*j = job_new(&kind, client, id);

	j->key = key;
	j->given = r->given != 0;
	j->overlap = j->given ? r->overlap : OVERLAP_DEFAULT;
	job_queue(j);
}

/* The same as the device itself asks for in the session of connection conn. */
static void
own_queue(struct device *d, uint64_t conn, const struct ident_pub *pub)
{
	static const struct job_kind	 kind = { own_check, NULL, own_done,
					    own_failed, own_refused };
	struct job			*j = job_new(&kind, 0, device_id(d));

	if ((j->key = calloc(1, sizeof(*j->key))) == NULL)
		fatal("calloc");
	strlcpy(j->key->id, j->id, sizeof(j->key->id));
	j->key->kind = ASMP_KIND_SIGNATURE;
	j->key->alg = pub->alg;
	j->key->keylen = ident_publen(pub->alg);
	memcpy(j->key->key, pub->key, j->key->keylen);
	j->overlap = OVERLAP_DEFAULT;
	j->conn = conn;
	j->serial = device_serial(d);
	j->behind = 1;
	job_queue(j);
}

/*
 * Whether the device's own ROTATE holds, by the key that proved its session,
 * which is one of the device's; 0 or the reason.
 */
static uint32_t
rotate_reason(const struct slot *s, const struct ipc_rotate *req,
    struct rotate *r, int *again)
{
	struct ident_pub	 pub, now;
	int			 old = s->serial != device_serial(s->dev);

	*again = 0;
	device_pub(s->dev, &now);
	pub = now;
	if ((old && device_oldpub(s->dev, &pub) == -1) ||
	    rotate_get(r, req->plain, req->len) == -1 ||
	    rotate_verify(r, &pub, s->a, s->a + ASMP_HASHLEN,
	    device_id(s->dev)) == -1)
		return REASON_ROTATE;
	if (!old)
		return 0;
	/* It asks again for what was done: the answer may have been lost. */
	*again = r->pub.alg == now.alg &&
	    memcmp(r->pub.key, now.key, ident_publen(now.alg)) == 0;
	return *again ? 0 : REASON_OLD_KEY;
}

/*
 * ROTATE: verify has only passed it on.  Both keys have signed the session's
 * own handshake, which verify cannot make another one's.
 */
void
newkey_rotate(const struct ipc_rotate *req)
{
	struct slot	*s = slot_of(verifier_name(req->conn), req->conn);
	struct rotate	 r;
	uint32_t	 reason;
	int		 again;

	if (CONN_GEN(req->conn) < s->gen || (CONN_GEN(req->conn) == s->gen &&
	    !s->open))
		return;
	if (CONN_GEN(req->conn) != s->gen || s->dev == NULL || s->a == NULL ||
	    s->rotating || req->len > sizeof(req->plain))
		ipc_intrusion(verifier_name(req->conn), "a key for nobody",
		    IPC_ROTATE, CONN_SLOT(req->conn));
	if (s->dev->lease != req->conn || device_refused(s->dev) != 0)
		return;		/* its end is on its way */
	if (!s->dev->leased || s->grant != NULL)
		ipc_intrusion(verifier_name(req->conn), "a key of no session",
		    IPC_ROTATE, CONN_SLOT(req->conn));
	s->rotating = 1;
	reason = rotate_reason(s, req, &r, &again);
	if (reason == 0 && !again)
		own_queue(s->dev, req->conn, &r.pub);
	else
		own_answer(req->conn, reason, reason == 0 ?
		    s->dev->life->until : 0);
}
