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
 * The verifier, the process that parses what attackers send.  An input is a
 * sequence of steps of its neighbours and of devices that have keys: net
 * opens and closes connections, devices shake hands and send records genuine
 * and wrong, the parent answers, store decides, time passes, configurations
 * change.  With honest neighbours verify never ends itself, whatever devices
 * do; where the first byte is odd they are hostile too, and it may.
 *
 * Input: neighbours; configuration; then steps, each a byte and its own.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "fuzz.h"
#include "verify_world.h"

#define STEPS		256	/* of one input */
#define PLAINMAX	2048	/* bytes of a plaintext */
#define NET_LEAST	(NET_ROOM / 2)	/* room that answers always find */

static uint8_t	*bytes;		/* of a hostile message */

/* What a configuration has, by bits. */
enum {
	CONF_GROUPS = 1,
	CONF_STREAMS = 2,
	CONF_STRICT = 4,		/* fields required, times checked */
	CONF_SHORT = 8,			/* limits that end within seconds */
	CONF_LOUD = 16
};

static void
conf_stream(uint32_t number, uint32_t handler, const char *name, int bits)
{
	struct ipc_stream	 s;

	memset(&s, 0, sizeof(s));
	s.number = number;
	s.handler = handler;
	s.idle_ms = handler == HANDLER_TELEMETRY ? 0 : 30000;
	if ((bits & CONF_SHORT) != 0)
		s.idle_ms = 1000;
	strlcpy(s.name, name, sizeof(s.name));
	world_parent(IPC_CONF_STREAM, &s, sizeof(s));
}

static void
conf_streams(int bits)
{
	uint32_t	 i;

	conf_stream(ASMP_STREAM_CHAT, HANDLER_CHAT, "chat", bits);
	conf_stream(ASMP_STREAM_CONTROL, HANDLER_CONTROL, "control", bits);
	conf_stream(ASMP_STREAM_TELEMETRY, HANDLER_TELEMETRY, "telemetry",
	    bits);
	conf_stream(ASMP_STREAM_AGGREGATE, HANDLER_AGGREGATE, "aggregate",
	    bits);
	if ((bits & CONF_STREAMS) == 0)
		return;
	for (i = 5; i < 25; i++)
		conf_stream(i, HANDLER_CHAT + i % 4, "more", bits);
}

static void
conf_role(uint32_t number, uint64_t streams, uint32_t commands)
{
	struct ipc_role	 r;

	memset(&r, 0, sizeof(r));
	r.number = number;
	r.streams = streams;
	r.commands = commands;
	strlcpy(r.name, "role", sizeof(r.name));
	world_parent(IPC_CONF_ROLE, &r, sizeof(r));
}

static void
conf_group(const char *name, uint32_t function, const char *ids, size_t len,
    uint32_t n)
{
	uint8_t		 buf[sizeof(struct ipc_group) + 128];
	struct ipc_group g;

	memset(&g, 0, sizeof(g));
	g.function = function;
	g.wait_ms = 2000;
	g.nmembers = n;
	strlcpy(g.name, name, sizeof(g.name));
	strlcpy(g.metric, "value", sizeof(g.metric));
	memcpy(buf, &g, sizeof(g));
	memcpy(buf + sizeof(g), ids, len);
	world_parent(IPC_CONF_GROUP, buf, sizeof(g) + len);
}

static void
conf_groups(uint32_t function)
{
	static const char	 all[] = "2\0DEV1\0DEV_3";
	static const char	 two[] = "255\0DEV1";
	static const char	 one[] = "2";

	conf_group("all", FUNCTION_SUM + function % 5, all, sizeof(all), 3);
	conf_group("two", FUNCTION_MEAN, two, sizeof(two), 2);
	conf_group("one", FUNCTION_MAX, one, sizeof(one), 1);
}

static void
conf_strict(void)
{
	struct ipc_require	 r;
	struct ipc_field	 f;

	memset(&r, 0, sizeof(r));
	r.type = REQUIRE_NUMBER;
	strlcpy(r.path, "value", sizeof(r.path));
	world_parent(IPC_CONF_REQUIRE, &r, sizeof(r));
	r.type = REQUIRE_STRING;
	strlcpy(r.path, "unit", sizeof(r.path));
	world_parent(IPC_CONF_REQUIRE, &r, sizeof(r));
	memset(&f, 0, sizeof(f));
	f.floor = 0.5;
	strlcpy(f.pattern, "val*", sizeof(f.pattern));
	world_parent(IPC_CONF_FIELD, &f, sizeof(f));
}

