"""Symptoms of this chapter: what a debugger says, one parser per tool."""
