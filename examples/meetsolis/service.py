#!/usr/bin/env python3
"""A small web service that is released, breaks, and is rolled back: the example of docs/scenarios.md.

It is what a platform runs: it serves the pages of one release (a folder with `pages.py`), with the variables of an
environment file and the flags of a flagd file, or of a service that evaluates them (OFREP). SIGHUP makes it read the
release and the variables again, as a deployment does; flags are read while it runs. `/metrics` is for Prometheus.

Must not know: Backout. It is brought back from outside, as any other service.
"""
import argparse
import importlib.util
import json
import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import redis
from openfeature import api
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.contrib.provider.ofrep import OFREPProvider
from psycopg.rows import dict_row

sys.dont_write_bytecode = True  # nothing is written into the folder of a release
FLAGS_ARE_READ_EVERY_MS = 100
LIMIT = 10  # requests to /api/meetings of one caller in one window


class Refused(Exception):
    """An answer that is not 200, on purpose."""

    def __init__(self, status, **body):
        super().__init__(status)
        self.status, self.body = status, body


class Deployment:
    """One release with its variables, as it is until the next one."""

    def __init__(self, folder, variables):
        self.variables = variables
        folder = Path(folder).resolve()
        self.name = folder.name
        spec = importlib.util.spec_from_file_location("pages", folder / "pages.py")
        self.pages = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.pages)
        self.redis = redis.Redis.from_url(variables["REDIS_URL"], socket_timeout=2, socket_connect_timeout=2)

    def query(self, sql, values=(), user=None):
        """Rows of one statement: as that user, whose claims the policies see, else as the service.

        Each has a connection of its own: a way back may end all of them, and exchange the database behind its name."""
        role = "authenticated" if user else "service_role"
        claims = json.dumps({"sub": str(user), "role": role} if user else {"role": role})
        url = self.variables["DATABASE_URL"]
        with psycopg.connect(url, row_factory=dict_row, connect_timeout=2) as connection:
            connection.execute(f"SET LOCAL ROLE {role}")
            connection.execute("SELECT set_config('request.jwt.claims', %s, true)", (claims,))
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []


def on(deployment, name, variable):
    """Whether a feature is on: the variable that the build has, where there is one, and the flag."""
    by_variable = deployment.variables.get(variable, "true") == "true"
    return by_variable and api.get_client().get_boolean_value(name, False)


class Request:
    """What pages are given: who asks, for what, and how to ask the database."""

    def __init__(self, deployment, handler):
        self.deployment, self.query = deployment, deployment.query
        self.path = handler.path.split("?")[0]
        self.token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        self.caller = self.token or handler.client_address[0]
        self.body = json.loads(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)) or "{}")

    def user(self):
        """Who the token is of. A real service verifies a signed token of Clerk; here the token is Clerk's id itself."""
        found = self.query("SELECT * FROM users WHERE clerk_id = %s", (self.token,)) if self.token else []
        if not found:
            raise Refused(401, error="Unauthorized")
        return found[0]

    def feature(self, name, variable):
        if not on(self.deployment, name, variable):
            raise Refused(503, error="Feature not enabled")

    def has(self, name, variable):
        return on(self.deployment, name, variable)

    def limited(self):
        """Counts this request; the one after LIMIT is refused until the window ends."""
        window = int(self.deployment.variables.get("RATE_WINDOW_SECONDS", "60"))
        key = f"limit:{self.caller}"
        self.deployment.redis.set(key, 0, ex=window, nx=True)  # the window begins with its first request
        if self.deployment.redis.incr(key) > LIMIT:
            raise Refused(429, error="Too Many Requests")


def health(request):
    request.query("SELECT 1")
    return {"status": "healthy", "database": "connected", "release": request.deployment.name}