static void
configure(uint8_t bits)
{
	struct ipc_conf	 conf;

	memset(&conf, 0, sizeof(conf));
	conf.max_sessions = CONNS;
	conf.samples = 2;
	conf.threshold = 3;
	conf.floor = 0.01;
	conf.silence_ms = (bits & CONF_SHORT) != 0 ? 3000 : 0;
	conf.within_ms = (bits & CONF_STRICT) != 0 ? 60000 : 0;
	conf.log_data = conf.audit_messages = (bits & CONF_LOUD) != 0;
	world_parent(IPC_CONF, &conf, sizeof(conf));
	conf_streams(bits);
	conf_role(1, 15, CMD_ALL & 5);
	conf_role(3, UINT64_MAX, CMD_ALL);
	if ((bits & CONF_STRICT) != 0)
		conf_strict();
	if ((bits & CONF_GROUPS) != 0)
		conf_groups(bits >> 5);
	world_parent(IPC_CONF_END, NULL, 0);
	world_parent(IPC_CONF_COMMIT, NULL, 0);
}

static struct device_side *
a_side(struct input *in)
{
	return &sides[in_u8(in) % CONNS];
}

/* Net tells of the end, and keeps nothing of the device. */
static void
closed(struct device_side *d, uint16_t type, uint32_t reason)
{
	struct nv_closed	 msg = { .reason = reason };
	uint64_t		 conn = d->conn;

	if (!d->open)
		return;
	if (type == NV_CLOSED)
		side_free(d);
	world_net(type, conn, &msg, sizeof(msg));
}

/* A connection in a slot, for a device and a profile. */
static struct device_side *
opened(struct input *in)
{
	static uint32_t		 generation;
	struct device_side	*d = a_side(in);
	int			 who = in_u8(in) % DEVICES;
	struct nv_open		 open;

	closed(d, NV_CLOSED, REASON_LOST);
	memset(&open, 0, sizeof(open));
	open.profiles = PROFILES_ALL;
	side_open(d, CONN_ID((uint32_t)(d - sides), ++generation), who,
	    profile_byid(1 + in_u8(in) % 6));
	world_net(NV_OPEN, d->conn, &open, sizeof(open));
	return d;
}

/* Sends what has gathered, all at once as one read may bring it. */
static void
deliver(struct device_side *d)
{
	uint8_t	 batch[BATCH];
	size_t	 len = d->len;

	if (!d->open || len == 0)
		return;
	memcpy(batch, d->batch, len);
	d->len = 0;
	world_net(NV_FRAMES, d->conn, batch, len);
}

/* What the parent says of a proof that holds. */
static void
proved(struct input *in, uint64_t conn, int who)
{
	uint8_t			 buf[sizeof(struct ipc_proved) + IPC_MODELMAX];
	struct ipc_proved	 msg;
	uint8_t			 how = in_u8(in);
	size_t			 len = 0;

	memset(&msg, 0, sizeof(msg));
	msg.conn = conn;
	msg.device = (uint32_t)who;
	msg.role = 1 + how % 3;
	msg.lifetime = how & 128 ? 5 : 86400;
	msg.lastid = how & 64 ? in_u64(in) : 0;
	msg.ticketed = how & 32;
	strlcpy(msg.id, device_name(who), sizeof(msg.id));
	if (how & 16) {
		len = modellen;
		memcpy(buf + sizeof(msg), model, len);
	} else if (how & 8) {
		/* What the store gives back need not be what it got. */
		len = in_u8(in);
		in_fill(in, buf + sizeof(msg), len);
	}
	msg.modellen = (uint32_t)len;
	memcpy(buf, &msg, sizeof(msg));
	lent[who] = 1;
	world_parent(IPC_PROVED, buf, sizeof(msg) + len);
}

static void
refused(uint64_t conn)
{
	struct ipc_proved	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = conn;
	msg.reason = REASON_BAD_PROOF;
	world_parent(IPC_PROVED, &msg, sizeof(msg));
}

/* One session of a device at a time, as the parent has it. */
static void
verdict(struct input *in, uint64_t conn)
{
	struct device_side	*d = &sides[CONN_SLOT(conn) % CONNS];

	if (!d->open || d->conn != conn || lent[d->who] || in_u8(in) % 8 == 0)
		refused(conn);
	else
		proved(in, conn, d->who);
}

