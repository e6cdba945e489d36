package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
)

var hoarded sync.Mutex

func (s *service) keep(left []byte) {
	hoarded.Lock()
	defer hoarded.Unlock()
	s.left = append(s.left, left)
}

func (s *service) checkout(w http.ResponseWriter, r *http.Request) {
	if err := s.call(r.Context(), "catalog", 3, 0); err != nil {
		s.fail(r.Context(), w, http.StatusBadGateway, "no item", err)
		return
	}
	if err := s.call(r.Context(), "orders", 3, 0); err != nil {
		s.fail(r.Context(), w, http.StatusBadGateway, "no order", err)
		return
	}
	s.log.InfoContext(r.Context(), "checked out")
}

func (s *service) item(w http.ResponseWriter, r *http.Request) {
	time.Sleep(3 * time.Millisecond)
	s.log.InfoContext(r.Context(), "item found")
}

func (s *service) reserve(w http.ResponseWriter, r *http.Request) {
	time.Sleep(4 * time.Millisecond)
	s.log.InfoContext(r.Context(), "stock reserved")
}

func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	time.Sleep(5 * time.Millisecond)
	s.log.InfoContext(r.Context(), "paid")
}

// orders is the pool of connections and those that are held on purpose.
type orders struct {
	db   *sql.DB
	mu   sync.Mutex
	held []*sql.Conn
}

const most = 8

func open(ctx context.Context, dsn string) (*orders, error) {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	_, err = db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, at TIMESTAMP)")
	return &orders{db: db}, err
}

// hold takes n connections out of the pool and keeps them busy; 0 gives them back.
func (s *service) hold(n int64) {
	if s.orders == nil {
		return
	}
	s.orders.mu.Lock()
	defer s.orders.mu.Unlock()
	for _, conn := range s.orders.held {
		_ = conn.Close()
	}
	s.orders.held = nil
	for range n {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if conn, err := s.orders.db.Conn(ctx); err == nil {
			s.orders.held = append(s.orders.held, conn)
		}
		cancel()
	}
}

// order keeps its connection while it asks inventory and payments: the mistake that empties pools.
func (s *service) order(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	conn, err := s.acquire(ctx)
	if err != nil {
		s.fail(ctx, w, http.StatusServiceUnavailable, "no free connection", err)
		return
	}
	defer conn.Close()
	if err := s.call(ctx, "inventory", 3, 400*time.Millisecond); err != nil {
		s.fail(ctx, w, http.StatusBadGateway, "no stock", err)
		return
	}
	if err := s.call(ctx, "payments", 2, 100*time.Millisecond); err != nil {
		s.fail(ctx, w, http.StatusBadGateway, "not paid", err)
		return
	}
	_, span := otel.Tracer("shop").Start(ctx, "INSERT orders")
	_, err = conn.ExecContext(ctx, "INSERT INTO orders (at) VALUES (NOW())")
	span.End()
	if err != nil {
		s.fail(ctx, w, http.StatusInternalServerError, "not kept", err)
		return
	}
	s.log.InfoContext(ctx, "order kept")
}

func (s *service) acquire(ctx context.Context) (*sql.Conn, error) {
	ctx, span := otel.Tracer("shop").Start(ctx, "db.pool.acquire")
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := s.orders.db.Conn(ctx)
	if err != nil {
		stats := s.orders.db.Stats()
		span.SetStatus(codes.Error, "pool exhausted")
		return nil, fmt.Errorf("connection pool exhausted, %d of %d in use: %w", stats.InUse, most, err)
	}
	return conn, nil
}
