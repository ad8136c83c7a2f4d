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
 * Roles: which streams somebody may open and what they may say on a control
 * stream.  They are numbered, and a lower number may do less.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"

#define CMD(c)	(1U << CMD_ ## c)

static const struct {
	const char	*name;
	uint32_t	 commands;
	int		 all;
} builtin[] = {		/* numbered from 1 on */
	{ "device",	CMD(PING) | CMD(TIME),	0 },
	{ "user",	CMD_ALL,		0 },
	{ "admin",	CMD_ALL,		1 }
};

static const char *const	builtin_opens[] = {
	"chat", "control", "telemetry", "aggregate"
};

/* Adds a stream's name to those that the role may open. */
void
role_open(struct conf_role *r, const char *stream)
{
	struct conf_word	*w;

	TAILQ_FOREACH(w, &r->opens, entry)
		if (strcmp(w->text, stream) == 0)
			return;
	conf_addword(&r->opens, stream);
}

/* A role that may do nothing; role_free() or role_add() it. */
struct conf_role *
role_new(void)
{
	struct conf_role	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&r->opens);
	return r;
}

/* Gives c the roles that are there without a line. */
void
roles_builtin(struct asmpd_conf *c)
{
	struct conf_role	*r;
	size_t			 i, j;

	for (i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
		r = role_new();
		strlcpy(r->name, builtin[i].name, sizeof(r->name));
		r->number = i + 1;
		r->commands = builtin[i].commands;
		r->all = builtin[i].all;
		r->builtin = 1;
		for (j = 0; !r->all && j < sizeof(builtin_opens) /
		    sizeof(builtin_opens[0]); j++)
			role_open(r, builtin_opens[j]);
		TAILQ_INSERT_TAIL(&c->roles, r, entry);
	}
}

/* Frees a role that is in no list; NULL is fine. */
void
role_free(struct conf_role *r)
{
	if (r == NULL)
		return;
	conf_freewords(&r->opens);
	free(r);
}

/* The role of this name, or NULL. */
struct conf_role *
role_byname(const struct asmpd_conf *c, const char *name)
{
	struct conf_role	*r;

	TAILQ_FOREACH(r, &c->roles, entry)
		if (strcmp(r->name, name) == 0)
			break;
	return r;
}

/* The role of this number, or NULL. */
struct conf_role *
role_bynumber(const struct asmpd_conf *c, uint32_t number)
{
	struct conf_role	*r;

	TAILQ_FOREACH(r, &c->roles, entry)
		if (r->number == number)
			break;
	return r;
}

/* Lets the role say a command.  Returns why not, or NULL. */
const char *
role_say(struct conf_role *r, const char *command)
{
	int	 n;

	if ((n = command_byname(command)) == -1)
		return "the commands are ping, status, time, echo and list";
	r->commands |= 1U << n;
	return NULL;
}

/*
 * Puts the role, under its name and number, into c; it takes the place of
 * those built in that have one of the two.  Returns why not, or NULL.
 */
const char *
role_add(struct asmpd_conf *c, const char *name, int64_t number,
    struct conf_role *r)
{
	struct conf_role	*o, *next;
	const char		*why;

	if ((why = name_bad(name)) != NULL)
		return why;
	if (number < 1 || number > ROLES_MAX)
		return "the number must be between 1 and "
		    LIMIT_TEXT(ROLES_MAX);
	TAILQ_FOREACH_SAFE(o, &c->roles, entry, next) {
		if (strcmp(o->name, name) != 0 && o->number != number)
			continue;
		if (!o->builtin)
			return o->number == number ?
			    "another one has this number" :
			    "there is one of this name already";
		TAILQ_REMOVE(&c->roles, o, entry);
		role_free(o);
	}
	strlcpy(r->name, name, sizeof(r->name));
	r->number = number;
	TAILQ_INSERT_TAIL(&c->roles, r, entry);
	return NULL;
}

static int
opens(const struct conf_role *r, const char *stream)
{
	struct conf_word	*w;

	TAILQ_FOREACH(w, &r->opens, entry)
		if (strcmp(w->text, stream) == 0)
			return 1;
	return r->all;
}

/* The streams that the role may open, as a mask of 1 << place in c. */
uint64_t
role_streams(const struct asmpd_conf *c, const struct conf_role *r)
{
	struct conf_stream	*s;
	uint64_t		 bit = 1, mask = 0;

	TAILQ_FOREACH(s, &c->streams, entry) {
		if (opens(r, s->s.name))
			mask |= bit;
		bit <<= 1;
	}
	return mask;
}

/* A stream that the role names and that is not there, or NULL. */
const char *
role_unknown(const struct asmpd_conf *c, const struct conf_role *r)
{
	struct conf_word	*w;

	TAILQ_FOREACH(w, &r->opens, entry)
		if (stream_byname(c, w->text) == NULL)
			return w->text;
	return NULL;
}
