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
 * What handshakes ask the parent.  When very many begin at once only so many
 * questions are with the parent, and the others wait here: the operator, whose
 * answers come through the same pipe, does not wait behind all of them.  Who
 * is further on goes first, since its time is shorter.  Proofs do not wait:
 * there are no more of them than keys that were found.
 *
 * A question whose session ends is counted no more, though the parent may have
 * yet to read it: of a connection that it knows to be closed it says nothing.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "asmpd.h"
#include "log.h"
#include "verify.h"

/* A question that waits. */
struct question {
	TAILQ_ENTRY(question)	 entry;
	struct session		*owner;
	uint32_t		 type;
	size_t			 len;
	uint8_t			 msg[];
};
TAILQ_HEAD(questions, question);

static struct questions	 signs = TAILQ_HEAD_INITIALIZER(signs);
static struct questions	 lookups = TAILQ_HEAD_INITIALIZER(lookups);
static uint32_t		 nasked;	/* and not answered yet */

static struct questions *
queue_of(uint32_t type)
{
	return type == IPC_SIGN ? &signs : &lookups;
}

static void
question_send(struct handshake *hs, uint32_t type, const void *msg, size_t len)
{
	hs->asked = 1;
	nasked++;
	to_parent(type, msg, len);
}

static void
question_free(struct question *q)
{
	q->owner->hs->question = NULL;
	TAILQ_REMOVE(queue_of(q->type), q, entry);
	freezero(q, sizeof(*q) + q->len);
}

static void
question_keep(struct session *s, uint32_t type, const void *msg, size_t len)
{
	struct question	*q;

	if ((q = malloc(sizeof(*q) + len)) == NULL)
		fatal("malloc");
	q->owner = s;
	q->type = type;
	q->len = len;
	memcpy(q->msg, msg, len);
	TAILQ_INSERT_TAIL(queue_of(type), q, entry);
	s->hs->question = q;
}

/*
 * Asks the parent now, or when others have their answers.  The len bytes of
 * msg are copied; a handshake has one question at a time.
 */
void
question_ask(struct session *s, uint32_t type, const void *msg, size_t len)
{
	if (nasked < ASKED_MAX / verify_of)
		question_send(s->hs, type, msg, len);
	else
		question_keep(s, type, msg, len);
}

/* The handshake has its answer, or needs none any more. */
void
question_over(struct handshake *hs)
{
	struct question	*q;

	if (hs->question != NULL)
		question_free(hs->question);
	if (!hs->asked)
		return;
	hs->asked = 0;
	nasked--;
	if ((q = TAILQ_FIRST(&lookups)) == NULL &&
	    (q = TAILQ_FIRST(&signs)) == NULL)
		return;
	question_send(q->owner->hs, q->type, q->msg, q->len);
	question_free(q);
}
