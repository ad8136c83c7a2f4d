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

# The audit log: what is in it, that it is one tree under the gateway's
# signature whatever ends the daemon, and that who touches it is found.

. $(atf_get_srcdir)/../crash/common.sh

AUDITLOG="${ASMP_PYTHON:-python3} $(atf_get_srcdir)/auditlog.py"
ROGUE=${TOPDIR}/regress/attack/rogue

needs_python()
{
	${ASMP_PYTHON:-python3} -c 'import cryptography' 2> /dev/null ||
	    atf_skip "no cryptography for python3; run scripts/deps.sh"
}

# watched: a gateway whose log is looked at from its next record on.
watched()
{
	needs_python
	gateway "$@"
	seen=0
	audited 'STARTED - success: 0 devices'
}

# ask sql: of the database, as it is.
ask()
{
	sqlite3 -readonly -cmd '.timeout 5000' db/asmpd.db "$1"
}

size()
{
	ask 'SELECT count(*) FROM audit'
}

mark()
{
	seen=$(size)
}

# since: what came after mark, without what chance decides.
since()
{
	ask "SELECT data ->> 'event_type' || ' ' || CASE device WHEN '' THEN
	    '-' ELSE device END || ' ' || (data ->> 'status') || ': ' ||
	    (data ->> 'message') FROM audit WHERE seq >= ${seen} ORDER BY seq" |
	    sed "s/127\.0\.0\.1:[0-9]*/ADDRESS/; s|$(pwd -P)|DIR|"
}

# key_of file: the fingerprint, as who has the file sees it.
key_of()
{
	${KEYGEN} -l $1 | cut -d ' ' -f 3
}

enough()
{
	[ $(size) -ge $((seen + $1)) ]
}

