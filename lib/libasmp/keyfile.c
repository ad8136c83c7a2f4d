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
 * Keys in files: PKCS#8 (RFC 5208) and, under a passphrase, PBES2 (RFC
 * 8018) for private ones, SubjectPublicKeyInfo for public ones, in PEM (RFC
 * 7468).  The armour is read here and not by libcrypto, which skips what
 * stands around it and leaves copies of the key behind.
 */

#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "ident_impl.h"

#define LABEL_PRIVATE	"PRIVATE KEY"
#define LABEL_ENCRYPTED	"ENCRYPTED PRIVATE KEY"
#define LABEL_PUBLIC	"PUBLIC KEY"
#define PEM_BEGIN	"-----BEGIN "
#define PEM_END		"-----END "
#define PEM_DASHES	"-----"

#define PBKDF2_ROUNDS	600000	/* some 0.1 s, once per start */
#define PBKDF2_SALT	16	/* bytes, RFC 8018 wants 8 or more */
#define PASSMAX		1024	/* bytes of a passphrase */

/* A block of PEM, taken apart; der is wiped by its user. */
struct armour {
	char	 label[32];
	uint8_t	 der[KEYFILE_MAX];
	size_t	 len;
};

static int	failed(int);
static const char *take_line(const char **, size_t *, size_t *);
static int	line_label(const char *, size_t, const char *, char *, size_t);
static int	armour_body(struct armour *, const char **, size_t *);
static int	armour_label(const struct armour *, int);
static int	armour_get(struct armour *, const char *, size_t, int);
static PKCS8_PRIV_KEY_INFO *p8_decrypt(const struct armour *, keyfile_passcb,
		    void *);
static PKCS8_PRIV_KEY_INFO *p8_plain(const struct armour *);
static int	ec_alg(EVP_PKEY *, enum ident_alg *);
static struct ident *ec_ident(EVP_PKEY *);
static struct ident *ed_ident(EVP_PKEY *);
static struct ident *pkey_ident(EVP_PKEY *);
static int	pkey_pub(struct ident_pub *, EVP_PKEY *);
static int	p8_write(BIO *, PKCS8_PRIV_KEY_INFO *, const char *);
static int	is_public(int);
static const char *unfit(int, const struct stat *, int);

static int
failed(int error)
{
	ERR_clear_error();
	errno = error;
	return -1;
}

/*
 * Create the file of a key, which must not exist, for writing.  Returns the
 * descriptor, or -1 with errno of open(2).
 */
int
keyfile_create(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    mode);
}

/* Whether a PEM public key is in the file, which stays at its beginning. */
static int
is_public(int fd)
{
	static const char	 head[] = PEM_BEGIN LABEL_PUBLIC;
	char			 buf[sizeof(head) - 1];

	return pread(fd, buf, sizeof(buf), 0) == (ssize_t)sizeof(buf) &&
	    memcmp(buf, head, sizeof(buf)) == 0;
}

/* Why this file is not one to read a key from; NULL: it is. */
static const char *
unfit(int fd, const struct stat *st, int secret)
{
	if (!S_ISREG(st->st_mode))
		return "must be a regular file";
	if (!secret)
		return NULL;
	/* Nobody should be told to hide what is there for all. */
	if (is_public(fd))
		return "is a public key: name the file of the private one";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "must be owned by root or by the user that reads it "
		    "(chown)";
	if ((st->st_mode & (S_IWGRP | S_IRWXO)) != 0)
		return "must not be accessible by others (chmod 600)";
	return NULL;
}

/*
 * Open the file of a key for reading; a secret one must also be out of
 * reach of other users.  Returns the descriptor, or -1 with *why the reason,
 * or with *why NULL and errno of open(2).
 */
