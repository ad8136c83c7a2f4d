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
 * The parent, which keeps the keys and trusts nobody.  An input is a sequence
 * of what its children do: net opens and closes connections, verify asks for
 * signatures, devices and verdicts, store lends and writes, control passes
 * requests on, each in its own time.  With honest children the parent never
 * ends itself and, once all has been answered, nobody waits for anything.
 * Where the first byte is odd children are hostile too, and it may.  Either
 * way it lets in nobody whose proof was not genuine.
 *
 * Input: children; then steps, each a byte and its own.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "parent_world.h"

#define STEPS		256	/* of one input */
#define SETTLE		4096	/* messages until all must be answered */
#define CLIENTS		3

enum stage {
	FRESH,			/* verify has said nothing yet */
	SIGNING,
	SIGNED,
	LOOKING,
	FOUND,
	PROVING,
	UP,
	OVER
};

/* A connection, as net and as verify see it. */
struct connection {
	uint64_t		 id;
	uint32_t		 gen;
	int			 open;		/* net has it */
	int			 seen;		/* verify has not lost it */
	enum stage		 stage;
	int			 who;
	uint8_t			 kind;
	int			 genuine;	/* the proof is */
	uint8_t			 h[ASMP_HASHLEN];
	uint8_t			 t1[ASMP_HASHLEN];
	uint8_t			 hbody[ASMP_HASHLEN];
	struct asmp_token	 token;
	struct ipc_found	 found;
};

/* A ticket that was given to a device. */
struct given {
	int	 there;
	uint8_t	 id[TICKET_IDLEN];
	uint8_t	 secret[ASMP_KEYLEN];
};

static struct connection	 conns[CONNS];
static struct given		 tickets[DEVICES];
static uint64_t			 lent[DEVICES + 1];	/* by number */
static int			 hostile;
static uint8_t			*bytes;		/* of a hostile message */

static struct connection *
conn_of(uint64_t id)
{
	struct connection	*c = &conns[CONN_SLOT(id) % CONNS];

	return c->id == id && c->stage != OVER ? c : NULL;
}

static void
step_open(struct input *in)
{
	struct connection	*c = &conns[in_u8(in) % CONNS];
	struct ipc_conn		 msg;
	struct ipc_sign		 early;

	if (c->open || c->seen)
		return;
	memset(&msg, 0, sizeof(msg));
	c->id = CONN_ID((uint32_t)(c - conns), ++c->gen);
	c->open = c->seen = 1;
	c->stage = FRESH;
	msg.conn = c->id;
	msg.profiles = in_u8(in) % 8 == 0 ? in_u8(in) : PROFILES_ALL;
	/* Verify may hear of it first, and ask. */
	if (in_u8(in) % 4 == 0) {
		memset(&early, 0, sizeof(early));
		early.conn = c->id;
		memcpy(early.h, c->h, sizeof(early.h));
		c->stage = SIGNING;
		parent_from(CTL_VERIFY, IPC_SIGN, &early, sizeof(early));
	}
	parent_from(CTL_NET, IPC_OPEN, &msg, sizeof(msg));
}

/* Verify gives a lease back that no session has, or no longer. */
static void
release(uint32_t device)
{
	struct ipc_lease	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.device = device;
	msg.conn = lent[device];
	lent[device] = 0;
	parent_from(CTL_STORE, IPC_RELEASED, &msg, sizeof(msg));
}

/* Verify's session is over. */
static void
over(struct connection *c)
{
	uint32_t	 i;

	c->stage = OVER;
	for (i = 1; i <= DEVICES; i++)
		if (lent[i] == c->id)
			release(i);
}

static void
net_closes(struct connection *c)
{
	struct ipc_conn	 msg;

	if (!c->open)
		return;
	memset(&msg, 0, sizeof(msg));
	msg.conn = c->id;
	c->open = 0;
	parent_from(CTL_NET, IPC_CLOSED, &msg, sizeof(msg));
}

/* Verify hears from net that it is closed. */
static void
verify_loses(struct connection *c)
{
	if (c->open || !c->seen)
		return;
	c->seen = 0;
	/* A lease that is on its way to it comes back when it is there. */
	if (c->stage == UP)
		over(c);
	c->stage = OVER;
}

