#!/usr/bin/env python3
"""A second verifier of bundles of the decision log, written from src/transparency/FORMAT.md alone.

    verify.py [--checkpoint FILE]... [--key KEY]... BUNDLE      (`-`: standard input)

Reads plain lines (decompress with `zstd -dc`). Prints one line and ends with
0 good, 2 tampered, 3 incomplete, 1 could not run. Section numbers are those of FORMAT.md.
"""
import argparse, base64, hashlib, hmac, json, re, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX = 2**53 - 1
EXIT = {"good": 0, "tampered": 2, "incomplete": 3, "could not run": 1}
# Section 2: the members of an envelope by kind; `!` must be there.
EVERY = "v!int kind!str id!str recordedAt!int"
KINDS = {
    "decision": "occurredAt!int principal!dict asker?dict permission!str action!str target!dict outcome!str askerOutcome?str "
                "reasons?list wouldRefuse?list stages?dict obligations?list matched?list discounted?list stepUp?dict unmet?dict "
                "assurance?dict confirms?str dryRun?bool networkZone?str purpose?str actingFor?str policy!dict factsAt!int facts?dict requestId!str "
                "askerFacts?dict filter?str traceId?str listed?list alsoLookedFor?dict effect?str run?str slots?dict",
    "change": "entity!str change!str state!dict personal?list previous?int root?str fields!list about?dict decision!str run?str touches!list "
              "slots?dict",
    "policy": "change!str generation!int digest!str decision?str",
    "operation": "operation!str details!dict decision?str run?str",
}
SHAPES = {kind: {name: (must == "!", type_) for name, must, type_ in re.findall(r"(\w+)([!?])(\w+)", EVERY + " " + text)}
          for kind, text in KINDS.items()}


class Verdict(Exception):
    pass


def tampered(what): raise Verdict("tampered", what)
def could_not(what): raise Verdict("could not run", what)


def unless(condition, what, answer=tampered):
    if not condition:
        answer(what)


# ---- section 1: JSON
def pairs(items):
    if len({key for key, _ in items}) != len(items):
        raise ValueError("a key stands twice")
    return dict(items)


def refuse(text): raise ValueError(f"{text} is no number here")
def parse(text, **hooks): return json.loads(text, object_pairs_hook=pairs, parse_constant=refuse, **hooks)


def canonical(value, deep=0):
    if isinstance(value, dict):
        return deep < 127 and all(re.fullmatch("[ -~]*", k) and canonical(v, deep + 1) for k, v in value.items())
    if isinstance(value, list):
        return deep < 127 and all(canonical(item, deep + 1) for item in value)
    return isinstance(value, (str, bool)) or (isinstance(value, int) and abs(value) <= MAX)


def is_a(value, type_):
    return type(value).__name__ == type_


def envelope(text):
    """Section 10.1: the envelope of version 2, or None."""
    try:
        value = parse(text, parse_float=refuse)
        if not isinstance(value, dict) or not canonical(value):
            return None
        if json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")) != text:
            return None
    except (ValueError, RecursionError):
        return None
    shape = SHAPES.get(value["kind"]) if isinstance(value.get("kind"), str) else None
    right = (shape is not None
             and all(name in shape and is_a(member, shape[name][1]) for name, member in value.items())
             and all(name in value for name, (must, _) in shape.items() if must)
             and value["v"] == 2 and re.fullmatch("evt_[0-9a-hjkmnp-tv-z]{26}", value["id"])
             and (value["kind"] != "decision" or value["outcome"] in ("allow", "deny")))
    return value if right else None


# ---- section 2.7: the register
def digest(event):
    """What the thing is that a change tells of, as one hash."""
    slots = event.get("slots", {})
    held = {name: slots.get(name) for name in event.get("personal", []) if isinstance(name, str)}
    personal = {name: slot.get("commitment") for name, slot in held.items() if isinstance(slot, dict)}
    whole = len(personal) == len(event.get("personal", [])) and all(isinstance(text, str) for text in personal.values())
    unless(whole, "a personal value of a change has no slot")
    whole = {"id": event["entity"], "state": event["state"], **({"personal": personal} if personal else {})}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


