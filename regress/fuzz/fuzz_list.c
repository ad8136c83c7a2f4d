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
 * Lists of devices in each form: what is taken is whole, what is refused is
 * told in printable text and in its order, and what is written again as CSV or
 * JSON lines is the same list.
 *
 * Input: the form, or which it looks like; then the list.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asmpctl.h"
#include "fuzz.h"

static void
check_errors(const struct import *im)
{
	const struct import_error	*e;
	const char			*p;
	size_t				 i;

	MUST(im->errors.kept > 0 && im->errors.kept <= im->errors.n);
	MUST(im->errors.kept == im->errors.n || im->errors.kept ==
	    LIST_ERRORS);
	for (i = 0; i < im->errors.kept; i++) {
		e = &im->errors.e[i];
		MUST(i == 0 || e->place >= e[-1].place);
		MUST(e->text[0] != '\0');
		for (p = e->where; *p != '\0'; p++)
			MUST(*p >= ' ' && *p <= '~');
		for (p = e->text; *p != '\0'; p++)
			MUST(*p >= ' ' && *p <= '~');
	}
}

/* What asmpd would say of a device that was enrolled so. */
static int
as_device(struct ctl_device *d, const struct import *im, size_t i)
{
	struct ctl_newdevice	 new;

	import_get(im, i, &new);
	memset(d, 0, sizeof(*d));
	d->number = (uint32_t)i + 1;
	d->state = CTL_DEVICE_ACTIVE;
	d->kind = new.e.kind;
	d->alg = new.e.alg;
	d->profiles = new.e.profiles == 0 ? profile_mask(new.e.kind) :
	    new.e.profiles;
	strlcpy(d->id, new.e.id, sizeof(d->id));
	strlcpy(d->role, new.e.role[0] == '\0' ? "device" : new.e.role,
	    sizeof(d->role));
	if (d->kind == ASMP_KIND_PSK)
		return -1;		/* it leaves no gateway */
	d->keylen = new.e.keylen;
	memcpy(d->key, new.e.key, d->keylen);
	return 0;
}

/* The devices of a list as CSV or JSON lines; their number. */
static size_t
write_list(const struct import *im, enum form form, char **text, size_t *len)
{
	struct ctl_device	 d;
	size_t			 i, n = 0;
	FILE			*fp;

	MUST((fp = open_memstream(text, len)) != NULL);
	if (form == FORM_CSV)
		csv_names(fp);
	for (i = 0; i < im->n; i++) {
		if (as_device(&d, im, i) == -1)
			continue;
		n++;
		if (form == FORM_CSV)
			csv_device(fp, &d);
		else
			jsonl_device(fp, &d);
	}
	MUST(fclose(fp) == 0);
	return n;
}

static void
same(const struct import *im, const struct import *again)
{
	struct ctl_device	 a, b;
	size_t			 i, j = 0;

	for (i = 0; i < im->n; i++) {
		if (as_device(&a, im, i) == -1)
			continue;
		MUST(as_device(&b, again, j) == 0);
		a.number = b.number;
		MUST(memcmp(&a, &b, sizeof(a)) == 0);
		j++;
	}
	MUST(j == again->n);
}

static void
check_list(const struct import *im, enum form form)
{
	struct ctl_newdevice	 new;
	struct import		 again;
	char			*text, line[ENROLMENT_TEXTMAX];
	size_t			 i, n, len;

	for (i = 0; i < im->n; i++) {
		import_get(im, i, &new);
		MUST(enrolment_totext(line, sizeof(line), &new.e) == 0);
	}
	n = write_list(im, form, &text, &len);
	if (n > 0) {
		MUST(import_parse(&again, FORM_ANY, text, len) == 0);
		same(im, &again);
		import_free(&again);
	}
	free(text);
}

int
fuzz_list(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	struct import	 im;
	enum form	 form = in_u8(&in) % FORM_N;
	size_t		 len = in.left;
	char		*text = in_text(&in);

	if (import_parse(&im, form, text, len) == 0) {
		MUST(im.n > 0 && im.errors.n == 0);
		check_list(&im, FORM_CSV);
		check_list(&im, FORM_JSONL);
	} else
		check_errors(&im);
	import_free(&im);
	free(text);
	return 0;
}
