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
 * A man in the middle with ephemeral keys of his own: to the device he is the
 * gateway, to the gateway a device, and each of them agrees on keys with him.
 *
 *	impostor [-k keyfile -i id] -c host:port
 *
 * It prints "port N" and serves one device.  GATEWAY_AUTH is passed on as the
 * gateway made it; with -k and -i it is made anew, by a gateway of that id,
 * which the device may well know.  What the device then says about itself is
 * passed on to the gateway, under the keys that that one expects.  It ends
 * with a line for each side:
 *
 *	device sent TYPE	or: device closed
 *	gateway sent TYPE	or: gateway closed after N ms
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "compat.h"
#include "tools.h"

#define FRAME_MAX	(ASMP_HDRLEN + ASMP_PAYLOAD_MAX)
#define WAIT_MS		10000

/* What he shares with one of the two. */
struct side {
	int			 fd;
	struct noise		 noise;
	struct noise_keys	 nk;
	struct asmp_hskeys	 hs;
	uint8_t			 in[FRAME_MAX];
	size_t			 inlen;
	uint8_t			 frame[FRAME_MAX];
	size_t			 len;
	struct asmp_header	 h;
};

static struct side	 device, gateway;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: impostor [-k keyfile -i id] -c host:port\n");
	exit(1);
}

/* The next frame; 0 when the side has closed. */
static int
next(struct side *s)
{
	struct pollfd	 pfd = { .fd = s->fd, .events = POLLIN };
	ssize_t		 n;

	while (frame_next(s->in, s->inlen, ASMP_PAYLOAD_MAX, &s->len) != 1) {
		if (poll(&pfd, 1, WAIT_MS) != 1)
			errx(1, "silence");
		n = read(s->fd, s->in + s->inlen, sizeof(s->in) - s->inlen);
		if (n <= 0)
			return 0;
		s->inlen += (size_t)n;
	}
	memcpy(s->frame, s->in, s->len);
	s->inlen -= s->len;
	memmove(s->in, s->in + s->len, s->inlen);
	frame_get(&s->h, s->frame);
	return 1;
}

static void
must_be(struct side *s, uint16_t type)
{
	if (!next(s) || s->h.type != type)
		errx(1, "no %s", frame_typename(type));
}

/* A frame of the handshake; without a key in clear. */
static void
say(struct side *s, uint16_t type, uint64_t seq, const uint8_t *key,
    const uint8_t *plain, size_t len)
{
	struct asmp_header	 h = { ASMP_VERSION, type, ASMP_STREAM_CONN,
		    0, seq, (uint32_t)(key == NULL ? len :
		    len + ASMP_TAGLEN) };
	uint8_t			 frame[FRAME_MAX];

	frame_put(frame, &h);
	if (key == NULL)
		memcpy(frame + ASMP_HDRLEN, plain, len);
	else if (chapoly_seal(frame + ASMP_HDRLEN, key, frame + 8, plain, len,
	    frame, ASMP_HDRLEN) == -1)
		errx(1, "cannot encrypt");
	if (tool_write(s->fd, frame, ASMP_HDRLEN + h.length) == -1)
		errx(1, "cannot write");
}

static size_t
unseal(struct side *s, const uint8_t *key, uint8_t *plain)
{
	if (s->h.length < ASMP_TAGLEN || chapoly_open(plain, key,
	    s->frame + 8, s->frame + ASMP_HDRLEN, s->h.length, s->frame,
	    ASMP_HDRLEN) == -1)
		errx(1, "%s does not open", frame_typename(s->h.type));
	return s->h.length - ASMP_TAGLEN;
}

