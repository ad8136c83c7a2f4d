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

# Devices of every kind come into the registry, stay there as they were, and
# leave no secret on the way.

. $(atf_get_srcdir)/common.sh

KINDS="ed25519 p256 p384 kem psk psk256 nurse"

# keys: of every kind, each device called like its key.
keys()
{
	for _t in ed25519 p256 p384; do
		atf_check -o ignore ${KEYGEN} -t ${_t} ${_t}
	done
	atf_check -o save:kem.out ${KEYGEN} -t mlkem768 kem
	atf_check -o ignore ${KEYGEN} -t psk psk
	atf_check -o ignore ${KEYGEN} -t psk -b 256 psk256
}

# line file [option ...]: what asmp-keygen says of a key, in the file line.
line()
{
	(umask 077 && ${KEYGEN} -e "$@" > line) || atf_fail "no line of $1"
}

# every_kind: a gateway with a device of each, by all the ways there are.
every_kind()
{
	gateway "$@"
	keys
	_one='1 device enrolled\n'
	atf_check -o inline:"${_one}" ${ctl} device add ed25519 ed25519.pub
	line p256.pub
	atf_check -o inline:"${_one}" ${ctl} device add $(cat line)
	line p384.pub
	atf_check -o inline:"${_one}" ${ctl} device add - < line
	line kem.kem -r admin
	atf_check -o inline:"${_one}" ${ctl} device add $(cat line)
	line psk.psk
	atf_check -o inline:"${_one}" ${ctl} device add -f line
	line psk256.psk
	atf_check -o inline:"${_one}" ${ctl} device import - < line
	atf_check -o inline:"${_one}" \
	    ${ctl} device add nurse token role=user profiles=ztp
}

# shown id kind algorithm profiles role: so the device is shown.
shown()
{
	atf_check -o match:"^ +[0-9]+ active +no +$2 +$3 +$4 +$5 .*Z +- +$1\$" \
	    ${ctl} show devices
	atf_check -o match:"^kind +$2\$" -o match:"^algorithm +$3\$" \
	    -o match:"^profiles +$4\$" -o match:"^role +$5\$" \
	    ${ctl} show device $1
}

# ndevices n: so many are enrolled.
ndevices()
{
	atf_check -o match:"^devices +$1 " ${ctl} show
}

# not_added why: the line is refused by asmpd, for this reason.
not_added()
{
	atf_check -s exit:2 -e match:"^asmpctl: device add [^ ]*: $1" \
	    ${ctl} device add -f line
}

# key_of id: as it is enrolled.
key_of()
{
	${KEYGEN} -e $1.psk | awk '{ print $2 }'
}

