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
 * Devices that do not give up, and keep account of what they were told.
 *
 *	crashdev [-n count] [-s seed] -g pinfile -p portfile
 *	    profile:id:keyfile ...
 *
 * Each sends readings, in batches and one by one, to 127.0.0.1 and the port
 * that is in the file when it connects, and connects again when its session
 * ends.  What a reading says follows from its id, and of some it follows that
 * they are refused.  All that the gateway says about a reading is a line in
 * ledger.ID: "opened N", its last id when the session began, "acked N" and
 * "refused N"; "lost N M" where it has forgotten what it had acknowledged.
 *
 * With -n they end once so many are decided of each, otherwise at SIGTERM,
 * when all that was sent is decided: then the exit status is 0.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asmp.h"
#include "compat.h"

#define DEVICES_MAX	16
#define BATCH		32	/* readings under one seal, at most */
#define WINDOW		128	/* sent and not decided, at most */
#define TEXT_MAX	512
#define BAD_EACH	211	/* of so many readings one is refused */
#define AGAIN_MS	20	/* between attempts to connect */
#define PAUSE_MS	16	/* between batches, at most */
#define PATIENCE_MS	20000	/* for a session to answer, or at the end */

struct dev {
	const char	*profile;
	const char	*id;
	const char	*keyfile;
	struct asmp	*a;
	int		 ledger;
	int		 up;
	uint64_t	 acked;		/* the most that it was told */
	uint64_t	 seen;		/* of the session */
	int64_t		 next;		/* when to send, or connect */
	int64_t		 heard;		/* when the gateway last spoke */
};

static struct dev		 devs[DEVICES_MAX];
static size_t			 ndevs;
static uint64_t			 count;
static uint32_t			 chance = 1;
static const char		*pinfile, *portfile;
static volatile sig_atomic_t	 stopping;

static __dead void
usage(void)
{
	fprintf(stderr, "usage: crashdev [-n count] [-s seed] -g pinfile "
	    "-p portfile profile:id:keyfile ...\n");
	exit(1);
}

static int64_t
now_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint32_t
dice(uint32_t n)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % n;
}

/* A line of the ledger: it outlives this process, which is all it must. */
static void
note(const struct dev *d, const char *what, uint64_t n, uint64_t m)
{
	char	 line[128];
	int	 len;

	if (strcmp(what, "lost") == 0)
		len = snprintf(line, sizeof(line), "%s %llu %llu\n", what,
		    (unsigned long long)n, (unsigned long long)m);
	else
		len = snprintf(line, sizeof(line), "%s %llu\n", what,
		    (unsigned long long)n);
	if (write(d->ledger, line, len) != len)
		err(1, "ledger.%s", d->id);
}

static int
bad(uint64_t id)
{
	return id % BAD_EACH == 0;
}

/* What reading id says: a text with its number, a value that is usual. */
static size_t
text(char *buf, size_t size, uint64_t id)
{
	if (bad(id))
		return snprintf(buf, size, "{\"n\":\"%llu\"",
		    (unsigned long long)id);
	return snprintf(buf, size, "{\"n\":\"%llu\",\"t\":20.%u,"
	    "\"pad\":\"%*s\"}", (unsigned long long)id,
	    (unsigned int)(id % 4), (int)(id * 37 % 257), "");
}

static void
prepare(struct dev *d)
{
	const char	*ext = strrchr(d->keyfile, '.');
	char		 path[256];
	int		 ret;

	snprintf(path, sizeof(path), "ledger.%s", d->id);
	d->ledger = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0644);
	if (d->ledger == -1)
		err(1, "%s", path);
	if ((d->a = asmp_new()) == NULL)
		err(1, NULL);
	if (ext != NULL && strcmp(ext, ".token") == 0)
		ret = asmp_set_token(d->a, d->keyfile);
	else if (ext != NULL && strcmp(ext, ".kem") == 0)
		ret = asmp_set_kem(d->a, d->id, d->keyfile);
	else
		ret = asmp_set_identity(d->a, d->id, d->keyfile, NULL);
	if (ret == -1 || asmp_set_profile(d->a, d->profile) == -1 ||
	    asmp_set_gateway(d->a, pinfile) == -1)
		errx(1, "%s: %s", d->id, asmp_error(d->a));
}

static void
connect_again(struct dev *d)
{
	char	 port[16];
	FILE	*f;

	d->up = 0;
	d->next = now_ms() + AGAIN_MS;
	d->heard = now_ms();
	if ((f = fopen(portfile, "re")) == NULL)
		return;
	if (fgets(port, sizeof(port), f) != NULL) {
		port[strcspn(port, "\n")] = '\0';
		(void)asmp_connect(d->a, "127.0.0.1", port, NULL);
	}
	fclose(f);
}

