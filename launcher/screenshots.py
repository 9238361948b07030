"""`python -m launcher.screenshots`: docs/screenshots/*.png, taken anew from a demo in a temporary home."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from launcher import console
from launcher.prepare import prepare
from launcher.serve import JIEQU, collect_static
from launcher.steps import PYTHON, ROOT, Failed, call, environment, show, stop_children


def main() -> int:
    os.environ["JIEQU_MODE"] = "demo"
    with prepare(test=True) as front_end:
        front_end.result()
        collect_static()
    with tempfile.TemporaryDirectory(prefix="jiequ-pictures-") as home:
        env = {"JIEQU_HOME": home, "JIEQU_DATABASE_URL": ""}
        call([JIEQU, "migrate", "--noinput", "-v0"], env=env)
        with console.timed("demo", "made"):
            call([JIEQU, "demo", "--quiet"], env=env)
        port = free_port()
        server = subprocess.Popen([JIEQU, "serve", "--port", str(port)], cwd=ROOT, env=environment(env))
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health/", server)
            return show([PYTHON, "-m", "jiequ.site.screenshots", address, *sys.argv[1:]], env=env)
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers; raises Failed when it ends or stays silent for a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Failed(f"The server at {address} did not answer.")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        console.error(str(failure))
        sys.exit(1)
    finally:
        stop_children()