atf_test_case kinds
kinds_head()
{
	atf_set descr "A-5, M-36, Z-25, I-54: every kind is enrolled and shown"
	atf_set require.progs jq
}
kinds_body()
{
	every_kind
	shown ed25519 signature ed25519 hybrid,asmp device
	shown p256 signature p256 hybrid,asmp device
	shown p384 signature p384 hybrid,asmp device
	shown kem kem mlkem768 iomt admin
	shown psk psk - smcp device
	shown psk256 psk - smcp device
	shown nurse token - ztp user
	# Of a key to encapsulate to, what stands for it in public.
	hash=$(awk 'NR == 1 { print $3 }' kem.out)
	atf_check_equal 130 ${#hash}
	atf_check -o ignore grep -Fx "key                  ${hash}" <<-EOT
		$(${ctl} show device kem)
	EOT
	${ctl} -j show devices > json.out
	atf_check -o inline:'["ed25519","p256","p384"]\n' \
	    jq -c '[.devices[] | select(has("fingerprint")).id]' json.out
	atf_check -o inline:"\"${hash}\"\n" \
	    jq '.devices[] | select(.kind == "kem") | .key' json.out
	atf_check -o inline:'["ed25519","kem","p256","p384"]\n' \
	    jq -c '[.devices[] | select(has("key")).id] | sort' json.out
	atf_check -o inline:'["ztp"]\n' \
	    jq -c '.devices[] | select(.id == "nurse").profiles' json.out
	daemon_stop
}

atf_test_case restart
restart_head()
{
	atf_set descr "a restart keeps all of every device, revoked or not"
}
restart_body()
{
	every_kind
	for id in ${KINDS}; do
		${ctl} -j show device ${id}
	done > before
	daemon_stop
	daemon_start -v
	for id in ${KINDS}; do
		${ctl} -j show device ${id}
	done > after
	atf_check cmp before after
	for id in ${KINDS}; do
		atf_check -o match:"^${id} revoked" ${ctl} device revoke ${id}
	done
	${ctl} -j show devices > before
	daemon_stop
	daemon_start -v
	atf_check -o match:'^devices +7 \(7 revoked\)$' ${ctl} show
	${ctl} -j show devices > after
	atf_check cmp before after
	# What they had stays taken.
	line psk.psk
	not_added 'a device of this id is enrolled already'
	line psk.psk other
	not_added 'another device has this key'
	line kem.kem other
	not_added 'another device has this key'
	daemon_stop
}

atf_test_case twins
twins_head()
{
	atf_set descr "no two devices share a key of any kind"
}
twins_body()
{
	every_kind
	for file in ed25519.pub p256.pub p384.pub kem.kem psk.psk \
	    psk256.psk; do
		line ${file} other
		not_added 'another device has this key'
	done
	# HMAC takes a key as if zeros followed it.
	key=$(${KEYGEN} -x psk.psk)
	echo "other psk:$(unhex ${key}00000000000000000000000000000000)" > line
	not_added 'another device has this key'
	echo "other psk:$(unhex ${key}00000000000000000000000000000001)" > line
	atf_check -o ignore ${ctl} device add -f line
	# Bearers of tokens have none.
	atf_check -o ignore ${ctl} device add doctor token
	ndevices 9
	# Nor do two of one list.
	atf_check -o ignore ${KEYGEN} -t psk twin
	atf_check -o ignore ${KEYGEN} -t mlkem768 twinkem
	for file in twin.psk twinkem.kem; do
		line ${file} A
		cat line > list
		echo 'T token' >> list
		line ${file} B
		cat line >> list
		atf_check -s exit:1 -e inline:'asmpctl: -:3: the key stands in the list twice, first in line 1\n' \
		    ${ctl} device import - < list
	done
	# Which HMAC does not tell apart, asmpd alone sees.
	key=$(${KEYGEN} -x twin.psk)
	line twin.psk A
	{ cat line
	  echo "B psk:$(unhex ${key}00000000000000000000000000000000)"; } > list
	atf_check -s exit:2 -e inline:'asmpctl: device import -: line 2 "B": the key stands in the list twice\n' \
	    ${ctl} device import - < list
	ndevices 9
	daemon_stop
}

# unhex hex: the bytes in base64.
unhex()
{
	printf "$(echo $1 | sed 's/../\\x&/g')" | base64
}

atf_test_case mixed_list
mixed_list_head()
{
	atf_set descr "a list of all kinds is enrolled, or its bad line named"
}
mixed_list_body()
{
	gateway
	keys
	umask 077
	{ echo '# the ward'
	  echo
	  for file in ed25519.pub p256.pub p384.pub kem.kem psk.psk; do
		${KEYGEN} -e ${file}
	  done
	  ${KEYGEN} -e psk256.psk -r user -P smcp
	  echo 'nurse	token  profiles=slmp,ztp role=user'; } > list
	# What asmpctl sees.
	for bad in 'x psk:AAAA' 'x ed25519:AAAA' 'x mlkem768:AAAA' 'x' \
	    'x token profiles=asmp' 'x token role=' 'x token what' '.x token'; do
		{ cat list; echo "${bad}"; } > bad
		atf_check -s exit:1 -e match:'^asmpctl: bad:10: ' \
		    ${ctl} device import bad
	done
	# What asmpd sees.
	{ cat list; echo 'x token role=king'; } > bad
	atf_check -s exit:2 -e match:'^asmpctl: device import bad: line 10 "x": there is no role of this name: ' \
	    ${ctl} device import bad
	{ cat list; echo 'nurse token'; } > bad
	atf_check -s exit:1 -e match:'^asmpctl: bad:10: the id stands in the list twice, first in line 9$' \
	    ${ctl} device import bad
	ndevices 0
	atf_check -o ignore ${ctl} device add p384 token
	atf_check -s exit:2 -e match:'^asmpctl: device import list: line 5 "p384": a device of this id is enrolled already' \
	    ${ctl} device import list
	ndevices 1
	sed -i /^p384/d list
	atf_check -o inline:'6 devices enrolled\n' ${ctl} device import list
	shown psk256 psk - smcp user
	shown nurse token - ztp,slmp user
	# Out again, less the secrets, and into another gateway.
	atf_check -o save:out.json -e inline:'asmpctl: left out: 2 devices with a pre-shared key, which leaves no gateway\n' \
	    ${ctl} device export
	daemon_stop
	rm -r db asmpd.anchor
	daemon_conf
	daemon_start
	atf_check -o inline:'5 devices enrolled\n' \
	    ${ctl} device import out.json
	shown kem kem mlkem768 iomt device
	shown nurse token - ztp,slmp user
	daemon_stop
}

atf_test_case long_list
long_list_head()
{
	atf_set descr "lists longer than a batch, a page, and too long"
	atf_set timeout 300
}
long_list_body()
{
	gateway
	keys
	line kem.kem
	{ seq 5000 | sed 's/.*/D& token/'; cat line; } > list
	atf_check -o inline:'5001 devices enrolled\n' ${ctl} device import list
	atf_check -o inline:'5001\n' sh -c "${ctl} show devices | grep -c Z"
	daemon_stop
	daemon_start
	ndevices 5001
	atf_check -o match:'^number +5001$' -o match:'^kind +kem$' \
	    ${ctl} show device kem
	seq 100001 | sed 's/.*/E& token/' > list
	atf_check -s exit:2 -e inline:'asmpctl: device import list: line 100001 "E100001": more than 100000 devices in one list\n' \
	    ${ctl} device import list
	ndevices 5001
	sed -i '$d' list
	atf_check -o inline:'100000 devices enrolled\n' \
	    ${ctl} device import list
	ndevices 105001
	daemon_stop
}

# table: devices of every kind as CSV, on standard output.
table()
{
	echo 'role,id,profiles,key,kind'
	for _id in ed25519.pub p256.pub p384.pub kem.kem psk.psk; do
		echo ",${_id%.*},,$(${KEYGEN} -e ${_id} | awk '{ print $2 }'),"
	done
	echo 'user,nurse,"slmp,ztp",,token'
}

atf_test_case tables
tables_head()
{
	atf_set descr "CSV and JSON lines, there and back"
	atf_set require.progs jq
}
tables_body()
{
	gateway
	keys
	umask 077
	table | sed 's/$/\r/' > in.csv
	atf_check -o inline:'6 devices enrolled\n' ${ctl} device import in.csv
	shown p384 signature p384 hybrid,asmp device
	shown psk psk - smcp device
	shown nurse token - ztp,slmp user
	_left='asmpctl: left out: 1 device with a pre-shared key, which leaves no gateway\n'
	for form in lines csv json jsonl; do
		atf_check -o inline:'5 devices exported\n' \
		    -e inline:"${_left}" ${ctl} device export ${form} out.${form}
	done
	atf_check -o file:out.csv -e inline:"${_left}" \
	    ${ctl} device export csv
	atf_check -o inline:'5\n' sh -c 'jq -s length out.jsonl'
	${ctl} -j show devices > before
	daemon_stop
	# Each of them makes the same devices again, less what has a time.
	for form in lines csv json jsonl; do
		rm -r db asmpd.anchor
		daemon_conf
		daemon_start
		atf_check -o inline:'5 devices enrolled\n' \
		    ${ctl} device import out.${form}
		${ctl} -j show devices > after
		for list in before after; do
			jq '[.devices[] | select(.kind != "psk") |
			    del(.number, .enrolled, .changed)] |
			    sort_by(.id)' ${list} > ${list}.sorted
		done
		atf_check cmp before.sorted after.sorted
		daemon_stop
	done
}

