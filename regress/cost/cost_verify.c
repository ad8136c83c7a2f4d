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

/* Verify's steps, in the world of fuzz_verify, with neighbours that say yes. */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "../fuzz/fuzz.h"
#include "../fuzz/verify_world.h"
#include "cost.h"

#define SINGLES	8	/* a signature each: it takes its time */

static struct device_side	*d = &sides[0];
static struct session		*s;
static char			 text[TEXT + 1];
static struct asmp_data		 tx, rx;
static uint8_t			 record[RUN][ASMP_HDRLEN + 512];
static struct model		*of_device;
static struct json_fields	 fields;
static struct model_rules	 rules = {
	.samples = 100000, .threshold = 4, .floor = 0.01
};

static void
configure(void)
{
	struct ipc_conf		 conf = { .max_sessions = CONNS,
				    .samples = 100000, .threshold = 4,
				    .floor = 0.01 };
	struct ipc_stream	 st = { .number = ASMP_STREAM_TELEMETRY,
				    .handler = HANDLER_TELEMETRY };
	struct ipc_role		 role = { .number = 1, .streams = UINT64_MAX };

	world_parent(IPC_CONF, &conf, sizeof(conf));
	strlcpy(st.name, "telemetry", sizeof(st.name));
	world_parent(IPC_CONF_STREAM, &st, sizeof(st));
	strlcpy(role.name, "device", sizeof(role.name));
	world_parent(IPC_CONF_ROLE, &role, sizeof(role));
	world_parent(IPC_CONF_END, NULL, 0);
	world_parent(IPC_CONF_COMMIT, NULL, 0);
}

/* A session of the first device, with an Ed25519 key, as the parent has it. */
static void
session_begin(const char *profile)
{
	static uint32_t		 generation;
	struct nv_open		 open = { .profiles = PROFILES_ALL };
	struct ipc_proved	 proved = { .role = 1, .lifetime = 86400 };

	side_open(d, CONN_ID(0, ++generation), 0, profile_byname(profile));
	world_net(NV_OPEN, d->conn, &open, sizeof(open));
	MUST((s = session_find(d->conn)) != NULL);
	s->profile = d->profile;
	s->max_out = 4096;
	MUST((s->hs = calloc(1, sizeof(*s->hs))) != NULL);
	s->hs->kind = ASMP_KIND_SIGNATURE;
	s->hs->pub = *ident_public(d->ident);
	s->state = S_PROVING;
	proved.conn = d->conn;
	strlcpy(proved.id, device_name(0), sizeof(proved.id));
	lent[0] = 1;
	world_parent(IPC_PROVED, &proved, sizeof(proved));
	MUST(d->up);
}

static void
session_over(void)
{
	struct nv_closed	 msg = { .reason = REASON_LOST };
	uint64_t		 conn = d->conn;

	side_free(d);
	world_net(NV_CLOSED, conn, &msg, sizeof(msg));
}

/* Readings, and the seal over them where the profile has seals. */
static void
readings_make(unsigned int n)
{
	uint8_t	 plain[ASMP_READING_HDR + TEXT];

	memset(plain, 0, ASMP_READING_HDR);
	memcpy(plain + ASMP_READING_HDR, text, TEXT);
	while (n-- > 0) {
		put_u64(plain, ++d->id);
		side_data(d, ASMP_STREAM_TELEMETRY, plain, sizeof(plain));
	}
	if (d->profile->sealed)
		side_seal(d);
}

/* A message lies in a channel, behind those that do already. */
static void
arrive(struct hotpipe *p, uint16_t type, const void *data, size_t len)
{
	struct chan_buf	*b = &p->chan.in;
	struct chan_hdr	 hdr = { .len = (uint32_t)(sizeof(hdr) + len),
			    .type = type, .id = d->conn };

	if (b->rpos == b->wpos)
		b->rpos = b->wpos = 0;
	b->size = b->wpos + hdr.len;
	MUST((b->data = realloc(b->data, b->size)) != NULL);
	memcpy(b->data + b->wpos, &hdr, sizeof(hdr));
	memcpy(b->data + b->wpos + sizeof(hdr), data, len);
	b->wpos = b->size;
}

/* What the device has to say comes from net in one piece. */
static void
device_says(void)
{
	arrive(&verify_net, NV_FRAMES, d->batch, d->len);
	d->len = 0;
}

static void
run_net(void)
{
	verify_net.work(&verify_net);
}

static void
run_store(void)
{
	verify_store.work(&verify_store);
}