class Register:
    def __init__(self):
        self.buckets, self.nodes = {}, {}
        self.empty = [leaf("")]
        for _ in range(16):
            self.empty.append(node(self.empty[-1], self.empty[-1]))

    def change(self, event):
        key = hashlib.sha256(event["entity"].encode()).digest()
        at = int.from_bytes(key[:2], "big")
        bucket = self.buckets.setdefault(at, {})
        bucket[key] = digest(event)
        entries = b"".join(key + bucket[key] for key in sorted(bucket))
        self.nodes[0, at] = hashlib.sha256(b"\0" + entries).digest()
        for level in range(1, 17):
            at //= 2
            below = [self.nodes.get((level - 1, child), self.empty[level - 1]) for child in (2 * at, 2 * at + 1)]
            self.nodes[level, at] = node(*below)

    def root(self): return self.nodes.get((16, 0), self.empty[16]).hex()


# ---- section 4: the tree
def node(left, right): return hashlib.sha256(b"\1" + left + right).digest()
def leaf(text): return hashlib.sha256(b"\0" + text.encode()).digest()
def cut(size): return 1 << ((size - 1).bit_length() - 1)
def ones(size): return bin(size).count("1")


class Tree:
    def __init__(self, size, roots): self.size, self.roots = size, list(roots)

    def append(self, hash_):
        size = self.size
        while size & 1:
            hash_, size = node(self.roots.pop(), hash_), size >> 1
        self.roots.append(hash_)
        self.size += 1

    def root(self):
        if not self.roots:
            return hashlib.sha256().digest()
        hash_ = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            hash_ = node(left, hash_)
        return hash_


def known_left(start, end, at): return end <= at and (end - start) & (end - start - 1) == 0


def count_after(start, end, at):
    if start == end or known_left(start, end, at):
        return 0
    if start >= at:
        return 1
    middle = start + cut(end - start)
    return count_after(start, middle, at) + count_after(middle, end, at)


def root_beyond(start, end, at, left, right):
    if known_left(start, end, at):
        return next(left)
    if start >= at:
        return next(right)
    middle = start + cut(end - start)
    first = root_beyond(start, middle, at, left, right)
    return node(first, root_beyond(middle, end, at, left, right))


def path_length(index, size):
    length = 0
    while size > 1:
        middle = cut(size)
        index, size, length = (index, middle, length + 1) if index < middle else (index - middle, size - middle, length + 1)
    return length


def included(index, size, hash_, path):
    if size == 1:
        return hash_
    middle = cut(size)
    if index < middle:
        return node(included(index, middle, hash_, path[:-1]), path[-1])
    return node(path[-1], included(index - middle, size - middle, hash_, path[:-1]))


# ---- section 8: notes, checkpoints, keys
def b64(text):
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value).decode() != text:
        raise ValueError("no base64")
    return value


def is_name(text): return bool(text) and "+" not in text and not any(c.isspace() for c in text)


def key(text):
    name, id_, typed = text.split("+", 2)
    typed = b64(typed)
    made = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if not is_name(name) or len(typed) != 33 or typed[0] != 1 or id_.lower() != made.hex():
        raise ValueError("no key")
    return name, made, typed[1:]


def signs(key_, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key_[2]).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


class Checkpoint:
    def __init__(self, note):
        if len(note.encode()) > 16384 or any(c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160) for c in note):
            raise ValueError("no note")
        text, lines = note.rsplit("\n\n", 1)
        if not lines.endswith("\n"):
            raise ValueError("the last line does not end")
        self.text, self.signatures = text + "\n", []
        for line in lines[:-1].split("\n"):
            dash, name, signature = line.split(" ", 2)
            signature = b64(signature)
            if dash != "\u2014" or not is_name(name) or len(signature) < 5:
                raise ValueError("no signature")
            self.signatures.append((name, signature[:4], signature[4:]))
        self.origin, size, root = self.text.split("\n")[:3]
        self.size, self.root = int(size), b64(root)
        if not self.origin or str(self.size) != size or not 0 <= self.size < 2**64 or len(self.root) != 32:
            raise ValueError("no checkpoint")

    def of(self, key_): return [s for name, id_, s in self.signatures if (name, id_) == key_[:2]]
    def signed_by(self, key_): return any(signs(key_, self.text.encode(), s) for s in self.of(key_))