atf_test_case all_errors
all_errors_head()
{
	atf_set descr "all that is wrong with a list is told, and none of it enrolled"
	atf_set require.progs jq
}
all_errors_body()
{
	gateway
	atf_check -o ignore ${ctl} device add OLD token
	atf_check -o ignore ${KEYGEN} KEY
	atf_check -o ignore ${ctl} device add KEY KEY.pub
	key=$(${KEYGEN} -e KEY.pub | awk '{ print $2 }')
	{ echo 'id,key,role'
	  echo "OLD,token,"
	  echo "NEW,${key},"
	  echo "KING,token,king"
	  echo "A,token,"
	  echo "KEY,token,"; } > bad.csv
	for n in '' -n; do
		atf_check -s exit:2 -e save:err ${ctl} device import ${n} \
		    bad.csv
		atf_check -o inline:'4\n' grep -c . err
		for why in '2 "OLD": a device of this id' \
		    '3 "NEW": another device has this key' \
		    '4 "KING": there is no role of this name' \
		    '6 "KEY": a device of this id'; do
			atf_check -o ignore grep \
			    "^asmpctl: device import bad.csv: line ${why}" err
		done
	done
	atf_check -s exit:2 -o save:json ${ctl} -j device import bad.csv
	atf_check -o inline:'[4,2,[2,3,4,6]]\n' \
	    jq -c '[.count, .place, [.errors[].place]]' json
	# More than anybody wants to read; the first are told.
	{ seq -f 'K%03g token role=king' 30
	  echo 'OLD token'; } > bad
	atf_check -s exit:2 -e save:err ${ctl} device import bad
	atf_check -o inline:'21\n' grep -c . err
	atf_check -o match:'line 1 "K001"' head -1 err
	atf_check -o inline:'asmpctl: device import bad: and 11 more errors\n' \
	    tail -1 err
	# What asmpctl sees, asmpd does not hear of.
	printf 'id,key\nA,\nB,\n' > bad.csv
	atf_check -s exit:1 -e inline:'asmpctl: bad.csv:2: no key\nasmpctl: bad.csv:3: no key\n' \
	    ${ctl} device import bad.csv
	atf_check -s exit:1 -o save:json ${ctl} -j device import bad.csv
	atf_check -o inline:'["error","invalid",2]\n' \
	    jq -c '[.status, .code, .count]' json
	count 4 "operator uid $(id -u): device import"
	ndevices 2
	daemon_stop
}

