"""Passwords are hashed with Argon2id at OWASP's parameters, outside the tests (which open thousands of accounts)."""

import os
import subprocess
import sys

from jiequ.people.accounts import Argon2AtOwaspParameters


def test_a_password_is_an_argon2id_hash_that_names_its_cost():
    hasher = Argon2AtOwaspParameters()
    encoded = hasher.encode("correct horse", hasher.salt())
    assert "$argon2id$" in encoded
    assert "m=19456,t=2,p=1" in encoded
    assert hasher.verify("correct horse", encoded)
    assert not hasher.verify("wrong horse", encoded)


def test_outside_the_tests_it_is_the_only_hasher(tmp_path):
    code = "from jiequ.site import settings; print(settings.PASSWORD_HASHERS)"
    environment = {**os.environ, "JIEQU_MODE": "demo", "JIEQU_HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['jiequ.people.accounts.Argon2AtOwaspParameters']"
