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
 * The verifier's part of the configuration: a new one gathers beside the one
 * in use, and takes its place whole or is forgotten.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* What is looked up by number or name; the rest is global. */
struct tables {
	struct ipc_stream	 stream[STREAMS_MAX];
	struct ipc_role		 role[ROLES_MAX];
	struct ipc_require	 require[REQUIRES_MAX];
	struct group		*group;
	size_t			 nstreams;
	size_t			 nroles;
	size_t			 nrequires;
	size_t			 ngroups;
};

struct ipc_conf		 verify_conf;
struct model_rules	 verify_rules;

static struct ipc_conf		 offered_conf;
static struct model_rules	 offered_rules;
static struct tables		 current, offered;

static void
tables_clear(struct tables *t)
{
	size_t	 i;

	for (i = 0; i < t->ngroups; i++) {
		free(t->group[i].member);
		free(t->group[i].ids);
	}
	free(t->group);
	memset(t, 0, sizeof(*t));
}

static void
recv_conf(struct imsg *imsg)
{
	ipc_get(imsg, "parent", &offered_conf, sizeof(offered_conf));
	tables_clear(&offered);
	memset(&offered_rules, 0, sizeof(offered_rules));
	offered_rules.samples = offered_conf.samples;
	offered_rules.threshold = offered_conf.threshold;
	offered_rules.floor = offered_conf.floor;
	offered_rules.generation = verify_rules.generation + 1;
}

static void
recv_field(struct imsg *imsg)
{
	struct ipc_field	*f;

	if (offered_rules.nfields == RULES_MAX)
		fatalx("too many rules about fields");
	f = &offered_rules.field[offered_rules.nfields++];
	ipc_get(imsg, "parent", f, sizeof(*f));
	ipc_string("parent", "a pattern without end", f->pattern,
	    sizeof(f->pattern));
}

static void
recv_stream(struct imsg *imsg)
{
	struct ipc_stream	*s;

	if (offered.nstreams == STREAMS_MAX)
		fatalx("too many streams");
	s = &offered.stream[offered.nstreams++];
	ipc_get(imsg, "parent", s, sizeof(*s));
	ipc_string("parent", "a name without end", s->name, sizeof(s->name));
	if (handler_name(s->handler) == NULL)
		fatalx("stream %s: handler %u", s->name, s->handler);
}

static void
recv_role(struct imsg *imsg)
{
	struct ipc_role	*r;

	if (offered.nroles == ROLES_MAX)
		fatalx("too many roles");
	r = &offered.role[offered.nroles++];
	ipc_get(imsg, "parent", r, sizeof(*r));
	ipc_string("parent", "a name without end", r->name, sizeof(r->name));
}

static void
recv_require(struct imsg *imsg)
{
	struct ipc_require	*r;

	if (offered.nrequires == REQUIRES_MAX)
		fatalx("too many required fields");
	r = &offered.require[offered.nrequires++];
	ipc_get(imsg, "parent", r, sizeof(*r));
	ipc_string("parent", "a path without end", r->path, sizeof(r->path));
}

/* Splits the packed ids; they come sorted, and each once. */
static void
members_split(struct group *g, size_t len)
{
	const char	*p = g->ids, *end = g->ids + len;
	size_t		 i;

	for (i = 0; i < g->g.nmembers; i++) {
		ipc_string("parent", "an id without end", p, end - p);
		g->member[i] = p;
		if (i > 0 && strcmp(g->member[i - 1], p) >= 0)
			fatalx("group %s: members out of order", g->g.name);
		p += strlen(p) + 1;
	}
	if (p != end)
		fatalx("group %s: more than its members", g->g.name);
}

