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
 * Bytes from and to a device, plain or inside TLS.  TLS is an outer wrap:
 * nothing of asmp's own depends on it.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event.h>
#include <stdio.h>

#include <tls.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"

static struct tls	*server, *offered;

static ssize_t
tls_result(ssize_t n, short *want)
{
	if (n == TLS_WANT_POLLIN) {
		*want = EV_READ;
		return IO_AGAIN;
	}
	if (n == TLS_WANT_POLLOUT) {
		*want = EV_WRITE;
		return IO_AGAIN;
	}
	return n == -1 ? IO_ERROR : n;
}

static ssize_t
sys_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? IO_AGAIN : IO_ERROR;
}

/*
 * Reads up to len bytes.  Returns their number, 0 at the end, IO_AGAIN, or
 * IO_ERROR; c->toread is then the event to wait for before the next call.
 */
ssize_t
io_read(struct conn *c, uint8_t *buf, size_t len)
{
	c->toread = EV_READ;
	c->towrite = EV_WRITE;	/* perhaps it waited for what comes now */
	if (c->tls != NULL)
		return tls_result(tls_read(c->tls, buf, len), &c->toread);
	return sys_result(recv(c->fd, buf, len, 0));
}

/* Writes up to len bytes; returns as io_read() does, with c->towrite. */
ssize_t
io_write(struct conn *c, const uint8_t *buf, size_t len)
{
	c->towrite = EV_WRITE;
	if (c->tls != NULL)
		return tls_result(tls_write(c->tls, buf, len), &c->towrite);
	return sys_result(send(c->fd, buf, len, MSG_NOSIGNAL));
}

/* Wraps a new connection.  Returns 0 or -1. */
int
io_start_tls(struct conn *c)
{
	if (server == NULL)
		return -1;
	return tls_accept_socket(server, &c->tls, c->fd);
}

static struct tls *
tls_make(const uint8_t *cert, size_t certlen, const uint8_t *key,
    size_t keylen, char *error, size_t errlen)
{
	struct tls_config	*cfg;
	struct tls		*ctx = NULL;

	if ((cfg = tls_config_new()) == NULL ||
	    (ctx = tls_server()) == NULL)
		fatalx("tls: out of memory");
	if (tls_config_set_keypair_mem(cfg, cert, certlen, key, keylen) ==
	    -1) {
		snprintf(error, errlen, "tls certificate and key: %s",
		    tls_config_error(cfg));
		goto fail;
	}
	if (tls_configure(ctx, cfg) == -1) {
		snprintf(error, errlen, "tls certificate and key: %s",
		    tls_error(ctx));
		goto fail;
	}
	tls_config_free(cfg);
	return ctx;
fail:
	tls_config_free(cfg);
	tls_free(ctx);
	return NULL;
}

/*
 * Prepares a certificate and key, both PEM, beside those in use.  Returns 0,
 * or -1 with a line in error.
 */
int
tls_offer(const uint8_t *cert, size_t certlen, const uint8_t *key,
    size_t keylen, char *error, size_t errlen)
{
	tls_abort();
	offered = tls_make(cert, certlen, key, keylen, error, errlen);
	return offered == NULL ? -1 : 0;
}

/* What was offered last comes into use for new connections. */
void
tls_commit(void)
{
	if (offered == NULL)
		return;
	tls_free(server);
	server = offered;
	offered = NULL;
}

/* Forgets what was offered. */
void
tls_abort(void)
{
	tls_free(offered);
	offered = NULL;
}
