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
 * The protocol of asmp(7), shared by the daemon, the device library, the
 * tests and the fuzzers.  No I/O, no globals.
 */

#ifndef ASMP_PROTO_H
#define ASMP_PROTO_H

#include <sys/types.h>

#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

#include "mlkem.h"
#include "reason.h"

#define ASMP_VERSION		1
#define ASMP_PORT		8888
#define ASMP_HDRLEN		24
#define ASMP_TAGLEN		16	/* of both AEADs */
#define ASMP_KEYLEN		32
#define ASMP_HASHLEN		32	/* SHA-256 */
#define ASMP_NONCELEN		16	/* device's and gateway's */
#define ASMP_IDMAX		64	/* device and gateway ids, bytes */
#define ASMP_SIGMAX		96	/* P-384: r || s */
#define ASMP_PUBMAX		97	/* P-384: uncompressed point */
#define ASMP_PRE_MAX		4096	/* payload before HANDSHAKE_ACK */
#define ASMP_MAX_IN_MIN		512	/* least a side may announce */
#define ASMP_PAYLOAD_MAX	65535
#define GATEWAY_MAX_IN		16384	/* what asmpd announces */
#define ASMP_SEAL_FRAMES	64	/* DATA frames one seal covers */
#define ASMP_SEAL_BYTES		(256 * 1024)
#define ASMP_READING_HDR	16	/* message id, time */
#define ASMP_ID_JUMP		(1U << 20)
#define ASMP_STREAM_MAX		0x7fffffff
#define ASMP_STREAMS		16	/* open at once in a session */
#define ASMP_TEXTMAX		1024	/* a reply on chat or control */
#define ASMP_REKEY_DEVICE	(32 + MLKEM768_EKLEN)
#define ASMP_REKEY_GATEWAY	(32 + MLKEM768_CTLEN)

enum asmp_type {
	ASMP_HANDSHAKE_INIT = 1,
	ASMP_HANDSHAKE_ACK,
	ASMP_DATA,
	ASMP_CLOSE,
	ASMP_HELLO,
	ASMP_HELLO_REPLY,
	ASMP_GATEWAY_AUTH,
	ASMP_CHALLENGE,
	ASMP_RESPONSE,
	ASMP_ACK,
	ASMP_SEAL,
	ASMP_HEARTBEAT,
	ASMP_REKEY,
	ASMP_ROTATE
};

enum asmp_stream {
	ASMP_STREAM_CONN,
	ASMP_STREAM_CHAT,
	ASMP_STREAM_CONTROL,
	ASMP_STREAM_TELEMETRY,
	ASMP_STREAM_AGGREGATE
};

/* What proves a device's identity. */
enum asmp_kind {
	ASMP_KIND_SIGNATURE = 1,
	ASMP_KIND_PSK,
	ASMP_KIND_TOKEN,
	ASMP_KIND_KEM,
	ASMP_KIND_TICKET
};

/* How two sides agree on keys. */
enum asmp_agreement {
	ASMP_X25519,
	ASMP_P256,
	ASMP_X25519_MLKEM768
};

/* What DATA carries. */
enum asmp_record {
	ASMP_AES_256_GCM,
	ASMP_CHACHA20_POLY1305,
	ASMP_RATCHET,		/* ChaCha20-Poly1305, a key for each record */
	ASMP_FERNET,		/* behind a user token */
	ASMP_SMCP,		/* rounds, AES-128-CBC and HMAC, ratchet */
	ASMP_AES_CBC_HMAC
};

/*
 * A profile is a row: key agreement, kinds of identity it takes (a mask of
 * 1 << kind), what DATA carries, whether seals are required, whether frames
 * may come late within a window, whether keys are renewed by REKEY, the
 * streams it has (a mask of 1 << stream; 0: any) and the least max_in.
 */
struct asmp_profile {
	uint8_t			 id;
	const char		*name;
	enum asmp_agreement	 agreement;
	uint32_t		 kinds;
	enum asmp_record	 record;
	int			 sealed;
	int			 window;
	int			 rekey;
	uint32_t		 streams;
	uint16_t		 max_in;
};

/* profile.c */
const struct asmp_profile	*profile_byid(uint8_t);
const struct asmp_profile	*profile_byname(const char *);
const struct asmp_profile	*profile_next(const struct asmp_profile *);
uint8_t				 profile_mask(enum asmp_kind);
const char			*kind_name(unsigned int);
int				 kind_byname(const char *);

/* A frame's header, in host order. */
struct asmp_header {
	uint16_t	 version;
	uint16_t	 type;
	uint32_t	 stream;
	uint32_t	 epoch;
	uint64_t	 seq;
	uint32_t	 length;	/* of the payload */
};

