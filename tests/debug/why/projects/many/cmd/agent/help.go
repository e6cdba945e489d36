package main

func help() string {
	text := "agent" // BP:help
	return text
}
