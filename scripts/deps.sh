#!/bin/sh
# Copyright (c) 2026 The asmpd developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.


# deps.sh list ...: installs the Debian packages of these lists that are
# missing, as root or through sudo.  Lists: build check peers lint ci bench
# fuzz.  Says nothing when nothing is missing.

set -eu

# A package, and the command that shows that it is there already; without a
# command dpkg is asked.
packages()
{
	case $1 in
	build)
		command -v cc >/dev/null || echo gcc libc6-dev
		echo make:make byacc:byacc libssl-dev libevent-dev libbsd-dev \
		    libedit-dev libjansson-dev libseccomp-dev libsodium-dev \
		    libsqlite3-dev libtls-dev zlib1g-dev
		;;
	check)
		echo kyua:kyua libatf-dev atf-sh:atf-sh openssl:openssl \
		    sqlite3:sqlite3 python3:python3 python3-venv jq:jq \
		    pkg-config:pkg-config procps:ps valgrind:valgrind
		;;
	peers)
		echo nodejs:node npm:npm golang-go:go
		;;
	lint)
		echo mandoc:mandoc cppcheck:cppcheck shellcheck:shellcheck
		;;
	ci)
		echo clang:clang bmake:bmake fail2ban:fail2ban-regex
		;;
	fuzz)
		echo clang:clang libclang-rt-14-dev
		;;
	bench)
		echo mosquitto:mosquitto nats-server:nats-server \
		    openssl:openssl procps:ps
		;;
	*)
		echo "deps.sh: no list $1; there are build check peers" \
		    "lint ci bench fuzz" >&2
		exit 1
		;;
	esac
}

installed()
{
	dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q ' installed$'
}

# Those of the packages named that are not here; /usr/sbin has some commands.
missing()
{
	for p; do
		case $p in
		*:*)
			PATH=${PATH}:/usr/sbin:/sbin command -v "${p#*:}" \
			    >/dev/null || echo "${p%:*}"
			;;
		*)
			installed "$p" || echo "$p"
			;;
		esac
	done
}

# Give up with one line that says what to do.
cannot()
{
	echo "deps: $1; install by hand:" $want >&2
	exit 1
}

# As root, or as somebody who may become root; asks for no password where
# nobody could type it.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

apt_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
	    -o Dpkg::Use-Pty=0 install --no-install-recommends $want \
	    </dev/null >"$log" 2>&1
}

# The lists of packages are only fetched where those at hand do not do.
install_packages()
{
	command -v apt-get >/dev/null || cannot "this is not Debian"
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		cannot "neither root nor sudo"
	fi
	echo "deps: installing" $want
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	as_root true || cannot "sudo did not let us become root"
	apt_install && return
	as_root apt-get -q update </dev/null >"$log" 2>&1 && apt_install &&
	    return
	tail -n 5 "$log" >&2
	cannot "apt-get failed, see above"
}

lists=
for l; do
	lists="$lists $(packages "$l")"
done
want=$(missing $lists)
[ -z "$want" ] || install_packages
case " $* " in
*" check "*)
	sh "${0%/*}/python.sh" >/dev/null || :
	sh "${0%/*}/node.sh" >/dev/null || :
	sh "${0%/*}/go.sh" >/dev/null || :
	;;
esac