int
keyfile_open(const char *path, int secret, const char **why)
{
	struct stat	 st;
	int		 fd, saved;

	*why = NULL;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		if (errno == ELOOP)
			*why = "must not be a symbolic link";
		return -1;
	}
	if (fstat(fd, &st) == 0) {
		if ((*why = unfit(fd, &st, secret)) == NULL)
			return fd;
		errno = EPERM;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* What errno of the functions below means to people. */
const char *
keyfile_strerror(int error)
{
	switch (error) {
	case EFBIG:
		return "too long for a key";
	case EBADMSG:
		return "damaged, cut short or not in PEM format";
	case E2BIG:
		return "something follows the key; keep one key in a file";
	case ENOTSUP:
		return "not a key of the kind wanted: Ed25519, P-256 or "
		    "P-384, if private in PKCS#8";
	case EACCES:
		return "encrypted, and no passphrase was given";
	case EPERM:
		return "wrong passphrase, or the file is damaged";
	default:
		return strerror(error);
	}
}

/*
 * Read all of a file, less than size bytes, to buf.  Returns 0 with their
 * number in *len, or -1 with errno EFBIG or of read(2).
 */
int
keyfile_slurp(int fd, char *buf, size_t size, size_t *len)
{
	ssize_t	 n;

	*len = 0;
	do {
		n = read(fd, buf + *len, size - *len);
		if (n > 0)
			*len += (size_t)n;
	} while ((n > 0 && *len < size) || (n == -1 && errno == EINTR));
	if (n == -1)
		return -1;
	if (*len == size)
		return failed(EFBIG);
	return 0;
}

/* The next line without its end, LF, CRLF or nothing; NULL when none is. */
static const char *
take_line(const char **p, size_t *left, size_t *len)
{
	const char	*line = *p, *lf;

	if (*left == 0)
		return NULL;
	lf = memchr(line, '\n', *left);
	*len = lf == NULL ? *left : (size_t)(lf - line);
	*p += *len + (lf != NULL);
	*left -= *len + (lf != NULL);
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	return line;
}

/* The label of a line that begins with what and ends in dashes; 0 or -1. */
static int
line_label(const char *line, size_t len, const char *what, char *label,
    size_t size)
{
	size_t	 wlen = strlen(what), dlen = strlen(PEM_DASHES);

	if (len < wlen + dlen || len - wlen - dlen >= size ||
	    memcmp(line, what, wlen) != 0 ||
	    memcmp(line + len - dlen, PEM_DASHES, dlen) != 0)
		return -1;
	memcpy(label, line + wlen, len - wlen - dlen);
	label[len - wlen - dlen] = '\0';
	return 0;
}

/* The lines up to the matching end, joined and decoded. */
static int
armour_body(struct armour *a, const char **p, size_t *left)
{
	const char	*line;
	char		 b64[KEYFILE_MAX], label[sizeof(a->label)];
	size_t		 len, n = 0;
	int		 r = -1;

	while ((line = take_line(p, left, &len)) != NULL) {
		if (line_label(line, len, PEM_END, label,
		    sizeof(label)) == 0) {
			if (strcmp(label, a->label) == 0)
				r = b64_decode(a->der, sizeof(a->der),
				    &a->len, b64, n);
			break;
		}
		if (len > sizeof(b64) - n)
			break;
		memcpy(b64 + n, line, len);
		n += len;
	}
	explicit_bzero(b64, sizeof(b64));
	return r;
}

static int
armour_label(const struct armour *a, int secret)
{
	if (!secret)
		return strcmp(a->label, LABEL_PUBLIC);
	return strcmp(a->label, LABEL_PRIVATE) == 0 ||
	    strcmp(a->label, LABEL_ENCRYPTED) == 0 ? 0 : -1;
}

/*
 * Take one block of PEM apart, with nothing before it and nothing but line
 * ends after it; 0, or -1 with errno EBADMSG, ENOTSUP or E2BIG.
 */
static int
armour_get(struct armour *a, const char *p, size_t left, int secret)
{
	const char	*line;
	size_t		 i, len;

	if ((line = take_line(&p, &left, &len)) == NULL ||
	    line_label(line, len, PEM_BEGIN, a->label,
	    sizeof(a->label)) == -1)
		return failed(EBADMSG);
	if (armour_label(a, secret) != 0)
		return failed(ENOTSUP);
	if (armour_body(a, &p, &left) == -1)
		return failed(EBADMSG);
	for (i = 0; i < left; i++) {
		if (p[i] != '\n' && p[i] != '\r')
			return failed(E2BIG);
	}
	return 0;
}

static PKCS8_PRIV_KEY_INFO *
p8_plain(const struct armour *a)
{
	PKCS8_PRIV_KEY_INFO	*p8;
	const unsigned char	*der = a->der;

	p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)a->len);
	if (p8 != NULL && der == a->der + a->len)
		return p8;
	PKCS8_PRIV_KEY_INFO_free(p8);
	failed(EBADMSG);
	return NULL;
}

