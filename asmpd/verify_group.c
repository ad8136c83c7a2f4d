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
 * Aggregation: the members of a group give a value each, and when all have,
 * or have left, or the wait is over, each is told the result.  The first
 * verifier does this for all; of a member it knows connection and id.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

#define INT64_LIMIT	9223372036854775808.0	/* 2^63 */

struct value {
	double		 d;
	int64_t		 i;
	uint8_t		 there;
	uint8_t		 exact;		/* i says it to the last digit */
};

struct member {
	uint64_t	 conn;		/* its session, or 0 */
	char		*id;		/* while it has one */
	struct value	 now;		/* in the open round */
	struct value	 next;		/* came while the round was told */
	uint8_t		 left;		/* the open round */
};

/* A group's round, and between rounds who is there. */
struct round {
	char		 name[IPC_NAMEMAX];
	const struct group *group;	/* of this generation */
	struct member	*member;
	uint32_t	 nmembers;
	uint32_t	 there;		/* values */
	uint32_t	 left;
	uint64_t	 deadline;	/* mono_ms(); 0: no round is open */
	uint32_t	 told;		/* members told the result so far */
	uint8_t		 telling;
	uint8_t		 status;	/* SMCP_COMPLETE and so on */
	struct value	 result;
};

static struct round	*rounds;
static size_t		 nrounds;

static struct round *
round_of(const struct group *g)
{
	size_t	 i;

	for (i = 0; i < nrounds; i++)
		if (rounds[i].group == g)
			return &rounds[i];
	return NULL;
}

static int
add_exact(struct value *sum, const struct value *v)
{
	sum->d += v->d;
	sum->exact = sum->exact && v->exact;
	return __builtin_add_overflow(sum->i, v->i, &sum->i);
}

static int
less(const struct value *a, const struct value *b)
{
	return a->exact && b->exact ? a->i < b->i : a->d < b->d;
}

/* Takes v into the result; the first value is the result so far. */
static int
combine(struct value *res, const struct value *v, uint32_t function)
{
	switch (function) {
	case FUNCTION_MIN:
		if (less(v, res))
			*res = *v;
		return 0;
	case FUNCTION_MAX:
		if (less(res, v))
			*res = *v;
		return 0;
	case FUNCTION_COUNT:
		return 0;
	default:
		return add_exact(res, v);
	}
}

static void
set_exact(struct value *v, int64_t i)
{
	v->i = i;
	v->d = (double)i;
	v->exact = 1;
}

/* The last step: a mean is divided, a count is counted. */
static void
conclude(struct value *res, uint32_t function, uint32_t n)
{
	if (function == FUNCTION_COUNT)
		set_exact(res, n);
	if (function != FUNCTION_MEAN)
		return;
	if (res->exact && res->i % n == 0)
		set_exact(res, res->i / n);
	else {
		res->d /= n;
		res->exact = 0;
	}
}

static void
compute(struct round *r)
{
	uint32_t	 i, n = 0, function = r->group->g.function;
	int		 over = 0;

	for (i = 0; i < r->nmembers; i++) {
		if (!r->member[i].now.there)
			continue;
		if (n++ == 0)
			r->result = r->member[i].now;
		else
			over |= combine(&r->result, &r->member[i].now,
			    function);
	}
	over = r->result.exact ? over : !isfinite(r->result.d);
	conclude(&r->result, function, n);
	r->status = over && function != FUNCTION_COUNT ? SMCP_OVERFLOW :
	    n < r->nmembers ? SMCP_PARTIAL : SMCP_COMPLETE;
}

/* As the sixty-four bits of smcp; what does not fit is an overflow. */
static int64_t
to_int(const struct value *v, uint8_t *status)
{
	if (v->exact)
		return v->i;
	if (!(fabs(v->d) < INT64_LIMIT)) {
		*status = SMCP_OVERFLOW;
		return 0;
	}
	return llround(v->d);
}

static void
result_text(const struct round *r, char *text, size_t size)
{
	static const char *const	 status[] = {
		[SMCP_COMPLETE] = "complete",
		[SMCP_PARTIAL] = "partial",
		[SMCP_OVERFLOW] = "overflow"
	};
	char	 number[32];

	if (r->status == SMCP_OVERFLOW)
		strlcpy(number, "null", sizeof(number));
	else if (r->result.exact)
		snprintf(number, sizeof(number), "%" PRId64, r->result.i);
	else
		snprintf(number, sizeof(number), "%.17g", r->result.d);
	snprintf(text, size, "{\"group\":\"%s\",\"metric\":\"%s\","
	    "\"function\":\"%s\",\"status\":\"%s\",\"members\":%u,"
	    "\"result\":%s}", r->name, r->group->g.metric,
	    function_name(r->group->g.function), status[r->status], r->there,
	    number);
}

