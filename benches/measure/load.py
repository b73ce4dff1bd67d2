"""The load: so many connections, each with one request after the other, by wrk from Debian."""

import pathlib
import subprocess


def installed(work, package, *inside):
    """A package from npm in the work folder; what of it is wanted."""
    found = work / "node_modules" / pathlib.Path(*inside)
    if not found.exists():
        subprocess.run(
            ["npm", "install", "--prefix", work, "--no-audit", "--no-fund", "--no-package-lock", "--silent", package],
            check=True)
    return found


class Generator:
    def __init__(self, work):
        self.work = work
        if subprocess.run(["wrk", "-v"], capture_output=True, check=False).returncode not in (0, 1):
            raise SystemExit("benches/run needs wrk: install it (Debian: apt-get install wrk)")

    def run(self, target, connections, seconds):
        """What came of it: requests a second and latencies in milliseconds."""
        headers = [f"{name}: {value}" for name, value in target["headers"].items()]
        asked = self.work / "asked"
        asked.write_text("\n".join([*headers, "", *target["bodies"]]) + "\n", encoding="utf-8")
        script = pathlib.Path(__file__).with_name("load.lua")
        done = subprocess.run(
            ["wrk", "--latency", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s", "-s",
             script, target["url"], "--", asked, target["expected"]],
            check=True, capture_output=True, text=True)
        right, wrong, took, p50, p99, mean, example = done.stderr.strip("\n").split("\t")
        if int(wrong) or not int(right):
            raise SystemExit(f"{target['url']}: {wrong} bad answers, such as {example}")
        return {"rate": int(right) / float(took), "p50": float(p50), "p99": float(p99), "mean": float(mean)}
