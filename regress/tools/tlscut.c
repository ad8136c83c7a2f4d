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
 * A TLS client that leaves a message of TLS unfinished, as no library does:
 * behind the bytes of a file, in the same write, comes the head of a
 * KeyUpdate (RFC 8446, section 4.6.3) and never its one byte.  A server in
 * the middle of that message cannot write before it has read the rest.
 *
 *	tlscut [-t seconds] -c host:port file
 *
 * It says when the server closes, as replay does, or exits with status 1.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "asmp_proto.h"
#include "compat.h"
#include "tools.h"

#define SUITE		"TLS_CHACHA20_POLY1305_SHA256"
#define SECRET		"CLIENT_TRAFFIC_SECRET_0 "
#define RECORD_HEAD	5
#define FILE_MAX	4096
#define APPLICATION	23	/* types of records */
#define HANDSHAKE	22

static uint8_t	 secret[ASMP_HASHLEN];
static int	 known;		/* the secret */

static __dead void
usage(void)
{
	fprintf(stderr, "usage: tlscut [-t seconds] -c host:port file\n");
	exit(1);
}

/* A line of the key log: name, the client's random, the secret. */
static void
keylog(const SSL *ssl, const char *line)
{
	const char	*hex = strrchr(line, ' ');

	(void)ssl;
	if (strncmp(line, SECRET, sizeof(SECRET) - 1) == 0 && hex != NULL &&
	    tool_unhex(secret, sizeof(secret), hex + 1) == sizeof(secret))
		known = 1;
}

/* HKDF-Expand-Label of RFC 8446, section 7.1, for up to a hash's length. */
static void
expand_label(uint8_t *out, size_t len, const char *label)
{
	uint8_t		 full[ASMP_HASHLEN], info[32], one = 1;
	struct part	 p[2] = { { info, 0 }, { &one, sizeof(one) } };

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)(6 + strlen(label));
	p[0].len = 3 + (size_t)snprintf((char *)info + 3, sizeof(info) - 3,
	    "tls13 %s", label) + 1;	/* no context: its length, 0 */
	hmac_parts(full, secret, sizeof(secret), p, 2);
	memcpy(out, full, len);
}

/* The next record of the client's into out; returns its length. */
static size_t
record_put(uint8_t *out, uint8_t type, const uint8_t *data, size_t len)
{
	static uint8_t	 seq, plain[FILE_MAX + 1];
	uint8_t		 key[ASMP_KEYLEN], nonce[AEAD_NONCELEN];
	size_t		 n = len + 1 + ASMP_TAGLEN;

	expand_label(key, sizeof(key), "key");
	expand_label(nonce, sizeof(nonce), "iv");
	nonce[sizeof(nonce) - 1] ^= seq++;
	memcpy(plain, data, len);
	plain[len] = type;
	out[0] = APPLICATION;
	out[1] = out[2] = 3;
	put_u16(out + 3, (uint16_t)n);
	if (chapoly_seal(out + RECORD_HEAD, key, nonce, plain, len + 1, out,
	    RECORD_HEAD) == -1)
		errx(1, "a record cannot be sealed");
	return RECORD_HEAD + n;
}

static void
handshake(int fd)
{
	SSL_CTX	*ctx = SSL_CTX_new(TLS_client_method());
	SSL	*ssl;

	if (ctx == NULL ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, SUITE) != 1)
		errx(1, "TLS is not set up");
	SSL_CTX_set_keylog_callback(ctx, keylog);
	if ((ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1 ||
	    SSL_connect(ssl) != 1 || !known)
		errx(1, "no TLS");
	/* What follows is made here: the library has had its part. */
}

static void
send_cut(int fd, const char *path)
{
	static const uint8_t	 head[] = { 24, 0, 0, 1 };
	uint8_t			 data[FILE_MAX], out[FILE_MAX + 128];
	size_t			 len, n;
	FILE			*f;

	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	n = record_put(out, APPLICATION, data, len);
	n += record_put(out + n, HANDSHAKE, head, sizeof(head));
	if (tool_write(fd, out, n) == -1)
		err(1, "write");
}

static int
wait_closed(int fd, int64_t ms)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	uint8_t		 buf[4096];
	int64_t		 begin = tool_ms();

	while (tool_ms() < begin + ms)
		if (poll(&pfd, 1, (int)(begin + ms - tool_ms())) == 1 &&
		    read(fd, buf, sizeof(buf)) <= 0) {
			printf("closed after %lld ms\n",
			    (long long)(tool_ms() - begin));
			return 0;
		}
	printf("open after %lld ms\n", (long long)ms);
	return 1;
}

int
main(int argc, char *argv[])
{
	const char	*host = NULL;
	int64_t		 ms = 10000;
	int		 ch, fd;

	while ((ch = getopt(argc, argv, "c:t:")) != -1) {
		switch (ch) {
		case 'c':
			host = optarg;
			break;
		case 't':
			ms = atoll(optarg) * 1000;
			break;
		default:
			usage();
		}
	}
	if (host == NULL || argc != optind + 1)
		usage();
	if ((fd = tool_connect(host)) == -1)
		err(1, "%s", host);
	handshake(fd);
	send_cut(fd, argv[optind]);
	return wait_closed(fd, ms);
}
