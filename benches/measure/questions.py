"""A region of any size, and questions about its people that each side is asked in its own words."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Region:
    """A feed, and what of it the questions are made from."""

    def __init__(self, feed):
        self.feed = feed
        self.records = {}
        for line in feed.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if "externalId" in record:
                self.records.setdefault(record["kind"], {})[record["externalId"]] = record

    @classmethod
    def made(cls, work, employees):
        feed = work / f"region-{employees}.jsonl"
        if not feed.exists():
            made = subprocess.run(
                [sys.executable, ROOT / "tests/data/make_region.py", "--employees", str(employees)],
                check=True, capture_output=True)
            feed.write_bytes(made.stdout)
        return cls(feed)

    def questions(self, most):
        """Of as many people as there are, at most so many: whether each may read a record at the unit of a grant of
        theirs, and every fourth at a unit where they hold nothing."""
        roles, engagements = self.records["role"], self.records["engagement"]
        units = sorted(name for name, it in self.records["organisation"].items() if it["type"] == "unit")
        found, seen = [], set()
        for grant in self.records["grant"].values():
            holder, scope = grant["principal"], grant["scope"]
            role = roles[grant["role"]]
            is_record = role["system"] and "record:read" in role["permissions"]
            if holder["kind"] != "person" or scope["kind"] != "organisation" or not is_record:
                continue
            person = holder["externalId"]
            if person in seen or grant["engagement"] not in engagements:
                continue
            seen.add(person)
            unit = scope["externalId"]
            if len(found) % 4 == 3:
                unit = units[(units.index(unit) + 7) % len(units)] if unit in units else units[0]
            found.append({"person": person, "system": role["system"], "unit": unit, "held": scope["externalId"],
                          "role": grant["role"]})
            if len(found) == most:
                break
        return found
