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
 * The tests' gateway on a socket: takes one device, says on standard output
 * what came, and misbehaves as it is told.
 *
 *	fakegw [-b behaviour] [-c cert -K key] [-m sessions] [-P profile]
 *	    [-S sharedfile] -d device.pub | -s secretfile
 *	    -i id -k gateway.key -n device -p portfile
 *
 * Behaviours: garbage, hangup (before HELLO_REPLY), lose (after the first
 * ACK), mute (acknowledge nothing), silent (answer nothing), refuse=ID,
 * end=ID (refuse and CLOSE), max_in=BYTES, others=VALUE (what smcp adds),
 * partial, overflow, round (the wrong one), idle (close each stream behind
 * its first answer), evil (say what no terminal should see), op=REASON
 * (CLOSE for it, after the first thing said).
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

#include "../lib/libasmp/gateway.h"

#define LIFE	30		/* seconds, should all else fail */

struct wire {
	int		 fd;
	struct tls	*tls;
	struct tls	*server;
};

static struct ident *
read_key(const char *path)
{
	struct ident	*id;
	const char	*why;
	int		 fd;

	if ((fd = keyfile_open(path, 1, &why)) == -1 ||
	    (id = keyfile_read(fd, NULL, NULL)) == NULL)
		err(1, "%s", path);
	close(fd);
	return id;
}

static void
read_pub(const char *path, struct ident_pub *pub)
{
	char	 text[KEYFILE_MAX];
	size_t	 len;
	FILE	*f;

	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (keyfile_parse_pub(pub, text, len) == -1)
		errx(1, "%s: not a public key", path);
}

/* Listen on the loopback and tell the port, whole or not at all. */
static int
listen_on(const char *portfile)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	char			 tmp[1024];
	FILE			*f;
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 5) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	snprintf(tmp, sizeof(tmp), "%s.tmp", portfile);
	if ((f = fopen(tmp, "w")) == NULL ||
	    fprintf(f, "%d\n", ntohs(sin.sin_port)) < 0 || fclose(f) == EOF ||
	    rename(tmp, portfile) == -1)
		err(1, "%s", portfile);
	return fd;
}

static void
wrap(struct wire *w, const char *cert, const char *key)
{
	struct tls_config	*config;

	if ((config = tls_config_new()) == NULL ||
	    tls_config_set_keypair_file(config, cert, key) == -1 ||
	    (w->server = tls_server()) == NULL ||
	    tls_configure(w->server, config) == -1 ||
	    tls_accept_socket(w->server, &w->tls, w->fd) == -1)
		errx(1, "TLS");
	tls_config_free(config);
	if (tls_handshake(w->tls) == -1)
		errx(1, "TLS: %s", tls_error(w->tls));
}

static ssize_t
wire_read(struct wire *w, void *buf, size_t len)
{
	return w->tls == NULL ? read(w->fd, buf, len) :
	    tls_read(w->tls, buf, len);
}

static void
wire_write(struct wire *w, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = w->tls == NULL ? write(w->fd, p, len) :
		    tls_write(w->tls, p, len);
		if (n <= 0)
			errx(1, "the device does not read");
	}
}

static void
behave(struct gw *gw, const char *how)
{
	unsigned long long	 n;

	if (strcmp(how, "mute") == 0)
		gw->mute = 1;
	else if (strcmp(how, "silent") == 0)
		gw->silent = 1;
	else if (strcmp(how, "partial") == 0)
		gw->status = 1;
	else if (strcmp(how, "overflow") == 0)
		gw->status = 2;
	else if (sscanf(how, "others=%llu", &n) == 1)
		gw->others = (int64_t)n;
	else if (sscanf(how, "refuse=%llu", &n) == 1)
		gw->refuse_id = n;
	else if (sscanf(how, "end=%llu", &n) == 1) {
		gw->refuse_id = n;
		gw->refuse_ends = 1;
	} else if (sscanf(how, "max_in=%llu", &n) == 1)
		gw->max_in = (uint16_t)n;
	gw->refuse_reason = REASON_ANOMALY;
}

/* What a gateway does of itself, once something was said. */
static void
misbehave(struct gw *gw, const char *how)
{
	static const char	 evil[] = "a\033]0;b\007\r\x80";
	size_t			 said = gw->ntexts + gw->nreadings;
	static size_t		 before;
	unsigned int		 reason;

	if (said == 0 || said == before)
		return;
	before = said;
	if (strcmp(how, "idle") == 0)
		gw_stream_end(gw, gw->nreadings != 0 ? ASMP_STREAM_AGGREGATE :
		    gw->text[gw->ntexts - 1].stream, REASON_IDLE);
	else if (strcmp(how, "evil") == 0)
		gw_say(gw, ASMP_STREAM_CHAT, evil, sizeof(evil) - 1);
	else if (sscanf(how, "op=%u", &reason) == 1)
		gw_close(gw, (uint8_t)reason);
	else if (strcmp(how, "round") == 0) {
		gw->keys.g2d.round += 2;
		gw_say(gw, ASMP_STREAM_AGGREGATE, "\0\0\0\0\0\0\0\0\0", 9);
	}
}

