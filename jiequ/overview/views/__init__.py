"""The overview's pages, one noun a file."""
