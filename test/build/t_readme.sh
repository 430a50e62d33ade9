#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What README promises a newcomer, done as it says: its example, its commands in the shell with their output, the
# targets of make, and tools/build/setup.sh where nothing can be installed.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
CC=${CC:-cc}
unset MAKEFLAGS MFLAGS MAKELEVEL WERROR
PATH=$(cd "$BUILD" && pwd):$PATH

# ---- the example, and the commands behind a $ with the lines that follow them ----

sed -n '/^```c$/,/^```$/p' README.md | sed '/^```$/q' | grep -v '^```' >"$work/example.c"
check "README's example is built" "$CC" -std=c11 -Wall -Wextra -Werror -Iinclude "$work/example.c" \
    "$BUILD/libffi_invoke.a" -o "$work/example"
check_text "and prints what pow(2, 10) is" "$("$work/example" 2>&1)" 1024
sed -n '/^## Being called/,/^## /p' README.md | sed -n '/^```c$/,/^```$/p' | grep -v '^```' >"$work/called.c"
check "README's example of a callback is built" "$CC" -std=c11 -Wall -Wextra -Werror -Iinclude "$work/called.c" \
    "$BUILD/libffi_invoke.a" -o "$work/called"
check_text "and sorts" "$("$work/called" 2>&1)" "0 1 2 3"
sed -n '/^## With your own values/,/^## /p' README.md | sed -n '/^```c$/,/^```$/p' | grep -v '^```' >"$work/values.c"
check "README's example of values is built" "$CC" -std=c11 -Wall -Wextra -Werror -Iinclude "$work/values.c" \
    "$BUILD/libffi_invoke.a" -o "$work/values"
check_text "and prints what README says" "It prints \`$("$work/values" 2>&1)\`." "$(grep '^It prints `argument' README.md)"
check "README's first example is the header's, line by line" sh -c "
    sed -n '/^ \*     #include <ffi_invoke/,/^ \*     }/s/^ \*  *//p' include/ffi_invoke.h >'$work/header'
    sed 's/^  *//; /^\$/d' '$work/example.c' >'$work/readme'
    grep -v '^ \*\$' '$work/header' | sed '/^ *\*\$/d' | diff - '$work/readme'"

awk '
    /^    \$ /         { n++; open = 1; sub(/ +#.*/, ""); print substr($0, 7) >(dir "/" n ".sh"); next }
    open && /^    /    { print substr($0, 5) >(dir "/" n ".out"); next }
                       { open = 0 }' dir="$work" README.md
for script in "$work"/[0-9]*.sh; do
    if [ ! -e "${script%.sh}.out" ]; then # only a comment says what it prints
        (cd "$work" && sh "$script") >"$work/said" 2>&1
        status=$?
        case $(cat "$script") in
        'ffi check '*) check "\$ $(cat "$script"): it compares, or has no debug information" grep -qE '^ffi: 1 declaration does not agree|without debug information|by symbol alone' "$work/said" ;;
        *) check "\$ $(cat "$script"): it ends well" test $status = 0 ;;
        esac
        continue
    fi
    check_text "\$ $(cat "$script")" "$(sh "$script" 2>&1)" "$(cat "${script%.sh}.out")"
done

# ---- make ----

for target in all demo check test test-all bench fuzz install uninstall fmt lint help clean; do
    check "make help tells of $target" sh -c "make -s B='$work/help' help | grep -q '^$target '" # with other flags than ours
done
what_stops() { make -n "$@" 2>&1 | sed -n 's/^Makefile:[0-9]*: \(\*\*\* .*\)  Stop\.$/\1/p'; }
check_text "a compiler that is not there" "$(what_stops CC=no-such-cc)" \
    "*** no-such-cc -dumpmachine names no target: install a C compiler, or set CC or TARGET."
check "and a target that is none" sh -c "echo \"\$1\" | grep -q \"no target 'none': there are .*x86_64\"" - "$(what_stops TARGET=none)"
mkdir "$work/copy" && cp -r Makefile include src arch test tools bench .clang-format "$work/copy"
if command -v clang-format >/dev/null; then
    printf 'int   crooked( void )\n{return 1;}\n' >>"$work/copy/src/plan/abi.c"
    check "make fmt runs" make -s -C "$work/copy" fmt
    check "and formats" grep -q '^int crooked(void) {' "$work/copy/src/plan/abi.c"
    cp src/plan/abi.c "$work/copy/src/plan/abi.c"
    check "and leaves everything else as it is" diff -r src "$work/copy/src"