/* frame.c */
void		 frame_put(uint8_t *, const struct asmp_header *);
void		 frame_get(struct asmp_header *, const uint8_t *);
int		 frame_next(const uint8_t *, size_t, uint32_t, size_t *);
const char	*frame_typename(uint16_t);

/* Big-endian integers; the caller has checked the room. */
/* burn.c */
void	 burn_stack(void);

/* bytes.c */
void		 put_u16(uint8_t *, uint16_t);
void		 put_u32(uint8_t *, uint32_t);
void		 put_u64(uint8_t *, uint64_t);
uint16_t	 get_u16(const uint8_t *);
uint32_t	 get_u32(const uint8_t *);
uint64_t	 get_u64(const uint8_t *);

/* A cursor over a message that came from outside: every take is checked. */
struct cursor {
	const uint8_t	*p;
	size_t		 left;
	int		 bad;		/* a take found too little */
};

void		 cursor_init(struct cursor *, const void *, size_t);
uint8_t		 cursor_u8(struct cursor *);
uint16_t	 cursor_u16(struct cursor *);
uint32_t	 cursor_u32(struct cursor *);
uint64_t	 cursor_u64(struct cursor *);
void		 cursor_copy(struct cursor *, void *, size_t);
const uint8_t	*cursor_take(struct cursor *, size_t);
int		 cursor_id(struct cursor *, char *, size_t);
int		 cursor_end(const struct cursor *);	/* 0: all taken */

/* base64url.c: RFC 4648, with padding; lengths without NUL */
#define B64_LEN(n)	(((n) + 2) / 3 * 4)

int		 b64_decode(uint8_t *, size_t, size_t *, const char *, size_t);
void		 b64_encode(char *, const uint8_t *, size_t);
size_t		 b64url_len(size_t);
void		 b64url_encode(char *, const uint8_t *, size_t);
int		 b64url_decode(uint8_t *, size_t, size_t *, const char *,
		    size_t);

/* A piece of what is hashed or signed. */
struct part {
	const void	*data;
	size_t		 len;
};

/* A key of HMAC-SHA256 that is ready for many messages. */
struct hmac {
	SHA256_CTX	 inner;
	SHA256_CTX	 outer;
};

/* kdf.c */
void	 sha256_parts(uint8_t *, const struct part *, size_t);
void	 hmac_key(struct hmac *, const uint8_t *, size_t);
void	 hmac_with(const struct hmac *, uint8_t *, const struct part *,
	    size_t);
void	 hmac_wipe(struct hmac *);
void	 hmac_parts(uint8_t *, const uint8_t *, size_t, const struct part *,
	    size_t);
void	 kdf_extract(uint8_t *, const uint8_t *, size_t, const uint8_t *,
	    size_t);
void	 kdf_expand(uint8_t *, const uint8_t *, const char *, const uint8_t *,
	    size_t);
size_t	 label_put(uint8_t *, size_t, const char *);

#define LABELMAX	32	/* "ASMP/1 ", the longest label, NUL */

/* agree.c: Diffie-Hellman; value() is -1 with errno EPROTO if refused */
#define DH_LEN		32	/* private keys and values */

struct dh_group {
	size_t	 publen;
	void	 (*draw)(uint8_t *);		/* a new private key */
	void	*(*load)(const uint8_t *);
	int	 (*public)(void *, uint8_t *);
	int	 (*value)(void *, uint8_t *, const uint8_t *);
	void	 (*free)(void *);
};

extern const struct dh_group	dh_x25519;
extern const struct dh_group	dh_p256;	/* uncompressed points */

/* noise.c: Noise NN, revision 34, and NNhfs */
#define NOISE_PROLOGUE	35	/* "ASMP/1" NUL, header, four bytes */
#define NOISE_MSGMAX	2048	/* the largest profile's larger message */

struct noise {
	enum asmp_agreement	 agreement;
	uint8_t			 ck[ASMP_HASHLEN];
	uint8_t			 h[ASMP_HASHLEN];
	uint8_t			 k[ASMP_KEYLEN];
	uint8_t			 e[DH_LEN];	/* own ephemeral, private */
	uint8_t			 seed[MLKEM768_SEEDLEN];	/* e1, device */
};

struct noise_keys {
	uint8_t		 n1[ASMP_KEYLEN];	/* device to gateway */
	uint8_t		 n2[ASMP_KEYLEN];	/* gateway to device */
	uint8_t		 h[ASMP_HASHLEN];
};

size_t	 noise_m1_len(enum asmp_agreement);
size_t	 noise_m2_len(enum asmp_agreement);
int	 noise_init(struct noise *, enum asmp_agreement, const uint8_t *);
int	 noise_init_fixed(struct noise *, enum asmp_agreement,
	    const uint8_t *, const uint8_t *, const uint8_t *);
int	 noise_write_m1(struct noise *, uint8_t *);
int	 noise_read_m1_write_m2(struct noise *, const uint8_t *, uint8_t *,
	    struct noise_keys *);
