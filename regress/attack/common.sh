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

# What the attacks share, above ../asmpd/common.sh.  Each one is a label that
# begins with what it proves, as "break 7" or "M-29", and a profile; each
# leaves a line in ${ASMP_ATTACKS}, of which attack.sh makes a table.

. $(atf_get_srcdir)/../asmpd/common.sh

ROGUE=${TOPDIR}/regress/attack/rogue

LATE_LEAST=950		# ms: a refused identity is closed after a second
LATE_MOST=5000

# A program that is a device, as in ../asmpd/common.sh, with a key of any kind.
client()
{
	cat > $1 <<-EOF
		#!/bin/sh
		id=\$1
		shift
		for key in \${id}.*; do
			case \${key} in
			*.key|*.psk|*.kem|*.token)	break ;;
			esac
		done
		options=
		while :; do
			case \$1 in
			-[CgPSt])	options="\${options} \$1 \$2"; shift 2 ;;
			-?)		options="\${options} \$1"; shift ;;
			*)		break ;;
			esac
		done
		exec ${ASMP} -k \${key} -i \${id} -g GW.pin -p $2 -t 10 \\
		    \${options} 127.0.0.1 "\$@"
	EOF
	chmod 755 $1
}

# keyfile id: what asmp-keygen has made for it.
keyfile()
{
	for _key in $1.key $1.psk $1.kem $1.token; do
		[ ! -e ${_key} ] || echo ${_key}
	done
}

# gateway_for profile [line of asmpd.conf ...]: a gateway with a bystander
# that knows whom it must to serve this profile.
gateway_for()
{
	profile=$1
	shift
	case ${profile} in
	ztp|slmp)
		atf_check -o ignore ${KEYGEN} -t issuer ISSUER
		gateway "issuer \"$(pwd -P)/ISSUER.issuer\"" "$@"
		;;
	*)
		gateway "$@"
		;;
	esac
	bystander
}

# device_make id: a key, or a token, for the profile.
device_make()
{
	case ${profile} in
	ztp|slmp)
		atf_check -o ignore ${KEYGEN} -T -a GW -k ISSUER.issuer \
		    -r admin $1
		;;
	smcp)	atf_check -o ignore ${KEYGEN} -t psk $1 ;;
	iomt)	atf_check -o ignore ${KEYGEN} -t mlkem768 $1 ;;
	*)	atf_check -o ignore ${KEYGEN} $1 ;;
	esac
}

# enrol id [option of asmp-keygen -e ...]: a device for the profile.
enrol()
{
	_id=$1
	shift
	device_make ${_id}
	(umask 077 && ${KEYGEN} -e $(keyfile ${_id}) "$@" > ${_id}.line)
	atf_check -o ignore ${ctl} device add -f ${_id}.line
	rm ${_id}.line
}

# attacked profile [line of asmpd.conf ...]: a gateway, and a device that will
# misbehave.
attacked()
{
	gateway_for "$@"
	enrol ROGUE
	genuine=0
}

# What the log says from here on is looked at by one_line.
log_mark()
{
	log_from=$(($(wc -l < asmpd.log) + 1))
}

# one_line [misbehaviour]: of all that was not accepted since log_mark there is
# one line, with address, device or -, and reason.  A reading that is kept has
# another, of its own; and one misbehaviour gives a connection up before.
one_line()
{
	tail -n +${log_from} asmpd.log | sed 's/ verify[0-9]*: / verify: /' |
	    grep -v -e ' device BYSTANDER ' \
	    -e 'verify: session up: ' -e 'verify: \[DATA RECEIVED\] ' \
	    -e 'verify: Authenticated message from ' \
	    -e "verify: Connection from ('" \
	    -e 'verify: session down: .* reason done$' \
	    -e 'verify: reading blocked: ' > since
	[ "$1" != identity-old ] || sed -i '/device - reason lost$/d' since
	grep -Ev 'verify: session down: device [^ ]+ address 127\.0\.0\.1:[0-9]+ reason [a-z0-9-]+$|verify: session refused: address 127\.0\.0\.1:[0-9]+ device [^ ]+ reason [a-z0-9-]+$' \
	    since && atf_fail "another line"
	[ $(grep -c . since) -eq 1 ] || atf_fail "not one line: $(cat since)"
}

# Runs the rogue device; what it says is in rogue.out.
rogue()
{
	log_mark
	timeout -k 3 60 ${ROGUE} -P ${profile} -k $(keyfile ROGUE) -i ROGUE \
	    -g GW.pin -c 127.0.0.1:${port} "$@" > rogue.out 2> rogue.err || {
		cat rogue.out rogue.err asmpd.log >&2
		atf_fail "$*: the genuine part failed: $(cat rogue.err)"
	}
	grep -q '^accepted [1-9]' rogue.out || atf_fail "$*: nothing accepted"
}