/* A session without its handshake, with keys that everybody knows. */
static void
step_session(struct input *in)
{
	struct device_side	*d = opened(in);
	struct session		*s;
	uint8_t			 how = in_u8(in);

	if ((s = session_find(d->conn)) == NULL || lent[d->who])
		return;
	s->profile = d->profile;
	s->max_out = how & 1 ? d->profile->max_in : 4096;
	s->compressed = (how & 2) != 0;
	MUST((s->hs = calloc(1, sizeof(*s->hs))) != NULL);
	s->hs->kind = ASMP_KIND_SIGNATURE;
	s->hs->pub = *ident_public(d->ident);
	strlcpy(s->hs->id, device_name(d->who), sizeof(s->hs->id));
	s->state = S_PROVING;
	proved(in, d->conn, d->who);
}

/* HELLO, with a genuine Noise message or the input's. */
static void
step_hello(struct input *in)
{
	struct device_side	*d = opened(in);
	struct noise		 noise;
	uint8_t			 prologue[NOISE_PROLOGUE] = { 0 }, *p;
	uint8_t			 how = in_u8(in);
	size_t			 len = noise_m1_len(d->profile->agreement);

	if (how % 16 == 1)
		len = in_u16(in) % ASMP_PRE_MAX;
	if ((p = side_frame(d, ASMP_HELLO, 0, HELLO_FIXED + len)) == NULL)
		return;
	p += ASMP_HDRLEN;
	hello_put(p, d->profile->id, how & 64 ? 1 : 0, 4096);
	if (how % 16 < 2)
		in_fill(in, p, HELLO_FIXED + len);
	else {
		MUST(noise_init(&noise, d->profile->agreement, prologue) == 0);
		MUST(noise_write_m1(&noise, p + HELLO_FIXED) == 0);
		noise_wipe(&noise);
	}
	deliver(d);
}

static void
answer_sign(const struct ipc_sign *ask)
{
	struct asmp_gateway_auth auth = { .id = "GATEWAY", .siglen = 64 };
	struct ipc_signed	 msg;

	memset(&msg, 0, sizeof(msg));
	msg.conn = ask->conn;
	msg.len = (uint32_t)gateway_auth_put(msg.gpt, &auth);
	world_parent(IPC_SIGNED, &msg, sizeof(msg));
}

static void
answer_lookup(struct input *in, const struct ipc_lookup *ask)
{
	const struct ident_pub	*pub;
	struct ipc_found	 msg;

	MUST(memchr(ask->id, '\0', sizeof(ask->id)) != NULL);
	memset(&msg, 0, sizeof(msg));
	msg.conn = ask->conn;
	msg.reason = in_u8(in) % 4 == 0 ? REASON_UNKNOWN_DEVICE : 0;
	pub = ident_public(device_ident(in_u8(in) % DEVICES));
	msg.alg = pub->alg;
	memcpy(msg.key, pub->key, sizeof(msg.key));
	world_parent(IPC_FOUND, &msg, sizeof(msg));
}

/* The parent comes to its oldest question. */
static void
step_answer(struct input *in)
{
	struct ask	 ask;

	if (!world_asked(&ask))
		return;
	switch (ask.type) {
	case IPC_SIGN:
		answer_sign(&ask.u.sign);
		break;
	case IPC_LOOKUP:
		answer_lookup(in, &ask.u.lookup);
		break;
	default:
		MUST(ask.u.prove.len <= sizeof(ask.u.prove.proof));
		verdict(in, ask.u.prove.conn);
		break;
	}
}

/* A device's name and proof; signatures are genuine, mostly. */
static size_t
init_plain(struct input *in, struct device_side *d, const struct session *s,
    uint8_t *p)
{
	struct asmp_init	 init;
	struct part		 part = { p, 0 };
	uint8_t			 how = in_u8(in), hbody[ASMP_HASHLEN];

	memset(&init, 0, sizeof(init));
	init.kind = 1 + how % 5;
	init.group = how >> 6;
	init.token.version = 1;
	init.token.expires = UINT64_MAX;
	strlcpy(init.token.audience, "GATEWAY", sizeof(init.token.audience));
	strlcpy(init.token.client, device_name(d->who),
	    sizeof(init.token.client));
	strlcpy(init.id, device_name(d->who), sizeof(init.id));
	part.len = init_body_put(p, &init);
	if (init.kind == ASMP_KIND_KEM)
		return part.len;
	in_fill(in, p + part.len, ASMP_HASHLEN);
	if (init.kind != ASMP_KIND_SIGNATURE)
		return part.len + ASMP_HASHLEN;
	sha256_parts(hbody, &part, 1);
	MUST(device_sign(d->ident, p + part.len, s->hs->t1, hbody) == 0);
	return part.len + ident_siglen(ident_public(d->ident)->alg);
}