def checkpoint(text, what):
    try:
        return Checkpoint(text)
    except ValueError as error:
        could_not(f"{what} cannot be read: {error}")


def key_chain(events, origin):
    """The log's keys: (seq, key, endorsed by the one before)."""
    chain = []
    for event in events:
        seq = event["seq"]
        try:
            said = parse(event["envelope"], parse_float=refuse)
            details = said["details"]
            new, endorsement = key(details["publicKey"]), details.get("endorsement")
            right = said["operation"] == ("keyRotated" if chain else "genesis")
            right = right and new[0] == (chain[0][1][0] if chain else details["origin"])
            if chain and endorsement is not None:
                text = f"behorig key rotation\n{new[0]}\n{details['publicKey']}\n"
                right = right and signs(chain[-1][1], text.encode(), b64(endorsement))
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        unless(right, f"event {seq} introduces no key")
        chain.append((seq, new, endorsement is not None))
    unless(chain[0][1][0] == origin, "the origin is not the one of event 0", could_not)
    return chain


def restores(events):
    """Section 11.3: the restores that the log accounts for, as (common, lost)."""
    found = []
    for event in events:
        try:
            said = parse(event["envelope"], parse_float=refuse)
            details = said["details"]
            epoch, common, lost = (details[name] for name in ("epoch", "common", "lost"))
            right = said["operation"] == "restoreAdopted" and all(map(number, (epoch, common, lost)))
            right = right and isinstance(details["root"], str) and isinstance(said["id"], str)
            right = right and epoch == len(found) + 1 and common <= event["seq"] and common < lost
        except (ValueError, KeyError, TypeError):
            right = False
        unless(right, f"event {event['seq']} accounts for no restore")
        found.append((common, lost))
    return found


def vouched_for(chain, given):
    """Section 10.1, after the last line: whether somebody vouches for the key that signs last."""
    trusted = True
    for number_, (seq, one, endorsed) in enumerate(chain):
        trusted = one in given or (trusted if endorsed else number_ == 0)
    unless(trusted, f"nobody vouches for the key of event {seq}", could_not)


def key_at(chain, size): return [entry for entry in chain if entry[0] < size][-1:] or [None]


# ---- section 10: bundles
def number(value): return type(value) is int and 0 <= value <= MAX
def is_hash(value): return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)
def hashes(values): return [bytes.fromhex(value) for value in values]
def list_of(value, test): return isinstance(value, list) and all(test(item) for item in value)


def is_proved(value):
    return (isinstance(value, dict) and number(value.get("seq")) and isinstance(value.get("envelope"), str)
            and list_of(value.get("proof"), is_hash))


def is_slot(value):
    return (isinstance(value, dict) and isinstance(value.get("slot"), str) and isinstance(value.get("value"), str)
            and is_hash(value.get("salt")))


def is_fact(value):
    return (isinstance(value, dict) and isinstance(value.get("fact"), str) and isinstance(value.get("value"), str)
            and is_hash(value.get("salt")))


def fact_commitments(event):
    """Section 2.6: names and commitments of the facts of a decision."""
    parts = [(event.get(name, {}), part) for name in ("facts", "askerFacts") for part in ("principal", "target")]
    return {(part, held.get(part)) for held, part in parts if isinstance(held.get(part), str)} | {("filter", event.get("filter"))}


def committed(event, slots, seq):
    """Section 3: the values that are shown with an event are those that it commits to."""
    for slot in slots:
        held = event.get("slots", {}).get(slot["slot"])
        message = slot["slot"].encode() + b"\0" + slot["value"].encode()
        commitment = hmac.new(bytes.fromhex(slot["salt"]), message, "sha256").hexdigest()
        unless(isinstance(held, dict) and held.get("commitment") == commitment, f"event {seq}: slot {slot['slot']}")


