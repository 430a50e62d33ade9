#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The addon where Node-API refuses what it asks for, at each call in turn: with an exception, or since the worker is being
# ended.
# Part of make test that takes long.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=$(cd "${BUILD:?the build folder}" && pwd)
scripts=$(cd "$(dirname "$0")/node" && pwd)
cd "$root" || exit 1
addon=$BUILD/hosts/node
[ -e "$addon/ffi_invoke.node" ] || skip_all "the headers of Node-API are not installed"
headers=$(sed -n 's,^\([^ ]*/\)js_native_api\.h:$,\1,p' "$addon/module.d" | head -1)

FFI_INVOKE=$work CALLEE=$work/callee.so HEADER=$scripts/callee.h MANY=$(number 30 2000) # refusals of each operation
export FFI_INVOKE CALLEE HEADER MANY
${CC:-cc} -shared -fPIC -O1 -pthread "$scripts/callee.c" -o "$work/callee.so" || exit 1

# The functions of Node-API that the addon calls. Some are never refused: they read values that the module's JavaScript has
# checked, make numbers and constants, give back, or run on other threads.
never='napi_get_cb_info|napi_get_value_double|napi_get_value_bool|napi_get_undefined|napi_get_null|napi_get_boolean'
never="^($never|napi_create_double|napi_close_handle_scope|napi_delete_reference|napi_(un)?ref_threadsafe_function)\$"
objects=$(find "$addon" -maxdepth 1 -name '*.o')
# shellcheck disable=SC2086 # a list of files
nm -u $objects | sed -n 's/^ *U \(napi_.*\)/\1/p' | sort -u >"$work/used"
printf '#include <node_api.h>\n' | ${CC:-cc} -E -P -DNAPI_VERSION=8 -isystem "$headers" -x c - | tr '\n' ' ' | tr ';' '\n' |
    sed -n 's/.*napi_status *\(napi_[a-z0-9_]*\) *(\(.*\)).*/\1 \2/p' |
    awk -v never="$never" 'NR == FNR { used[$1] = 1 } NR == FNR || !($1 in used) || !/_env env/ { next }
        {
            name = $1
            $1 = ""
            count = split($0, parameters, ",")
            arguments = ""
            for (i = 1; i <= count; i++) {
                sub(/.*[ *]/, "", parameters[i])
                arguments = arguments (i > 1 ? ", " : "") parameters[i]
            }
            takes = name ~ /create_reference/ ? 1 : name ~ /delete_reference/ ? -1 : 0
            print "WRAP(" name ", " (name !~ never) ", " takes ", (" $0 "), (" arguments "))"
        }' "$work/used" - >"$work/wrapped.h"
wraps=$(for name in $(sed 's/WRAP(\([^,]*\).*/\1/' "$work/wrapped.h") malloc calloc free ffi_thunk_new ffi_thunk_free ffi_callback_typed ffi_callback_free \
    ffi_library_function ffi_function_free ffi_queue_drain; do echo "-Wl,--wrap=$name"; done)
cp -r "$addon/index.js" "$addon/lib" "$work"
# shellcheck disable=SC2086 # lists
${CC:-cc} -r -nostdlib $wraps $objects -o "$work/wrapped.o" &&
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror -shared -fPIC -O1 -pthread -Iinclude -isystem "$headers" -iquote "$work" \
        test/host/node/refused.c "$work/wrapped.o" "$BUILD/libffi_invoke.a" -Wl,-z,nodelete -ldl -o "$work/ffi_invoke.node" || exit 1

. "$scripts/runtimes.sh"

cd "$work" || exit 1
find_runtimes | sort -u -k1,2 >runtimes
[ -s runtimes ] || skip_all "there is no Node, Bun or Deno"
while read -r kind version command; do
    # shellcheck disable=SC2086 # a command and its options
    told "$kind $version" $command "$scripts/refused.mjs" </dev/null
done <runtimes | joined >results
cat results
! grep -q '^not ok' results
