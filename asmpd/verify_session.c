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
 * Sessions: made when net opens a connection, given keys when a device has
 * proved itself, wiped when they end, whoever ends them.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

static struct session		**table;	/* of our own slots of net's */
static uint32_t			  ntable;
static TAILQ_HEAD(lives, session) lives = TAILQ_HEAD_INITIALIZER(lives);
static TAILQ_HEAD(, session)	  quiet = TAILQ_HEAD_INITIALIZER(quiet);
static int			  freed;	/* since sessions_freed() */

/* Prepares for sessions in our share of n slots. */
void
sessions_init(uint32_t n)
{
	ntable = n / verify_of + (verify_nth < n % verify_of);
	if ((table = calloc(ntable + 1, sizeof(*table))) == NULL)
		fatal("calloc");
}

/* Where the session of a connection belongs, which must be one of ours. */
static struct session **
place(uint64_t conn)
{
	uint32_t	 slot = CONN_SLOT(conn);

	if (slot % verify_of != verify_nth || slot / verify_of >= ntable)
		ipc_intrusion("net", "a connection that cannot be", 0, slot);
	return &table[slot / verify_of];
}

/* The session of a connection, or NULL if it is over. */
struct session *
session_find(uint64_t conn)
{
	struct session	*s = *place(conn);

	return s != NULL && s->conn == conn ? s : NULL;
}

/* With an id and a key behind it. */
static size_t
up_size(const char *id, enum ident_alg alg)
{
	return sizeof(struct up) + strlen(id) + 1 + ident_publen(alg);
}

static void
up_free(struct session *s)
{
	struct vs_release	 msg;

	if (s->up == NULL)
		return;
	memset(&msg, 0, sizeof(msg));
	msg.rested = rate_rested(s);
	rate_end(s);
	member_left(s);
	reading_save_model(s);
	room_leave(s);
	streams_free(s);
	free(s->up->window);
	keys_wipe(&s->up->keys);
	model_free(s->up->model);
	msg.device = s->up->device;
	hotpipe_send(&verify_store, VS_RELEASE, s->conn, &msg, sizeof(msg));
	freezero(s->up, up_size(s->up->id, s->up->alg));
	s->up = NULL;
	TAILQ_REMOVE(&lives, s, life);
	TAILQ_REMOVE(&quiet, s, quiet);
	verify_counter[CV_SESSIONS]--;
}

/* The only end of a session: keys wiped, lease given back, slot free. */
static void
session_free(struct session *s)
{
	handshake_free(s);
	up_free(s);
	*place(s->conn) = NULL;
	freezero(s, sizeof(*s));
	freed = 1;
}

/* Whether a session was wiped since the last time. */
int
sessions_freed(void)
{
	int	 was = freed;

	freed = 0;
	return was;
}

/* Net has a new connection. */
void
session_open(uint64_t conn, const struct nv_open *open)
{
	struct session	*s;

	if (*place(conn) != NULL)
		ipc_intrusion("net", "a connection twice", NV_OPEN,
		    CONN_SLOT(conn));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("calloc");
	s->conn = conn;
	s->port = open->port;
	s->profiles = open->profiles;
	memcpy(s->addr, open->addr, sizeof(s->addr));
	*place(conn) = s;
}

static void
tell_net(const struct session *s, enum vn_close_how how)
{
	struct vn_close	 msg = { .how = how };

	hotpipe_send(&verify_net, VN_CLOSE, s->conn, &msg, sizeof(msg));
}

/* Net has lost the connection, for a reason of net's. */
void
session_gone(struct session *s, uint32_t reason)
{
	if (s->state == S_ENDING)
		reason = s->up->ending;	/* it has said or been told so */
	else if (s->state == S_RESPONSE && s->hs->reason != REASON_NONE)
		reason = s->hs->reason;	/* it saw that it is not known */
	event_session(s, CTL_EV_SESSION_DOWN, reason);
	session_free(s);
}

/*
 * The device broke the protocol.  Before its proof it hears nothing; after
 * it, a CLOSE with the reason.
 */
