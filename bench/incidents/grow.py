"""Makes the open incident of a local store as large as is asked: half of its events are entries of people, and the other
half are records of one run's journal, chained as `backout-runbook/src/chain.rs` says."""

import datetime
import hashlib
import json
import sqlite3
import sys

store, events = sqlite3.connect(sys.argv[1]), int(sys.argv[2])
name, body = store.execute("SELECT name, body FROM document WHERE name LIKE 'incident/%'").fetchone()
incident = json.loads(body)
opened = datetime.datetime.fromisoformat(incident["opened"][:19] + "+00:00")
RUN = "20260107T120000Z-1f3a9c00"


def at(second):
    """A moment after the opening, as the program writes it: without a fraction where there is none."""
    return (opened + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def step(name, kind, budget):
    return {"name": name, "kind": kind, "action": {}, "budget": budget}


def settled(number, **facts):
    return [
        {"event": "intended", "step": number, "attempt": 1, "preview": ""},
        {"event": "settled", "step": number, "attempt": 1, "outcome": {"outcome": "done", "facts": facts}},
    ]


def noted(number):
    """Hostile and personal text is among it, as errors of a database have it."""
    about = f"event {number} | <b>{number}</b>"
    if number % 100 == 0:
        about += ": Key (email)=(bob@victim.example) already exists at postgres://app:pl4nted-password@db/shop"
    return {"event": "noted", "about": about, "facts": {"rows": number}}


why = "HTTP 500 of POST /flags/clients-list: the service does not answer, as in the last 30 s"
ways = [
    {"name": "A", "budget": 60000, "steps": [step("flags off", "flags", 10000)]},
    {"name": "U", "budget": 300000, "steps": [step("impact", "impact", 60000), step("export", "export", 60000),
                                              step("undo in place", "undo", 300000)]},
]
failed = {"outcome": "failed", "why": why, "again": False, "facts": None}
part = {"of": "public.notes", "rows": 312, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
told = [
    {"event": "opened", "procedure": {"name": "rollback", "ways": ways}, "target": "production",
     "because": "Clients are shown to other users",
     "facts": {"path": ["way A: the flag is enough", "way U: the migration is undone in place"],
               "foreseen": ["undo in place: 312 rows written since are kept"], "evidence": {"id": "exposed@1"}}},
    {"event": "intended", "step": 0, "attempt": 1, "preview": ""},
    {"event": "settled", "step": 0, "attempt": 1, "outcome": failed},
    {"event": "escalated", "to": 1, "because": f"flags off: {why}"},
    *settled(0, exposed_rows=312, affected_users=47, is_exact=True,
             tables=[{"table": "public.notes", "exposed_rows": 212}, {"table": "public.clients", "exposed_rows": 100}]),
    *settled(1, evidence="e-1", encrypted=True, folder=None, parts=[part, {**part, "of": "public.clients", "rows": 100}]),
]
told += [noted(number) for number in range(events // 2 - len(told) - 3)]
undone = {"number": 2, "version": "2_drop_legacy_notes", "lock_ms": 12.5, "left": [],
          "moved_aside": [{"identity": "table public.tags", "to_schema": "backout_undone_2"}]}
told += settled(2, undone=[undone], aside=[{"what": "table public.tags", "schema": "backout_undone_2", "rows": 3}])
told.append({"event": "closed", "succeeded": True})

records, before = [], ""
for seq, event in enumerate(told, 1):
    text = json.dumps(event, separators=(",", ":"))
    parts = ["backout journal 1", RUN, before, str(seq), at(60 + seq), "anna@laptop", "1", text]
    digest = hashlib.sha256()
    for one in (one.encode() for one in parts):
        digest.update(len(one).to_bytes(8, "big") + one)
    before = digest.hexdigest()
    records.append((RUN, seq, at(60 + seq), "anna@laptop", 1, text, before))
stamp = at(60 + len(told)).replace("Z", ".000000000Z")
store.execute(
    "INSERT INTO run VALUES (?, 'rollback', 'production', ?, 'anna@laptop', ?, 'succeeded', ?, ?, 1, NULL, NULL)",
    (RUN, at(61).replace("Z", ".000000000Z"), stamp, len(told), before))
store.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)", records)

firing = {"trigger": "rows of others", "at": at(50), "value": 0.083, "limit": 0.05, "since": at(20), "samples": 412,
          "people": 47, "falling": False, "why": "8.3 % of 412 requests within 5 min"}
decided = {"id": "exposed@1", "at": at(51), "firing": firing, "symptom": "rows of others are shown", "act": "auto",
           "outcome": {"roll-back": {"way": "A"}}, "rule": "exposed", "did": {"did": "runs", "run": RUN},
           "path": [{"branch": "exposed", "held": True, "why": "the symptom is one of data"},
                    {"branch": "falling", "held": False, "why": "it is rising"}]}
said = [{"kind": "fired", "decided": decided}, {"kind": "linked", "run": RUN}]
said += [{"kind": "note", "text": f"event {number}: asked bob@victim.example, who sees *nothing* of it"}
         for number in range(events // 2)]
incident["entries"] += [
    {"at": at(52 + place), "by": "anna@laptop", "what": what} for place, what in enumerate(said)]
store.execute("UPDATE document SET body = ?, version = version + 1 WHERE name = ?",
              (json.dumps(incident, separators=(",", ":")).encode(), name))
store.commit()
