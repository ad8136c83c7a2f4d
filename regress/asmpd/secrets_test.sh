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

# Secrets are where they must be, as long as they must be, and nowhere else:
# break 17.  All processes are searched, and all that is written.

. $(atf_get_srcdir)/common.sh

SCAN=${TOPDIR}/regress/tools/scan

# hex_of bytes ...: the last bytes of what is on standard input.
hex_of()
{
	tail -c $1 | od -An -v -tx1 | tr -d ' \n'
}

# body file: what a secret's file of one line has in base64.
body()
{
	cut -d ' ' -f 2 $1 | base64 -d
}

# vault: a gateway with a secret of every kind, and devices.  Its own are in the
# file gateways, theirs in devices, and one that nobody keeps in seal.
vault()
{
	atf_check -o ignore ${KEYGEN} -t issuer -n 3 DESK
	atf_check -o ignore ${KEYGEN} -t shared -n 5 WARD
	gateway "issuer \"$(pwd -P)/DESK.issuer\"" \
	    "shared key \"$(pwd -P)/WARD.shared\"" 'log data yes'
	atf_check -o ignore ${KEYGEN} SIGNER
	enrol SIGNER.pub
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	enrol KEM.kem
	atf_check -o ignore ${KEYGEN} -T -a GW -k DESK.issuer -r user CLERK
	enrol CLERK.token -r user
	atf_check -o ignore ${KEYGEN} -t psk 1
	enrol 1.psk
	atf_check -o ignore ${KEYGEN} -t psk -b 256 2
	enrol 2.psk
	{ echo gateway-key $(grep -v ^- GW.key | base64 -d | hex_of 32)
	  echo issuer $(body DESK.issuer | hex_of 32)
	  echo shared $(body WARD.shared | hex_of 32)
	} > gateways
	echo gateway-seal $(body GW.seal | hex_of 32) > seal
	{ echo device-key $(grep -v ^- SIGNER.key | base64 -d | hex_of 32)
	  echo device-kem $(body KEM.kem | hex_of 64)
	  echo token $(body CLERK.token | hex_of 32)
	  echo psk $(${KEYGEN} -x 1.psk)
	  echo psk256 $(${KEYGEN} -x 2.psk)
	} > devices
}

# not_in file process ...: none of these secrets is in these.
not_in()
{
	_secrets=$1
	shift
	for _process in "$@"; do
		atf_check -o empty sh -c "${SCAN} -p $(child_pid ${_process}) \
		    < ${_secrets} | sort -u"
	done
}

# is_in file process: each of these secrets is there, or the search is none.
is_in()
{
	${SCAN} -p $(child_pid $2) < $1 | cut -d ' ' -f 1 | sort -u > there
	cut -d ' ' -f 1 $1 | sort -u > all
	atf_check diff all there
}

