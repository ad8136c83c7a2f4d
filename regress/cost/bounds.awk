# Compares what cost.awk has printed with the file of bounds, which comes
# first, and prints what is dearer.  slack is what instructions may exceed
# theirs by, in percent; with same not set, those of libraries are not
# compared, since they are other libraries.  of is the program: a step of
# another is not missed.

function dearer(what, is, was, percent)
{
	if (is > was * (100 + percent) / 100) {
		printf "%s: %d %s, recorded are %d\n", $1, is, what, was
		bad = 1
	}
}

/^#/ {
	next
}
NR == FNR {
	bound[$1] = $0
	next
}
!($1 in bound) {
	print $1 ": not recorded"
	bad = 1
	next
}
{
	split(bound[$1], b)
	dearer("instructions", $2, b[2], slack)
	if (same) {
		dearer("instructions of cryptography", $3, b[3], slack)
		dearer("instructions in libsqlite3", $4, b[4], slack)
		dearer("allocations", $6, b[6], 0)
	}
	dearer("calls of cryptography", $5, b[5], 0)
	dearer("allocations of its own", $7, b[7], 0)
	delete bound[$1]
}
END {
	for (step in bound)
		if ((step ~ /^store/) == (of == "cost_store")) {
			print step ": not measured"
			bad = 1
		}
	exit bad
}
