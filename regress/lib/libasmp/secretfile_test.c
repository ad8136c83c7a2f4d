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


#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "stack.h"
#include "testutil.h"

#define B64_32		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SEAL		"asmp-seal-1 " B64_32
#define ISSUER		"asmp-issuer-1 BwABAgMEBQYHCAkKCwwN" \
			"Dg8QERITFBUWFxgZGhscHR4f"
#define SHARED		"asmp-shared-1 /wABAgMEBQYHCAkKCwwN" \
			"Dg8QERITFBUWFxgZGhscHR4f"
#define PSK16		"asmp-psk-1 AAECAwQFBgcICQoLDA0ODw=="
#define PSK32		"asmp-psk-1 " B64_32
#define KEM		"asmp-kem-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk" \
			"aGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
/* token_body and tag of vectors/protocol.txt */
#define TOKEN \
	"asmp-token-1 AQECAAAAAGkkgQAAAAAAaS2owPDx8vP09fb3+Pn6+/z9/v8QR0FU" \
	"RVdBWV9DTElOSUNfQQxrZW1hbC1jbGllbnQFkvfE9yAQ02tXkbnkluT0GQ8C3rAfUm" \
	"QBZ331U1Pyqg=="

static const struct sample {
	enum secret_kind	 kind;
	const char		*line;
	const char		*name;
	uint8_t			 number;
	size_t			 len;
} samples[] = {
	{ SECRET_SEAL, SEAL, "a sealing secret", 0, 32 },
	{ SECRET_ISSUER, ISSUER, "an issuer key", 7, 32 },
	{ SECRET_PSK, PSK16, "a pre-shared key", 0, 16 },
	{ SECRET_PSK, PSK32, "a pre-shared key", 0, 32 },
	{ SECRET_SHARED, SHARED, "a shared key", 255, 32 },
	{ SECRET_KEM, KEM, "an ML-KEM key", 0, 64 },
	{ SECRET_TOKEN, TOKEN, "a token", 0, 32 }
};

#define NSAMPLES	(sizeof(samples) / sizeof(samples[0]))

static void
refuse(const char *want, enum secret_kind kind, const char *text, size_t len)
{
	static const struct secret	 nothing;
	struct secret			 s;
	char				 why[SECRET_WHYMAX];

	memset(&s, 0xa5, sizeof(s));
	ATF_REQUIRE_EQ(-1, secret_fromtext(&s, kind, text, len, why));
	ATF_REQUIRE_STREQ(want, why);
	ATF_REQUIRE(memcmp(&s, &nothing, sizeof(s)) == 0);
}

static void
take(struct secret *s, enum secret_kind kind, const char *text)
{
	char	 why[SECRET_WHYMAX] = "";

	ATF_REQUIRE_EQ_MSG(0, secret_fromtext(s, kind, text, strlen(text),
	    why), "%s: %s", text, why);
}

/* Writes what has to be a file; a mode below says who may read it. */
static void
spill(const char *path, mode_t mode, const char *text, size_t len)
{
	int	 fd;

	(void)unlink(path);
	ATF_REQUIRE((fd = keyfile_create(path, mode)) != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, text, len));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(every_kind);
ATF_TC_BODY(every_kind, tc)
{
	const struct sample	*p;
	struct secret		 s;
	char			 text[SECRET_TEXTMAX], lf[SECRET_TEXTMAX];

	for (p = samples; p < samples + NSAMPLES; p++) {
		ATF_REQUIRE_STREQ(p->name, secret_name(p->kind));
		take(&s, p->kind, p->line);
		ATF_REQUIRE_EQ(p->kind, s.kind);
		ATF_REQUIRE_EQ(p->number, s.number);
		ATF_REQUIRE_EQ(p->len, s.len);
		if (p->kind != SECRET_TOKEN)
			REQUIRE_HEX("000102030405060708090a0b0c0d0e0f", s.key,
			    16);
		ATF_REQUIRE_EQ(0, secret_totext(text, sizeof(text), &s));
		ATF_REQUIRE_STREQ(p->line, text);
		/* With the line's end, and of a kind that is not known yet. */
		snprintf(lf, sizeof(lf), "%s\n", p->line);
		take(&s, 0, lf);
		ATF_REQUIRE_EQ(p->kind, s.kind);
	}
	ATF_REQUIRE_STREQ("a secret", secret_name(0));
	ATF_REQUIRE_STREQ("a secret", secret_name(SECRET_TOKEN + 1));
}