def lines(source):
    """Each line, parsed; what breaks off is incomplete unless it is the first line."""
    count = 0
    while True:
        line = source.readline(1 << 24)
        if not line.endswith(b"\n"):
            unless(len(line) < 1 << 24, "a line is too long", could_not)
            unless(count, "it is no bundle", could_not)
            raise Verdict("incomplete", "its last line is missing")
        count += 1
        try:
            value = parse(line.decode())
            json.dumps(value, ensure_ascii=False).encode()  # no half of a surrogate pair
        except (ValueError, RecursionError) as error:
            could_not(f"line {count} cannot be read: {error}")
        unless(isinstance(value, dict), f"line {count} is no object", could_not)
        yield count, value


def first_line(head):
    unless(number(head.get("bundle")), "it is no bundle", could_not)
    unless(head["bundle"] == 1, "another version", could_not)
    start, to, size = (head.get(name) for name in ("from", "to", "size"))
    right = all(map(number, (start, to, size))) and isinstance(head.get("origin"), str) and isinstance(head.get("values"), bool)
    right = right and list_of(head.get("before"), is_hash) and list_of(head.get("after"), is_hash) and list_of(head.get("keys"), is_proved)
    head["restores"] = [] if head.get("restores") is None else head["restores"]
    unless(right and list_of(head["restores"], is_proved), "line 1 cannot be read", could_not)
    seqs = [event["seq"] for event in head["keys"]]
    right = start <= to <= size and len(head["before"]) == ones(start) and len(head["after"]) == count_after(0, size, to)
    right = right and seqs[:1] == [0]
    for events in (head["keys"], head["restores"]):
        seqs = [event["seq"] for event in events]
        right = right and seqs == sorted(set(seqs)) and all(seq < size for seq in seqs)
        right = right and all(len(event["proof"]) == path_length(event["seq"], size) for event in events)
    unless(right, "line 1 contradicts itself", could_not)
    return start, to, size


def admit(kept, origin, chain):
    """Section 10.2, before the first event."""
    unless(kept.origin == origin, "the kept checkpoint is of another log", could_not)
    claimed = [entry[1] for entry in chain if kept.of(entry[1])]
    unless(not claimed or any(map(kept.signed_by, claimed)), "the kept checkpoint is damaged", could_not)