/* HANDSHAKE_INIT or RESPONSE, under the keys that were agreed. */
static void
step_proof(struct input *in)
{
	struct device_side	*d = a_side(in);
	struct session		*s;
	uint8_t			 how = in_u8(in), plain[PLAINMAX];
	uint16_t		 type = ASMP_HANDSHAKE_INIT;
	size_t			 len;

	if (!d->open || (s = session_find(d->conn)) == NULL || s->hs == NULL)
		return;
	if (how % 4 == 0) {
		len = in_u16(in) % PLAINMAX;
		in_fill(in, plain, len);
	} else if (s->state == S_RESPONSE) {
		len = RESPONSE_LEN;
		in_fill(in, plain, len);
	} else
		len = init_plain(in, d, s, plain);
	if (s->state == S_RESPONSE)
		type = ASMP_RESPONSE;
	side_record(d, s->hs->keys.d2g, type, 0, plain, len);
	deliver(d);
}

/* A reading; its number is the next one, mostly. */
static size_t
reading(struct input *in, struct device_side *d, uint8_t *p)
{
	static const char *const	 texts[] = {
		"{\"value\":36.6,\"unit\":\"C\"}",
		"{\"value\":-1e308,\"unit\":\"C\"}",
		"{\"value\":1e308,\"unit\":\"C\",\"a\":[1,2,{\"b\":0}]}",
		"{\"value\":5,\"value\":6}",
		"{}"
	};
	uint8_t				 how = in_u8(in);
	const char			*text = texts[how % 5];
	size_t				 n;

	d->id += how & 128 ? in_u64(in) : 1;
	put_u64(p, d->id);
	put_u64(p + 8, how & 64 ? in_u64(in) : 0);
	if (how & 32) {
		n = in_u8(in);
		in_fill(in, p + ASMP_READING_HDR, n);
	} else {
		n = strlen(text);
		memcpy(p + ASMP_READING_HDR, text, n);
	}
	return ASMP_READING_HDR + n;
}

static size_t
squeezed(uint8_t *p, size_t len)
{
	struct compress	*c = compress_new();
	uint8_t		 out[PLAINMAX];
	size_t		 n = sizeof(out);

	MUST(c != NULL && compress_record(c, out, &n, p, len) == 0);
	compress_free(c);
	memcpy(p, out, n);
	return n;
}

static size_t
command(struct input *in, uint8_t *p)
{
	static const char *const	 texts[] = {
		"ping", "status", "time", "list", "echo what was said", "echo",
		"ping x", "halt"
	};
	const char			*text = texts[in_u8(in) % 8];

	memcpy(p, text, strlen(text));
	return strlen(text);
}

/* What fits the stream, or anything. */
static size_t
plaintext(struct input *in, struct device_side *d, uint32_t stream,
    uint8_t *p)
{
	struct session	*s = session_find(d->conn);
	uint8_t		 how = in_u8(in);
	size_t		 len;

	if (d->profile->record == ASMP_SMCP && how & 1) {
		len = d->keys.d2g.round == 0 ? 5 : SMCP_VALUELEN;
		if (d->keys.d2g.round == 0)
			memcpy(p, "HELLO", 5);
		else
			put_u64(p, how & 2 ? in_u64(in) : in_u8(in));
	} else if (stream == ASMP_STREAM_TELEMETRY && how & 1) {
		len = reading(in, d, p);
		if (s != NULL && s->compressed && how & 2)
			len = squeezed(p, len);
	} else if (stream == ASMP_STREAM_CONTROL && how & 1)
		len = command(in, p);
	else {
		len = how & 4 ? in_u16(in) % PLAINMAX : in_u8(in);
		in_fill(in, p, len);
	}
	return len;
}

static void
step_data(struct input *in)
{
	static const uint32_t	 usual[] = { 3, 3, 3, 1, 2, 4, 5, 24 };
	struct device_side	*d = a_side(in);
	uint8_t			 how = in_u8(in), plain[PLAINMAX];
	uint32_t		 stream = usual[how % 8];
	size_t			 len;

	if (!d->open || !d->up)
		return;
	if (how & 64)
		stream = (uint32_t)in_u64(in);
	if (d->profile->record == ASMP_SMCP && how & 32)
		stream = ASMP_STREAM_AGGREGATE;
	if (d->profile->record == ASMP_SMCP && (how & 28) == 28)
		d->keys.d2g.opcode = how & 128 ? SMCP_DESYNC : SMCP_TERMINATE;
	len = plaintext(in, d, stream, plain);
	side_data(d, stream, plain, len);
	d->keys.d2g.opcode = 0;
	/* Where frames may come late they may be lost, too. */
	if (d->profile->window && (how & 28) == 28)
		d->seq += in_u16(in) % 1024;
}

