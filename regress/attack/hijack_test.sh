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

# A process of asmpd in other hands: what asmpd(8), SECURITY CONSIDERATIONS,
# says that it cannot do, tried through its own pipes.  Each attempt has a
# daemon of its own, which serves a device first.

. $(atf_get_srcdir)/common.sh

HIJACK=${TOPDIR}/regress/attack/hijack

# other_hands process: from here on it is; with nothing done, all works.
other_hands()
{
	process=$1
	profile=ipc
	case ${process} in
	net)		letter=n ;;
	verify)		letter=v ;;
	store)		letter=s ;;
	control)	letter=c ;;
	esac
	genuine_asmpd=${ASMPD}
	ASMPD=$(pwd -P)/asmpd
	cp ${HIJACK} asmpd
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	atf_check -o ignore ${KEYGEN} -t shared COMMON
	daemon_conf
	cat >> asmpd.conf <<-EOF
		issuer "$(pwd -P)/ISSUER.issuer"
		shared key "$(pwd -P)/COMMON.shared"
	EOF
	rules
	daemon_start -v
	client send ${port}
	device_enrol VICTIM
	device_enrol DEV1
	served VICTIM
	served DEV1
	daemon_stop
}

# rules [rule ...]: what the next daemon's process will do.
rules()
{
	printf '%s\n' ${genuine_asmpd} ${letter} "$@" > hijack.conf
}

served()
{
	atf_check ./send $1 '{"n":"genuine"}'
}

# acts rule ...: a daemon whose process does this now, after it has served.
acts()
{
	rules "$@"
	daemon_start -v
	client send ${port}
	served DEV1
	kill -USR1 $(cat hijack.pid)
}

# stir_for rules: what makes every process say something, where that is what
# they wait for; it may come to nothing.
stir_for()
{
	case $1 in
	send:*)	return ;;
	esac
	./send DEV1 -t 3 '{"n":"stirred"}' > stir.out 2>&1
	timeout 5 ${ctl} show device DEV1 >> stir.out 2>&1
}

# The number of the message that the process has sent last.
sent_type()
{
	sed -n 's/^hijack: .* \([0-9]*\)$/\1/p' asmpd.log | tail -n 1
}

# ends label receiver what: asmpd ends, and says who sent what to whom.
ends()
{
	wait_for ${DAEMON_STOP} not_alive ${daemon_pid} || {
		cat asmpd.log >&2
		atf_fail "$1: asmpd goes on"
	}
	daemon_ended 1
	_seen=$(sed -n "s/^.* $2: fatal in $2: intrusion: //p" asmpd.log |
	    sed 's/ (type .*//')
	verdict "$1" "${process} sent $3" "${_seen}"
}

# stops label what rule ...: an attempt on the parent, which ends asmpd.
stops()
{
	_what=$2
	_label=$1
	shift 2
	acts "$@"
	stir_for "$*"
	ends "${_label}" parent "${_what}"
	grep -Eq "\(type ($(sent_type)|0), [0-9]* bytes\)\$" asmpd.log ||
	    atf_fail "${_label}: another type: $(grep intrusion asmpd.log)"
}

# The same for another receiver.
stops_at()
{
	_at=$1
	_label=$2
	_what=$3
	shift 3
	acts "$@"
	stir_for "$*"
	ends "${_label}" ${_at} "${_what}"
}

# others type ...: what another process may send.
others()
{
	for t in "$@"; do
		stops "${t}" 'what another process may send' \
		    "send:${t}"
	done
}

# sizes type ...: one byte more or less than the one size it has.
sizes()
{
	for t in "$@"; do
		for n in 0 1 7; do
			stops "${t} of ${n} bytes" 'a message of a wrong size' \
			    "send:${t}:${n}"
		done
	done
}

# acted: the attempt was made, and asmpd goes on.
acted()
{
	logged '^hijack: '
	served DEV1
	served VICTIM
}