def verify(source, kept, given):
    rows = lines(source)
    _, head = next(rows)
    start, to, size = first_line(head)
    chain = key_chain(head["keys"], head["origin"])
    adopted, gone = restores(head["restores"]), []

    def lost(one): return any(common < one.size <= had for common, had in adopted)

    def differs(one, root):
        """Whether a kept checkpoint of the tree's size has another root; one that a restore has lost may."""
        if one.root == root or not lost(one):
            return one.root != root
        gone.append(one.size)
        return False

    for one in given:
        unless(one[0] == head["origin"], "a given key is of another log", could_not)
    for one in kept:
        admit(one, head["origin"], chain)
    tree, last, published, agreed = Tree(start, hashes(head["before"])), None, True, start
    listed = {"keyRotated": {event["seq"] for event in head["keys"]}, "restoreAdopted": {event["seq"] for event in head["restores"]}}

    def compare():
        for one in kept:
            unless(one.size != tree.size or not differs(one, tree.root()), f"between {agreed} and {tree.size}: kept checkpoint")

    def leave():
        wanted = start < tree.size != size and not published
        unless(not wanted or all((one.size, one.root) != (tree.size, tree.root()) for one in kept), f"the checkpoint of {tree.size} events is missing")

    def vouched(note):
        entry = key_at(chain, note.size)[0]
        unless(note.origin == head["origin"] and entry and note.signed_by(entry[1]), f"checkpoint of {note.size}: key not introduced")

    latest, register, rootless = {}, Register(), None
    compare()
    for count, row in rows:
        seq, end, note = row.get("seq"), row.get("end"), row.get("checkpoint")
        text, slots, facts = row.get("envelope"), row.get("slots") or [], row.get("facts") or []
        right = all(v is None or number(v) for v in (seq, end)) and all(v is None or isinstance(v, str) for v in (text, note))
        right = right and (row.get("slots") is None or list_of(row["slots"], is_slot))
        right = right and (row.get("facts") is None or list_of(row["facts"], is_fact))
        unless(right and (text is not None if seq is not None else note is not None), f"line {count} is none of a bundle", could_not)
        if seq is not None:
            unless(seq == tree.size and seq < to, f"event {seq} stands where event {tree.size} should")
            leave()
            published, event = False, envelope(text)
            unless(event, f"event {seq}: no envelope of version 2")
            unless(last is None or event["recordedAt"] >= last, f"event {seq}: recorded time goes back")
            last = event["recordedAt"]
            unless(seq in listed.get(event.get("operation"), {seq}), f"event {seq}: the first line lacks it")
            if event["kind"] == "change":
                before, said = latest.get(event["entity"]), event.get("previous")
                follows = (said is None or said < start) if before is None else said == before
                unless(follows, f"event {seq}: another event told last of {event['entity']}")
                latest[event["entity"]] = seq
                register.change(event)
                rootless = None if "root" in event else seq
                unless(start or rootless or event["root"] == register.root(), f"event {seq}: the register's root differs")
            else:
                unless(rootless is None, f"event {rootless} has no root of the register")
            unless(head["values"] or not (slots or facts), f"event {seq} has values", could_not)
            committed(event, slots, seq)
            for fact in facts:
                message = fact["fact"].encode() + b"\0" + fact["value"].encode()
                commitment = hmac.new(bytes.fromhex(fact["salt"]), message, "sha256").hexdigest()
                unless((fact["fact"], commitment) in fact_commitments(event), f"event {seq}: fact {fact['fact']}")
            tree.append(leaf(text))
            compare()
            agreed = tree.size if any(one.size == tree.size for one in kept) else agreed
        elif end is None:
            note = checkpoint(note, f"line {count}")
            vouched(note)
            unless(note.size == tree.size and not published, f"the checkpoint of {note.size} events stands after {tree.size}")
            unless(note.root == tree.root(), f"between {agreed} and {tree.size}: the root differs")
            published, agreed = True, tree.size
        else:
            unless(tree.size == to and end == to - start, f"{tree.size - start} events instead of {to - start}")
            leave()
            anchor = checkpoint(note, f"line {count}")
            vouched(anchor)
            unless(anchor.size == size, f"the anchor is of {anchor.size} events instead of {size}")
            root = root_beyond(0, size, to, iter(tree.roots), iter(hashes(head["after"])))
            unless(root == anchor.root, f"between {agreed} and {min(size, to)}, or in the first line: the root differs")
            for event in head["keys"] + head["restores"]:
                root = included(event["seq"], size, leaf(event["envelope"]), hashes(event["proof"]))
                unless(root == anchor.root, f"event {event['seq']} of the first line is not in the tree")
            for one in kept:
                unless(one.size != size or not differs(one, anchor.root), f"between {agreed} and {size}: kept checkpoint")
            break
    unless(not source.read(1), "something follows the last line", could_not)
    vouched_for(chain, given)
    if gone or any(one.size > size for one in kept):
        raise Verdict("incomplete", "a kept checkpoint is of more events: made before it, cut since, or lost by a restore")
    for one in kept:
        if not (start <= one.size <= to or one.size == size):
            raise Verdict("incomplete", f"the bundle says nothing of the checkpoint of {one.size} events")
    if to == start:
        raise Verdict("incomplete", "no events")
    if any(one not in [entry[1] for entry in chain] for one in given):
        raise Verdict("incomplete", "a given key was not introduced within the bundle's size: it is newer, or this is another log")
    return f"events {start} to {to - 1}"


def main(check=verify):
    parser = argparse.ArgumentParser()
    parser.error = could_not  # not 2, which would be "tampered"
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("file")
    try:
        arguments = parser.parse_args()
        kept = [Checkpoint(open(name, encoding="utf-8", newline="").read()) for name in arguments.checkpoint]
        given = [key(text) for text in arguments.key]
        source = sys.stdin.buffer if arguments.file == "-" else open(arguments.file, "rb")
        answer, what = "good", check(source, kept, given)
    except Verdict as verdict:
        answer, what = verdict.args
    except (OSError, ValueError) as error:
        answer, what = "could not run", str(error)
    print(f"{answer}: {what}")
    return EXIT[answer]


if __name__ == "__main__":
    sys.exit(main())
