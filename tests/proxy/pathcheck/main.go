// Pathcheck says of each line (a JSON string: escaped path, space, escaped version) what golang.org/x/mod makes of it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/module"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		escaped, version, _ := strings.Cut(text, " ")
		answer := []string{"", ""}
		path, err := module.UnescapePath(escaped)
		if err == nil {
			plain, err := module.UnescapeVersion(version)
			if err == nil && (module.CanonicalVersion(plain) != plain || module.CheckPathMajor(plain, pathMajor(path)) == nil) {
				answer = []string{path, plain}
			}
		}
		raw, _ := json.Marshal(answer)
		fmt.Println(string(raw))
	}
}

func pathMajor(path string) string {
	_, major, _ := module.SplitPathVersion(path)
	return major
}
