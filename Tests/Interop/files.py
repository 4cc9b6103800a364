"""Tools that move files over ssh or sftp."""
import os
import subprocess
import time
from urllib.parse import quote

from cells import MIB, cell, make_file, make_tree, observe, together
from lab import start
from ways import content, digest


def _shell(way):
    return f"ssh -F {way.config}"


@cell("rsync", "one large file")
def rsync_large(way, place, size):
    file = make_file(place.local / "large", size.bulk)
    up = observe(["rsync", "-e", _shell(way), file, f"{way.alias}:{place.remote}/large"], timeout=900)
    again = observe(["rsync", "-e", _shell(way), "--itemize-changes", "--times", "--checksum", file,
                     f"{way.alias}:{place.remote}/large"], timeout=900, keep_errors=False)
    return together(up=up) | {"there": digest(place.remote / "large"), "again": again["exit"]}


@cell("rsync", "many small files there and back")
def rsync_tree(way, place, size):
    (place.local / "tree").mkdir()
    tree = make_tree(place.local / "tree", size.files)
    rsync = ["rsync", "-a", "--no-owner", "--no-group", "-e", _shell(way)]
    up = observe([*rsync, "--stats", f"{tree}/", f"{way.alias}:{place.remote}/tree"], timeout=900)
    down = observe([*rsync, "--delete", f"{way.alias}:{place.remote}/tree/", place.local / "back"], timeout=900)
    there = content(place.remote / "tree")
    return {"up": up["exit"], "down": down["exit"], "errors": up["errors"] + down["errors"], "there": there,
            "same back": content(place.local / "back") == there == content(tree)}


@cell("git", "clone and push")
def git(way, place, size):
    variables = os.environ | {
        "GIT_SSH_COMMAND": _shell(way), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    made = observe(way.ssh(f"git init --quiet --bare --initial-branch=main {place.remote}/r.git"), keep_errors=False)
    (place.local / "work").mkdir()
    make_tree(place.local / "work", 60)

    def step(*words, folder="work"):
        return observe(["git", "-C", place.local / folder, *words], env=variables, keep_errors=False)

    steps = [step("init", "--quiet", "--initial-branch=main"), step("add", "."), step("commit", "--quiet", "-m", "first"),
             step("push", "--quiet", f"{way.alias}:{place.remote}/r.git", "main"),
             step("clone", "--quiet", f"{way.alias}:{place.remote}/r.git", "copy", folder=".")]
    return {"made": made["exit"], "exits": [taken["exit"] for taken in steps],
            "head": step("rev-parse", "HEAD", folder="copy")["output"]}


@cell("sshfs", "reads and writes through a mount")
def sshfs(way, place, size):
    mount = place.local / "mount"
    mount.mkdir()
    process = start(["sshfs", "-f", "-F", way.config, f"{way.alias}:{place.remote}", mount], stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while not os.path.ismount(mount):
            if process.poll() is not None or time.monotonic() > deadline:
                return {"mounted": False, "said": process.stderr.read() if process.poll() is not None else b""}
            time.sleep(0.05)
        make_file(mount / "file", 2 * MIB)
        os.rename(mount / "file", mount / "renamed")
        (mount / "folder").mkdir()
        os.symlink("renamed", mount / "link")
        seen = {"mounted": True, "read": digest(mount / "renamed"), "names": sorted(os.listdir(mount))}
    finally:
        observe(["fusermount3", "-u", mount], keep_errors=False)
        process.kill()
        process.communicate()
    return seen | {"there": content(place.remote)}


@cell("lftp", "mirrors a tree by sftp")
def lftp(way, place, size):
    (place.local / "tree").mkdir()
    tree = make_tree(place.local / "tree", 60)
    (tree / "link").unlink()
    script = (f'set sftp:connect-program "ssh -a -x -F {way.config}"; set net:max-retries 1; set cmd:fail-exit yes; '
              f"open sftp://{way.alias}; mirror -R {tree} {place.remote}/tree; mirror {place.remote}/tree {place.local}/back")
    seen = observe(["lftp", "-c", script], keep_errors=False, env=os.environ | {"HOME": str(place.local)})
    return {"exit": seen["exit"], "there": content(place.remote), "back": content(place.local / "back")}


@cell("curl", "sftp up and down")
def curl(way, place, size):
    file = make_file(place.local / "file", 2 * MIB)
    curl = ["curl", "--silent", "--show-error", "--user", f"{way.login}:", "--key", way.identity, "--pubkey",
            f"{way.identity}.pub", "--max-time", "120"]
    url = f"sftp://{way.host}:{way.port}{quote(str(place.remote))}/file"
    home = way.home(place.local)
    up = observe([*curl, "--upload-file", file, url], env=home)
    down = observe([*curl, "--output", place.local / "back", url], env=home)
    return together(up=up, down=down) | {"there": content(place.remote), "back": content(place.local)["back"]}