# of_every_kind: a device each, beside the two that are there.
of_every_kind()
{
	for _d in T1:ztp P1:smcp K1:iomt; do
		profile=${_d#*:}
		enrol ${_d%:*}
	done
	profile=ipc
}

# all_served: these, and who has a shared key.
all_served()
{
	served DEV1
	atf_check ./send DEV1 -S COMMON.shared -P asmp '{"n":"shared"}'
	atf_check -o match:pong ./send T1 -P ztp ping
	atf_check -o ignore ./send P1 -P smcp 100
	atf_check ./send K1 -P iomt HR=88
}

# secrets: of the gateway and of its devices, one a line, in hexadecimal.
secrets()
{
	for k in GW DEV1 VICTIM; do
		openssl pkey -in ${k}.key -outform DER | tail -c 32 > secret
		hex secret
		echo
	done
	for f in GW.seal ISSUER.issuer COMMON.shared T1.token P1.psk K1.kem; do
		[ -e ${f} ] || continue
		sed 's/^[^ ]* //' ${f} | base64 -d | tail -c 32 > secret
		hex secret
		echo
	done
}

# known: what is no secret, and was said: the search finds it.
public_key()
{
	openssl pkey -in $1.key -pubout -outform DER | tail -c 32 > public
	hex public
}

# no_secret: nothing of them was told to the process or went through it.
no_secret()
{
	hex hijack.told > all.hex
	hex hijack.said >> all.hex
	secrets > secrets
	atf_check -o inline:"$1\n" grep -Ec '^[0-9a-f]{32,}$' secrets
	atf_check -s exit:1 grep -q -f secrets all.hex
}

atf_test_case net_types
net_types_head()
{
	atf_set descr "net cannot ask what verify, store and control may"
}
net_types_body()
{
	other_hands net
	others IPC_SIGN IPC_LOOKUP IPC_PROVE IPC_ENDED IPC_EVENT IPC_ROWS \
	    IPC_ROWS_RESULT IPC_LEASED IPC_RELEASED IPC_DEVICE_STATS_REPLY \
	    IPC_CTL IPC_CTL_GONE IPC_MONITOR
	for t in IPC_INIT IPC_CONF_COMMIT UNKNOWN; do
		stops "${t}" 'an unknown message' "send:${t}"
	done
}

atf_test_case unasked
unasked_head()
{
	atf_set descr "no process has taken a configuration nobody gave it"
}
unasked_body()
{
	other_hands control
	for p in net:n verify:v store:s control:c; do
		process=${p%:*}
		letter=${p#*:}
		stops 'a configuration taken' 'an answer to no configuration' \
		    send:IPC_CONF_DONE
	done
}

atf_test_case net_turns
net_turns_head()
{
	atf_set descr "net cannot make or end connections that are not"
}
net_turns_body()
{
	other_hands net
	sizes IPC_OPEN IPC_CLOSED
	stops 'a connection opened twice' 'a connection twice' dup:IPC_OPEN
	stops 'a connection far ahead' 'a connection twice' \
	    send:IPC_OPEN::conn=0x7000000000
	stops 'a connection beyond all places' 'a connection that cannot be' \
	    send:IPC_OPEN::conn=none
	stops 'the end of a connection twice' 'the end of no connection' \
	    dup:IPC_CLOSED
	stops 'the end of one that never was' 'the end of no connection' \
	    send:IPC_CLOSED::conn=new
	stops 'a stop that nobody asked for' 'an unasked stop' \
	    send:IPC_STOPPED
	stops 'a second start' 'a second start' send:IPC_READY
}

atf_test_case net_frames
net_frames_head()
{
	atf_set descr "what net gives to verify is checked there again"
}
net_frames_body()
{
	other_hands net
	stops_at verify 'a frame cut short' 'what is not whole frames' \
	    size:NV_FRAMES:-1
	stops_at verify 'a frame and a byte' 'what is not whole frames' \
	    size:NV_FRAMES:+1
	stops_at verify 'a session opened twice' 'a connection twice' \
	    dup:NV_OPEN
	stops_at verify 'a session beyond all places' \
	    'a connection that cannot be' send:NV_OPEN::conn=none
	stops_at verify 'NV_OPEN of another size' \
	    'a message of a wrong size' size:NV_OPEN:+1
	stops_at verify 'NV_CLOSED of another size' \
	    'a message of a wrong size' send:NV_CLOSED:3
	stops_at verify 'a reading from net' 'an unknown message' \
	    send:VS_READING
}

atf_test_case net_misroutes
net_misroutes_head()
{
	atf_set descr "frames in another session are no readings there"
}
net_misroutes_body()
{
	other_hands net
	rules set:NV_FRAMES::conn=first
	daemon_start -v
	client send ${port}
	online VICTIM
	echo '{"n":"mine"}' >&9
	logged 'RECEIVED\] device VICTIM id 2 '
	kill -USR1 $(cat hijack.pid)
	./send DEV1 -t 3 '{"n":"misrouted"}' > stir.out 2>&1
	logged 'session down: device VICTIM address .* reason replay$'
	verdict 'frames given to another session' replay \
	    $(last_reason 'session down: device VICTIM')
	count 0 'RECEIVED\].*misrouted'
	served VICTIM
	served DEV1
	daemon_stop
}

atf_test_case net_sees
net_sees_head()
{
	atf_set descr "nothing net is told or passes on can be read by it"
	atf_set require.progs openssl
}
net_sees_body()
{
	other_hands net
	rules
	daemon_start -v
	client send ${port}
	of_every_kind
	all_served
	atf_check ./send DEV1 '{"a":"reading nobody between may read"}'
	daemon_stop
	no_secret 9
	[ $(stat -c %s hijack.said) -gt 500 ] || atf_fail "nothing was seen"
	printf 'nobody between' > text
	atf_check -s exit:1 grep -q "$(hex text)" all.hex
	verdict 'net reads what it carries' nothing nothing
}

atf_test_case verify_types
verify_types_head()
{
	atf_set descr "verify cannot say what net, store and control may"
}
verify_types_body()
{
	other_hands verify
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_ROWS IPC_ROWS_RESULT \
	    IPC_LEASED IPC_RELEASED IPC_DEVICE_STATS_REPLY IPC_CTL \
	    IPC_CTL_GONE IPC_MONITOR
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	stops 'a second start' 'a second start' send:IPC_READY
}

atf_test_case verify_sizes
verify_sizes_head()
{
	atf_set descr "each question of verify has one size, its texts an end"
}
verify_sizes_body()
{
	other_hands verify
	sizes IPC_SIGN IPC_LOOKUP IPC_PROVE IPC_ENDED
	stops 'an event of another size' 'a message of a wrong size' \
	    send:IPC_EVENT:1
	_long=x$(printf '41%.0s' $(seq 65))
	stops 'a name without an end' 'an id without end' \
	    "set:IPC_LOOKUP::id=${_long}"
	stops 'an event of a device without an end' 'a device without end' \
	    "send:IPC_EVENT::device=${_long}"
	stops 'an answer of a wrong size' 'an answer of a wrong size' \
	    send:IPC_REPLY
}

atf_test_case verify_turns
verify_turns_head()
{
	atf_set descr "each question once, in its turn, about a connection"
}
verify_turns_body()
{
	other_hands verify
	_turn='a request out of turn'
	stops 'SIGN twice' "${_turn}" dup:IPC_SIGN
	stops 'LOOKUP twice' "${_turn}" dup:IPC_LOOKUP
	stops 'PROVE twice' "${_turn}" dup:IPC_PROVE
	stops 'LOOKUP in place of SIGN' "${_turn}" as:IPC_SIGN:IPC_LOOKUP:kind=1
	stops 'PROVE in place of SIGN' "${_turn}" as:IPC_SIGN:IPC_PROVE
	stops 'PROVE in place of LOOKUP' "${_turn}" as:IPC_LOOKUP:IPC_PROVE
	stops 'SIGN in place of LOOKUP' "${_turn}" as:IPC_LOOKUP:IPC_SIGN
	stops 'SIGN in place of PROVE' "${_turn}" as:IPC_PROVE:IPC_SIGN
	stops 'LOOKUP in place of PROVE' "${_turn}" as:IPC_PROVE:IPC_LOOKUP:kind=1
	for t in SIGN LOOKUP PROVE; do
		_set=conn=none
		[ ${t} != LOOKUP ] || _set=conn=none,kind=1
		stops "${t} of a connection that cannot be" \
		    'a connection that cannot be' send:IPC_${t}::${_set}
	done
	stops 'LOOKUP of one that net has not opened' "${_turn}" \
	    send:IPC_LOOKUP::conn=new,kind=1
	stops 'the end of a session nobody ends' 'an answer to nothing' \
	    send:IPC_ENDED::device=1
}

atf_test_case verify_mints
verify_mints_head()
{
	atf_set descr "no token of its own making, no ticket nobody gave"
	atf_set require.progs jq
}
verify_mints_body()
{
	other_hands verify
	daemon_start -v
	of_every_kind
	daemon_stop
	for f in token.role=255 token.expires=0x7fffffffffffffff; do
		acts set:IPC_LOOKUP::${f}
		minted "a token with another ${f}" bad-proof T1 -P ztp ping
	done
	acts "set:IPC_LOOKUP::token.client='NOBODY"
	minted 'a token for somebody else' unknown-device T1 -P ztp ping
	acts "set:IPC_LOOKUP::token.audience='GW2"
	minted 'a token for another gateway' audience T1 -P ztp ping
	acts '!keep:IPC_FOUND:key' \
	    set:IPC_LOOKUP::kind=5,ticket=x$(printf '11%.0s' $(seq 16)) \
	    use:IPC_FOUND:key:reason=0,alg=1
	minted 'a ticket that was never given' unknown-device DEV1 -P asmp \
	    '{"n":"refused"}'
}

# minted label reason device argument ...: it is refused, and the daemon goes
# on.
minted()
{
	_label=$1
	_reason=$2
	shift 2
	atf_check -s not-exit:0 -o ignore -e ignore ./send "$@"
	logged "session refused: "
	verdict "${_label}" ${_reason} $(last_reason 'session refused: ')
	${ctl} -j show memory > memory
	proofs_bad
	acted
	daemon_stop
}

# signed: how many signatures the parent has made.
signed()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "parent") | .counters.signed'
}

