"""Clients written in Python: each runs in the environment of Tests/Interop/requirements.txt and prints JSON."""
import json
import os
from pathlib import Path

from cells import MIB, cell, make_file, observe
from ways import content

PYTHON = Path(os.environ["SALLYPORT_INTEROP_PYTHON"])
CLIENTS = Path(__file__).parent / "clients"


def client(script, way, place):
    make_file(place.local / "file", 2 * MIB)
    settings = {"host": way.host, "port": way.port, "login": way.login, "identity": str(way.identity),
                "host_keys": way.host_keys, "local": str(place.local), "remote": str(place.remote)}
    seen = observe([PYTHON, CLIENTS / script], input=json.dumps(settings).encode(), keep_errors=False)
    answer = json.loads(seen["output"]) if seen["exit"] == 0 else {"failure": seen["errors of a failure"]}
    return answer | {"there": content(place.remote)}


@cell("paramiko", "exec, shell, sftp", jumps=False)
def paramiko(way, place, size):
    return client("paramiko_client.py", way, place)


@cell("AsyncSSH", "exec, shell, sftp", jumps=False)
def asyncssh(way, place, size):
    return client("asyncssh_client.py", way, place)


@cell("libssh2", "exec, shell, sftp", jumps=False)
def libssh2(way, place, size):
    return client("libssh2_client.py", way, place)