# nowhere_written file: not in the log, nor in what is stored.
nowhere_written()
{
	for _file in asmpd.log db/*; do
		atf_check -o empty sh -c "${SCAN} -f ${_file} < $1"
	done
}

CHILDREN="net verify store control"

atf_test_case long_term
long_term_head()
{
	atf_set descr "break 17, M-36, A-4: keys for years are in the parent alone, and only the gateway's"
	atf_set require.user root
}
long_term_body()
{
	vault
	for p in 'SIGNER.key -P hybrid' 'SIGNER.key -P asmp -S WARD.shared' \
	    'CLERK.token -P ztp' 'CLERK.token -P slmp' KEM.kem; do
		atf_check -o match:'^acked' ./say ${p} open \
		    'reading {"n":"1"}' 'expect acked'
		not_in devices parent
	done
	for key in 1.psk 2.psk; do
		atf_check -o match:'^result' ./say ${key} open 'value 1' \
		    'expect result'
		not_in devices parent
	done
	# Proofs that do not hold.
	mkdir bad
	atf_check -o ignore ${KEYGEN} -d bad SIGNER
	atf_check -o ignore ${KEYGEN} -d bad -t mlkem768 KEM
	atf_check -o ignore ${KEYGEN} -d bad -t psk 1
	for key in SIGNER.key KEM.kem 1.psk; do
		atf_check -o match:'^failed - ' ./say bad/${key} \
		    -i ${key%.*} open
		not_in devices parent
	done
	atf_check -o ignore ${ctl} reload
	atf_check -o ignore ${ctl} device revoke 2
	atf_check -o ignore ${ctl} -j show devices
	cat gateways devices seal > every
	not_in every ${CHILDREN}
	# Of the seal's secret it has what follows from it.
	not_in devices parent
	not_in seal parent
	# The search finds what is there.
	is_in gateways parent
	nowhere_written every
	daemon_stop
	nowhere_written every
}

# keys_of n [name ...]: the keys that the device of tell n has now, by their
# names, in the file keys.
keys_of()
{
	_n=$1
	shift
	: > out.${_n}
	tell ${_n} keys heartbeat
	hears ${_n} '^heartbeat'
	sed -n 's/^key //p' out.${_n} > keys.all
	: > keys
	for _key in "$@"; do
		grep "^${_key} " keys.all >> keys ||
		    atf_fail "no key ${_key}"
	done
}

# The keys of the session of each profile that verify must have while it is
# open, as they are after a reading was acknowledged.
session_keys()
{
	case $1 in
	hybrid)	echo d2g-control g2d-control d2g-blind rekey d2g-data \
		    g2d-data ;;
	asmp)	echo d2g-control g2d-control d2g-blind d2g-data g2d-data ;;
	ztp)	echo d2g-control g2d-control d2g-data g2d-data ;;
	*)	echo d2g-control g2d-control d2g-data d2g-mac g2d-data \
		    g2d-mac ;;
	esac
}

secrets_of_session()
{
	profile=$1
	key=$2
	vault
	stays 4 ${key} -P ${profile}
	tell 4 open
	hears 4 '^open '
	if [ ${profile} = smcp ]; then
		tell 4 'value 1' 'expect result'
	else
		tell 4 'reading {"n":"1"}' 'expect acked'
	fi
	keys_of 4 $(session_keys ${profile})
	# Who needs them has them, and nobody else.
	is_in keys verify
	not_in keys parent net store control
	# The handshake's are history.
	grep ^handshake- keys.all > handshake
	atf_check_equal 3 $(wc -l < handshake)
	not_in handshake parent ${CHILDREN}
	cp keys first
	[ ${profile} != hybrid ] || old_keys
	cp keys before
	tell 4 close
	hears 4 '^closed$'
	logged 'session down: '
	cat first before handshake > every
	not_in every parent ${CHILDREN}
	nowhere_written every
	# However it ends.
	for how in lose kill; do
		tell 4 open
		hears 4 '^open '
		[ ${profile} = smcp ] || tell 4 'reading {"n":"2"}' \
		    'expect acked'
		keys_of 4 $(session_keys ${profile})
		is_in keys verify
		_downs=$(grep -c 'session down: ' asmpd.log)
		if [ ${how} = kill ]; then
			atf_check -o ignore ${ctl} kill ${key%.*}
		else
			tell 4 ${how}
		fi
		count $((_downs + 1)) 'session down: '
		not_in keys parent ${CHILDREN}
	done
	leaves 4
	daemon_stop
}

# What a key was before a reading, or before REKEY, is gone with it.
old_keys()
{
	grep ^d2g-data keys > old
	tell 4 'reading {"n":"more"}' 'expect acked 2'
	keys_of 4 $(session_keys hybrid)
	is_in keys verify
	not_in old verify
	cp keys old
	tell 4 rekey 'expect epoch 2'
	keys_of 4 $(session_keys hybrid)
	is_in keys verify
	not_in old verify
}

for _p in hybrid/SIGNER.key asmp/SIGNER.key ztp/CLERK.token \
    slmp/CLERK.token smcp/1.psk iomt/KEM.kem; do
	atf_test_case session_${_p%/*}
	eval "session_${_p%/*}_head()
	{
		atf_set descr 'break 17, M-4: keys of a session live as long as it (${_p%/*})'
		atf_set require.user root
	}
	session_${_p%/*}_body()
	{
		secrets_of_session ${_p%/*} ${_p#*/}
	}"
	sessions="${sessions} session_${_p%/*}"
done

atf_test_case ratchet
ratchet_head()
{
	atf_set descr "M-4, M-23 to M-27: keys of a round are gone with the round"
	atf_set require.user root
}
ratchet_body()
{
	vault
	stays 4 1.psk
	tell 4 open
	hears 4 '^open '
	: > old
	for round in 1 2 3; do
		keys_of 4 d2g-data d2g-mac g2d-data g2d-mac
		is_in keys verify
		[ ! -s old ] || not_in old verify
		cat keys >> old
		tell 4 "value ${round}" "expect result complete ${round}"
	done
	leaves 4
	not_in old parent ${CHILDREN}
	daemon_stop
}

atf_test_case ticket
ticket_head()
{
	atf_set descr "break 17: a ticket is sealed in the gateway, and its device's alone"
	atf_set require.user root
}
ticket_body()
{
	vault
	stays 4 SIGNER.key -w
	tell 4 open
	hears 4 '^open '
	keys_of 4 ticket
	not_in keys parent ${CHILDREN}
	cp keys first
	tell 4 close resume
	wait_for ${SOON} at_least 1 'device SIGNER .* proof ticket$'
	hears 4 'open hybrid'
	keys_of 4 ticket
	cat keys >> first
	not_in first parent ${CHILDREN}
	leaves 4
	nowhere_written first
	daemon_stop
	nowhere_written first
}

atf_test_case readings
readings_head()
{
	atf_set descr "what a device has said does not stay in verify when its session is over"
	atf_set require.user root
}
readings_body()
{
	vault
	# Who wants them in the log has them wherever a line is made.
	sed '/^log data/d' asmpd.conf > asmpd.conf.new
	mv asmpd.conf.new asmpd.conf
	atf_check -o ignore ${ctl} reload
	atf_check -o ignore ${ctl} log brief
	for _line in SIGNER:hybrid SIGNER:asmp CLERK:ztp CLERK:slmp KEM:iomt; do
		p=${_line#*:}
		case ${_line} in
		SIGNER:*)	key=SIGNER.key ;;
		CLERK:*)	key=CLERK.token ;;
		KEM:*)		key=KEM.kem ;;
		esac
		echo "${p} $(printf 'nobody else of %s' ${p} | hex_of 99)" > said
		_downs=$(grep -c 'session down: ' asmpd.log)
		atf_check -o match:'^acked' ./say ${key} -P ${p} open \
		    "reading {\"n\":\"nobody else of ${p}\"}" 'expect acked' \
		    close
		count $((_downs + 1)) 'session down: '
		not_in said net verify parent control
	done
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case long_term
	for _case in ${sessions}; do
		atf_add_test_case ${_case}
	done
	atf_add_test_case ratchet
	atf_add_test_case readings
	atf_add_test_case ticket
}