int	 noise_read_m2(struct noise *, const uint8_t *, struct noise_keys *);
void	 noise_wipe(struct noise *);

/* keys.c: from the handshake's secrets to an epoch's keys */
struct asmp_hskeys {
	uint8_t		 agreed[ASMP_KEYLEN];
	uint8_t		 d2g[ASMP_KEYLEN];	/* epoch 0 */
	uint8_t		 g2d[ASMP_KEYLEN];
};

/*
 * One direction's DATA: keys, which may change with every record, and what
 * smcp counts.  See data.c.
 */
struct asmp_data {
	const struct asmp_profile	*profile;
	struct aead	*aead;			/* lent, or NULL */
	uint32_t	 round;			/* smcp: of the next record */
	uint8_t		 todevice;		/* gateway to device */
	uint8_t		 client;		/* smcp: 0, or a number */
	uint8_t		 opcode;		/* smcp: see data_smcp.c */
	uint8_t		 key[ASMP_KEYLEN];
	uint8_t		 mac[ASMP_KEYLEN];	/* iomt, slmp's user, smcp */
};

/* An epoch's keys; blind only with seals, rekey only with REKEY. */
struct asmp_keys {
	uint8_t		 d2g_control[ASMP_KEYLEN];
	uint8_t		 g2d_control[ASMP_KEYLEN];
	uint8_t		 d2g_blind[ASMP_KEYLEN];
	uint8_t		 rekey[ASMP_KEYLEN];
	struct asmp_data d2g;
	struct asmp_data g2d;
};

void	 keys_handshake(struct asmp_hskeys *, const struct noise_keys *);
void	 keys_session(struct asmp_keys *, const struct asmp_profile *,
	    const uint8_t *, const uint8_t *, const uint8_t *, const uint8_t *);
void	 keys_rekey(struct asmp_keys *, const uint8_t *, const uint8_t *,
	    const uint8_t *);
void	 keys_wipe(struct asmp_keys *);

/* rekey.c: the two messages of REKEY, hybrid */
struct rekey;			/* the device's, between its two */

struct rekey *rekey_begin(uint8_t *);
int	 rekey_answer(struct asmp_keys *, const uint8_t *, uint8_t *);
int	 rekey_finish(struct rekey *, struct asmp_keys *, const uint8_t *);
void	 rekey_free(struct rekey *);

/* Keys of records, libcrypto's contexts. */
#define AEAD_NONCELEN	12

struct aead;			/* one lent libcrypto context */
struct aead_pool;		/* contexts lent to the busy, and shared */

/* chapoly.c */
int	 chapoly_seal(uint8_t *, const uint8_t *, const uint8_t *,
	    const uint8_t *, size_t, const uint8_t *, size_t);
int	 chapoly_open(uint8_t *, const uint8_t *, const uint8_t *,
	    const uint8_t *, size_t, const uint8_t *, size_t);
int	 pool_seal(struct aead_pool *, uint8_t *, const uint8_t *,
	    const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t);
int	 pool_open(struct aead_pool *, uint8_t *, const uint8_t *,
	    const uint8_t *, const uint8_t *, size_t, const uint8_t *, size_t);

/* pool.c */
void	 pool_hold(struct aead_pool *);
void	 pool_burn(struct aead_pool *);

/* aead.c */
struct aead_pool *aead_pool_new(size_t);
void	 aead_pool_free(struct aead_pool *);
struct aead *aead_borrow(struct aead_pool *, struct aead **, const uint8_t *);
void	 aead_return(struct aead **);
int	 aead_seal(struct aead *, uint8_t *, const uint8_t *,
	    const uint8_t *, size_t, const uint8_t *, size_t);
int	 aead_open(struct aead *, uint8_t *, const uint8_t *,
	    const uint8_t *, size_t, const uint8_t *, size_t);

/* crypto.c */
int	 crypto_start(void);

/* data.c, data_fernet.c, data_smcp.c, data_cbc.c: what DATA carries */
#define DATA_STALE	60	/* seconds that a Fernet token may be off */
#define SMCP_HELLO	10
#define SMCP_CHALLENGE	20
#define SMCP_DATA	30
#define SMCP_AGGREGATE	40
#define SMCP_DESYNC	50
#define SMCP_TERMINATE	60
#define SMCP_VALUELEN	8	/* signed, big-endian */
#define SMCP_CHALLENGELEN 16
#define SMCP_AGGREGATELEN (1 + SMCP_VALUELEN)	/* status, result */
#define SMCP_COMPLETE	0	/* the statuses of an aggregate */
#define SMCP_PARTIAL	1
#define SMCP_OVERFLOW	2

