#!/usr/bin/env bash
# Fetch the consent banners that the site's script reads by itself, as their authors publish them, for its browser tests.
# Usage: tools/fetch_banners.sh FOLDER. Nothing of them is committed; without npm or a network the tests skip.
set -euo pipefail

folder=${1:?usage: tools/fetch_banners.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
for package in orejime@3.2.1 tarteaucitronjs@1.34.0; do
    name=${package%@*}
    [ -d "$name" ] && continue
    archive=$(npm pack --silent "$package" 2>/dev/null)
    mkdir "$name.part"
    tar -xzf "$archive" -C "$name.part" --strip-components=1
    mv "$name.part" "$name"
    rm "$archive"
done
