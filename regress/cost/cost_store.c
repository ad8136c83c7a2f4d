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
 * The store's steps, on a database of its own in the work directory: what one
 * channel's worth of messages costs, from there to the commit.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "asmpd.h"
#include "cost.h"
#include "store.h"

#define DEVICE		1
#define RECORDLEN	296	/* bytes of a seal's record */

static struct hotpipe	 verify;	/* its end of the channel */
static char		 text[TEXT + 1];
static uint64_t		 id;

/* What the store wants of the rest of its process. */
void
childside_init(enum ctl_process proc, int debug, int verbose,
    void (*take)(struct imsg *), struct ipc_init *init)
{
	(void)proc;
	(void)debug;
	(void)verbose;
	(void)take;
	(void)init;
}

void
childside_ready(void)
{
}

int
childside_over(void)
{
	return 1;
}

enum ctl_process
childside_channel(struct imsg *imsg, int *fd)
{
	(void)imsg;
	*fd = -1;
	return CTL_VERIFY;
}

void
childside_conf_done(const char *error)
{
	(void)error;
}

size_t
childside_queued(void)
{
	return 0;
}

void
childside_status(struct imsg *imsg, const uint64_t *counter, size_t n)
{
	(void)imsg;
	(void)counter;
	(void)n;
}

int
childside_orphaned(void)
{
	return 0;
}

void
childside_trouble(const char *why)
{
	errx(1, "%s", why);
}

const char *
childside_troubled(void)
{
	return "";
}

void
to_parent(uint32_t type, const void *data, size_t len)
{
	(void)type;
	(void)data;
	(void)len;
}

static void
no_work(struct hotpipe *p)
{
	(void)p;
}

static void
say_seal(void)
{
	struct {
		struct vs_seal	 seal;
		uint8_t		 record[RECORDLEN];
		uint8_t		 key[32];
		struct vs_leaf	 leaf[RUN];
	} msg;

	memset(&msg, 'x', sizeof(msg));
	msg.seal.received = 1700000000000;
	msg.seal.device = DEVICE;
	msg.seal.recordlen = sizeof(msg.record);
	msg.seal.keylen = sizeof(msg.key);
	msg.seal.count = RUN;
	hotpipe_send(&verify, VS_SEAL, 1, &msg, sizeof(msg));
}

static void
say_reading(uint32_t place)
{
	struct {
		struct vs_reading	 rd;
		char			 text[TEXT];
	} msg;

	memset(&msg.rd, 0, sizeof(msg.rd));
	msg.rd.id = ++id;
	msg.rd.received = 1700000000000;
	msg.rd.device = DEVICE;
	msg.rd.place = place;
	msg.rd.textlen = TEXT;
	memcpy(msg.text, text, TEXT);
	hotpipe_send(&verify, VS_READING, 1, &msg, sizeof(msg));
}

/* RUN readings, under a seal or not, in the store's buffer. */
static void
batch_arrive(int sealed)
{
	struct chan	*c = &store_verifier(1)->pipe.chan;
	struct vs_sealed over = { .device = DEVICE };
	uint32_t	 i;

	if (sealed)
		say_seal();
	for (i = 1; i <= RUN; i++)
		say_reading(sealed ? i : 0);
	if (sealed)
		hotpipe_send(&verify, VS_SEALED, 1, &over, sizeof(over));
	while (chan_queued(&verify.chan) > 0) {
		hotpipe_flush(&verify);
		if (chan_read(c) != 1)
			errx(1, "the channel is closed");
	}
}

static void
run_batch(void)
{
	readings_turn();
}

static void
batch(const char *name, int sealed)
{
	uint64_t	 before;
	int		 i;

	for (i = 0; i < 2; i++) {
		batch_arrive(sealed);
		run_batch();
	}
	before = store_counter[CS_READINGS];
	batch_arrive(sealed);
	measured(name, RUN, run_batch);
	if (store_counter[CS_READINGS] != before + RUN)
		errx(1, "%s: not all is stored", name);
}

int
main(void)
{
	struct ipc_lease	 lease = { .conn = 1, .device = DEVICE };
	int			 pair[2];

	cost_begin("libsqlite3", sqlite3_libversion());
	(void)cost_text(text, sizeof(text));
	(void)event_init();
	if (sock_pair(pair) == -1)
		err(1, "sock_pair");
	verifiers_init(1);
	verifier_channel(CTL_VERIFY, pair[0]);
	hotpipe_init(&verify, pair[1], "store", HOTPIPE_IN, no_work);
	if (engine->open("cost.db", "cost.db") == -1)
		errx(1, "database: %s", engine->error());
	readings_init();
	lease_grant(&lease);
	batch("store", 0);
	batch("store-sealed", 1);
	engine->close();
	return 0;
}
