"""Whether the recordings that a cell's work made tell what was done: every channel with its request, start, end and
bytes, files where they are followed, and where they aren't, that they aren't."""
import json
import time

# What has to be in one of the recordings of a tool's work that moves files.
LISTS_FILES = {"scp -O", "scp -s", "sftp", "lftp", "curl", "pscp", "psftp", "sshfs"}
UNLISTED = {"rsync": "rsync", "git": "git"}
# Most recordings of one cell that are looked into.
LIMIT = 40


class Recordings:
    """Those that are made from now on."""

    def __init__(self, lab):
        self.lab, self.known = lab, {entry["id"] for entry in self._list(lab)}

    @staticmethod
    def _list(lab):
        return json.loads(lab.gateway.sallyport("recording", "list", "--json").stdout)

    def sealed(self, seconds=20):
        """Once all that are not of a connection that lives on are sealed."""
        deadline = time.monotonic() + seconds
        while True:
            made = [entry for entry in self._list(self.lab) if entry["id"] not in self.known]
            live = {entry["id"] for entry in json.loads(self.lab.gateway.sallyport("session", "list", "--json").stdout)}
            # A connection that the tool shares and keeps open is a session yet.
            if made and all(entry["ended"] or entry["id"] in live for entry in made) or time.monotonic() > deadline:
                return [entry["id"] for entry in made if entry["ended"]], len(live)
            time.sleep(0.1)

    def complaint(self, cell):
        """The first thing that is wrong; None if nothing is."""
        sealed, live = self.sealed()
        if not sealed:
            return None if live else "nothing was recorded"
        shown = []
        for name in sealed[:LIMIT]:
            verified = self.lab.gateway.sallyport("recording", "verify", name, check=False)
            if verified.returncode != 0:
                return f"{name} does not verify: {verified.stdout.strip()}"
            shown.append(json.loads(self.lab.gateway.sallyport("recording", "show", name, "--json").stdout))
        return next(filter(None, (self._channels(name, show) for name, show in zip(sealed, shown))),
                    None) or self._content(cell, shown)

    @staticmethod
    def _channels(name, show):
        for channel in show["channels"]:
            where = f"{name}, channel {channel['channel']} ({channel['request']})"
            if channel.get("ended_us") is None or channel["ended_us"] < channel["opened_us"]:
                return f"{where} has no end"
            if channel["request"] in ("", "channel", "unknown"):
                return f"{where} has no request"
        return None if show["channels"] else f"{name} holds no channel"

    @staticmethod
    def _content(cell, shown):
        channels = [channel for show in shown for channel in show["channels"]]
        if not cell.silent and not any(channel["bytes_in"] + channel["bytes_out"] for channel in channels):
            return "no recording holds a byte"
        if cell.tool in LISTS_FILES and not any(show["files"] for show in shown):
            return "no recording names a file"
        named = UNLISTED.get(cell.tool)
        if named and not any(channel.get("unlisted_files_of") == named for channel in channels):
            return f"no recording says that files of {named} are not listed"
        if cell.name.startswith(("-L", "-W", "-R", "-D")) and not any(show["forwards"] for show in shown):
            return "no recording names a forwarded connection"
        return None