void
session_fail(struct session *s, enum reason reason)
{
	if (s->up != NULL) {
		session_end(s, reason);
		return;
	}
	if (s->state == S_RESPONSE)
		event_unproved(s, reason);
	event_refused(s, NULL, reason);
	tell_net(s, VN_CLOSE_SILENT);
	session_free(s);
}

/*
 * The identity is refused: no byte, and the close at its fixed time, so that
 * nobody learns which check it was.
 */
void
session_refuse(struct session *s, enum reason reason)
{
	event_refused(s, s->hs == NULL ? NULL : s->hs->id, reason);
	tell_net(s, VN_CLOSE_LATE);
	session_free(s);
}

/* Ends an authenticated session, with a CLOSE that says why. */
void
session_end(struct session *s, enum reason reason)
{
	uint8_t	 byte = reason;

	session_send(s, ASMP_CLOSE, ASMP_STREAM_CONN, &byte, sizeof(byte));
	event_session(s, CTL_EV_SESSION_DOWN, reason);
	tell_net(s, VN_CLOSE_FLUSH);
	session_free(s);
}

/* The key it signs with, ident_publen() bytes; only of kind signature. */
const uint8_t *
session_key(const struct session *s)
{
	return (const uint8_t *)s->up->id + strlen(s->up->id) + 1;
}

/* The device has said something that holds. */
void
session_heard(struct session *s)
{
	s->heard = hotpipe_clock(&verify_net);
	TAILQ_REMOVE(&quiet, s, quiet);
	TAILQ_INSERT_TAIL(&quiet, s, quiet);
}

/* Whether it is the gateway that does not let the device get on. */
int
session_waits(const struct session *s)
{
	return rate_holds(s) || credit_waits(s);
}

/* The device could not be heard: what it is late with has time again. */
void
session_excuse(struct session *s)
{
	session_heard(s);
	room_renew(s);
	streams_renew(s);
}

/* Puts a session where its end belongs; mostly that is last. */
static void
live_insert(struct session *s)
{
	struct session	*o;

	TAILQ_FOREACH_REVERSE(o, &lives, lives, life)
		if (o->up->expires <= s->up->expires) {
			TAILQ_INSERT_AFTER(&lives, o, s, life);
			return;
		}
	TAILQ_INSERT_HEAD(&lives, s, life);
}

static void
live_set(struct session *s)
{
	s->up->expires = s->up->ends;
	if (s->profile->rekey &&
	    mono_ms() + REKEY_LIFE * 1000 < s->up->expires)
		s->up->expires = mono_ms() + REKEY_LIFE * 1000;
	live_insert(s);
}

/*
 * The keys of the next epoch are in place: answers with len bytes under the
 * old key, which is the last word of this epoch.
 */
void
session_renew(struct session *s, const uint8_t *old, const uint8_t *answer,
    size_t len)
{
	session_send_under(s, old, ASMP_REKEY, ASMP_STREAM_CONN, answer, len);
	s->epoch++;
	s->rx = s->tx = 0;
	if (s->profile->window)
		memset(s->up->window, 0, sizeof(*s->up->window));
	TAILQ_REMOVE(&lives, s, life);
	live_set(s);
	verify_counter[CV_REKEYS]++;
}

/* The session is to end, once what it sent is decided. */
void
session_ending(struct session *s, enum reason reason)
{
	s->up->ending = reason;
	s->state = S_ENDING;
}

/* Ends a session that is to end, if nothing waits for the store. */
void
session_end_decided(struct session *s)
{
	if (s->up->decided >= s->up->lastid)
		session_end(s, s->up->ending);
}

/*
 * Whether all that the device has sent was taken, as it must be before the
 * end and before other keys.  Returns 0 or a reason.
 */
enum reason
session_whole(const struct session *s)
{
	if (s->up->room != NULL)
		return REASON_UNSEALED;
	if (s->profile->window &&
	    !window_whole(s->up->window, s->up->window->next))
		return REASON_SEQUENCE;
	return REASON_NONE;
}