atf_test_case verify_signatures
verify_signatures_head()
{
	atf_set descr "no signature without a connection that net has open"
	atf_set require.progs jq
}
verify_signatures_body()
{
	other_hands verify
	for c in new last; do
		acts send:IPC_SIGN::conn=${c}
		_before=$(signed)
		served DEV1
		logged '^hijack: send IPC_SIGN'
		verdict "SIGN of a connection: ${c}" $((_before + 1)) $(signed)
		daemon_stop
	done
}

# proofs_bad: it was the parent who refused it.
proofs_bad()
{
	atf_check -o inline:"1\n" jq '.processes[] |
	    select(.process == "parent") | .counters.proofs_bad' memory
}

# refused label reason: DEV1 is, and the daemon goes on.
refused()
{
	atf_check -s exit:4 -e ignore ./send DEV1 '{"n":"refused"}'
	logged 'session refused: .* device DEV1 reason '
	verdict "$1" $2 $(last_reason 'session refused: .* device DEV1 ')
	count 0 'RECEIVED\].*refused'
	${ctl} -j show memory > memory
	proofs_bad
	acted
	daemon_stop
}

atf_test_case verify_proofs
verify_proofs_head()
{
	atf_set descr "no session for who is not proving itself now"
	atf_set require.progs jq
}
verify_proofs_body()
{
	other_hands verify
	acts set:IPC_PROVE::proof=x$(printf '%0128d' 0)
	refused 'a proof of zeros' bad-proof
	acts set:IPC_PROVE::len=0
	refused 'a proof of no bytes' bad-proof
	acts set:IPC_PROVE::len=0xffffffff
	refused 'a proof of 4 GiB' bad-proof
	acts '!keep:IPC_PROVE:proof' use:IPC_PROVE:proof
	refused 'the proof of an earlier connection' bad-proof
	# DEV1 proves itself; the parent is told that it is VICTIM.
	acts '!keep:IPC_FOUND:key' "set:IPC_LOOKUP::id='VICTIM" \
	    use:IPC_FOUND:key
	refused 'the proof of another device' bad-proof
	acts '!keep:IPC_FOUND:key' "set:IPC_LOOKUP::id='NOBODY" \
	    use:IPC_FOUND:key:reason=0
	refused 'a device that is not enrolled' unknown-device
}