atf_test_case dry_run
dry_run_head()
{
	atf_set descr "a dry run asks everything and changes nothing"
}
dry_run_body()
{
	gateway
	atf_check -o ignore ${ctl} device add OLD token
	printf '{"id":"A","kind":"token"}\n{"id":"B","kind":"token"}\n' > list
	for i in 1 2; do
		atf_check -o inline:'dry run: 2 devices can be enrolled\n' \
		    ${ctl} device import -n list
	done
	ndevices 1
	count 2 "operator uid $(id -u): device import, dry run$"
	count 2 'dry run: 2 devices can be enrolled$'
	sql "SELECT count(*) FROM device" -o inline:'1\n'
	atf_check -o inline:'2 devices enrolled\n' ${ctl} device import list
	atf_check -s exit:2 -e match:'line 1 "A": a device of this id' \
	    ${ctl} device import -n jsonl list
	ndevices 3
	daemon_stop
}

# How long the slowest of some looks takes, in ms, until the file is there.
slowest()
{
	_max=0
	while [ ! -e $1 ]; do
		_from=$(date +%s%3N)
		${ctl} show > shown || return 1
		_ms=$(($(date +%s%3N) - _from))
		[ ${_ms} -le ${_max} ] || _max=${_ms}
		[ ${_ms} -le 100 ] || echo "show took ${_ms} ms" >&2
		_looks=$((${_looks:-0} + 1))
	done
	echo "${_looks:-0} ${_max}" > $1.slowest
}