/* Takes the device's HELLO and makes one of his own; 0 or an error. */
static void
agree(struct asmp_hello *hello, uint8_t *m2)
{
	uint8_t				 prologue[NOISE_PROLOGUE];
	uint8_t				 own[HELLO_FIXED + NOISE_MSGMAX];
	const struct asmp_profile	*p;
	size_t				 len;

	must_be(&device, ASMP_HELLO);
	if (hello_get(hello, device.frame + ASMP_HDRLEN, device.h.length) != 0)
		errx(1, "a HELLO that is none");
	p = profile_byid(hello->profile);
	prologue_put(prologue, device.frame, device.frame + ASMP_HDRLEN);
	if (noise_init(&device.noise, p->agreement, prologue) == -1 ||
	    noise_read_m1_write_m2(&device.noise, hello->m1, m2, &device.nk) ==
	    -1 || noise_init(&gateway.noise, p->agreement, prologue) == -1)
		errx(1, "no agreement with the device");
	hello_put(own, hello->profile, hello->options, hello->max_in);
	if (noise_write_m1(&gateway.noise, own + HELLO_FIXED) == -1)
		errx(1, "no key");
	len = HELLO_FIXED + noise_m1_len(p->agreement);
	say(&gateway, ASMP_HELLO, 0, NULL, own, len);
	must_be(&gateway, ASMP_HELLO_REPLY);
	if (noise_read_m2(&gateway.noise, gateway.frame + ASMP_HDRLEN,
	    &gateway.nk) == -1)
		errx(1, "no agreement with the gateway");
	keys_handshake(&device.hs, &device.nk);
	keys_handshake(&gateway.hs, &gateway.nk);
}

/* A GATEWAY_AUTH of his own, as the gateway that he may well be. */
static size_t
own_auth(const char *key, const char *id, uint8_t *plain)
{
	struct ident	*ident;
	const char	*why;
	uint8_t		 nonce[ASMP_NONCELEN];
	int		 fd, len;

	if ((fd = keyfile_open(key, 1, &why)) == -1 ||
	    (ident = keyfile_read(fd, NULL, NULL)) == NULL)
		errx(1, "%s: no key", key);
	close(fd);
	arc4random_buf(nonce, sizeof(nonce));
	if ((len = gateway_sign(ident, plain, device.nk.h, nonce, id)) == -1)
		errx(1, "no signature");
	ident_free(ident);
	return (size_t)len;
}

/* What the device says about itself, for the gateway to believe. */
static void
pass_identity(void)
{
	uint8_t	 plain[ASMP_PAYLOAD_MAX];
	int64_t	 began;
	size_t	 len;

	len = unseal(&device, device.hs.d2g, plain);
	say(&gateway, ASMP_HANDSHAKE_INIT, 1, gateway.hs.d2g, plain, len);
	began = tool_ms();
	if (next(&gateway))
		printf("gateway sent %s\n", frame_typename(gateway.h.type));
	else
		printf("gateway closed after %lld ms\n",
		    (long long)(tool_ms() - began));
}

static void
serve(const char *key, const char *id)
{
	struct asmp_hello	 hello;
	uint8_t			 m2[NOISE_MSGMAX], plain[ASMP_PAYLOAD_MAX];
	size_t			 len;

	agree(&hello, m2);
	must_be(&gateway, ASMP_GATEWAY_AUTH);
	len = unseal(&gateway, gateway.hs.g2d, plain);
	if (key != NULL)
		len = own_auth(key, id, plain);
	say(&device, ASMP_HELLO_REPLY, 0, NULL, m2,
	    noise_m2_len(profile_byid(hello.profile)->agreement));
	say(&device, ASMP_GATEWAY_AUTH, 1, device.hs.g2d, plain, len);
	if (!next(&device)) {
		printf("device closed\n");
		return;
	}
	printf("device sent %s\n", frame_typename(device.h.type));
	pass_identity();
}

int
main(int argc, char *argv[])
{
	const char	*id = NULL, *key = NULL, *where = NULL;
	int		 ch, lfd, port;

	while ((ch = getopt(argc, argv, "c:i:k:")) != -1) {
		switch (ch) {
		case 'c':
			where = optarg;
			break;
		case 'i':
			id = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		default:
			usage();
		}
	}
	if (where == NULL || (key == NULL) != (id == NULL) || argc != optind)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	lfd = tool_listen("0", &port);
	printf("port %d\n", port);
	if ((device.fd = accept(lfd, NULL, NULL)) == -1)
		err(1, "accept");
	tool_nodelay(device.fd);
	gateway.fd = tool_connect(where);
	serve(key, id);
	return 0;
}