static void
decided(struct dev *d, const char *what, uint64_t id)
{
	if (id > d->acked)
		d->acked = id;
	note(d, what, id, 0);
}

/* A session has begun: the gateway names the last id that it decided. */
static void
opened(struct dev *d)
{
	uint64_t	 last = asmp_lastid(d->a);

	d->up = 1;
	d->seen = last;
	if (last < d->acked)
		note(d, "lost", last, d->acked);
	else
		decided(d, "opened", last);
}

static void
look(struct dev *d)
{
	struct asmp_refusal	 r;
	struct asmp_message	 m;

	while (asmp_next_message(d->a, &m) == 1)
		;
	while (asmp_next_refusal(d->a, &r) == 1)
		note(d, "refused", r.id, 0);
	switch (asmp_state(d->a)) {
	case ASMP_OPEN:
		if (!d->up)
			opened(d);
		break;
	case ASMP_CLOSED:
	case ASMP_FAILED:
		if (d->up)
			d->next = now_ms() + AGAIN_MS;
		break;
	default:
		return;
	}
	if (d->up && asmp_acked(d->a) > d->seen) {
		d->seen = asmp_acked(d->a);
		d->heard = now_ms();
		decided(d, "acked", d->seen);
	}
	if (asmp_state(d->a) != ASMP_OPEN)
		d->up = 0;
}

/* One reading, or a batch of them, under one seal. */
static void
send_some(struct dev *d)
{
	char		 buf[TEXT_MAX];
	uint64_t	 id;
	uint32_t	 n = dice(3) == 0 ? 1 : 1 + dice(BATCH);

	while (n-- > 0) {
		id = asmp_lastid(d->a) + 1;
		if (id - d->seen > WINDOW || (count != 0 && id > count))
			break;
		if (asmp_send(d->a, 0, buf, text(buf, sizeof(buf), id),
		    NULL) == -1)
			break;
	}
	(void)asmp_seal(d->a);
	d->next = now_ms() + dice(PAUSE_MS);
}

static int
is_over(const struct dev *d)
{
	return asmp_state(d->a) == ASMP_CLOSED ||
	    asmp_state(d->a) == ASMP_FAILED;
}

/* Whether nothing is left to wait for. */
static int
is_done(const struct dev *d)
{
	if (count != 0)
		return d->acked >= count;
	return stopping && d->up && d->seen == asmp_lastid(d->a);
}

/* A gateway that says nothing at all is as good as gone. */
static void
turn(struct dev *d)
{
	int64_t	 now = now_ms();

	if (asmp_state(d->a) == ASMP_CONNECTING &&
	    now - d->heard > PATIENCE_MS)
		asmp_eof(d->a);
	if (now < d->next)
		return;
	if (is_over(d))
		connect_again(d);
	else if (d->up && !stopping)
		send_some(d);
}

static void
step_all(void)
{
	struct pollfd	 pfd[DEVICES_MAX];
	size_t		 i;

	for (i = 0; i < ndevs; i++) {
		turn(&devs[i]);
		pfd[i].fd = is_over(&devs[i]) ? -1 : asmp_fd(devs[i].a);
		pfd[i].events = asmp_events(devs[i].a);
		pfd[i].revents = 0;
	}
	(void)poll(pfd, ndevs, 2);
	for (i = 0; i < ndevs; i++) {
		if (pfd[i].fd != -1 && pfd[i].revents != 0)
			(void)asmp_step(devs[i].a, pfd[i].revents);
		look(&devs[i]);
	}
}

static int
all_done(void)
{
	size_t	 i;

	for (i = 0; i < ndevs; i++)
		if (!is_done(&devs[i]))
			return 0;
	return 1;
}

static void
stop(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
dev_add(char *arg)
{
	struct dev	*d = &devs[ndevs++];

	d->profile = strsep(&arg, ":");
	d->id = strsep(&arg, ":");
	d->keyfile = arg;
	if (ndevs == DEVICES_MAX || d->id == NULL || d->keyfile == NULL)
		usage();
	prepare(d);
	connect_again(d);
}

int
main(int argc, char *argv[])
{
	int64_t	 end = 0;
	int	 ch, i;

	while ((ch = getopt(argc, argv, "g:n:p:s:")) != -1) {
		switch (ch) {
		case 'g':
			pinfile = optarg;
			break;
		case 'n':
			count = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			portfile = optarg;
			break;
		case 's':
			chance = strtoul(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	}
	if (pinfile == NULL || portfile == NULL || optind == argc)
		usage();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	for (i = optind; i < argc; i++)
		dev_add(argv[i]);
	while (!all_done()) {
		if (stopping && end == 0)
			end = now_ms() + PATIENCE_MS;
		if (stopping && now_ms() > end)
			errx(1, "not all is decided");
		step_all();
	}
	return 0;
}
