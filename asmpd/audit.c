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
 * The audit log.  The parent alone makes its records and keeps the frontier
 * of their tree, the store keeps the records: whatever the store does to
 * them, the next checkpoint that is signed here shows it.
 */

#include <sys/types.h>

#include <event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define INFLIGHT_MAX	4096	/* records the store has yet to write */
#define ROOM_OTHERS	512	/* records, of whatever else happens */
#define ROOM_CHANGE	16	/* of these for changes under way: each is .. */
#define ROOM_LOST	1	/* .. one or two; and for how many are lost */
#define SIGN_WAIT	1	/* seconds from a record to its checkpoint */
#define LATE_SECONDS	5	/* without a record's being written: told */

static struct merkle	 tree;		/* of what the store has written */
static uint64_t		 next;		/* index of the next record */
static uint64_t		 signed_size;	/* of the last checkpoint */
static struct {
	uint8_t		 leaf[ASMP_HASHLEN];
	uint64_t	 made;		/* mono_ms() */
}			 inflight[INFLIGHT_MAX];
static uint64_t		 marked;	/* records, with the last change */
static int		 late;		/* that was told */
static struct event	 ev_sign;
static int		 asked;		/* the store for what it has */
static char		 bad[AUDIT_DETAILMAX];	/* with the log, or "" */
static int		 started;
static void		(*finished)(void);	/* who waits for the end */

static void	 sign_later(void);

/* Makes the record of a message, and sends it with what is sealed. */
static void
put(struct ipc_audit *a, const char *message, const uint8_t *sealed)
{
	struct {
		struct ipc_audit	 a;
		char			 text[AUDIT_TEXTMAX + SEALED_MAX];
	} msg;
	struct part	 p = { msg.text, 0 };
	uint8_t		*leaf = inflight[next % INFLIGHT_MAX].leaf;

	a->index = next;
	strlcpy(a->gateway, env->conf->gateway_id, sizeof(a->gateway));
	p.len = audit_record(msg.text, a, message);
	if (a->sealedlen > 0)
		memcpy(msg.text + p.len, sealed, a->sealedlen);
	merkle_leaf(leaf, &p, 1);
	keyring_audit_mac(anchor_get()->run, next, leaf, a->mac);
	msg.a = *a;
	inflight[next % INFLIGHT_MAX].made = mono_ms();
	next++;
	to_child(CTL_STORE, IPC_AUDIT, &msg, sizeof(msg.a) + p.len +
	    a->sealedlen);
	sign_later();
}

/* How many more records the store may be sent. */
static uint64_t
room(void)
{
	return INFLIGHT_MAX - (next - tree.size);
}

/* Whether n records can be written now, and some of others; not if down. */
int
audit_room(uint64_t n)
{
	return !started || room() > n + ROOM_OTHERS;
}

/* Whether a change to the registry may begin: its records will have room. */
int
audit_room_change(void)
{
	return !started || room() >= ROOM_CHANGE;
}

/* How many places a record of this type leaves to others. */
static uint64_t
left_to_others(enum audit_type type)
{
	switch (type) {
	case AUDIT_AUTHENTICATED:
		return ROOM_OTHERS;
	case AUDIT_KEY_REVOKED:
	case AUDIT_KEY_ENROLLED:
	case AUDIT_KEY_ROTATED:
	case AUDIT_KEY_DISABLED:
	case AUDIT_KEY_ENABLED:
	case AUDIT_KEY_EXPIRED:
		return ROOM_LOST;
	case AUDIT_EVENTS_LOST:
		return 0;
	default:
		return ROOM_CHANGE;
	}
}

/* Whether there is room for a record; one that finds none is counted. */
static int
admit(enum audit_type type)
{
	if (!started)
		return 0;
	if (room() > left_to_others(type)) {
		env->counter[CP_AUDITED]++;
		return 1;
	}
	audit_lose();
	return 0;
}

/*
 * Writes a record: what happened, to which device (NULL: none), whether that
 * is a success, and a message, which may hold anything and is cut to less than
 * AUDIT_DETAILMAX bytes.  Where the store does not keep up it is counted, and
 * -1 returned, else 0.
 */
int
audit_event(enum audit_type type, const char *device, int ok,
    const char *fmt, ...)
{
	struct ipc_audit a;
	char		 message[AUDIT_DETAILMAX];
	va_list		 ap;

	if (!admit(type))
		return -1;
	memset(&a, 0, sizeof(a));
	a.type = type;
	a.ok = ok;
	if (device != NULL)
		strlcpy(a.device, device, sizeof(a.device));
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	put(&a, message, NULL);
	return 0;
}

