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
 * Streams, groups and required fields of the configuration: made and checked
 * one by one.  Why something cannot be is a fixed text, for the parser to put
 * behind the name of the thing.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmp_proto.h"
#include "asmpd.h"
#include "log.h"

#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

_Static_assert(IPC_NAMEMAX == ROLE_NAMEMAX + 1,
    "a role that can be configured can be given");

/* Why this cannot name a stream, role or group, or NULL. */
const char *
name_bad(const char *name)
{
	size_t	 len = strlen(name);

	return len > 0 && len < IPC_NAMEMAX && strspn(name, NAME_CHARS) ==
	    len ? NULL : "the name must be 1 to " LIMIT_TEXT(ROLE_NAMEMAX)
	    " letters, digits, _ and -";
}

static void
stream_insert(struct asmpd_conf *c, const char *name, uint32_t number,
    enum stream_handler handler, uint32_t idle)
{
	struct conf_stream	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("calloc");
	strlcpy(s->s.name, name, sizeof(s->s.name));
	s->s.number = number;
	s->s.handler = handler;
	s->s.idle_ms = idle * 1000;
	TAILQ_INSERT_TAIL(&c->streams, s, entry);
}

/*
 * A sensor is silent by nature, and so is who waits for the next round of a
 * group; no stream opens twice.
 */
static uint32_t
idle_default(enum stream_handler handler)
{
	return handler == HANDLER_TELEMETRY || handler == HANDLER_AGGREGATE ?
	    0 : STREAM_IDLE_DEFAULT;
}

/* Gives c the streams that are there without a line: numbers 1 to 4. */
void
streams_builtin(struct asmpd_conf *c)
{
	enum stream_handler	 h;

	for (h = HANDLER_CHAT; h <= HANDLER_AGGREGATE; h++)
		stream_insert(c, handler_name(h), h, h, idle_default(h));
}

/* The stream of this name, or NULL. */
struct conf_stream *
stream_byname(const struct asmpd_conf *c, const char *name)
{
	struct conf_stream	*s;

	TAILQ_FOREACH(s, &c->streams, entry)
		if (strcmp(s->s.name, name) == 0)
			break;
	return s;
}

static const char *
stream_taken(const struct asmpd_conf *c, const char *name, uint32_t number)
{
	struct conf_stream	*s;
	size_t			 n = 0;

	TAILQ_FOREACH(s, &c->streams, entry) {
		if (strcmp(s->s.name, name) == 0)
			return "there is one of this name already";
		if (s->s.number == number)
			return "another one has this number";
		n++;
	}
	return n < STREAMS_MAX ? NULL : "more than " LIMIT_TEXT(STREAMS_MAX)
	    ", with those built in";
}

/* Adds a stream, with its handler's usual idle limit.  Returns why not. */
const char *
stream_add(struct asmpd_conf *c, const char *name, int64_t number,
    const char *handler)
{
	const char	*why;
	int		 h;

	if ((why = name_bad(name)) != NULL)
		return why;
	if (number < 1 || number > ASMP_STREAM_MAX)
		return "the number must be between 1 and 2147483647";
	if ((h = handler_byname(handler)) == -1)
		return "the handler must be chat, control, telemetry or "
		    "aggregate";
	if ((why = stream_taken(c, name, number)) == NULL)
		stream_insert(c, name, number, h, idle_default(h));
	return why;
}

/* A field that each reading must have.  Returns why not, or NULL. */
const char *
require_add(struct asmpd_conf *c, const char *path, enum require_type type)
{
	struct conf_require	*r;
	size_t			 n = 0;

	TAILQ_FOREACH(r, &c->requires, entry) {
		if (strcmp(r->r.path, path) == 0) {
			r->r.type = type;
			return NULL;
		}
		n++;
	}
	if (path[0] == '\0' || strlen(path) >= sizeof(r->r.path))
		return "the path must have 1 to 127 bytes";
	if (n == REQUIRES_MAX)
		return "more than " LIMIT_TEXT(REQUIRES_MAX) " of them";
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("calloc");
	r->r.type = type;
	strlcpy(r->r.path, path, sizeof(r->r.path));
	TAILQ_INSERT_TAIL(&c->requires, r, entry);
	return NULL;
}

/* A group without name and members; group_free() or group_add() it. */
struct conf_group *
group_new(void)
{
	struct conf_group	*g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		fatal("calloc");
	strlcpy(g->g.metric, "value", sizeof(g->g.metric));
	g->g.function = FUNCTION_SUM;
	g->g.wait_ms = GROUP_WAIT_DEFAULT * 1000;
	return g;
}

/* Frees a group that is in no list; NULL is fine. */
void
group_free(struct conf_group *g)
{
	uint32_t	 i;

	if (g == NULL)
		return;
	for (i = 0; i < g->g.nmembers; i++)
		free(g->member[i]);
	free(g->member);
	free(g);
}

/* Where id is among the members, or would have to be. */
static uint32_t
member_place(const struct conf_group *g, const char *id)
{
	uint32_t	 lo = 0, hi = g->g.nmembers, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(g->member[mid], id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Adds a device; the members stay sorted.  Returns why not, or NULL. */
const char *
group_addmember(struct conf_group *g, const char *id)
{
	uint32_t	 n = g->g.nmembers, at = member_place(g, id);

	if (!id_valid(id))
		return "is no device id: 1 to 64 letters, digits and ._:@-";
	if (at < n && strcmp(g->member[at], id) == 0)
		return "is in the group already";
	if (n == MEMBERS_MAX)
		return "is one more than the " LIMIT_TEXT(MEMBERS_MAX)
		    " of a group";
	if ((g->member = reallocarray(g->member, n + 1,
	    sizeof(*g->member))) == NULL)
		fatal("reallocarray");
	memmove(g->member + at + 1, g->member + at,
	    (n - at) * sizeof(*g->member));
	if ((g->member[at] = strdup(id)) == NULL)
		fatal("strdup");
	g->g.nmembers++;
	return NULL;
}

/*
 * Which number of a reading counts.  It stands in JSON that the gateway
 * writes, so it is of characters that need no escape there.
 */
const char *
group_setmetric(struct conf_group *g, const char *path)
{
	const char	*p;

	for (p = path; *p != '\0'; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			return "must be of printable ASCII, without quotes "
			    "and backslashes";
	if (p == path || strlcpy(g->g.metric, path, sizeof(g->g.metric)) >=
	    sizeof(g->g.metric))
		return "must have 1 to 127 bytes";
	return NULL;
}

/* Puts the group, under its name, into c.  Returns why not, or NULL. */
const char *
group_add(struct asmpd_conf *c, const char *name, struct conf_group *g)
{
	struct conf_group	*o;
	const char		*why;
	size_t			 n = 0, all = g->g.nmembers;

	if ((why = name_bad(name)) != NULL)
		return why;
	TAILQ_FOREACH(o, &c->groups, entry) {
		if (strcmp(o->g.name, name) == 0)
			return "there is one of this name already";
		n++;
		all += o->g.nmembers;
	}
	if (n == GROUPS_MAX)
		return "more than " LIMIT_TEXT(GROUPS_MAX) " groups";
	if (all > MEMBERS_ALL_MAX)
		return "more than " LIMIT_TEXT(MEMBERS_ALL_MAX)
		    " members in all groups";
	if (g->g.nmembers == 0)
		return "has no member";
	strlcpy(g->g.name, name, sizeof(g->g.name));
	TAILQ_INSERT_TAIL(&c->groups, g, entry);
	return NULL;
}
