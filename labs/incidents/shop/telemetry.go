package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// telemetry sends traces and logs to OTEL_EXPORTER_OTLP_ENDPOINT, twice a second.
func telemetry(ctx context.Context, role string) (*slog.Logger, func(), error) {
	spans, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	lines, err := otlploghttp.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	me := resource.NewSchemaless(
		attribute.String("service.name", role),
		attribute.String("k8s.pod.name", os.Getenv("POD_NAME")),
		attribute.String("k8s.namespace.name", "shop"),
	)
	tracers := trace.NewTracerProvider(
		trace.WithBatcher(spans, trace.WithBatchTimeout(500*time.Millisecond)), trace.WithResource(me))
	loggers := sdklog.NewLoggerProvider(sdklog.WithResource(me),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(lines, sdklog.WithExportInterval(500*time.Millisecond))))
	otel.SetTracerProvider(tracers)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	flush := func() {
		late, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = tracers.Shutdown(late)
		_ = loggers.Shutdown(late)
	}
	return slog.New(otelslog.NewHandler("shop", otelslog.WithLoggerProvider(loggers))), flush, nil
}

// metrics are what an exporter of the process and of its pool would say.
func (s *service) metrics(w http.ResponseWriter, _ *http.Request) {
	pod := os.Getenv("POD_NAME")
	put := func(name, kind string, value float64) {
		fmt.Fprintf(w, "# TYPE %s %s\n%s{pod=%q,service=%q} %g\n", name, kind, name, pod, s.name, value)
	}
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	cpu := float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
	put("process_cpu_seconds_total", "counter", cpu)
	if raw, err := os.ReadFile("/proc/self/statm"); err == nil && len(strings.Fields(string(raw))) > 1 {
		var pages float64
		fmt.Sscan(strings.Fields(string(raw))[1], &pages)
		put("process_resident_memory_bytes", "gauge", pages*float64(os.Getpagesize()))
	}
	var limit float64
	if fmt.Sscan(os.Getenv("MEMORY_LIMIT"), &limit); limit > 0 {
		put("container_spec_memory_limit_bytes", "gauge", limit)
	}
	put("http_requests_total", "counter", float64(s.served.Load()))
	put("http_request_errors_total", "counter", float64(s.failed.Load()))
	if s.orders != nil {
		stats := s.orders.db.Stats()
		put("db_pool_in_use", "gauge", float64(stats.InUse))
		put("db_pool_max_open", "gauge", float64(stats.MaxOpenConnections))
		put("db_pool_wait_seconds_total", "counter", stats.WaitDuration.Seconds())
	}
}