static void
step_seal(struct input *in)
{
	struct device_side	*d = a_side(in);

	if (d->open && d->up)
		side_seal(d);
}

/* REKEY that holds, if there is none yet. */
static int
rekey(struct device_side *d, uint8_t *p)
{
	if (!d->profile->rekey || d->rekey != NULL)
		return 0;
	MUST((d->rekey = rekey_begin(p)) != NULL);
	return 1;
}

/* A record under the control key: any type, any plaintext. */
static void
step_record(struct input *in)
{
	static const uint16_t	 types[] = {
		ASMP_CLOSE, ASMP_HEARTBEAT, ASMP_REKEY, ASMP_SEAL
	};
	struct device_side	*d = a_side(in);
	uint8_t			 how = in_u8(in), plain[PLAINMAX];
	uint16_t		 type = types[how % 4];
	uint32_t		 stream = how & 8 ? in_u8(in) : 0;
	size_t			 len;

	if (!d->open || !d->up)
		return;
	if (how & 16)
		type = in_u8(in);
	if (type == ASMP_REKEY && (how & 32) == 0 && rekey(d, plain))
		len = ASMP_REKEY_DEVICE;
	else {
		len = how & 64 ? in_u16(in) % PLAINMAX : type == ASMP_CLOSE;
		in_fill(in, plain, len);
		/* It cannot follow where this leads, if it does. */
		d->lost |= type == ASMP_REKEY;
	}
	side_record(d, d->keys.d2g_control, type, stream, plain, len);
}

/* A frame that nobody with keys has made. */
static void
step_raw(struct input *in)
{
	struct device_side	*d = a_side(in);
	uint16_t		 type = in_u8(in);
	uint32_t		 stream = in_u8(in);
	size_t			 len = in_u16(in) % PLAINMAX;
	uint8_t			*p;

	if (!d->open || (p = side_frame(d, type, stream, len)) == NULL)
		return;
	in_fill(in, p + ASMP_HDRLEN, len);
}

/* The frames gathered so far, changed anywhere but in their lengths. */
static void
step_change(struct input *in)
{
	struct device_side	*d = a_side(in);
	struct asmp_header	 h;
	size_t			 at, pos = 0, flen;

	if (!d->open || d->len == 0)
		return;
	at = in_u16(in) % d->len;
	while (frame_next(d->batch + pos, d->len - pos, GATEWAY_MAX_IN,
	    &flen) == 1 && pos + flen <= at)
		pos += flen;
	/* Net has looked at the version, and at the length. */
	if (at - pos < 2 || (at - pos >= 20 && at - pos < ASMP_HDRLEN))
		return;
	d->batch[at] ^= in_u8(in);
	frame_get(&h, d->batch + pos);
	MUST(h.version == ASMP_VERSION);
}

/* Other numbers from here on. */
static void
step_numbers(struct input *in)
{
	struct device_side	*d = a_side(in);
	uint8_t			 how = in_u8(in);

	if (how & 1)
		d->seq += (uint64_t)(int8_t)in_u8(in);
	if (how & 2)
		d->epoch += (uint32_t)(int8_t)in_u8(in);
	if (how & 4)
		d->seq = in_u64(in);
}

static void
step_closed(struct input *in)
{
	struct device_side	*d = a_side(in);
	uint8_t			 how = in_u8(in);

	closed(d, how & 1 ? NV_BROKEN : NV_CLOSED, how & 2 ? REASON_LENGTH :
	    REASON_LOST);
}

/* Store has decided all, or part, of what it got. */
static void
step_decided(struct input *in)
{
	struct device_side	*d = a_side(in);
	struct session		*s;
	uint8_t			 buf[sizeof(struct sv_decided) +
				    64 * sizeof(struct sv_refused)];
	struct sv_decided	 msg;
	struct sv_refused	 r;
	uint8_t			 how = in_u8(in);
	size_t			 i;

	if (!d->open || (s = session_find(d->conn)) == NULL || s->up == NULL)
		return;
	memset(&msg, 0, sizeof(msg));
	memset(&r, 0, sizeof(r));
	msg.lastid = how & 128 ? in_u64(in) : s->up->lastid;
	msg.nrefused = how % 65;
	memcpy(buf, &msg, sizeof(msg));
	for (i = 0; i < msg.nrefused; i++) {
		r.id = i;
		r.reason = in_u8(in);
		memcpy(buf + sizeof(msg) + i * sizeof(r), &r, sizeof(r));
	}
	world_store(SV_DECIDED, d->conn, buf, sizeof(msg) + i * sizeof(r));
}

