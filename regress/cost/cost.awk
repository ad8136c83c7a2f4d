# What callgrind wrote of one step, with names in full, as one line: step, then
# for each of its records the instructions of the program, of the libraries of
# cryptography, and of libsqlite3; then for all of them calls from the program
# into the former, allocations, and those of the program's own.  The C library
# is left out: its functions are chosen by the processor.

function is_allocation(name)
{
	return name ~ /^(malloc|calloc|realloc|reallocarray|posix_memalign)$/
}

function is_crypto(file)
{
	return file ~ /\/lib(crypto|sodium)\.so/
}

/^ob=/ {
	object = substr($0, 4)
}
/^cob=/ {
	called = substr($0, 5)
}
/^cfn=/ {
	name = substr($0, 5)
}
# The line behind it is what the call cost, which is counted where it was.
/^calls=/ {
	if (called == "")
		called = object
	split(substr($1, 7), n, "=")
	own = object ~ /\/cost_[a-z]*$/
	if (is_allocation(name)) {
		allocations += n[1]
		if (own)
			mine += n[1]
	}
	if (own && is_crypto(called))
		calls += n[1]
	called = ""
	below = 1
	next
}
/^[0-9]/ {
	if (!below)
		self[object] += $2
	below = 0
}
END {
	for (object in self) {
		if (object ~ /\/cost_[a-z]*$/)
			program += self[object]
		else if (is_crypto(object))
			crypto += self[object]
		else if (object ~ /\/libsqlite3\.so/)
			sqlite += self[object]
	}
	printf "%-14s %7d %7d %7d %5d %4d %4d\n", step, program / records,
	    crypto / records, sqlite / records, calls, allocations, mine
}
