"""Metrics that cross a threshold, one after the other, in the middle of everybody's turns; and when Alertmanager calls, and a
trigger of `backout serve` has acted.

    alerts.py prepare FOLDER METRICS-PORT HOOK-PORT PROMETHEUS-PORT ALERTMANAGER-PORT TRIALS FOR
    alerts.py measure STORE METRICS-PORT HOOK-PORT TRIALS FOR
"""

import datetime
import http.server
import json
import pathlib
import sqlite3
import statistics
import sys
import threading
import time

THRESHOLD, CALM, BAD = 0.05, 0.002, 0.083
# Between two of them: no multiple of anybody's turn.
APART = 7.3
PATIENCE = 400


def prepare(folder, metrics, hook, prometheus, alertmanager, trials, lasts):
    """The settings of the documentation: 15 s between scrapes and evaluations as in prometheus.yml, group_wait 30 s."""
    folder = pathlib.Path(folder)
    rules = "".join(
        f"""
      - alert: HighErrorRate{number}
        expr: error_ratio_{number} > {THRESHOLD}
        for: {lasts}s
        labels: {{severity: page}}"""
        for number in range(trials)
    )
    (folder / "rules.yml").write_text(f"groups:\n  - name: example\n    rules:{rules}\n")
    (folder / "prometheus.yml").write_text(
        f"""global: {{scrape_interval: 15s, evaluation_interval: 15s}}
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
rule_files: [rules.yml]
scrape_configs: [{{job_name: api, static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]}}]
"""
    )
    (folder / "alertmanager.yml").write_text(
        f"""route: {{group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 1h, receiver: web.hook}}
receivers: [{{name: web.hook, webhook_configs: [{{url: "http://127.0.0.1:{hook}/"}}]}}]
"""
    )
    plan = 'version = 1\n[targets.production]\nurl = "env:DATABASE_URL"\n'
    for number in range(trials):
        plan += f"""[[source]]
name = "errors {number}"
ask.prometheus = {{ url = "http://127.0.0.1:{prometheus}", query = "error_ratio_{number}" }}
[[trigger]]
name = "{number}"
source = "errors {number}"
measure = "last"
over = "5m"
above = {THRESHOLD}
for = "{lasts}s"
act = "notify"
"""
    (folder / "backout.toml").write_text(plan)


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


def listen(port, handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def decided(store):
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as sql:
        found = sql.execute("SELECT body FROM document WHERE name = 'watch/production'").fetchone()
    state = json.loads(found[0]) if found else {"decided": [], "readings": {}}
    moment = lambda text: datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()
    ours = {int(one["firing"]["trigger"]): moment(one["at"]) for one in state["decided"] if one["did"] != "begins"}
    return ours, [one for one in state["readings"].values() if one["verdict"] == "healthy"]


def measure(store, metrics, hook, trials, lasts):
    values, calls, crossed = [CALM] * trials, {}, {}

    class Metrics(Quiet):
        def do_GET(self):
            body = "".join(f"# TYPE error_ratio_{n} gauge\nerror_ratio_{n} {value}\n" for n, value in enumerate(values)).encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Hook(Quiet):
        def do_POST(self):
            at, body = time.time(), json.loads(self.rfile.read(int(self.headers["content-length"])))
            for one in body["alerts"]:
                calls.setdefault(int(one["labels"]["alertname"].removeprefix("HighErrorRate")), at)
            self.send_response(200)
            self.end_headers()

    listen(metrics, Metrics)
    listen(hook, Hook)
    # Both see that all is well.
    while len(decided(store)[1]) < trials:
        time.sleep(0.2)
    for number in range(trials):
        crossed[number], values[number] = time.time(), BAD
        time.sleep(APART)
    end = time.time() + PATIENCE
    while len(calls) < trials or len(decided(store)[0]) < trials:
        if time.time() > end:
            sys.exit(f"{len(calls)} calls and {len(decided(store)[0])} decisions of {trials}")
        time.sleep(0.2)
    ours, _ = decided(store)
    after = lambda moments: [moments[number] - crossed[number] for number in range(trials)]
    shown = lambda times: f"median {statistics.median(times):.1f} s, at most {max(times):.1f} s"
    theirs, ours = after(calls), after(ours)
    print(f"{trials} thresholds crossed, `for` {lasts} s: Alertmanager calls after {shown(theirs)}; backout acts after {shown(ours)}")
    print(f"ratio threshold_to_action_vs_alertmanager {statistics.median(theirs) / statistics.median(ours):.2f} >1")
    beyond = [statistics.median(times) - lasts for times in (theirs, ours)]
    print(f"beyond `for`: {beyond[0]:.1f} s and {beyond[1]:.1f} s")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        measure(sys.argv[2], *map(int, sys.argv[3:]))
