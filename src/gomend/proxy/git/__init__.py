"""Private modules straight from git, in the very zips that the go command would make of them."""
