#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installing: exactly the promised files arrive, staged or not; a program built with nothing but what pkg-config
# says runs against the installed library, shared and static; uninstalling leaves no file.
# Part of make check.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
CC=${CC:-cc}

run_make() { make -s B="$BUILD" CC="$CC" "$@"; }
files() { (cd "$1" && find . ! -type d | LC_ALL=C sort); }

# ---- staged ----

version=$(sed -n 's/^#define FFI_INVOKE_VERSION_[A-Z]* //p' include/ffi_invoke.h | paste -s -d .)
major=${version%%.*}
stage=$work/stage
check "make install DESTDIR=... PREFIX=/usr" run_make install DESTDIR="$stage" PREFIX=/usr
check_text "just these files are installed" "$(files "$stage" | grep -v /man3/)" "./usr/bin/ffi
./usr/include/ffi_embed.h
./usr/include/ffi_invoke.h
./usr/include/ffi_syscalls.h
./usr/lib/cmake/ffi_invoke/ffi_invoke-config-version.cmake
./usr/lib/cmake/ffi_invoke/ffi_invoke-config.cmake
./usr/lib/libffi_invoke.a
./usr/lib/libffi_invoke.so
./usr/lib/libffi_invoke.so.$major
./usr/lib/libffi_invoke.so.$version
./usr/lib/libffi_invoke_small.a
./usr/lib/pkgconfig/ffi_invoke.pc
./usr/share/bash-completion/completions/ffi
./usr/share/fish/vendor_completions.d/ffi.fish
./usr/share/man/man1/ffi.1
./usr/share/zsh/site-functions/_ffi"
pages=$stage/usr/share/man/man3
sed -n 's/^FFI_IN[A-Z_]* .*[ *]\(ffi_[a-z_0-9]*\)(.*/\1/p' include/*.h | sort -u | while read -r function; do
    [ -e "$pages/$function.3" ] && grep -q "$function" "$pages/$function.3" || echo "$function"
done >"$work/unwritten"
check_text "each function has its manual page" "$(cat "$work/unwritten")" ""
check "and there are many" test "$(find "$pages" -type l | wc -l)" -gt 200
if command -v mandoc >/dev/null; then
    check_text "mandoc finds nothing to complain about" "$(find "$pages" -type f -exec mandoc -Tlint -W warning {} + 2>/dev/null)" ""
else
    skip "the pages are clean" "there is no mandoc"
fi
check_text "no stage is left in ffi_invoke.pc" "$(grep -c "$stage" "$stage/usr/lib/pkgconfig/ffi_invoke.pc")" 0
check "installing over it" run_make install DESTDIR="$stage" PREFIX=/usr
touch "$stage/usr/lib/not-ours"
check "make uninstall DESTDIR=... PREFIX=/usr" run_make uninstall DESTDIR="$stage" PREFIX=/usr
check_text "only what is not ours is left" "$(files "$stage")" ./usr/lib/not-ours
check_text "no folder of ours is left" "$(find "$stage" -type d -name '*ffi*')" ""

check "folders of one's own" run_make install DESTDIR="$stage" PREFIX=/usr LIBDIR=/usr/lib/here MANDIR=/man
check "LIBDIR holds the libraries, and its pkgconfig" test -f "$stage/usr/lib/here/libffi_invoke.a" \
    -a -f "$stage/usr/lib/here/pkgconfig/ffi_invoke.pc"
check "ffi_invoke.pc names it" grep -qx libdir=/usr/lib/here "$stage/usr/lib/here/pkgconfig/ffi_invoke.pc"
check "MANDIR holds the man page" test -f "$stage/man/man1/ffi.1"

# ---- in place, and used ----

prefix=$work/prefix
check "make install PREFIX=..." run_make install PREFIX="$prefix"

# The example is the one of the installed header's introduction.
sed -n 's/^ \* \{0,1\}//; /^    #include <ffi_invoke.h>/,/^    }/s/^    //p' \
    "$prefix/include/ffi_invoke.h" >"$work/example.c"
check "the header has an example" grep -q 'ffi_invoke(' "$work/example.c"

build_example() { # program, options of pkg-config, options of the compiler
    # shellcheck disable=SC2046,SC2086 # lists of words
    $CC -std=c11 -Wall -Wextra -Werror "$work/example.c" -o "$1" $(pkg-config $2 --cflags --libs ffi_invoke) $3
}

if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    check_text "pkg-config's version is the header's" "$(pkg-config --modversion ffi_invoke)" "$version"
    check "the example compiles" build_example "$work/shared" "" ""
    check_text "it runs with LD_LIBRARY_PATH" "$(LD_LIBRARY_PATH=$prefix/lib "$work/shared" 2>&1)" 1024
    check "the example compiles with an rpath" build_example "$work/rpath" "" "-Wl,-rpath,$prefix/lib"
    check_text "it runs" "$("$work/rpath" 2>&1)" 1024
    mkdir "$work/aside"
    mv "$prefix"/lib/libffi_invoke.so* "$work/aside"
    check "the example compiles where only libffi_invoke.a is" build_example "$work/archive" --static ""
    check_text "it runs" "$("$work/archive" 2>&1)" 1024
    mv "$work/aside"/* "$prefix/lib"
else
    skip "a program built by pkg-config" "pkg-config is not installed"
fi

# ---- README's lines for other builds ----

mkdir "$work/project" && cp "$work/example.c" "$work/project/program.c"
readme() { # the indented lines of README after `# name`, until a line that is not indented
    awk -v name="    # $1" '$0 == name { on = 1; next } on && !/^    ./ { exit } on' README.md | sed 's/^    //'
}
awk '/^    cc program.c/' README.md | sed "s/^ *cc /$CC /; s|\$HOME/local|$prefix|g" >"$work/lines"
check_text "README has two lines for cc" "$(wc -l <"$work/lines")" 2
while read -r line; do
    check "$line" sh -c "cd '$work/project' && $line"
    check_text "its program runs" "$("$work/project/program" 2>&1)" 1024
done <"$work/lines"

if command -v cmake >/dev/null; then
    for library in ffi_invoke::ffi_invoke ffi_invoke::static; do
        { echo 'cmake_minimum_required(VERSION 3.13)' && echo 'project(program C)' && echo 'add_executable(program program.c)'
          readme CMakeLists.txt | sed "s/ *#.*//; s/ffi_invoke::ffi_invoke/$library/"; } >"$work/project/CMakeLists.txt"
        rm -rf "$work/cmake"
        check "CMake configures README's lines with $library" env CC="$CC" cmake -S "$work/project" -B "$work/cmake" \
            -DCMAKE_PREFIX_PATH="$prefix"
        check "and builds" cmake --build "$work/cmake"
        check_text "and the program runs" "$("$work/cmake/program" 2>&1)" 1024
    done
    sed -i 's/find_package(ffi_invoke /&9.9 /' "$work/project/CMakeLists.txt"
    check "CMake refuses a later version" sh -c "! CC='$CC' cmake -S '$work/project' -B '$work/cmake2' -DCMAKE_PREFIX_PATH='$prefix'"
else
    skip "a program built by CMake" "cmake is not installed"
fi
if command -v meson >/dev/null && command -v ninja >/dev/null && command -v pkg-config >/dev/null; then
    { echo "project('program', 'c')" && readme meson.build; } >"$work/project/meson.build"
    check "Meson configures README's lines" env CC="$CC" meson setup "$work/meson" "$work/project"
    check "and builds" ninja -C "$work/meson"
    check_text "and the program runs" "$("$work/meson/program" 2>&1)" 1024
else
    skip "a program built by Meson" "meson, ninja or pkg-config is not installed"
fi
check_text "the installed ffi runs" "$("$prefix/bin/ffi" call m 'double pow(double, double)' 2 10 2>&1)" 1024

check "make uninstall PREFIX=..." run_make uninstall PREFIX="$prefix"
check_text "nothing is left" "$(files "$prefix")" ""
finish
