"""Reads how to connect as JSON, works with AsyncSSH, prints what it saw."""
import asyncio
import hashlib
import json
import sys

import asyncssh


async def main():
    settings = json.load(sys.stdin)
    known = asyncssh.import_known_hosts("".join(
        f"[{settings['host']}]:{settings['port']} {key}\n" for key in settings["host_keys"]))
    seen = {}
    async with asyncssh.connect(settings["host"], settings["port"], username=settings["login"], known_hosts=known,
                                client_keys=[settings["identity"]], agent_path=None, config=None) as connection:
        block = bytes(range(256)) * 4096
        done = await connection.run("sha256sum; echo aside >&2; exit 7", input=block, encoding=None)
        seen["exec"] = [done.stdout.decode(), done.stderr.decode(), done.exit_status]
        done = await connection.run("kill -TERM $$")
        seen["signal"] = [done.exit_status, list(done.exit_signal or [])[:2]]
        several = await asyncio.gather(*(connection.run(f"sleep 0.1; echo {number}") for number in range(5)))
        seen["several"] = [done.stdout for done in several]

        process = await connection.create_process(term_type="xterm", term_size=(101, 33))
        process.change_terminal_size(90, 20)
        process.stdin.write("stty size; exit 4\n")
        output = await process.stdout.read()
        seen["shell"] = ["20 90" in output, (await process.wait()).exit_status]

        async with connection.start_sftp_client() as sftp:
            await sftp.put(f"{settings['local']}/file", f"{settings['remote']}/file")
            await sftp.posix_rename(f"{settings['remote']}/file", f"{settings['remote']}/renamed")
            await sftp.mkdir(f"{settings['remote']}/folder")
            await sftp.get(f"{settings['remote']}/renamed", f"{settings['local']}/back")
            names = [name for name in await sftp.listdir(settings["remote"]) if name not in (".", "..")]
            seen["sftp"] = [sorted(names), (await sftp.stat(f"{settings['remote']}/renamed")).size,
                            hashlib.sha256(open(f"{settings['local']}/back", "rb").read()).hexdigest()]
    print(json.dumps(seen))


asyncio.run(main())