static void
step_close(struct input *in)
{
	struct connection	*c = &conns[in_u8(in) % CONNS];

	if (in_u8(in) % 2 == 0)
		net_closes(c);
	else
		verify_loses(c);
}

static void
ask_sign(struct input *in, struct connection *c)
{
	struct ipc_sign	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = c->id;
	in_fill(in, c->h, sizeof(c->h));
	memcpy(msg.h, c->h, sizeof(msg.h));
	c->stage = SIGNING;
	parent_from(CTL_VERIFY, IPC_SIGN, &msg, sizeof(msg));
}

static void
make_token(struct input *in, struct connection *c)
{
	struct asmp_token	*t = &c->token;
	uint8_t			 how = in_u8(in);

	memset(t, 0, sizeof(*t));
	t->version = 1;
	t->key = how % 8 == 0 ? in_u8(in) : 1;
	t->role = 1 + how % 4;
	t->expires = how & 64 ? in_u64(in) | 1 : UINT64_MAX;
	strlcpy(t->audience, how & 128 ? "OTHER" : GATEWAY,
	    sizeof(t->audience));
	strlcpy(t->client, "DEV2", sizeof(t->client));
}

/* What the device has signed, or made a MAC over. */
static void
body_hash(struct connection *c, const struct ipc_lookup *msg)
{
	struct asmp_init init;
	uint8_t		 body[INIT_BODY_MAX];
	struct part	 part = { body, 0 };

	memset(&init, 0, sizeof(init));
	init.kind = msg->kind;
	init.flags = msg->flags;
	init.group = msg->group;
	memcpy(init.nonce, msg->nonce, sizeof(init.nonce));
	strlcpy(init.id, msg->id, sizeof(init.id));
	init.token = msg->token;
	memcpy(init.ticket, msg->ticket, sizeof(init.ticket));
	part.len = init_body_put(body, &init);
	sha256_parts(c->hbody, &part, 1);
}

/* Who is claimed need not be who it is, nor of this kind, nor there. */
static void
ask_lookup(struct input *in, struct connection *c)
{
	static const uint8_t	 kinds[DEVICES] = {
		ASMP_KIND_SIGNATURE, ASMP_KIND_PSK, ASMP_KIND_TOKEN,
		ASMP_KIND_KEM, ASMP_KIND_SIGNATURE, ASMP_KIND_SIGNATURE
	};
	static const uint8_t	 profiles[] = { 0, 1, 5, 3, 6, 2 };
	struct ipc_lookup	 msg;
	uint8_t			 how = in_u8(in);

	memset(&msg, 0, sizeof(msg));
	c->who = in_u8(in) % DEVICES;
	c->kind = kinds[c->who];
	if (how % 8 == 0)
		c->kind = 1 + in_u8(in) % 5;
	else if (c->kind == ASMP_KIND_SIGNATURE && tickets[c->who].there &&
	    how & 8)
		c->kind = ASMP_KIND_TICKET;
	make_token(in, c);
	in_fill(in, msg.nonce, sizeof(msg.nonce));
	msg.conn = c->id;
	msg.kind = c->kind;
	msg.profile = how & 16 ? in_u8(in) : profiles[c->kind];
	msg.flags = how & 64 ? INIT_TICKET : 0;
	msg.group = how & 32 ? in_u8(in) % 3 : 0;
	snprintf(msg.id, sizeof(msg.id), "DEV%d", c->who);
	msg.token = c->token;
	memcpy(msg.ticket, tickets[c->who].id, sizeof(msg.ticket));
	body_hash(c, &msg);
	c->stage = LOOKING;
	parent_from(CTL_VERIFY, IPC_LOOKUP, &msg, sizeof(msg));
}