atf_test_case responsive
responsive_head()
{
	atf_set descr "asmpd answers and takes readings while a long list comes in"
	atf_set timeout 300
}
responsive_body()
{
	gateway
	device_enrol DEV1
	online DEV1
	{ echo id,key
	  seq 100000 | sed 's/.*/D&,token/'; } > list.csv
	slowest over &
	pid=$!
	atf_check -o inline:'100000 devices enrolled\n' \
	    ${ctl} device import list.csv &
	import=$!
	id=0
	while alive ${import}; do
		id=$((id + 1))
		echo "{\"said\":\"${id}\"}" >&9
		sleep 0.1
	done
	wait ${import} || atf_fail "not enrolled"
	: > over
	wait ${pid} || atf_fail "asmpd did not answer"
	read -r looks ms < over.slowest
	echo "${looks} looks, the slowest of ${ms} ms; ${id} readings"
	[ ${looks} -ge 3 ] || atf_fail "only ${looks} looks"
	# A machine with much else to do is slow itself.
	[ ${ms} -le 1000 ] || atf_fail "a look of ${ms} ms"
	wait_for ${SOON} stored reading ${id} "device = 1"
	stored reading ${id} "device = 1"
	count 0 'session down: device DEV1 '
	ndevices 100001
	# No faster than the audit log takes it.
	stored audit 100001 "data LIKE '%\"KEY_ENROLLED\"%'"
	stored audit 0 "data LIKE '%\"EVENTS_LOST\"%'"
	daemon_stop
}

atf_test_case roles
roles_head()
{
	atf_set descr "a role is one of the configuration's, by its name"
}
roles_body()
{
	gateway 'role "auditor" number 7 { open { chat } }'
	atf_check -o ignore ${ctl} device add A token role=auditor
	shown A token - ztp,slmp auditor
	atf_check -s exit:2 -e match:'there is no role of this name' \
	    ${ctl} device add B token role=Auditor
	atf_check -s exit:1 -e match:"role=7 8: not a role's name" \
	    ${ctl} device add B token 'role=7 8'
	daemon_stop
	# Without it, the device has a role that nothing is known of.
	sed -i /auditor/d asmpd.conf
	daemon_start
	shown A token - ztp,slmp -
	atf_check -s exit:2 -e match:'there is no role of this name' \
	    ${ctl} device add B token role=auditor
	daemon_stop
}

# hidden file: no pre-shared key is in it, in whatever form.
hidden()
{
	od -An -v -tx1 "$1" | tr -d ' \n' > dump
	for _id in psk psk256; do
		! grep -q $(${KEYGEN} -x ${_id}.psk) dump ||
		    atf_fail "$1 has the bytes of ${_id}"
		! grep -qF $(key_of ${_id} | sed 's/psk://; s/=*$//') "$1" ||
		    atf_fail "$1 has ${_id} in base64"
		! grep -qi $(${KEYGEN} -x ${_id}.psk) "$1" ||
		    atf_fail "$1 has ${_id} in hexadecimal"
	done
}

