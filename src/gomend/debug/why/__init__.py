"""Why a breakpoint does not bind: what is asked, what the binary and the sources say, the cause, and the smallest fix."""