uint8_t		 smcp_client(const char *);
size_t		 data_len(const struct asmp_profile *, size_t);
size_t		 data_max(const struct asmp_profile *, size_t);
int		 data_seal(struct asmp_data *, struct aead_pool *, uint8_t *,
		    const uint8_t *, size_t, uint64_t);
enum reason	 data_verify(const struct asmp_data *, const uint8_t *);
enum reason	 data_open(struct asmp_data *, struct aead_pool *, uint8_t *,
		    uint64_t, uint8_t **, size_t *);
void		 data_wipe(struct asmp_data *);

/* compress.c: raw deflate (RFC 1951), each record alone */
#define EXPAND_RATIO	4	/* a record expands to so many times itself */
#define EXPAND_EXTRA	128	/* and so many bytes more, at most */

struct compress;		/* contexts, which serve any number of */
struct expand;			/* records */

struct compress	*compress_new(void);
void		 compress_free(struct compress *);
size_t		 compress_max(size_t);
int		 compress_record(struct compress *, uint8_t *, size_t *,
		    const uint8_t *, size_t);
struct expand	*expand_new(void);
void		 expand_free(struct expand *);
int		 expand_record(struct expand *, uint8_t *, size_t *,
		    const uint8_t *, size_t);

/* window.c: numbers seen, for profiles that take frames late (RFC 6479) */
#define WINDOW_SIZE	1024

struct window {
	uint64_t	 next;		/* one above the highest seen */
	uint64_t	 whole;		/* the lowest not seen */
	uint64_t	 seen[WINDOW_SIZE / 64];
};

enum reason	 window_check(const struct window *, uint64_t);
void		 window_add(struct window *, uint64_t);
int		 window_whole(const struct window *, uint64_t);

/* token.c: who a bearer is, until when and for which gateway */
#define TOKEN_JTILEN	16
#define TOKEN_BODYMAX	(3 + 8 + 8 + TOKEN_JTILEN + 2 * (1 + ASMP_IDMAX))
#define TOKEN_TEXTMAX	320	/* "asmp-token-1 ", base64, NUL */

struct asmp_token {
	uint8_t		 version;	/* 1 */
	uint8_t		 key;		/* the issuer key's number */
	uint8_t		 role;
	uint64_t	 not_before;	/* seconds since 1970 */
	uint64_t	 expires;
	uint8_t		 jti[TOKEN_JTILEN];
	char		 audience[ASMP_IDMAX + 1];	/* a gateway's id */
	char		 client[ASMP_IDMAX + 1];
};

size_t	 token_put(uint8_t *, const struct asmp_token *);
int	 token_get(struct asmp_token *, const uint8_t *, size_t);
int	 token_tag(uint8_t *, const uint8_t *, const struct asmp_token *);
int	 token_totext(char *, size_t, const struct asmp_token *,
	    const uint8_t *);
int	 token_fromtext(struct asmp_token *, uint8_t *, const char *);

/* ident.c, ecdsa.c: keys that prove who somebody is */
#define IDENT_MSGMAX	4096	/* what one signature may cover, bytes */
#define IDENT_FPMAX	51	/* "SHA256:", base64 of a key id, NUL */
#define IDENT_TEXTMAX	138	/* "p384:", base64 of a point, NUL */

enum ident_alg {
	IDENT_ED25519 = 1,
	IDENT_P256,
	IDENT_P384
};

struct ident_pub {
	enum ident_alg	 alg;
	uint8_t		 key[ASMP_PUBMAX];	/* raw, or 0x04 point */
};

struct ident;			/* a private key */

const char	*ident_algname(enum ident_alg);
int		 ident_algbyname(const char *, enum ident_alg *);
size_t		 ident_publen(enum ident_alg);
size_t		 ident_siglen(enum ident_alg);
int		 ident_pub_check(const struct ident_pub *);
void		 ident_keyid(const struct ident_pub *, uint8_t *);
void		 ident_fingerprint(const struct ident_pub *, char *, size_t);
int		 ident_pub_totext(const struct ident_pub *, char *, size_t);
int		 ident_pub_fromtext(struct ident_pub *, const char *);
struct ident	*ident_generate(enum ident_alg);
struct ident	*ident_fromseed(enum ident_alg, const uint8_t *, size_t);
void		 ident_free(struct ident *);
const struct ident_pub *ident_public(const struct ident *);
int		 ident_sign(const struct ident *, uint8_t *,
		    const struct part *, size_t);
int		 ident_verify(const struct ident_pub *, const uint8_t *,
		    size_t, const struct part *, size_t);

/* keyfile.c: PKCS#8 and SPKI in PEM */
typedef int (*keyfile_passcb)(char *, int, int, void *);

#define KEYFILE_MAX	8192	/* bytes: ten times what a key takes */

