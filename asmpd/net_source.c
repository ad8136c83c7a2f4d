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
 * How much one source address may ask of the gateway before it has proved
 * anything: half-open handshakes, and new connections a second.  IPv6
 * sources are counted by their /64, which one host can fill at will.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "net.h"
#include "reason.h"

static int	 source_cmp(const struct source *, const struct source *);

static RB_HEAD(sources, source)	 tree = RB_INITIALIZER(&tree);
static TAILQ_HEAD(, source)	 idle = TAILQ_HEAD_INITIALIZER(idle);
static size_t			 nsources;

RB_GENERATE_STATIC(sources, source, tree, source_cmp)

static int
source_cmp(const struct source *a, const struct source *b)
{
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

static void
source_key(uint8_t *key, const uint8_t *addr)
{
	memcpy(key, addr, 16);
	if (!addr_isv4(addr))
		memset(key + 8, 0, 8);
}

static void
source_free(struct source *s)
{
	penalty_forget(s);
	RB_REMOVE(sources, &tree, s);
	TAILQ_REMOVE(&idle, s, idle);
	free(s);
	nsources--;
}

/*
 * Makes room by forgetting who has been idle for longest.  Whose penalty still
 * runs is passed over for some time, so that it takes a whole table of others
 * to be rid of one.  -1 if nobody is idle.
 */
static int
source_evict(void)
{
	struct source	*s;
	int		 n;

	for (n = 0; n < EVICT_SCAN && (s = TAILQ_FIRST(&idle)) != NULL &&
	    penalty_runs(s); n++) {
		TAILQ_REMOVE(&idle, s, idle);
		TAILQ_INSERT_TAIL(&idle, s, idle);
	}
	if ((s = TAILQ_FIRST(&idle)) == NULL)
		return -1;
	source_free(s);
	return 0;
}

static struct source *
source_new(const struct source *key)
{
	struct source	*s;

	if (nsources >= SOURCES_MAX && source_evict() == -1)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	memcpy(s->addr, key->addr, sizeof(s->addr));
	RB_INSERT(sources, &tree, s);
	TAILQ_INSERT_TAIL(&idle, s, idle);
	nsources++;
	return s;
}

/*
 * What is known of an address (16 bytes).  NULL if that is nothing, or with
 * make, if there is no room to know more.
 */
struct source *
source_of(const uint8_t *addr, int make)
{
	struct source	 key, *s;

	source_key(key.addr, addr);
	if ((s = RB_FIND(sources, &tree, &key)) == NULL && make)
		s = source_new(&key);
	return s;
}

/*
 * Whether a connection from addr (16 bytes) may come in.  Returns 0 with the
 * half-open place it takes in *out, for source_done(), or the reason why not.
 */
uint8_t
source_admit(const uint8_t *addr, struct source **out)
{
	struct source	*s;
	uint64_t	 second = mono_ms() / 1000;

	if (net_counter[CN_CONNS] >= net_conf.max_sessions)
		return REASON_BUSY;
	if ((s = source_of(addr, 1)) == NULL)
		return REASON_BUSY;
	if (s->second != second) {
		s->second = second;
		s->fresh = 0;
	}
	if (s->halfopen >= net_conf.halfopen_source ||
	    s->fresh >= net_conf.new_source)
		return REASON_SOURCE_LIMIT;
	/* Nobody gives way to who may not come in anyhow. */
	if (net_counter[CN_HALFOPEN] >= net_conf.max_halfopen &&
	    deadline_evict() == -1)
		return REASON_HALF_OPEN;
	s->fresh++;
	if (s->halfopen++ == 0)
		TAILQ_REMOVE(&idle, s, idle);
	net_counter[CN_HALFOPEN]++;
	*out = s;
	return 0;
}

/* The connection has proved itself or is gone. */
void
source_done(struct source *s)
{
	net_counter[CN_HALFOPEN]--;
	if (--s->halfopen == 0)
		TAILQ_INSERT_TAIL(&idle, s, idle);
}

/*
 * One line for a refusal; within a second only the first is written, with
 * the number of those before it that were not, since an attacker chooses how
 * many there are.
 */
void
source_refused(uint8_t reason, const uint8_t *addr, uint16_t port)
{
	static uint64_t	 second, unsaid;
	char		 text[CTL_ADDRMAX];
	uint64_t	 now = mono_ms() / 1000;

	net_counter[CN_REFUSED]++;
	if (now == second) {
		unsaid++;
		return;
	}
	second = now;
	addr_text(addr, port, text, sizeof(text));
	log_info("connection refused: address %s reason %s (%llu more since "
	    "the last such line)", text, reason_name(reason),
	    (unsigned long long)unsaid);
	unsaid = 0;
}