static PKCS8_PRIV_KEY_INFO *
p8_decrypt(const struct armour *a, keyfile_passcb cb, void *arg)
{
	PKCS8_PRIV_KEY_INFO	*p8 = NULL;
	X509_SIG		*sealed;
	const unsigned char	*der = a->der;
	char			 pass[PASSMAX];
	int			 n, error = EBADMSG;

	sealed = d2i_X509_SIG(NULL, &der, (long)a->len);
	if (sealed == NULL || der != a->der + a->len)
		goto done;
	error = EACCES;
	if (cb == NULL || (n = cb(pass, sizeof(pass), 0, arg)) <= 0 ||
	    n > (int)sizeof(pass))
		goto done;
	error = EPERM;
	p8 = PKCS8_decrypt(sealed, pass, n);
done:
	explicit_bzero(pass, sizeof(pass));
	X509_SIG_free(sealed);
	if (p8 == NULL)
		failed(error);
	return p8;
}

static int
ec_alg(EVP_PKEY *key, enum ident_alg *alg)
{
	const EC_KEY	*ec;
	int		 nid;

	if ((ec = EVP_PKEY_get0_EC_KEY(key)) == NULL)
		return failed(ENOTSUP);
	nid = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	for (*alg = IDENT_P256; *alg <= IDENT_P384; (*alg)++) {
		if (ecdsa_nid(*alg) == nid)
			return 0;
	}
	return failed(ENOTSUP);
}

/* Only the scalar is taken: the point in the file might not belong to it. */
static struct ident *
ec_ident(EVP_PKEY *key)
{
	const BIGNUM	*x;
	struct ident	*id = NULL;
	enum ident_alg	 alg;
	uint8_t		 scalar[IDENT_SCALARMAX];
	int		 len;

	if (ec_alg(key, &alg) == -1)
		return NULL;
	len = (int)ident_siglen(alg) / 2;
	x = EC_KEY_get0_private_key(EVP_PKEY_get0_EC_KEY(key));
	if (x != NULL && BN_bn2binpad(x, scalar, len) == len)
		id = ident_fromseed(alg, scalar, (size_t)len);
	explicit_bzero(scalar, sizeof(scalar));
	if (id == NULL)
		failed(EBADMSG);
	return id;
}

static struct ident *
ed_ident(EVP_PKEY *key)
{
	struct ident	*id = NULL;
	uint8_t		 seed[IDENT_SCALARMAX];
	size_t		 len = sizeof(seed);

	if (EVP_PKEY_get_raw_private_key(key, seed, &len) == 1)
		id = ident_fromseed(IDENT_ED25519, seed, len);
	explicit_bzero(seed, sizeof(seed));
	if (id == NULL)
		failed(EBADMSG);
	return id;
}

static struct ident *
pkey_ident(EVP_PKEY *key)
{
	switch (EVP_PKEY_base_id(key)) {
	case EVP_PKEY_ED25519:
		return ed_ident(key);
	case EVP_PKEY_EC:
		return ec_ident(key);
	default:
		failed(ENOTSUP);
		return NULL;
	}
}

/*
 * Read a private key from an open file.  cb is asked for the passphrase of
 * an encrypted one; NULL: there is none to ask.  Returns NULL with errno of
 * read(2) or one that keyfile_strerror() explains; ends with ident_free().
 */
struct ident *
keyfile_read(int fd, keyfile_passcb cb, void *arg)
{
	struct armour		 a;
	struct ident		*id = NULL;
	PKCS8_PRIV_KEY_INFO	*p8 = NULL;
	EVP_PKEY		*key = NULL;
	char			 text[KEYFILE_MAX];
	size_t			 len;

	if (keyfile_slurp(fd, text, sizeof(text), &len) == -1 ||
	    armour_get(&a, text, len, 1) == -1)
		goto done;
	if (strcmp(a.label, LABEL_ENCRYPTED) == 0)
		p8 = p8_decrypt(&a, cb, arg);
	else
		p8 = p8_plain(&a);
	if (p8 == NULL)
		goto done;
	if ((key = EVP_PKCS82PKEY(p8)) == NULL)
		failed(ENOTSUP);
	else
		id = pkey_ident(key);
done:
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&a, sizeof(a));
	PKCS8_PRIV_KEY_INFO_free(p8);
	EVP_PKEY_free(key);
	return id;
}

