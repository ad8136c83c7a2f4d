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
 * Changes to the registry: checked against memory, made durable in the
 * store, then taken into memory.  One at a time, in the order of asking, so
 * that no two can be checked against the same state; but devices, who choose
 * how many tickets they ask for, come after the operator, and each with no
 * more than one write that waits.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "job.h"
#include "log.h"

#define ROWS_BATCH	1024	/* sent before the store has taken them */
#define LATE_SECONDS	10	/* until who waits for the store is answered */
#define AUDIT_PAUSE	100	/* ms until the audit log may have room */

static TAILQ_HEAD(, job) jobs = TAILQ_HEAD_INITIALIZER(jobs);
static uint32_t		 job_number;
static int		 job_running;
static struct event	 ev_turn;	/* of the job that took a slice */
static struct event	 ev_late;	/* the store owes an answer */

static void	 job_next(void);
static void	 job_done(struct job *);
static void	 job_wait(void);

/*
 * A change of this kind that client hears of, or with 0 nobody, to the device
 * of this id, or with "" to what the caller sets; for job_queue().
 */
struct job *
job_new(const struct job_kind *kind, uint32_t client, const char *id)
{
	struct job	*j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		fatal("calloc");
	j->kind = kind;
	j->client = client;
	j->number = ++job_number;
	strlcpy(j->id, id, sizeof(j->id));
	return j;
}

static void
job_free(struct job *j)
{
	TAILQ_REMOVE(&jobs, j, entry);
	newlist_free(j->list);
	freezero(j->row, sizeof(*j->row));
	freezero(j->key, sizeof(*j->key));
	free(j);
}

/* Takes over a job and what is in it, and has it done when its turn comes. */
void
job_queue(struct job *j)
{
	struct job	*o = NULL;

	if (!j->behind)
		TAILQ_FOREACH(o, &jobs, entry)
			if (o->behind && o->sent == 0)
				break;
	if (o != NULL)
		TAILQ_INSERT_BEFORE(o, j, entry);
	else
		TAILQ_INSERT_TAIL(&jobs, j, entry);
	if (!job_running)
		job_next();
}

/* The job of this kind that has yet to send a device's row, or NULL. */
struct job *
job_waiting(const struct job_kind *kind, const struct device *d)
{
	struct job	*j;

	TAILQ_FOREACH(j, &jobs, entry)
		if (j->kind == kind && j->dev == d && j->sent == 0)
			break;
	return j;
}

/* In a check: this cannot be done, and whoever asked hears why. */
enum job_step
job_refuse(struct job *j, enum ctl_code code, const char *why)
{
	if (j->kind->refused != NULL)
		j->kind->refused(j);
	else
		reply_result(j->client, code, 0, 0, "%s", why);
	return JOB_OVER;
}

/*
 * In a check: the device of the id that was asked for, or NULL, and the job
 * is refused: there is none, or it is revoked for good.
 */
struct device *
job_device(struct job *j)
{
	struct device	*d = registry_byid(j->id);

	if (d == NULL)
		(void)job_refuse(j, CTL_NOTFOUND, "no such device");
	else if (d->state == CTL_DEVICE_REVOKED && (!d->unstored ||
	    j->state != CTL_DEVICE_REVOKED))
		(void)job_refuse(j, CTL_EXISTS, "the device was revoked "
		    "before");
	else
		return d;
	return NULL;
}

/*
 * In a check: the device's row comes next in a later version.  What is to be
 * another in it than in memory, the caller writes into the row that this
 * returns, and then calls job_changed().
 */
struct ipc_row *
job_change(struct job *j, struct device *d)
{
	if ((j->row = calloc(1, sizeof(*j->row))) == NULL)
		fatal("calloc");
	device_row(d, j->row);
	j->row->version = registry_nextchange();
	j->row->changed = now_ms();
	j->dev = d;
	j->n = 1;
	return j->row;
}

/* Whoever asked hears that it could not be written, and why. */
static void
job_tell_failed(struct job *j, const char *why)
{
	if (j->kind->failed != NULL)
		j->kind->failed(j, why);
	else
		reply_result(j->client, CTL_FAILED, 0, 0, "not stored: %s",
		    why);
}

/*
 * In a check: what makes next of the registry's rows can be sent now, or the
 * job has failed.
 */
enum job_step
job_announce(struct job *j, const uint8_t *next)
{
	if (registry_announce(next) == 0)
		return JOB_SEND;
	job_tell_failed(j, ANCHOR_FAILED);
	return JOB_OVER;
}

