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
 * The store.  It keeps what must last: registry rows, readings, blocked
 * readings, models.  It reaches its database's directory and nothing else.
 */

#include <sys/types.h>

#include <event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "asmpd.h"
#include "log.h"
#include "store.h"

#define LOCK_SUFFIX	".lock"

uint64_t		 store_counter[CTL_NCOUNTERS];
const struct engine	*engine = &engine_sqlite;

static struct ipc_conf	 nconf;		/* until it is committed */
static uint32_t		 channels;	/* that are there, one a verifier */

static void	 dispatch(struct imsg *);

/*
 * Two daemons on one database would each enrol and revoke for themselves.
 * SQLite's own locks would shut out those who only look.
 */
static void
database_lock(const struct ipc_init *init)
{
	struct flock	 whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	static int	 fd;		/* for as long as the process lives */
	char		 path[IPC_PATHMAX + sizeof(LOCK_SUFFIX)];

	snprintf(path, sizeof(path), "%s%s", init->file, LOCK_SUFFIX);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		fatal("database %s: its lock cannot be made (its directory "
		    "must belong to the user that asmpd runs as)", init->name);
	if (fcntl(fd, F_SETLK, &whole) == -1)
		fatalx("database %s is in use: is another asmpd running?",
		    init->name);
}

/* Runs the store; does not return. */
void
store_main(int debug, int verbose)
{
	struct ipc_init	 init;

	childside_init(CTL_STORE, debug, verbose, dispatch, &init);
	verifiers_init(init.verifiers);
	childside_ready();
	database_lock(&init);
	if (engine->open(init.file, init.name) == -1)
		fatalx("database %s: %s (its directory must belong to the "
		    "user that asmpd runs as)", init.name, engine->error());
	record_init(init.name);
	readings_init();
	audit_init();
	keep_init();
	while (!childside_over()) {
		if (event_loop(EVLOOP_ONCE | (queries_ready() ?
		    EVLOOP_NONBLOCK : 0)) == -1)
			fatal("event_loop");
		audit_flush();
		if (channels == init.verifiers)
			readings_turn();
		queries_turn();
	}
	engine->close();
	exit(0);
}

static void
recv_channel(struct imsg *imsg)
{
	enum ctl_process	 proc;
	int			 fd;

	proc = childside_channel(imsg, &fd);
	verifier_channel(proc, fd);
	channels++;
}

static void
recv_conf(struct imsg *imsg)
{
	ipc_get(imsg, "parent", &nconf, sizeof(nconf));
}

static void
recv_conf_commit(struct imsg *imsg)
{
	ipc_get(imsg, "parent", NULL, 0);
	readings_conf(&nconf);
	keep_conf(&nconf);
}

static void
recv_conf_end(struct imsg *imsg)
{
	ipc_get(imsg, "parent", NULL, 0);
	childside_conf_done(NULL);
}

static void
recv_rows_get(struct imsg *imsg)
{
	struct ipc_after	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	registry_rows_get(&msg);
}

static void
recv_row_put(struct imsg *imsg)
{
	struct ipc_row	 msg;
	struct ibuf	 buf;
	const uint8_t	*p;
	size_t		 len;

	if (imsg_get_ibuf(imsg, &buf) == -1)
		fatal("imsg_get_ibuf");
	p = ibuf_data(&buf);
	len = ibuf_size(&buf);
	if (ipc_row_get(&msg, &p, &len) == -1 || len != 0)
		ipc_intrusion("parent", "a registry row of a wrong size",
		    IPC_ROW_PUT, imsg_get_len(imsg));
	registry_row_put(&msg);
}

static void
recv_rows_commit(struct imsg *imsg)
{
	struct ipc_job	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	registry_rows_commit(&msg);
}

static void
recv_lease(struct imsg *imsg)
{
	struct ipc_lease	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	lease_grant(&msg);
}

static void
recv_device_stats(struct imsg *imsg)
{
	struct ipc_devstats	 msg;
	struct device_figures	 f;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	if ((msg.failed = engine->figures(msg.device, &f) == -1))
		log_warnx("device number %u: %s", msg.device, engine->error());
	msg.lastid = f.lastid;
	msg.lasttime = f.lasttime;
	msg.accepted = f.accepted;
	msg.blocked = f.blocked;
	to_parent(IPC_DEVICE_STATS_REPLY, &msg, sizeof(msg));
}

static void
recv_log_get(struct imsg *imsg)
{
	struct ipc_log_get	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	audit_get(&msg);
}

static void
recv_log_start(struct imsg *imsg)
{
	struct ipc_log_start	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	audit_start(&msg);
}

static void
recv_audit(struct imsg *imsg)
{
	struct ipc_audit	 msg;
	const void		*text;
	size_t			 len;

	text = ipc_get_with(imsg, "parent", &msg, sizeof(msg), &len);
	audit_take(&msg, text, len);
}

static void
recv_tree_get(struct imsg *imsg)
{
	ipc_get(imsg, "parent", NULL, 0);
	seals_ask();
}

static void
recv_checkpoint(struct imsg *imsg)
{
	struct ipc_checkpoint	 msg;
	const char		*note;
	size_t			 len;

	note = ipc_get_with(imsg, "parent", &msg, sizeof(msg), &len);
	ipc_string("parent", "a checkpoint without end", note, len);
	checkpoint_take(&msg, note);
}

static void
recv_query(struct imsg *imsg)
{
	struct ipc_query	 msg;

	ipc_get(imsg, "parent", &msg, sizeof(msg));
	query_open(&msg, imsg_get_fd(imsg));
}

static void
recv_status(struct imsg *imsg)
{
	store_counter[CS_QUEUED] = verifiers_queued();
	childside_status(imsg, store_counter, CS_NCOUNTERS);
}

static void
dispatch(struct imsg *imsg)
{
	switch (imsg_get_type(imsg)) {
	case IPC_CHANNEL:
		recv_channel(imsg);
		break;
	case IPC_CONF:
		recv_conf(imsg);
		break;
	case IPC_CONF_COMMIT:
		recv_conf_commit(imsg);
		break;
	case IPC_CONF_ABORT:
		ipc_get(imsg, "parent", NULL, 0);
		break;
	case IPC_CONF_END:
		recv_conf_end(imsg);
		break;
	case IPC_ROWS_GET:
		recv_rows_get(imsg);
		break;
	case IPC_ROW_PUT:
		recv_row_put(imsg);
		break;
	case IPC_ROWS_COMMIT:
		recv_rows_commit(imsg);
		break;
	case IPC_LEASE:
		recv_lease(imsg);
		break;
	case IPC_DEVICE_STATS:
		recv_device_stats(imsg);
		break;
	case IPC_LOG_GET:
		recv_log_get(imsg);
		break;
	case IPC_LOG_START:
		recv_log_start(imsg);
		break;
	case IPC_AUDIT:
		recv_audit(imsg);
		break;
	case IPC_TREE_GET:
		recv_tree_get(imsg);
		break;
	case IPC_CHECKPOINT:
		recv_checkpoint(imsg);
		break;
	case IPC_QUERY:
		recv_query(imsg);
		break;
	case IPC_STATUS:
		recv_status(imsg);
		break;
	default:
		fatalx("unknown message %u from the parent",
		    imsg_get_type(imsg));
	}
}
