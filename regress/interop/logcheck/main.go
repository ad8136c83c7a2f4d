// Copyright (c) 2026 The asmpd developers
//
// Permission to use, copy, modify, and distribute this software for any
// purpose with or without fee is hereby granted, provided that the above
// copyright notice and this permission notice appear in all copies.
//
// THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
// WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
// MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
// ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
// WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
// ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
// OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

// Logcheck reads what log_peer says of a log and finds out whether others
// would believe it: checkpoints by golang.org/x/mod/sumdb/note, and proofs by
// two implementations of Merkle trees, golang.org/x/mod/sumdb/tlog and
// github.com/transparency-dev/merkle.  It prints how much it has checked.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A tree as tlog keeps it: all its hashes, in the order in which they come.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", i)
		}
		out = append(out, h[i])
	}
	return out, nil
}

type checker struct {
	key                                 note.Verifier
	tree                                hashes
	leaves                              [][]byte
	checkpoints, inclusion, consistency int
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must(ok bool, what string) {
	if !ok {
		log.Fatal(what)
	}
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	check(err)
	return n
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	check(err)
	return b
}

// root is what tlog computes from the leaves.
func (c *checker) root(size int64) tlog.Hash {
	h, err := tlog.TreeHash(size, c.tree)
	check(err)
	return h
}

func (c *checker) addLeaf(data []byte) {
	h, err := tlog.StoredHashes(int64(len(c.leaves)), data, c.tree)
	check(err)
	c.tree = append(c.tree, h...)
	c.leaves = append(c.leaves, data)
}

// checkCheckpoint wants three lines that say what the tree is, and one
// signature; where a bit of the lines is changed, none may hold.
func (c *checker) checkCheckpoint(size int64, text []byte) {
	n, err := note.Open(text, note.VerifierList(c.key))
	check(err)
	must(len(n.Sigs) == 1 && len(n.UnverifiedSigs) == 0, "signatures")
	root := c.root(size)
	want := fmt.Sprintf("%s\n%d\n%s\n", c.key.Name(), size,
		base64.StdEncoding.EncodeToString(root[:]))
	must(n.Text == want, "text of checkpoint: "+n.Text)
	for i := range n.Text {
		text[i] ^= 1
		_, err := note.Open(text, note.VerifierList(c.key))
		must(err != nil, "a changed checkpoint is signed")
		text[i] ^= 1
	}
	c.checkpoints++
}

func split(p []byte) (one []tlog.Hash, two [][]byte) {
	for ; len(p) > 0; p = p[tlog.HashSize:] {
		var h tlog.Hash
		copy(h[:], p)
		one = append(one, h)
		two = append(two, p[:tlog.HashSize])
	}
	return one, two
}

func same(a, b []tlog.Hash) bool {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func (c *checker) checkInclusion(index, size int64, p []byte) {
	one, two := split(p)
	want, err := tlog.ProveRecord(size, index, c.tree)
	check(err)
	must(same(one, want), "another proof of inclusion than tlog's")
	root, leaf := c.root(size), tlog.RecordHash(c.leaves[index])
	check(tlog.CheckRecord(one, size, root, index, leaf))
	hasher := rfc6962.DefaultHasher
	must(bytes.Equal(hasher.HashLeaf(c.leaves[index]), leaf[:]), "leaf")
	check(proof.VerifyInclusion(hasher, uint64(index), uint64(size),
		leaf[:], two, root[:]))
	root[0] ^= 1
	must(tlog.CheckRecord(one, size, root, index, leaf) != nil &&
		proof.VerifyInclusion(hasher, uint64(index), uint64(size),
			leaf[:], two, root[:]) != nil, "of another root")
	c.inclusion++
}

func (c *checker) checkConsistency(size1, size2 int64, p []byte) {
	one, two := split(p)
	want, err := tlog.ProveTree(size2, size1, c.tree)
	check(err)
	must(same(one, want), "another proof of consistency than tlog's")
	root1, root2 := c.root(size1), c.root(size2)
	check(tlog.CheckTree(one, size2, root2, size1, root1))
	hasher := rfc6962.DefaultHasher
	check(proof.VerifyConsistency(hasher, uint64(size1), uint64(size2),
		two, root1[:], root2[:]))
	root1[0] ^= 1
	must(tlog.CheckTree(one, size2, root2, size1, root1) != nil &&
		proof.VerifyConsistency(hasher, uint64(size1), uint64(size2),
			two, root1[:], root2[:]) != nil, "of another root")
	c.consistency++
}

func (c *checker) line(f []string) {
	switch f[0] {
	case "key":
		var err error
		c.key, err = note.NewVerifier(f[1])
		check(err)
	case "leaf":
		c.addLeaf(unhex(f[1]))
	case "checkpoint":
		c.checkCheckpoint(number(f[1]), unhex(f[2]))
	case "inclusion":
		c.checkInclusion(number(f[1]), number(f[2]),
			unhex(strings.Join(f[3:], "")))
	case "consistency":
		c.checkConsistency(number(f[1]), number(f[2]),
			unhex(strings.Join(f[3:], "")))
	default:
		log.Fatalf("a line of %s", f[0])
	}
}

func main() {
	var c checker
	log.SetFlags(0)
	log.SetPrefix("logcheck: ")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		c.line(strings.Fields(in.Text()))
	}
	check(in.Err())
	fmt.Printf("%d checkpoints, %d inclusion proofs, "+
		"%d consistency proofs\n", c.checkpoints, c.inclusion,
		c.consistency)
}
