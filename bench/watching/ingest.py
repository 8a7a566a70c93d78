"""Sends messages of sources to a `backout serve`, as their services do, and waits until its watch has judged all of them.

    ingest.py ADDRESS PID STORE KIND EVENTS

Prints what the process used for it: its CPU time with all threads, user and system, and its peak of memory.
"""

import gzip
import hashlib
import hmac
import json
import os
import random
import socket
import sqlite3
import sys
import threading
import time

SECRET = b"bench"
# So many at once; of small messages more.
CONNECTIONS, FOR_SMALL = 8, 64
# Supabase sends at most 250 lines at once (its documentation of log drains), and Vercel some; OpenTelemetry's collector
# sends 8192 points where nothing else is said (its batch processor).
BATCH = {"vercel": 250, "vercel-lines": 250, "supabase": 250, "otlp": 8192, "alertmanager": 1}
PACKED = {"supabase"}
MOZILLA = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def name(dice, length):
    return "".join(dice.choices(LETTERS, k=length))


def vercel(dice, is_bad):
    """A line with the fields of Vercel's reference of log drains."""
    status, path = (500 if is_bad else 200), f"/api/clients/{dice.randrange(10**6)}"
    return {
        "id": str(dice.randrange(10**27, 10**28)), "deploymentId": "dpl_233NRGRjVZX1caZrXWtz5g1TAksD",
        "source": "lambda", "host": "shop-5g1tak.vercel.app", "timestamp": 1790000000000 + dice.randrange(10**6),
        "projectId": "gdufoJxB6b9b1fEqr1jUtFkyavUU", "level": "error" if is_bad else "info",
        "message": f"START RequestId: {name(dice, 32)}\n[GET] {path} status={status}\nEND \"{name(dice, 12)}\"",
        "entrypoint": "api/clients.js", "path": path, "type": "stdout", "statusCode": status,
        "requestId": f"643af4e3-975a-4cc7-{name(dice, 12)}", "environment": "production", "branch": "main",
        "executionRegion": "sfo1", "traceId": name(dice, 32), "spanId": name(dice, 16),
        "proxy": {
            "timestamp": 1790000000000 + dice.randrange(10**6), "method": "GET", "host": "shop.example",
            "path": path, "userAgent": [MOZILLA], "referer": "https://shop.example/", "region": "sfo1",
            "statusCode": status, "clientIp": f"120.75.16.{dice.randrange(256)}", "scheme": "https",
            "vercelCache": "MISS", "cacheId": name(dice, 20), "vercelId": f"sfo1::{name(dice, 24)}",
        },
    }


def supabase(dice, is_bad):
    status = 503 if is_bad else 200
    return {
        "event_message": f"GET | {status} | 120.75.16.{dice.randrange(256)} | {name(dice, 16)} | "
        f"https://ref.supabase.co/rest/v1/clients?id=eq.{dice.randrange(10**6)} | {MOZILLA}",
        "id": name(dice, 36), "timestamp": 1790000000000000 + dice.randrange(10**9),
        "metadata": {
            "status_code": status, "method": "GET", "path": "/rest/v1/clients", "host": "ref.supabase.co",
            "origin_time": dice.randrange(100), "user_agent": MOZILLA, "country": "DE", "ray": name(dice, 16),
        },
    }


def point(dice, number):
    """A point of a counter that says what is new, as OTLP's JSON has it."""
    attributes = [("http.request.method", "GET"), ("http.route", f"/api/clients/{number % 100}"), ("server.address", "shop.example")]
    return {
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes]
        + [{"key": "http.response.status_code", "value": {"intValue": "500"}}],
        "startTimeUnixNano": "1790000000000000000", "timeUnixNano": str(1790000000000000000 + dice.randrange(10**9)),
        "asInt": "1",
    }


def alert(dice):
    return {
        "version": "4", "groupKey": "{}:{alertname=\"HighErrorRate\"}", "status": "firing", "receiver": "backout",
        "groupLabels": {"alertname": "HighErrorRate"}, "commonLabels": {"alertname": "HighErrorRate", "job": "api"},
        "commonAnnotations": {}, "externalURL": "http://alertmanager:9093", "truncatedAlerts": 0,
        "alerts": [{
            "status": "firing", "labels": {"alertname": "HighErrorRate", "job": "api", "severity": "page"},
            "annotations": {"summary": "5 % of requests fail"}, "startsAt": "2026-11-26T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prometheus:9090/graph", "fingerprint": name(dice, 16),
        }],
    }