atf_test_case secrets
secrets_head()
{
	atf_set descr "attack 17: a pre-shared key is stored sealed, and never shown or logged"
}
secrets_body()
{
	every_kind 'log data yes'
	atf_check -o ignore ${ctl} log verbose
	for id in psk psk256; do
		${ctl} show device ${id}
		${ctl} -j show device ${id}
	done > shown
	${ctl} show devices >> shown
	${ctl} -j show devices >> shown
	${ctl} device export >> shown 2>&1
	ps -o args= -p $(pids | tr ' ' ,) > args
	# Whoever offers it again is not told it either.
	line psk.psk other
	${ctl} device add -f line >> shown 2>&1
	line psk.psk
	${ctl} -j device add -f line >> shown 2>&1
	for id in psk psk256; do
		${ctl} device add x $(key_of ${id}) >> shown 2>&1
		${ctl} device add x "x $(key_of ${id})" >> shown 2>&1
	done
	for file in shown args asmpd.log db/asmpd.db db/asmpd.db-wal; do
		hidden ${file}
	done
	daemon_stop
	for file in asmpd.log db/asmpd.db; do
		hidden ${file}
	done
	# The same look finds a key that is no secret.
	od -An -v -tx1 db/asmpd.db | tr -d ' \n' > dump
	atf_check -o ignore grep -o $(${KEYGEN} -l ed25519.pub |
	    awk '{ sub("ed25519:", "", $NF); print $NF }' | base64 -d |
	    od -An -v -tx1 | tr -d ' \n') dump
}

atf_test_case wiped
wiped_head()
{
	atf_set descr "no process keeps a pre-shared key in clear"
	atf_set require.user root
	atf_set require.progs python3
}
wiped_body()
{
	gateway
	keys
	cat > search.py <<-EOT
		import sys
		key = bytes.fromhex(sys.argv[1])
		for pid in sys.argv[2:]:
		    mem = open("/proc/" + pid + "/mem", "rb", 0)
		    for area in open("/proc/" + pid + "/maps"):
		        f = area.split()
		        if not f[1].startswith("rw"):
		            continue
		        a, b = (int(x, 16) for x in f[0].split("-"))
		        if b - a > 1 << 30:
		            continue	# a sanitizer's
		        mem.seek(a)
		        if key in mem.read(b - a):
		            print(pid, area.strip())
	EOT
	line psk.psk
	atf_check -o ignore ${ctl} device add -f line
	line psk256.psk
	atf_check -o ignore ${ctl} device import - < line
	# One that is refused, and one that is never finished.
	line psk.psk other
	not_added 'another device has this key'
	atf_check -o ignore ${ctl} show
	for id in psk psk256; do
		atf_check python3 search.py $(${KEYGEN} -x ${id}.psk) $(pids)
	done
	# What is there is found: the sealed key in the parent.
	sealed=$(sqlite3 -readonly db/asmpd.db \
	    "SELECT hex(sealed) FROM device WHERE id = 'psk'")
	atf_check -o match:"^${daemon_pid} " python3 search.py ${sealed} \
	    ${daemon_pid}
	daemon_stop
}

# flipped column row what: the hex of a blob, with its first or last byte
# changed, or cut, or longer.
flipped()
{
	_hex=$(sqlite3 db/asmpd.db "SELECT hex($1) FROM device WHERE number = $2")
	case $3 in
	first)	printf %02x%s $((0x$(echo ${_hex} | cut -c 1-2) ^ 1)) \
		    $(echo ${_hex} | cut -c 3-) ;;
	last)	printf %s%02x ${_hex%??} $((0x${_hex#${_hex%??}} ^ 128)) ;;
	cut)	echo ${_hex%??} ;;
	longer)	echo ${_hex}00 ;;
	esac
}

# changed row set: asmpd does not believe such a row, and names it.
changed()
{
	atf_check sqlite3 db/asmpd.db \
	    "UPDATE device SET $2 WHERE number = $1"
	refused "(registry row $1 was not made with this gateway's seal|registry: row $1 is damaged)"
	cat good.db > db/asmpd.db
}