/* A genuine proof of who is claimed; its length, or 0 if there is none. */
static size_t
make_proof(struct connection *c, uint8_t *proof)
{
	struct kem_proof kem;
	uint8_t		 s[ASMP_KEYLEN], ss[MLKEM768_SSLEN];
	size_t		 len = sizeof(s);

	switch (c->kind) {
	case ASMP_KIND_SIGNATURE:
		if (idents[c->who] == NULL || device_sign(idents[c->who],
		    proof, c->t1, c->hbody) == -1)
			return 0;
		return ident_siglen(ident_public(idents[c->who])->alg);
	case ASMP_KIND_KEM:
		mlkem768_decaps(ss, kem_dk, c->found.challenge);
		proof_kem(&kem, ss, c->found.challenge, c->t1, c->hbody);
		memcpy(proof, kem.device, sizeof(kem.device));
		return sizeof(kem.device);
	case ASMP_KIND_TICKET:
		memcpy(s, tickets[c->who].secret, sizeof(s));
		break;
	default:
		if (parent_secret(c->who, &c->token, s, &len) == -1)
			return 0;
		break;
	}
	proof_mac(proof, s, len, c->t1, c->hbody);
	return ASMP_HASHLEN;
}

static void
ask_prove(struct input *in, struct connection *c)
{
	struct ipc_prove	 msg;
	uint8_t			 how = in_u8(in);

	memset(&msg, 0, sizeof(msg));
	msg.conn = c->id;
	msg.len = (uint32_t)make_proof(c, msg.proof);
	c->genuine = msg.len != 0;
	if (how & 128) {
		c->genuine = 0;
		msg.proof[in_u8(in) % ASMP_HASHLEN] ^= 1 + in_u8(in) % 255;
		if (how & 64)
			msg.len = in_u8(in);
	}
	c->stage = PROVING;
	parent_from(CTL_VERIFY, IPC_PROVE, &msg, sizeof(msg));
}

/* Verify's next question about a connection. */
static void
step_ask(struct input *in)
{
	struct connection	*c = &conns[in_u8(in) % CONNS];

	if (!c->seen)
		return;
	switch (c->stage) {
	case FRESH:
		ask_sign(in, c);
		break;
	case SIGNED:
		ask_lookup(in, c);
		break;
	case FOUND:
		ask_prove(in, c);
		break;
	default:
		break;
	}
}

static void
told_signed(const struct told *t)
{
	struct connection	*c;
	struct ipc_signed	 msg;

	MUST(t->len == sizeof(msg));
	memcpy(&msg, t->data, sizeof(msg));
	MUST(msg.len <= sizeof(msg.gpt));
	if ((c = conn_of(msg.conn)) == NULL || !c->seen)
		return;
	transcript_next(c->t1, c->h, msg.gpt, msg.len);
	c->stage = SIGNED;
}

static void
told_found(const struct told *t)
{
	struct connection	*c;
	struct ipc_found	 msg;

	MUST(t->len == sizeof(msg));
	memcpy(&msg, t->data, sizeof(msg));
	if ((c = conn_of(msg.conn)) == NULL || !c->seen)
		return;
	c->found = msg;
	c->stage = FOUND;
}

/* Nobody is let in without a proof, and each by his own name. */
static void
check_proved(struct connection *c, const struct ipc_proved *p)
{
	char	 id[ASMP_IDMAX + 1];

	snprintf(id, sizeof(id), "DEV%d", c->who);
	MUST(c->genuine);
	/* Where net has closed it the grant has gone, and so has the name. */
	MUST(strcmp(p->id, id) == 0 || !c->open);
	MUST(p->device == (uint32_t)c->who + 1 || p->device > DEVICES ||
	    hostile);
	if (p->ticketed) {
		tickets[c->who].there = 1;
		memcpy(tickets[c->who].id, p->ticket, TICKET_IDLEN);
		memcpy(tickets[c->who].secret, p->secret, ASMP_KEYLEN);
	}
}

static void
told_proved(const struct told *t)
{
	struct connection	*c;
	struct ipc_proved	 p;

	MUST(t->len >= sizeof(p));
	memcpy(&p, t->data, sizeof(p));
	MUST(t->len == sizeof(p) + p.modellen);
	c = conn_of(p.conn);
	if (p.reason != 0) {
		if (c != NULL)
			c->stage = OVER;
		return;
	}
	MUST(p.device >= 1);
	if (c != NULL && !hostile)
		check_proved(c, &p);
	if (c != NULL && c->seen)
		c->stage = UP;
	else if (p.device <= DEVICES && lent[p.device] == p.conn)
		release(p.device);
}

