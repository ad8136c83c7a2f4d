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

#include <openssl/evp.h>

#include <fcntl.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "testutil.h"

#define PASS	"correct horse"

static const char *const genpkey[] = {
	[IDENT_ED25519] = "-algorithm ED25519",
	[IDENT_P256] = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
	[IDENT_P384] = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"
};

static int
give_pass(char *buf, int size, int rw, void *arg)
{
	const char	*pass = arg;
	int		 len = (int)strlen(pass);

	(void)rw;
	ATF_REQUIRE(len <= size);
	memcpy(buf, pass, (size_t)len);
	return len;
}

/* Run a shell command made of pieces; it must succeed. */
static void
run(const char *fmt, const char *a, const char *b)
{
	char	 cmd[512];
	int	 n;

	n = snprintf(cmd, sizeof(cmd), fmt, a, b);
	ATF_REQUIRE(n > 0 && (size_t)n < sizeof(cmd));
	ATF_REQUIRE_MSG(system(cmd) == 0, "%s", cmd);
}

static size_t
slurp(const char *path, char *buf, size_t size)
{
	FILE	*f = fopen(path, "r");
	size_t	 n;

	ATF_REQUIRE(f != NULL);
	n = fread(buf, 1, size, f);
	ATF_REQUIRE(n < size);
	fclose(f);
	return n;
}

static void
spill(const char *path, const char *buf, size_t len)
{
	FILE	*f = fopen(path, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(len, fwrite(buf, 1, len, f));
	ATF_REQUIRE_EQ(0, fclose(f));
}

static struct ident *
read_key(const char *path, const char *pass)
{
	struct ident	*id;
	char		 buf[64] = "";
	int		 fd = open(path, O_RDONLY);

	ATF_REQUIRE(fd != -1);
	if (pass != NULL)
		strlcpy(buf, pass, sizeof(buf));
	errno = 0;
	id = keyfile_read(fd, pass == NULL ? NULL : give_pass, buf);
	close(fd);
	return id;
}

static void
refuse(const char *path, const char *pass, int error)
{
	ATF_REQUIRE(read_key(path, pass) == NULL);
	ATF_REQUIRE_EQ_MSG(error, errno, "want %d, errno is %d (%s)", error,
	    errno, strerror(errno));
}

static void
write_key(const char *path, const struct ident *id, const char *pass)
{
	int	 fd;

	(void)unlink(path);
	ATF_REQUIRE((fd = keyfile_create(path, 0600)) != -1);
	ATF_REQUIRE_EQ(0, keyfile_write(fd, id, pass));
	close(fd);
}

static void
require_same(const struct ident *a, const struct ident *b)
{
	struct part	 p = { "message", 7 };
	uint8_t		 sig[ASMP_SIGMAX];
	size_t		 len;

	ATF_REQUIRE(a != NULL && b != NULL);
	len = ident_siglen(ident_public(a)->alg);
	ATF_REQUIRE_EQ(ident_public(a)->alg, ident_public(b)->alg);
	ATF_REQUIRE(memcmp(ident_public(a)->key, ident_public(b)->key,
	    ident_publen(ident_public(a)->alg)) == 0);
	ATF_REQUIRE_EQ(0, ident_sign(a, sig, &p, 1));
	ATF_REQUIRE_EQ(0, ident_verify(ident_public(b), sig, len, &p, 1));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	struct ident	*id, *back;
	enum ident_alg	 alg;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		write_key("plain", id, NULL);
		back = read_key("plain", NULL);
		require_same(id, back);
		ident_free(back);
		write_key("sealed", id, PASS);
		back = read_key("sealed", PASS);
		require_same(id, back);
		ident_free(back);
		ident_free(id);
	}
}