static int
is_ours(uint64_t conn)
{
	return CONN_VERIFIER(conn, verify_of) == CTL_VERIFY + verify_nth;
}

static void
send_result(const struct ipc_result *res)
{
	if (is_ours(res->conn))
		member_result(res);
	else
		to_parent(IPC_RESULT, res, sizeof(*res));
}

/* Of several groups the first answers a device's values. */
static void
tell(const struct round *r, const struct member *m)
{
	struct ipc_result	 res;
	uint8_t			 status = r->status;

	memset(&res, 0, sizeof(res));
	res.conn = m->conn;
	res.answered = m->now.there &&
	    conf_group_with(m->id, NULL) == r->group;
	if (status != SMCP_OVERFLOW)
		res.i = to_int(&r->result, &status);
	res.status = status;
	result_text(r, res.text, sizeof(res.text));
	send_result(&res);
}

/* Whether one more result finds its way. */
static int
has_room(const struct member *m)
{
	return is_ours(m->conn) ? !hotpipe_full(&verify_net, NET_ROOM / 2) :
	    childside_queued() < MESSAGES_QUEUE;
}

static void
round_open(struct round *r)
{
	if (r->deadline == 0)
		r->deadline = mono_ms() + r->group->g.wait_ms;
}

/* What came while the result was told begins the next round. */
static void
round_reset(struct round *r)
{
	uint32_t	 i;

	r->telling = 0;
	r->there = r->left = 0;
	r->deadline = 0;
	for (i = 0; i < r->nmembers; i++) {
		r->member[i].now = r->member[i].next;
		memset(&r->member[i].next, 0, sizeof(r->member[i].next));
		r->member[i].left = 0;
		r->there += r->member[i].now.there;
	}
	if (r->there != 0)
		round_open(r);
}

/* Tells the members the result, as far as there is room; the rest later. */
static void
round_tell(struct round *r)
{
	struct member	*m;

	for (; r->told < r->nmembers; r->told++) {
		m = &r->member[r->told];
		if (m->conn == 0)
			continue;
		if (!has_room(m))
			return;
		tell(r, m);
	}
	round_reset(r);
}

static void
round_finish(struct round *r)
{
	compute(r);
	r->telling = 1;
	r->told = 0;
	round_tell(r);
}

/* All who are still there have given a value. */
static void
round_check(struct round *r)
{
	if (r->telling || r->deadline == 0)
		return;
	if (r->there == 0)
		r->deadline = 0;
	else if (r->there + r->left >= r->nmembers)
		round_finish(r);
}

static void
round_value(struct round *r, struct member *m, const struct value *v)
{
	if (r->telling) {
		m->next = *v;
		return;
	}
	r->there += !m->now.there;
	m->now = *v;
	round_open(r);
	round_check(r);
}

/* A value to which no group has an answer comes back as it is. */
static void
alone(uint64_t conn, const struct value *v)
{
	struct ipc_result	 res;
	uint8_t			 status = SMCP_COMPLETE;

	memset(&res, 0, sizeof(res));
	res.conn = conn;
	res.answered = 1;
	res.i = to_int(v, &status);
	res.status = status;
	send_result(&res);
}

static struct member *
member_of(struct round *r, const char *id)
{
	return &r->member[conf_group_place(r->group, id)];
}

static void
leave(struct round *r, struct member *m)
{
	r->there -= !r->telling && m->now.there;
	memset(&m->now, 0, sizeof(m->now));
	memset(&m->next, 0, sizeof(m->next));
	m->conn = 0;
	free(m->id);
	m->id = NULL;
	if (r->deadline != 0 && !m->left) {
		m->left = 1;
		r->left++;
	}
	round_check(r);
}

static void
joined(uint64_t conn, const char *id)
{
	const struct group	*g = NULL;
	struct round		*r;
	struct member		*m;

	while ((g = conf_group_with(id, g)) != NULL) {
		r = round_of(g);
		m = member_of(r, id);
		/* The end of the old session comes another way. */
		if (m->conn != 0 && m->conn != conn)
			leave(r, m);
		if (m->id == NULL && (m->id = strdup(id)) == NULL)
			fatal("strdup");
		m->conn = conn;
		r->left -= m->left;
		m->left = 0;
	}
}

static void
left(uint64_t conn, const char *id)
{
	const struct group	*g = NULL;
	struct round		*r;
	struct member		*m;

	while ((g = conf_group_with(id, g)) != NULL) {
		r = round_of(g);
		m = member_of(r, id);
		if (m->conn == conn)
			leave(r, m);
	}
}

