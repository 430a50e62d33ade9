#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The build: complete and without a warning by each compiler with many jobs at once, idle when nothing changed, and after a
# change making what depends on it and nothing else. It runs in a copy whose path has a space.
# Part of make test that takes long.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/compilers.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
copy="$work/a copy"
mkdir "$copy"
cd "$root" || exit 1
cp -R Makefile arch include src tools "$copy"
cd "$copy" || exit 1

# What is built by the last compiler serves all checks that follow. Without -g, which takes time and warns of nothing.
compiler=${CC:-cc}
run_make() { make CC="$compiler" CFLAGS=-O2 "$@"; }

# The files that a build compiles or assembles, in order of their names.
made() { run_make V=1 "$@" 2>&1 | grep -oE '[^ ]+\.(c|asm) -o ' | sed 's/ -o //' | LC_ALL=C sort; }

# Those that include a header, as the compiler sees it, of the library and the program; those for Windows left out.
including() {
    for source in src/*.c src/*/*.c src/embed/os/*.c arch/*/*.c tools/ffi/*.c; do
        case $source in *_win32*.c) continue ;; esac
        ls build/*/"${source%.c}.o" >/dev/null 2>&1 || continue # another target's
        ! $compiler -std=c11 -Iinclude -iquote src -MM "$source" | grep -q "$1" || echo "$source"
    done | LC_ALL=C sort
}

# Nothing can be told by the clock if a file is as old as what was made of it.
touch_later() { sleep 0.02 && touch "$1"; }

for family in gcc clang; do
    judges $family "a build without warnings"
    while read -r _ version path; do
        compiler=$path
        run_make -s clean
        check_text "$family $version warns of nothing, by many jobs, with a space in the path" "$(run_make -s -j16 2>&1 </dev/null)" ""
        check "its program runs" build/*/ffi call m 'double pow(double, double)' 2 10
    done <"$work/judges"
done
[ -e build ] || check "make with many jobs, with a space in the path" run_make -j16 # there is neither family
check "it makes the archive" test -f build/*/libffi_invoke.a
check "it makes the shared library" test -f build/*/libffi_invoke.so
check "it makes the program" test -x build/*/ffi
check "then there is nothing to do" run_make -q
check_text "and nothing is said" "$(run_make -s)" ""

touch_later src/plan/plan.h
wanted=$(including src/plan/plan.h)
check "several files include src/plan/plan.h" test "$(echo "$wanted" | wc -l)" -gt 1
check_text "touching src/plan/plan.h compiles what includes it" "$(made -j16)" "$wanted"
check "then there is nothing to do" run_make -q

touch_later src/parse/lex.c
check_text "touching src/parse/lex.c compiles it alone" "$(made)" src/parse/lex.c

touch_later arch/offsets.h
# win64_steps.asm is for Windows only.
check_text "touching arch/offsets.h assembles the stubs anew" "$(made | grep '\.asm')" \
    "$(ls arch/*/*.asm | grep -v '/win64_steps\.asm$')"

cp src/parse/lex.c lex.kept
echo '#error' >>src/parse/lex.c
check "a mistake stops the build" eval '! run_make'
sleep 0.02
cp lex.kept src/parse/lex.c
check "and mended, it goes on" run_make
check "then there is nothing to do" run_make -q

touch_later include/ffi_invoke.h
check_text "touching the public header would compile what includes it" "$(made -n | grep -v '\.asm')" \
    "$(including include/ffi_invoke.h)"

check "make clean" run_make clean
check "nothing is left of it" test ! -e build
finish