int		 keyfile_create(const char *, mode_t);
int		 keyfile_open(const char *, int, const char **);
const char	*keyfile_strerror(int);
int		 keyfile_write(int, const struct ident *, const char *);
struct ident	*keyfile_read(int, keyfile_passcb, void *);
int		 keyfile_write_pub(int, const struct ident_pub *);
int		 keyfile_parse_pub(struct ident_pub *, const char *, size_t);

/* pin.c: by what devices know a gateway */
const char	*pin_fromtext(char *, struct ident_pub *, char *);

/* kemkey.c: ML-KEM-768 keys as people meet them */
#define KEM_PRIVLEN	32	/* what a seed grows from */
#define KEM_HASHLEN	64	/* SHA3-512 of the public key */
#define KEM_FPMAX	131	/* "0x", hex of that, NUL */
#define KEM_TEXTMAX	1590	/* "mlkem768:", base64 of a key, NUL */

void	 kem_seed(uint8_t *, const uint8_t *);
int	 kem_totext(char *, size_t, const uint8_t *);
int	 kem_fromtext(uint8_t *, const char *);
void	 kem_hash(uint8_t *, const uint8_t *);
void	 kem_fingerprint(char *, const uint8_t *);

/* when.c: times that people give and get */
#define WHENMAX		32		/* bytes of a time in words */
#define WHEN_LAST	253402300799ULL	/* the last second of 9999 */

int	 when_duration(uint64_t *, const char *);
int	 when_parse(uint64_t *, const char *, uint64_t);
int	 when_ago(uint64_t *, const char *, uint64_t);
void	 when_format(char *, size_t, uint64_t);

/* enrolment.c: a device on one line, as a gateway is told of it */
#define ENROLMENT_TEXTMAX	2048	/* the longest has 1745, and NUL */
#define ROLE_NAMEMAX		16
#define PSK_SHORT		16	/* bytes of a pre-shared key */
#define PSK_LONG		32

struct enrolment {
	uint64_t	 expires;	/* seconds since 1970; 0: never */
	char		 id[ASMP_IDMAX + 1];
	uint8_t		 kind;			/* not ticket */
	uint8_t		 alg;			/* kind signature, else 0 */
	uint8_t		 profiles;		/* 1 << id; 0: all of kind */
	char		 role[ROLE_NAMEMAX + 1];	/* empty: the default */
	uint16_t	 keylen;		/* 0: kind token */
	uint8_t		 key[MLKEM768_EKLEN];	/* psk: a secret */
};

int		 enrolment_totext(char *, size_t, const struct enrolment *);
const char	*enrolment_fromtext(struct enrolment *, const char *);
const char	*enrolment_setoption(struct enrolment *, const char *);
const char	*enrolment_setrole(struct enrolment *, const char *);
const char	*enrolment_setprofiles(struct enrolment *, const char *);
const char	*enrolment_setexpires(struct enrolment *, const char *);

/* secretfile.c: secrets that are one line of a file of their own */
#define SECRET_MAX	MLKEM768_SEEDLEN	/* bytes of the longest */
#define SECRET_TEXTMAX	(TOKEN_TEXTMAX + 1)	/* a line, its end, NUL */
#define SECRET_WHYMAX	128	/* the longest reason not to take one */

enum secret_kind {
	SECRET_SEAL = 1,		/* 32 bytes, the gateway's own */
	SECRET_ISSUER,			/* 32, by number: makes tokens */
	SECRET_PSK,			/* PSK_SHORT or PSK_LONG */
	SECRET_SHARED,			/* 32, by number: of a group */
	SECRET_KEM,			/* MLKEM768_SEEDLEN: d || z */
	SECRET_TOKEN			/* 32: the tag of a token */
};

struct secret {
	enum secret_kind	 kind;
	uint8_t			 number;	/* 1 to 255, or there is none */
	size_t			 len;
	uint8_t			 key[SECRET_MAX];
	struct asmp_token	 token;
};

const char	*secret_name(enum secret_kind);
int		 secret_fromtext(struct secret *, enum secret_kind,
		    const char *, size_t, char *);
int		 secret_totext(char *, size_t, const struct secret *);
int		 secretfile_read(struct secret *, enum secret_kind,
		    const char *, char *);
int		 secretfile_write(int, const struct secret *);

/* message.c: the handshake's plaintexts */
#define HELLO_FIXED	4	/* profile, options, max_in */

struct asmp_hello {
	uint8_t		 profile;
	uint8_t		 options;
	uint16_t	 max_in;
	const uint8_t	*m1;			/* into the payload */
};

struct asmp_gateway_auth {
	uint8_t		 nonce[ASMP_NONCELEN];
	uint8_t		 keyid[ASMP_HASHLEN];
	char		 id[ASMP_IDMAX + 1];
	uint8_t		 sig[ASMP_SIGMAX];
	size_t		 siglen;
};

