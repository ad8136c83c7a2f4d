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
 * An operator's tool that does not keep to the protocol: sends to a control
 * socket what it is told and says what came back.
 *
 *	rawctl [-n] [-r results] [-t seconds] socket item ...
 *
 *	msg:TYPE:LEN		a message with LEN bytes of zeros
 *	many:COUNT:TYPE:LEN	as many of them
 *	head:TYPE:LEN		only a header, which says LEN bytes in all
 *	fill:LEN		LEN bytes of 0xff
 *	hex:HEX			these bytes
 *
 * It prints a line for each message, "result CODE TEXT" or "TYPE LEN", until
 * that many results (1) have come, then "closed", or "silent" after a time
 * without any, and exit status 1.  With -n it reads nothing, says "sent" and
 * waits for the end of its standard input.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "ctl.h"
#include "imsg.h"
#include "tools.h"

#define ITEM_MAX	(128 * 1024)	/* bytes of one item */

static int	 results = 1;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: rawctl [-n] [-r results] [-t seconds] socket "
	    "item ...\n");
	exit(1);
}

static int
ctl_connect(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return fd;
}

static uint32_t
number(char **rest)
{
	const char	*why, *word;
	long long	 n;

	if ((word = strsep(rest, ":")) == NULL)
		errx(1, "an item has too few fields");
	n = strtonum(word, 0, UINT32_MAX, &why);
	if (why != NULL)
		errx(1, "%s: %s", word, why);
	return (uint32_t)n;
}

static void
send_bytes(int fd, const void *data, size_t len)
{
	/* A server that has closed already is what some tests want. */
	(void)tool_write(fd, data, len);
}

static void
send_message(int fd, uint32_t type, uint32_t len)
{
	static uint8_t	 buf[ITEM_MAX];
	struct imsg_hdr	 hdr;

	if (len > sizeof(buf) - sizeof(hdr))
		errx(1, "a message of %u bytes", len);
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)sizeof(hdr) + len;
	memset(buf, 0, sizeof(hdr) + len);
	memcpy(buf, &hdr, sizeof(hdr));
	send_bytes(fd, buf, hdr.len);
}

static void
send_messages(int fd, uint32_t count, uint32_t type, uint32_t len)
{
	while (count-- > 0)
		send_message(fd, type, len);
}

static void
send_header(int fd, uint32_t type, uint32_t len)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = len;
	send_bytes(fd, &hdr, sizeof(hdr));
}

static void
send_fill(int fd, uint32_t len)
{
	static uint8_t	 buf[ITEM_MAX];

	if (len > sizeof(buf))
		errx(1, "%u bytes are too many", len);
	memset(buf, 0xff, len);
	send_bytes(fd, buf, len);
}

static void
send_hex(int fd, const char *hex)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	if (hex == NULL || (n = tool_unhex(buf, sizeof(buf), hex)) == -1)
		errx(1, "not hexadecimal, or too long");
	send_bytes(fd, buf, (size_t)n);
}

static void
send_item(int fd, char *item)
{
	const char	*what = strsep(&item, ":");
	uint32_t	 count, type;

	if (strcmp(what, "hex") == 0)
		send_hex(fd, item);
	else if (strcmp(what, "fill") == 0)
		send_fill(fd, number(&item));
	else if (strcmp(what, "head") == 0) {
		type = number(&item);
		send_header(fd, type, number(&item));
	} else if (strcmp(what, "msg") == 0) {
		type = number(&item);
		send_message(fd, type, number(&item));
	} else if (strcmp(what, "many") == 0) {
		count = number(&item);
		type = number(&item);
		send_messages(fd, count, type, number(&item));
	} else
		errx(1, "%s: not an item", what);
}

static void
print_message(struct imsg *imsg)
{
	struct ctl_result	 res;

	if (imsg_get_type(imsg) == CTL_RESULT &&
	    imsg_get_data(imsg, &res, sizeof(res)) == 0) {
		printf("result %u %.*s\n", res.code, CTL_TEXTMAX, res.text);
		results--;
	} else
		printf("%u %zu\n", imsg_get_type(imsg), imsg_get_len(imsg));
}

/* Prints what comes; the word for how it ended. */
static const char *
receive(int fd, int wait)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	struct imsgbuf	 ibuf;
	struct imsg	 imsg;
	int		 n;

	if (imsgbuf_init(&ibuf, fd) == -1)
		err(1, NULL);
	while (results > 0) {
		if (poll(&pfd, 1, wait) != 1)
			return "silent";
		if (imsgbuf_read(&ibuf) != 1)
			return "closed";
		while ((n = imsgbuf_get(&ibuf, &imsg)) == 1) {
			print_message(&imsg);
			imsg_free(&imsg);
		}
		if (n == -1)
			errx(1, "what came is no message");
	}
	return NULL;
}

int
main(int argc, char *argv[])
{
	const char	*end, *why;
	char		 byte;
	int		 ch, fd, i, deaf = 0, wait = 5000;

	while ((ch = getopt(argc, argv, "nr:t:")) != -1) {
		switch (ch) {
		case 'n':
			deaf = 1;
			break;
		case 'r':
			results = strtonum(optarg, 0, INT_MAX, &why);
			if (why != NULL)
				errx(1, "%s: %s", optarg, why);
			break;
		case 't':
			wait = strtonum(optarg, 0, 600, &why) * 1000;
			if (why != NULL)
				errx(1, "%s: %s", optarg, why);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 1)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	fd = ctl_connect(argv[optind]);
	for (i = optind + 1; i < argc; i++)
		send_item(fd, argv[i]);
	if (deaf) {
		printf("sent\n");
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
		return 0;
	}
	if ((end = receive(fd, wait)) == NULL)
		return 0;
	printf("%s\n", end);
	return strcmp(end, "silent") == 0;
}
