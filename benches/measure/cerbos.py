"""Cerbos from npm, with its audit log on: the same questions, with a policy that looks at as much."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.request

from measure.load import installed

PACKAGE = "@cerbos/cerbos-linux-x64@0.55.0"

SETTINGS = """
server:
  httpListenAddr: "127.0.0.1:{port}"
  grpcListenAddr: "127.0.0.1:{grpc}"
storage:
  driver: disk
  disk:
    directory: {policies}
    watchForChanges: false
audit:
  enabled: true
  accessLogsEnabled: true
  decisionLogsEnabled: true
  backend: file
  file:
    path: {log}
telemetry:
  disabled: true
"""

POLICY = """
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: record
  rules:
    - actions: ["record:read"]
      effect: EFFECT_ALLOW
      roles: ["clinician"]
      condition:
        match:
          all:
            of:
              - expr: request.resource.attr.unit in request.principal.attr.units
              - expr: request.resource.attr.system in request.principal.attr.systems
              - expr: request.principal.attr.engaged
    - actions: ["record:read"]
      effect: EFFECT_DENY
      roles: ["clinician"]
      condition:
        match:
          any:
            of:
              - expr: request.principal.attr.level < 3
              - expr: "!request.principal.attr.multiFactor"
    - actions: ["record:read"]
      effect: EFFECT_DENY
      roles: ["clinician"]
      condition:
        match:
          expr: request.resource.attr.blocked
    - actions: ["record:read"]
      effect: EFFECT_DENY
      roles: ["clinician"]
      condition:
        match:
          expr: "!request.principal.attr.analysis"
"""


class Cerbos:
    def __init__(self, address):
        self.address = address

    @classmethod
    @contextlib.contextmanager
    def started(cls, work, port=23_592):
        program = installed(work, PACKAGE, "@cerbos", "cerbos-linux-x64", "cerbos-linux-x64")
        home = work / "cerbos"
        shutil.rmtree(home, ignore_errors=True)
        (home / "policies").mkdir(parents=True)
        (home / "policies" / "record.yaml").write_text(POLICY, encoding="utf-8")
        settings = SETTINGS.format(port=port, grpc=port + 1, policies=home / "policies", log=home / "audit.log")
        (home / "settings.yaml").write_text(settings, encoding="utf-8")
        with (home / "said").open("w", encoding="utf-8") as said:
            process = subprocess.Popen([program, "server", "--config", home / "settings.yaml", "--log-level", "error"],
                                       stdout=said, stderr=said)
        peer = cls(f"http://127.0.0.1:{port}")
        try:
            peer.wait(home / "said")
            yield peer
        finally:
            process.terminate()
            process.wait()

    def wait(self, said):
        for _ in range(100):
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"{self.address}/_cerbos/health", timeout=1):
                    return
            time.sleep(0.1)
        raise SystemExit(said.read_text(encoding="utf-8"))

    def requests(self, questions):
        bodies = [json.dumps({
            "requestId": f"request-{at}",
            "principal": {"id": one["person"], "roles": ["clinician"], "attr": {
                "units": [one["held"]], "systems": [one["system"]], "engaged": True, "level": 3, "multiFactor": True,
                "analysis": True}},
            "resources": [{"actions": ["record:read"], "resource": {"kind": "record", "id": "note-1", "attr": {
                "unit": one["unit"], "system": one["system"], "blocked": False}}}],
        }) for at, one in enumerate(questions)]
        return {"url": f"{self.address}/api/check/resources", "headers": {"content-type": "application/json"},
                "bodies": bodies, "expected": '"record:read":"EFFECT_'}