#define TICKET_IDLEN	16
#define INIT_TICKET	0x01	/* flags: wants a ticket */
#define HELLO_COMPRESS	0x01	/* options */

struct asmp_init {
	uint8_t		 kind;
	uint8_t		 flags;
	uint8_t		 group;
	uint8_t		 nonce[ASMP_NONCELEN];
	char		 id[ASMP_IDMAX + 1];	/* empty: token or ticket */
	struct asmp_token token;		/* kind token */
	uint8_t		 ticket[TICKET_IDLEN];	/* kind ticket */
	size_t		 bodylen;		/* the proof follows */
	const uint8_t	*proof;			/* into the plaintext */
	size_t		 prooflen;
};

struct asmp_ack {
	uint8_t		 session[16];
	uint8_t		 nonce[ASMP_NONCELEN];	/* the device's, back */
	uint64_t	 time;			/* ms since 1970 */
	uint64_t	 lastid;
	uint8_t		 role;
	uint16_t	 max_in;
	uint16_t	 seal_limit;
	uint32_t	 lifetime;		/* seconds */
	uint8_t		 ticketed;		/* the two below are there */
	uint8_t		 ticket[TICKET_IDLEN];
	uint8_t		 secret[ASMP_KEYLEN];
};

#define GATEWAY_AUTH_MAX	(ASMP_NONCELEN + ASMP_HASHLEN + 1 + \
				    ASMP_IDMAX + ASMP_SIGMAX)
#define INIT_BODY_MAX		(3 + ASMP_NONCELEN + 1 + 1 + TOKEN_BODYMAX)
#define INIT_MAX		(INIT_BODY_MAX + ASMP_SIGMAX)
#define CHALLENGE_LEN		(MLKEM768_CTLEN + ASMP_HASHLEN)
#define RESPONSE_LEN		ASMP_HASHLEN
#define HANDSHAKE_ACK_LEN	(16 + ASMP_NONCELEN + 8 + 8 + 1 + 2 + 2 + 4 + 1)
#define HANDSHAKE_ACK_MAX	(HANDSHAKE_ACK_LEN + TICKET_IDLEN + ASMP_KEYLEN)

int	 hello_get(struct asmp_hello *, const uint8_t *, size_t);
void	 hello_put(uint8_t *, uint8_t, uint8_t, uint16_t);
void	 prologue_put(uint8_t *, const uint8_t *, const uint8_t *);
size_t	 gateway_auth_put(uint8_t *, const struct asmp_gateway_auth *);
int	 gateway_auth_get(struct asmp_gateway_auth *, const uint8_t *, size_t);
size_t	 init_body_put(uint8_t *, const struct asmp_init *);
int	 init_get(struct asmp_init *, const uint8_t *, size_t);
size_t	 ack_put(uint8_t *, const struct asmp_ack *);
int	 ack_get(struct asmp_ack *, const uint8_t *, size_t);
int	 id_valid(const char *);
size_t	 id_put(uint8_t *, const char *);

/* transcript.c: what signatures and proofs cover */
void	 transcript_next(uint8_t *, const uint8_t *, const uint8_t *, size_t);
int	 gateway_sign(const struct ident *, uint8_t *, const uint8_t *,
	    const uint8_t *, const char *);
int	 gateway_verify(const struct ident_pub *, const uint8_t *,
	    const struct asmp_gateway_auth *);
int	 device_sign(const struct ident *, uint8_t *, const uint8_t *,
	    const uint8_t *);
int	 device_verify(const struct ident_pub *, const uint8_t *, size_t,
	    const uint8_t *, const uint8_t *);

/*
 * proof.c: proofs that rest on a shared secret; all are of 32 bytes.  The
 * last two pointers are T1 and H(body); proof_kem() has ss and ct in front.
 */
struct kem_proof {
	uint8_t		 gateway[ASMP_HASHLEN];	/* in CHALLENGE */
	uint8_t		 device[ASMP_HASHLEN];	/* in RESPONSE */
	uint8_t		 extra[ASMP_KEYLEN];	/* X */
	uint8_t		 record[ASMP_KEYLEN];	/* for the gateway's files */
};

void	 proof_mac(uint8_t *, const uint8_t *, size_t, const uint8_t *,
	    const uint8_t *);
void	 proof_extra(uint8_t *, const uint8_t *, size_t, const uint8_t *,
	    const uint8_t *);
void	 proof_group(uint8_t *, const uint8_t *, size_t, const uint8_t *,
	    const uint8_t *);
void	 proof_kem(struct kem_proof *, const uint8_t *, const uint8_t *,
	    const uint8_t *, const uint8_t *);

/* rotate.c: a device gives itself another key, in its session */
#define ROTATE_MAX	(1 + ASMP_PUBMAX + 2 * ASMP_SIGMAX)
#define ROTATE_ANSWER	9		/* reason u8, until u64 */