/* What asmp-keygen writes must be of use to others' tools. */
ATF_TC(openssl_reads);
ATF_TC_HEAD(openssl_reads, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "openssl");
}
ATF_TC_BODY(openssl_reads, tc)
{
	struct ident_pub	 pub;
	struct ident		*id;
	enum ident_alg		 alg;
	char			 text[KEYFILE_MAX];
	size_t			 len;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		write_key("plain", id, NULL);
		write_key("sealed", id, PASS);
		run("openssl pkey -in plain -pubout -out %s%s", "a.pub", "");
		run("openssl pkey -in sealed -passin pass:'%s' -pubout "
		    "-out %s", PASS, "b.pub");
		run("cmp %s %s", "a.pub", "b.pub");
		len = slurp("a.pub", text, sizeof(text));
		ATF_REQUIRE_EQ(0, keyfile_parse_pub(&pub, text, len));
		ATF_REQUIRE_EQ(alg, pub.alg);
		ATF_REQUIRE(memcmp(pub.key, ident_public(id)->key,
		    ident_publen(alg)) == 0);
		ident_free(id);
	}
}

ATF_TC(openssl_writes);
ATF_TC_HEAD(openssl_writes, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "openssl");
}
ATF_TC_BODY(openssl_writes, tc)
{
	struct ident	*plain, *sealed;
	enum ident_alg	 alg;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		run("openssl genpkey %s -out plain 2>%s", genpkey[alg],
		    "/dev/null");
		run("openssl pkcs8 -topk8 -in plain -out sealed "
		    "-passout pass:'%s'%s", PASS, "");
		plain = read_key("plain", NULL);
		sealed = read_key("sealed", PASS);
		require_same(plain, sealed);
		ATF_REQUIRE_EQ(alg, ident_public(plain)->alg);
		ident_free(plain);
		ident_free(sealed);
	}
}

/* Signatures are r || s here and DER there, but hold on both sides. */
ATF_TC(openssl_agrees_on_ed25519);
ATF_TC_HEAD(openssl_agrees_on_ed25519, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "openssl");
}
ATF_TC_BODY(openssl_agrees_on_ed25519, tc)
{
	struct ident	*id = ident_generate(IDENT_ED25519);
	struct part	 p = { "message", 7 };
	uint8_t		 sig[64];
	char		 got[65];

	write_key("key", id, NULL);
	spill("msg", "message", 7);
	run("openssl pkeyutl -sign -rawin -inkey %s -in msg -out %s", "key",
	    "sig");
	ATF_REQUIRE_EQ(64, slurp("sig", got, sizeof(got)));
	ATF_REQUIRE_EQ(0, ident_sign(id, sig, &p, 1));
	ATF_REQUIRE(memcmp(got, sig, sizeof(sig)) == 0);
	ident_free(id);
}

ATF_TC_WITHOUT_HEAD(public_round_trip);
ATF_TC_BODY(public_round_trip, tc)
{
	struct ident_pub	 pub, bad;
	struct ident		*id;
	enum ident_alg		 alg;
	char			 text[KEYFILE_MAX];
	size_t			 len;
	int			 fd;

	for (alg = IDENT_ED25519; alg <= IDENT_P384; alg++) {
		ATF_REQUIRE((id = ident_generate(alg)) != NULL);
		(void)unlink("pub");
		ATF_REQUIRE((fd = keyfile_create("pub", 0644)) != -1);
		ATF_REQUIRE_EQ(0, keyfile_write_pub(fd, ident_public(id)));
		bad = *ident_public(id);
		memset(bad.key, 0, sizeof(bad.key));
		REQUIRE_ERRNO(EINVAL, keyfile_write_pub(fd, &bad));
		close(fd);
		len = slurp("pub", text, sizeof(text));
		ATF_REQUIRE_EQ(0, keyfile_parse_pub(&pub, text, len));
		ATF_REQUIRE_EQ(alg, pub.alg);
		ATF_REQUIRE(memcmp(pub.key, ident_public(id)->key,
		    ident_publen(alg)) == 0);
		REQUIRE_ERRNO(EBADMSG, keyfile_parse_pub(&pub, text, len / 2));
		refuse("pub", NULL, ENOTSUP);
		ident_free(id);
	}
}