static void
recv_group(struct imsg *imsg)
{
	struct group	*g;
	const void	*ids;
	size_t		 len;

	if (offered.ngroups == GROUPS_MAX)
		fatalx("too many groups");
	if (offered.group == NULL && (offered.group = calloc(GROUPS_MAX,
	    sizeof(*offered.group))) == NULL)
		fatal("calloc");
	g = &offered.group[offered.ngroups++];
	ids = ipc_get_with(imsg, "parent", &g->g, sizeof(g->g), &len);
	ipc_string("parent", "a name without end", g->g.name,
	    sizeof(g->g.name));
	ipc_string("parent", "a path without end", g->g.metric,
	    sizeof(g->g.metric));
	if (g->g.nmembers == 0 || g->g.nmembers > MEMBERS_MAX ||
	    function_name(g->g.function) == NULL)
		fatalx("group %s: %u members, function %u", g->g.name,
		    g->g.nmembers, g->g.function);
	if ((g->ids = malloc(len)) == NULL || (g->member =
	    calloc(g->g.nmembers, sizeof(*g->member))) == NULL)
		fatal("calloc");
	memcpy(g->ids, ids, len);
	members_split(g, len);
}

/* Takes one message of a new configuration. */
void
conf_recv(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IPC_CONF:
		recv_conf(imsg);
		break;
	case IPC_CONF_FIELD:
		recv_field(imsg);
		break;
	case IPC_CONF_STREAM:
		recv_stream(imsg);
		break;
	case IPC_CONF_ROLE:
		recv_role(imsg);
		break;
	case IPC_CONF_REQUIRE:
		recv_require(imsg);
		break;
	case IPC_CONF_GROUP:
		recv_group(imsg);
		break;
	default:
		fatalx("message %u is not of a configuration",
		    imsg_get_type(imsg));
	}
}

/*
 * The new configuration comes into use.  What the functions below returned
 * is gone; verify_rules.generation tells that it happened.
 */
void
conf_commit(void)
{
	verify_conf = offered_conf;
	verify_rules = offered_rules;
	tables_clear(&current);
	current = offered;
	memset(&offered, 0, sizeof(offered));
}

/* The new configuration is forgotten. */
void
conf_abort(void)
{
	tables_clear(&offered);
}

/*
 * The stream that goes by this number, or NULL.  *place is its bit in a
 * role's mask; it can be another one in the next generation.
 */
const struct ipc_stream *
conf_stream_bynumber(uint32_t number, uint32_t *place)
{
	uint32_t	 i;

	for (i = 0; i < current.nstreams; i++)
		if (current.stream[i].number == number) {
			*place = i;
			return &current.stream[i];
		}
	return NULL;
}

/* The role of this number, or NULL: who has none may do nothing. */
const struct ipc_role *
conf_role_bynumber(uint32_t number)
{
	size_t	 i;

	for (i = 0; i < current.nroles; i++)
		if (current.role[i].number == number)
			return &current.role[i];
	return NULL;
}

/* The fields that every reading must have; their number goes to *n. */
const struct ipc_require *
conf_required(size_t *n)
{
	*n = current.nrequires;
	return current.require;
}

/* The group after g, the first after NULL; NULL after the last. */
const struct group *
conf_group_next(const struct group *g)
{
	size_t	 i = g == NULL ? 0 : g - current.group + 1;

	return i < current.ngroups ? &current.group[i] : NULL;
}

/* The group of this name, or NULL. */
const struct group *
conf_group_byname(const char *name)
{
	const struct group	*g = NULL;

	while ((g = conf_group_next(g)) != NULL)
		if (strcmp(g->g.name, name) == 0)
			break;
	return g;
}

static int
member_cmp(const void *id, const void *member)
{
	return strcmp(id, *(const char *const *)member);
}

/* The device's place among the group's members, or -1. */
int
conf_group_place(const struct group *g, const char *id)
{
	const char	**m;

	m = bsearch(id, g->member, g->g.nmembers, sizeof(*g->member),
	    member_cmp);
	return m == NULL ? -1 : (int)(m - g->member);
}

/* The next group after g, or from the first on after NULL, that has id. */
const struct group *
conf_group_with(const char *id, const struct group *g)
{
	while ((g = conf_group_next(g)) != NULL)
		if (conf_group_place(g, id) != -1)
			break;
	return g;
}