static void
told_end(const struct told *t)
{
	struct connection	*c;
	struct ipc_end		 msg;

	MUST(t->len == sizeof(msg));
	memcpy(&msg, t->data, sizeof(msg));
	if ((c = conn_of(msg.conn)) != NULL && c->stage == UP)
		over(c);
	else if (c != NULL && c->stage == PROVING)
		c->stage = OVER;	/* the lease comes to nobody */
	parent_from(CTL_VERIFY, IPC_ENDED, &msg, sizeof(msg));
}

/* In other hands a child says anything, of the right size. */
static void
spoil(struct input *in, void *p, size_t len)
{
	if (hostile && in_u8(in) % 4 == 1)
		in_fill(in, p, len);
}

/* A session, where that is asked, and the end. */
static void
told_session(struct input *in, uint32_t client)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_session	 s;
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.reply.client = client;
	msg.reply.type = CTL_SESSION;
	strlcpy(msg.s.device, "DEV0", sizeof(msg.s.device));
	spoil(in, &msg.s, sizeof(msg.s));
	parent_from(CTL_VERIFY, IPC_REPLY, &msg, sizeof(msg));
}

static void
told_sessions(struct input *in, const struct told *t)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_result	 out;
	} msg;
	struct ipc_sessions	 ask;

	memset(&msg, 0, sizeof(msg));
	MUST(t->len >= sizeof(ask));
	memcpy(&ask, t->data, sizeof(ask));
	msg.reply.client = ask.client;
	if (t->type == IPC_SEND)
		memcpy(&msg.reply.client, t->data + offsetof(struct ipc_send,
		    client), sizeof(msg.reply.client));
	else
		told_session(in, ask.client);
	msg.reply.type = CTL_RESULT;
	msg.reply.last = 1;
	spoil(in, &msg.out, sizeof(msg.out));
	parent_from(CTL_VERIFY, IPC_REPLY, &msg, sizeof(msg));
}

static void
told_status(struct input *in, enum ctl_process proc, const struct told *t)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_status	 st;
	} msg;
	struct ipc_client	 who;

	MUST(t->len == sizeof(who));
	memcpy(&who, t->data, sizeof(who));
	memset(&msg, 0, sizeof(msg));
	msg.reply.client = who.client;
	msg.reply.type = CTL_STATUS;
	msg.st.process = proc;
	spoil(in, &msg.st, sizeof(msg.st));
	parent_from(proc, IPC_REPLY, &msg, sizeof(msg));
}

static void
verify_hears(struct input *in, const struct told *t)
{
	switch (t->type) {
	case IPC_SIGNED:
		told_signed(t);
		break;
	case IPC_FOUND:
		told_found(t);
		break;
	case IPC_PROVED:
		told_proved(t);
		break;
	case IPC_END:
		told_end(t);
		break;
	case IPC_ROTATED:
		MUST(t->len == sizeof(struct ipc_rotated));
		break;
	case IPC_SESSIONS:
	case IPC_SEND:
		told_sessions(in, t);
		break;
	default:
		MUST(t->type == IPC_MONITOR || t->type == IPC_VERBOSE);
		break;
	}
}

/* One device is never lent to two. */
static void
told_lease(struct input *in, const struct told *t)
{
	uint8_t			 buf[sizeof(struct ipc_leased) + 255];
	struct ipc_leased	 ans;
	struct ipc_lease	 ask;

	MUST(t->len == sizeof(ask));
	memcpy(&ask, t->data, sizeof(ask));
	memset(&ans, 0, sizeof(ans));
	ans.conn = ask.conn;
	ans.device = ask.device;
	ans.failed = in_u8(in) % 16 == 15;
	ans.modellen = ans.failed ? 0 : in_u8(in);
	if (!ans.failed && ask.device <= DEVICES) {
		MUST(lent[ask.device] == 0 || hostile);
		lent[ask.device] = ask.conn;
	}
	memcpy(buf, &ans, sizeof(ans));
	in_fill(in, buf + sizeof(ans), ans.modellen);
	parent_from(CTL_STORE, IPC_LEASED, buf, sizeof(ans) + ans.modellen);
}

