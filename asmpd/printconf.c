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
		printf("listen on %.*s port %s%s\n", (int)(colon - host), host,
		    colon + 1 + v6, l->tls ? " tls" : "");
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

/* Prints c, which parse_file() filled in, to standard output. */
void
print_conf(const struct asmpd_conf *c)
{
	print_quoted("gateway id", c->gateway_id, "\n");
	print_quoted("gateway key", c->gateway_key, "\n");
	print_quoted("gateway seal", c->gateway_seal, "\n");
	print_quoted("user", c->user, "\n");
	print_quoted("chroot", c->chroot, "\n");
	print_quoted("database", c->database, "\n");
	print_quoted("control socket", c->control,
	    c->control_group == NULL ? "\n" : "");
	if (c->control_group != NULL)
		print_quoted(" group", c->control_group, "\n");
	if (c->restricted != NULL)
		print_quoted("restricted control socket", c->restricted, "\n");
	printf("sandbox %s\n", c->permit ? "permit" : "require");
	printf("log data %s\n", c->limits.log_data ? "yes" : "no");
	if (c->tls_cert != NULL) {
		print_quoted("tls certificate", c->tls_cert, "");
		print_quoted(" key", c->tls_key, "\n");
	}
	print_listeners(c);
	printf("limit sessions %u\n", c->limits.max_sessions);
	printf("limit half-open %u\n", c->limits.max_halfopen);
	printf("limit half-open per source %u\n", c->limits.halfopen_source);
	printf("limit new per source %u\n", c->limits.new_source);
	printf("handshake timeout %u\n", c->limits.handshake_ms / 1000);
	printf("anomaly samples %u\n", c->limits.samples);
	printf("anomaly threshold %.17g\n", c->limits.threshold);
	printf("anomaly floor %.17g\n", c->limits.floor);
	print_fields(c);
}
