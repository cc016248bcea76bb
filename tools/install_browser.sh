#!/usr/bin/env bash
# Install Debian's (or Ubuntu's) Chromium where there is none: what `make test-browser` looks at pages with.
set -euo pipefail

if command -v chromium >/dev/null; then
    chromium --version
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "no chromium, and no apt-get to install it with: install Chromium so that 'chromium' is on the PATH" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "no chromium: ask root for 'apt-get install chromium'" >&2; exit 1; }
    as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
chromium --version
