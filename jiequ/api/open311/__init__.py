"""Open311 GeoReport v2: other programs read what is public of the cases and, with a key, bring new ones.

docs/open311.md says how a client uses it, what we chose where the specification is silent, and what is ours.
"""