atf_test_case verify_learns
verify_learns_head()
{
	atf_set descr "nothing verify is told is a long-term secret"
	atf_set require.progs openssl
}
verify_learns_body()
{
	other_hands verify
	daemon_start -v
	of_every_kind
	daemon_stop
	rules "set:IPC_LOOKUP::id='VICTIM" "set:IPC_LOOKUP::id='P1,kind=2" \
	    "set:IPC_LOOKUP::id='K1,kind=4" "set:IPC_LOOKUP::id='T1,kind=3"
	daemon_start -v
	client send ${port}
	all_served
	kill -USR1 $(cat hijack.pid)
	for n in 1 2 3 4; do
		./send DEV1 -t 3 '{"n":"refused"}' > stir.out 2>&1
		count ${n} '^hijack: set IPC_LOOKUP'
	done
	daemon_stop
	no_secret 9
	# The search would find it: the public key was told.
	atf_check -o ignore grep "$(public_key VICTIM)" all.hex
	printf 'genuine' > text
	atf_check -o ignore grep "$(hex text)" all.hex
	verdict 'LOOKUP of any device, for its secrets' nothing nothing
}

# unleased: how many messages the store has refused.
unleased()
{
	${ctl} -j show memory | jq '.processes[] |
	    select(.process == "store") | .counters.unleased'
}

