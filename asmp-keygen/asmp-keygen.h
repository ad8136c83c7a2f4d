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


/* What the parts of asmp-keygen(1) share. */

#ifndef ASMP_KEYGEN_H
#define ASMP_KEYGEN_H

#include <limits.h>

#include "asmp_proto.h"
#include "compat.h"

#define PASSMAX		1024		/* what keyfile_read() takes */
#define NFILES		5		/* key, pub, pin, seal, vkey */
#define PINS		2		/* a gateway's old key and new */
#define VKEYSMAX	(2 * (VKEY_MAX + 1))	/* of a gateway's logs */

/* What -t names: a key that signs, or a secret in a file. */
struct keytype {
	const char		*name;
	enum ident_alg		 alg;		/* 0: a secret */
	enum secret_kind	 secret;	/* 0: a key that signs */
	const char		*suffix;	/* of the secret's file */
};

/* What was asked for; NULL and 0 where nothing was said. */
struct options {
	const char		*operand;	/* id or client */
	const char		*file;		/* of -e, -l, -x and -y */
	const char		*dir;
	const char		*issuer;
	const char		*audience;
	const char		*from;
	const char		*until;
	const char		*role;
	const char		*profiles;
	const struct keytype	*type;
	size_t			 psklen;
	uint8_t			 number;
	int			 gateway;
	int			 protect;
	int			 clear;
};

/* What is being made, and the files of it that exist by now. */
struct making {
	const char	*id;
	char		 dir[PATH_MAX];
	int		 newdir;		/* it was not there before */
	struct ident	*ident;
	struct secret	 secret;
	char		 pass[PASSMAX];		/* "": not asked for */
	char		 path[NFILES][PATH_MAX];
	size_t		 npaths;
};

/* A file's public key, also of a private one, or its secret. */
struct content {
	struct ident_pub	 pub;
	struct secret		 secret;	/* kind 0: there is none */
	uint8_t			 ek[MLKEM768_EKLEN];
	int			 kem;		/* ek is the public key */
	char			 gateway[ASMP_IDMAX + 1];
	struct ident_pub	 pin[PINS];
	int			 npins;		/* a pin file is all it is */
};

/* asmp-keygen.c */
__dead void usage(void);

/* content.c */
void	 content_load(struct content *, const char *);
void	 secret_load(struct secret *, enum secret_kind, const char *);
void	 id_offile(char *, const struct options *, const char *);
void	 kem_public(uint8_t *, const struct secret *);
void	 kem_texts(char *, char *, const uint8_t *);

/* enrol.c */
void	 enrol(const struct options *);

/* make.c */
const struct keytype *keytype_byname(const char *);
void	 make(const struct options *);
void	 make_begin(struct making *, const char *);
void	 make_dir(struct making *, const char *);
void	 make_secretfile(struct making *, const char *);
void	 make_end(struct making *);

/* out.c */
void	 out_check(int);
void	 out_line(char *, size_t);

/* show.c */
void	 print_fingerprint(const struct ident_pub *, const char *);
int	 show(const struct options *);
void	 show_hex(const struct options *);
void	 show_public(const struct options *);
void	 vkeys_text(char *, const char *, const struct secret *);

/* token.c */
const char *role_name(uint8_t);
void	 token_issue(const struct options *);
int	 token_print(const struct secret *, const char *);

/* verify.c */
int	 verify(int, char *[]);

#endif /* ASMP_KEYGEN_H */