ATF_TC_WITHOUT_HEAD(token);
ATF_TC_BODY(token, tc)
{
	struct secret	 s;

	take(&s, SECRET_TOKEN, TOKEN);
	ATF_REQUIRE_EQ(1, s.token.key);
	ATF_REQUIRE_EQ(2, s.token.role);
	ATF_REQUIRE_STREQ("GATEWAY_CLINIC_A", s.token.audience);
	ATF_REQUIRE_STREQ("kemal-client", s.token.client);
	REQUIRE_HEX("0592f7c4f72010d36b5791b9e496e4f4190f02deb01f526401677df5"
	    "5353f2aa", s.key, 32);
}

/* Whoever mixes up two files is told which. */
ATF_TC_WITHOUT_HEAD(no_kind_is_another);
ATF_TC_BODY(no_kind_is_another, tc)
{
	char	 want[SECRET_WHYMAX];
	size_t	 i, j;

	for (i = 0; i < NSAMPLES; i++)
		for (j = 0; j < NSAMPLES; j++) {
			if (samples[i].kind == samples[j].kind)
				continue;
			snprintf(want, sizeof(want), "is %s, not %s",
			    samples[i].name, samples[j].name);
			refuse(want, samples[j].kind, samples[i].line,
			    strlen(samples[i].line));
		}
}

ATF_TC_WITHOUT_HEAD(no_secret_at_all);
ATF_TC_BODY(no_secret_at_all, tc)
{
	static const char	 pem[] = "-----BEGIN PRIVATE KEY-----\n";
	static const char	 newer[] = "asmp-psk-2 " B64_32 "\n";

	refuse("is a key in PEM format, not an issuer key", SECRET_ISSUER,
	    pem, strlen(pem));
	refuse("is not an issuer key made by asmp-keygen", SECRET_ISSUER, "",
	    0);
	refuse("is not a pre-shared key made by asmp-keygen", SECRET_PSK,
	    newer, strlen(newer));
	refuse("is not a secret made by asmp-keygen", 0, "hello\n", 6);
}

/* Each prefix of each file, and a character too many. */
ATF_TC_WITHOUT_HEAD(cut_short);
ATF_TC_BODY(cut_short, tc)
{
	const struct sample	*p;
	char			 want[SECRET_WHYMAX], text[SECRET_TEXTMAX];
	size_t			 len, magic;

	for (p = samples; p < samples + NSAMPLES; p++) {
		snprintf(want, sizeof(want), "is %s, but damaged or cut short",
		    p->name);
		magic = strcspn(p->line, " ") + 1;
		for (len = magic; len < strlen(p->line); len++)
			refuse(want, p->kind, p->line, len);
		snprintf(text, sizeof(text), "%sA", p->line);
		refuse(want, p->kind, text, strlen(text));
		snprintf(text, sizeof(text), "%s\r\n", p->line);
		refuse(want, p->kind, text, strlen(text));
		snprintf(text, sizeof(text), "%s", p->line);
		text[magic + 4] = '\0';
		refuse(want, p->kind, text, strlen(p->line));
		snprintf(text, sizeof(text), "%s", p->line);
		refuse(want, p->kind, text, strlen(text) + 1);
		snprintf(want, sizeof(want), "is %s with more lines after it: "
		    "keep one secret in a file", p->name);
		snprintf(text, sizeof(text), "%s\n\n", p->line);
		refuse(want, p->kind, text, strlen(text));
	}
}