/* A half-written file must be told from a bad passphrase and from no key. */
ATF_TC_WITHOUT_HEAD(truncated);
ATF_TC_BODY(truncated, tc)
{
	struct ident	*id = ident_generate(IDENT_ED25519), *back;
	char		 text[KEYFILE_MAX];
	size_t		 len, n;

	write_key("key", id, NULL);
	len = slurp("key", text, sizeof(text));
	for (n = 0; n < len - 1; n++) {
		spill("short", text, n);
		refuse("short", NULL, EBADMSG);
	}
	spill("short", text, len - 1);
	back = read_key("short", NULL);
	require_same(id, back);
	ident_free(back);
	ident_free(id);
}

/* Anything beside the key may be meant for a reader that sees it otherwise. */
ATF_TC_WITHOUT_HEAD(garbage_around);
ATF_TC_BODY(garbage_around, tc)
{
	struct ident	*id = ident_generate(IDENT_P256), *back;
	char		 text[2 * KEYFILE_MAX];
	size_t		 len;

	write_key("key", id, NULL);
	len = slurp("key", text, KEYFILE_MAX);
	memcpy(text + len, text, len);
	spill("twice", text, 2 * len);
	refuse("twice", NULL, E2BIG);
	text[len] = ' ';
	spill("after", text, len + 1);
	refuse("after", NULL, E2BIG);
	text[len] = '\n';
	spill("newline", text, len + 1);
	back = read_key("newline", NULL);
	require_same(id, back);
	ident_free(back);
	memmove(text + 2, text, len);
	memcpy(text, "a\n", 2);
	spill("before", text, len + 2);
	refuse("before", NULL, EBADMSG);
	ident_free(id);
}

/* The same structure with bytes appended inside the armour. */
ATF_TC_WITHOUT_HEAD(garbage_inside);
ATF_TC_BODY(garbage_inside, tc)
{
	static const char	 der[] = "302e020100300506032b657004220420";
	uint8_t			 b[50] = { 0 };
	char			 b64[80], text[256];
	struct ident		*id;
	size_t			 n = unhex(b, der);
	int			 len;

	ATF_REQUIRE_EQ(16, n);
	b[n] = 1;
	EVP_EncodeBlock((unsigned char *)b64, b, 48);
	len = snprintf(text, sizeof(text), "-----BEGIN PRIVATE KEY-----\n"
	    "%s\n-----END PRIVATE KEY-----\n", b64);
	spill("key", text, (size_t)len);
	ATF_REQUIRE((id = read_key("key", NULL)) != NULL);
	ident_free(id);
	EVP_EncodeBlock((unsigned char *)b64, b, 49);
	len = snprintf(text, sizeof(text), "-----BEGIN PRIVATE KEY-----\n"
	    "%s\n-----END PRIVATE KEY-----\n", b64);
	spill("key", text, (size_t)len);
	refuse("key", NULL, EBADMSG);
}

ATF_TC_WITHOUT_HEAD(passphrases);
ATF_TC_BODY(passphrases, tc)
{
	struct ident	*id = ident_generate(IDENT_ED25519);
	char		 longest[1025];
	int		 fd;

	write_key("sealed", id, PASS);
	refuse("sealed", NULL, EACCES);
	refuse("sealed", "", EACCES);
	refuse("sealed", "wrong", EPERM);
	ATF_REQUIRE((fd = keyfile_create("other", 0600)) != -1);
	REQUIRE_ERRNO(EINVAL, keyfile_write(fd, id, ""));
	memset(longest, 'x', sizeof(longest));
	longest[1024] = '\0';
	REQUIRE_ERRNO(EINVAL, keyfile_write(fd, id, longest));
	close(fd);
	ident_free(id);
}

