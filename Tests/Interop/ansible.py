"""Ansible with the ssh it uses by default."""
import os
import time
from pathlib import Path

from cells import cell, observe
from libraries import PYTHON
from ways import content

PROGRAMS = PYTHON.parent


def inventory(way, path, hosts=10):
    """Several names for one target: Ansible treats each as a host of its own."""
    path.write_text("".join(f"host{number} ansible_host={way.alias}\n" for number in range(hosts)) + f"""[all:vars]
ansible_python_interpreter=/usr/bin/python3
ansible_remote_tmp={path.parent.name}
""")
    return path


# Directly, too, Dropbear now and then ends one of several commands on one connection without an exit status.
FORKS = {"openssh": 10, "dropbear": 1}


def ansible(program, way, place, *words, pipelining=False, forks=None, hosts=10, persist=True):
    """Runs `ansible` or `ansible-playbook`, with connections kept as by default, or a new one for each step."""
    forks = forks or FORKS[way.target]
    listed = inventory(way, place.local / "hosts", hosts)
    arguments = f"-F {way.config}" + ("" if persist else " -o ControlMaster=no -o ControlPath=none")
    if persist:
        arguments += f" -o ControlMaster=auto -o ControlPersist=15s -o ControlPath={place.local}/%C"
    settings = place.local / "ansible.cfg"
    settings.touch()
    variables = os.environ | {
        "ANSIBLE_CONFIG": str(settings), "HOME": str(place.local), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOST_KEY_CHECKING": "0",
        "ANSIBLE_PIPELINING": str(pipelining), "ANSIBLE_SSH_ARGS": arguments, "ANSIBLE_FORKS": str(forks),
        "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_DEPRECATION_WARNINGS": "0", "ANSIBLE_DISPLAY_OK_HOSTS": "1",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(place.local), "LC_ALL": "C.UTF-8"}
    return observe([PROGRAMS / program, "-i", listed, *words], keep_errors=False, env=variables, timeout=900)


def _outcome(seen):
    """Exit code and result lines, sorted: hosts answer in any order."""
    return {"exit": seen["exit"], "lines": sorted(seen["output"].splitlines()),
            **({"failure": seen["errors of a failure"] + seen["output"]} if seen["exit"] else {})}


@cell("ansible", "ping, ten forks (Dropbear: one)")
def ping(way, place, size):
    return _outcome(ansible("ansible", way, place, "all", "-m", "ping"))


def _modules(way, place, pipelining):
    (place.local / "source").write_text("for {{ inventory_hostname }}\n")
    seen = {}
    for name, words in {
        "command": ["command", "-a", "id -un"],
        "copy": ["copy", "-a", f"src={place.local}/source dest={place.remote}/copy-{{{{ inventory_hostname }}}} mode=0640"],
        "template": ["template", "-a", f"src={place.local}/source dest={place.remote}/t-{{{{ inventory_hostname }}}}"],
        "fetch": ["fetch", "-a", f"src={place.remote}/t-{{{{ inventory_hostname }}}} dest={place.local}/fetched"],
    }.items():
        done = ansible("ansible", way, place, "all", "-m", *words, pipelining=pipelining)
        seen[name] = done["exit"]
        if done["exit"]:
            return seen | {"failure": done["errors of a failure"] + done["output"]}
    return seen | {"there": content(place.remote), "fetched": content(place.local / "fetched")}


@cell("ansible", "command, copy, template, fetch")
def modules(way, place, size):
    return _modules(way, place, pipelining=False)


@cell("ansible", "the same with pipelining")
def modules_pipelined(way, place, size):
    return _modules(way, place, pipelining=True)


def write_playbook(path, tasks):
    """Steps of a kind that playbooks are made of, in turn."""
    steps = []
    for number in range(tasks):
        steps.append([
            f"    - command: echo step {number}\n",
            f"    - copy: {{content: 'text {number}', dest: '{{{{ place }}}}/file-{number}-{{{{ inventory_hostname }}}}'}}\n",
            f"    - stat: {{path: '{{{{ place }}}}/file-{number - 1}-{{{{ inventory_hostname }}}}'}}\n",
            "    - shell: seq 1 100 | tail -n 1\n",
            f"    - lineinfile: {{path: '{{{{ place }}}}/file-{number - 3}-{{{{ inventory_hostname }}}}', line: added}}\n",
        ][number % 5])
    path.write_text("- hosts: all\n  gather_facts: false\n  tasks:\n" + "".join(steps))
    return path


def playbook(way, place, tasks, hosts=2, persist=True):
    """Runs it; returns what was observed and how long it took, in seconds."""
    book, begin = write_playbook(place.local / "book.yml", tasks), time.monotonic()
    seen = ansible("ansible-playbook", way, place, "-e", f"place={place.remote}", book, hosts=hosts, persist=persist)
    return seen, time.monotonic() - begin


@cell("ansible", "a playbook")
def book(way, place, size):
    seen, _ = playbook(way, place, size.tasks)
    failure = {"failure": seen["errors of a failure"] + seen["output"]} if seen["exit"] else {}
    return failure | {"exit": seen["exit"], "recap": [line for line in seen["output"].splitlines() if b"unreachable=" in line],
            "there": content(place.remote)}
