# What every compiler run has in common.  CC, CFLAGS, CPPFLAGS, LDFLAGS and
# SAN are the builder's; the HARDEN and WARN lists are the project's.

PREFIX =	/usr/local
BINDIR =	${PREFIX}/bin
SBINDIR =	${PREFIX}/sbin
MANDIR =	${PREFIX}/share/man
SYSCONFDIR =	/etc
LIBDIR =	${PREFIX}/lib
INCDIR =	${PREFIX}/include

CFLAGS =	-O2 -g
CPPFLAGS =
LDFLAGS =
SAN =
WERROR =

WARN =		-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes \
		-Wmissing-declarations -Wold-style-definition -Wshadow \
		-Wpointer-arith -Wcast-qual -Wsign-compare -Wvla \
		-Wformat-security -Wimplicit-fallthrough \
		-Wmisleading-indentation -Wundef ${WERROR}
FORTIFY =	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN =	-fstack-protector-strong -fstack-clash-protection -fPIE \
		${FORTIFY}
HARDENLD =	-pie -Wl,-z,relro,-z,now,-z,noexecstack

# OpenSSL's 1.1 interface is the part that LibreSSL shares.
DEFS =		-D_GNU_SOURCE -DLIBBSD_OVERLAY \
		-DOPENSSL_API_COMPAT=0x10100000L -isystem /usr/include/bsd
INCS =		-I${TOP}/lib/libutil -I${TOP}/lib/libasmp

LIBASMP =	${TOP}/lib/libasmp/libasmp.a
LIBUTIL =	${TOP}/lib/libutil/libutil.a

COMPILE =	${CC} -std=gnu11 ${CFLAGS} ${WARN} ${HARDEN} ${SAN} ${DEFS} \
		${INCS} ${CPPFLAGS} -MMD -MP
LINK =		${CC} ${CFLAGS} ${HARDEN} ${SAN} ${HARDENLD} ${LDFLAGS}

.SUFFIXES:
.SUFFIXES: .c .o

.c.o:
	${COMPILE} -c -o $@ $<