atf_test_case verify_readings
verify_readings_head()
{
	atf_set descr "no readings of a device that has no session"
	atf_set require.progs jq sqlite3
}
verify_readings_body()
{
	other_hands verify
	sql 'SELECT count(*) FROM reading WHERE device = 1' -o save:before
	acts send:VS_READING:42:conn=last,device=1,id=7,textlen=2
	logged '^hijack: send VS_READING'
	wait_for ${SOON} is_unleased || atf_fail "the store has taken it"
	sql 'SELECT count(*) FROM reading WHERE device = 1' -o file:before
	verdict 'a reading of a device without a session' 1 $(unleased)
	acted
	daemon_stop
	stops_at store 'a reading of a wrong size' \
	    'a message of a wrong size' \
	    send:VS_READING:45:device=1,id=7,textlen=2
	stops_at store 'a reading that is too short' \
	    'a message that is too short' send:VS_READING:8
	stops_at net 'a message of net, to net' 'an unknown message' \
	    send:NV_OPEN
}

is_unleased()
{
	[ $(unleased) -ge 1 ]
}

atf_test_case verify_net
verify_net_head()
{
	atf_set descr "verify cannot make net do what there is no rule for"
}
verify_net_body()
{
	other_hands verify
	stops_at net 'a way to close that is none' 'an unknown way to close' \
	    set:VN_CLOSE::how=9
	stops_at net 'a session twice' 'a session out of turn' dup:VN_UP
	stops_at net 'a session of a connection that cannot be' \
	    'a connection that cannot be' send:VN_UP::conn=none
	stops_at net 'VN_UP of another size' 'a message of a wrong size' \
	    size:VN_UP:+1
}

