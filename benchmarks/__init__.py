"""What Jiequ costs, beside what nothing costs on the same server: `./bench`.

`scene.py` fills one database with `fill.py`'s rows, serves it as `jiequ serve` does and measures; `__main__.py` runs one
scene for each database and size, each in a process of its own, and prints what they found. Nothing here is in the product.
"""

#: The keys of what everything else is held against.
FLOOR_PAGE, FLOOR_WRITE = "floor.page", "floor.write"