# audited record ...: these came, in this order, and no others.
audited()
{
	printf '%s\n' "$@" > wanted
	wait_for ${SOON} enough $#
	since > found
	atf_check -o file:wanted cat found
	seen=$((seen + $#))
}

# gave_up command ...: it does not come to a good end.
gave_up()
{
	atf_check -s not-exit:0 -o ignore -e ignore "$@"
}

signed()
{
	${AUDITLOG} db/asmpd.db GW.vkey | grep -q ' 0 unsigned$'
}

# consistent: records, hashes and checkpoints agree.
consistent()
{
	${AUDITLOG} db/asmpd.db GW.vkey > log.out 2>&1 || {
		cat log.out asmpd.log >&2
		atf_fail "the log is not consistent: $(cat log.out)"
	}
}

# whole: records, hashes and checkpoints agree, and the last is signed, soon.
whole()
{
	wait_for ${SOON} signed || {
		${AUDITLOG} db/asmpd.db GW.vkey >&2
		atf_fail "the log is not whole"
	}
	atf_check -o match:'^[0-9]+ records, [0-9]+ checkpoints, 0 unsigned$' \
	    ${AUDITLOG} db/asmpd.db GW.vkey
}

atf_test_case operators
operators_head()
{
	atf_set descr "who asked for what, before it is done, and what came of it"
	atf_set require.progs sqlite3
}
operators_body()
{
	_uid=$(id -u)
	watched
	device_enrol DEV1
	audited "OPERATOR - success: uid ${_uid}: device add DEV1" \
	    "KEY_ENROLLED DEV1 success: proof signature, fingerprint $(key_of DEV1.pub)"
	atf_check -o ignore ${ctl} device disable DEV1
	audited "OPERATOR DEV1 success: uid ${_uid}: device disable DEV1" \
	    'KEY_DISABLED DEV1 success: until it is enabled'
	atf_check -o ignore ${ctl} device enable DEV1
	audited "OPERATOR DEV1 success: uid ${_uid}: device enable DEV1" \
	    'KEY_ENABLED DEV1 success: may come in again'
	atf_check -o ignore ${ctl} device revoke DEV1
	audited "OPERATOR DEV1 success: uid ${_uid}: device revoke DEV1" \
	    'KEY_REVOKED DEV1 success: for good'
	# What comes to nothing was asked for all the same, and is no success.
	atf_check -s exit:2 -e ignore ${ctl} device revoke DEV1
	atf_check -s exit:2 -e ignore ${ctl} device revoke DEV2
	atf_check -s exit:2 -e ignore ${ctl} kill DEV1
	audited "OPERATOR DEV1 failure: uid ${_uid}: device revoke DEV1" \
	    "OPERATOR - failure: uid ${_uid}: device revoke DEV2" \
	    "OPERATOR DEV1 failure: uid ${_uid}: kill DEV1"
	atf_check -s exit:2 -e ignore ${ctl} device add DEV1 DEV1.pub
	audited "OPERATOR DEV1 failure: uid ${_uid}: device add DEV1"
	# Who only looks is not written down.
	for _show in 'show devices' 'device show DEV1' 'device status DEV1' \
	    'show statistics' 'show database' 'audit show' \
	    'audit checkpoint'; do
		atf_check -o ignore ${ctl} ${_show}
	done
	# Who takes away is, and who reads all of it.
	atf_check -o ignore ${ctl} audit verify
	atf_check -o ignore ${ctl} export readings device DEV1
	atf_check -s exit:2 -o ignore -e ignore ${ctl} export readings \
	    device DEV2
	atf_check -o ignore ${ctl} device keys
	audited "OPERATOR - success: uid ${_uid}: audit verify" \
	    "OPERATOR DEV1 success: uid ${_uid}: export readings DEV1" \
	    "OPERATOR - failure: uid ${_uid}: export readings DEV2" \
	    "OPERATOR - success: uid ${_uid}: device keys"
	atf_check -o ignore ${ctl} reload
	audited "OPERATOR - success: uid ${_uid}: reload" \
	    'RELOADED - success: asmpd.conf'
	echo 'nonsense' >> asmpd.conf
	atf_check -s exit:2 -e ignore ${ctl} reload
	audited "OPERATOR - success: uid ${_uid}: reload" \
	    'RELOADED - failure: asmpd.conf has errors; asmpd -n -f asmpd.conf shows them, as does the log'
	sed -i '/^nonsense$/d' asmpd.conf
	kill -HUP ${daemon_pid}
	audited 'RELOADED - success: asmpd.conf'
	daemon_stop
	audited 'STOPPED - success: asked for'
	whole
	daemon_start
	audited 'STARTED - success: 1 devices'
	daemon_stop
	whole
}

atf_test_case list
list_head()
{
	atf_set descr "a list: one record of who asked, one of each device"
	atf_set require.progs sqlite3
}
list_body()
{
	_uid=$(id -u)
	watched
	seq -f 'D%.0f' 5000 > ids
	(umask 077 && lines > list)
	atf_check -o ignore ${ctl} device import -n list
	audited "OPERATOR - success: uid ${_uid}: device import, dry run"
	atf_check -o ignore ${ctl} device import list
	wait_for 60 enough 5001
	since > found
	{ echo "OPERATOR - success: uid ${_uid}: device import"
	  sed 's/.*/KEY_ENROLLED & success: proof psk/' ids; } > wanted
	atf_check cmp wanted found
	whole
	daemon_stop
	whole
}

# lines [n]: devices with pre-shared keys, the n-th thousand of them, a line
# each.
lines()
{
	${ASMP_PYTHON:-python3} -c '
import base64, sys
for n, line in enumerate(sys.stdin):
    print(line.strip(), "psk:" +
          base64.b64encode((1000 * int(sys.argv[1]) + n + 1).to_bytes(16,
          "big")).decode())' ${1:-0} < ids
}

atf_test_case authenticated
authenticated_head()
{
	atf_set descr "who came in, by which proof"
	atf_set require.progs sqlite3
}
authenticated_body()
{
	kinds
	for _d in ED:key P256:key P384:key PSK:psk TOKEN:token KEM:kem; do
		client_of ${_d}
		atf_check -o ignore -e ignore ./go $(said ${_d%:*})
	done
	audited 'AUTHENTICATED ED success: address ADDRESS proof signature role 1' \
	    'AUTHENTICATED P256 success: address ADDRESS proof signature role 1' \
	    'AUTHENTICATED P384 success: address ADDRESS proof signature role 1' \
	    'AUTHENTICATED PSK success: address ADDRESS proof psk role 1' \
	    'AUTHENTICATED TOKEN success: address ADDRESS proof token role 3' \
	    'AUTHENTICATED KEM success: address ADDRESS proof kem role 1'
	whole
	daemon_stop
}

# kinds: a gateway with a device of each kind.
kinds()
{
	atf_check -o ignore ${KEYGEN} -t issuer ISSUER
	watched "issuer \"$(pwd -P)/ISSUER.issuer\""
	atf_check -o ignore ${KEYGEN} ED
	atf_check -o ignore ${KEYGEN} -t p256 P256
	atf_check -o ignore ${KEYGEN} -t p384 P384
	atf_check -o ignore ${KEYGEN} -t psk PSK
	atf_check -o ignore ${KEYGEN} -t mlkem768 KEM
	atf_check -o ignore ${KEYGEN} -T -a GW -k ISSUER.issuer -r admin TOKEN
	for f in ED.pub P256.pub P384.pub PSK.psk KEM.kem TOKEN.token; do
		(umask 077 && ${KEYGEN} -e ${f} > line) || atf_fail "no line"
		atf_check -o ignore ${ctl} device add -f line
	done
	wait_for ${SOON} enough 12
	mark
}

# client_of id:extension: ./go is this device.
client_of()
{
	cat > go <<-EOT
		#!/bin/sh
		exec ${ASMP} -g GW.pin -k ${1%:*}.${1#*:} -i ${1%:*} \\
		    -p ${port} -t 10 127.0.0.1 "\$@"
	EOT
	chmod 755 go
}

# said id: what it says.
said()
{
	case $1 in
	PSK)	echo 100 ;;
	TOKEN)	echo ping ;;
	KEM)	echo HR=88 ;;
	*)	echo '{"n":"1"}' ;;
	esac
}