/*
 * A device was let in; message says how.  sealed is what remains of the
 * secret by which it was, len bytes, for the store to keep, or 0.
 */
void
audit_authenticated(const struct device *d, const char *message,
    const uint8_t *sealed, size_t len)
{
	struct ipc_audit	 a;

	if (!admit(AUDIT_AUTHENTICATED))
		return;
	memset(&a, 0, sizeof(a));
	a.type = AUDIT_AUTHENTICATED;
	a.ok = 1;
	a.number = d->number;
	a.sealedlen = len;
	strlcpy(a.device, device_id(d), sizeof(a.device));
	put(&a, message, sealed);
}

/*
 * How many records wait for the store, the first of them for long, and since
 * when in *since, ms since 1970; or 0.
 */
uint64_t
audit_late(uint64_t *since)
{
	uint64_t	 age;

	if (tree.size == next)
		return 0;
	age = mono_ms() - inflight[tree.size % INFLIGHT_MAX].made;
	*since = now_ms() - age;
	return age >= LATE_SECONDS * 1000 ? next - tree.size : 0;
}

/* Says once that the store lags, and once that it does not any more. */
static void
tell_late(void)
{
	uint64_t	 since, n = audit_late(&since);

	if (n > 0 && !late)
		log_warnx("store: %llu audit records were made and are not "
		    "written, the first for %d seconds; nothing of them is "
		    "signed", (unsigned long long)n, LATE_SECONDS);
	if (n == 0 && late)
		log_info("store: audit records are written again");
	late = n > 0;
}

/* The records that there are go to the disk with what is sent next. */
void
audit_mark(void)
{
	marked = next;
}

/* The store says that this is there: so are they, or it withholds them. */
void
audit_marked(void)
{
	if (tree.size < marked)
		ipc_intrusion("store", "a change without its records",
		    IPC_ROWS_RESULT, marked - tree.size);
}

/* Records are on the disk, in the order in which they were made. */
void
audit_written(const struct ipc_audited *msg)
{
	void	 (*done)(void);

	if (msg->size <= tree.size || msg->size > next)
		ipc_intrusion("store", "audit records nobody made",
		    IPC_AUDITED, msg->size);
	while (tree.size < msg->size)
		merkle_append(&tree, inflight[tree.size % INFLIGHT_MAX].leaf);
	tell_late();
	if (tree.size == next && (done = finished) != NULL) {
		finished = NULL;
		done();
	}
}

/* Signs what is written; the anchor has it first, or it fails with -1. */
int
audit_sign(struct ctl_note *note)
{
	struct anchor	 a = *anchor_get();
	uint8_t		 root[ASMP_HASHLEN];
	uint64_t	 since;

	a.audit = tree;
	a.made = next;
	if (anchor_put(&a) == -1)
		return -1;
	merkle_root(&tree, root);
	notary_sign(TREE_AUDIT, tree.size, root, note);
	note->made += audit_late(&since);
	signed_size = tree.size;
	return 0;
}

/* While the store lags, the anchor has how many records there must be. */
static void
remember(void)
{
	struct anchor	 a = *anchor_get();

	if (a.made == next)
		return;
	a.made = next;
	(void)anchor_put(&a);
}

static void
sign(int fd, short event, void *arg)
{
	struct ctl_note	 note;

	(void)fd;
	(void)event;
	(void)arg;
	tell_late();
	if (signed_size == tree.size)
		remember();
	else if (audit_sign(&note) == -1)
		sign_later();
	if (tree.size != next)
		sign_later();
}

static void
sign_later(void)
{
	struct timeval	 tv = { .tv_sec = SIGN_WAIT };

	if (!evtimer_initialized(&ev_sign))
		evtimer_set(&ev_sign, sign, NULL);
	if (!evtimer_pending(&ev_sign, NULL) &&
	    evtimer_add(&ev_sign, &tv) == -1)
		fatal("evtimer_add");
}

/*
 * Calls done once all records are on the disk, or cannot come there; what is
 * there is signed by then.
 */
void
audit_finish(void (*done)(void))
{
	audit_tell();
	if (!started || tree.size == next ||
	    child_of(CTL_STORE)->iev.ibuf.fd == -1)
		done();
	else
		finished = done;
}

/*
 * The last checkpoint: the daemon ends.  With all records written, none may
 * follow: the run that the anchor now has makes none.
 */
