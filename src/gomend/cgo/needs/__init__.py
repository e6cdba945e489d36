"""What a project needs of C: packages and why they are there, sources, flags, headers, libraries, archives; and what is left without cgo."""