struct rotate {
	struct ident_pub pub;			/* the new key */
	size_t		 newlen;
	uint8_t		 newsig[ASMP_SIGMAX];
	size_t		 oldlen;
	uint8_t		 oldsig[ASMP_SIGMAX];
};

size_t	 rotate_put(uint8_t *, const struct rotate *);
int	 rotate_get(struct rotate *, const uint8_t *, size_t);
int	 rotate_sign(struct rotate *, const struct ident *,
	    const struct ident *, const uint8_t *, const uint8_t *,
	    const char *);
int	 rotate_verify(const struct rotate *, const struct ident_pub *,
	    const uint8_t *, const uint8_t *, const char *);

/* seal.c: one signature over a run of DATA frames */
struct seal {
	uint64_t	 number;
	uint32_t	 epoch;
	uint64_t	 first;			/* sequence numbers */
	uint64_t	 last;
	uint16_t	 count;
	uint8_t		 c[ASMP_HASHLEN];	/* over the frames sent */
	uint8_t		 p[ASMP_HASHLEN];	/* over the leaves */
};

#define SEAL_FIXED	(2 + ASMP_HASHLEN)	/* count, P; signature next */
#define SEAL_MAX	(SEAL_FIXED + ASMP_SIGMAX)
#define SEAL_NUMBERS	(8 + 4 + 8 + 8 + 2)
#define SEAL_RECORD_MAX	(LABELMAX + 8 + 1 + ASMP_IDMAX + 1 + SEAL_NUMBERS + \
			    4 * ASMP_HASHLEN + ASMP_SIGMAX)

/* A seal as the log of readings keeps it: a leaf of that. */
struct seal_record {
	uint64_t	 received;		/* ms since 1970 */
	char		 id[ASMP_IDMAX + 1];	/* of the device */
	uint8_t		 alg;			/* of its key */
	uint8_t		 keyid[ASMP_HASHLEN];
	uint8_t		 t[ASMP_HASHLEN];
	struct seal	 seal;
	uint8_t		 sig[ASMP_SIGMAX];	/* ident_siglen() of them */
};

void	 seal_blind(uint8_t *, const struct hmac *, const uint8_t *);
void	 seal_leaf_shown(uint8_t *, const uint8_t *, const uint8_t *,
	    const uint8_t *, size_t);
void	 seal_leaf(uint8_t *, const uint8_t *, const uint8_t *,
	    const uint8_t *, size_t);
size_t	 seal_record_put(uint8_t *, const struct seal_record *);
int	 seal_record_get(struct seal_record *, const uint8_t *, size_t);
int	 seal_sign(const struct ident *, uint8_t *, const uint8_t *,
	    const struct seal *, const char *);
int	 seal_verify(const struct ident_pub *, const uint8_t *, size_t,
	    const uint8_t *, const struct seal *, const char *);

/* json.c: a strict scanner, RFC 8259 less what lets two readers differ */
#define JSON_DEPTH	8
#define JSON_MEMBERS	64		/* in one object */
#define JSON_FIELDS	64		/* numbers in one reading */
#define JSON_PATHMAX	128		/* "a.b[0].c", with NUL */

struct json_field {
	char		 path[JSON_PATHMAX];
	double		 value;
};

struct json_fields {
	size_t			 n;
	struct json_field	 f[JSON_FIELDS];
};

enum json_error {
	JSON_OK,
	JSON_SYNTAX,
	JSON_NOTOBJECT,
	JSON_DUPLICATE,
	JSON_NUMBER,		/* not finite, or not a JSON number */
	JSON_UTF8,
	JSON_TOODEEP,
	JSON_TOOMANY,
	JSON_TRAILING
};

/* A path, and what was found there. */
enum json_type {
	JSON_ABSENT,
	JSON_IS_NUMBER,
	JSON_IS_STRING,
	JSON_IS_OTHER
};

struct json_want {
	const char	*path;
	enum json_type	 type;
};

enum json_error	 json_scan(const uint8_t *, size_t, struct json_fields *,
		    size_t *);
enum json_error	 json_scan_for(const uint8_t *, size_t, struct json_fields *,
		    size_t *, struct json_want *, size_t);
const char	*json_strerror(enum json_error);

/* jsontext.c */
#define JSON_ESCAPEMAX	7		/* bytes of one byte, with NUL */

size_t	 json_escape_byte(char *, unsigned char);
void	 json_escape(char *, size_t, const char *);

/* merkle.c: append-only logs, RFC 6962 */
#define MERKLE_LEVELS		64
#define MERKLE_PROOFMAX		MERKLE_LEVELS	/* hashes */
#define MERKLE_CONSISTENCYMAX	(MERKLE_PROOFMAX + 1)

