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

/* asmpd -nv: the configuration in a form that asmpd -n accepts. */

#include <stdio.h>
#include <string.h>

#include "asmp_proto.h"
#include "asmpd.h"

static void
print_quoted(const char *what, const char *value, const char *end)
{
	const char	*p;

	printf("%s \"", what);
	for (p = value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putchar('\\');
		putchar(*p);
	}
	printf("\"%s", end);
}

static void
print_words(const char *what, const struct conf_words *list)
{
	struct conf_word	*w;

	TAILQ_FOREACH(w, list, entry)
		print_quoted(what, w->text, "\n");
}

/* A time that may be endless. */
static void
print_seconds(const char *what, uint32_t ms)
{
	if (ms == 0)
		printf("%s none\n", what);
	else
		printf("%s %u\n", what, ms / 1000);
}

static void
print_amount(const char *what, uint64_t n, const char *unit)
{
	if (n == 0)
		printf("%s none\n", what);
	else
		printf("%s %llu%s\n", what, (unsigned long long)n, unit);
}

/* What is kept no longer than this, or for ever. */
static void
print_retention(const struct ipc_conf *c)
{
	print_amount("retention readings", c->keep_readings_ms / 1000, "s");
	print_amount("retention blocked", c->keep_blocked_ms / 1000, "s");
	print_amount("retention size", c->keep_bytes, "");
}

static void
print_profiles(uint32_t mask)
{
	const struct asmp_profile	*p = NULL;

	if (mask == PROFILES_ALL)
		return;
	printf(" profiles {");
	while ((p = profile_next(p)) != NULL)
		if ((mask & 1U << p->id) != 0)
			printf(" %s", p->name);
	printf(" }");
}

static void
print_listeners(const struct asmpd_conf *c)
{
	struct conf_listener	*l;
	const char		*host, *colon;
	int			 v6;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		v6 = l->text[0] == '[';
		host = l->text + v6;
		for (colon = host; colon[0] != '\0'; colon++)
			if (colon[0] == (v6 ? ']' : ':'))
				break;
		printf("listen on %.*s port %s%s", (int)(colon - host), host,
		    colon + 1 + v6, l->tls ? " tls" : "");
		print_profiles(l->profiles);
		putchar('\n');
	}
}

static void
print_fields(const struct asmpd_conf *c)
{
	struct conf_field	*f;

	TAILQ_FOREACH(f, &c->fields, entry) {
		print_quoted("anomaly field", f->f.pattern, "");
		if (f->f.ignore)
			printf(" ignore\n");
		else
			printf(" floor %.17g\n", f->f.floor);
	}
}

static void
print_penalty(const char *name, uint32_t ms)
{
	if (ms == 0)
		printf("penalty %s none\n", name);
	else if (ms % 1000 == 0)
		printf("penalty %s %us\n", name, ms / 1000);
	else
		printf("penalty %s %ums\n", name, ms);
}

static void
print_penalties(const struct asmpd_conf *c)
{
	struct conf_exempt	*e;
	char			 text[CTL_ADDRMAX];
	unsigned int		 i;

	for (i = 0; i < PENALTY_N; i++)
		print_penalty(penalty_name(i), c->limits.penalty_ms[i]);
	print_penalty("minimum", c->limits.penalty_least_ms);
	print_penalty("maximum", c->limits.penalty_most_ms);
	TAILQ_FOREACH(e, &c->exempts, entry) {
		exempt_text(&e->e, text, sizeof(text));
		printf("penalty exempt %s\n", text);
	}
}

static void
print_streams(const struct asmpd_conf *c)
{
	struct conf_stream	*s;

	TAILQ_FOREACH(s, &c->streams, entry) {
		print_quoted("stream", s->s.name, "");
		if (s->s.number > ASMP_STREAM_AGGREGATE)
			printf(" number %u handler %s", s->s.number,
			    handler_name(s->s.handler));
		print_seconds(" idle", s->s.idle_ms);
	}
}

static void
print_rate(const char *what, uint32_t rate, uint32_t burst)
{
	if (rate == 0)
		printf("%s none\n", what);
	else
		printf("%s %u burst %u\n", what, rate, burst);
}

