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


#include <ctype.h>
#include <limits.h>

#include "reason.h"
#include "testutil.h"

/* Highest number a reason may have: it travels in one byte. */
#define TOP	255

static int
is_known(unsigned int n)
{
	return strcmp("unknown", reason_name(n)) != 0;
}

/* Released names and numbers never change; these are among them. */
ATF_TC_WITHOUT_HEAD(stable);
ATF_TC_BODY(stable, tc)
{
	static const struct {
		unsigned int	 number;
		const char	*name;
	} fixed[] = {
		{ 0, "none" }, { 1, "done" }, { 2, "lost" },
		{ 3, "shutdown" }, { 4, "timeout" }, { 5, "lifetime" },
		{ 6, "replaced" }, { 7, "revoked" }, { 8, "killed" },
		{ 9, "disabled" },
		{ 16, "version" }, { 17, "type" }, { 18, "length" },
		{ 19, "profile" }, { 20, "hello" }, { 21, "agreement" },
		{ 22, "handshake-mac" }, { 23, "init" },
		{ 24, "unknown-device" }, { 25, "revoked-device" },
		{ 26, "wrong-kind" }, { 27, "bad-proof" },
		{ 28, "half-open" }, { 29, "source-limit" }, { 30, "busy" },
		{ 31, "slow-reader" }, { 32, "tls" }, { 33, "expired" },
		{ 34, "audience" }, { 35, "issuer" }, { 36, "shared-key" },
		{ 37, "ticket" }, { 38, "disabled-device" },
		{ 40, "record-mac" }, { 41, "replay" },
		{ 42, "stream" }, { 43, "bad-seal" },
		{ 44, "seal-content" }, { 45, "seal-limit" },
		{ 46, "unsealed" }, { 47, "reading" }, { 48, "json" },
		{ 49, "id-jump" }, { 50, "anomaly" }, { 51, "sequence" },
		{ 52, "padding" }, { 53, "round" }, { 54, "opcode" },
		{ 55, "direction" }, { 56, "client" }, { 57, "stale" },
		{ 58, "field" }, { 59, "role" }, { 60, "internal" },
		{ 61, "idle" }, { 62, "streams" }, { 63, "compression" },
		{ 64, "desync" }, { 65, "rekey" }, { 66, "rotate" },
		{ 67, "old-key" },
		{ 68, "key-taken" }
	};
	unsigned int	 i, n, known = 0;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		ATF_REQUIRE_STREQ(fixed[i].name,
		    reason_name(fixed[i].number));
		ATF_REQUIRE_EQ((int)fixed[i].number,
		    reason_byname(fixed[i].name));
	}
	for (n = 0; n <= TOP; n++)
		known += is_known(n);
	ATF_REQUIRE_EQ(i, known);
}

/* Names are for scripts: lower case and hyphens; texts are one sentence. */
ATF_TC_WITHOUT_HEAD(form);
ATF_TC_BODY(form, tc)
{
	const char	*name, *text;
	unsigned int	 n;

	for (n = 0; n <= TOP; n++) {
		if (!is_known(n))
			continue;
		name = reason_name(n);
		text = reason_text(n);
		ATF_REQUIRE_EQ(strlen(name),
		    strspn(name, "abcdefghijklmnopqrstuvwxyz-"));
		ATF_REQUIRE(isupper((unsigned char)text[0]));
		ATF_REQUIRE(strchr(text, '.') == text + strlen(text) - 1);
		ATF_REQUIRE(strcmp(text, reason_text(TOP)) != 0);
	}
}

/* A newer peer may send what this side has never heard of. */
ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	ATF_REQUIRE_STREQ("unknown", reason_name(15));
	ATF_REQUIRE_STREQ("unknown", reason_name(UINT_MAX));
	ATF_REQUIRE(strstr(reason_text(UINT_MAX), "does not know") != NULL);
	ATF_REQUIRE_EQ(-1, reason_byname("unknown"));
	ATF_REQUIRE_EQ(-1, reason_byname(""));
	ATF_REQUIRE_EQ(-1, reason_byname("REPLAY"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stable);
	ATF_TP_ADD_TC(tp, form);
	ATF_TP_ADD_TC(tp, unknown);
	return atf_no_error();
}
