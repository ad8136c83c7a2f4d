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

# What end-to-end tests share: a daemon of their own, in the work directory
# of the test case, as root and as anybody else.  Sourced by atf-sh programs
# one directory below this one.

TOPDIR=$(cd $(atf_get_srcdir)/../.. && pwd -P)
ASMP=${TOPDIR}/asmp/asmp
ASMPCTL=${TOPDIR}/asmpctl/asmpctl
ASMPD=${TOPDIR}/asmpd/asmpd
KEYGEN=${TOPDIR}/asmp-keygen/asmp-keygen

DAEMON_START=20		# seconds until it must answer
DAEMON_STOP=20		# seconds until it must be gone
PORT_TRIES=5		# when others take the port first

# wait_for seconds command [argument ...]: 0 as soon as the command succeeds,
# 1 if it never does.
wait_for()
{
	_left=$(($1 * 10))
	shift
	until "$@" > /dev/null 2>&1; do
		_left=$((_left - 1))
		[ ${_left} -gt 0 ] || return 1
		sleep 0.1
	done
}

# Whether a TCP socket of this host has the port; only Linux can tell.
port_used()
{
	cat /proc/net/tcp /proc/net/tcp6 2> /dev/null |
	    grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X $1) "
}

# Prints a port that nobody has now, below those that systems give away.
free_port()
{
	_port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
	while port_used ${_port}; do
		_port=$((_port + 1))
	done
	echo ${_port}
}

# Writes the whole configuration; ${port} and ${sock} say where it answers.
# More can be appended before daemon_start.  All that tests do wrong comes from
# one address, which must not be shut out for it.  With ASMP_VERIFIERS in the
# environment, sessions are spread over so many verifiers.
daemon_conf()
{
	_dir=$(pwd -P)
	sock=${_dir}/asmpd.sock
	ctl="${ASMPCTL} -s ${sock}"
	[ -e GW.key ] || atf_check -o ignore ${KEYGEN} -G GW
	mkdir -p -m 755 db empty
	cat > asmpd.conf <<-EOF
		gateway id "GW"
		gateway key "${_dir}/GW.key"
		gateway seal "${_dir}/GW.seal"
		database "${_dir}/db/asmpd.db"
		anchor "${_dir}/asmpd.anchor"
		control socket "${sock}"
		penalty none
	EOF
	[ $(id -u) -ne 0 ] || daemon_conf_root >> asmpd.conf
	[ -z "${ASMP_VERIFIERS-}" ] ||
	    echo "verifiers ${ASMP_VERIFIERS}" >> asmpd.conf
	daemon_conf_port
}

# Root's daemon gives up its rights to a user who owns nothing else.
daemon_conf_root()
{
	chown nobody db
	cat <<-EOF
		user "nobody"
		chroot "${_dir}/empty"
	EOF
}

daemon_conf_port()
{
	port=$(free_port)
	{ grep -v '^listen ' asmpd.conf
	  echo "listen on 127.0.0.1 port ${port}"; } > asmpd.conf.new
	mv asmpd.conf.new asmpd.conf
}

# Whether a child of this shell still runs; one that ended is a zombie.
alive()
{
	case $(ps -o stat= -p $1) in
	''|Z*)	return 1 ;;
	esac
}

not_alive()
{
	! alive $1
}

# Answers, or ended: no more to wait for.
daemon_decided()
{
	not_alive ${daemon_pid} || ${ctl} show
}

# daemon_start [option ...]: runs asmpd, after daemon_conf, until it answers;
# ${daemon_pid} is the parent's, and asmpd.log what all processes log.
daemon_start()
{
	_try=0
	while :; do
		${ASMPD} -d -f asmpd.conf "$@" > asmpd.log 2>&1 &
		daemon_pid=$!
		trap daemon_kill EXIT
		wait_for ${DAEMON_START} daemon_decided
		! alive ${daemon_pid} || break
		_try=$((_try + 1))
		if [ ${_try} -ge ${PORT_TRIES} ] ||
		    ! grep -q 'Address already in use' asmpd.log; then
			cat asmpd.log >&2
			atf_fail "asmpd did not start"
		fi
		daemon_conf_port
	done
	${ctl} show > /dev/null || atf_fail "asmpd does not answer"
}

# The daemon stops when it is told to, with status 0.
daemon_stop()
{
	kill -TERM ${daemon_pid}
	wait_for ${DAEMON_STOP} not_alive ${daemon_pid} ||
	    atf_fail "asmpd does not stop"
	wait ${daemon_pid}
	_status=$?
	daemon_pid=
	[ ${_status} -eq 0 ] || cat asmpd.log >&2
	atf_check_equal 0 ${_status}
}

# Leaves no daemon behind, however the test case ended.
daemon_kill()
{
	[ -n "${daemon_pid}" ] || return 0
	kill -TERM ${daemon_pid} 2> /dev/null
	wait_for ${DAEMON_STOP} not_alive ${daemon_pid} ||
	    kill -KILL ${daemon_pid}
	daemon_pid=
}

# device_enrol id [option of asmp-keygen ...]: a new device, with its files.
device_enrol()
{
	_id=$1
	shift
	atf_check -o ignore ${KEYGEN} "$@" ${_id}
	atf_check -o ignore ${ctl} device add ${_id} ${_id}.pub
}

# device_send id [argument of asmp ...]: readings from this device.
device_send()
{
	_id=$1
	shift
	${ASMP} -P asmp -k ${_id}.key -i ${_id} -g GW.pin -p ${port} -t 10 \
	    127.0.0.1 "$@"
}

# The audit log is what was signed; that this was asked is newer.
audit_whole()
{
	atf_check -o match:'^[0-9]+ records, as they were signed(; [0-9]+ more (is|are) not signed yet)?$' \
	    ${ctl} audit verify
}
