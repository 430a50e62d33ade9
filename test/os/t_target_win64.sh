#!/bin/sh
# SPDX-License-Identifier: MIT
# Windows under Wine.
target=win64 tools='x86_64-w64-mingw32-gcc wine'
. "$(dirname "$0")/target.sh"
