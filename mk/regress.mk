# ATF programs: CTESTS are name.c, SHTESTS are name.sh; LDADD their libraries.

include ${TOP}/mk/flags.mk

all: ${CTESTS} ${SHTESTS} ${EXTRA}

${CTESTS}: ${LIBASMP} ${LIBUTIL}

.SUFFIXES: .sh

.c:
	${COMPILE} -MF $@.d -MT $@ -c -o $@.o $<
	${LINK} -o $@ $@.o ${LIBASMP} ${LIBUTIL} -latf-c ${LDADD}
.sh:
	{ echo '#!/usr/bin/env atf-sh'; cat $<; } > $@
	chmod 755 $@

clean:
	rm -f ${CTESTS} ${SHTESTS} ${EXTRA} *.o *.d

# bmake takes two blanks for the name of a file between them: echo has one.
DEPS !=	echo ${CTESTS:=.d} /dev/null
-include ${DEPS}
