#!/usr/bin/env python3
"""A second verifier of proofs about the register (section 9.1), written from src/transparency/FORMAT.md alone.

    register_proof.py [--checkpoint FILE]... [--key KEY]... PROOF      (`-`: standard input)

Reads, prints and ends as verify.py does, of which it takes what bundles and proofs have in common.
"""
import hashlib, re, sys
import verify as log
from verify import could_not, hashes, is_hash, list_of, number, unless, Verdict

EVENT = ("seq", "envelope", "proof")


def first_line(head):
    unless(number(head.get("registerProof")), "it is no proof about the register", could_not)
    unless(head["registerProof"] == 1, "another version", could_not)
    head["restores"] = [] if head.get("restores") is None else head["restores"]
    right = number(head.get("size")) and isinstance(head.get("origin"), str) and isinstance(head.get("values"), bool)
    right = right and isinstance(head.get("id"), str) and re.fullmatch("[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}", head["id"])
    right = right and list_of(head.get("keys"), log.is_proved) and list_of(head["restores"], log.is_proved)
    unless(right, "line 1 cannot be read", could_not)
    unless([event["seq"] for event in head["keys"]][:1] == [0], "the keys do not begin with event 0", could_not)
    for events in (head["keys"], head["restores"]):
        seqs = [event["seq"] for event in events]
        unless(seqs == sorted(set(seqs)) and all(fits(event, head["size"]) for event in events), "line 1 contradicts itself", could_not)


def fits(event, size): return event["seq"] < size and len(event["proof"]) == log.path_length(event["seq"], size)


def is_entry(value): return isinstance(value, list) and len(value) == 2 and all(map(is_hash, value))


def kind_of(count, row):
    """Which line of a proof it is."""
    tests = {"seq": number, "end": number, "envelope": lambda v: isinstance(v, str), "checkpoint": lambda v: isinstance(v, str),
             "proof": lambda v: list_of(v, is_hash), "path": lambda v: list_of(v, is_hash),
             "bucket": lambda v: list_of(v, is_entry), "slots": lambda v: list_of(v, log.is_slot)}
    has = {name for name in tests if row.get(name) is not None}
    unless(all(tests[name](row[name]) for name in has), f"line {count} cannot be read", could_not)
    unless(len(has & set(EVENT)) in (0, 3), f"line {count} has a part of an event", could_not)
    if {"bucket", "path"} <= has:
        return "register"
    if "bucket" not in has and "seq" in has:
        return "thing"
    unless("bucket" not in has and {"end", "checkpoint"} <= has, f"line {count} is none of a proof", could_not)
    return "end"


def change(row):
    """The change of a line, if it is one."""
    event = log.envelope(row["envelope"])
    unless(event, f"event {row['seq']}: no envelope of version 2")
    return event if event["kind"] == "change" else None


def bucket_root(at, bucket, path):
    hash_ = hashlib.sha256(b"\0" + b"".join(key + digest for key, digest in bucket)).digest()
    for beside in path:
        hash_ = log.node(beside, hash_) if at & 1 else log.node(hash_, beside)
        at >>= 1
    return hash_.hex()


def register(row, id_, size):
    """The digest that the bucket has of the thing, if it has one."""
    unless(len(row["path"]) == 16, "the path is not of 16 hashes", could_not)
    own = hashlib.sha256(id_.encode()).digest()
    root = log.Register().root()
    if row.get("seq") is not None:
        unless(fits(row, size), "the path of line 2 has another length", could_not)
        event = change(row)
        unless(event and "root" in event, f"event {row['seq']} has no root of the register")
        root = event["root"]
    bucket = [tuple(hashes(entry)) for entry in row["bucket"]]
    keys = [key for key, _ in bucket]
    unless(keys == sorted(set(keys)), "the keys of the bucket are not in order")
    unless(all(key[:2] == own[:2] for key in keys), "a key lies in another bucket")
    reached = bucket_root(int.from_bytes(own[:2], "big"), bucket, hashes(row["path"]))
    unless(reached == root, "the bucket does not lead to the root")
    return dict(bucket).get(own)


def thing(row, head, after, has):
    """What the thing was: the names of the values that are erased."""
    slots = row.get("slots") or []
    unless(fits(row, head["size"]), "the path of line 3 has another length", could_not)
    unless(head["values"] or not slots, "line 3 has values", could_not)
    unless(has, "an event tells of what was not there")
    event = change(row)
    unless(event and event["entity"] == head["id"], f"event {row['seq']} tells of something else")
    digest = log.digest(event)
    unless(after is not None and row["seq"] <= after, f"event {row['seq']} is later")
    unless(digest == has, f"event {row['seq']}: what it tells is not what was there")
    log.committed(event, slots, row["seq"])
    shown = {slot["slot"] for slot in slots}
    return [name for name in event.get("personal", []) if head["values"] and name not in shown]


def last_line(count, row, head, chain, events, kept):
    anchor = log.checkpoint(row["checkpoint"], f"line {count}")
    unless(row["end"] == count - 1, "there are other lines than the last one counts")
    entry = log.key_at(chain, anchor.size)[0]
    unless(anchor.origin == head["origin"] and entry and anchor.signed_by(entry[1]), f"checkpoint of {anchor.size}: key not introduced")
    unless(anchor.size == head["size"], f"the anchor is of {anchor.size} events")
    for event in events:
        root = log.included(event["seq"], anchor.size, log.leaf(event["envelope"]), hashes(event["proof"]))
        unless(root == anchor.root, f"event {event['seq']} is not in the tree")
    lost = log.restores(head["restores"])
    differing = [one for one in kept if one.size == anchor.size and one.root != anchor.root]
    unless(all(any(common < one.size <= had for common, had in lost) for one in differing), "kept checkpoint")
    if differing or any(one.size != anchor.size for one in kept):
        return "a kept checkpoint is of another size, or was lost by a restore"


def verify(source, kept, given):
    rows = log.lines(source)
    _, head = next(rows)
    first_line(head)
    chain = log.key_chain(head["keys"], head["origin"])
    log.restores(head["restores"])
    for one in given:
        unless(one[0] == head["origin"], "a given key is of another log", could_not)
    for one in kept:
        log.admit(one, head["origin"], chain)
    events, erased, answer = head["keys"] + head["restores"], [], "was not"
    count, row = next(rows)
    unless(kind_of(count, row) == "register", "line 2 is not the register's", could_not)
    has, after = register(row, head["id"], head["size"]), row.get("seq")
    events += [row] if after is not None else []
    count, row = next(rows)
    kind = kind_of(count, row)
    if kind == "thing":
        erased = thing(row, head, after, has)
        events, answer = events + [row], "was"
        count, row = next(rows)
        kind = kind_of(count, row)
    else:
        unless(kind != "end" or not has, "nothing tells what was there")
    unless(kind == "end", f"line {count} stands in the wrong place", could_not)
    open_ = last_line(count, row, head, chain, events, kept)
    unless(not source.read(1), "something follows the last line", could_not)
    log.vouched_for(chain, given)
    if open_:
        raise Verdict("incomplete", open_)
    if any(one not in [entry[1] for entry in chain] for one in given):
        raise Verdict("incomplete", "a given key was not introduced within the size: it is newer, or this is another log")
    when = "before the first change" if after is None else f"after event {after}"
    return f"{head['id']} {answer} in the register {when}" + (f"; erased: {', '.join(erased)}" if erased else "")


if __name__ == "__main__":
    sys.exit(log.main(verify))