atf_test_case failed
failed_head()
{
	atf_set descr "each attempt that fails is one record, with its reason"
	atf_set require.progs sqlite3
}
failed_body()
{
	kinds
	atf_check -o ignore ${KEYGEN} STRANGER
	mkdir other
	for f in ED:ed25519 PSK:psk KEM:mlkem768; do
		atf_check -o ignore ${KEYGEN} -d other -t ${f#*:} ${f%:*}
	done
	atf_check -o ignore ${KEYGEN} -T -a GW -k ISSUER.issuer \
	    -f 2020-01-01 -u 2020-01-02 -d other TOKEN
	client_of STRANGER:key
	gave_up ./go '{"n":"1"}'
	audited 'AUTH_FAILED STRANGER failure: address ADDRESS reason unknown-device'
	for f in ED:key PSK:psk TOKEN:token KEM:kem; do
		mv ${f%:*}.${f#*:} good
		mv other/${f%:*}.${f#*:} .
		client_of ${f}
		gave_up ./go $(said ${f%:*})
		mv good ${f%:*}.${f#*:}
	done
	audited 'AUTH_FAILED ED failure: address ADDRESS reason bad-proof' \
	    'AUTH_FAILED PSK failure: address ADDRESS reason bad-proof' \
	    'AUTH_FAILED TOKEN failure: address ADDRESS reason expired' \
	    'AUTH_FAILED KEM failure: address ADDRESS reason lost'
	atf_check -o ignore ${ctl} device revoke ED
	atf_check -o ignore ${ctl} device disable P256
	wait_for ${SOON} enough 4
	mark
	client_of ED:key
	gave_up ./go '{"n":"1"}'
	client_of P256:key
	gave_up ./go '{"n":"1"}'
	audited 'AUTH_FAILED ED failure: address ADDRESS reason revoked-device' \
	    'AUTH_FAILED P256 failure: address ADDRESS reason disabled-device'
	# With the right key first, and then without.
	atf_check -o ignore -e ignore ${ROGUE} -P iomt -k KEM.kem -i KEM \
	    -g GW.pin -c 127.0.0.1:${port} kem-guess
	audited 'AUTHENTICATED KEM success: address ADDRESS proof kem role 1' \
	    'AUTH_FAILED KEM failure: address ADDRESS reason bad-proof'
	# Who says nothing of who he is has not tried.
	printf garbage > garbage
	${REPLAY} -t 2 -c 127.0.0.1:${port} garbage > replay.out 2>&1
	client_of P384:key
	atf_check ./go '{"n":"1"}'
	audited 'AUTHENTICATED P384 success: address ADDRESS proof signature role 1'
	whole
	daemon_stop
}

atf_test_case flood
flood_head()
{
	atf_set descr "of very many failures the rest is one record"
	atf_set require.progs sqlite3
}
flood_body()
{
	watched
	atf_check -o ignore ${KEYGEN} STRANGER
	flood_of 300
	daemon_stop
	told_of 300 || {
		since | sort | uniq -c >&2
		atf_fail "not all are told of"
	}
	_told=$(since | grep -Ec ' more within [0-9]+ seconds$')
	[ ${_told} -ge 1 ] ||
	    atf_skip "this machine does not fail as often as that"
	[ ${_told} -le 2 ] || atf_fail "${_told} counts in a minute"
	# No second has more than 50, but for its last record.
	ask "SELECT count(*) FROM audit WHERE seq >= ${seen} GROUP BY time /
	    1000000 ORDER BY 1 DESC LIMIT 1" > most
	[ $(cat most) -le 102 ] || atf_fail "$(cat most) in one second"
	whole
}

# flood_of n: so many strangers at once.
flood_of()
{
	_flood=
	for n in $(seq $1); do
		./send STRANGER '{"n":"1"}' > flood.out 2>&1 &
		_flood="${_flood} $!"
	done
	wait ${_flood}
}

# told_of n: so many failures have a record, or are counted in one.
told_of()
{
	[ $(since | awk '
	    $1 == "AUTH_FAILED" && / more within [0-9]+ seconds$/ { n += $4 }
	    $1 == "AUTH_FAILED" && / reason unknown-device$/ { n++ }
	    END { print n + 0 }') -eq $1 ]
}

atf_test_case blocked
blocked_head()
{
	atf_set descr "a reading that was blocked, with its id and reason"
	atf_set require.progs sqlite3
}
blocked_body()
{
	watched
	device_enrol DEV1
	wait_for ${SOON} enough 2
	mark
	gave_up ./send DEV1 -r '{"n":"1"}' '{"n":' '{"n":"3"}'
	audited 'AUTHENTICATED DEV1 success: address ADDRESS proof signature role 1' \
	    'READING_BLOCKED DEV1 failure: id 2 reason json: not JSON at byte 6'
	whole
	daemon_stop
}

atf_test_case grows
grows_head()
{
	atf_set descr "a reason that grows as it is made visible is cut"
	atf_set require.progs sqlite3
}
grows_body()
{
	_uid=$(id -u)
	watched
	device_enrol DEV1
	wait_for ${SOON} enough 2
	mark
	# Who can write the database chooses what the store says.
	atf_check sqlite3 db/asmpd.db "CREATE TRIGGER t BEFORE UPDATE ON device
	    BEGIN SELECT raise(fail, '$(printf '\001%.0s' $(seq 250))'); END"
	atf_check -s exit:2 -e match:'not be stored: (\\001)+' \
	    ${ctl} device revoke DEV1
	count 1 'device DEV1 revoked, but not for good: (\\001){60}'
	wait_for ${SOON} enough 2
	since > found
	atf_check -o inline:"OPERATOR DEV1 success: uid ${_uid}: device revoke DEV1\n" \
	    head -n 1 found
	atf_check -o match:'^KEY_REVOKED DEV1 failure: not stored: (\\001){60}' \
	    tail -n 1 found
	atf_check sqlite3 db/asmpd.db 'DROP TRIGGER t'
	atf_check -o ignore ${ctl} device revoke DEV1
	whole
	daemon_stop
}

atf_test_case children
children_head()
{
	atf_set descr "a child that is killed is why the daemon stopped"
	atf_set require.progs sqlite3
}
children_body()
{
	watched
	daemon_stop
	for _child in net verify control store; do
		mark
		daemon_start
		audited 'STARTED - success: 0 devices'
		_pids=$(pids)
		kill -KILL $(child_pid ${_child})
		daemon_ended 1 ${_pids}
		if [ ${_child} = store ]; then
			consistent
			continue
		fi
		audited "STOPPED - failure: ${_child} was killed by signal 9 (Killed)"
		whole
	done
}

# sealed n: the log of readings is signed so far.
sealed()
{
	[ $(ask 'SELECT max(size) FROM checkpoint WHERE log = 1') -eq $1 ]
}

# filled: a stopped gateway whose logs have something in them, kept beside.
filled()
{
	watched
	for id in DEV1 DEV2 DEV3; do
		device_enrol ${id}
		atf_check ./send ${id} '{"n":"1"}' '{"n":"2"}'
	done
	cp -a db db.before
	atf_check -o ignore ${ctl} device revoke DEV2
	atf_check ./send DEV1 '{"n":"3"}'
	wait_for ${SOON} sealed 4 || atf_fail "it is not signed"
	daemon_stop
	whole
	cp -a db db.good
	cp -a asmpd.anchor anchor.good
	n=$(size)
}

# touched sql: as it was, but for this.
touched()
{
	rm -rf db
	cp -a db.good db
	cp -a anchor.good asmpd.anchor
	[ -z "$1" ] || atf_check sqlite3 db/asmpd.db "$1"
	[ $(id -u) -ne 0 ] || chown nobody db/*
}

# shown audit readings [line]: whether asmpctl show says that it is damaged.
shown()
{
	atf_check -o save:summary ${ctl} show
	atf_check -o save:summary.json ${ctl} -j show
	atf_check -o inline:"$1 $2\n" jq -r \
	    '.summary | "\(.audit_damaged) \(.readings_damaged)"' summary.json
	grep damaged summary > found
	printf '%s' "${3:+$3
}" > wanted
	atf_check -o file:wanted cat found
}

# damaged what: the daemon starts, says so, and writes it down.
damaged()
{
	seen=${n}
	daemon_start -v
	count 1 "parent: audit log: $1; asmpctl audit verify says more\$"
	audited "LOG_DAMAGED - failure: $1" 'STARTED - success: 3 devices'
	shown true false 'audit log            damaged: audit verify says more'
	served_all
	daemon_stop
	# It stays damaged.
	daemon_start -v
	count 1 'parent: audit log: its first [0-9]+ records are not those that were signed; asmpctl audit verify says more$'
	daemon_stop
}

served_all()
{
	client send ${port}
	atf_check ./send DEV1 '{"n":"4"}'
	atf_check -s exit:4 -e ignore ./send DEV2 '{"n":"4"}'
}

atf_test_case records_touched
records_touched_head()
{
	atf_set descr "records that were cut off, edited or deleted are missed"
	atf_set require.progs sqlite3
}
records_touched_body()
{
	filled
	touched "DELETE FROM audit WHERE seq >= $((n - 3))"
	damaged "$((n - 3)) records where ${n} were signed: its end was cut off"
	touched 'DELETE FROM audit'
	damaged "0 records where ${n} were signed: its end was cut off"
	_first="its first ${n} records are not those that were signed"
	touched 'DELETE FROM audit WHERE seq = 3'
	damaged "${_first}"
	touched "UPDATE audit SET leaf = x'$(printf '%064d' 0)' WHERE seq = 0"
	damaged "${_first}"
	touched "UPDATE audit SET leaf = (SELECT leaf FROM audit WHERE seq = 1)
	    WHERE seq = $((n - 1))"
	damaged "${_first}"
	touched "UPDATE audit SET seq = -1 WHERE seq = 1;
	    UPDATE audit SET seq = 1 WHERE seq = 2;
	    UPDATE audit SET seq = 2 WHERE seq = -1"
	damaged "${_first}"
	# With nothing touched nothing is said.
	touched
	seen=${n}
	daemon_start -v
	audited 'STARTED - success: 3 devices'
	count 0 'audit log:|LOG_DAMAGED'
	served_all
	daemon_stop
	whole
}

# forge index: a record that says what it likes, whole with its hash, and with
# another one's code.
forge()
{
	_text='{"event_type":"OPERATOR","device_id":"","gateway_id":"GW","message":"forged","timestamp":"2026-01-01T00:00:00.000000Z","status":"success"}'
	_leaf=$(printf '\0%s' "${_text}" | sha256sum | cut -c 1-64)
	copied "(SELECT max(seq) FROM audit WHERE data ->> 'event_type' =
	    'OPERATOR')" $1
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db "UPDATE audit SET
	    time = 1767225600000000, ok = 1, device = '', leaf = x'${_leaf}',
	    data = '${_text}' WHERE seq = $1"
}

# copied index place: a record as it is, there too, whatever columns there are.
copied()
{
	atf_check sqlite3 -cmd '.timeout 5000' db/asmpd.db "CREATE TABLE copy AS
	    SELECT * FROM audit WHERE seq = $1; UPDATE copy SET seq = $2;
	    INSERT INTO audit SELECT * FROM copy; DROP TABLE copy"
	[ $(id -u) -ne 0 ] || chown nobody db/*
}

atf_test_case forged
forged_head()
{
	atf_set descr "no record is signed that asmpd has not made"
	atf_set require.progs sqlite3
}
forged_body()
{
	filled
	# After the daemon has ended in good order nothing can follow.
	touched
	forge ${n}
	forge $((n + 1))
	damaged_at ${n}
	# Nor may what it wrote itself, before.
	touched
	copied $((n - 1)) ${n}
	damaged_at ${n}
	# Where it was killed, what it wrote just before is taken, and no more.
	touched
	for _forged in no yes; do
		daemon_start -v
		wait_for ${SOON} signed || atf_fail "it is not signed"
		served_all
		mark
		atf_check -s exit:2 -e ignore ${ctl} device revoke NOBODY
		wait_for ${SOON} enough 1
		_family=$(family)
		kill -KILL ${_family}
		gone ${_family}
		n=$(size)
		[ ${_forged} = no ] || {
			forge ${n}
			damaged_at ${n}
			continue
		}
		daemon_start -v
		count 0 'audit log:'
		whole
		daemon_stop
		whole
	done
}

# damaged_at index: the daemon starts, names this record and does not sign it.
damaged_at()
{
	daemon_start -v
	count 1 "parent: audit log: record $1 was not made by asmpd; asmpctl audit verify says more\$"
	ask "SELECT data ->> 'event_type' || ' ' || (data ->> 'message') FROM
	    audit WHERE seq > $1" > found
	atf_check -o match:"^LOG_DAMAGED record $1 was not made by asmpd\$" \
	    cat found
	atf_check -s exit:2 -o ignore -e match:'records were rewritten' \
	    ${ctl} audit verify
	served_all
	daemon_stop
	daemon_start -v
	count 1 'audit log: its first [0-9]+ records are not those that were signed'
	daemon_stop
}

atf_test_case seals_touched
seals_touched_head()
{
	atf_set descr "a log of readings that was touched is signed no more"
	atf_set require.progs sqlite3
}
seals_touched_body()
{
	filled
	seals=$(ask 'SELECT count(*) FROM seal')
	touched "UPDATE seal SET leaf = x'$(printf '%064d' 0)' WHERE seq = 1"
	_first="its first ${seals} seals are not those that were signed"
	unsigned ${seals} "${_first}"
	touched 'DELETE FROM seal WHERE seq = 0'
	unsigned ${seals} "${_first}"
	touched "DELETE FROM seal WHERE seq = $((seals - 1))"
	unsigned ${seals} \
	    "$((seals - 1)) seals where ${seals} were signed: its end was cut off"
	touched 'DELETE FROM seal'
	unsigned ${seals} \
	    "0 seals where ${seals} were signed: its end was cut off"
	touched
	seen=${n}
	daemon_start -v
	served_all
	wait_for ${SOON} sealed $((seals + 1)) || atf_fail "it is not signed"
	count 0 'log of readings:'
	daemon_stop
}

# unsigned n why: so many seals were signed, and from here on none is.
unsigned()
{
	seen=${n}
	daemon_start -v
	count 1 "parent: log of readings: $2; it is signed no more\$"
	audited 'STARTED - success: 3 devices' \
	    "LOG_DAMAGED - failure: log of readings: $2; it is signed no more"
	shown false true 'log of readings      damaged: it is signed no more'
	served_all
	atf_check -s not-exit:0 -o ignore \
	    -e match:'the log of readings is not the one that was signed' \
	    ${ctl} evidence DEV1 1
	daemon_stop
	atf_check_equal 1 $(grep -c 'log of readings' asmpd.log)
	sealed $1 || atf_fail "it was signed"
	whole
}

# row_put_back where: the row of DEV2 as it was before it was revoked.
row_put_back()
{
	touched "ATTACH 'db.before/asmpd.db' AS old;
	    INSERT OR REPLACE INTO device SELECT * FROM old.device WHERE $1"
}

# not_taken rows changes: the registry, as it is, is not.
not_taken()
{
	refused "parent: registry: rows are missing or are not the last ones that were written: the database was changed, or comes from a backup; to take it as it is, move the anchor $(pwd -P)/asmpd.anchor away\$"
}

# dripped n: readings that come one at a time, each with a seal of its own.
dripped()
{
	_n=0
	while [ ${_n} -lt $1 ]; do
		echo '{"n":"1"}'
		sleep 0.02
		_n=$((_n + 1))
	done
}

atf_test_case tiles_touched
tiles_touched_head()
{
	atf_set descr "without the hashes of whole tiles asmpd does not start"
	atf_set require.progs sqlite3
}
tiles_touched_body()
{
	watched
	device_enrol DEV1
	seq -f 'T%.0f token' 256 > list
	atf_check -o ignore ${ctl} device import list
	dripped 300 | ./send DEV1 || atf_fail "not all are acknowledged"
	seals=$(ask 'SELECT count(*) FROM seal')
	[ ${seals} -gt 256 ] || atf_fail "too few seals: ${seals}"
	wait_for ${SOON} sealed ${seals} || atf_fail "it is not signed"
	daemon_stop
	cp -a db db.good
	cp -a asmpd.anchor anchor.good
	for log in 0:'audit log' 1:'log of readings'; do
		touched "DELETE FROM tile WHERE id = ${log%%:*} << 56"
		refused "fatal in store: ${log#*:}: hashes of a log are missing \(level 0, tile 0\)\$"
	done
	touched
	works
}

atf_test_case rows_touched
rows_touched_head()
{
	atf_set descr "no revocation is undone, no device lost, unnoticed"
	atf_set require.progs sqlite3
}
rows_touched_body()
{
	filled
	row_put_back "id = 'DEV2'"
	not_taken
	touched "DELETE FROM device WHERE id = 'DEV2'"
	not_taken
	touched 'DELETE FROM device'
	not_taken
	# The whole of an older database: its log is shorter, too.
	rm -rf db
	cp -a db.before db
	not_taken
	for _set in "state = 0 WHERE id = 'DEV2'" 'version = version + 1' \
	    "number = 7 WHERE id = 'DEV2'" "id = 'DEV4' WHERE id = 'DEV2'"; do
		touched "UPDATE device SET ${_set}"
		refused "parent: registry row [0-9] was not made with this gateway's seal: "
	done
	touched "UPDATE device SET number = -1 WHERE number = 1;
	    UPDATE device SET number = 1 WHERE number = 2;
	    UPDATE device SET number = 2 WHERE number = -1"
	refused "parent: registry row 1 was not made with this gateway's seal: "
	# Who knows what he does can go back.
	row_put_back "id = 'DEV2'"
	rm asmpd.anchor
	seen=${n}
	daemon_start -v
	logged "parent: anchor $(pwd -P)/asmpd.anchor: is new: the database is taken as it is\$"
	audited 'STARTED - success: 3 devices'
	daemon_stop
	touched
	works
}

atf_test_case anchor_lost
anchor_lost_head()
{
	atf_set descr "without the anchor the log goes on as it is"
	atf_set require.progs sqlite3
}
anchor_lost_body()
{
	filled
	rm asmpd.anchor
	seen=${n}
	daemon_start -v
	count 1 "anchor $(pwd -P)/asmpd.anchor: is new: the database is taken as it is\$"
	audited 'STARTED - success: 3 devices'
	served_all
	whole
	daemon_stop
	whole
	daemon_start -v
	count 0 'anchor|log of readings'
	daemon_stop
	whole
}

# spoil place ...: of the anchor's two.
spoil()
{
	for _place in "$@"; do
		printf X | dd of=asmpd.anchor bs=1 seek=$((_place * 8192 + 40)) \
		    conv=notrunc 2> dd.out
	done
}

atf_test_case anchor_damaged
anchor_damaged_head()
{
	atf_set descr "an anchor of which one place is whole is good"
	atf_set require.progs sqlite3
}
anchor_damaged_body()
{
	filled
	for _place in 0 1; do
		touched
		spoil ${_place}
		seen=${n}
		daemon_start -v
		audited 'STARTED - success: 3 devices'
		served_all
		daemon_stop
		whole
		works
		whole
	done
	touched
	spoil 0 1
	anchor_refused 'is damaged; move it away to start without what it knows'
	for _bytes in 1 8192 16384; do
		head -c ${_bytes} /dev/zero > asmpd.anchor
		anchor_refused 'is damaged; move it away to start without what it knows'
	done
	# Nothing was ever written to it.
	: > asmpd.anchor
	daemon_start -v
	logged 'anchor .*: is new: '
	daemon_stop
	whole
}

# anchor_refused why: the daemon does not even begin.
anchor_refused()
{
	refused_line "^asmpd: anchor $(pwd -P)/asmpd.anchor: $1\$"
}

atf_test_case anchor_place
anchor_place_head()
{
	atf_set descr "the anchor is a file that only root writes"
}
anchor_place_body()
{
	daemon_conf
	works
	for _mode in 620 602 666; do
		chmod ${_mode} asmpd.anchor
		anchor_refused 'must not be written by others: chmod 600'
	done
	chmod 644 asmpd.anchor
	works
	mv asmpd.anchor real
	ln -s real asmpd.anchor
	anchor_refused 'Too many levels of symbolic links'
	ln -sf nowhere asmpd.anchor
	anchor_refused 'Too many levels of symbolic links'
	[ ! -e nowhere ] || atf_fail "it was made where a link points to"
	rm asmpd.anchor
	mkfifo asmpd.anchor
	anchor_refused 'is not a file'
	rm asmpd.anchor
	mkdir asmpd.anchor
	anchor_refused 'Is a directory'
	rmdir asmpd.anchor
	mv real asmpd.anchor
	works
	sed "s|^anchor .*|anchor \"$(pwd -P)/none/asmpd.anchor\"|" asmpd.conf \
	    > asmpd.conf.new
	mv asmpd.conf.new asmpd.conf
	refused_line "^asmpd: anchor $(pwd -P)/none/asmpd.anchor: directory $(pwd -P)/none: No such file or directory\$"
}

atf_test_case anchor_owner
anchor_owner_head()
{
	atf_set descr "nor is it where the store could put another"
	atf_set require.user root
}
anchor_owner_body()
{
	daemon_conf
	works
	chown nobody asmpd.anchor
	anchor_refused 'must belong to the user that starts asmpd'
	chown root asmpd.anchor
	works
	mkdir theirs
	for _who in root:775 root:757 root:1777 nobody:755 nobody:700; do
		chown ${_who%:*} theirs
		chmod ${_who#*:} theirs
		sed "s|^anchor .*|anchor \"$(pwd -P)/theirs/anchor\"|" asmpd.conf \
		    > asmpd.conf.new
		mv asmpd.conf.new asmpd.conf
		refused_line "^asmpd: anchor $(pwd -P)/theirs/anchor: directory $(pwd -P)/theirs must be one that only root may write\$"
		[ ! -e theirs/anchor ] || atf_fail "it was made there"
	done
	chown root theirs
	chmod 755 theirs
	works
}

# load: people who come and strangers, devices that are revoked, lists.
load()
{
	load_pids=
	for _loop in strangers revokes lists; do
		(trap - EXIT
		while :; do
			${_loop} || sleep 0.2
		done) > ${_loop}.out 2>&1 &
		load_pids="${load_pids} $!"
	done
	trap load_over EXIT
}

load_over()
{
	[ -z "${load_pids}" ] || kill -KILL ${load_pids} 2> /dev/null
	_left=$(family)
	[ -z "${_left}" ] || kill -KILL ${_left} 2> /dev/null
	daemon_kill
}

strangers()
{
	client send $(cat port)
	./send DEV1 '{"n":"1"}'
	./send STRANGER '{"n":"1"}'
}

# What asmpctl is told is done is in files: who is revoked, which list is in.
revokes()
{
	revoking=$((revoking + 1))
	while ! ${ctl} device revoke R${revoking} 2> revoke.err; do
		! grep -q 'revoked before' revoke.err || break
		sleep 0.1
	done
	echo R${revoking} >> revoked
}

lists()
{
	[ -n "${listing}" ] || listing=0
	listing=$((listing + 1))
	seq -f "L${listing}_%.0f" ${LIST} > ids
	(umask 077 && lines ${listing} > list)
	while ! ${ctl} device import list 2> list.err; do
		! grep -q 'enrolled already' list.err || break
		sleep 0.1
	done
	echo L${listing} >> listed
}

LIST=700		# devices of one

# kept: what was told to be done is done, the log goes on from what it was,
# and nothing was damaged.
kept()
{
	consistent
	! grep -E 'LOG_DAMAGED|not those that were signed|its end was cut off' \
	    asmpd.log >&2 || atf_fail "damaged; seed ${seed}"
	ask 'SELECT size, note FROM checkpoint WHERE log = 0' | sort > notes
	sort -o notes.before notes.before
	[ -z "$(comm -23 notes.before notes)" ] ||
	    atf_fail "a checkpoint is gone; seed ${seed}"
	cp notes notes.before
	ask "SELECT id FROM device WHERE id LIKE 'R%' AND state = 2" |
	    sort > is_revoked
	sort told_revoked > told
	[ -z "$(comm -23 told is_revoked)" ] || {
		comm -23 told is_revoked >&2
		atf_fail "a revocation is undone; seed ${seed}"
	}
	ask "SELECT substr(id, 1, instr(id, '_') - 1), count(*) FROM device
	    WHERE id LIKE 'L%' GROUP BY 1" | tr '|' ' ' > is_listed
	! grep -v " ${LIST}\$" is_listed >&2 ||
	    atf_fail "a part of a list; seed ${seed}"
	while read -r _list; do
		grep -q "^${_list} " is_listed ||
		    atf_fail "the list ${_list} is lost; seed ${seed}"
	done < told_listed
}

atf_test_case kills
kills_head()
{
	atf_set descr "kill -9 at any moment, and both logs and registry stand"
	atf_set require.progs sqlite3
	atf_set timeout 7200
}
kills_body()
{
	echo "seed ${seed}"
	watched
	device_enrol DEV1
	atf_check -o ignore ${KEYGEN} STRANGER
	seq -f 'R%.0f' 2000 > ids
	(umask 077 && lines 1000000 > list)
	atf_check -o ignore ${ctl} device import list
	wait_for 60 signed || atf_fail "it is not signed"
	daemon_stop
	echo ${port} > port
	: > revoked; : > listed; : > notes.before
	load
	for _round in $(seq ${CRASH_ROUNDS:-1}); do
		for _who in all store parent verify all net parent store \
		    control; do
			chance 1500
			cp revoked told_revoked
			cp listed told_listed
			launch
			up
			kept
			nap ${chance}
			_family=$(family)
			kill -KILL $(victims ${_who})
			gone ${_family}
			cp revoked told_revoked
			cp listed told_listed
			kept
		done
		for _who in all parent; do
			chance 500
			launch
			nap ${chance}
			_family=$(family)
			kill -KILL $(victims ${_who}) 2> /dev/null
			gone ${_family}
			kept
		done
	done
	launch
	up
	kept
	kill ${load_pids}
	load_pids=
	wait_for ${SOON} signed || atf_fail "it is not signed"
	echo "$(wc -l < revoked) revoked, $(wc -l < listed) lists, $(cat log.out)"
	[ $(wc -l < revoked) -gt 5 ] || atf_fail "nobody was revoked"
	daemon_stop
	kept
	whole
}

atf_test_case disk_full cleanup
disk_full_head()
{
	atf_set descr "records wait for room on the disk, as many as can be"
	atf_set require.user root
	atf_set require.progs sqlite3 mount
}
disk_full_body()
{
	mkdir -m 755 db
	mount -t tmpfs -o size=8m none db 2> mount.out ||
	    atf_skip "no tmpfs here: $(cat mount.out)"
	watched
	device_enrol DEV1
	wait_for ${SOON} enough 2
	mark
	whole
	dd if=/dev/zero of=db/filler bs=4k > dd.out 2>&1
	requests 1000
	rm db/filler
	wait_for ${SOON} enough 1000 || atf_fail "only $(since | wc -l)"
	[ $(since | grep -c '^OPERATOR - failure: .*: device revoke NOBODY$') \
	    -eq 1000 ] || atf_fail "another record"
	whole
	# There is an end to it, which is told of.
	mark
	dd if=/dev/zero of=db/filler bs=4k > dd.out 2>&1
	requests 5000
	wait_for ${SOON} stalled || atf_fail "the store works"
	atf_check -o match:'^stalled reason +database or disk is full$' \
	    ${ctl} show
	rm db/filler
	wait_for ${SOON} enough 4000 || atf_fail "only $(since | wc -l)"
	wait_for ${SOON} lost_told || atf_fail "nobody tells how many are lost"
	since | awk '
	    $1 == "OPERATOR" { n++ }
	    $1 == "EVENTS_LOST" { told++; lost = $4 }
	    END { print n + lost, told, (lost >= 900) }' > found
	atf_check -o inline:'5000 1 1\n' cat found
	mark
	atf_check ./send DEV1 '{"n":"1"}'
	audited 'AUTHENTICATED DEV1 success: address ADDRESS proof signature role 1'
	whole
	# Nor does it keep the daemon from stopping.
	dd if=/dev/zero of=db/filler bs=4k > dd.out 2>&1
	requests 10
	daemon_stop
	rm db/filler
	consistent
	daemon_start
	consistent
	daemon_stop
	whole
}
disk_full_cleanup()
{
	umount db 2> /dev/null || :
}

lost_told()
{
	since | grep -q '^EVENTS_LOST - failure: [0-9]* records$'
}

# requests n: as many of an operator that come to nothing.
requests()
{
	${ASMP_PYTHON:-python3} -c '
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
def ask(_):
    return subprocess.run(sys.argv[2:], stderr=subprocess.DEVNULL).returncode
with ThreadPoolExecutor(16) as pool:
    answers = list(pool.map(ask, range(int(sys.argv[1]))))
sys.exit(set(answers) != {2})' $1 ${ctl} device revoke NOBODY ||
	    atf_fail "not all are answered"
}

atf_test_case asked_at_once
asked_at_once_head()
{
	atf_set descr "many ask for the log of readings while it grows"
	atf_set require.progs sqlite3
}
asked_at_once_body()
{
	watched
	device_enrol DEV1
	for _id in $(seq 12); do
		atf_check ./send DEV1 '{"n":"1"}'
		_asking=
		for _who in 1 2 3 4 5 6; do
			${ctl} evidence DEV1 ${_id} > evidence.${_who} \
			    2> evidence.err.${_who} &
			_asking="${_asking} $!"
		done
		for _pid in ${_asking}; do
			wait ${_pid} || {
				cat evidence.err.* asmpd.log >&2
				atf_fail "no evidence of ${_id}"
			}
		done
	done
	count 0 'log of readings'
	wait_for ${SOON} sealed 12 || atf_fail "it is not signed"
	daemon_stop
	daemon_start
	count 0 'log of readings'
	daemon_stop
}

# Its next write to the database is never made, nor what was not synced.
atf_test_case power
power_head()
{
	atf_set descr "what a power cut takes away was never signed"
	atf_set require.progs sqlite3
}
power_body()
{
	needs_python
	shimmed s
	gateway 'acknowledge received'
	device_enrol DEV1
	atf_check ./send DEV1 '{"n":"1"}'
	wait_for ${SOON} sealed 1 || atf_fail "it is not signed"
	_family=$(family)
	# Signed is synced.  Of a sync that is still due and does nothing
	# nobody can tell, but that it must not take what comes next along.
	sleep 2
	atf_check ./send DEV1 '{"n":"2"}'
	shim reset=1 how=power what=write at=now times=1
	timeout 10 ${ctl} evidence DEV1 2 > evidence.out 2>&1
	gone ${_family}
	atf_check_equal 1 $(shim_says fired)
	shim how=count
	daemon_start
	client send ${port}
	atf_check ./send DEV1 '{"n":"3"}'
	wait_for ${SOON} sealed $(ask 'SELECT count(*) FROM seal') ||
	    atf_fail "it is not signed"
	# It may have had no time for the last record, which says nothing more.
	count 0 'log of readings|audit log.*verify says more'
	daemon_stop
	consistent
}

atf_init_test_cases()
{
	atf_add_test_case operators
	atf_add_test_case list
	atf_add_test_case authenticated
	atf_add_test_case failed
	atf_add_test_case flood
	atf_add_test_case blocked
	atf_add_test_case grows
	atf_add_test_case children
	atf_add_test_case records_touched
	atf_add_test_case forged
	atf_add_test_case seals_touched
	atf_add_test_case tiles_touched
	atf_add_test_case rows_touched
	atf_add_test_case anchor_lost
	atf_add_test_case anchor_damaged
	atf_add_test_case anchor_place
	atf_add_test_case anchor_owner
	atf_add_test_case asked_at_once
	atf_add_test_case power
	atf_add_test_case kills
	atf_add_test_case disk_full
}