atf_test_case store_types
store_types_head()
{
	atf_set descr "store cannot say what net, verify and control may"
}
store_types_body()
{
	other_hands store
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_SIGN IPC_LOOKUP IPC_PROVE \
	    IPC_ENDED IPC_EVENT IPC_CTL IPC_CTL_GONE IPC_MONITOR
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	stops 'registry rows while it runs' 'registry rows out of turn' \
	    send:IPC_ROWS
}

atf_test_case store_answers
store_answers_head()
{
	atf_set descr "store cannot answer what nobody asked"
}
store_answers_body()
{
	other_hands store
	sizes IPC_RELEASED IPC_ROWS_RESULT IPC_DEVICE_STATS_REPLY
	stops 'a lease nobody asked for' 'a lease nobody asked for' \
	    send:IPC_LEASED::conn=last,device=1
	stops 'a lease of no device' 'a lease nobody asked for' \
	    send:IPC_LEASED::conn=last,device=99
	stops 'a lease for another connection' 'a lease nobody asked for' \
	    set:IPC_LEASED::conn=new
	stops 'a lease answered twice' 'a lease nobody asked for' \
	    dup:IPC_LEASED
	stops 'the end of a lease before it began' 'the end of no lease' \
	    as:IPC_LEASED:IPC_RELEASED:device=2
	stops 'a model of a wrong size' 'a model of a wrong size' \
	    set:IPC_LEASED::modellen=1
	stops 'the end of a lease twice' 'the end of no lease' \
	    dup:IPC_RELEASED
	stops 'the end of a lease nobody has' 'the end of no lease' \
	    send:IPC_RELEASED::conn=last,device=1
	stops 'a change nobody asked for' 'an answer to nothing' \
	    send:IPC_ROWS_RESULT::job=1
	stops 'figures of no device' 'figures of no device' \
	    send:IPC_DEVICE_STATS_REPLY::device=99
	stops_at verify 'a decision of a wrong size' \
	    'a message of a wrong size' set:SV_DECIDED::nrefused=3
	stops_at verify 'a decision that is too short' \
	    'a message that is too short' size:SV_DECIDED:4
	stops_at verify 'a reading from the store' 'an unknown message' \
	    send:VS_READING
}

# changed label field value: a row that the store has changed at the start.
changed()
{
	rules "!set:IPC_ROWS::$2=$3"
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	logged '^hijack: set IPC_ROWS'
	_seen=$(sed -n 's/.*fatal in parent: \(registry row\) [0-9]* /\1 /p' \
	    asmpd.log | sed 's/:.*//')
	verdict "$1" "registry row was not made with this gateway's seal" \
	    "${_seen}"
}

atf_test_case store_rows
store_rows_head()
{
	atf_set descr "store cannot enrol, change or revive a device"
	atf_set require.progs openssl
}
store_rows_body()
{
	other_hands store
	daemon_start -v
	atf_check -o ignore ${ctl} device revoke VICTIM
	daemon_stop
	changed 'a revoked device made active' state 1
	changed 'the key of another' key x$(public_key DEV1)
	changed 'another name' id "'OTHER"
	changed 'another number' number 7
	changed 'more rights' role 3
	changed 'more profiles' profiles 255
	changed 'another kind' kind 2
	changed 'no code at all' mac x$(printf '%064d' 0)
	# As it was, it is taken.
	rules
	daemon_start -v
	served DEV1
	daemon_stop
}

atf_test_case store_learns
store_learns_head()
{
	atf_set descr "nothing store is told is a long-term secret"
	atf_set require.progs openssl
}
store_learns_body()
{
	other_hands store
	rules
	daemon_start -v
	client send ${port}
	device_enrol DEV2
	of_every_kind
	all_served
	daemon_stop
	no_secret 9
	atf_check -o ignore grep "$(public_key DEV2)" all.hex
	verdict 'all that the store is told' nothing nothing
}

