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
 * Whether a device may come in: an operator revokes it, disables and enables
 * it, and says when it expires.
 */

#include <sys/types.h>

#include <string.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"

/* The ways to shut a device out. */
static const struct shut {
	enum reason	 reason;		/* to end its session for */
	enum audit_type	 type;
	const char	*what;
	const char	*until;
	const char	*again;
} shuts[] = {
	[CTL_DEVICE_REVOKED] = { REASON_REVOKED, AUDIT_KEY_REVOKED, "revoked",
	    "for good", "revoke" },
	[CTL_DEVICE_DISABLED] = { REASON_DISABLED, AUDIT_KEY_DISABLED,
	    "disabled", "until it is enabled", "disable" }
};

/*
 * From here on nobody proves the identity that is shut out, though the store
 * does not have it yet, which other changes or a store that does not answer
 * may keep from it: it would be late if it came the other way round.
 */
static void
bar(struct job *j, struct device *d)
{
	j->barred = d;
	d->barred++;
	j->sessions = lease_end(d, shuts[j->state].reason);
}

static void
unbar(struct job *j)
{
	if (j->barred != NULL)
		j->barred->barred--;
	j->barred = NULL;
}

static enum job_step
shut_check(struct job *j)
{
	struct device	*d;

	unbar(j);
	if ((d = job_device(j)) == NULL)
		return JOB_OVER;
	if (d->state == j->state && !d->unstored)
		return job_refuse(j, CTL_EXISTS, "the device is disabled "
		    "already");
	registry_setstate(d, j->state);
	ticket_drop(d);
	(void)job_change(j, d);
	return job_changed(j);
}

static enum job_step
shut_done(struct job *j)
{
	const struct shut	*shut = &shuts[j->state];

	log_info("device %s %s", j->id, shut->what);
	audit_event(shut->type, j->id, 1, "%s", shut->until);
	ending_wait(j->dev, j->client, shut->reason, shut->what,
	    j->sessions);
	return JOB_OVER;
}

/* What could not be written is true until the daemon ends all the same. */
static void
shut_failed(struct job *j, const char *why)
{
	const struct shut	*shut = &shuts[j->state];

	log_warnx("device %s %s, but not for good: %s; %s it again", j->id,
	    shut->what, why, shut->again);
	audit_event(shut->type, j->id, 0, "not stored: %s", why);
	j->dev->unstored = 1;
	lease_end(j->dev, shut->reason);
	reply_result(j->client, CTL_FAILED, 0, 0, "%s is shut out until "
	    "asmpd stops, but that could not be stored: %s; %s it again",
	    j->id, why, shut->again);
}

/* What opens is in force when it is on the disk. */
static enum job_step
enable_check(struct job *j)
{
	struct device	*d;

	if ((d = job_device(j)) == NULL)
		return JOB_OVER;
	if (d->state != CTL_DEVICE_DISABLED)
		return job_refuse(j, CTL_EXISTS, "the device is not disabled");
	job_change(j, d)->state = j->state;
	return job_changed(j);
}

static enum job_step
enable_done(struct job *j)
{
	log_info("device %s enabled", j->id);
	audit_event(AUDIT_KEY_ENABLED, j->id, 1, "may come in again");
	reply_result(j->client, CTL_OK, 0, 0, "%s enabled", j->id);
	return JOB_OVER;
}

static enum job_step
expire_check(struct job *j)
{
	struct device	*d;
	struct ipc_row	*row;

	if ((d = job_device(j)) == NULL)
		return JOB_OVER;
	if (j->expires != 0 && j->expires <= now_ms())
		return job_refuse(j, CTL_INVALID, "that time is over; device "
		    "disable shuts a device out at once");
	row = job_change(j, d);
	row->expires = j->expires;
	row->told = 0;
	return job_changed(j);
}

static enum job_step
expire_done(struct job *j)
{
	char	 when[WHENMAX];

	if (j->expires == 0)
		strlcpy(when, "never", sizeof(when));
	else
		when_format(when, sizeof(when), j->expires / 1000);
	log_info("device %s expires %s", j->id, when);
	reply_result(j->client, CTL_OK, 0, 0, "%s expires %s", j->id, when);
	return JOB_OVER;
}

static const struct job_kind	 shut_kind = { shut_check, NULL, shut_done,
				    shut_failed, NULL };
static const struct job_kind	 enable_kind = { enable_check, NULL,
				    enable_done, NULL, NULL };
static const struct job_kind	 expire_kind = { expire_check, NULL,
				    expire_done, NULL, NULL };

static void
shut(uint32_t client, const char *id, enum ctl_state state)
{
	struct job	*j = job_new(&shut_kind, client, id);
	struct device	*d = registry_byid(id);

	j->state = state;
	if (d != NULL && d->state == CTL_DEVICE_ACTIVE &&
	    d->barred < UINT8_MAX)
		bar(j, d);
	job_queue(j);
}

/*
 * Revokes a device at once and for good; the answer comes when its session is
 * over.
 */
void
access_revoke(uint32_t client, const char *id)
{
	shut(client, id, CTL_DEVICE_REVOKED);
}

/* The same until access_enable(). */
void
access_disable(uint32_t client, const char *id)
{
	shut(client, id, CTL_DEVICE_DISABLED);
}

/* Lets a device in again that was disabled. */
void
access_enable(uint32_t client, const char *id)
{
	struct job	*j = job_new(&enable_kind, client, id);

	j->state = CTL_DEVICE_ACTIVE;
	job_queue(j);
}

/* Sets when a device expires, ms since 1970, or with 0 that it never does. */
void
access_expire(uint32_t client, const char *id, uint64_t expires)
{
	struct job	*j = job_new(&expire_kind, client, id);

	j->expires = expires;
	job_queue(j);
}
