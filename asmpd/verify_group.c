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
 * or have left, or the wait is over, each gets the result, encrypted for
 * itself.  Only accepted readings count; nothing survives a session.
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

#define METRIC_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789_-"
#define EXACT_MAX	9007199254740992.0	/* 2^53: then integers blur */
#define INT64_LIMIT	9223372036854775808.0	/* 2^63 */

struct value {
	double		 d;
	int64_t		 i;
	uint8_t		 there;
	uint8_t		 exact;		/* i says it to the last digit */
};

struct member {
	uint64_t	 conn;		/* its session, or 0 */
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
tell_text(struct session *s, const struct round *r)
{
	static const char *const	 status[] = {
		[SMCP_COMPLETE] = "complete",
		[SMCP_PARTIAL] = "partial",
		[SMCP_OVERFLOW] = "overflow"
	};
	char	 text[ASMP_MAX_IN_MIN], number[32];
	int	 n;

	if (r->status == SMCP_OVERFLOW)
		strlcpy(number, "null", sizeof(number));
	else if (r->result.exact)
		snprintf(number, sizeof(number), "%" PRId64, r->result.i);
	else
		snprintf(number, sizeof(number), "%.17g", r->result.d);
	n = snprintf(text, sizeof(text), "{\"group\":\"%s\",\"metric\":\"%s\","
	    "\"function\":\"%s\",\"status\":\"%s\",\"members\":%u,"
	    "\"result\":%s}", r->name, r->group->g.metric,
	    function_name(r->group->g.function), status[r->status], r->there,
	    number);
	if (n > 0 && (size_t)n < sizeof(text))
		(void)stream_say(s, ASMP_STREAM_AGGREGATE, text, n);
}

/* The group that answers a device's values: of several, the first. */
static int
answers(const struct round *r, const struct session *s)
{
	return conf_group_with(s->up->id, NULL) == r->group;
}

/* In smcp each value has one answer, so that only who gave one gets one. */
static void
tell(struct session *s, const struct round *r, const struct member *m)
{
	uint8_t	 status = r->status;
	int64_t	 i;

	if (s->state != S_UP)
		return;
	if (s->profile->record != ASMP_SMCP)
		tell_text(s, r);
	else if (m->now.there && answers(r, s)) {
		i = status == SMCP_OVERFLOW ? 0 : to_int(&r->result, &status);
		smcp_result(s, status, i);
	}
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

/* Tells the members the result, as far as net has room; the rest later. */
static void
round_tell(struct round *r)
{
	struct member	*m;
	struct session	*s;

	for (; r->told < r->nmembers; r->told++) {
		if (hotpipe_full(&verify_net, NET_ROOM / 2))
			return;
		m = &r->member[r->told];
		if (m->conn != 0 && (s = session_find(m->conn)) != NULL)
			tell(s, r, m);
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
round_value(struct round *r, int place, const struct value *v)
{
	struct member	*m = &r->member[place];

	if (r->telling) {
		m->next = *v;
		return;
	}
	r->there += !m->now.there;
	m->now = *v;
	round_open(r);
	round_check(r);
}

/* Who is in no group hears its own value at once. */
static void
alone(struct session *s, const struct value *v)
{
	uint8_t	 status = SMCP_COMPLETE;

	if (s->profile->record == ASMP_SMCP)
		smcp_result(s, status, to_int(v, &status));
}

static int
value_in(const struct group *g, const struct json_fields *fields,
    struct value *v)
{
	size_t	 i;

	for (i = 0; i < fields->n; i++)
		if (strcmp(fields->f[i].path, g->g.metric) == 0)
			break;
	if (i == fields->n)
		return -1;
	memset(v, 0, sizeof(*v));
	v->there = 1;
	v->d = fields->f[i].value;
	v->exact = v->d == floor(v->d) && fabs(v->d) <= EXACT_MAX;
	v->i = v->exact ? (int64_t)v->d : 0;
	return 0;
}

/* An accepted reading; exact is what smcp's value was, or NULL. */
void
group_value(struct session *s, const struct json_fields *fields,
    const int64_t *exact)
{
	const struct group	*g = NULL;
	struct value		 v;

	if (!s->up->grouped && exact == NULL)
		return;
	memset(&v, 0, sizeof(v));
	if (exact != NULL) {
		v.there = 1;
		set_exact(&v, *exact);
	}
	if (!s->up->grouped)
		alone(s, &v);
	while ((g = conf_group_with(s->up->id, g)) != NULL)
		if (exact != NULL || value_in(g, fields, &v) == 0)
			round_value(round_of(g), conf_group_place(g,
			    s->up->id), &v);
}

/* A member is there. */
void
group_joined(struct session *s)
{
	const struct group	*g = NULL;
	struct round		*r;
	struct member		*m;

	s->up->grouped = 0;
	while ((g = conf_group_with(s->up->id, g)) != NULL) {
		r = round_of(g);
		m = &r->member[conf_group_place(g, s->up->id)];
		m->conn = s->conn;
		r->left -= m->left;
		m->left = 0;
		s->up->grouped = 1;
	}
}

static void
member_left(struct round *r, struct member *m)
{
	r->there -= !r->telling && m->now.there;
	memset(&m->now, 0, sizeof(m->now));
	memset(&m->next, 0, sizeof(m->next));
	m->conn = 0;
	if (r->deadline != 0 && !m->left) {
		m->left = 1;
		r->left++;
	}
	round_check(r);
}

/* A member's session is over: its value goes with it. */
void
group_left(struct session *s)
{
	const struct group	*g = NULL;
	struct round		*r;
	struct member		*m;

	while (s->up->grouped &&
	    (g = conf_group_with(s->up->id, g)) != NULL) {
		r = round_of(g);
		m = &r->member[conf_group_place(g, s->up->id)];
		if (m->conn == s->conn)
			member_left(r, m);
	}
}

/* The metric by which a device's bare values are known. */
const char *
group_metric(const char *id)
{
	const struct group	*g = conf_group_with(id, NULL);

	if (g == NULL ||
	    g->g.metric[strspn(g->g.metric, METRIC_CHARS)] != '\0')
		return "value";
	return g->g.metric;
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
	size_t	 i;

	for (i = 0; i < n; i++)
		free(r[i].member);
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

/* The group that answers the device has a value of it. */
static int
awaits_answer(const struct session *s)
{
	const struct group	*g = conf_group_with(s->up->id, NULL);

	return g != NULL &&
	    round_of(g)->member[conf_group_place(g, s->up->id)].now.there;
}

/*
 * A value given before goes to the group of the same name.  Where there is
 * none, it is answered once all are placed, unless another group does that.
 */
static void
value_move(const char *name, struct session *s, const struct value *v,
    int placed)
{
	const struct group	*g = conf_group_byname(name);
	int			 place;

	place = g == NULL ? -1 : conf_group_place(g, s->up->id);
	if (place != -1 && !placed)
		round_value(round_of(g), place, v);
	if (place == -1 && placed && !awaits_answer(s))
		alone(s, v);
}

static void
round_move(const struct round *old, int placed)
{
	const struct member	*m;
	const struct value	*v;
	struct session		*s;
	uint32_t		 i;

	for (i = 0; i < old->nmembers; i++) {
		m = &old->member[i];
		v = old->telling && i < old->told ? &m->next : &m->now;
		if (!v->there || (s = session_find(m->conn)) == NULL ||
		    s->up == NULL)
			continue;
		value_move(old->name, s, v, placed);
	}
}

/* A new configuration has come into use: groups may be others now. */
void
groups_reload(void)
{
	struct round	*old = rounds;
	size_t		 i, nold = nrounds;

	rounds_make();
	sessions_each(group_joined);
	for (i = 0; i < nold; i++)
		round_move(&old[i], 0);
	for (i = 0; i < nold; i++)
		round_move(&old[i], 1);
	rounds_free(old, nold);
}
