# ATF programs: CTESTS are name.c, SHTESTS are name.sh; LDADD their libraries.

include ${TOP}/mk/flags.mk

COBJS =	${CTESTS:=.o}

all: ${CTESTS} ${SHTESTS} ${EXTRA}

${CTESTS}: ${LIBASMP} ${LIBUTIL} ${COBJS}
	${LINK} -o $@ $@.o ${LIBASMP} ${LIBUTIL} -latf-c ${LDADD}

${SHTESTS}:
	{ echo '#!/usr/bin/env atf-sh'; cat $@.sh; } > $@
	chmod 755 $@

clean:
	rm -f ${CTESTS} ${SHTESTS} ${EXTRA} *.o *.d

-include ${COBJS:.o=.d}