static void
told_commit(struct input *in, const struct told *t)
{
	struct ipc_job		 job;
	struct ipc_jobresult	 res;

	MUST(t->len == sizeof(job));
	memcpy(&job, t->data, sizeof(job));
	memset(&res, 0, sizeof(res));
	res.job = job.job;
	res.failed = in_u8(in) % 16 == 15;
	parent_from(CTL_STORE, IPC_ROWS_RESULT, &res, sizeof(res));
}

/* A row is as long as it says, and comes back as it was. */
static void
check_row(const struct told *t)
{
	const uint8_t	*p = t->data;
	struct ipc_row	 row;
	size_t		 len = t->len;

	MUST(ipc_row_get(&row, &p, &len) == 0 && len == 0);
	MUST(row.number != 0 && id_valid(row.id));
}

static void
store_hears(struct input *in, const struct told *t)
{
	struct ipc_devstats	 stats;

	switch (t->type) {
	case IPC_LEASE:
		told_lease(in, t);
		break;
	case IPC_ROW_PUT:
		check_row(t);
		break;
	case IPC_ROWS_COMMIT:
		told_commit(in, t);
		break;
	case IPC_DEVICE_STATS:
		MUST(t->len == sizeof(stats));
		memcpy(&stats, t->data, sizeof(stats));
		parent_from(CTL_STORE, IPC_DEVICE_STATS_REPLY, &stats,
		    sizeof(stats));
		break;
	case IPC_QUERY:
		MUST(t->len == sizeof(struct ipc_query));
		break;
	default:
		MUST(t->type == IPC_VERBOSE);
		break;
	}
}

static void
net_hears(const struct told *t)
{
	struct connection	*c;
	struct ipc_conn		 msg;

	if (t->type != IPC_DROP)
		return;
	MUST(t->len == sizeof(msg));
	memcpy(&msg, t->data, sizeof(msg));
	if ((c = conn_of(msg.conn)) != NULL)
		net_closes(c);
}

#define ENDS(s)		(memchr(s, '\0', sizeof(s)) != NULL)

/* Nor does an operator's program read what no process may say. */
static void
check_reply(uint32_t type, const uint8_t *data)
{
	struct ctl_status	 st;
	struct ctl_session	 s;
	struct ctl_result	 res;

	switch (type) {
	case CTL_STATUS:
		memcpy(&st, data, sizeof(st));
		MUST(st.process < CTL_NPROCESSES && ENDS(st.trouble));
		break;
	case CTL_SESSION:
		memcpy(&s, data, sizeof(s));
		MUST(ENDS(s.device) && id_valid(s.device) && ENDS(s.address));
		break;
	case CTL_RESULT:
	case CTL_IMPORT_ERROR:
		memcpy(&res, data, sizeof(res));
		MUST(res.code <= CTL_FAILED && ENDS(res.text));
		break;
	default:
		break;
	}
}

/* What control is told it passes on unread: sizes are right. */
static void
control_hears(const struct told *t)
{
	struct ipc_reply	 reply;
	size_t			 len = t->len - sizeof(reply);

	if (t->type != IPC_REPLY)
		return;
	MUST(t->len >= sizeof(reply));
	memcpy(&reply, t->data, sizeof(reply));
	MUST(reply.client != 0);
	switch (reply.type) {
	case CTL_STATUS:
		MUST(len == sizeof(struct ctl_status));
		break;
	case CTL_SESSION:
		MUST(len == sizeof(struct ctl_session));
		break;
	case CTL_DEVICE:
		MUST(len >= CTL_DEVICE_HEAD && len <=
		    sizeof(struct ctl_device));
		break;
	case CTL_ROTATION:
		MUST(len == sizeof(struct ctl_rotation));
		break;
	case CTL_MORE:
		MUST(len == sizeof(struct ctl_page));
		break;
	case CTL_NOTE_TEXT:
		MUST(len == sizeof(struct ctl_note));
		break;
	case CTL_PIPE:
		MUST(len == 0 && reply.last);
		break;
	default:
		MUST(reply.type == CTL_RESULT ||
		    reply.type == CTL_IMPORT_ERROR);
		MUST(len == sizeof(struct ctl_result));
		break;
	}
	check_reply(reply.type, t->data + sizeof(reply));
}

