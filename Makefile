# asmpd: make demo shows it, make check tests it.

SUBDIRS =	lib/libutil lib/libasmp asmpd asmpctl asmp asmp-keygen
TESTDIRS =	regress/lib/libutil regress/lib/libasmp regress/asmp-keygen \
		regress/asmpctl regress/asmp regress/asmpd

all:
	for d in ${SUBDIRS}; do ${MAKE} -C $$d all || exit 1; done
