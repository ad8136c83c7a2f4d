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
 * The parent's two logs with a store in other hands: registry rows and the
 * audit log at the start, what it says to have written, and the tree of
 * readings.  Whatever that is, nothing is signed that the anchor does not
 * have, no log becomes shorter, and nobody is answered twice.
 *
 * Input: how much is there at the start, then steps.
 */

#include <sys/types.h>

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "fuzz.h"

#define TIMERS	8
#define CLIENTS	4
#define SEALS	64		/* in the genuine log of readings */
#define STEPS	256

static void	 timer_set(struct event *, void (*)(int, short, void *),
		    void *);
static int	 timer_add(struct event *);
static int	 timer_del(struct event *);
static int	 timer_pending(struct event *);

#undef evtimer_set
#undef evtimer_add
#undef evtimer_del
#undef evtimer_pending
#undef evtimer_initialized
#define evtimer_set(ev, call, arg)	timer_set((ev), (call), (arg))
#define evtimer_add(ev, tv)		((void)(tv), timer_add(ev))
#define evtimer_del(ev)			timer_del(ev)
#define evtimer_pending(ev, tv)		timer_pending(ev)
#define evtimer_initialized(ev)		((void)(ev), 0)

#include "../../asmpd/notary.c"
#include "../../asmpd/registry_load.c"
#include "../../asmpd/audit_flood.c"
#define asked	audit_asked
#include "../../asmpd/audit.c"
#undef asked

struct asmpd		*env;

static struct asmpd	 the_env;
static struct anchor	 the_anchor;
static int		 anchor_fails;
static int		 running;
static uint64_t		 last_signed[2];	/* by log */
static int		 waiting[CLIENTS + 1];
static uint8_t		 rows[ASMP_HASHLEN];	/* registry_set() */
static uint8_t		 seals[SEALS][ASMP_HASHLEN];

/* What is due: at most one time each. */
static struct {
	struct event	*ev;
	void		(*call)(int, short, void *);
	void		*arg;
	int		 due;
} timers[TIMERS];

static int
timer_of(const struct event *ev)
{
	int	 i;

	for (i = 0; i < TIMERS - 1 && timers[i].ev != NULL; i++)
		if (timers[i].ev == ev)
			break;
	return i;
}

static void
timer_set(struct event *ev, void (*call)(int, short, void *), void *arg)
{
	int	 i = timer_of(ev);

	MUST(i < TIMERS - 1);
	timers[i].ev = ev;
	timers[i].call = call;
	timers[i].arg = arg;
}

static int
timer_add(struct event *ev)
{
	timers[timer_of(ev)].due = 1;
	return 0;
}

static int
timer_del(struct event *ev)
{
	timers[timer_of(ev)].due = 0;
	return 0;
}

static int
timer_pending(struct event *ev)
{
	return timers[timer_of(ev)].due;
}

const struct anchor *
anchor_get(void)
{
	return &the_anchor;
}

int
anchor_isnew(void)
{
	return the_anchor.change == 0;
}

/* Remembered in memory all the same, as the genuine one does. */
int
anchor_put(const struct anchor *a)
{
	MUST(a->change >= the_anchor.change);
	the_anchor = *a;
	errno = EIO;
	return anchor_fails ? -1 : 0;
}

/* What is signed is what the anchor has, and never less than before. */
static void
check_signed(const struct ipc_checkpoint *c)
{
	MUST(!anchor_fails && c->log <= 1 && c->size >= last_signed[c->log]);
	MUST(c->size == (c->log == TREE_AUDIT ? the_anchor.audit.size :
	    the_anchor.readings.size));
	last_signed[c->log] = c->size;
}

void
to_child(enum ctl_process proc, uint32_t type, const void *data, size_t len)
{
	struct ipc_checkpoint	 c;
	struct ipc_audit	 a;

	MUST(proc == CTL_STORE && len <= MAX_IMSGSIZE);
	if (type == IPC_CHECKPOINT) {
		MUST(len > sizeof(c));
		memcpy(&c, data, sizeof(c));
		check_signed(&c);
	} else if (type == IPC_AUDIT) {
		MUST(len > sizeof(a));
		memcpy(&a, data, sizeof(a));
		MUST(a.index >= last_signed[TREE_AUDIT]);
	}
}

