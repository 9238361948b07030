"""Sets Jiequ up and starts it: `./run`, `./test`, `./bench`.

Standard library only, because it runs before anything is installed, on any Python from 3.11. A step is done once: its
stamp in `.venv/stamps/` holds a hash of everything it reads, and the step is skipped while hash and result are there.
"""