else
    skip "make fmt" "clang-format is not installed"
fi
build() { make -s -j2 -C "$work/copy" CC="$CC" "$@"; }
object=$(cd "$work/copy" && echo "build/${BUILD##*/}/src/base/map.o")
check "it is built with one set of flags" build CFLAGS=-O1 "$object"
cp "$work/copy/$object" "$work/first.o"
check "and with another" build CFLAGS='-O0 -g' "$object"
check "which builds it again" sh -c "! cmp -s '$work/first.o' '$work/copy/$object'"
check "-flto does no harm" build CFLAGS="-O2 -g -flto -ffile-prefix-map=$work/copy=." "build/${BUILD##*/}/libffi_invoke.a"
check "its archive has no path of its folder, which -ffile-prefix-map takes out" \
    sh -c "! grep -q '$work/copy' '$work/copy/build/${BUILD##*/}/libffi_invoke.a'"
check "its archive links" "$CC" -std=c11 -Iinclude "$work/example.c" \
    "$work/copy/build/${BUILD##*/}/libffi_invoke.a" -o "$work/example-lto"

# ---- setup.sh ----

said=$(tools/build/setup.sh build 2>&1)
check_text "setup.sh says nothing when all is there" "$said" ""
mkdir "$work/bin"
for word in sh sed awk grep cat tr echo id uname printf sort tail head dirname cut expr env; do
    found=$(command -v "$word") && [ -x "$found" ] && ln -s "$found" "$work/bin/$word"
done
PATH=$work/bin NASM=no-such-nasm sh tools/build/setup.sh build >"$work/said" 2>&1
status=$?
check "setup.sh without apt fails" [ $status -ne 0 ]
for system in Debian Fedora Arch Alpine macOS; do
    check "and has the command for $system" grep -q "$system.*nasm" "$work/said"
done
check "and says what for" grep -q 'assembles the stubs' "$work/said"

# ---- libraries that only a folder has ----

mkdir "$work/folder"
echo 'int only_here(void) { return 9; }' | "$CC" -shared -fPIC -x c - -o "$work/folder/libonlyhere.so.3"
cp "$work/folder/libonlyhere.so.3" "$work/folder/libonlyhere.so.3.bak"
check_text "a versioned library in LD_LIBRARY_PATH" \
    "$(LD_LIBRARY_PATH=$work/folder ffi call onlyhere 'int only_here(void)' 2>&1)" 9
mkdir "$work/own"
cp "$work/folder/libonlyhere.so.3" "$work/own/libm.so"
check_text "m means the process's libm, and not a libm.so in LD_LIBRARY_PATH" \
    "$(LD_LIBRARY_PATH=$work/own ffi call m 'double floor(double)' 2.5 2>&1)" 2
check_text "which its file name opens" "$(LD_LIBRARY_PATH=$work/own ffi call libm.so 'int only_here(void)' 2>&1)" 9
in_folder() { # LD_LIBRARY_PATH, name: called from the folder that has the library
    (cd "$work/folder" && LD_LIBRARY_PATH=$1 ffi call "$2" 'int only_here(void)' 2>/dev/null) || echo "not found"
}
for path in '' /nowhere /nowhere/a:/nowhere/b; do
    for name in onlyhere libonlyhere.so.3; do
        check_text "LD_LIBRARY_PATH='$path': $name in the current folder" "$(in_folder "$path" "$name")" "not found"
    done
done
for path in : /nowhere: :/nowhere /nowhere::/usr . ; do
    for name in onlyhere libonlyhere.so.3; do
        check_text "LD_LIBRARY_PATH='$path' names the current folder for $name" "$(in_folder "$path" "$name")" 9
    done
done
if unshare -m true 2>/dev/null; then
    check_text "the C library's own where there is no cache" "$(unshare -m sh -c \
        'mount --bind /dev/null /etc/ld.so.cache && ffi call m "double cos(double)" 0' 2>&1)" 1
else
    skip "libraries where there is no cache" "this user cannot mount"
fi
finish
