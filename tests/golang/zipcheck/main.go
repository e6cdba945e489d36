// Zipcheck says of each zip named on standard input what golang.org/x/mod says of it, one JSON object a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

func main() {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer := map[string]string{"check": "", "h1": "", "hash": ""}
		checked, err := zip.CheckZip(module.Version{Path: "example.com/a", Version: "v1.0.0"}, lines.Text())
		if err == nil {
			err = checked.Err()
		}
		if err != nil {
			answer["check"] = err.Error()
		}
		h1, err := dirhash.HashZip(lines.Text(), dirhash.Hash1)
		if err != nil {
			answer["hash"] = err.Error()
		}
		answer["h1"] = h1
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
