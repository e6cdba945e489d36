"""The same build as files that stand alone: a shell script, a Makefile, a Dockerfile, and CI settings."""