void
audit_close(void)
{
	struct anchor	 a;

	if (!started)
		return;
	sign(-1, 0, NULL);
	started = 0;
	a = *anchor_get();
	if (tree.size != next)
		return;
	a.run++;
	(void)anchor_put(&a);
}

static void
ask(void)
{
	struct ipc_log_get	 get;

	memset(&get, 0, sizeof(get));
	get.log = TREE_AUDIT;
	get.from = tree.size;
	to_child(CTL_STORE, IPC_LOG_GET, &get, sizeof(get));
}

/* Asks the store for the log; audit_load() takes it, page by page. */
void
audit_ask(void)
{
	tree = anchor_get()->audit;
	signed_size = tree.size;
	asked = 1;
	ask();
}

/* The first thing that is wrong is what is told. */
static void
found(const char *fmt, ...)
{
	va_list	 ap;

	if (bad[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(bad, sizeof(bad), fmt, ap);
	va_end(ap);
	env->counter[CP_AUDIT_DAMAGED] = 1;
	log_warnx("audit log: %s; asmpctl audit verify says more", bad);
}

/* Whether the log that was signed is there. */
static void
compare(const struct ipc_log *msg)
{
	uint8_t	 root[ASMP_HASHLEN];

	if (msg->size < tree.size) {
		found("%llu records where %llu were signed: its end was cut "
		    "off", (unsigned long long)msg->size,
		    (unsigned long long)tree.size);
		return;
	}
	merkle_root(&tree, root);
	if (memcmp(root, msg->root, sizeof(root)) != 0)
		found("its first %llu records are not those that were signed",
		    (unsigned long long)tree.size);
}

/*
 * A record behind what was signed, which the daemon wrote just before it
 * ended, or somebody else did: that one is not signed, its place is.
 */
static void
take(const uint8_t *leaf, const uint8_t *mac)
{
	static const uint8_t	 missing[ASMP_HASHLEN];
	const struct anchor	*a = anchor_get();
	uint8_t			 want[ASMP_HASHLEN];

	keyring_audit_mac(a->run, tree.size, leaf, want);
	if (a->run == 0 || timingsafe_bcmp(want, mac, sizeof(want)) == 0) {
		merkle_append(&tree, leaf);
		return;
	}
	found("record %llu was not made by asmpd", (unsigned long long)
	    tree.size);
	merkle_append(&tree, missing);
}

/*
 * Fewer than were made: the daemon ended before the store had said that it
 * wrote them.  It may have had no time, or no disk, so nobody is blamed.
 */
static void
tell_unwritten(uint64_t made)
{
	unsigned long long	 n = made - tree.size, first = tree.size;

	log_warnx("audit log: %llu records were made and never written, from "
	    "%llu on", n, first);
	env->counter[CP_AUDIT_LOST] += n;
	audit_event(AUDIT_EVENTS_LOST, NULL, 0, "%llu records: made and never "
	    "written, from %llu on", n, first);
}

/*
 * What was taken is behind the anchor no more, and what is made from here on
 * is of another run: the disk has that before it has any of it.
 */
static void
new_run(void)
{
	struct anchor	 a = *anchor_get();

	a.audit = tree;
	/* Later than what was lost with an anchor that was moved away. */
	a.run = a.run == 0 ? now_ms() : a.run + 1;
	if (anchor_put(&a) == -1)
		fatal("anchor %s", env->conf->anchor);
}

static void
begin(void)
{
	struct ipc_log_start	 start;

	new_run();
	next = tree.size;
	memset(&start, 0, sizeof(start));
	start.log = TREE_AUDIT;
	start.size = next;
	to_child(CTL_STORE, IPC_LOG_START, &start, sizeof(start));
	notary_start();
	started = 1;
	if (bad[0] != '\0')
		audit_event(AUDIT_LOG_DAMAGED, NULL, 0, "%s", bad);
	if (tree.size < anchor_get()->made)
		tell_unwritten(anchor_get()->made);
	parent_running();
}

/* The log as the store has it: msg->n leaves, and as many MACs. */
void
audit_load(const struct ipc_log *msg, const uint8_t (*hash)[ASMP_HASHLEN])
{
	uint32_t	 i;

	if (started || !asked || msg->log != TREE_AUDIT ||
	    msg->from != tree.size)
		ipc_intrusion("store", "a log nobody asked for", IPC_LOG,
		    msg->log);
	if (tree.size == anchor_get()->audit.size)
		compare(msg);
	for (i = 0; i < msg->n; i++)
		take(hash[i], hash[msg->n + i]);
	if (msg->n == 0 || tree.size >= msg->size)
		begin();
	else
		ask();
}