struct child *
child_of(enum ctl_process proc)
{
	return &env->child[proc];
}

void
parent_running(void)
{
	MUST(complete && started && !running);
	running = 1;
}

static void
answered(uint32_t client)
{
	MUST(client >= 1 && client <= CLIENTS && waiting[client] > 0);
	waiting[client]--;
}

void
reply_result(uint32_t client, enum ctl_code code, uint32_t n, uint32_t place,
    const char *fmt, ...)
{
	(void)n;
	(void)place;
	(void)fmt;
	MUST(code == CTL_FAILED);
	answered(client);
}

void
reply_note(uint32_t client, const struct ctl_note *note)
{
	MUST(note->log == TREE_READINGS &&
	    note->size == last_signed[TREE_READINGS]);
	answered(client);
}

/* Keys that the fuzzer has as well, so that it can be right and wrong. */
int
keyring_checkpoint(struct ctl_note *out, enum tree_kind log, uint64_t n,
    const uint8_t *root)
{
	(void)log;
	(void)root;
	MUST(n <= INT64_MAX);
	strlcpy(out->text, "checkpoint", sizeof(out->text));
	return 0;
}

void
keyring_audit_mac(uint64_t run, uint64_t index, const uint8_t *leaf,
    uint8_t *mac)
{
	memcpy(mac, leaf, ASMP_HASHLEN);
	mac[0] ^= (uint8_t)run;
	mac[1] ^= (uint8_t)index;
}

void
keyring_row_mac(const struct ipc_row *row, uint8_t *mac)
{
	memset(mac, (uint8_t)row->version, ASMP_HASHLEN);
}

void
keyring_rowset(uint8_t *set, uint32_t number, uint64_t version)
{
	set[number % ASMP_HASHLEN] ^= (uint8_t)version;
}

int
keyring_open(enum asmp_kind kind, const char *id, const uint8_t *sealed,
    size_t len, uint8_t *out, size_t *outlen)
{
	(void)kind;
	(void)id;
	(void)sealed;
	(void)len;
	(void)out;
	(void)outlen;
	return -1;
}

/* A registry that only counts. */
const uint8_t *
registry_set(void)
{
	return rows;
}

void
registry_insert(struct device *d)
{
	MUST(id_valid(device_id(d)) && !complete);
	keyring_rowset(rows, d->number, d->version);
	device_free(d);
}

struct device *
registry_bynumber(uint32_t n)
{
	(void)n;
	return NULL;
}

struct device *
registry_byid(const char *id)
{
	(void)id;
	return NULL;
}

struct device *
registry_bykey(const struct device *d)
{
	(void)d;
	return NULL;
}

/* Nothing falls due here. */
void
life_due(struct device *d)
{
	(void)d;
}

/* A page of rows, or its end; some of them are not what they were. */
static void
step_rows(struct input *in)
{
	uint8_t		 page[4 * sizeof(struct ipc_row)];
	struct ipc_row	 row;
	size_t		 len = 0, rowlen;
	uint8_t		 how = in_u8(in);
	int		 i;

	for (i = 0; i < how % 4; i++) {
		memset(&row, 0, sizeof(row));
		row.number = in_u8(in);
		row.kind = ASMP_KIND_TOKEN;
		row.profiles = 4;
		row.version = in_u64(in);
		snprintf(row.id, sizeof(row.id), "DEV%u", row.number);
		keyring_row_mac(&row, row.mac);
		rowlen = ipc_row_len(&row);
		memcpy(page + len, &row, rowlen);
		len += rowlen;
	}
	if (how & 128 && len > 0)
		in_fill(in, page + in_u16(in) % len, 1);
	if (how & 64)
		len = in_u16(in) % sizeof(page);
	registry_rows(page, len);
}