class Metrics:
    """Answers by path and status, and how long they took, as Prometheus reads them."""

    BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

    def __init__(self):
        self.lock, self.answers, self.seconds = threading.Lock(), Counter(), Counter()
        self.within = Counter()  # answers by path and bound

    def count(self, path, status, seconds):
        with self.lock:
            self.answers[path, status] += 1
            self.seconds[path] += seconds
            self.within.update((path, bound) for bound in self.BOUNDS if seconds <= bound)
            self.within[path, "+Inf"] += 1

    def text(self):
        with self.lock:
            answers = [f'http_requests_total{{path="{path}",status="{status}"}} {count}'
                       for (path, status), count in sorted(self.answers.items())]
            seconds = [f'http_request_seconds_total{{path="{path}"}} {spent}' for path, spent in sorted(self.seconds.items())]
            name = "http_request_duration_seconds"
            buckets = [f'{name}_bucket{{path="{path}",le="{bound}"}} {self.within[path, bound]}'
                       for path in sorted(self.seconds) for bound in (*self.BOUNDS, "+Inf")]
        lines = ["# TYPE http_requests_total counter", *answers, "# TYPE http_request_seconds_total counter", *seconds,
                 f"# TYPE {name} histogram", *buckets]
        return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    """One answer a connection: whoever holds one on would stay with a deployment that is gone."""

    current = None  # the deployment; set at the start and by SIGHUP
    metrics = Metrics()

    def answer(self):
        if self.path == "/metrics":
            self.send(200, "text/plain; version=0.0.4", Handler.metrics.text())
            return
        deployment, began, path = Handler.current, time.monotonic(), "other"
        try:
            request = Request(deployment, self)
            pages = {("GET", "/api/health"): health, **deployment.pages.PAGES}
            page = pages.get((self.command, request.path))
            if page is None:
                raise Refused(404, error="Not Found")
            path = request.path
            status, body = 200, page(request)
        except Refused as refused:
            status, body = refused.status, refused.body
        except psycopg.OperationalError as error:
            logging.error("%s %s: %s", self.command, self.path, error)
            status, body = 503, {"status": "unhealthy", "database": "disconnected"}
        except Exception as error:  # a page that breaks must not end the service
            logging.error("%s %s: %s: %s", self.command, self.path, type(error).__name__, error)
            status, body = 500, {"error": "Internal Server Error"}
        Handler.metrics.count(path, status, time.monotonic() - began)
        self.send(status, "application/json", json.dumps(body, default=str))

    def send(self, status, kind, body):
        text = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass  # errors are logged where they happen


def variables(file):
    """`NAME=value`, a line each. Variables of the process itself come first, as everywhere."""
    lines = (line.strip() for line in Path(file).read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    read = {name.strip(): value.strip().strip("'\"") for name, value in pairs}
    return {**read, **{name: os.environ[name] for name in read if name in os.environ}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--release", required=True, help="folder with pages.py, or a link to one")
    parser.add_argument("--env", required=True, help="file with DATABASE_URL, REDIS_URL and the application's variables")
    parser.add_argument("--flags", required=True, help="file of flagd's format, or http(s)://… of a service that evaluates them")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one, which is printed")
    parser.add_argument("--pid", help="file that gets the process's id")
    args = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.ERROR)

    # Signals are waited for, not handled: whichever thread is there when one arrives, it is not missed. Threads inherit
    # that, so it comes before they begin.
    signals = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # one that whoever started us ignores would not be waited for
    # Until a provider is ready every flag has its default.
    if args.flags.startswith(("http://", "https://")):
        provider = OFREPProvider(args.flags, timeout=1.0)
    else:
        provider = FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=args.flags,
                                 deadline_ms=FLAGS_ARE_READ_EVERY_MS)
    api.set_provider_and_wait(provider)

    def deploy():
        try:
            Handler.current = Deployment(args.release, variables(args.env))
        except Exception as error:
            if Handler.current is None:
                raise
            logging.error("the deployment before stays: %s", error)

    deploy()
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if args.pid:
        Path(args.pid).write_text(str(os.getpid()))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    while signal.sigwait(signals) == signal.SIGHUP:
        deploy()


if __name__ == "__main__":
    main()
