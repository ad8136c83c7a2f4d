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


/* Clients that speak asmp, profile asmp, each with an Ed25519 key. */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp.h"
#include "asmp_proto.h"
#include "load.h"

#define READ_SIZE	16384

static void
device_name(char *id, size_t size, unsigned int n)
{
	snprintf(id, size, "BENCH_%05u", n);
}

/* A public key's PEM as a JSON string. */
static void
pem_write(FILE *out, const struct ident_pub *pub)
{
	FILE	*f;
	int	 ch;

	if ((f = tmpfile()) == NULL || keyfile_write_pub(fileno(f), pub) == -1)
		err(1, "public key");
	rewind(f);
	fputc('"', out);
	while ((ch = fgetc(f)) != EOF)
		if (ch == '\n')
			fputs("\\n", out);
		else
			fputc(ch, out);
	fputc('"', out);
	fclose(f);
}

static void
identity_make(const char *dir, const char *id, FILE *trusted)
{
	struct ident	*ident;
	char		 path[PATH_MAX];
	int		 fd;

	snprintf(path, sizeof(path), "%s/%s.key", dir, id);
	if ((ident = ident_generate(IDENT_ED25519)) == NULL)
		errx(1, "cannot make a key");
	if ((fd = keyfile_create(path, 0600)) == -1 ||
	    keyfile_write(fd, ident, NULL) == -1)
		err(1, "%s", path);
	close(fd);
	fprintf(trusted, "\"%s\":", id);
	pem_write(trusted, ident_public(ident));
	ident_free(ident);
}

/* Makes n keys in dir, and trusted_devices.json to enrol them with. */
void
identities_make(const char *dir, unsigned int n)
{
	char		 id[ASMP_IDMAX + 1], path[PATH_MAX];
	unsigned int	 i;
	FILE		*f;

	snprintf(path, sizeof(path), "%s/trusted_devices.json", dir);
	if ((f = fopen(path, "we")) == NULL)
		err(1, "%s", path);
	for (i = 0; i < n; i++) {
		fputs(i == 0 ? "{" : ",\n", f);
		device_name(id, sizeof(id), i);
		identity_make(dir, id, f);
	}
	fputs("}\n", f);
	if (ferror(f) || fclose(f) == EOF)
		err(1, "%s", path);
}

static __attribute__((noreturn)) void
device_failed(const struct client *c)
{
	errx(1, "device %u: %s", c->n, asmp_error(c->asmp));
}

static void
device_prepare(struct client *c, const char *dir)
{
	char	 id[ASMP_IDMAX + 1], key[PATH_MAX], pin[PATH_MAX];

	device_name(id, sizeof(id), c->n);
	snprintf(key, sizeof(key), "%s/%s.key", dir, id);
	snprintf(pin, sizeof(pin), "%s/gateway.pin", dir);
	if ((c->asmp = asmp_new()) == NULL)
		err(1, NULL);
	if (asmp_set_identity(c->asmp, id, key, NULL) == -1 ||
	    asmp_set_gateway(c->asmp, pin) == -1)
		device_failed(c);
}

static void
device_start(struct client *c)
{
	if (asmp_start(c->asmp) == -1)
		device_failed(c);
}

static void
device_read(struct client *c)
{
	static uint8_t	 buf[READ_SIZE];
	ssize_t		 n;

	do {
		n = recv(c->fd, buf, sizeof(buf), 0);
		if (n == 0)
			asmp_eof(c->asmp);
		else if (n > 0)
			(void)asmp_input(c->asmp, buf, n);
		else if (errno != EAGAIN && errno != EINTR)
			err(1, "device %u", c->n);
	} while (n == sizeof(buf));
}

/* Writes what there is; 0, or -1 when the socket takes no more now. */
static int
device_write(struct client *c)
{
	const uint8_t	*p;
	size_t		 len;
	ssize_t		 n;

	while ((p = asmp_output(c->asmp, &len)) != NULL) {
		n = send(c->fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EAGAIN)
			return -1;
		if (n == -1)
			err(1, "device %u", c->n);
		asmp_output_done(c->asmp, n);
	}
	return 0;
}

/* ids go on where the last session ended, so what is new is counted. */
static void
device_look(struct client *c)
{
	struct asmp_refusal	 refusal;

	if (asmp_next_refusal(c->asmp, &refusal))
		errx(1, "device %u: reading refused: %s", c->n,
		    reason_text(refusal.reason));
	switch (asmp_state(c->asmp)) {
	case ASMP_OPEN:
		c->up = 1;
		c->acked = c->sent - (asmp_lastid(c->asmp) -
		    asmp_acked(c->asmp));
		break;
	case ASMP_CLOSED:
		client_gone(c);
		break;
	case ASMP_FAILED:
		device_failed(c);
	default:
		break;
	}
}

static uint32_t
device_event(struct client *c)
{
	int	 full;

	full = device_write(c);
	device_read(c);
	if (full == 0)
		full = device_write(c);
	device_look(c);
	return full == -1 ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

/* n readings under one seal, n being what one seal can cover at most. */
static void
device_send(struct client *c, unsigned int n)
{
	uint64_t	 i;

	for (i = c->sent - n; i < c->sent; i++) {
		if (asmp_send(c->asmp, 0, reading_text(i), READING_LEN,
		    NULL) == -1)
			err(1, "device %u: asmp_send", c->n);
		if (apart)
			(void)device_write(c);
	}
	if (asmp_seal(c->asmp) == -1)
		device_failed(c);
}

static void
device_close(struct client *c)
{
	if (asmp_close(c->asmp) == -1)
		device_failed(c);
}

const struct protocol	protocol_asmp = {
	"asmp", device_prepare, device_start, device_event, device_send,
	device_close
};