/* A child comes to its next message: 1, or 0 if there is none. */
static int
hear(struct input *in, enum ctl_process proc)
{
	struct told	*t, copy;
	static uint8_t	*held;

	if ((t = parent_told(proc)) == NULL)
		return 0;
	/* What it leads to may end the parent. */
	free(held);
	held = (uint8_t *)t;
	copy = *t;
	if (copy.type == IPC_STATUS)
		told_status(in, proc, t);
	else if (proc == CTL_VERIFY)
		verify_hears(in, t);
	else if (proc == CTL_STORE)
		store_hears(in, t);
	else if (proc == CTL_NET)
		net_hears(t);
	else
		control_hears(t);
	free(held);
	held = NULL;
	return 1;
}

static const enum ctl_process	 senders[] = {
	CTL_NET, CTL_VERIFY, CTL_STORE, CTL_CONTROL
};

static void
step_hear(struct input *in)
{
	(void)hear(in, senders[in_u8(in) % 4]);
}

static void
request(struct input *in, uint32_t type, const void *data, size_t len)
{
	uint8_t		 buf[sizeof(struct ipc_ctl) + 4096];
	struct ipc_ctl	 ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.client = 1 + in_u8(in) % CLIENTS;
	ctl.uid = 1000;
	ctl.type = type;
	memcpy(buf, &ctl, sizeof(ctl));
	if (len > 0)
		memcpy(buf + sizeof(ctl), data, len);
	parent_from(CTL_CONTROL, IPC_CTL, buf, sizeof(ctl) + len);
}

/* A device to enrol, of any kind, with a key that may be one. */
static void
step_enrol(struct input *in)
{
	static const uint16_t	 lens[] = { 0, 32, 16, 0, MLKEM768_EKLEN, 0 };
	struct ctl_newdevice	 new;
	uint8_t			 how = in_u8(in);

	memset(&new, 0, sizeof(new));
	new.place = in_u8(in);
	new.e.kind = how % 6;
	new.e.keylen = lens[new.e.kind];
	new.e.alg = new.e.kind == ASMP_KIND_SIGNATURE ? IDENT_ED25519 : 0;
	if (how & 64) {
		new.e.keylen = in_u16(in) % (sizeof(new.e.key) + 1);
		new.e.alg = in_u8(in);
		new.e.profiles = in_u8(in);
		in_fill(in, new.e.key, new.e.keylen);
	} else
		new.e.key[0] = in_u8(in);
	snprintf(new.e.id, sizeof(new.e.id), "NEW%d", in_u8(in) % 4);
	if (how & 32)
		in_fill(in, new.e.role, sizeof(new.e.role));
	request(in, how & 128 ? CTL_IMPORT_ROW : CTL_DEVICE_ADD, &new,
	    CTL_NEWDEVICE_LEN(&new));
}

/* A request about a device that there is, or another. */
static void
step_name(struct input *in)
{
	static const uint32_t	 types[] = {
		CTL_DEVICE_SHOW, CTL_DEVICE_REVOKE, CTL_KILL, CTL_SEND,
		CTL_DEVICE_DISABLE, CTL_DEVICE_ENABLE
	};
	uint32_t		 type = types[in_u8(in) % 6];
	struct ctl_send		 send;

	memset(&send, 0, sizeof(send));
	snprintf(send.name, sizeof(send.name), "DEV%d", in_u8(in) % 8);
	send.text[0] = 'x';
	request(in, type, &send, type == CTL_SEND ? sizeof(send) :
	    sizeof(struct ctl_name));
}