static void
all_taken(void)
{
	MUST(s->up->accepted == d->id);
	hotpipe_flush(&verify_store);
	hotpipe_flush(&verify_net);
}

/* RUN readings from net to the store's channel, under one seal if any. */
static void
batch(const char *profile)
{
	char	 name[32] = "batch-";
	int	 i;

	session_begin(profile);
	for (i = 0; i < 2; i++) {
		readings_make(RUN);
		device_says();
		run_net();
		all_taken();
	}
	readings_make(RUN);
	device_says();
	strlcat(name, profile, sizeof(name));
	measured(name, RUN, run_net);
	all_taken();
	session_over();
}

/* Readings that come alone, each under a seal of its own. */
static void
singles(void)
{
	int	 i;

	session_begin("hybrid");
	readings_make(1);
	device_says();
	run_net();
	all_taken();
	for (i = 0; i < SINGLES; i++) {
		readings_make(1);
		device_says();
	}
	measured("single-hybrid", SINGLES, run_net);
	all_taken();
	session_over();
}

/* The store has decided, and the device hears of it. */
static void
acknowledgements(void)
{
	struct sv_decided	 msg = { .lastid = 0 };
	int			 i, turn;

	session_begin("hybrid");
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < RUN; i++)
			arrive(&verify_store, SV_DECIDED, &msg, sizeof(msg));
		if (turn == 0)
			run_store();
		else
			measured("ack", RUN, run_store);
		hotpipe_flush(&verify_net);
	}
	session_over();
}

static void
run_open(void)
{
	uint8_t	*plain;
	size_t	 i, len;

	pool_hold(verify_aeads);
	for (i = 0; i < RUN; i++) {
		MUST(data_verify(&rx, record[i]) == REASON_NONE);
		MUST(data_open(&rx, verify_aeads, record[i], 0, &plain,
		    &len) == REASON_NONE);
	}
	pool_burn(verify_aeads);
}

static void
seal_all(void)
{
	struct asmp_header	 h = { .version = ASMP_VERSION,
				    .type = ASMP_DATA, .stream = 3 };
	uint8_t			 plain[ASMP_READING_HDR + TEXT] = "HELLO";
	size_t			 i, len;

	for (i = 0; i < RUN; i++) {
		len = sizeof(plain);
		if (tx.profile->record == ASMP_SMCP)
			len = tx.round == 0 ? 5 : SMCP_VALUELEN;
		h.seq++;
		h.length = (uint32_t)data_len(tx.profile, len);
		frame_put(record[i], &h);
		MUST(data_seal(&tx, d->pool, record[i], plain, len, 0) == 0);
	}
}

static void
records(const struct asmp_profile *p)
{
	char	 name[32] = "open-";

	memset(&tx, 0, sizeof(tx));
	tx.profile = p;
	rx = tx;
	seal_all();
	run_open();
	seal_all();
	strlcat(name, p->name, sizeof(name));
	measured(name, RUN, run_open);
	data_wipe(&rx);
	data_wipe(&tx);
}

static void
run_scan(void)
{
	size_t	 i, off;

	for (i = 0; i < RUN; i++)
		MUST(json_scan_for((uint8_t *)text, TEXT, &fields, &off, NULL,
		    0) == JSON_OK);
}

static void
run_model(void)
{
	struct model_finding	 f;
	size_t			 i;

	for (i = 0; i < RUN; i++) {
		MUST(model_check(of_device, &fields, &rules, &f) ==
		    MODEL_NORMAL);
		MUST(model_learn(of_device, &fields, &rules) != -1);
	}
}

/* Of libcrypto without the patch, which has not changed its instructions. */
static void
version(void)
{
	unsigned long	 n = OpenSSL_version_num();
	char		 name[64];

	snprintf(name, sizeof(name), "%lu.%lu, libsodium %s", n >> 28,
	    n >> 20 & 0xff, sodium_version_string());
	cost_begin("libcrypto", name);
}

int
main(void)
{
	const struct asmp_profile	*p = NULL;

	version();
	fuzz_begin();
	(void)cost_text(text, sizeof(text));
	world_begin();
	hostile = 1;		/* what goes to net is not opened here */
	configure();
	batch("hybrid");
	batch("asmp");
	batch("ztp");
	singles();
	acknowledgements();
	MUST((d->pool = aead_pool_new(2)) != NULL);
	while ((p = profile_next(p)) != NULL)
		records(p);
	run_scan();
	measured("json", RUN, run_scan);
	MUST((of_device = model_new()) != NULL);
	run_model();
	measured("model", RUN, run_model);
	return 0;
}
