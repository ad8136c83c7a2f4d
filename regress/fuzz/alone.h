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
 * A child of asmpd's in one process with its fuzzer: it waits for no event,
 * and its parent is what the fuzzer says.  For one file of a program, in front
 * of the child's own.
 */

#ifndef ALONE_H
#define ALONE_H

#include <event.h>

#include "asmpd.h"
#include "log.h"

static void
no_event_set(struct event *ev, int fd, short what,
    void (*call)(int, short, void *), void *arg)
{
	(void)ev;
	(void)fd;
	(void)what;
	(void)call;
	(void)arg;
}

static int
no_event_add(struct event *ev, const struct timeval *tv)
{
	(void)ev;
	(void)tv;
	return 0;
}

static int
no_event_del(struct event *ev)
{
	(void)ev;
	return 0;
}

#define event_set	no_event_set
#define event_add	no_event_add
#define event_del	no_event_del

/* What a child wants of childside.c, besides what each fuzzer looks at. */
void
childside_init(enum ctl_process proc, int debug, int verbose,
    void (*take)(struct imsg *), struct ipc_init *init)
{
	(void)proc;
	(void)debug;
	(void)verbose;
	(void)take;
	memset(init, 0, sizeof(*init));
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
	(void)fd;
	fatalx("no channel comes from the fuzzer");
}

#endif /* ALONE_H */
