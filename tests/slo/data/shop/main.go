// A shop whose releases differ in how many orders fail; it counts them for Prometheus.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	every := flag.Int64("fail-every", 0, "each so-many-th order fails; 0: none")
	flag.Parse()
	var good, bad, seen atomic.Int64
	http.HandleFunc("/order", func(w http.ResponseWriter, r *http.Request) {
		if n := seen.Add(1); *every > 0 && n%*every == 0 {
			bad.Add(1)
			http.Error(w, "out of stock", http.StatusInternalServerError)
			return
		}
		good.Add(1)
		fmt.Fprintln(w, "ordered")
	})
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "# TYPE orders_total counter\norders_total{code=\"200\"} %d\norders_total{code=\"500\"} %d\n", good.Load(), bad.Load())
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