/* Whole base64 of a wrong number of bytes, and a number that is none. */
ATF_TC_WITHOUT_HEAD(wrong_sizes);
ATF_TC_BODY(wrong_sizes, tc)
{
	static const struct {
		enum secret_kind	 kind;
		const char		*line;
	} bad[] = {
		{ SECRET_SEAL, "asmp-seal-1 AAECAwQFBgcICQoLDA0ODw==" },
		{ SECRET_SEAL, "asmp-seal-1 " B64_32 "AAAA" },
		{ SECRET_ISSUER, "asmp-issuer-1 " B64_32 },
		{ SECRET_ISSUER, "asmp-issuer-1 AAABAgMEBQYHCAkKCwwNDg8QERITFBU"
		    "WFxgZGhscHR4f" },
		{ SECRET_SHARED, "asmp-shared-1 AAABAgMEBQYHCAkKCwwNDg8QERITFBU"
		    "WFxgZGhscHR4f" },
		{ SECRET_SHARED, "asmp-shared-1 " },
		{ SECRET_PSK, "asmp-psk-1 AAECAwQFBgcICQoLDA0O" },
		{ SECRET_PSK, "asmp-psk-1 AAECAwQFBgcICQoLDA0ODxA=" },
		{ SECRET_KEM, "asmp-kem-1 " B64_32 }
	};
	char	 want[SECRET_WHYMAX];
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(want, sizeof(want), "is %s, but damaged or cut short",
		    secret_name(bad[i].kind));
		refuse(want, bad[i].kind, bad[i].line, strlen(bad[i].line));
	}
}

ATF_TC_WITHOUT_HEAD(nothing_half_written);
ATF_TC_BODY(nothing_half_written, tc)
{
	static const char	 none[SECRET_TEXTMAX];
	struct secret		 s;
	char			 text[SECRET_TEXTMAX];
	size_t			 i;

	for (i = 0; i < NSAMPLES; i++) {
		take(&s, samples[i].kind, samples[i].line);
		memset(text, 0, sizeof(text));
		REQUIRE_ERRNO(ENOSPC, secret_totext(text,
		    strlen(samples[i].line), &s));
		ATF_REQUIRE(memcmp(none, text, sizeof(text)) == 0);
		ATF_REQUIRE_EQ(0, secret_totext(text,
		    strlen(samples[i].line) + 1, &s));
		s.number = s.number == 0;
		REQUIRE_ERRNO(EINVAL, secret_totext(text, sizeof(text), &s));
		s.number = samples[i].number;
		s.len--;
		REQUIRE_ERRNO(EINVAL, secret_totext(text, sizeof(text), &s));
		s.len++;
		s.kind = SECRET_TOKEN + 1;
		REQUIRE_ERRNO(EINVAL, secret_totext(text, sizeof(text), &s));
		s.kind = 0;
		REQUIRE_ERRNO(EINVAL, secret_totext(text, sizeof(text), &s));
	}
}

/* M-36, Z-17: what is written is read again, and is its owner's alone. */
ATF_TC_WITHOUT_HEAD(files);
ATF_TC_BODY(files, tc)
{
	struct secret	 s, back;
	struct stat	 st;
	char		 why[SECRET_WHYMAX];
	size_t		 i;
	int		 fd;

	for (i = 0; i < NSAMPLES; i++) {
		take(&s, samples[i].kind, samples[i].line);
		(void)unlink("file");
		ATF_REQUIRE((fd = keyfile_create("file", 0600)) != -1);
		ATF_REQUIRE_EQ(0, secretfile_write(fd, &s));
		ATF_REQUIRE_EQ(0, fstat(fd, &st));
		close(fd);
		ATF_REQUIRE_EQ((off_t)strlen(samples[i].line) + 1, st.st_size);
		ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
		ATF_REQUIRE_EQ(0, secretfile_read(&back, samples[i].kind,
		    "file", why));
		ATF_REQUIRE(memcmp(&s, &back, sizeof(s)) == 0);
	}
	ATF_REQUIRE((fd = open("/dev/full", O_WRONLY)) != -1);
	REQUIRE_ERRNO(ENOSPC, secretfile_write(fd, &s));
	s.kind = 0;
	REQUIRE_ERRNO(EINVAL, secretfile_write(fd, &s));
	close(fd);
}

static void
refuse_file(const char *want, const char *path)
{
	static const struct secret	 nothing;
	struct secret			 s;
	char				 why[SECRET_WHYMAX];

	memset(&s, 0xa5, sizeof(s));
	ATF_REQUIRE_EQ(-1, secretfile_read(&s, SECRET_PSK, path, why));
	ATF_REQUIRE_STREQ(want, why);
	ATF_REQUIRE(memcmp(&s, &nothing, sizeof(s)) == 0);
}

