"""The council's pages for signed-in people, one noun a file."""
