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
 * What comes of a device's use and not of a change: its row is written again
 * where a ticket was made or used, or one of its two keys was.
 */

#include <sys/types.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"

#define STAMP_MS	60000	/* between two times that uses are written */

/* The row as it is now: what was used while the job waited is in it. */
static void
use_fill(struct job *j, uint64_t now, struct ipc_row *row)
{
	(void)now;
	j->dev->writing = 0;
	device_row(j->dev, row);
}

static enum job_step
use_done(struct job *j)
{
	oracle_stored(j->conn, j->dev, 0);
	return JOB_OVER;
}

static void
use_failed(struct job *j, const char *why)
{
	log_warnx("device %s: its ticket or key's use is not stored: %s",
	    device_id(j->dev), why);
	oracle_stored(j->conn, j->dev, REASON_INTERNAL);
}

/*
 * Writes a device's row, whose ticket was made or used, or one of whose two
 * keys was.  The oracle hears of it for connection conn, unless that is 0.
 * Of two connections that wait for the same write the later one is the
 * device's.
 */
void
use_write(struct device *d, uint64_t conn)
{
	static const struct job_kind	 kind = { NULL, use_fill, use_done,
					    use_failed, NULL };
	struct job			*j;

	if (d->writing && (j = job_waiting(&kind, d)) != NULL) {
		if (conn == 0)
			return;
		oracle_stored(j->conn, d, REASON_REPLACED);
		j->conn = conn;
		return;
	}
	j = job_new(&kind, 0, "");
	j->dev = d;
	j->conn = conn;
	j->n = 1;
	j->behind = 1;
	d->writing = 1;
	job_queue(j);
}

/*
 * The key with this serial has proved the device.  While it has two keys, who
 * uses which is of interest: the first use of the new one at once, later ones
 * now and then.
 */
void
use_key(struct device *d, uint32_t serial)
{
	struct life	*l = d->life;
	uint64_t	 now = now_ms();

	if (l == NULL || l->old == NULL)
		return;
	if (serial != l->serial)
		l->oldused = now;
	else if (l->used == 0) {
		if (!audit_room(0))
			audit_lose();
		else
			audit_event(AUDIT_KEY_ROTATED, device_id(d), 1,
			    "the new key is in use");
		l->stamped = 0;
	}
	if (serial == l->serial)
		l->used = now;
	if (now - l->stamped < STAMP_MS)
		return;
	l->stamped = now;
	use_write(d, 0);
}
