#!/usr/bin/env bash
# Installs what the services themselves publish for reading messages to them, beside what cargo builds or in the folder that
# is named, and prints the folder.
#
# For `BACKOUT_TEST_PAYLOADS=$(scripts/payload-schemas.sh) cargo test -p backout-connectors payloads`: Slack's, PagerDuty's
# and Opsgenie's SDKs, the client made of Statuspage's OpenAPI document, Standard Webhooks' library, Microsoft's parser of
# Adaptive Cards, Discord's builders as discord.js has them, and GitHub's OpenAPI document. Needs python3 with venv, node
# with npm, and both package indexes.
set -euo pipefail
cd "$(dirname "$0")/.."

# The folder's name says what is in it: other versions get another one.
python="slack-sdk==3.47.0 pagerduty==7.2.0 opsgenie-sdk==2.1.5 atlassian-statuspage==1.0.2 standardwebhooks==1.1.0"
node="adaptivecards@3.0.6 @discordjs/builders@1.15.0 @octokit/openapi@23.0.2 ajv@8.20.0"
folder=${1:-${CARGO_TARGET_DIR:-target}/payload-schemas-$(printf %s "$python $node" | cksum | cut -d' ' -f1)}

if ! [ -e "$folder/installed" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo "setup: installing readers of messages into $folder" >&2
    # shellcheck disable=SC2086 # a word each
    {
        python3 -m venv "$folder/python" >&2
        "$folder/python/bin/pip" install --quiet --disable-pip-version-check $python >&2
        npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error $node >&2
    }
    touch "$folder/installed"
fi
cd "$folder" && pwd
