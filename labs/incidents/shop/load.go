package main

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"time"
)

// load sends RATE requests a second, whether or not they are answered: buyers do not wait for each other.
func load(ctx context.Context, url string) error {
	rate, err := strconv.ParseFloat(os.Getenv("RATE"), 64)
	if err != nil || rate <= 0 {
		rate = 15
	}
	client := &http.Client{Timeout: 8 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			go func() {
				if answer, err := client.Get(url + "/gateway"); err == nil {
					answer.Body.Close()
				}
			}()
		}
	}
}
