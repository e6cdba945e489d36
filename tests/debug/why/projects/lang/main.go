package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
)

type pair[K cmp.Ordered, V any] struct {
	key K
	val V
}

func (p *pair[K, V]) show() string {
	text := fmt.Sprint(p.key, p.val) // BP:generic-method
	return text
}

func largest[T cmp.Ordered](list ...T) T {
	most := list[0] // BP:generic
	for _, one := range list {
		if one > most {
			most = one // BP:generic-loop
		}
	}
	return most
}

type counter struct{ n int }

func (c *counter) add(by int) {
	c.n += by // BP:method
}

func (c counter) String() string {
	return fmt.Sprint(c.n) // BP:value-method
}

type outer struct{ counter }

func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) { // BP:iterator
				return
			}
		}
	}
}

func risky() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("recovered") // BP:recover
		}
	}()
	panic("x") // BP:panic
}

var table = map[string]func(int) int{
	"double": func(n int) int {
		return n * 2 // BP:table
	},
}

func init() {
	fmt.Println("init") // BP:init
}

func main() {
	sum := 0
	plus := func(n int) {
		sum += n // BP:closure
	}
	for i := range upTo(3) {
		plus(i) // BP:range-func
	}
	o := outer{}
	step := o.add
	step(2) // BP:method-value
	done := make(chan int)
	go func() {
		done <- largest(1, 2, 3) // BP:goroutine
	}()
	select {
	case n := <-done:
		fmt.Println(n) // BP:select
	}
	p := &pair[string, int]{"a", 1}
	switch {
	case sum > 100:
		fmt.Println("much") // BP:case
	default:
		fmt.Println(p.show(), o, risky(), table["double"](4)) // BP:default
	}
}