def body(kind, dice, size):
    """So many events, and how many of them count: one line of twelve."""
    lines = [number % 12 == 0 for number in range(size)]
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    if kind == "vercel":
        return "[" + ",".join(compact(vercel(dice, is_bad)) for is_bad in lines) + "]", sum(lines)
    if kind == "vercel-lines":
        return "\n".join(compact(vercel(dice, is_bad)) for is_bad in lines), sum(lines)
    if kind == "supabase":
        return compact([supabase(dice, is_bad) for is_bad in lines]), sum(lines)
    if kind == "otlp":
        points = {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [point(dice, n) for n in range(size)]}
        metrics = [{"name": "http.server.errors", "unit": "1", "sum": points}]
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
        return compact({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"scope": {"name": "http"}, "metrics": metrics}]}]}), size
    return compact(alert(dice)), 0


def request(kind, raw):
    source = kind.removesuffix("-lines")
    head = [f"POST /hooks/{kind} HTTP/1.1", "host: localhost", "content-type: application/json", f"content-length: {len(raw)}"]
    if source == "vercel":
        head.append(f"x-vercel-signature: {hmac.new(SECRET, raw, hashlib.sha1).hexdigest()}")
    else:
        head.append(f"authorization: Bearer {SECRET.decode()}")
    if kind in PACKED:
        head.append("content-encoding: gzip")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + raw


def bodies(kind, batches, size):
    """Distinct ones: what is sent a second time is a copy. Few are made, and marked with a number each."""
    dice = random.Random(7)
    made = [body(kind, dice, size) for _ in range(min(batches, 20))]
    pool = []
    for number in range(batches):
        text, counts = made[number % len(made)]
        mark = f'"mark":{number},'
        at = text.index("{") + 1
        raw = (text[:at] + mark + text[at:]).encode()
        pool.append((gzip.compress(raw, 6) if kind in PACKED else raw, len(raw), counts))
    return pool


def send(address, requests, refused, took):
    host, port = address.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port))) as to:
        to.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one in requests:
            began = time.perf_counter()
            to.sendall(one)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += to.recv(4096)
            head, rest = answer.split(b"\r\n\r\n", 1)
            length = int(next(line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")))
            while len(rest) < length:
                rest += to.recv(4096)
            took.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 202"):
                refused.append(head.split(b"\r\n")[0].decode())


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, what):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what)) / 1024


def known(store, kind):
    """How far the watch has read, and what its trigger comes to."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as sql:
        found = sql.execute("SELECT body FROM document WHERE name = 'watch/production'").fetchone()
        last = sql.execute("SELECT max(seq) FROM inbox").fetchone()[0] or 0
    if found is None:
        return -1, last, None
    state = json.loads(found[0])
    return state["seq"], last, (state["readings"].get(kind) or {}).get("value")


def main():
    address, pid, store, kind, events = sys.argv[1:]
    pid, size = int(pid), BATCH[kind]
    batches = max(1, int(events) // size)
    pool = bodies(kind, batches, size)
    requests = [request(kind, raw) for raw, _, _ in pool]
    expected = sum(counts for _, _, counts in pool)
    unpacked = sum(length for _, length, _ in pool)
    while known(store, kind)[0] < 0:
        time.sleep(0.1)
    _, _, before = known(store, kind)
    refused, took = [], []
    many = CONNECTIONS if size > 1 else FOR_SMALL
    senders = [
        threading.Thread(target=send, args=(address, requests[number::many], refused, took)) for number in range(many)
    ]
    began, used = time.perf_counter(), cpu(pid)
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    sent = time.perf_counter() - began
    taken = cpu(pid) - used
    while True:
        seq, last, value = known(store, kind)
        if seq >= last:
            break
        time.sleep(0.05)
    judged, whole = time.perf_counter() - began, cpu(pid) - used
    if len(took) < batches:
        sys.exit(f"{kind}: {batches - len(took)} of {batches} were not answered")
    if refused:
        sys.exit(f"{kind}: {len(refused)} of {batches} were not taken: {refused[0]}")
    if expected and value - (before or 0) != expected:
        sys.exit(f"{kind}: the trigger counts {value - (before or 0)} events, and {expected} were sent")
    count, took = batches * size, sorted(took)
    print(
        f"{kind}: {count} events in {batches} requests of {unpacked / batches / 1024:.0f} KiB: "
        f"acknowledged in {sent:.1f} s, judged after {judged:.1f} s; CPU {taken:.2f} s and {whole:.2f} s; "
        f"a request {took[len(took) // 2] * 1e3:.1f} ms, p99 {took[len(took) * 99 // 100] * 1e3:.1f} ms; "
        f"memory {memory(pid, 'VmHWM'):.0f} MB at most"
    )
    return count / whole


if __name__ == "__main__":
    rate, kind = main(), sys.argv[4].replace("-", "_")
    if BATCH[sys.argv[4]] > 1:
        print(f"ratio {kind}_events_per_cpu_second {rate:.0f} >=100000")
    else:
        # A request for each event costs what requests cost.
        print(f"{kind}: {rate:.0f} messages for each second of CPU, one in a request")
