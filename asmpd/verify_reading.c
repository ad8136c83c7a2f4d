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
 * Readings: parsed, scored, handed to the store, and acknowledged once the
 * store has decided on them for good.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define DETAIL_MAX	256

struct reading {
	uint64_t		 id;
	uint64_t		 time;
	const uint8_t		*text;
	size_t			 len;
	const uint8_t		*record;	/* as it came, or NULL */
	size_t			 recordlen;	/* 0: it holds the text */
	const int64_t		*exact;		/* smcp: the value itself */
	size_t			 opened;	/* bytes of its DATA record */
	uint32_t		 stream;
};

static uint8_t	 expanded[ASMP_PAYLOAD_MAX];	/* too large for a stack */

static void
to_store(struct session *s, const struct reading *rd, enum reason reason)
{
	struct vs_reading	 msg;
	uint8_t			*buf;

	memset(&msg, 0, sizeof(msg));
	msg.place = seal_place(s, rd->record);
	msg.rawlen = msg.place == 0 ? 0 : rd->recordlen;
	msg.id = rd->id;
	msg.time = rd->time;
	msg.received = now_ms();
	msg.device = s->up->device;
	msg.reason = reason;
	msg.textlen = rd->len;
	buf = chan_reserve(&verify_store.chan, sizeof(msg) + rd->len +
	    msg.rawlen);
	if (buf == NULL)
		fatalx("store does not take its messages");
	memcpy(buf, &msg, sizeof(msg));
	memcpy(buf + sizeof(msg), rd->text, rd->len);
	if (msg.rawlen > 0)
		memcpy(buf + sizeof(msg) + rd->len, rd->record, msg.rawlen);
	chan_commit(&verify_store.chan, VS_READING, s->conn, sizeof(msg) +
	    rd->len + msg.rawlen);
}

/*
 * Sends the model to the store if it has learned and there is room; it goes
 * once for many readings, since it is larger than any of them.
 */
void
reading_save_model(struct session *s)
{
	struct vs_model	 msg;
	uint8_t		*buf;

	if (!s->up->learned || hotpipe_full(&verify_store, MODEL_ROOM))
		return;
	memset(&msg, 0, sizeof(msg));
	msg.device = s->up->device;
	buf = chan_reserve(&verify_store.chan, sizeof(msg) + IPC_MODELMAX);
	if (buf == NULL)
		fatalx("store does not take its messages");
	memcpy(buf, &msg, sizeof(msg));
	chan_commit(&verify_store.chan, VS_MODEL, s->conn, sizeof(msg) +
	    model_encode(s->up->model, buf + sizeof(msg)));
	s->up->learned = 0;
}

/* Kept for review, with its reason; a jump leaves the last id where it is. */
static enum reason
blocked(struct session *s, const struct reading *rd, enum reason reason,
    const char *detail)
{
	if (reason != REASON_ID_JUMP)
		s->up->lastid = rd->id;
	s->up->blocked++;
	verify_counter[CV_BLOCKED]++;
	to_store(s, rd, reason);
	event_reading(s, rd->id, reason, rd->text, rd->len, detail);
	event_blocked(s, rd->id, reason, detail);
	return reason;
}

/* The device's model: many a session ends before its first reading. */
static struct model *
model_of(struct up *up)
{
	if (up->model == NULL && (up->model = model_new()) == NULL)
		fatal("model");
	return up->model;
}

static enum reason
accepted(struct session *s, const struct reading *rd,
    const struct json_fields *fields)
{
	int	 learned;

	if ((learned = model_learn(model_of(s->up), fields, &verify_rules)) ==
	    -1)
		fatal("model");
	s->up->learned |= learned;
	s->up->lastid = rd->id;
	s->up->accepted++;
	verify_counter[CV_ACCEPTED]++;
	event_message(s, rd->stream, rd->opened, rd->id, 0);
	to_store(s, rd, REASON_NONE);
	member_value(s, fields, rd->exact);
	event_reading(s, rd->id, REASON_NONE, rd->text, rd->len, NULL);
	return REASON_NONE;
}

