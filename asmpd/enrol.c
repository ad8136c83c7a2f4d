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
 * that no two can be checked against the same state.
 */

#include <sys/types.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define DEVICES_MAX	16000000	/* numbers are 32 bits, memory is not */
#define OVER_WAIT	2	/* seconds until net is told to drop */
#define ROWS_BATCH	1024	/* sent before the store has taken them */

enum job_kind {
	JOB_ADD,
	JOB_REVOKE,
	JOB_TICKET		/* made or used: nobody asked for an answer */
};

struct job {
	TAILQ_ENTRY(job)	 entry;
	enum job_kind		 kind;
	uint32_t		 number;
	uint32_t		 client;
	uint32_t		 n;
	uint32_t		 sent;		/* of n, to the store */
	struct newcomer		*new;		/* JOB_ADD: n of them */
	struct device		*dev;		/* whom, but for JOB_ADD */
	uint64_t		 conn;		/* that waits for it, or 0 */
	char			 id[ASMP_IDMAX + 1];	/* JOB_REVOKE */
};
TAILQ_HEAD(jobs, job);

/* Somebody who waits until a device's session is over. */
struct waiter {
	TAILQ_ENTRY(waiter)	 entry;
	const struct device	*dev;
	uint32_t		 client;
	uint32_t		 sessions;
	char			 what[16];
	struct event		 late;
};
static TAILQ_HEAD(, waiter)	 waiters = TAILQ_HEAD_INITIALIZER(waiters);

static struct jobs	 jobs = TAILQ_HEAD_INITIALIZER(jobs);
static uint32_t		 job_number;
static int		 job_running;

static void	 job_next(void);

/* Asks the store for the registry; enrol_rows() takes it, page by page. */
void
enrol_load(void)
{
	struct ipc_after	 after = { .number = 0 };

	to_child(CTL_STORE, IPC_ROWS_GET, &after, sizeof(after));
}

/* Whether the lengths in a row go with its kind. */
static int
row_valid(const struct ipc_row *row)
{
	switch (row->kind) {
	case ASMP_KIND_SIGNATURE:
		return row->keylen != 0 && (row->sealedlen == 0 ||
		    row->sealedlen == SEALED_MAX) &&
		    row->keylen == ident_publen(row->alg);
	case ASMP_KIND_PSK:
		return row->alg == 0 && row->keylen == ASMP_HASHLEN &&
		    row->sealedlen > AEAD_NONCELEN + ASMP_TAGLEN &&
		    row->sealedlen <= AEAD_NONCELEN + PSK_LONG + ASMP_TAGLEN;
	case ASMP_KIND_TOKEN:
		return row->alg == 0 && row->keylen == 0 &&
		    row->sealedlen == 0;
	case ASMP_KIND_KEM:
		return row->alg == 0 && row->keylen == MLKEM768_EKLEN &&
		    row->sealedlen == 0;
	default:
		return 0;
	}
}

static void
load_row(const struct ipc_row *row)
{
	struct device	*d;
	uint8_t		 mac[ASMP_HASHLEN];

	keyring_row_mac(row, mac);
	if (timingsafe_bcmp(mac, row->mac, sizeof(mac)) != 0)
		fatalx("registry row %u was not made with this gateway's seal: "
		    "the database was changed, or gateway seal names another "
		    "file", row->number);
	d = device_new(row);
	if (row->number == 0 || row->number > DEVICES_MAX ||
	    registry_bynumber(row->number) != NULL ||
	    !id_valid(row->id) || !row_valid(row) ||
	    registry_byid(row->id) != NULL || registry_bykey(d) != NULL)
		fatalx("registry row %u does not fit the others", row->number);
	registry_insert(d);
}