/* The group that answers the device has a value of it. */
static int
awaits_answer(const char *id)
{
	const struct group	*g = conf_group_with(id, NULL);

	return g != NULL && member_of(round_of(g), id)->now.there;
}

/* The group of this name has the value, if the device is its member. */
static void
value_put(const char *name, uint64_t conn, const char *id,
    const struct value *v)
{
	const struct group	*g = conf_group_byname(name);
	struct round		*r;

	if (g == NULL || conf_group_place(g, id) == -1)
		return;
	r = round_of(g);
	if (member_of(r, id)->conn == conn)
		round_value(r, member_of(r, id), v);
}

/* Else it is answered, unless another group does that. */
static void
value_answer(const char *name, uint64_t conn, const char *id,
    const struct value *v)
{
	const struct group	*g = conf_group_byname(name);

	if ((g == NULL || conf_group_place(g, id) == -1) && !awaits_answer(id))
		alone(conn, v);
}

/* A member has given a value, for a group that may be another one now. */
static void
value(const struct ipc_share *msg)
{
	struct value	 v;

	memset(&v, 0, sizeof(v));
	v.d = msg->d;
	v.i = msg->i;
	v.exact = msg->exact != 0;
	v.there = 1;
	value_put(msg->group, msg->conn, msg->id, &v);
	value_answer(msg->group, msg->conn, msg->id, &v);
}

/* A session of a member has begun, has given a value, or is over. */
void
group_share(const struct ipc_share *msg)
{
	switch (msg->what) {
	case SHARE_JOINED:
		joined(msg->conn, msg->id);
		break;
	case SHARE_LEFT:
		left(msg->conn, msg->id);
		break;
	case SHARE_VALUE:
		value(msg);
		break;
	}
}

/* Goes on with what had no room, and ends rounds whose wait is over. */
void
groups_run(void)
{
	struct round	*r;
	uint64_t	 now = mono_ms();
	size_t		 i;

	for (i = 0; i < nrounds; i++) {
		r = &rounds[i];
		if (r->telling)
			round_tell(r);
		else if (r->deadline != 0 && r->deadline <= now)
			round_finish(r);
	}
}

static void
rounds_free(struct round *r, size_t n)
{
	size_t		 i;
	uint32_t	 k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < r[i].nmembers; k++)
			free(r[i].member[k].id);
		free(r[i].member);
	}
	free(r);
}

static void
rounds_make(void)
{
	const struct group	*g = NULL;
	struct round		*r;

	nrounds = 0;
	while ((g = conf_group_next(g)) != NULL)
		nrounds++;
	if ((rounds = calloc(nrounds + 1, sizeof(*rounds))) == NULL)
		fatal("calloc");
	for (r = rounds; (g = conf_group_next(g)) != NULL; r++) {
		r->group = g;
		strlcpy(r->name, g->g.name, sizeof(r->name));
		r->nmembers = g->g.nmembers;
		r->member = calloc(r->nmembers, sizeof(*r->member));
		if (r->member == NULL)
			fatal("calloc");
	}
}

/* Who was there is there, in the groups of this configuration. */
static void
round_join(const struct round *old)
{
	uint32_t	 i;

	for (i = 0; i < old->nmembers; i++)
		if (old->member[i].conn != 0)
			joined(old->member[i].conn, old->member[i].id);
}

/* What was given and not told yet goes where this function puts it. */
static void
round_move(const struct round *old, void (*move)(const char *, uint64_t,
    const char *, const struct value *))
{
	const struct member	*m;
	const struct value	*v;
	uint32_t		 i;

	for (i = 0; i < old->nmembers; i++) {
		m = &old->member[i];
		v = old->telling && i < old->told ? &m->next : &m->now;
		if (m->conn != 0 && v->there)
			move(old->name, m->conn, m->id, v);
	}
}

/*
 * A new configuration has come into use: groups may be others now.  A value
 * goes to the group of the same name, and when all are placed, who has no
 * such group is answered.
 */
void
groups_reload(void)
{
	struct round	*old = rounds;
	size_t		 i, nold = nrounds;

	if (verify_nth == 0)
		rounds_make();
	for (i = 0; i < nold; i++)
		round_join(&old[i]);
	members_reload();
	for (i = 0; i < nold; i++)
		round_move(&old[i], value_put);
	for (i = 0; i < nold; i++)
		round_move(&old[i], value_answer);
	if (verify_nth == 0)
		rounds_free(old, nold);
}
