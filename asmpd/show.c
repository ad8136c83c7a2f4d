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
 * What asmpctl is shown of the registry and of the processes: each of these
 * answers a request of a size that has been checked.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "asmpd.h"

#define LOOK_MAX	65536	/* devices, for one page of few */

/* The store may say that it works and write nothing all the same. */
static void
audit_status(struct ctl_status *st)
{
	uint64_t	 n;

	if ((n = audit_late(&st->troubled)) > 0)
		snprintf(st->trouble, sizeof(st->trouble), "%llu records were "
		    "made and are not written", (unsigned long long)n);
	else
		st->troubled = 0;
}

static void
parent_status(struct ctl_status *st)
{
	status_fill(st, CTL_PARENT);
	st->layers = env->layers;
	st->started = env->started;
	memcpy(st->counter, env->counter, sizeof(st->counter));
	st->counter[CP_DEVICES] = registry_count();
	st->counter[CP_REVOKED] = registry_revoked();
	st->counter[CP_VERIFIERS] = env->conf->limits.verifiers;
	audit_status(st);
}

/* The state of all processes, of which the parent's own comes first. */
void
show_status(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_status	 st;

	(void)data;
	parent_status(&st);
	reply_part(ctl->client, CTL_STATUS, &st, sizeof(st), 0);
	await_all(ctl->client);
}

/*
 * The sessions, a page of them, which one verifier after the other knows:
 * whose turn it is stands in the upper half of the cursor.
 */
void
show_sessions(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_page		 page;
	struct ipc_sessions	 ask;
	uint64_t		 turn;

	memcpy(&page, data, sizeof(page));
	if ((turn = page.cursor >> 32) >= env->conf->limits.verifiers) {
		reply_result(ctl->client, CTL_INVALID, 0, 0, "no such page");
		return;
	}
	memset(&ask, 0, sizeof(ask));
	ask.cursor = page.cursor & UINT32_MAX;
	ask.client = ctl->client;
	await_pages(ctl->client, CTL_VERIFY + turn);
	to_child(CTL_VERIFY + turn, IPC_SESSIONS, &ask, sizeof(ask));
}

/* What stands for a pre-shared key is nobody's business. */
static void
fill_device(struct ctl_device *out, const struct device *d)
{
	const struct conf_role	*role = role_bynumber(env->conf, d->role);

	memset(out, 0, sizeof(*out));
	out->number = d->number;
	out->enrolled = d->enrolled;
	out->changed = d->changed;
	out->state = d->barred ? CTL_DEVICE_DISABLED : d->state;
	out->kind = d->kind;
	out->alg = d->alg;
	out->profiles = d->profiles;
	out->expires = d->life == NULL ? 0 : d->life->expires;
	out->online = d->lease != 0;
	strlcpy(out->id, device_id(d), sizeof(out->id));
	if (role != NULL)
		strlcpy(out->role, role->name, sizeof(out->role));
	if (d->kind == ASMP_KIND_PSK)
		return;
	out->keylen = d->keylen;
	memcpy(out->key, device_keybytes(d), d->keylen);
}

static void
send_device(uint32_t client, const struct ctl_device *d)
{
	reply_part(client, CTL_DEVICE, d, CTL_DEVICE_LEN(d), 0);
}

/* The device that a page begins with, as it is asked for, or NULL. */
static struct device *
page_first(struct ctl_page *page, const void *data)
{
	memcpy(page, data, sizeof(*page));
	return page->cursor >= UINT32_MAX ? NULL :
	    registry_next((uint32_t)page->cursor);
}

/* There is another page if it begins with a device. */
static void
page_end(uint32_t client, const struct ctl_page *page, const struct device *d)
{
	if (d != NULL)
		reply_part(client, CTL_MORE, page, sizeof(*page), 1);
	else
		reply_result(client, CTL_OK, 0, 0, "%s", "");
}

/* The devices, a page of them, by number. */
void
show_devices(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_page		 page;
	struct ctl_device	 out;
	struct device		*d;
	int			 n;

	d = page_first(&page, data);
	for (n = 0; n < CTL_PAGE && d != NULL; n++) {
		fill_device(&out, d);
		send_device(ctl->client, &out);
		page.cursor = d->number;
		d = registry_next(d->number);
	}
	page_end(ctl->client, &page, d);
}

/* One device; the store has a part of what is known about it. */
void
show_device(const struct ipc_ctl *ctl, const void *data)
{
	struct ipc_devstats	 ask;
	struct device		*d;
	const char		*id;

	if ((id = reply_name(ctl, data)) == NULL)
		return;
	if ((d = registry_byid(id)) == NULL) {
		reply_result(ctl->client, CTL_NOTFOUND, 0, 0,
		    "no such device");
		return;
	}
	memset(&ask, 0, sizeof(ask));
	ask.client = ctl->client;
	ask.device = d->number;
	await_one(ctl->client, CTL_STORE);
	to_child(CTL_STORE, IPC_DEVICE_STATS, &ask, sizeof(ask));
}

/*
 * The store's part of what is known about a device; the store, too, answers
 * nobody who did not ask.
 */
void
show_devstats(const struct ipc_devstats *stats)
{
	struct device		*d = registry_bynumber(stats->device);
	struct ctl_device	 out;

	if (d == NULL)
		ipc_intrusion("store", "figures of no device",
		    IPC_DEVICE_STATS_REPLY, stats->device);
	if (!await_over(stats->client, CTL_STORE))
		return;
	if (stats->failed) {
		reply_result(stats->client, CTL_FAILED, 0, 0,
		    "the database cannot be read; the log says why");
		return;
	}
	fill_device(&out, d);
	out.lastid = stats->lastid;
	out.lasttime = stats->lasttime;
	out.accepted = stats->accepted;
	out.blocked = stats->blocked;
	send_device(stats->client, &out);
	reply_result(stats->client, CTL_OK, 0, 0, "%s", "");
}

static void
fill_rotation(struct ctl_rotation *out, const struct device *d)
{
	const struct life	*l = d->life;
	struct ident_pub	 pub;

	memset(out, 0, sizeof(*out));
	out->number = d->number;
	out->kind = d->kind;
	out->rotated = l->rotated;
	out->until = l->until;
	out->used = l->used;
	out->oldused = l->oldused;
	if (lease_held(d) && d->lease != 0)
		out->session = lease_serial(d) == device_serial(d) ?
		    CTL_KEY_NEW : CTL_KEY_OLD;
	strlcpy(out->id, device_id(d), sizeof(out->id));
	if (d->kind != ASMP_KIND_SIGNATURE)
		return;
	device_pub(d, &pub);
	ident_fingerprint(&pub, out->key, sizeof(out->key));
	if (device_oldpub(d, &pub) == 0)
		ident_fingerprint(&pub, out->oldkey, sizeof(out->oldkey));
}

/* Few devices have two keys: a page is one of devices that were looked at. */
void
show_rotations(const struct ipc_ctl *ctl, const void *data)
{
	struct ctl_page		 page;
	struct ctl_rotation	 out;
	struct device		*d;
	int			 n, looked = 0;

	d = page_first(&page, data);
	for (n = 0; n < CTL_PAGE && looked < LOOK_MAX && d != NULL; looked++) {
		if (d->life != NULL && d->life->old != NULL) {
			fill_rotation(&out, d);
			reply_part(ctl->client, CTL_ROTATION, &out,
			    sizeof(out), 0);
			n++;
		}
		page.cursor = d->number;
		d = registry_next(d->number);
	}
	page_end(ctl->client, &page, d);
}
