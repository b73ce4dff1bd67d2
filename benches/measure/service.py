"""The service on a database of its own, with a region in it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from measure.questions import ROOT

ASKER = "journal-gateway"
FEEDER = "bench-hr"
DOCUMENT = """mutation($input: AuthorizeInput!) { authorize(input: $input) {
  decision { id outcome obligations } errors { code } } }"""


def workplace():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    work = target / "measure"
    work.mkdir(parents=True, exist_ok=True)
    return work.resolve()


def binary():
    named = os.environ.get("BEHORIG")
    if named:
        return pathlib.Path(named).resolve()
    built = workplace().parent / "release" / "behorig"
    if not built.exists():
        subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "behorig"], cwd=ROOT, check=True)
    return built


class Service:
    def __init__(self, home, address):
        self.home, self.address = home, address

    @classmethod
    @contextlib.contextmanager
    def of(cls, work, region, database):
        with cls.empty(work, database) as served:
            served.command("import", region.feed)
            with served.serving():
                yield served

    @classmethod
    @contextlib.contextmanager
    def empty(cls, work, database):
        """A register with nobody in it, that is not served yet."""
        home = work / f"service-{database}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        with contextlib.ExitStack() as stack:
            url = f"sqlite:{home}/behorig.db" if database == "sqlite" else stack.enter_context(postgres(home))
            settings = home / "behorig.toml"
            settings.write_text(f"""
listen = "127.0.0.1:0"
[database]
url = "{url}"
[[issuers]]
issuer = "urn:behorig:demo"
audience = "behorig"
jwks = "{home}/issuer/issuer-jwks.json"
clients = {{ {ASKER} = "private_key_jwt", {FEEDER} = "private_key_jwt" }}
""", encoding="utf-8")
            settings.chmod(0o600)
            (home / "issuer").mkdir(mode=0o700)
            served = cls(home, None)
            served.token(ASKER)
            served.command("init", "--origin", "bench.example/log", "--key", home / "log-key.pem")
            yield served

    def command(self, *words):
        done = subprocess.run([binary(), *words, "--config", self.home / "behorig.toml"], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C"}, check=False)
        if done.returncode:
            raise SystemExit(f"behorig {words[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def token(self, name):
        made = subprocess.run([binary(), "token", "--data", self.home / "issuer", "--as", name], capture_output=True,
                              text=True, check=True)
        return made.stdout.strip()

    @contextlib.contextmanager
    def serving(self):
        said = self.home / "said"
        with said.open("w", encoding="utf-8") as words:
            process = subprocess.Popen([binary(), "serve", "--config", self.home / "behorig.toml"], stderr=words,
                                       stdout=words)
        try:
            for _ in range(600):
                found = re.search(r"127\.0\.0\.1:(\d+)", said.read_text(encoding="utf-8"))
                if found:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit(said.read_text(encoding="utf-8"))
            self.address = f"http://127.0.0.1:{found[1]}"
            yield process
        finally:
            process.terminate()
            process.wait()

    def answer(self, name, document, variables):
        """What a caller is answered, who may be anybody; none: it takes longer than somebody waits."""
        headers = {"authorization": f"Bearer {self.token(name)}", "content-type": "application/json"}
        body = json.dumps({"query": document, "variables": variables}).encode()
        asked = urllib.request.Request(f"{self.address}/graphql", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=600) as answered:
                told = json.load(answered)
        except urllib.error.HTTPError as refused:
            told = json.load(refused)
        codes = [error["extensions"]["code"] for error in told.get("errors", [])]
        if codes == ["TIMEOUT"]:
            return None
        if codes:
            raise SystemExit(json.dumps(told["errors"]))
        return told["data"]

    def requests(self, questions):
        bodies = [json.dumps({"query": DOCUMENT, "variables": {"input": {
            "principal": {"hsaId": one["person"]}, "permission": "record:read",
            "target": {"record": {"system": one["system"], "organisation": one["unit"], "kind": "note", "id": "note-1"}},
            "assurance": {"subjectToken": self.token(one["person"])},
        }}}) for one in questions]
        headers = {"authorization": f"Bearer {self.token(ASKER)}", "content-type": "application/json"}
        return {"url": f"{self.address}/graphql", "headers": headers, "bodies": bodies,
                "expected": '"outcome":"[AD][LE][LN][OY]'}


@contextlib.contextmanager
def postgres(home):
    """A server of its own, as it is installed: what is written is on disk when it says so."""
    binaries = subprocess.run([ROOT / "tests/support/postgres", "--binaries"], check=True, capture_output=True,
                              text=True).stdout.strip()
    binaries, data = pathlib.Path(binaries), home / "data"
    run_as = []
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
        home.chmod(0o755)
        run_as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    subprocess.run([*run_as, binaries / "initdb", "--pgdata", data, "--auth=trust", "--encoding=UTF8", "--no-locale",
                    "--username=behorig"], check=True, stdout=subprocess.DEVNULL)
    port = 20_000 + os.getpid() % 10_000
    server = subprocess.Popen(
        [*run_as, binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "/tmp"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            ready = subprocess.run([binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"], check=False)
            if ready.returncode == 0:
                break
            time.sleep(0.1)
        yield f"postgres://behorig@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