static int
p8_write(BIO *bio, PKCS8_PRIV_KEY_INFO *p8, const char *pass)
{
	X509_SIG	*sealed;
	uint8_t		 salt[PBKDF2_SALT];
	int		 ok;

	if (pass == NULL)
		return PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, p8);
	arc4random_buf(salt, sizeof(salt));
	sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), pass, (int)strlen(pass),
	    salt, sizeof(salt), PBKDF2_ROUNDS, p8);
	ok = sealed != NULL && PEM_write_bio_PKCS8(bio, sealed);
	X509_SIG_free(sealed);
	return ok;
}

/*
 * Write a private key to an open file, encrypted when there is a
 * passphrase.  Returns 0, or -1 with errno EINVAL, an empty passphrase or
 * one of PASSMAX bytes or more, or EIO: what is in the file then is of no use.
 */
int
keyfile_write(int fd, const struct ident *id, const char *pass)
{
	PKCS8_PRIV_KEY_INFO	*p8 = NULL;
	EVP_PKEY		*key = NULL;
	BIO			*bio;
	int			 ok = 0;

	if (pass != NULL && (*pass == '\0' || strlen(pass) >= PASSMAX))
		return failed(EINVAL);
	if ((bio = BIO_new_fd(fd, BIO_NOCLOSE)) != NULL &&
	    (key = ident_pkey(id)) != NULL &&
	    (p8 = EVP_PKEY2PKCS8(key)) != NULL)
		ok = p8_write(bio, p8, pass);
	PKCS8_PRIV_KEY_INFO_free(p8);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok ? 0 : failed(EIO);
}

/* Write a public key to an open file; 0, or -1 with errno EINVAL or EIO. */
int
keyfile_write_pub(int fd, const struct ident_pub *pub)
{
	EVP_PKEY	*key;
	BIO		*bio;
	int		 ok;

	if (ident_pub_check(pub) == -1)
		return -1;
	key = ident_pub_pkey(pub);
	bio = BIO_new_fd(fd, BIO_NOCLOSE);
	ok = key != NULL && bio != NULL && PEM_write_bio_PUBKEY(bio, key);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok ? 0 : failed(EIO);
}

static int
pkey_pub(struct ident_pub *pub, EVP_PKEY *key)
{
	size_t	 len = sizeof(pub->key);

	memset(pub, 0, sizeof(*pub));
	switch (EVP_PKEY_base_id(key)) {
	case EVP_PKEY_ED25519:
		pub->alg = IDENT_ED25519;
		if (EVP_PKEY_get_raw_public_key(key, pub->key, &len) != 1)
			return failed(EBADMSG);
		break;
	case EVP_PKEY_EC:
		if (ec_alg(key, &pub->alg) == -1)
			return -1;
		if (ecdsa_point(EVP_PKEY_get0_EC_KEY(key), pub->key,
		    ident_publen(pub->alg)) == -1)
			return failed(EBADMSG);
		break;
	default:
		return failed(ENOTSUP);
	}
	return ident_pub_check(pub) == -1 ? failed(EBADMSG) : 0;
}

/*
 * Read a public key from the len bytes of a PEM text.  Returns 0, or -1
 * with errno that keyfile_strerror() explains.
 */
int
keyfile_parse_pub(struct ident_pub *pub, const char *text, size_t len)
{
	struct armour		 a;
	const unsigned char	*der = a.der;
	EVP_PKEY		*key;
	int			 r;

	if (len >= KEYFILE_MAX)
		return failed(EFBIG);
	if (armour_get(&a, text, len, 0) == -1)
		return -1;
	key = d2i_PUBKEY(NULL, &der, (long)a.len);
	if (key == NULL || der != a.der + a.len)
		r = failed(EBADMSG);
	else
		r = pkey_pub(pub, key);
	EVP_PKEY_free(key);
	return r;
}