/* What is kept of a device, or of all. */
static void
ask_rows(struct input *in)
{
	struct ctl_query	 q;
	uint8_t			 how = in_u8(in);

	memset(&q, 0, sizeof(q));
	q.kind = how % (CTL_NKINDS + 1);
	q.limit = how & 16 ? in_u8(in) : 0;
	if (how & 32)
		snprintf(q.device, sizeof(q.device), "DEV%d", how % 8);
	else if (how & 64)
		in_fill(in, q.device, sizeof(q.device));
	if (how & 128)
		in_fill(in, q.type, sizeof(q.type));
	request(in, CTL_QUERY, &q, sizeof(q));
}

/* Any request, of any size. */
static void
step_request(struct input *in)
{
	uint8_t		 buf[2048];
	uint32_t	 type = in_u8(in) % (CTL_REQUESTS + 2);
	size_t		 len = in_u16(in) % sizeof(buf);

	if (type == CTL_QUERY && len % 8 != 0) {
		ask_rows(in);
		return;
	}
	if (in_u8(in) % 2 == 0)
		len = type == CTL_LOG ? sizeof(struct ctl_log) :
		    type == CTL_SHOW_DEVICES || type == CTL_SHOW_SESSIONS ?
		    sizeof(struct ctl_page) : 0;
	in_fill(in, buf, len);
	request(in, type, buf, len);
}

static void
step_gone(struct input *in)
{
	struct ipc_client	 who = { .client = 1 + in_u8(in) % CLIENTS };

	parent_from(CTL_CONTROL, IPC_CTL_GONE, &who, sizeof(who));
}

static void
step_time(struct input *in)
{
	fuzz_clock += in_u8(in) * 1000;
	parent_due();
}

/* What only a child does that somebody has taken over. */
static void
step_hostile(struct input *in)
{
	enum ctl_process proc = senders[in_u8(in) % 4];
	uint32_t	 type = IPC_INIT + in_u8(in) % (IPC_QUERY + 2 -
			    IPC_INIT);
	uint64_t	 conn = conns[in_u8(in) % CONNS].id;
	size_t		 len = in_u16(in) % 4096;

	if (!hostile)
		return;
	free(bytes);
	bytes = in_copy(in, &len);
	if (len >= sizeof(conn) && in_u8(in) % 4 != 0)
		memcpy(bytes, &conn, sizeof(conn));
	parent_from(proc, type, bytes, len);
}

static void
step(struct input *in)
{
	static void	(*const steps[])(struct input *) = {
		step_open, step_close, step_ask, step_ask, step_ask,
		step_hear, step_hear, step_hear, step_enrol, step_name,
		step_request, step_gone, step_time, step_hostile
	};
	uint8_t		 op = in_u8(in);
	int		 proc;

	steps[op % (sizeof(steps) / sizeof(steps[0]))](in);
	/* Mostly all are quick. */
	if ((op & 128) == 0)
		for (proc = CTL_NET; proc < env->nprocesses; proc++)
			while (hear(in, proc))
				;
}

/* Everybody goes, all is answered, and nobody waits any more. */
static void
settle(struct input *in)
{
	int	 busy = 1, i, proc, n = 0;

	for (i = 0; i < CONNS; i++) {
		net_closes(&conns[i]);
		verify_loses(&conns[i]);
	}
	while (busy) {
		busy = 0;
		for (proc = CTL_NET; proc < env->nprocesses; proc++)
			busy |= hear(in, proc);
		MUST(n++ < SETTLE);
	}
	MUST(parent_idle());
}

int
fuzz_parent(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	jmp_buf		 end;
	int		 i;

	memset(conns, 0, sizeof(conns));
	memset(tickets, 0, sizeof(tickets));
	memset(lent, 0, sizeof(lent));
	hostile = in_u8(&in) % 2;
	parent_begin();
	if (setjmp(end) == 0) {
		if (hostile)
			fuzz_end = &end;
		for (i = 0; i < STEPS && in.left > 0; i++)
			step(&in);
		if (!hostile)
			settle(&in);
	}
	fuzz_end = NULL;
	parent_end();
	free(bytes);
	bytes = NULL;
	return 0;
}