/* The passphrase is what protects the key; the file must not show it. */
ATF_TC_WITHOUT_HEAD(sealed_is_sealed);
ATF_TC_BODY(sealed_is_sealed, tc)
{
	struct ident	*id = ident_generate(IDENT_ED25519);
	char		 plain[KEYFILE_MAX], sealed[KEYFILE_MAX];

	write_key("plain", id, NULL);
	write_key("sealed", id, PASS);
	plain[slurp("plain", plain, sizeof(plain) - 1)] = '\0';
	sealed[slurp("sealed", sealed, sizeof(sealed) - 1)] = '\0';
	ATF_REQUIRE(strstr(plain, "-----BEGIN PRIVATE KEY-----\n") == plain);
	ATF_REQUIRE(strstr(sealed, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
	    == sealed);
	ident_free(id);
}

ATF_TC(wrong_types);
ATF_TC_HEAD(wrong_types, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "openssl");
}
ATF_TC_BODY(wrong_types, tc)
{
	static const char *const others[] = {
		"genpkey -algorithm RSA", "genpkey -algorithm X25519",
		"genpkey -algorithm ED448",
		"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
		"ecparam -name prime256v1 -genkey",
		"ecparam -name prime256v1 -genkey -noout"
	};
	struct ident_pub	 pub;
	char			 text[KEYFILE_MAX];
	size_t			 i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		run("openssl %s -out key 2>%s", others[i], "/dev/null");
		refuse("key", NULL, ENOTSUP);
		run("openssl pkey -in %s -pubout -out %s", "key", "pub");
		if (i >= 4)
			continue;
		REQUIRE_ERRNO(ENOTSUP, keyfile_parse_pub(&pub, text,
		    slurp("pub", text, sizeof(text))));
	}
	ATF_REQUIRE_EQ(0, keyfile_parse_pub(&pub, text, slurp("pub", text,
	    sizeof(text))));
}

ATF_TC_WITHOUT_HEAD(not_a_key);
ATF_TC_BODY(not_a_key, tc)
{
	static char		 big[KEYFILE_MAX];
	struct ident_pub	 pub;
	struct ident		*id = ident_generate(IDENT_ED25519);
	char			 lie[KEYFILE_MAX], *end;
	size_t			 len;

	spill("empty", "", 0);
	refuse("empty", NULL, EBADMSG);
	write_key("key", id, NULL);
	ident_free(id);
	len = slurp("key", lie, sizeof(lie) - 1);
	lie[len] = '\0';
	ATF_REQUIRE((end = strstr(lie, "-----END ")) != NULL);
	memcpy(end, "-----END PUBLIC KEY-----\n\n", 26);
	spill("lie", lie, len);
	refuse("lie", NULL, EBADMSG);
	memset(big, 'A', sizeof(big));
	spill("big", big, sizeof(big));
	refuse("big", NULL, EFBIG);
	REQUIRE_ERRNO(EFBIG, keyfile_parse_pub(&pub, big, sizeof(big)));
	spill("big", big, sizeof(big) - 1);
	refuse("big", NULL, EBADMSG);
	REQUIRE_ERRNO(EBADMSG, keyfile_parse_pub(&pub, "", 0));
}

/* A key is never written over another, nor where a link points. */
ATF_TC_WITHOUT_HEAD(create_is_exclusive);
ATF_TC_BODY(create_is_exclusive, tc)
{
	struct stat	 st;
	int		 fd;

	ATF_REQUIRE((fd = keyfile_create("key", 0600)) != -1);
	ATF_REQUIRE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
	close(fd);
	REQUIRE_ERRNO(EEXIST, keyfile_create("key", 0600));
	ATF_REQUIRE_EQ(0, symlink("elsewhere", "link"));
	REQUIRE_ERRNO(EEXIST, keyfile_create("link", 0600));
	REQUIRE_ERRNO(ENOENT, access("elsewhere", F_OK));
}

static void
refuse_open(const char *path, int secret, const char *reason)
{
	const char	*why = NULL;

	ATF_REQUIRE_EQ(-1, keyfile_open(path, secret, &why));
	ATF_REQUIRE(why != NULL);
	ATF_REQUIRE_MSG(strstr(why, reason) != NULL, "%s", why);
}