# verdict label want seen: one line of the table; what is wrong ends the case.
verdict()
{
	_result=refused
	[ "$2" = "$3" ] || _result=WRONG
	table_row "${process:+hijacked ${process}: }$1" "${profile}" "$3" \
	    "${_result}"
	[ "$2" = "$3" ] || {
		cat rogue.out middle.out asmpd.log >&2 2> /dev/null
		atf_fail "$1: reason $3 where $2 is due"
	}
}

# last_reason pattern: the reason of the last such line.
last_reason()
{
	grep -E "$1" asmpd.log | tail -n 1 | sed 's/.* reason //'
}

downs()
{
	grep -c 'session down: device ROGUE ' asmpd.log
}

more_downs()
{
	[ $(downs) -ge $1 ]
}

refusals()
{
	grep -c 'session refused: address ' asmpd.log
}

more_refusals()
{
	[ $(refusals) -ge $1 ]
}

# hex file: as it can be searched.
hex()
{
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# accepted_are id n: so many readings of the device are there, or will be soon:
# what verify has let pass may be on its way to the disk.
accepted_are()
{
	wait_for ${SOON} have_accepted $1 $2
	atf_check -o match:"^readings accepted +$2\$" ${ctl} show device $1
}

have_accepted()
{
	${ctl} show device $1 | grep -Eq "^readings accepted +$2\$"
}

# Of the rogue's readings only the genuine ones are there, n more.
genuine_only()
{
	genuine=$((genuine + $1))
	accepted_are ROGUE ${genuine}
}

# in_session label reason misbehaviour [argument]: two genuine readings are
# accepted, and then the session ends for this reason, which the log and the
# gateway's last word agree on.
in_session()
{
	_label=$1
	_reason=$2
	shift 2
	_downs=$(($(downs) + 1))
	rogue "$@"
	wait_for ${SOON} more_downs ${_downs} || {
		cat rogue.out asmpd.log >&2
		atf_fail "${_label}: the session goes on"
	}
	verdict "${_label}" ${_reason} \
	    $(last_reason 'session down: device ROGUE ')
	atf_check -o match:"^close ${_reason} after " cat rogue.out
	genuine_only 2
	bystander_goes_on
	one_line
}

# in_handshake label reason when misbehaviour [argument]: after a genuine
# session a second one is refused, without a word: at once, or late.
in_handshake()
{
	_label=$1
	_reason=$2
	_when=$3
	shift 3
	_refusals=$(($(refusals) + 1))
	_ups=$(($(grep -c 'session up: device ROGUE ' asmpd.log) + 1))
	rogue "$@"
	wait_for ${SOON} more_refusals ${_refusals} || {
		cat rogue.out asmpd.log >&2
		atf_fail "${_label}: it is not refused"
	}
	verdict "${_label}" ${_reason} $(last_reason 'session refused: ')
	count ${_ups} 'session up: device ROGUE '
	silently ${_when}
	genuine_only 2
	bystander_goes_on
	one_line "$1"
}

# silently when: nothing was said but what a gateway says to everybody, and
# the end came when it had to.
silently()
{
	_ms=$(sed -n 's/^closed after \([0-9]*\) ms$/\1/p' rogue.out)
	[ -n "${_ms}" ] || atf_fail "not closed: $(cat rogue.out)"
	sed -e '/^answer HELLO_REPLY$/d' -e '/^answer GATEWAY_AUTH$/d' \
	    rogue.out > heard
	atf_check -s exit:1 grep -E '^(answer|close) ' heard
	case $1 in
	late)	[ ${_ms} -ge ${LATE_LEAST} ] && [ ${_ms} -le ${LATE_MOST} ] ;;
	*)	[ ${_ms} -lt ${LATE_LEAST} ] ;;
	esac || atf_fail "closed after ${_ms} ms, which is not $1"
}

# per_profile case descr profile ...: a test case for each of these profiles,
# of a function attack_CASE.
per_profile()
{
	_case=$1
	_descr=$2
	shift 2
	for _profile in "$@"; do
		atf_test_case ${_case}_${_profile}
		eval "${_case}_${_profile}_head()
		{
			atf_set descr '${_descr} (${_profile})'
		}
		${_case}_${_profile}_body()
		{
			attack_${_case} ${_profile}
		}"
		cases="${cases} ${_case}_${_profile}"
	done
}

atf_init_test_cases()
{
	for _case in ${cases}; do
		atf_add_test_case ${_case}
	done
}