/* A tree's frontier; all zeros is the empty tree. */
struct merkle {
	uint64_t	 size;			/* leaves */
	uint8_t		 node[MERKLE_LEVELS][ASMP_HASHLEN];
};					/* i: there if bit i of size is */

/*
 * Gives the hash of the complete subtree that is the index-th of its level,
 * which is 0 for leaves, to ASMP_HASHLEN bytes.  Returns 0, or -1 with errno.
 */
typedef int (*merkle_get)(void *, unsigned int, uint64_t, uint8_t *);

void	 merkle_leaf(uint8_t *, const struct part *, size_t);
void	 merkle_node(uint8_t *, const uint8_t *, const uint8_t *);
void	 merkle_append(struct merkle *, const uint8_t *);
void	 merkle_root(const struct merkle *, uint8_t *);
int	 merkle_inclusion(uint8_t (*)[ASMP_HASHLEN], size_t *, uint64_t,
	    uint64_t, merkle_get, void *);
int	 merkle_inclusion_check(const uint8_t *, uint64_t, uint64_t,
	    const uint8_t (*)[ASMP_HASHLEN], size_t, const uint8_t *);
int	 merkle_consistency(uint8_t (*)[ASMP_HASHLEN], size_t *, uint64_t,
	    uint64_t, merkle_get, void *);
int	 merkle_consistency_check(uint64_t, const uint8_t *, uint64_t,
	    const uint8_t *, const uint8_t (*)[ASMP_HASHLEN], size_t);

/* note.c: logs' keys and checkpoints, c2sp.org/tlog-checkpoint */
#define LOG_AUDIT		"audit"
#define LOG_READINGS		"readings"
#define NOTE_NAMEMAX		(ASMP_IDMAX + 16)	/* id, "/", log, NUL */
#define VKEY_MAX		(NOTE_NAMEMAX + 1 + 8 + 1 + B64_LEN(33))
#define CHECKPOINT_SIZEMAX	INT64_MAX	/* more is not read by all */
#define CHECKPOINT_DIGITS	19		/* of that */
#define CHECKPOINT_MAX		(2 * NOTE_NAMEMAX + CHECKPOINT_DIGITS + \
				    B64_LEN(ASMP_HASHLEN) + B64_LEN(68) + 16)

struct checkpoint {
	char		 origin[NOTE_NAMEMAX];	/* the log's name */
	uint64_t	 size;
	uint8_t		 root[ASMP_HASHLEN];
};

int		 note_name(char *, const char *, const char *);
struct ident	*note_key(const uint8_t *);
int		 vkey_totext(char *, size_t, const char *,
		    const struct ident_pub *);
int		 vkey_fromtext(char *, size_t, struct ident_pub *,
		    const char *);
int		 checkpoint_sign(char *, size_t, const struct checkpoint *,
		    const struct ident *);
int		 checkpoint_open(struct checkpoint *, const char *,
		    const char *, const struct ident_pub *);

/* evidence.c: one reading, provable to strangers */
#define EVIDENCE_MAX	(2 * B64_LEN(ASMP_PAYLOAD_MAX) + 10240)

/* Some 140 KB. */
struct evidence {
	char			 gateway[ASMP_IDMAX + 1];
	struct ident_pub	 key;		/* the device's */
	struct seal_record	 record;	/* what the log has */
	uint16_t		 place;		/* in the seal, from 0 */
	uint8_t			 header[ASMP_HDRLEN];
	uint8_t			 blind[ASMP_HASHLEN];
	size_t			 len;		/* the plaintext, as it came */
	uint8_t			 data[ASMP_PAYLOAD_MAX];
	size_t			 expandedlen;	/* 0: not compressed */
	uint8_t			 expanded[ASMP_PAYLOAD_MAX];
	uint8_t			 leaf[ASMP_SEAL_FRAMES][ASMP_HASHLEN];
	uint64_t		 index;		/* of the record in the log */
	size_t			 pathlen;
	uint8_t			 path[MERKLE_PROOFMAX][ASMP_HASHLEN];
	char			 checkpoint[CHECKPOINT_MAX];
};			/* leaf[place] is not looked at */

struct evidence_reading {
	uint64_t	 id;
	uint64_t	 time;			/* ms since 1970, 0: no clock */
	const char	*text;			/* JSON, in the evidence */
	size_t		 len;
};

int		 evidence_placed(const struct evidence *);
int		 evidence_valid(const struct evidence *);
const char	*evidence_check(const struct evidence *,
		    const struct ident_pub *, const struct ident_pub *,
		    struct checkpoint *);
void		 evidence_reading(const struct evidence *,
		    struct evidence_reading *);

/* evidence_text.c */
int		 evidence_totext(char *, size_t, const struct evidence *);
int		 evidence_fromtext(struct evidence *, const char *,
		    unsigned int *);

#endif /* ASMP_PROTO_H */
