#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Programs whose indirect calls clang checks by type (-fsanitize=cfi-icall, kcfi, function) may call ffi_invoke, which is
# in line there. Each is built with the newest clang at -O0 and -O2, as C and as C++.
here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"

read -r family version clang <<END
$(newest clang)
END
[ "$clang" ] || skip_all "clang is not installed"
echo "# by $family $version"

lld=$(command -v "ld.lld-${version%%.*}" || command -v ld.lld)

build() { # options: the language's first
    # shellcheck disable=SC2086 # options are words
    "$clang" $1 -Wall -Wextra -fvisibility=hidden -I"$root/include" -I"$root/test/lib" "$here/checked_calls.c" -x none \
        "$BUILD/libffi_invoke.a" -o "$work/program" $2
}

# Whether this clang has the sanitizer with all that it needs, and it stops a wrong call: else there is no test.
has() { # options
    cat >"$work/wrong.c" <<'END'
static int wrong(int a) { return a; }
int main(void) { void *volatile at = (void *)wrong; return (int)((double (*)(double, double))at)(1, 2) & 0; }
END
    # shellcheck disable=SC2086
    "$clang" -O1 $1 -fvisibility=hidden "$work/wrong.c" -o "$work/wrong" 2>"$work/why" &&
        { "$work/wrong"; [ $? != 0 ]; } 2>/dev/null
}

for sanitizer in cfi-icall kcfi function; do
    options="-fsanitize=$sanitizer"
    case $sanitizer in
    cfi-icall) options="$options -flto -fuse-ld=$lld" ;;
    function) options="$options -fno-sanitize-recover=all -DCALLS_BACK" ;;
    esac
    if ! has "$options"; then
        skip "$sanitizer" "this clang cannot build or does not check with it: $(grep -m 1 error "$work/why")"
        continue
    fi
    for level in -O0 -O2; do
        for language in '-x c -std=c11' '-x c++ -std=c++17'; do
            check "$options $level $language is built" build "$language" "$level $options"
            check "and its calls are not stopped" "$work/program"
        done
    done
done
finish