static void
step_time(struct input *in)
{
	uint8_t	 how = in_u8(in);

	fuzz_clock += how & 128 ? in_u64(in) % 100000000 : how * 100;
	if (how & 1)
		world_sweep();
}

/* Orders that come from operators, or from the registry. */
static void
step_order(struct input *in)
{
	struct device_side	*d = a_side(in);
	struct ipc_end		 end;
	struct ipc_sessions	 show;
	struct ipc_send		 send;
	struct ctl_log		 on;

	switch (in_u8(in) % 4) {
	case 0:
		memset(&end, 0, sizeof(end));
		end.conn = d->conn;
		end.reason = REASON_REVOKED;
		world_parent(IPC_END, &end, sizeof(end));
		break;
	case 1:
		memset(&show, 0, sizeof(show));
		show.cursor = in_u64(in);
		world_parent(IPC_SESSIONS, &show, sizeof(show));
		break;
	case 2:
		memset(&send, 0, sizeof(send));
		send.conn = d->conn;
		in_fill(in, send.text, in_u16(in) % ASMP_TEXTMAX);
		world_parent(IPC_SEND, &send, sizeof(send));
		break;
	default:
		on.verbose = in_u8(in) % 2;
		world_parent(IPC_MONITOR, &on, sizeof(on));
		break;
	}
}

/* Net and store stop reading with much queued, or go on; work takes long. */
static void
step_stall(struct input *in)
{
	uint8_t	 how = in_u8(in);

	stalled = how & 1;
	fuzz_tick = how & 4 ? 6 : 0;
	if (!stalled)
		world_turn();
	else if (how & 2)
		world_fill(1, STORE_ROOM / 2 + in_u16(in) * 64);
	else
		world_fill(0, NET_LEAST + in_u16(in) * 16);
}

/* What only neighbours do that somebody has taken over. */
static void
step_hostile(struct input *in)
{
	uint8_t		 how = in_u8(in);
	uint16_t	 type = in_u8(in) % 16;
	uint64_t	 conn = a_side(in)->conn;
	size_t		 len = in_u16(in) % 4096;

	if (!hostile)
		return;
	if (how & 8)
		conn = in_u64(in);
	free(bytes);
	bytes = in_copy(in, &len);
	switch (how % 5) {
	case 0:
		world_net(type, conn, bytes, len);
		break;
	case 1:
		world_net_bytes(bytes, len);
		break;
	case 2:
		world_store(SV_DECIDED, conn, bytes, len);
		break;
	case 3:
		world_store_bytes(bytes, len);
		break;
	default:
		if (len >= sizeof(conn))
			memcpy(bytes, &conn, sizeof(conn));
		world_parent(IPC_INIT + in_u8(in) % 50, bytes, len);
		break;
	}
}

static void
step(struct input *in)
{
	static void	(*const steps[])(struct input *) = {
		step_session, step_data, step_data, step_data, step_seal,
		step_record, step_decided, step_time, step_order, step_hello,
		step_answer, step_proof, step_raw, step_change, step_numbers,
		step_closed, step_stall, step_hostile
	};
	size_t		 i;
	uint8_t		 op = in_u8(in);

	if (op % 32 < sizeof(steps) / sizeof(steps[0]))
		steps[op % 32](in);
	else if (op % 32 == 31)
		configure(in_u8(in));
	else
		deliver(a_side(in));
	/* Mostly what is sent arrives at once. */
	if ((op & 128) == 0)
		for (i = 0; i < CONNS; i++)
			deliver(&sides[i]);
}

int
fuzz_verify(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	jmp_buf		 end;
	int		 i;

	hostile = in_u8(&in) % 2;
	world_begin();
	if (setjmp(end) == 0) {
		configure(in_u8(&in));
		if (hostile)
			fuzz_end = &end;
		for (i = 0; i < STEPS && in.left > 0; i++)
			step(&in);
	}
	fuzz_end = NULL;
	world_end();
	free(bytes);
	bytes = NULL;
	return 0;
}
