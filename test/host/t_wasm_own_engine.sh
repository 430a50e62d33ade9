#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The part of the WebAssembly host that knows no engine, with an engine of its own: wasm/own_engine.c.
. "$(dirname "$0")/../lib/tap.sh"

own=${BUILD:?the build folder}/hosts/wasm/own_engine
[ -x "$own" ] || skip_all "libwabt is not installed, and the host not built"
"$own"
