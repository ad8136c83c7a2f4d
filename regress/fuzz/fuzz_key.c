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
 * Keys from files and lines.  The first byte says which: PEM as it is, public
 * or private; DER that is wrapped into PEM first; or a key as one word.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asmp_proto.h"
#include "fuzz.h"

#define DERMAX		2048
#define PEMMAX		(DERMAX * 2 + 128)

enum {
	PEM_PUBLIC,
	PEM_PRIVATE,
	DER_PUBLIC,
	DER_PRIVATE,
	WORD,
	WORD_KEM,
	NFORMS
};

static int
memory_file(const char *text, size_t len)
{
	int	 fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd != -1);
	MUST(write(fd, text, len) == (ssize_t)len);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
check_pub(const struct ident_pub *pub)
{
	struct ident_pub	 again;
	char			 text[IDENT_TEXTMAX], pem[KEYFILE_MAX];
	ssize_t			 n;
	int			 fd;

	MUST(ident_pub_check(pub) == 0);
	MUST(ident_pub_totext(pub, text, sizeof(text)) == 0);
	MUST(ident_pub_fromtext(&again, text) == 0);
	MUST(memcmp(pub, &again, sizeof(again)) == 0);
	fd = memory_file("", 0);
	MUST(keyfile_write_pub(fd, pub) == 0);
	MUST((n = pread(fd, pem, sizeof(pem), 0)) > 0);
	close(fd);
	MUST(keyfile_parse_pub(&again, pem, (size_t)n) == 0);
	MUST(memcmp(pub, &again, sizeof(again)) == 0);
}

static void
pem_public(const char *text, size_t len)
{
	struct ident_pub	 pub;

	if (keyfile_parse_pub(&pub, text, len) == 0)
		check_pub(&pub);
}

/* Nobody is asked for a passphrase: rounds without number are its owner's. */
static void
pem_private(const char *text, size_t len)
{
	struct ident	*id;
	int		 fd = memory_file(text, len);

	if ((id = keyfile_read(fd, NULL, NULL)) != NULL)
		check_pub(ident_public(id));
	ident_free(id);
	close(fd);
}

static size_t
wrap(char *pem, const char *label, struct input *in)
{
	uint8_t	 b64[DERMAX * 2];
	size_t	 len = in->left > DERMAX ? DERMAX : in->left;

	EVP_EncodeBlock(b64, in->p, (int)len);
	return (size_t)snprintf(pem, PEMMAX,
	    "-----BEGIN %s-----\n%s\n-----END %s-----\n", label,
	    (const char *)b64, label);
}

static void
word(const char *text)
{
	struct ident_pub	 pub;
	char			 out[IDENT_TEXTMAX];

	if (ident_pub_fromtext(&pub, text) == -1)
		return;
	check_pub(&pub);
	MUST(ident_pub_totext(&pub, out, sizeof(out)) == 0);
	MUST(strcmp(out, text) == 0);
}

static void
word_kem(const char *text)
{
	uint8_t	 ek[MLKEM768_EKLEN];
	char	 out[KEM_TEXTMAX], fp[KEM_FPMAX];

	if (kem_fromtext(ek, text) == -1)
		return;
	MUST(kem_totext(out, sizeof(out), ek) == 0);
	MUST(strcmp(out, text) == 0);
	kem_fingerprint(fp, ek);
	MUST(strlen(fp) == sizeof(fp) - 1);
}

static void
take_text(uint8_t form, struct input *in)
{
	size_t	 len = in->left;
	char	*text = in_text(in);

	switch (form) {
	case PEM_PUBLIC:
		pem_public(text, len);
		break;
	case PEM_PRIVATE:
		pem_private(text, len);
		break;
	case WORD:
		word(text);
		break;
	default:
		word_kem(text);
		break;
	}
	free(text);
}

int
fuzz_key(const uint8_t *data, size_t size)
{
	struct input	 in = { data, size };
	uint8_t		 form = in_u8(&in) % NFORMS;
	char		 pem[PEMMAX];

	if (form == DER_PUBLIC)
		pem_public(pem, wrap(pem, "PUBLIC KEY", &in));
	else if (form == DER_PRIVATE)
		pem_private(pem, wrap(pem, "PRIVATE KEY", &in));
	else
		take_text(form, &in);
	return 0;
}