/* A page of rows; an empty one is the end, and the daemon is ready. */
void
enrol_rows(const void *data, size_t len)
{
	const uint8_t		*p = data;
	struct ipc_after	 after = { .number = 0 };
	struct ipc_row		 row;

	if (env->running)
		ipc_intrusion("store", "registry rows out of turn", IPC_ROWS,
		    len);
	if (len == 0) {
		parent_running();
		return;
	}
	while (len > 0) {
		if (ipc_row_get(&row, &p, &len) == -1)
			ipc_intrusion("store", "registry rows of a wrong size",
			    IPC_ROWS, len);
		load_row(&row);
		after.number = row.number;
	}
	to_child(CTL_STORE, IPC_ROWS_GET, &after, sizeof(after));
}

/* Forgets newcomers, less those that have found a place. */
void
newcomers_free(struct newcomer *new, uint32_t n)
{
	uint32_t	 i;

	if (new == NULL)
		return;
	for (i = 0; i < n; i++)
		free(new[i].dev);
	free(new);
}

static struct job *
job_new(enum job_kind kind, uint32_t client)
{
	struct job	*j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		fatal("calloc");
	j->kind = kind;
	j->client = client;
	j->number = ++job_number;
	return j;
}

static void
job_free(struct job *j)
{
	TAILQ_REMOVE(&jobs, j, entry);
	newcomers_free(j->new, j->n);
	free(j);
}

static void
job_queue(struct job *j)
{
	TAILQ_INSERT_TAIL(&jobs, j, entry);
	if (!job_running)
		job_next();
}

/* Refuses the job at the head and goes on with the next. */
static void
job_refuse(struct job *j, enum ctl_code code, uint32_t place, const char *text)
{
	request_result(j->client, code, 0, place, "%s", text);
	job_free(j);
}

/* NULL, or why a device cannot come to those that are there. */
static const char *
newcomer_check(const struct device *d)
{
	if (registry_byid(device_id(d)) != NULL)
		return "a device of this id is enrolled already, or was "
		    "revoked; choose another id";
	if (registry_bykey(d) != NULL)
		return "another device has this key; make it one of its own "
		    "with asmp-keygen";
	return NULL;
}

static int
newcomer_cmp_id(const void *a, const void *b)
{
	const struct newcomer	*x = a, *y = b;

	return strcmp(device_id(x->dev), device_id(y->dev));
}

static int
newcomer_cmp_key(const void *a, const void *b)
{
	const struct newcomer	*x = a, *y = b;

	return device_cmpkey(x->dev, y->dev);
}