/* A page of the audit log. */
static void
step_log(struct input *in)
{
	uint8_t		 hash[2 * IPC_LEAVES_MAX][ASMP_HASHLEN];
	struct ipc_log	 msg;
	uint8_t		 how = in_u8(in);
	uint32_t	 i;

	memset(&msg, 0, sizeof(msg));
	msg.log = how & 64 ? in_u8(in) : TREE_AUDIT;
	msg.n = in_u8(in) % 8;
	msg.from = how & 32 ? in_u64(in) : tree.size;
	msg.size = how & 16 ? in_u64(in) : msg.from + msg.n + how % 4;
	merkle_root(&the_anchor.audit, msg.root);
	if (how & 8)
		in_fill(in, msg.root, sizeof(msg.root));
	for (i = 0; i < msg.n; i++) {
		memset(hash[i], in_u8(in), sizeof(hash[i]));
		keyring_audit_mac(the_anchor.run, msg.from + i, hash[i],
		    hash[msg.n + i]);
		if (how & 4)
			hash[msg.n + i][31] ^= in_u8(in) % 2;
	}
	audit_load(&msg, (const void *)hash);
}

static void
step_written(struct input *in)
{
	struct ipc_audited	 msg;
	uint8_t			 how = in_u8(in);

	memset(&msg, 0, sizeof(msg));
	msg.size = how & 128 ? in_u64(in) : tree.size + how % 8;
	if (running)
		audit_written(&msg);
}

/* A node of the genuine log of readings: merkle_get of libasmp. */
static int
seal_node(void *arg, unsigned int level, uint64_t index, uint8_t *hash)
{
	uint8_t	 right[ASMP_HASHLEN];

	if ((index + 1) << level > SEALS)
		return -1;
	if (level == 0) {
		memcpy(hash, seals[index], ASMP_HASHLEN);
		return 0;
	}
	if (seal_node(arg, level - 1, 2 * index, hash) == -1 ||
	    seal_node(arg, level - 1, 2 * index + 1, right) == -1)
		return -1;
	merkle_node(hash, hash, right);
	return 0;
}

static void
seals_root(uint64_t n, uint8_t *root)
{
	struct merkle	 m;

	memset(&m, 0, sizeof(m));
	while (m.size < n)
		merkle_append(&m, seals[m.size]);
	merkle_root(&m, root);
}

/* A tree of readings: the genuine one, grown, or something else. */
static void
step_tree(struct input *in)
{
	uint8_t		 proof[MERKLE_CONSISTENCYMAX][ASMP_HASHLEN];
	struct ipc_tree	 t;
	size_t		 n = 0;
	uint8_t		 how = in_u8(in);

	memset(&t, 0, sizeof(t));
	memset(proof, 0, sizeof(proof));
	t.from = the_anchor.readings.size;
	t.size = t.from + how % 4;
	t.asked = asked;
	if (t.size <= SEALS) {
		seals_root(t.size, t.root);
		if (t.from > 0)
			(void)merkle_consistency(proof, &n, t.from, t.size,
			    seal_node, NULL);
	}
	t.n = (uint32_t)n;
	if (how & 128)
		t.size = in_u64(in);
	if (how & 64)
		in_fill(in, t.root, 4);
	if (how & 32)
		t.n = in_u8(in) % (MERKLE_CONSISTENCYMAX + 1);
	if (how & 16)
		t.missing = in_u64(in);
	if (how & 8)
		t.asked = (uint32_t)in_u64(in);
	if (running)
		notary_tree(&t, (const void *)proof);
}

static void
step_tree_failed(struct input *in)
{
	struct ipc_tree_failed	 f;

	memset(&f, 0, sizeof(f));
	f.asked = in_u8(in) % 2 == 0 ? asked : (uint32_t)in_u64(in);
	strlcpy(f.text, "disk", sizeof(f.text));
	if (running)
		notary_tree_failed(&f);
}

static void
step_ask(struct input *in)
{
	uint32_t	 client = 1 + in_u8(in) % CLIENTS;

	if (!running)
		return;
	waiting[client]++;
	notary_ask(client);
}

static void
step_gone(struct input *in)
{
	uint32_t	 client = 1 + in_u8(in) % CLIENTS;

	notary_client_gone(client);
	waiting[client] = 0;
}