static void
print_says(uint32_t commands)
{
	unsigned int	 i;

	if (commands == CMD_ALL) {
		printf("\tsay all\n");
		return;
	}
	printf("\tsay {");
	for (i = 0; i < CMD_N; i++)
		if ((commands & 1U << i) != 0)
			printf(" %s", command_name(i));
	printf(" }\n");
}

static void
print_roles(const struct asmpd_conf *c)
{
	struct conf_role	*r;
	struct conf_word	*w;

	TAILQ_FOREACH(r, &c->roles, entry) {
		print_quoted("role", r->name, "");
		printf(" number %u {\n\topen %s", r->number,
		    r->all ? "all\n" : "{");
		TAILQ_FOREACH(w, &r->opens, entry)
			if (!r->all)
				print_quoted("", w->text, "");
		if (!r->all)
			printf(" }\n");
		print_says(r->commands);
		if (r->rated)
			print_rate("\tlimit readings", r->rate, r->burst);
		printf("}\n");
	}
}

static void
print_groups(const struct asmpd_conf *c)
{
	struct conf_group	*g;
	uint32_t		 i;

	TAILQ_FOREACH(g, &c->groups, entry) {
		print_quoted("group", g->g.name, " {\n");
		for (i = 0; i < g->g.nmembers; i++)
			print_quoted("\tmember", g->member[i], "\n");
		print_quoted("\tmetric", g->g.metric, "\n");
		printf("\tfunction %s\n\twait %u\n}\n",
		    function_name(g->g.function), g->g.wait_ms / 1000);
	}
}

static void
print_requires(const struct asmpd_conf *c)
{
	struct conf_require	*r;

	TAILQ_FOREACH(r, &c->requires, entry)
		print_quoted("reading require", r->r.path,
		    r->r.type == REQUIRE_NUMBER ? " number\n" :
		    r->r.type == REQUIRE_STRING ? " string\n" : "\n");
}

/* Prints c, which parse_file() filled in, to standard output. */
void
print_conf(const struct asmpd_conf *c)
{
	print_quoted("gateway id", c->gateway_id, "\n");
	print_quoted("gateway key", c->gateway_key, "\n");
	print_quoted("gateway seal", c->gateway_seal, "\n");
	print_words("issuer", &c->issuers);
	print_words("shared key", &c->shared);
	print_quoted("user", c->user, "\n");
	print_quoted("chroot", c->chroot, "\n");
	print_quoted("database", c->database, "\n");
	print_quoted("anchor", c->anchor, "\n");
	print_quoted("control socket", c->control,
	    c->control_group == NULL ? "\n" : "");
	if (c->control_group != NULL)
		print_quoted(" group", c->control_group, "\n");
	if (c->restricted != NULL)
		print_quoted("restricted control socket", c->restricted, "\n");
	printf("verifiers %u\n", c->limits.verifiers);
	printf("sandbox %s\n", c->permit ? "permit" : "require");
	printf("acknowledge %s\n", c->limits.received ? "received" :
	    "stored");
	print_retention(&c->limits);
	printf("log data %s\n", c->limits.log_data ? "yes" : "no");
	printf("audit messages %s\n", c->limits.audit_messages ? "yes" :
	    "no");
	if (c->tls_cert != NULL) {
		print_quoted("tls certificate", c->tls_cert, "");
		print_quoted(" key", c->tls_key, "\n");
	}
	print_listeners(c);
	printf("limit sessions %u\n", c->limits.max_sessions);
	printf("limit half-open %u\n", c->limits.max_halfopen);
	printf("limit half-open per source %u\n", c->limits.halfopen_source);
	printf("limit new per source %u\n", c->limits.new_source);
	print_seconds("limit silence", c->limits.silence_ms);
	print_rate("limit readings per device", c->limits.rate,
	    c->limits.burst);
	print_penalties(c);
	printf("handshake timeout %u\n", c->limits.handshake_ms / 1000);
	print_streams(c);
	print_roles(c);
	print_groups(c);
	print_requires(c);
	print_seconds("reading time within", c->limits.within_ms);
	printf("anomaly samples %u\n", c->limits.samples);
	printf("anomaly threshold %.17g\n", c->limits.threshold);
	printf("anomaly floor %.17g\n", c->limits.floor);
	print_fields(c);
}
