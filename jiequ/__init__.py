"""Jiequ (街区): block and red-grid governance for a subdistrict."""