atf_test_case tampered
tampered_head()
{
	atf_set descr "a row of which anything was changed is not believed"
	atf_set require.progs sqlite3
	atf_set timeout 300
}
tampered_body()
{
	every_kind
	# Two of them have an old key, and an end.
	mkdir new
	atf_check -o ignore ${KEYGEN} -d new ed25519
	atf_check -o ignore ${KEYGEN} -d new -t psk psk
	(umask 077 && ${KEYGEN} -e new/psk.psk > line)
	atf_check -o ignore ${ctl} device rotate ed25519 new/ed25519.pub
	atf_check -o ignore ${ctl} device rotate - < line
	atf_check -o ignore ${ctl} device expire ed25519 1d
	daemon_stop
	works
	cp db/asmpd.db good.db
	# Every column there is, and none that the test forgets.
	sqlite3 db/asmpd.db "SELECT name FROM pragma_table_info('device')" |
	    sort | tr '\n' ' ' > columns
	atf_check -o inline:'alg changed enrolled expires id key kind mac number old_alg old_key old_sealed old_used profiles role rotated sealed state told until used version ' \
	    cat columns
	# Row 1 signs, 4 is of kind kem, 5 psk and 7 token.
	for row in 1 4 5 7; do
		for column in kind alg profiles role enrolled changed version \
		    expires told rotated until used old_used old_alg; do
			changed ${row} "${column} = ${column} + 1"
		done
		changed ${row} 'state = 3 - state'
		changed ${row} "id = id || '_'"
		changed ${row} 'kind = kind + 256'
		changed ${row} 'told = told + 256'
		changed ${row} "old_key = old_key || x'00'"
		changed ${row} "old_sealed = old_sealed || x'00'"
		for what in first last cut longer; do
			changed ${row} "mac = x'$(flipped mac ${row} ${what})'"
		done
	done
	for row in 1 4 5; do
		for what in first last cut longer; do
			changed ${row} "key = x'$(flipped key ${row} ${what})'"
		done
	done
	for what in first last cut longer; do
		changed 5 "sealed = x'$(flipped sealed 5 ${what})'"
		changed 5 "old_sealed = x'$(flipped old_sealed 5 ${what})'"
		for row in 1 5; do
			changed ${row} \
			    "old_key = x'$(flipped old_key ${row} ${what})'"
		done
	done
	for row in 1 5; do
		changed ${row} 'key = old_key'
		changed ${row} 'key = old_key, old_key = key'
		changed ${row} "old_key = x''"
		changed ${row} "old_key = x'', old_sealed = x'', rotated = 0,
		    until = 0, used = 0, old_used = 0, old_alg = 0"
	done
	changed 7 "key = x'00'"
	changed 7 "sealed = x'00'"
	changed 5 'sealed = (SELECT sealed FROM device WHERE number = 6)'
	changed 4 'key = (SELECT key FROM device WHERE number = 1)'
	atf_check sqlite3 db/asmpd.db \
	    'UPDATE device SET number = 77 WHERE number = 5'
	refused "registry row 77 was not made with this gateway's seal: .*; its id is [^ ;]*; restore what belongs together from a backup"
	cat good.db > db/asmpd.db
	works
}

atf_test_case old_schema
old_schema_head()
{
	atf_set descr "a database of another version is refused by its name"
	atf_set require.progs sqlite3
}
old_schema_body()
{
	daemon_conf
	works
	atf_check sqlite3 db/asmpd.db 'PRAGMA user_version = 1'
	refused 'database .*/db/asmpd\.db: was written by another version of asmpd \(schema 1, this one knows 3\)'
	# And one of the version after, with what to do about it.
	atf_check sqlite3 db/asmpd.db 'PRAGMA user_version = 4'
	sum=$(cksum < db/asmpd.db)
	refused 'database .*/db/asmpd\.db: was written by a newer asmpd \(schema 4, this one knows 3\): install that one again, or restore a backup from before it'
	atf_check_equal "${sum}" "$(cksum < db/asmpd.db)"
	atf_check sqlite3 db/asmpd.db 'PRAGMA user_version = 3'
	works
}

