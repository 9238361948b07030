"""Loaded before everything else (`-p tests.mode`): the settings are read once, and tests have their own.

The checkout's var/ is nothing to test on; where no JIEQU_HOME is given, a temporary folder is it.
"""

import atexit
import os
import shutil
import tempfile

os.environ["JIEQU_MODE"] = "test"
if "JIEQU_HOME" not in os.environ:
    os.environ["JIEQU_HOME"] = tempfile.mkdtemp(prefix="jiequ-test-")
    atexit.register(shutil.rmtree, os.environ["JIEQU_HOME"], ignore_errors=True)