static void
serve(struct gw *gw, struct wire *w, const char *how)
{
	static uint8_t	 buf[65536];
	static uint8_t	 garbage[ASMP_HDRLEN + 16] = "\0\1\0\7";
	ssize_t		 n;
	int		 r;

	while ((n = wire_read(w, buf, sizeof(buf))) > 0) {
		if (strcmp(how, "hangup") == 0)
			return;
		if (strcmp(how, "garbage") == 0) {
			wire_write(w, garbage, sizeof(garbage));
			continue;
		}
		if ((r = gw_input(gw, buf, (size_t)n)) == 0)
			misbehave(gw, how);
		wire_write(w, gw->out, gw->outlen);
		gw->outlen = 0;
		if (r == -1 || gw->closed || (gw->nseals != 0 &&
		    strcmp(how, "lose") == 0))
			return;
	}
}

static void
report(const struct gw *gw)
{
	size_t	 i;

	if (gw->why != NULL)
		printf("broken: %s\n", gw->why);
	if (gw->refused)
		printf("refused the identity\n");
	for (i = 0; i < gw->nreadings; i++)
		printf("reading %llu %s %.*s\n",
		    (unsigned long long)gw->reading[i].id,
		    gw->reading[i].time == 0 ? "noclock" : "clock",
		    (int)gw->reading[i].len, gw->reading[i].json);
	for (i = 0; i < gw->ntexts; i++)
		printf("text %u %s\n", gw->text[i].stream,
		    gw->text[i].text);
	for (i = 0; i < gw->nseals; i++)
		printf("seal %d\n", gw->seal_count[i]);
	if (gw->ended != 0)
		printf("ended %u\n", gw->ended);
	if (gw->closed)
		printf("closed\n");
}

/* What the gateway knows of a device whose identity is a secret. */
static void
know(struct gw *gw, const char *path)
{
	struct secret	 s;
	uint8_t		 dk[MLKEM768_DKLEN];
	char		 why[SECRET_WHYMAX];

	if (secretfile_read(&s, 0, path, why) == -1)
		errx(1, "%s: %s", path, why);
	switch (s.kind) {
	case SECRET_SHARED:
		gw->group = s.number;
		memcpy(gw->shared, s.key, sizeof(gw->shared));
		return;
	case SECRET_KEM:
		gw->kind = ASMP_KIND_KEM;
		mlkem768_keypair(gw->ek, dk, s.key);
		return;
	case SECRET_PSK:
		gw->kind = ASMP_KIND_PSK;
		break;
	default:
		gw->kind = ASMP_KIND_TOKEN;
		break;
	}
	memcpy(gw->secret, s.key, s.len);
	gw->secretlen = s.len;
}

/* What the command line says. */
struct options {
	const char	*how;
	const char	*cert;
	const char	*tlskey;
	const char	*device;
	const char	*id;
	const char	*key;
	const char	*name;
	const char	*port;
	const char	*profile;
	const char	*secret;
	const char	*shared;
	int		 sessions;
};

static void
parse(struct options *o, int argc, char *argv[])
{
	int	 ch;

	while ((ch = getopt(argc, argv, "b:c:d:i:K:k:m:n:P:p:S:s:")) != -1) {
		switch (ch) {
		case 'b':
			o->how = optarg;
			break;
		case 'c':
			o->cert = optarg;
			break;
		case 'd':
			o->device = optarg;
			break;
		case 'i':
			o->id = optarg;
			break;
		case 'K':
			o->tlskey = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'm':
			o->sessions = atoi(optarg);
			break;
		case 'n':
			o->name = optarg;
			break;
		case 'P':
			o->profile = optarg;
			break;
		case 'p':
			o->port = optarg;
			break;
		case 'S':
			o->shared = optarg;
			break;
		case 's':
			o->secret = optarg;
			break;
		default:
			exit(1);
		}
	}
	if (o->id == NULL || o->key == NULL || o->name == NULL ||
	    o->port == NULL)
		errx(1, "usage");
}

/* One session, and what came of it. */
static void
session(const struct options *o, const struct ident *ident, int s)
{
	struct ident_pub pub;
	struct gw	*gw;
	struct wire	 w = { -1, NULL, NULL };

	if (o->device != NULL)
		read_pub(o->device, &pub);
	gw = gw_new(ident, o->id, o->device == NULL ? NULL : &pub, o->name);
	if (o->profile != NULL)
		gw->profile = profile_byname(o->profile);
	if (o->secret != NULL)
		know(gw, o->secret);
	if (o->shared != NULL)
		know(gw, o->shared);
	gw->time = (uint64_t)time(NULL) * 1000;
	behave(gw, o->how);
	if ((w.fd = accept(s, NULL, NULL)) == -1)
		err(1, "accept");
	if (o->cert != NULL)
		wrap(&w, o->cert, o->tlskey);
	serve(gw, &w, o->how);
	report(gw);
	gw_free(gw);
	tls_free(w.tls);
	tls_free(w.server);
	close(w.fd);
}

int
main(int argc, char *argv[])
{
	struct options	 o = { .how = "", .sessions = 1 };
	struct ident	*ident;
	int		 s;

	parse(&o, argc, argv);
	alarm(LIFE);
	ident = read_key(o.key);
	s = listen_on(o.port);
	while (o.sessions-- > 0)
		session(&o, ident, s);
	ident_free(ident);
	return 0;
}
