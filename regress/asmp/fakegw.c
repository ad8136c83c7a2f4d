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
 *	fakegw [-b behaviour] [-c cert -K key] -d device.pub -i id
 *	    -k gateway.key -n device -p portfile
 *
 * Behaviours: garbage, hangup (before HELLO_REPLY), lose (after the first
 * ACK), mute (acknowledge nothing), refuse=ID, end=ID (refuse and CLOSE),
 * max_in=BYTES.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	else if (sscanf(how, "refuse=%llu", &n) == 1)
		gw->refuse_id = n;
	else if (sscanf(how, "end=%llu", &n) == 1) {
		gw->refuse_id = n;
		gw->refuse_ends = 1;
	} else if (sscanf(how, "max_in=%llu", &n) == 1)
		gw->max_in = (uint16_t)n;
	gw->refuse_reason = REASON_ANOMALY;
}

static void
serve(struct gw *gw, struct wire *w, const char *how)
{
	static uint8_t	 buf[65536];
	static uint8_t	 garbage[ASMP_HDRLEN + 16] = "\0\1\0\7";
	ssize_t		 n;

	while ((n = wire_read(w, buf, sizeof(buf))) > 0) {
		if (strcmp(how, "hangup") == 0)
			return;
		if (strcmp(how, "garbage") == 0) {
			wire_write(w, garbage, sizeof(garbage));
			continue;
		}
		if (gw_input(gw, buf, (size_t)n) == -1)
			return;
		wire_write(w, gw->out, gw->outlen);
		gw->outlen = 0;
		if (gw->closed || (gw->nseals != 0 &&
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
	for (i = 0; i < gw->nseals; i++)
		printf("seal %d\n", gw->seal_count[i]);
	if (gw->closed)
		printf("closed\n");
}

int
main(int argc, char *argv[])
{
	const char	*how = "", *cert = NULL, *tlskey = NULL;
	const char	*id = NULL, *key = NULL, *device = NULL, *port = NULL;
	struct ident_pub pub;
	struct ident	*ident;
	struct gw	*gw;
	struct wire	 w = { -1, NULL, NULL };
	int		 ch;

	while ((ch = getopt(argc, argv, "b:c:d:i:K:k:n:p:")) != -1) {
		switch (ch) {
		case 'b':
			how = optarg;
			break;
		case 'c':
			cert = optarg;
			break;
		case 'd':
			read_pub(optarg, &pub);
			break;
		case 'i':
			id = optarg;
			break;
		case 'K':
			tlskey = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		case 'n':
			device = optarg;
			break;
		case 'p':
			port = optarg;
			break;
		default:
			return 1;
		}
	}
	if (id == NULL || key == NULL || device == NULL || port == NULL)
		errx(1, "usage");
	alarm(LIFE);
	ident = read_key(key);
	gw = gw_new(ident, id, &pub, device);
	behave(gw, how);
	if ((w.fd = accept(listen_on(port), NULL, NULL)) == -1)
		err(1, "accept");
	if (cert != NULL)
		wrap(&w, cert, tlskey);
	serve(gw, &w, how);
	report(gw);
	gw_free(gw);
	ident_free(ident);
	tls_free(w.tls);
	tls_free(w.server);
	return 0;
}