# What schema 2 wrote: DEV1 with two readings, DEV2 revoked, 7 of kind psk.
atf_test_case migrated
migrated_head()
{
	atf_set descr "a database of schema 2 is brought up to this one, whole"
	atf_set require.progs sqlite3
}
migrated_body()
{
	for file in key seal pin; do
		cp $(atf_get_srcdir)/schema/2.${file} GW.${file}
	done
	cp $(atf_get_srcdir)/schema/2.dev1.key DEV1.key
	chmod 600 GW.key GW.seal DEV1.key
	daemon_conf
	sqlite3 db/asmpd.db < $(atf_get_srcdir)/schema/2.sql
	[ $(id -u) -ne 0 ] || chown nobody db/asmpd.db
	daemon_start
	atf_check grep -q 'store: database: schema 2 brought to 3' asmpd.log
	# What schema 2 had no MAC over cannot be put into its rows.
	daemon_stop
	cp db/asmpd.db good.db
	for set in expires=1 told=1 rotated=1 until=1 used=1 old_used=1 \
	    old_alg=1 "old_key=x'00'" "old_sealed=x'00'"; do
		changed 1 "${set}"
	done
	daemon_start
	atf_check -o match:'1 active .* DEV1$' -o match:'2 revoked .* DEV2$' \
	    -o match:'3 active .* 7$' ${ctl} show devices
	device_send DEV1 '{"t": 3}' || atf_fail 'DEV1 is not let in'
	atf_check -o match:'^last id +3$' -o match:'^readings accepted +3$' \
	    ${ctl} show devices DEV1
	atf_check -o match:' 1 DEV1 ' -o match:' 2 DEV1 ' -o match:' 3 DEV1 ' \
	    ${ctl} show readings device DEV1 since 2020-01-01
	atf_check -o ignore ${ctl} device revoke DEV1
	daemon_stop
	atf_check -o inline:'3|3\n' sqlite3 db/asmpd.db \
	    'SELECT count(*), max(id) FROM reading'
	works
}

atf_test_case send
send_head()
{
	atf_set descr "an operator's text goes to one session, and to no log"
}
send_body()
{
	gateway
	device_enrol DEV1
	device_enrol DEV2
	atf_check -s exit:2 -e inline:'asmpctl: send DEV1: the device has no session\n' \
	    ${ctl} send DEV1 'Geheimnis 1'
	atf_check -s exit:2 -e inline:'asmpctl: send NONE: no such device\n' \
	    ${ctl} send NONE 'Geheimnis 2'
	online DEV1
	atf_check -o inline:'sent\n' ${ctl} send DEV1 'Geheimnis 3'
	atf_check -o inline:'sent\n' ${ctl} send DEV1 \
	    "$(printf 'x%.0s' $(seq 1024))"
	atf_check -s exit:1 -e match:'longer than 1024 bytes' ${ctl} send DEV1 \
	    "$(printf 'x%.0s' $(seq 1025))"
	has_session DEV1 || atf_fail "the session is gone"
	count 3 "operator uid $(id -u): send DEV1\$"
	count 1 "operator uid $(id -u): send NONE\$"
	count 0 Geheimnis
	daemon_stop
}

atf_init_test_cases()
{
	atf_add_test_case kinds
	atf_add_test_case restart
	atf_add_test_case twins
	atf_add_test_case mixed_list
	atf_add_test_case long_list
	atf_add_test_case tables
	atf_add_test_case all_errors
	atf_add_test_case dry_run
	atf_add_test_case responsive
	atf_add_test_case roles
	atf_add_test_case secrets
	atf_add_test_case wiped
	atf_add_test_case tampered
	atf_add_test_case old_schema
	atf_add_test_case migrated
	atf_add_test_case send
}
