"""The Debian package: its tree, its control files, and the check on a clean Debian."""
import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import manual
from lab import LabError, run

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "scripts/packaging"
PROGRAMS = ("sallyport", "sallyportd", "sallyport-session")
#: Where the programs and their libraries are; what is elsewhere leads here.
HOME = "usr/lib/sallyport"
SYSTEM_FOLDERS = ("/lib/", "/usr/lib/", "/lib64/")
COMPLETIONS = {"bash": "usr/share/bash-completion/completions/sallyport",
               "zsh": "usr/share/zsh/vendor-completions/_sallyport",
               "fish": "usr/share/fish/vendor_completions.d/sallyport.fish"}
DESCRIPTION = """SSH gateway for privileged sessions
 Administrators reach servers through Sallyport with the ssh, scp and sftp that
 they have, and never see the servers' credentials. Everything that passes is
 recorded before it is passed on, sealed against change, and can be watched,
 locked and cut off while it happens."""


def copyright_file():
    return f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Sallyport

Files: *
Copyright: The Sallyport authors
License: Apache-2.0
 The text of the license is in /usr/share/common-licenses/Apache-2.0.

Files: {HOME}/lib*.so
Copyright: Apple Inc. and the Swift project authors
License: Apache-2.0 with Runtime Library Exception
 The text of the license is in /usr/share/common-licenses/Apache-2.0; its
 exception is at https://swift.org/LICENSE.txt.

Files: usr/share/sallyport/console/assets/xterm* usr/share/sallyport/console/assets/addon-*
Copyright: The xterm.js authors; SourceLair Private Company; Christopher Jeffrey
License: MIT
 The text of the license is at the beginning of xterm.css.
"""


def libraries(program):
    """{name: path} of what the program is linked with, by the dynamic linker's word."""
    found = {}
    for line in run(["ldd", program]).stdout.splitlines():
        words = line.split()
        if "=>" in words:
            if words[2] == "not":
                raise LabError(f"{program} needs {words[0]}, which is not there")
            found[words[0]] = words[2]
    return found


def runtime(folder):
    """The libraries of Swift that the programs need; Debian has none of them."""
    needed = {}
    for program in PROGRAMS:
        needed |= {name: path for name, path in libraries(folder / program).items()
                   if not path.startswith(SYSTEM_FOLDERS)}
    return needed


def put(root, path, content, mode=0o644):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    place.chmod(mode)


def compressed(text):
    return gzip.compress(text.encode(), mtime=0)


def lay_out(root, binaries):
    """Everything that is installed."""
    home = root / HOME
    home.mkdir(parents=True)
    files = {name: binaries / name for name in PROGRAMS} | runtime(binaries)
    for name, path in files.items():
        # Without debugging symbols, and looking for libraries of its own in its own folder only.
        run(["strip", "--strip-unneeded", "--remove-section=.comment", "-o", home / name, os.path.realpath(path)])
        run(["patchelf", "--set-rpath", "$ORIGIN", home / name])
        (home / name).chmod(0o755 if name in PROGRAMS else 0o644)
    for link, name in (("usr/bin", "sallyport"), ("usr/sbin", "sallyportd")):
        (root / link).mkdir(parents=True)
        (root / link / name).symlink_to(f"../lib/sallyport/{name}")
    for file, place in (("sallyport.service", "lib/systemd/system/sallyport.service"),
                        ("sysusers.conf", "usr/lib/sysusers.d/sallyport.conf"),
                        ("tmpfiles.conf", "usr/lib/tmpfiles.d/sallyport.conf")):
        put(root, place, (SOURCES / file).read_text())
    for name, text in manual.pages(binaries).items():
        put(root, f"usr/share/man/man{name[-1]}/{name}.gz", compressed(text))
    for shell, place in COMPLETIONS.items():
        put(root, place, manual.output(binaries / "sallyport", "--generate-completion-script", shell))
    shutil.copytree(REPOSITORY / ".build/console", root / "usr/share/sallyport/console")
    papers = "usr/share/doc/sallyport"
    put(root, f"{papers}/copyright", copyright_file())
    put(root, f"{papers}/changelog.gz", compressed((REPOSITORY / "CHANGELOG.md").read_text()))
    for path in sorted(REPOSITORY.glob("docs/**/*.md")) + [REPOSITORY / "README.md", REPOSITORY / "SECURITY.md"]:
        put(root, f"{papers}/{path.relative_to(REPOSITORY)}", path.read_text())


def depends(root):
    """Debian's packages with the libraries that ours don't bring, in their least versions."""
    with tempfile.TemporaryDirectory() as place:
        put(Path(place), "debian/control", "Source: sallyport\n\nPackage: sallyport\nArchitecture: any\n")
        words = run(["dpkg-shlibdeps", "-O", "--ignore-missing-info", f"-l{root / HOME}",
                     *(root / HOME / name for name in os.listdir(root / HOME))], cwd=place).stdout
    return words.strip().removeprefix("shlibs:Depends=")


def control(root, version):
    size = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir()) // 1024
    return f"""Package: sallyport
Version: {version}
Architecture: {run(["dpkg", "--print-architecture"]).stdout.strip()}
Maintainer: The Sallyport authors <sallyport@localhost>
Installed-Size: {size}
Depends: {depends(root)}, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles
Recommends: systemd
Suggests: openssh-client
Section: net
Priority: optional
Description: {DESCRIPTION}
"""


def build(binaries, folder):
    """Returns the path of the package."""
    version = manual.version(binaries)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        root = Path(place)
        root.chmod(0o755)
        os.umask(0o022)
        lay_out(root, binaries)
        put(root, "DEBIAN/control", control(root, version))
        for script in ("postinst", "prerm", "postrm"):
            put(root, f"DEBIAN/{script}", (SOURCES / script).read_text(), 0o755)
        architecture = run(["dpkg", "--print-architecture"]).stdout.strip()
        package = folder / f"sallyport_{version}_{architecture}.deb"
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(manual.source_date())}
        run(["dpkg-deb", "--build", "--root-owner-group", "-Zxz", root, package], env=environment, timeout=600)
    return package


def main():
    parser = argparse.ArgumentParser(prog="scripts/package", description=__doc__)
    parser.add_argument("--check", action="store_true", help="install it on a clean Debian, run it, take it away")
    options = parser.parse_args()
    try:
        package = build(Path(os.environ["SALLYPORT_BIN"]), REPOSITORY / ".build/package")
        print(package)
        if not options.check:
            return 0
        import package_check
        return package_check.check(package, REPOSITORY / ".build/package")
    except (LabError, subprocess.SubprocessError, OSError, ValueError) as error:
        print(f"package: error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