/* Something happens, to a device of a name that may be any. */
static void
step_event(struct input *in)
{
	char	 id[ASMP_IDMAX + 1], text[AUDIT_DETAILMAX];
	uint8_t	 how = in_u8(in);

	memset(id, 'D', sizeof(id));
	id[how % sizeof(id)] = '\0';
	memset(text, in_u8(in), sizeof(text));
	text[in_u8(in) % sizeof(text)] = '\0';
	if (how & 1)
		audit_failed(id, text, in_u8(in));
	else
		(void)audit_event(how % AUDIT_N, id, how & 2, "%s", text);
}

static void
step_timer(struct input *in)
{
	int	 i = in_u8(in) % TIMERS;

	fuzz_clock += in_u8(in) * 100;
	if (!timers[i].due)
		return;
	timers[i].due = 0;
	timers[i].call(-1, 0, timers[i].arg);
}

static void
step_anchor(struct input *in)
{
	int	 failed = anchor_fails;

	anchor_fails = in_u8(in) % 2;
	if (failed && !anchor_fails)
		notary_anchored();
}

static void
step_sign(struct input *in)
{
	struct ctl_note	 note;

	(void)in;
	if (running && audit_sign(&note) == 0)
		MUST(note.size == tree.size);
}

/* All that an input has left, in the files above and in these. */
static void
forget(void)
{
	static struct flood	 first[NFLOODS];
	static int		 kept;
	uint32_t		 i;

	if (!kept)
		memcpy(first, floods, sizeof(first));
	kept = 1;
	memcpy(floods, first, sizeof(first));
	for (i = 1; i <= CLIENTS; i++)
		notary_client_gone(i);
	memset(&tree, 0, sizeof(tree));
	memset(inflight, 0, sizeof(inflight));
	memset(&the_anchor, 0, sizeof(the_anchor));
	memset(timers, 0, sizeof(timers));
	memset(last_signed, 0, sizeof(last_signed));
	memset(waiting, 0, sizeof(waiting));
	memset(rows, 0, sizeof(rows));
	next = signed_size = marked = newest = 0;
	late = audit_asked = started = complete = running = anchor_fails = 0;
	asked = 0;
	broken = unanchored = 0;
	bad[0] = '\0';
}

/* So many records were signed when the daemon ended, and so many seals. */
static void
begin_with(struct input *in)
{
	uint8_t	 leaf[ASMP_HASHLEN];
	int	 i, n = in_u8(in) % 32;

	memset(leaf, 1, sizeof(leaf));
	the_anchor.change = in_u8(in) % 4;
	the_anchor.run = in_u8(in) % 4;
	for (i = 0; i < n; i++)
		merkle_append(&the_anchor.audit, leaf);
	the_anchor.made = (uint64_t)n + in_u8(in) % 4;
	the_anchor.readings.size = in_u8(in) % 32;
	seals_root(the_anchor.readings.size, the_anchor.readings.root);
	last_signed[TREE_AUDIT] = the_anchor.audit.size;
	last_signed[TREE_READINGS] = the_anchor.readings.size;
}

static void
step(struct input *in)
{
	static void	(*const steps[])(struct input *) = {
		step_rows, step_rows, step_log, step_log, step_written,
		step_tree, step_tree, step_tree_failed, step_ask, step_gone,
		step_event, step_event, step_timer, step_timer, step_anchor,
		step_sign
	};

	steps[in_u8(in) % (sizeof(steps) / sizeof(steps[0]))](in);
}

int
fuzz_logs(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	jmp_buf		 end;
	int		 i;

	if (env == NULL) {
		env = &the_env;
		env->conf = conf_new();
		for (i = 0; i < SEALS; i++)
			memset(seals[i], i, sizeof(seals[i]));
	}
	forget();
	begin_with(&in);
	/* An intrusion, or a registry that is not the anchor's, ends it. */
	fuzz_end = &end;
	if (setjmp(end) == 0)
		for (i = 0; i < STEPS && in.left > 0; i++)
			step(&in);
	fuzz_end = NULL;
	return 0;
}
