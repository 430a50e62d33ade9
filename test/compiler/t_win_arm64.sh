#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Windows on Arm without Windows. The programs that call are run where long has 8 bytes, char is unsigned, and wchar_t has
# 4 bytes.
# shellcheck disable=SC2034 # read by arm64.sh
abi=win-arm64 target=aarch64-pc-windows-msvc to_elf=coff2elf.sed scalar_callers='' value_callers=windows-variadic-callers few=120
kinds='-fsigned-char -DWCHAR_KIND=FFI_KIND_U16 -DLONG_SIZE=4 -DWINDOWS_CALLEES' options=-mno-stack-arg-probe
. "$(dirname "$0")/arm64.sh"
