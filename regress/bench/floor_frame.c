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
 * Frames as a device sends them are read from loopback TCP and opened, and
 * that is all: a process of its own sends them, as fast as they are taken.
 */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "asmp_proto.h"
#include "floor.h"
#include "measure.h"
#include "reading.h"

#define CONNS		200
#define WINDOW		64	/* frames in a write */
#define PLAIN		(ASMP_READING_HDR + READING_LEN)
#define FRAME		(ASMP_HDRLEN + PLAIN + ASMP_TAGLEN)
#define NONCE		8	/* where it is in the header */
#define NONCELEN	12
#define BURST		(WINDOW * FRAME)
#define EVENTS		64

struct conn {
	int		 fd;
	EVP_CIPHER_CTX	*ctx;		/* keyed once */
	size_t		 len;
	uint8_t		 in[BURST];
};

static struct conn	 conns[CONNS];
static uint64_t		 nopened;

static EVP_CIPHER_CTX *
context(const EVP_CIPHER *cipher, unsigned int n, int seal)
{
	uint8_t		 key[ASMP_KEYLEN] = { n, 1 };
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL ||
	    EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, seal) != 1)
		errx(1, "no cipher");
	return ctx;
}

static void
seal(EVP_CIPHER_CTX *ctx, uint8_t *frame)
{
	uint8_t	*p = frame + ASMP_HDRLEN;
	int	 len;

	if (EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, frame + NONCE) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &len, frame, ASMP_HDRLEN) != 1 ||
	    EVP_EncryptUpdate(ctx, p, &len, p, PLAIN) != 1 ||
	    EVP_EncryptFinal_ex(ctx, p + PLAIN, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ASMP_TAGLEN,
	    p + PLAIN) != 1)
		errx(1, "a frame is not sealed");
}

static void
frame_open(EVP_CIPHER_CTX *ctx, uint8_t *frame)
{
	uint8_t	*p = frame + ASMP_HDRLEN;
	int	 len;

	if (EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, frame + NONCE) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &len, frame, ASMP_HDRLEN) != 1 ||
	    EVP_DecryptUpdate(ctx, p, &len, p, PLAIN) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ASMP_TAGLEN,
	    p + PLAIN) != 1 || EVP_DecryptFinal_ex(ctx, p, &len) != 1)
		errx(1, "a frame does not open");
	nopened++;
}

/* A window of frames for each connection, sealed under its key. */
static uint8_t *
bursts(const EVP_CIPHER *cipher)
{
	struct asmp_header	 h = { ASMP_VERSION, ASMP_DATA,
		    ASMP_STREAM_TELEMETRY, 1, 0, PLAIN + ASMP_TAGLEN };
	EVP_CIPHER_CTX		*ctx;
	uint8_t			*all, *p;
	unsigned int		 i;

	if ((all = calloc(CONNS, BURST)) == NULL)
		err(1, NULL);
	for (i = 0, p = all; i < CONNS; i++) {
		ctx = context(cipher, i, 1);
		for (h.seq = 0; h.seq < WINDOW; h.seq++, p += FRAME) {
			frame_put(p, &h);
			memcpy(p + ASMP_HDRLEN + ASMP_READING_HDR,
			    reading_text(h.seq), READING_LEN);
			seal(ctx, p);
		}
		EVP_CIPHER_CTX_free(ctx);
	}
	return all;
}

/* Sends to each connection in turn, until somebody ends it. */
static __attribute__((noreturn)) void
sender(const EVP_CIPHER *cipher, const struct sockaddr_in *to)
{
	uint8_t		*all = bursts(cipher);
	int		 fd[CONNS];
	unsigned int	 i;

	for (i = 0; i < CONNS; i++)
		if ((fd[i] = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
		    connect(fd[i], (const struct sockaddr *)to,
		    sizeof(*to)) == -1)
			err(1, "connect");
	for (i = 0; ; i = (i + 1) % CONNS)
		if (send(fd[i], all + (size_t)i * BURST, BURST,
		    MSG_NOSIGNAL) != BURST)
			_exit(1);
}

static pid_t
sender_start(const EVP_CIPHER *cipher, int listener)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	pid_t			 pid;

	if (getsockname(listener, (struct sockaddr *)&sin, &len) == -1)
		err(1, "getsockname");
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0)
		sender(cipher, &sin);
	return pid;
}

static int
listener_make(void)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	int			 fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, CONNS) == -1)
		err(1, "listen");
	return fd;
}

static void
conn_take(struct conn *c, int ep, int listener, const EVP_CIPHER *cipher)
{
	struct epoll_event	 ev = { .events = EPOLLIN, .data.ptr = c };

	c->ctx = context(cipher, c - conns, 0);
	c->len = 0;
	if ((c->fd = accept(listener, NULL, NULL)) == -1 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "accept");
}

/* One read, and all the frames that are whole then. */
static void
conn_read(struct conn *c)
{
	ssize_t	 n;
	size_t	 pos;

	n = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		errx(1, "the sender is gone");
	c->len += n;
	for (pos = 0; c->len - pos >= FRAME; pos += FRAME)
		frame_open(c->ctx, c->in + pos);
	c->len -= pos;
	memmove(c->in, c->in + pos, c->len);
}

static void
read_for(int ep, double us)
{
	struct epoll_event	 ev[EVENTS];
	double			 until = now_us() + us;
	int			 i, n;

	while (now_us() < until) {
		if ((n = epoll_wait(ep, ev, EVENTS, 1000)) == -1)
			err(1, "epoll_wait");
		for (i = 0; i < n; i++)
			conn_read(ev[i].data.ptr);
	}
}

static void
measure(const char *what, const EVP_CIPHER *cipher, unsigned int runs,
    double seconds)
{
	double		 begun;
	unsigned int	 i;
	int		 ep, listener = listener_make();
	pid_t		 pid = sender_start(cipher, listener);

	if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll_create1");
	for (i = 0; i < CONNS; i++)
		conn_take(&conns[i], ep, listener, cipher);
	read_for(ep, 1e5);
	for (i = 0; i < runs; i++) {
		nopened = 0;
		begun = cpu_us();
		read_for(ep, seconds * 1e6);
		printf("%s cpu %.3f\n", what, (cpu_us() - begun) / nopened);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < CONNS; i++) {
		EVP_CIPHER_CTX_free(conns[i].ctx);
		close(conns[i].fd);
	}
	close(ep);
	close(listener);
}

/* A frame of each cipher, with a context for each connection. */
void
floor_frame(unsigned int runs, double seconds)
{
	reading_init(READING_LEN);
	measure("chacha", EVP_chacha20_poly1305(), runs, seconds);
	measure("gcm", EVP_aes_256_gcm(), runs, seconds);
}