ATF_TC_WITHOUT_HEAD(open_modes);
ATF_TC_BODY(open_modes, tc)
{
	static const mode_t	 good[] = { 0400, 0600, 0640, 0440, 0700 };
	static const mode_t	 bad[] = { 0604, 0602, 0601, 0620, 0644 };
	const char		*why;
	size_t			 i;
	int			 fd;

	spill("key", "", 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_REQUIRE_EQ(0, chmod("key", good[i]));
		ATF_REQUIRE((fd = keyfile_open("key", 1, &why)) != -1);
		ATF_REQUIRE(why == NULL);
		ATF_REQUIRE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_REQUIRE_EQ(0, chmod("key", bad[i]));
		refuse_open("key", 1, "chmod 600");
		ATF_REQUIRE((fd = keyfile_open("key", 0, &why)) != -1);
		close(fd);
	}
}

/* A pipe with nobody at its other end must not hold the daemon up. */
ATF_TC_WITHOUT_HEAD(open_kinds);
ATF_TC_BODY(open_kinds, tc)
{
	const char	*why;

	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	refuse_open("fifo", 1, "regular file");
	refuse_open("fifo", 0, "regular file");
	ATF_REQUIRE_EQ(0, mkdir("dir", 0700));
	refuse_open("dir", 1, "regular file");
	spill("key", "", 0);
	ATF_REQUIRE_EQ(0, symlink("key", "link"));
	refuse_open("link", 0, "symbolic link");
	/* Nobody need hide a public key, nor can one prove anything. */
	spill("pub", "-----BEGIN PUBLIC KEY-----\n", 27);
	ATF_REQUIRE_EQ(0, chmod("pub", 0644));
	refuse_open("pub", 1, "is a public key");
	REQUIRE_ERRNO(ENOENT, keyfile_open("absent", 1, &why));
	ATF_REQUIRE(why == NULL);
}

ATF_TC(open_owner);
ATF_TC_HEAD(open_owner, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(open_owner, tc)
{
	const char	*why;
	int		 fd;

	spill("key", "", 0);
	ATF_REQUIRE_EQ(0, chmod("key", 0600));
	ATF_REQUIRE((fd = keyfile_open("key", 1, &why)) != -1);
	close(fd);
	ATF_REQUIRE_EQ(0, chown("key", 12345, (gid_t)-1));
	refuse_open("key", 1, "owned by root");
	ATF_REQUIRE((fd = keyfile_open("key", 0, &why)) != -1);
	close(fd);
}

/* Each way to fail has its own words. */
ATF_TC_WITHOUT_HEAD(errors_have_words);
ATF_TC_BODY(errors_have_words, tc)
{
	static const int	 errors[] = {
		EFBIG, EBADMSG, E2BIG, ENOTSUP, EACCES, EPERM
	};
	size_t			 i, j, n = sizeof(errors) / sizeof(errors[0]);

	for (i = 0; i < n; i++) {
		ATF_REQUIRE(strcmp(keyfile_strerror(errors[i]),
		    strerror(errors[i])) != 0);
		for (j = 0; j < i; j++)
			ATF_REQUIRE(strcmp(keyfile_strerror(errors[i]),
			    keyfile_strerror(errors[j])) != 0);
	}
	ATF_REQUIRE_STREQ(strerror(EIO), keyfile_strerror(EIO));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, openssl_reads);
	ATF_TP_ADD_TC(tp, openssl_writes);
	ATF_TP_ADD_TC(tp, openssl_agrees_on_ed25519);
	ATF_TP_ADD_TC(tp, public_round_trip);
	ATF_TP_ADD_TC(tp, truncated);
	ATF_TP_ADD_TC(tp, garbage_around);
	ATF_TP_ADD_TC(tp, garbage_inside);
	ATF_TP_ADD_TC(tp, passphrases);
	ATF_TP_ADD_TC(tp, sealed_is_sealed);
	ATF_TP_ADD_TC(tp, wrong_types);
	ATF_TP_ADD_TC(tp, not_a_key);
	ATF_TP_ADD_TC(tp, create_is_exclusive);
	ATF_TP_ADD_TC(tp, open_modes);
	ATF_TP_ADD_TC(tp, open_kinds);
	ATF_TP_ADD_TC(tp, open_owner);
	ATF_TP_ADD_TC(tp, errors_have_words);
	return atf_no_error();
}
