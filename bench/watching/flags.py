"""Twenty flags of the same rules for both servers: ten for everybody, five by percent, five for a domain of addresses.

    flags.py flagd                    prints them as flagd has them
    flags.py unleash ADDRESS TOKEN    makes them in an unleash-server, for its environment `development`
"""

import json
import sys
import urllib.error
import urllib.request

NAMES = [f"{kind}-{number}" for kind, count in (("plain", 10), ("percent", 5), ("domain", 5)) for number in range(count)]
DOMAIN = "@shop.example"


def rule(name):
    if name.startswith("percent"):
        key = {"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}
        return {"targeting": {"fractional": [key, ["on", 25], ["off", 75]]}}
    if name.startswith("domain"):
        return {"targeting": {"if": [{"ends_with": [{"var": "email"}, DOMAIN]}, "on", "off"]}}
    return {}


def flagd():
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}}
    default = lambda name: "on" if name.startswith("plain") else "off"
    return {"flags": {name: {**flag, "defaultVariant": default(name), **rule(name)} for name in NAMES}}


def unleash(address, token):
    def ask(path, value):
        body = json.dumps(value).encode()
        head = {"content-type": "application/json", "authorization": token}
        request = urllib.request.Request(f"{address}/api/admin{path}", body, head)
        try:
            urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{path}: {error} {error.read().decode()}")

    ask("/context", {"name": "email"})
    features = "/projects/default/features"
    for name in NAMES:
        constraints = []
        rollout = "25" if name.startswith("percent") else "100"
        if name.startswith("domain"):
            constraints = [{"contextName": "email", "operator": "STR_ENDS_WITH", "values": [DOMAIN], "inverted": False}]
        parameters = {"rollout": rollout, "stickiness": "userId", "groupId": name}
        strategy = {"name": "flexibleRollout", "parameters": parameters, "constraints": constraints}
        ask(features, {"name": name, "type": "release"})
        ask(f"{features}/{name}/environments/development/strategies", strategy)
        ask(f"{features}/{name}/environments/development/on", {})


if __name__ == "__main__":
    if sys.argv[1] == "flagd":
        print(json.dumps(flagd()))
    else:
        unleash(*sys.argv[2:])
