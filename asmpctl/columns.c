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
 * What the columns of a CSV file and the members of a JSON line say of a
 * device: one table, of which both forms are made, in and out.
 */

#include <string.h>

#include "asmpctl.h"

static const char *
take_id(struct enrolment *e, const char *text)
{
	if (!id_valid(text))
		return "not a device id: 1 to 64 of letters, digits and "
		    "._:@-, the first neither . nor -";
	strlcpy(e->id, text, sizeof(e->id));
	return NULL;
}

static const char *
take_kind(struct enrolment *e, const char *text)
{
	int	 kind;

	if (text[0] == '\0')
		return NULL;		/* the key tells */
	if ((kind = kind_byname(text)) != ASMP_KIND_SIGNATURE &&
	    kind != ASMP_KIND_PSK && kind != ASMP_KIND_TOKEN &&
	    kind != ASMP_KIND_KEM)
		return "not a kind: signature, psk, token or kem";
	e->kind = (uint8_t)kind;
	return NULL;
}

/* A key of the kind that was said, if one was. */
static const char *
take_key(struct enrolment *e, const char *text)
{
	const char		*why;
	struct enrolment	 with;

	if (text[0] == '\0' && e->kind == ASMP_KIND_TOKEN)
		return NULL;
	if (text[0] == '\0')
		return "no key";
	if (strncmp(text, "-----", 5) == 0)
		why = device_frompem(&with, e->id, text, strlen(text));
	else if (text[strcspn(text, " \t")] != '\0')
		return "a blank within the key";
	else
		why = device_fromtext(&with, e->id, text);
	if (why == NULL && e->kind != 0 && e->kind != with.kind)
		why = "the key is not of the kind that it should be";
	if (why == NULL)
		*e = with;
	explicit_bzero(&with, sizeof(with));
	return why;
}

static const char *
take_profiles(struct enrolment *e, const char *text)
{
	return text[0] == '\0' ? NULL : enrolment_setprofiles(e, text);
}

static const char *
take_role(struct enrolment *e, const char *text)
{
	return text[0] == '\0' ? NULL : enrolment_setrole(e, text);
}

static const char *
take_expires(struct enrolment *e, const char *text)
{
	return text[0] == '\0' ? NULL : enrolment_setexpires(e, text);
}

static void
give_id(const struct ctl_device *d, char *buf)
{
	strlcpy(buf, d->id, COLUMN_MAX);
}

static void
give_kind(const struct ctl_device *d, char *buf)
{
	strlcpy(buf, kind_name(d->kind), COLUMN_MAX);
}

/* The key as it stands on a device's line. */
static void
give_key(const struct ctl_device *d, char *buf)
{
	struct enrolment	 e;

	device_enrolment(&e, d);
	if (d->kind == ASMP_KIND_TOKEN ||
	    device_totext(buf, COLUMN_MAX, &e) == -1)
		buf[0] = '\0';
}

static void
give_profiles(const struct ctl_device *d, char *buf)
{
	buf[0] = '\0';
	if (d->profiles != 0)
		(void)fmt_profiles(d->profiles, buf);
}

static void
give_role(const struct ctl_device *d, char *buf)
{
	strlcpy(buf, d->role, COLUMN_MAX);
}

static void
give_expires(const struct ctl_device *d, char *buf)
{
	buf[0] = '\0';
	if (d->expires != 0)
		(void)fmt_time(d->expires, buf);
}

/* In the order in which they are taken: the key goes by id and kind. */
const struct column	 columns[NCOLUMNS] = {
	[COLUMN_ID] = { "id", 0, take_id, give_id },
	[COLUMN_KIND] = { "kind", 0, take_kind, give_kind },
	[COLUMN_KEY] = { "key", 0, take_key, give_key },
	[COLUMN_PROFILES] = { "profiles", 1, take_profiles, give_profiles },
	[COLUMN_ROLE] = { "role", 0, take_role, give_role },
	[COLUMN_EXPIRES] = { "expires", 0, take_expires, give_expires }
};

/* The column of this name, len bytes, or NCOLUMNS. */
size_t
column_byname(const char *name, size_t len)
{
	size_t	 i;

	for (i = 0; i < NCOLUMNS; i++)
		if (strlen(columns[i].name) == len &&
		    memcmp(columns[i].name, name, len) == 0)
			break;
	return i;
}

/* All their names, as messages list them. */
const char *
column_names(void)
{
	static char	 names[128];
	size_t		 i;

	names[0] = '\0';
	for (i = 0; i < NCOLUMNS; i++) {
		if (i > 0)
			strlcat(names, i == NCOLUMNS - 1 ? " or " : ", ",
			    sizeof(names));
		strlcat(names, columns[i].name, sizeof(names));
	}
	return names;
}

/*
 * A device from the text of each column, NULL or empty for none.  NULL, or
 * what is wrong with it.  The caller wipes e.
 */
const char *
columns_take(struct enrolment *e, const char *const *value)
{
	const char	*why = NULL;
	size_t		 i;

	memset(e, 0, sizeof(*e));
	for (i = 0; i < NCOLUMNS && why == NULL; i++)
		why = columns[i].take(e, value[i] == NULL ? "" : value[i]);
	return why;
}