/* The row of job_change() is as it is to be; what the check returns then. */
enum job_step
job_changed(struct job *j)
{
	uint8_t	 next[ASMP_HASHLEN];

	keyring_row_mac(j->row, j->row->mac);
	memcpy(next, registry_set(), sizeof(next));
	keyring_rowset(next, j->dev->number, j->dev->version);
	keyring_rowset(next, j->dev->number, j->row->version);
	return job_announce(j, next);
}

/*
 * A store that does not answer keeps nobody waiting.  The job stays: what it
 * writes may be on the disk.
 */
static void
job_late(int fd, short event, void *arg)
{
	struct job	*j;

	(void)fd;
	(void)event;
	(void)arg;
	log_warnx("store: has not answered a change of the registry for %d "
	    "seconds", LATE_SECONDS);
	TAILQ_FOREACH(j, &jobs, entry) {
		reply_result(j->client, CTL_FAILED, 0, 0, "the store has not "
		    "answered for %d seconds and may yet do it; who is to be "
		    "shut out is", LATE_SECONDS);
		j->client = 0;
	}
	job_wait();
}

static void
job_wait(void)
{
	struct timeval	 tv = { .tv_sec = LATE_SECONDS };

	evtimer_set(&ev_late, job_late, NULL);
	if (evtimer_add(&ev_late, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * Sends the store the next rows of a job.  It answers each batch before the
 * next one, so that the longest list fills no queue.
 */
static void
job_send(struct job *j)
{
	struct ipc_job	 batch;
	struct ipc_row	 row, *p = &row;
	uint64_t	 now = now_ms();

	memset(&batch, 0, sizeof(batch));
	batch.job = j->number;
	for (; j->sent < j->n && batch.count < ROWS_BATCH; batch.count++) {
		if (j->kind->fill != NULL)
			j->kind->fill(j, now, &row);
		else
			p = j->row;
		to_child(CTL_STORE, IPC_ROW_PUT, p, ipc_row_len(p));
		j->sent++;
	}
	batch.more = j->sent < j->n;
	audit_mark();
	to_child(CTL_STORE, IPC_ROWS_COMMIT, &batch, sizeof(batch));
	job_wait();
}

static void
job_turn(int fd, short event, void *arg)
{
	struct job	*j = TAILQ_FIRST(&jobs);

	(void)fd;
	(void)event;
	(void)arg;
	if (j->stored)
		job_done(j);
	else
		job_next();
}

/* Others have their turn before the job goes on, and its pause is over. */
static void
job_pause(const struct job *j)
{
	struct timeval	 tv = { .tv_usec = j->pause * 1000 };

	evtimer_set(&ev_turn, job_turn, NULL);
	if (evtimer_add(&ev_turn, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * No change is made before its record has room: what an operator asks for has
 * it, but not what time or a device has begun.
 */
static enum job_step
job_check(struct job *j)
{
	j->pause = 0;
	if (j->kind->check == NULL)
		return JOB_SEND;
	if (audit_room_change())
		return j->kind->check(j);
	j->pause = AUDIT_PAUSE;
	return JOB_MORE;
}

/* Begins the first job that holds, or goes on checking it. */
static void
job_next(void)
{
	enum job_step	 step = JOB_SEND;
	struct job	*j;

	while ((j = TAILQ_FIRST(&jobs)) != NULL &&
	    (step = job_check(j)) == JOB_OVER)
		job_free(j);
	job_running = j != NULL;
	if (j == NULL)
		return;
	if (step == JOB_MORE)
		job_pause(j);
	else
		job_send(j);
}

/* Another turn for a job whose rows are on the disk. */
static void
job_done(struct job *j)
{
	if (j->kind->done(j) == JOB_MORE) {
		job_pause(j);
		return;
	}
	job_free(j);
	job_next();
}

/* All of a job is on the disk: a changed row comes into memory. */
static void
job_stored(struct job *j)
{
	j->stored = 1;
	if (j->row != NULL) {
		registry_apply(j->dev, j->row);
		registry_settled();
		j->dev->unstored = 0;
	}
	job_done(j);
}

static void
job_failed(struct job *j, const char *why)
{
	job_tell_failed(j, why);
	job_free(j);
	job_next();
}

/* The store has taken rows, written the change, or could not. */
void
job_result(const struct ipc_jobresult *res)
{
	struct job	*j = TAILQ_FIRST(&jobs);

	if (!job_running || res->job != j->number || j->sent == 0 || j->stored)
		ipc_intrusion("store", "an answer to nothing",
		    IPC_ROWS_RESULT, sizeof(*res));
	evtimer_del(&ev_late);
	if (res->failed)
		job_failed(j, res->text);
	else if (j->sent < j->n)
		job_send(j);
	else {
		audit_marked();
		job_stored(j);
	}
}
