#!/usr/bin/env bash
# Install the real clients that tests/conformance drives, each at the version that is written down there, into .sdks/.
set -euo pipefail

cd "$(dirname "$0")/.."
asked=tests/conformance
made=.sdks
python=${PYTHON:-python3}

mkdir -p "$made"
for list in "$asked"/python*.txt; do
    env=$made/$(basename "$list" .txt)
    if ! cmp -s "$list" "$env/asked.txt"; then
        rm -rf "$env"
        "$python" -m venv "$env"
        "$env/bin/python" -m pip install -qq --disable-pip-version-check -r "$list"
        cp "$list" "$env/asked.txt"
    fi
done

command -v npm >/dev/null || { echo "no npm: the clients for Node and browsers stay away" >&2; exit 0; }
if ! cmp -s "$asked/package.json" "$made/node/asked.json"; then
    mkdir -p "$made/node"
    cp "$asked/package.json" "$made/node/package.json"
    npm install --prefix "$made/node" --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel error
    cp "$asked/package.json" "$made/node/asked.json"
fi