ATF_TC_WITHOUT_HEAD(files_that_are_not_read);
ATF_TC_BODY(files_that_are_not_read, tc)
{
	static char	 big[KEYFILE_MAX] = PSK16 "\n";
	struct secret	 s;
	char		 why[SECRET_WHYMAX];

	umask(0);
	spill("open", 0604, PSK16 "\n", sizeof(PSK16));
	refuse_file("must not be accessible by others (chmod 600)", "open");
	ATF_REQUIRE_EQ(0, chmod("open", 0600));
	ATF_REQUIRE_EQ(0, secretfile_read(&s, SECRET_PSK, "open", why));
	ATF_REQUIRE_EQ(0, symlink("open", "link"));
	refuse_file("must not be a symbolic link", "link");
	refuse_file("must be a regular file", ".");
	refuse_file("No such file or directory", "none");
	spill("big", 0600, big, sizeof(big));
	refuse_file("too long for a key", "big");
	spill("seal", 0600, SEAL "\n", sizeof(SEAL));
	refuse_file("is a sealing secret, not a pre-shared key", "seal");
}

/* What the runs below work on, since they take no argument. */
static struct {
	struct secret	 s;
	char		 text[SECRET_TEXTMAX];
	char		 why[SECRET_WHYMAX];
	int		 fd;
} at;

static void
run_fromtext(void)
{
	if (secret_fromtext(&at.s, 0, at.text, strlen(at.text), at.why) == -1)
		abort();
}

static void
run_totext(void)
{
	if (secret_totext(at.text, sizeof(at.text), &at.s) == -1)
		abort();
}

static void
run_write(void)
{
	if (ftruncate(at.fd, 0) == -1 || lseek(at.fd, 0, SEEK_SET) == -1 ||
	    secretfile_write(at.fd, &at.s) == -1)
		abort();
}

static void
run_read(void)
{
	if (secretfile_read(&at.s, 0, "file", at.why) == -1)
		abort();
}

static void
run_careless(void)
{
	volatile uint8_t	 copy[SECRET_MAX];
	size_t			 i;

	for (i = 0; i < sizeof(copy); i++)
		copy[i] = at.s.key[i];
}

/* The first run is the dynamic linker's, which saves registers as it goes. */
ATF_TC_WITHOUT_HEAD(secrets_leave_the_stack);
ATF_TC_BODY(secrets_leave_the_stack, tc)
{
	void	 (*runs[])(void) = {
		run_fromtext, run_totext, run_write, run_read
	};
	uint8_t	*stack;
	size_t	 i, j, magic;

	ATF_REQUIRE((at.fd = keyfile_create("file", 0600)) != -1);
	take(&at.s, SECRET_KEM, KEM);
	stack = run_on_stack(run_careless);
	ATF_REQUIRE_EQ(SECRET_MAX / CHUNK, chunks_of(stack, at.s.key,
	    sizeof(at.s.key)));
	free(stack);
	for (i = 0; i < NSAMPLES; i++) {
		strlcpy(at.text, samples[i].line, sizeof(at.text));
		magic = strcspn(at.text, " ") + 1;
		for (j = 0; j < sizeof(runs) / sizeof(runs[0]); j++) {
			runs[j]();
			stack = run_on_stack(runs[j]);
			require_wiped(stack, samples[i].name, at.s.key,
			    at.s.len);
			require_wiped(stack, samples[i].name, at.text + magic,
			    strlen(at.text + magic));
			free(stack);
		}
	}
	close(at.fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_kind);
	ATF_TP_ADD_TC(tp, token);
	ATF_TP_ADD_TC(tp, no_kind_is_another);
	ATF_TP_ADD_TC(tp, no_secret_at_all);
	ATF_TP_ADD_TC(tp, cut_short);
	ATF_TP_ADD_TC(tp, wrong_sizes);
	ATF_TP_ADD_TC(tp, nothing_half_written);
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, files_that_are_not_read);
	ATF_TP_ADD_TC(tp, secrets_leave_the_stack);
	return atf_no_error();
}