/*
 * The device has nothing more to say.  What it did not seal is dropped; what
 * the store has yet to decide is acknowledged first.
 */
enum reason
session_close(struct session *s)
{
	enum reason	 reason = session_whole(s);

	if (reason != REASON_NONE)
		return reason;
	session_ending(s, REASON_DONE);
	return REASON_NONE;
}

static void
send_ack(struct session *s, const uint8_t *nonce,
    const struct ipc_proved *p)
{
	struct asmp_ack	 ack;
	uint8_t		 plain[HANDSHAKE_ACK_MAX];

	memset(&ack, 0, sizeof(ack));
	if (RAND_bytes(ack.session, sizeof(ack.session)) != 1)
		fatalx("no randomness");
	memcpy(ack.nonce, nonce, sizeof(ack.nonce));
	ack.time = now_ms();
	ack.lastid = s->up->lastid;
	ack.role = p->role;
	ack.max_in = GATEWAY_MAX_IN;
	ack.seal_limit = ASMP_SEAL_FRAMES;
	ack.lifetime = p->lifetime;
	ack.ticketed = p->ticketed != 0;
	memcpy(ack.ticket, p->ticket, sizeof(ack.ticket));
	memcpy(ack.secret, p->secret, sizeof(ack.secret));
	session_send(s, ASMP_HANDSHAKE_ACK, ASMP_STREAM_CONN, plain,
	    ack_put(plain, &ack));
	explicit_bzero(&ack, sizeof(ack));
	explicit_bzero(plain, sizeof(plain));
}

static struct up *
up_alloc(const char *id, const struct ident_pub *pub)
{
	struct up	*up;
	size_t		 len = strlen(id) + 1;

	if ((up = calloc(1, up_size(id, pub->alg))) == NULL)
		return NULL;
	memcpy(up->id, id, len);
	up->alg = pub->alg;
	memcpy(up->id + len, pub->key, ident_publen(pub->alg));
	return up;
}

static struct up *
up_new(struct session *s, const struct ipc_proved *p, const uint8_t *model)
{
	struct handshake	*hs = s->hs;
	struct up		*up;

	if ((up = up_alloc(p->id, &hs->pub)) == NULL ||
	    (p->modellen > 0 &&
	    (up->model = model_decode(model, p->modellen)) == NULL) ||
	    (s->profile->window &&
	    (up->window = calloc(1, sizeof(*up->window))) == NULL)) {
		if (up != NULL)
			model_free(up->model);
		free(up);
		return NULL;
	}
	keys_session(&up->keys, s->profile, hs->t, hs->keys.agreed, p->x,
	    p->g);
	memcpy(up->t, hs->t, sizeof(up->t));
	up->keys.d2g.client = up->keys.g2d.client = smcp_client(up->id);
	up->device = p->device;
	up->role = p->role;
	up->kind = hs->kind;
	up->lastid = up->decided = p->lastid;
	up->since = up->active = now_ms();
	up->ends = mono_ms() + (uint64_t)p->lifetime * 1000;
	LIST_INIT(&up->streams);
	return up;
}

/*
 * The parent has proved the device and the store has lent it: keys for epoch
 * 1, and HANDSHAKE_ACK as its first record.  Returns 0, or -1 if the device's
 * model (p->modellen bytes) is damaged or memory is short.
 */
int
session_up(struct session *s, const struct ipc_proved *p,
    const uint8_t *model)
{
	struct vn_up	 msg = { .max_in = GATEWAY_MAX_IN };

	if ((s->up = up_new(s, p, model)) == NULL)
		return -1;
	s->state = S_UP;
	s->epoch = 1;
	s->rx = s->tx = 0;
	s->heard = hotpipe_clock(&verify_net);
	TAILQ_INSERT_TAIL(&quiet, s, quiet);
	live_set(s);
	verify_counter[CV_SESSIONS]++;
	verify_counter[CV_HANDSHAKES]++;
	hotpipe_send(&verify_net, VN_UP, s->conn, &msg, sizeof(msg));
	send_ack(s, s->hs->nonce, p);
	handshake_free(s);
	member_joined(s);
	event_session(s, CTL_EV_SESSION_UP, REASON_NONE);
	rate_begin(s, p->rested);
	return 0;
}

