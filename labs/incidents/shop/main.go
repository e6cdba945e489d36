// Command shop is the lab's shop: gateway → catalog; gateway → orders → inventory, payments; orders → MariaDB.
// One program, one role a process. It has the mistakes that shops have: orders keeps a database connection while it
// waits for others, and gateway and orders try again at once.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// service is one role with what it calls and what was broken in it.
type service struct {
	name   string
	client *http.Client
	log    *slog.Logger
	slow   atomic.Int64 // milliseconds that each request is made to wait
	hoard  atomic.Int64 // bytes that each request leaves behind
	served atomic.Int64
	failed atomic.Int64
	left   [][]byte
	orders *orders
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: shop gateway|catalog|orders|inventory|payments|load")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, role string) error {
	if role == "load" {
		return load(ctx, os.Getenv("GATEWAY_URL"))
	}
	log, flush, err := telemetry(ctx, role)
	if err != nil {
		return err
	}
	defer flush()
	s := &service{name: role, log: log, client: &http.Client{
		Transport: otelhttp.NewTransport(http.DefaultTransport), Timeout: 2 * time.Second,
	}}
	broken, err := url.ParseQuery(os.Getenv("FAULT"))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	handlers := map[string]http.HandlerFunc{
		"gateway": s.checkout, "catalog": s.item, "inventory": s.reserve, "payments": s.pay,
	}
	if role == "orders" {
		if s.orders, err = open(ctx, os.Getenv("DATABASE_DSN")); err != nil {
			return err
		}
		handlers["orders"] = s.order
	}
	handle, known := handlers[role]
	if !known {
		return fmt.Errorf("no role %q", role)
	}
	if err := s.breaks(broken); err != nil {
		return err
	}
	mux.Handle("GET /"+role, otelhttp.NewHandler(s.counted(handle), "GET /"+role))
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("POST /fault", s.fault)
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = server.Shutdown(late)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// counted applies the faults and counts requests.
func (s *service) counted(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		if n := s.hoard.Load(); n > 0 {
			left := make([]byte, n)
			for i := 0; i < len(left); i += 4096 {
				left[i] = 1
			}
			s.keep(left)
		}
		time.Sleep(time.Duration(s.slow.Load()) * time.Millisecond)
		next(w, r)
	})
}

// fault breaks something while it runs; FAULT in the environment does so from the start.
func (s *service) fault(w http.ResponseWriter, r *http.Request) {
	if err := s.breaks(r.URL.Query()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// breaks sets slow=MS, hoard=BYTES a request, hold=CONNECTIONS of the pool; 0 mends it.
func (s *service) breaks(what url.Values) error {
	for name, set := range map[string]func(int64){"slow": s.slow.Store, "hoard": s.hoard.Store, "hold": s.hold} {
		if value := what.Get(name); value != "" {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return err
			}
			set(n)
		}
	}
	return nil
}

// fail answers an error and logs it with the trace.
func (s *service) fail(ctx context.Context, w http.ResponseWriter, status int, what string, err error) {
	s.failed.Add(1)
	s.log.ErrorContext(ctx, what+": "+err.Error())
	http.Error(w, what, status)
}

// call asks another service, up to tries times, pause apart.
func (s *service) call(ctx context.Context, other string, tries int, pause time.Duration) error {
	var err error
	for try := range tries {
		if try > 0 {
			s.log.WarnContext(ctx, fmt.Sprintf("calling %s again, try %d", other, try+1))
			time.Sleep(pause)
		}
		if err = s.once(ctx, other); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s after %d tries: %w", other, tries, err)
}

func (s *service) once(ctx context.Context, other string) error {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("URL_"+other)+"/"+other, nil)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(ask)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 500 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}
