"""As JetBrains' remote tools work: one connection with sftp, commands at the same time, and a forward to a helper that
was brought over. Reads how to connect as JSON, prints what it saw."""
import asyncio
import hashlib
import json
import re
import sys

import asyncssh


async def fetch(port, page):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {page} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return hashlib.sha256(answer.split(b"\r\n\r\n", 1)[-1]).hexdigest()


async def main():
    settings = json.load(sys.stdin)
    known = asyncssh.import_known_hosts("".join(
        f"[{settings['host']}]:{settings['port']} {key}\n" for key in settings["host_keys"]))
    local, remote, seen = settings["local"], settings["remote"], {}
    async with asyncssh.connect(settings["host"], settings["port"], username=settings["login"], known_hosts=known,
                                client_keys=[settings["identity"]], agent_path=None, config=None,
                                keepalive_interval=1) as connection:
        async with connection.start_sftp_client() as sftp:
            await sftp.put(f"{local}/server.py", f"{remote}/server.py")
            helper = await connection.create_process(f"exec python3 {remote}/server.py")
            port = int(re.search(r"==(\d+)==", await helper.stdout.readline())[1])
            forward = await connection.forward_local_port("127.0.0.1", 0, "127.0.0.1", port)
            moves = [sftp.put(f"{local}/file", f"{remote}/file{number}") for number in range(5)]
            commands = [connection.run(f"sleep 0.{number}; echo {number}") for number in range(8)]
            pages = [fetch(forward.get_port(), page) for page in ("/a", "/b", "/bulk") for _ in range(5)]
            done = await asyncio.gather(*moves, *commands, *pages)
            seen["commands"] = [ended.stdout for ended in done[len(moves):len(moves) + len(commands)]]
            seen["pages"] = done[len(moves) + len(commands):]
            seen["names"] = sorted(name for name in await sftp.listdir(remote) if name not in (".", ".."))
            forward.close()
            helper.terminate()
            seen["helper"] = list((await helper.wait()).exit_signal or [])[:1]
    print(json.dumps(seen))


asyncio.run(main())