/* Calls f for each authenticated session; f ends none. */
void
sessions_each(void (*f)(struct session *))
{
	uint32_t	 i;

	for (i = 0; i < ntable; i++)
		if (table[i] != NULL && table[i]->up != NULL)
			f(table[i]);
}

/* Whether the end of one more session finds room in both channels. */
int
session_room(void)
{
	return !hotpipe_full(&verify_net, NET_ROOM / 2) &&
	    !hotpipe_full(&verify_store, STORE_ROOM / 2);
}

/*
 * Ends sessions whose time is up or that have been silent for too long, as
 * many as there is room for.
 */
void
sessions_sweep(void)
{
	struct session	*s;
	uint64_t	 now = mono_ms(), heard = hotpipe_clock(&verify_net),
			 silence = verify_conf.silence_ms;

	while ((s = TAILQ_FIRST(&lives)) != NULL && s->up->expires <= now &&
	    session_room())
		session_end(s, REASON_LIFETIME);
	while (silence != 0 && (s = TAILQ_FIRST(&quiet)) != NULL &&
	    s->heard + silence <= heard && session_room()) {
		if (session_waits(s))
			session_excuse(s);
		else
			session_end(s, REASON_TIMEOUT);
	}
}

/*
 * Ends sessions for good, as many as there is room for; devices with one are
 * told.  Returns 1 when none is left.
 */
int
sessions_stop(void)
{
	static uint32_t	 next;
	struct session	*s;

	for (; next < ntable && session_room(); next++) {
		if ((s = table[next]) == NULL)
			continue;
		if (s->up != NULL)
			session_end(s, REASON_SHUTDOWN);
		else {
			tell_net(s, VN_CLOSE_SILENT);
			session_free(s);
		}
	}
	return next == ntable;
}

static void
show_one(const struct session *s, uint32_t client)
{
	struct {
		struct ipc_reply	 reply;
		struct ctl_session	 out;
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.reply.client = client;
	msg.reply.type = CTL_SESSION;
	msg.out.conn = s->conn;
	msg.out.since = s->up->since;
	msg.out.active = s->up->active;
	msg.out.accepted = s->up->accepted;
	msg.out.blocked = s->up->blocked;
	msg.out.lastid = s->up->decided;
	msg.out.profile = s->profile->id;
	msg.out.holds = s->up->bucket.holds;
	msg.out.held = rate_holds(s);
	strlcpy(msg.out.device, s->up->id, sizeof(msg.out.device));
	addr_text(s->addr, s->port, msg.out.address,
	    sizeof(msg.out.address));
	to_parent(IPC_REPLY, &msg, sizeof(msg));
}

static void
show_end(uint32_t client, uint64_t cursor)
{
	struct {
		struct ipc_reply	 reply;
		union {
			struct ctl_page		 page;
			struct ctl_result	 result;
		} out;
	} msg;
	size_t	 len = sizeof(msg.out.page);

	memset(&msg, 0, sizeof(msg));
	msg.reply.client = client;
	msg.reply.type = CTL_MORE;
	msg.reply.last = 1;
	if (cursor < ntable)
		msg.out.page.cursor = cursor;
	else {
		msg.reply.type = CTL_RESULT;
		len = sizeof(msg.out.result);
	}
	to_parent(IPC_REPLY, &msg, sizeof(msg.reply) + len);
}

/* A page of sessions; the cursor is the slot to go on from. */
void
sessions_show(const struct ipc_sessions *ask)
{
	uint64_t	 i;
	int		 n = 0;

	for (i = ask->cursor; i < ntable && n < CTL_PAGE; i++)
		if (table[i] != NULL && table[i]->up != NULL) {
			show_one(table[i], ask->client);
			n++;
		}
	show_end(ask->client, i);
}