static enum reason
check_model(struct session *s, const struct reading *rd,
    const struct json_fields *fields)
{
	struct model_finding	 f;
	char			 detail[DETAIL_MAX];

	switch (model_check(model_of(s->up), fields, &verify_rules, &f)) {
	case MODEL_NORMAL:
		return accepted(s, rd, fields);
	case MODEL_ANOMALY:
		snprintf(detail, sizeof(detail), "%.100s is %.6g, normal is "
		    "%.6g +- %.3g", log_visstr(f.path), f.value,
		    f.mean, f.deviation);
		return blocked(s, rd, REASON_ANOMALY, detail);
	case MODEL_RANGE:
		return blocked(s, rd, REASON_READING, "a number too large");
	case MODEL_FULL:
		return blocked(s, rd, REASON_READING, "more numeric fields "
		    "than a device may have");
	}
	return REASON_INTERNAL;
}

/* Whether its time is near enough to the gateway's; 0 is no clock. */
static int
time_fits(const struct reading *rd)
{
	uint64_t	 now, within = verify_conf.within_ms;

	if (within == 0 || rd->time == 0)
		return 1;
	now = now_ms();
	return rd->time <= now + within && rd->time + within >= now;
}

/* The first field that a reading must have and has not; NULL: none. */
static const char *
missing(const struct json_want *want)
{
	const struct ipc_require	*r;
	size_t				 i, n;
	int				 ok;

	r = conf_required(&n);
	for (i = 0; i < n; i++) {
		switch (r[i].type) {
		case REQUIRE_NUMBER:
			ok = want[i].type == JSON_IS_NUMBER;
			break;
		case REQUIRE_STRING:
			ok = want[i].type == JSON_IS_STRING;
			break;
		default:
			ok = want[i].type != JSON_ABSENT;
			break;
		}
		if (!ok)
			return r[i].path;
	}
	return NULL;
}

/* What to look for while a reading is scanned; returns how many there are. */
static size_t
required(struct json_want *want)
{
	const struct ipc_require	*r;
	size_t				 i, n;

	r = conf_required(&n);
	for (i = 0; i < n; i++)
		want[i].path = r[i].path;
	return n;
}

static enum reason
check_text(struct session *s, const struct reading *rd,
    struct json_fields *fields)
{
	struct json_want want[REQUIRES_MAX];
	char		 detail[DETAIL_MAX];
	const char	*path;
	enum json_error	 err;
	size_t		 off, n = required(want);

	err = json_scan_for(rd->text, rd->len, fields, &off, want, n);
	if (err != JSON_OK) {
		snprintf(detail, sizeof(detail), "%s at byte %zu",
		    json_strerror(err), off + 1);
		return blocked(s, rd, REASON_JSON, detail);
	}
	if ((path = missing(want)) != NULL) {
		snprintf(detail, sizeof(detail), "%.100s is missing, or not "
		    "of its type", log_visstr(path));
		return blocked(s, rd, REASON_FIELD, detail);
	}
	return check_model(s, rd, fields);
}

/* The checks of one reading, in their order; 0, or why it was blocked. */
static enum reason
judge(struct session *s, const struct reading *rd)
{
	static struct json_fields	 fields;	/* likewise */

	if (rd->id <= s->up->lastid) {
		verify_counter[CV_DUPLICATES]++;
		s->up->ackdue = 1;
		return REASON_NONE;
	}
	if (rd->id - s->up->lastid > ASMP_ID_JUMP || rd->id > INT64_MAX)
		return blocked(s, rd, REASON_ID_JUMP, NULL);
	if (!time_fits(rd))
		return blocked(s, rd, REASON_STALE, NULL);
	return check_text(s, rd, &fields);
}

/* Bytes of expanded that a record of so many may take. */
static size_t
expand_room(size_t len)
{
	size_t	 room = len * EXPAND_RATIO + EXPAND_EXTRA;

	return room < sizeof(expanded) ? room : sizeof(expanded);
}