static int
newcomer_cmp_place(const void *a, const void *b)
{
	const struct newcomer	*x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* The place of the later of two entries that are alike, or 0. */
static uint32_t
find_twice(struct newcomer *v, size_t n,
    int (*cmp)(const void *, const void *))
{
	size_t	 i;

	qsort(v, n, sizeof(*v), cmp);
	for (i = 1; i < n; i++)
		if (cmp(&v[i - 1], &v[i]) == 0)
			return v[i - 1].place > v[i].place ? v[i - 1].place :
			    v[i].place;
	return 0;
}

/* Whether a list names an id or a key twice; 0, or the entry's place. */
static uint32_t
asked_twice(struct job *j, const char **why)
{
	uint32_t	 place;

	*why = "the id stands in the list twice";
	place = find_twice(j->new, j->n, newcomer_cmp_id);
	if (place == 0) {
		*why = "the key stands in the list twice";
		place = find_twice(j->new, j->n, newcomer_cmp_key);
	}
	qsort(j->new, j->n, sizeof(*j->new), newcomer_cmp_place);
	return place;
}

/* Checks a list as a whole; 0, or -1 after the client has been told. */
static int
job_check_add(struct job *j)
{
	const char	*why;
	uint64_t	 now = now_ms();
	uint32_t	 i, place;

	if (registry_count() + j->n > DEVICES_MAX) {
		job_refuse(j, CTL_FAILED, 0, "the registry is full");
		return -1;
	}
	for (i = 0; i < j->n; i++)
		if ((why = newcomer_check(j->new[i].dev)) != NULL) {
			job_refuse(j, CTL_EXISTS, j->new[i].place, why);
			return -1;
		}
	if (j->n > 1 && (place = asked_twice(j, &why)) != 0) {
		job_refuse(j, CTL_EXISTS, place, why);
		return -1;
	}
	for (i = 0; i < j->n; i++) {
		j->new[i].dev->number = registry_newnumber() + i;
		j->new[i].dev->enrolled = j->new[i].dev->changed = now;
	}
	return 0;
}

/*
 * From here on nobody proves the revoked identity, though the store does not
 * have it yet: it would be late if it came the other way round.
 */
static int
job_check_revoke(struct job *j)
{
	struct device	*d = registry_byid(j->id);

	if (d == NULL) {
		job_refuse(j, CTL_NOTFOUND, 0, "no such device");
		return -1;
	}
	if (d->state == CTL_DEVICE_REVOKED && !d->unstored) {
		job_refuse(j, CTL_EXISTS, 0, "the device was revoked before");
		return -1;
	}
	registry_setstate(d, CTL_DEVICE_REVOKED);
	ticket_drop(d);
	d->changed = now_ms();
	j->dev = d;
	j->n = 1;
	return 0;
}

/*
 * Sends the store the next rows of a job.  It answers each batch before the
 * next one, so that the longest list fills no queue.
 */
static void
job_send(struct job *j)
{
	struct ipc_job	 batch;
	struct ipc_row	 row;

	memset(&batch, 0, sizeof(batch));
	batch.job = j->number;
	for (; j->sent < j->n && batch.count < ROWS_BATCH; batch.count++) {
		registry_row(j->dev != NULL ? j->dev : j->new[j->sent].dev,
		    &row);
		to_child(CTL_STORE, IPC_ROW_PUT, &row, ipc_row_len(&row));
		j->sent++;
	}
	batch.more = j->sent < j->n;
	to_child(CTL_STORE, IPC_ROWS_COMMIT, &batch, sizeof(batch));
}

static int
job_check(struct job *j)
{
	switch (j->kind) {
	case JOB_ADD:
		return job_check_add(j);
	case JOB_REVOKE:
		return job_check_revoke(j);
	default:
		return 0;
	}
}

/* Begins the first job that holds. */
static void
job_next(void)
{
	struct job	*j;

	while ((j = TAILQ_FIRST(&jobs)) != NULL)
		if (job_check(j) == 0)
			break;
	job_running = j != NULL;
	if (j != NULL)
		job_send(j);
}

static void
waiter_late(int fd, short event, void *arg)
{
	struct waiter	*w = arg;
	struct ipc_conn	 conn = { .conn = w->dev->conn };

	(void)fd;
	(void)event;
	if (conn.conn != 0)
		to_child(CTL_NET, IPC_DROP, &conn, sizeof(conn));
}

static void
waiter_done(struct waiter *w)
{
	request_result(w->client, CTL_OK, w->sessions, 0, "%s %s, %u session%s "
	    "closed", device_id(w->dev), w->what, w->sessions,
	    w->sessions == 1 ? "" : "s");
	TAILQ_REMOVE(&waiters, w, entry);
	evtimer_del(&w->late);
	free(w);
}

/* Ends the device's session and answers client when it is over. */
static void
end_and_wait(struct device *d, uint32_t client, uint32_t reason,
    const char *what)
{
	struct timeval	 tv = { .tv_sec = OVER_WAIT };
	struct waiter	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("calloc");
	w->dev = d;
	w->client = client;
	strlcpy(w->what, what, sizeof(w->what));
	evtimer_set(&w->late, waiter_late, w);
	TAILQ_INSERT_TAIL(&waiters, w, entry);
	w->sessions = oracle_end(d, reason);
	if (!oracle_busy(d))
		waiter_done(w);
	else
		evtimer_add(&w->late, &tv);
}

/* The oracle's word that nothing is left of a device's session. */
void
enrol_session_over(const struct device *d)
{
	struct waiter	*w, *next;

	TAILQ_FOREACH_SAFE(w, &waiters, entry, next)
		if (w->dev == d)
			waiter_done(w);
}

static void
job_done_add(struct job *j)
{
	uint32_t	 i;

	if (j->n == 1)
		log_info("device %s enrolled", device_id(j->new[0].dev));
	else
		log_info("%u devices enrolled", j->n);
	for (i = 0; i < j->n; i++) {
		registry_insert(j->new[i].dev);
		j->new[i].dev = NULL;
	}
	request_result(j->client, CTL_OK, j->n, 0, "%u device%s enrolled",
	    j->n, j->n == 1 ? "" : "s");
}

static void
job_done_revoke(struct job *j)
{
	log_info("device %s revoked", j->id);
	j->dev->unstored = 0;
	end_and_wait(j->dev, j->client, REASON_REVOKED, "revoked");
}

static void
job_done_ticket(struct job *j, const struct ipc_jobresult *res)
{
	if (res->failed)
		log_warnx("device %s: its ticket is not stored: %s",
		    device_id(j->dev), res->text);
	oracle_stored(j->conn, j->dev, !res->failed);
}

/* What could not be written is true until the daemon ends all the same. */
static void
job_failed_revoke(struct job *j, const char *text)
{
	log_warnx("device %s revoked, but not for good: %s; revoke it again",
	    j->id, text);
	j->dev->unstored = 1;
	oracle_end(j->dev, REASON_REVOKED);
	request_result(j->client, CTL_FAILED, 0, 0, "%s is shut out until "
	    "asmpd stops, but that could not be stored: %s; revoke it again",
	    j->id, text);
}

static void
job_failed(struct job *j, const char *text)
{
	if (j->kind == JOB_REVOKE) {
		job_failed_revoke(j, text);
		return;
	}
	request_result(j->client, CTL_FAILED, 0, 0, "not stored: %s", text);
}

/* The store has taken rows, written the change, or could not. */
void
enrol_result(const struct ipc_jobresult *res)
{
	struct job	*j = TAILQ_FIRST(&jobs);

	if (!job_running || res->job != j->number)
		ipc_intrusion("store", "an answer to nothing",
		    IPC_ROWS_RESULT, sizeof(*res));
	if (!res->failed && j->sent < j->n) {
		job_send(j);
		return;
	}
	if (j->kind == JOB_TICKET)
		job_done_ticket(j, res);
	else if (res->failed)
		job_failed(j, res->text);
	else if (j->kind == JOB_ADD)
		job_done_add(j);
	else
		job_done_revoke(j);
	job_free(j);
	job_next();
}

/*
 * Enrols n devices, or none of them.  Takes over new, which malloc(3) made,
 * and the devices in it.
 */
void
enrol_add(uint32_t client, struct newcomer *new, uint32_t n)
{
	struct job	*j = job_new(JOB_ADD, client);

	j->new = new;
	j->n = n;
	job_queue(j);
}

/* Revokes a device for good; the answer comes when its session is over. */
void
enrol_revoke(uint32_t client, const char *id)
{
	struct job	*j = job_new(JOB_REVOKE, client);

	strlcpy(j->id, id, sizeof(j->id));
	job_queue(j);
}

/*
 * Writes a device's row, whose ticket was made or used.  The oracle hears of
 * it for connection conn, unless that is 0.
 */
void
enrol_ticket(struct device *d, uint64_t conn)
{
	struct job	*j = job_new(JOB_TICKET, 0);

	j->dev = d;
	j->conn = conn;
	j->n = 1;
	job_queue(j);
}

/* Ends a device's session, which may come back. */
void
enrol_kill(uint32_t client, const char *id)
{
	struct device	*d = registry_byid(id);

	if (d == NULL || !oracle_held(d)) {
		request_result(client, CTL_NOTFOUND, 0, 0, d == NULL ?
		    "no such device" : "the device has no session");
		return;
	}
	log_info("device %s: session killed", id);
	end_and_wait(d, client, REASON_KILLED, "killed");
}
