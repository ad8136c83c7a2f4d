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

enum job_kind {
	JOB_ADD,
	JOB_REVOKE
};

struct job {
	TAILQ_ENTRY(job)	 entry;
	enum job_kind		 kind;
	uint32_t		 number;
	uint32_t		 client;
	uint32_t		 nrows;
	struct ipc_row		*rows;
	struct ctl_newdevice	*asked;		/* nrows of them, JOB_ADD */
	uint64_t		 before;	/* when it was changed last */
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
		return row->keylen != 0 && row->sealedlen == 0 &&
		    row->keylen == ident_publen(row->alg);
	case ASMP_KIND_PSK:
		return row->alg == 0 && row->keylen == ASMP_HASHLEN &&
		    row->sealedlen != 0;
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
	uint8_t	 mac[ASMP_HASHLEN];

	keyring_row_mac(row, mac);
	if (timingsafe_bcmp(mac, row->mac, sizeof(mac)) != 0)
		fatalx("registry row %u was not made with this gateway's seal: "
		    "the database was changed, or gateway seal names another "
		    "file", row->number);
	if (row->number == 0 || row->number > DEVICES_MAX ||
	    registry_bynumber(row->number) != NULL ||
	    !id_valid(row->id) || !row_valid(row) ||
	    registry_byid(row->id) != NULL || registry_bykey(row) != NULL)
		fatalx("registry row %u does not fit the others", row->number);
	registry_insert(row);
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
	free(j->rows);
	free(j->asked);
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

static void
row_fill(struct ipc_row *row, const struct ctl_newdevice *new,
    uint32_t number)
{
	memset(row, 0, sizeof(*row));
	row->number = number;
	row->kind = ASMP_KIND_SIGNATURE;
	row->alg = new->alg;
	row->state = CTL_DEVICE_ACTIVE;
	row->profiles = profile_mask(row->kind);
	row->role = ROLE_DEFAULT;
	row->enrolled = row->changed = now_ms();
	row->keylen = ident_publen(new->alg);
	strlcpy(row->id, new->id, sizeof(row->id));
	memcpy(row->key, new->key, row->keylen);
	keyring_row_mac(row, row->mac);
}

/* NULL, or why the device cannot be enrolled. */
static const char *
newdevice_check(const struct ctl_newdevice *new, enum ctl_code *code)
{
	struct ident_pub	 pub;
	struct ipc_row		 row;

	*code = CTL_INVALID;
	if (!id_valid(new->id))
		return "the id must be 1 to 64 of letters, digits and ._:@-";
	memset(&pub, 0, sizeof(pub));
	pub.alg = new->alg;
	memcpy(pub.key, new->key, sizeof(pub.key));
	if (ident_publen(new->alg) == 0 || ident_pub_check(&pub) == -1)
		return "the key is not a valid Ed25519, P-256 or P-384 key";
	*code = CTL_EXISTS;
	if (registry_byid(new->id) != NULL)
		return "a device of this id is enrolled already, or was "
		    "revoked; choose another id";
	row_fill(&row, new, 0);
	if (registry_bykey(&row) != NULL)
		return "another device has this key; make it one of its own "
		    "with asmp-keygen";
	return NULL;
}

static int
new_cmp_id(const void *a, const void *b)
{
	const struct ctl_newdevice *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static int
new_cmp_key(const void *a, const void *b)
{
	const struct ctl_newdevice *const *x = a, *const *y = b;

	if ((*x)->alg != (*y)->alg)
		return (*x)->alg < (*y)->alg ? -1 : 1;
	return memcmp((*x)->key, (*y)->key, sizeof((*x)->key));
}

/* The later of two entries of one list that are alike, or NULL. */
static const struct ctl_newdevice *
find_twice(const struct ctl_newdevice **v, size_t n,
    int (*cmp)(const void *, const void *))
{
	size_t	 i;

	qsort(v, n, sizeof(*v), cmp);
	for (i = 1; i < n; i++)
		if (cmp(&v[i - 1], &v[i]) == 0)
			return v[i - 1]->place > v[i]->place ? v[i - 1] : v[i];
	return NULL;
}

/* Whether a list names an id or a key twice; 0, or the entry's place. */
static uint32_t
asked_twice(const struct job *j, const char **why)
{
	const struct ctl_newdevice	**v, *twice;
	uint32_t			  i;

	if ((v = reallocarray(NULL, j->nrows, sizeof(*v))) == NULL)
		fatal("reallocarray");
	for (i = 0; i < j->nrows; i++)
		v[i] = &j->asked[i];
	*why = "the id stands in the list twice";
	if ((twice = find_twice(v, j->nrows, new_cmp_id)) == NULL) {
		*why = "the key stands in the list twice";
		twice = find_twice(v, j->nrows, new_cmp_key);
	}
	free(v);
	return twice == NULL ? 0 : twice->place;
}

/* Checks a list as a whole; 0, or -1 after the client has been told. */
static int
job_check_add(struct job *j)
{
	const char	*why;
	enum ctl_code	 code;
	uint32_t	 i, place;

	if (registry_count() + j->nrows > DEVICES_MAX) {
		job_refuse(j, CTL_FAILED, 0, "the registry is full");
		return -1;
	}
	for (i = 0; i < j->nrows; i++)
		if ((why = newdevice_check(&j->asked[i], &code)) != NULL) {
			job_refuse(j, code, j->asked[i].place, why);
			return -1;
		}
	if (j->nrows > 1 && (place = asked_twice(j, &why)) != 0) {
		job_refuse(j, CTL_EXISTS, place, why);
		return -1;
	}
	j->rows = reallocarray(NULL, j->nrows, sizeof(*j->rows));
	if (j->rows == NULL)
		fatal("reallocarray");
	for (i = 0; i < j->nrows; i++)
		row_fill(&j->rows[i], &j->asked[i], registry_newnumber() + i);
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
	if (d->state == CTL_DEVICE_REVOKED) {
		job_refuse(j, CTL_EXISTS, 0, "the device was revoked before");
		return -1;
	}
	registry_setstate(d, CTL_DEVICE_REVOKED);
	j->before = d->changed;
	d->changed = now_ms();
	if ((j->rows = calloc(1, sizeof(*j->rows))) == NULL)
		fatal("calloc");
	j->nrows = 1;
	registry_row(d, j->rows);
	return 0;
}

/* Sends the first job that holds to the store. */
static void
job_next(void)
{
	struct job	*j;
	struct ipc_job	 commit;
	uint32_t	 i;

	while ((j = TAILQ_FIRST(&jobs)) != NULL)
		if ((j->kind == JOB_ADD ? job_check_add(j) :
		    job_check_revoke(j)) == 0)
			break;
	job_running = j != NULL;
	if (j == NULL)
		return;
	for (i = 0; i < j->nrows; i++)
		to_child(CTL_STORE, IPC_ROW_PUT, &j->rows[i],
		    ipc_row_len(&j->rows[i]));
	commit.job = j->number;
	commit.count = j->nrows;
	to_child(CTL_STORE, IPC_ROWS_COMMIT, &commit, sizeof(commit));
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

	for (i = 0; i < j->nrows; i++)
		registry_insert(&j->rows[i]);
	if (j->nrows == 1)
		log_info("device %s enrolled", j->rows[0].id);
	else
		log_info("%u devices enrolled", j->nrows);
	request_result(j->client, CTL_OK, j->nrows, 0, "%u device%s enrolled",
	    j->nrows, j->nrows == 1 ? "" : "s");
}

static void
job_done_revoke(struct job *j)
{
	struct device	*d = registry_byid(j->id);

	log_info("device %s revoked", j->id);
	end_and_wait(d, j->client, REASON_REVOKED, "revoked");
}

static void
job_failed(struct job *j, const char *text)
{
	struct device	*d;

	if (j->kind == JOB_REVOKE && (d = registry_byid(j->id)) != NULL) {
		registry_setstate(d, CTL_DEVICE_ACTIVE);
		d->changed = j->before;
	}
	request_result(j->client, CTL_FAILED, 0, 0, "not stored: %s", text);
}

/* The store has written the change that was sent last, or could not. */
void
enrol_result(const struct ipc_jobresult *res)
{
	struct job	*j = TAILQ_FIRST(&jobs);

	if (!job_running || res->job != j->number)
		ipc_intrusion("store", "an answer to nothing",
		    IPC_ROWS_RESULT, sizeof(*res));
	if (res->failed)
		job_failed(j, res->text);
	else if (j->kind == JOB_ADD)
		job_done_add(j);
	else
		job_done_revoke(j);
	job_free(j);
	job_next();
}

/*
 * Enrols n devices, or none of them.  Takes over asked, which malloc(3) made.
 */
void
enrol_add(uint32_t client, struct ctl_newdevice *asked, uint32_t n)
{
	struct job	*j = job_new(JOB_ADD, client);

	j->asked = asked;
	j->nrows = n;
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