/* Unpacks a record into expanded; 0 or a reason. */
static enum reason
expand(const uint8_t **plain, size_t *len)
{
	size_t	 room = expand_room(*len);

	if (expand_record(verify_expand, expanded, &room, *plain, *len) == -1)
		return REASON_COMPRESSION;
	*plain = expanded;
	*len = room;
	return REASON_NONE;
}

/* A record, which may be unpacked to plain. */
static enum reason
take(struct session *s, struct reading *rd, const uint8_t *plain, size_t len)
{
	enum reason	 reason;

	if (len < ASMP_READING_HDR)
		return REASON_READING;
	rd->id = get_u64(plain);
	rd->time = get_u64(plain + 8);
	rd->text = plain + ASMP_READING_HDR;
	rd->len = len - ASMP_READING_HDR;
	if ((reason = judge(s, rd)) != REASON_NONE)
		session_ending(s, reason);
	return REASON_NONE;
}

/*
 * Takes an opened telemetry record of a stream: message id, time, JSON.
 * Where it is blocked the session ends after the store has decided on it.
 */
enum reason
reading_take(struct session *s, uint32_t stream, const uint8_t *plain,
    size_t len)
{
	struct reading	 rd = { .record = plain, .opened = len,
			    .stream = stream };
	enum reason	 reason;

	if (!s->compressed)
		return take(s, &rd, plain, len);
	rd.recordlen = len;
	if ((reason = expand(&plain, &len)) == REASON_NONE) {
		rate_expanded(s, rd.recordlen, len);
		reason = take(s, &rd, plain, len);
	}
	explicit_bzero(expanded, expand_room(rd.recordlen));
	return reason;
}

/* A bare value becomes the device's next reading, of its group's metric. */
void
reading_value(struct session *s, uint32_t stream, int64_t value)
{
	struct reading	 rd = { .exact = &value, .opened = sizeof(value),
			    .stream = stream };
	char		 text[JSON_PATHMAX + 64];
	enum reason	 reason;

	rd.id = s->up->lastid + 1;
	rd.text = (const uint8_t *)text;
	rd.len = snprintf(text, sizeof(text), "{\"%s\":%lld}",
	    member_metric(s->up->id), (long long)value);
	if ((reason = judge(s, &rd)) != REASON_NONE)
		session_ending(s, reason);
}

/*
 * Sends ACK: the highest decided id and the refused ones, len bytes of them
 * as they travel.
 */
static void
acknowledge(struct session *s, const uint8_t *refused, size_t len)
{
	uint8_t	 plain[ASMP_MAX_IN_MIN];

	put_u64(plain, s->up->decided);
	if (len > 0)
		memcpy(plain + 8, refused, len);
	s->up->ackdue = 0;
	session_send(s, ASMP_ACK, ASMP_STREAM_CONN, plain, 8 + len);
}

/*
 * After a batch: what has been learned goes to the store, and a device that
 * sent nothing new hears what is decided.
 */
void
readings_done(struct session *s)
{
	reading_save_model(s);
	if (s->up->ackdue && s->up->decided == s->up->lastid)
		acknowledge(s, NULL, 0);
}

/*
 * The store has committed.  A session ends at its first blocked reading, so
 * that at most a few refusals come at once; they fit the least a device may
 * announce.
 */
void
reading_decided(struct session *s, const struct sv_decided *d,
    const uint8_t *list)
{
	struct sv_refused	 r;
	uint8_t			 out[ASMP_MAX_IN_MIN - 8 - ASMP_TAGLEN];
	uint32_t		 i;
	size_t			 n = 0;

	for (i = 0; i < d->nrefused && n + 9 <= sizeof(out); i++) {
		memcpy(&r, list + i * sizeof(r), sizeof(r));
		/* A jump is beyond what was decided: only CLOSE names it. */
		if (r.reason == REASON_ID_JUMP)
			continue;
		put_u64(out + n, r.id);
		out[n + 8] = r.reason;
		n += 9;
	}
	if (d->lastid > s->up->decided)
		s->up->decided = d->lastid;
	acknowledge(s, out, n);
	credit_decided(s, d->others != 0);
	if (s->state == S_ENDING)
		session_end_decided(s);
}
