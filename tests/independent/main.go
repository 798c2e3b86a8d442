// Checks what the office hands out with golang.org/x/mod alone: the code that Go's own checksum database is read with.
//
//	independent KEY receipt FILE            a c2sp.org/tlog-proof@v1: signature, and inclusion of the entry
//	independent KEY growth CHECKPOINT FILE  an earlier checkpoint, and a proof that a later tree continues it
//	independent KEY signature CHECKPOINT    a checkpoint's signature alone
//
// KEY is the log's public key, name+keyid+base64. Exit 0 when it is proved, 1 when not.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("NOT PROVED:", err)
		os.Exit(1)
	}
}

func read(path string) string {
	data, err := os.ReadFile(path)
	must(err)
	return string(data)
}

// open returns the size and root of a checkpoint, once the key's signature over it is right.
func open(key, signed string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	must(err)
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint of %s", verifier.Name()))
	}
	return tlog.Tree{N: number(lines[1]), Hash: hash(lines[2])}
}

func number(text string) int64 {
	found, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return found
}

func hash(text string) tlog.Hash {
	found, err := tlog.ParseHash(text)
	must(err)
	return found
}

func hashes(lines []string) (found []tlog.Hash) {
	for _, line := range lines {
		found = append(found, hash(line))
	}
	return found
}

// split returns the lines above a checkpoint, and the checkpoint.
func split(file string) ([]string, string) {
	head, signed, found := strings.Cut(file, "\n\n")
	if !found {
		must(fmt.Errorf("no empty line before the checkpoint"))
	}
	return strings.Split(head, "\n"), signed
}

func receipt(key, file string) {
	lines, signed := split(file)
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") {
		must(fmt.Errorf("not a receipt with its entry"))
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	tree, index := open(key, signed), number(strings.TrimPrefix(lines[2], "index "))
	must(tlog.CheckRecord(hashes(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
	fmt.Printf("proved: entry %d of %d\n", index, tree.N)
}

func growth(key, earlier, file string) {
	lines, signed := split(file)
	old, tree := open(key, earlier), open(key, signed)
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		must(fmt.Errorf("not a proof from %d entries", old.N))
	}
	must(tlog.CheckTree(hashes(lines[1:]), tree.N, tree.Hash, old.N, old.Hash))
	fmt.Printf("proved: %d entries begin the tree of %d\n", old.N, tree.N)
}

func main() {
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 3 && arguments[1] == "receipt":
		receipt(arguments[0], read(arguments[2]))
	case len(arguments) == 4 && arguments[1] == "growth":
		growth(arguments[0], read(arguments[2]), read(arguments[3]))
	case len(arguments) == 3 && arguments[1] == "signature":
		tree := open(arguments[0], read(arguments[2]))
		fmt.Printf("proved: the key signed %d entries\n", tree.N)
	default:
		must(fmt.Errorf("usage: KEY receipt FILE, KEY growth CHECKPOINT FILE or KEY signature CHECKPOINT"))
	}
}
