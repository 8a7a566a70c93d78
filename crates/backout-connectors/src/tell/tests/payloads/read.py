"""Reads what channels have sent, by what the services publish for Python: each recorded request is read into the SDK's own
models, which judge it, and sent once more by the SDK's own client to an address here, where it must be the same request.

Lines of JSON on standard input: kind, case, method, path, headers, body. Says what does not hold, and ends with 1 if anything.
"""

import http.server
import json
import sys
import threading
import urllib.parse

ANSWER = {"ok": True, "ts": "1.1", "channel": "C1", "dedup_key": "k", "requestId": "r", "result": "done", "id": "i"}
heard = []


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        heard.append((self.command, self.path, json.loads(body)))
        answer = json.dumps(ANSWER).encode()
        # PagerDuty and Opsgenie take what they do later.
        self.send_response(202 if self.path.startswith("/v2/") else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PATCH = do_POST

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_address[1]}"


def same(one, other, where="body"):
    """Says where two values differ, rather than both."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            assert name in one and name in other, f"{where}.{name} is only in {'ours' if name in one else 'theirs'}"
            same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), f"{where} has {len(one)} and {len(other)}"
        for place, pair in enumerate(zip(one, other)):
            same(*pair, f"{where}[{place}]")
    else:
        assert one == other, f"{where}: {str(one)[:80]!r} and {str(other)[:80]!r}"


def again(request, path=True):
    """The last request that an SDK has sent is the recorded one."""
    method, address, body = heard.pop()
    same(request["body"], body)
    if path:
        assert (request["method"], request["path"]) == (method, address), f"{method} {address} is not {request['path']}"


def slack(request):
    from slack_sdk import WebClient
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.metadata import Metadata
    from slack_sdk.webhook import WebhookClient

    body = request["body"]
    parsed = Block.parse_all(body["blocks"])
    assert len(parsed) <= 50, f"{len(parsed)} blocks"
    assert not any(type(block) is Block for block in parsed), "an unknown block"
    # The models measure what they write.
    same(body["blocks"], [block.to_dict() for block in parsed], "blocks")
    if "channel" not in body:
        answer = WebhookClient(base + request["path"]).send_dict(body)
        assert answer.status_code == 200
        return again(request)
    if "metadata" in body:
        metadata = Metadata(**body["metadata"])
        metadata.validate_json()
        same(body["metadata"], metadata.to_dict(), "metadata")
    client = WebClient(token="xoxb-1", base_url=base + "/")
    call = client.chat_update if request["path"].endswith("chat.update") else client.chat_postMessage
    call(**body)
    # The SDK turns what is no Unicode of JSON into escapes, which are read as the same.
    again(request)


def pagerduty(request):
    from pagerduty import EventsApiV2Client

    body = dict(request["body"])
    client = EventsApiV2Client(body.pop("routing_key"))
    # It takes no address without TLS.
    client._url = base
    action, key = body.pop("event_action"), body.pop("dedup_key")
    if action == "trigger":
        payload = body["payload"]
        assert payload["severity"] in ("critical", "error", "warning", "info"), payload["severity"]
        assert 0 < len(payload["summary"]) <= 1024 and payload["source"], "summary or source"
    else:
        assert not body, f"{action} takes nothing else: {body.keys()}"
    assert 0 < len(key) <= 255, "dedup_key"
    client.send_event(action, dedup_key=key, **body)
    again(request)
    if action == "trigger":
        # What its own shape for an alert makes of the same is the same but for the client's name.
        payload = dict(body["payload"])
        named = {name: payload.pop(name) for name in ("summary", "source", "severity")}
        client.trigger(**named, dedup_key=key, payload=payload, links=body.get("links"))
        ours = {name: value for name, value in request["body"].items() if name not in ("client", "client_url")}
        same(ours, heard.pop()[2])


def opsgenie(request):
    import opsgenie_sdk
    from opsgenie_sdk import AddNoteToAlertPayload, AlertApi, ApiClient, CloseAlertPayload, Configuration, CreateAlertPayload

    configuration = Configuration()
    configuration.host = base
    configuration.api_key["Authorization"] = "t"
    api = AlertApi(ApiClient(configuration))
    path = urllib.parse.urlsplit(request["path"]).path.split("/")
    limits = {"message": 130, "alias": 512, "description": 15000, "note": 25000, "source": 100, "user": 100}
    for name, most in limits.items():
        assert len(request["body"].get(name, "").encode("utf-16-le")) <= most * 2, f"{name} is too long"
    if len(path) == 3:
        api.create_alert(CreateAlertPayload(**request["body"]))
        details = request["body"]["details"]
        assert all(isinstance(value, str) for value in details.values()), "details are texts"
        assert sum(len(name) + len(value) for name, value in details.items()) <= 8000, "details are too long"
    else:
        identifier = urllib.parse.unquote(path[3])
        if path[4] == "notes":
            api.add_note(identifier, AddNoteToAlertPayload(**request["body"]), identifier_type="alias")
        else:
            api.close_alert(identifier, close_alert_payload=CloseAlertPayload(**request["body"]), identifier_type="alias")
    again(request)


def statuspage(request):
    import atlassian_statuspage as sdk

    configuration = sdk.Configuration()
    configuration.host = base + "/v1"
    api = sdk.IncidentsApi(sdk.ApiClient(configuration))
    path = request["path"].split("/")
    incident = dict(request["body"]["incident"])
    if request["method"] == "POST":
        inner, outer, parts = (
            sdk.PostPagesPageIdIncidentsIncident,
            sdk.PostPagesPageIdIncidents,
            sdk.PostPagesPageIdIncidentsIncidentComponents,
        )
    else:
        inner, outer, parts = (
            sdk.PatchPagesPageIdIncidentsIncident,
            sdk.PatchPagesPageIdIncidents,
            getattr(sdk, "PatchPagesPageIdIncidentsIncidentComponents", sdk.PostPagesPageIdIncidentsIncidentComponents),
        )
    for state in incident.get("components", {}).values():
        parts(state)
    # Unknown names and words that are not listed are errors.
    model = outer(incident=inner(**incident))
    if request["method"] == "POST":
        api.post_pages_page_id_incidents(model, path[3])
    else:
        api.patch_pages_page_id_incidents_incident_id(model, path[3], path[5])
    again(request)


def webhook(request):
    from standardwebhooks.webhooks import Webhook

    said = Webhook(request["secret"]).verify(request["text"], request["headers"])
    same(request["body"], said)


KINDS = {"slack": slack, "pagerduty": pagerduty, "opsgenie": opsgenie, "statuspage": statuspage, "webhook": webhook}
count, wrong = {}, []
for line in sys.stdin:
    request = json.loads(line)
    if request["kind"] not in KINDS:
        continue
    request["body"] = json.loads(request["text"])
    count[request["kind"]] = count.get(request["kind"], 0) + 1
    try:
        KINDS[request["kind"]](request)
    except Exception as error:
        wrong.append(f"{request['kind']}, {request['case']}, {request['path']}: {type(error).__name__}: {str(error)[:300]}")
for one in wrong:
    print(one, file=sys.stderr)
print(json.dumps(count))
sys.exit(1 if wrong or set(count) != set(KINDS) else 0)