atf_test_case control_types
control_types_head()
{
	atf_set descr "control cannot say what net, verify and store may"
}
control_types_body()
{
	other_hands control
	others IPC_OPEN IPC_CLOSED IPC_STOPPED IPC_SIGN IPC_LOOKUP IPC_PROVE \
	    IPC_ENDED IPC_EVENT IPC_ROWS IPC_ROWS_RESULT IPC_LEASED \
	    IPC_RELEASED IPC_DEVICE_STATS_REPLY
	stops 'a type nobody knows' 'an unknown message' \
	    send:UNKNOWN
	sizes IPC_CTL_GONE IPC_MONITOR
	stops 'a request that is too short' 'a message that is too short' \
	    send:IPC_CTL:8
	stops 'an answer of its own' 'an answer of a wrong size' \
	    send:IPC_REPLY
}

atf_test_case control_requests
control_requests_head()
{
	atf_set descr "control can ask what asmpctl can and no more"
}
control_requests_body()
{
	other_hands control
	acts set:IPC_CTL::type=9999
	atf_check -s exit:2 -o ignore -e match:'does not know this request' \
	    ${ctl} show device DEV1
	verdict 'a request that does not exist' unknown unknown
	acted
	daemon_stop
	acts set:IPC_CTL::type=18
	atf_check -s exit:2 -o ignore -e match:'does not know this request' \
	    ${ctl} show device DEV1
	verdict 'a request one above the last' unknown unknown
	acted
	daemon_stop
	acts size:IPC_CTL:+1
	atf_check -s exit:2 -o ignore -e match:'wrong size' \
	    ${ctl} show device DEV1
	verdict 'a request of a wrong size' invalid invalid
	acted
	daemon_stop
}

atf_test_case control_learns
control_learns_head()
{
	atf_set descr "nothing control is told is a long-term secret"
	atf_set require.progs openssl
}
control_learns_body()
{
	other_hands control
	rules
	daemon_start -v
	of_every_kind
	daemon_stop
	# From here on: a pre-shared key passes it when it is enrolled.
	daemon_start -v
	client send ${port}
	all_served
	for c in 'show device DEV1' 'show devices' 'show sessions' \
	    'show memory' 'show sandbox' 'show processes' 'show device P1' \
	    'device export'; do
		atf_check -o ignore -e ignore ${ctl} ${c}
	done
	daemon_stop
	no_secret 9
	atf_check -o ignore grep "$(public_key DEV1)" all.hex
	verdict 'all that control is told' nothing nothing
}

# early process type
early()
{
	other_hands $1
	rules "!send:$2"
	atf_check -s exit:1 -o ignore -e save:asmpd.log timeout -k 3 30 \
	    ${ASMPD} -d -f asmpd.conf
	_seen=$(sed -n 's/.*fatal in parent: intrusion: //p' asmpd.log |
	    sed 's/ (type .*//')
	verdict "$2 before all are ready" "$1 sent a message before its time" \
	    "${_seen}"
}

for early in net:IPC_OPEN verify:IPC_SIGN store:IPC_LEASED control:IPC_CTL; do
	atf_test_case ${early%:*}_early
	eval "${early%:*}_early_head()
	{
		atf_set descr 'nothing is asked before all are ready'
	}
	${early%:*}_early_body()
	{
		early ${early%:*} ${early#*:}
	}"
done

atf_init_test_cases()
{
	for p in net verify store control; do
		atf_add_test_case ${p}_types
		atf_add_test_case ${p}_early
	done
	atf_add_test_case unasked
	atf_add_test_case net_turns
	atf_add_test_case net_frames
	atf_add_test_case net_misroutes
	atf_add_test_case net_sees
	atf_add_test_case verify_sizes
	atf_add_test_case verify_turns
	atf_add_test_case verify_signatures
	atf_add_test_case verify_proofs
	atf_add_test_case verify_mints
	atf_add_test_case verify_learns
	atf_add_test_case verify_readings
	atf_add_test_case verify_net
	atf_add_test_case store_answers
	atf_add_test_case store_rows
	atf_add_test_case store_learns
	atf_add_test_case control_requests
	atf_add_test_case control_learns
}
