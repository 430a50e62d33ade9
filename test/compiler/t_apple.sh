#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Apple's variant of AAPCS64 without a Mac. The programs that call are run where char is unsigned and wchar_t too; the
# callees' are signed.
# shellcheck disable=SC2034 # read by arm64.sh
abi=apple-arm64 target=arm64-apple-macos to_elf=mach2elf.sed scalar_callers=apple-variadic-callers
value_callers=$scalar_callers few=512
kinds='-fsigned-char -DWCHAR_KIND=FFI_KIND_I32' options='-mllvm -aarch64-neon-syntax=generic'
. "$(dirname "$0")/arm64.sh"
