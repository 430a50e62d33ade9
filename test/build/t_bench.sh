#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The benchmarks run, compare results before times, and write rows that a program can read. No time is judged
# here: a quick run says nothing about it. Instructions are counted exactly, so their ceiling is checked.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
bench=$BUILD/bench
tsv=$work/bench.tsv
tab=$(printf '\t')

run() { # PROGRAM ARGUMENTS...: a quick run; what it says stays in $work/PROGRAM
    program=$1
    shift
    "$bench/$program" --quick --tsv "$tsv" "$@" >"$work/$program" || return 1
    cat "$work/$program"
    grep -q '^[0-9]* targets met, [0-9]* missed$' "$work/$program"
}

# The rows of a group, by the beginning of its name, and of one contender; of calls those with arguments `kept`, or
# `written` just before the call.
rows() { # GROUP WHO [written]
    awk -F "$tab" -v group="$1" -v who="$2" -v how="${3:-kept}" \
        'index($3, group) == 1 && $5 == who && $13 == how' "$tsv"
}

check "a library of one name" bench/names.sh 1 "$work/names_1.so"
check "a library of 1,000 names" bench/names.sh 1000 "$work/names_1000.so"
check "that many names" [ "$(nm -D "$work/names_1000.so" | grep -c ' T f[0-9]*$')" = 1000 ]
cp "$BUILD/libffi_invoke.so" "$work/library.so"
header=$work/sqlite3.i
echo '#include <sqlite3.h>' | ${CC:-cc} -E - >"$header" 2>/dev/null || rm -f "$header"
for link in '' -shared; do
    check "bench_call$link" run "bench_call$link"
    check "bench_callback$link" run "bench_callback$link"
    check "bench_thread$link" run "bench_thread$link"
    check "bench_bind$link" run "bench_bind$link" "$work"
    check "bench_signature$link" run "bench_signature$link"
    check "bench_embed$link" run "bench_embed$link"
    check "bench_load$link" run "bench_load$link" "$work/library.so"
    check "all results are the C call's (bench_call$link)" \
        grep -q '^[1-9][0-9]* results are the same' "$work/bench_call$link"
done

for link in '' -shared; do
    check "the libffi of bench_call$link is not the drop-in" \
        sh -c "! ldd '$BUILD/bench/bench_call$link' | grep 'libffi.so.* => .*/bench/../'"
done

links=$(cut -f 2 "$tsv" | sort -u | tr '\n' ' ')
check "it is said which library was measured" [ "$links" = "library shared static " ]
check "every row has 13 columns" awk -F "$tab" 'NF != 13 { print; bad = 1 } END { exit bad }' "$tsv"
check "times are positive, and no minimum is above its median" \
    awk -F "$tab" 'NR > 1 && $8 == "ns" && !($7 > 0 && $7 <= $6) { print; bad = 1 } END { exit bad }' "$tsv"
check "a row with a target is judged, and no other" \
    awk -F "$tab" 'NR > 1 && ($11 == "") != ($12 == "") { print; bad = 1 } END { exit bad }' "$tsv"
shapes=$(rows Calls, 'C call' | wc -l)
check "each shape has a C call, ffi_invoke and ffi_invoke_pointers" \
    [ "$shapes" -ge 52 -a "$(rows Calls, ffi_invoke | wc -l)" = "$shapes" \
    -a "$(rows Calls, ffi_invoke_pointers | wc -l)" = "$shapes" ]
check "each shape is also called with arguments written just before, by each of them" \
    [ "$(rows Calls, 'C call' written | wc -l)" = "$shapes" \
    -a "$(rows Calls, ffi_invoke written | wc -l)" = "$shapes" \
    -a "$(rows Calls, ffi_invoke_pointers written | wc -l)" = "$shapes" ]
check "each shape in registers has a target both ways" awk -F "$tab" '
    $3 ~ /^Calls, / && $5 == "ffi_invoke" && $11 ~ /1.8x/ { rows++; ways[$2 " " $4]++ }
    END { for (shape in ways) if (ways[shape] != 2) { print shape; bad = 1 }; exit bad || rows < 68 }' "$tsv"
check "both ways are printed side by side" [ "$(awk '/^Both ways/ { on = 1 } /^$/ { on = 0 }
    on && $NF ~ /^[0-9x.]+$/ && / [0-9.]+x .* [0-9.]+x/' "$work/bench_call" | wc -l)" = $((shapes / 2)) ]
check "what is above 1.8x is named both ways" \
    [ "$(grep -c '^ffi_invoke above 1.8x, arguments [kw].*: ' "$work/bench_call")" = 2 ]

callbacks=$(rows 'Calls by native' ffi_callback | wc -l)
check "each shape is called back, but what is variadic, chained or sets errno" \
    [ "$callbacks" = $((shapes - 8)) -a "$(rows 'Calls by native' 'C function' | wc -l)" = "$callbacks" ]

# Judged by how the times compare, which a quick run does not tell: so that they are judged at all.
judged() { # COUNT GROUP WHAT WHO: the rows have a target
    [ "$(rows "$2" "$4" | awk -F "$tab" -v what="$3" 'index($4, what) == 1 && $11 != ""' | wc -l)" = "$1" ]
}
check "structs have a target" judged 2 Calls, 'point(' ffi_invoke
check "wide ones too" judged 2 Calls, 'wide(' ffi_invoke
check "functions are bound by declared prototypes" judged 2 Binding 'one by one' 'the same, declared'
check "declared names are looked up, among more in the same time" \
    judged 2 'Cached look-up' '1000 names, one' ffi_declared_type
if [ -e "$header" ]; then
    check "a header is declared" judged 2 Declaring sqlite3.h ffi_declare
else
    skip "a header is declared" "sqlite3.h is not installed"
    check "this is said" grep -q 'left out: sqlite3.h' "$work/bench_bind"
fi
check "the threads' run is not said to be pinned to one" sh -c "! grep 'pinned to one' '$work/bench_thread'"
check "the others' are" grep -q 'pinned to one' "$work/bench_bind"

if grep -q 'left out: instructions' "$work/bench_call"; then
    skip "instructions" "$(sed -n 's/.*left out: instructions: //p' "$work/bench_call")"
else
    check "instructions of each shape" [ "$(rows Instructions ffi_invoke | wc -l)" = "$shapes" ]
    check "a C call is one instruction up to the callee" \
        awk -F "$tab" '$5 == "C call" && $8 == "instr" && $6 != 1 { print; bad = 1 } END { exit bad }' "$tsv"
    check "writing arguments takes a load and a store at least" awk -F "$tab" '
        $8 == "instr" && $5 == "C call" && $4 != "void()" && $13 == "kept" { kept[$2 $4] = $10; shapes++ }
        $8 == "instr" && $5 == "C call" && $13 == "written" && $2 $4 in kept && $10 >= kept[$2 $4] + 2 { written++ }
        END { exit !shapes || written != shapes }' "$tsv"
    rows Instructions ffi_invoke | awk -F "$tab" '$11 != ""' >"$work/ceilings"
    check "ceilings are there" [ "$(wc -l <"$work/ceilings")" -ge 14 ]
    check "at most 14 + 2 instructions per argument" \
        awk -F "$tab" '$12 != "met" { print; bad = 1 } END { exit bad }' "$work/ceilings"
fi

# ---- what does not work is not measured ----

mkdir "$work/bad"
cp "$work/names_1000.so" "$work/bad"
echo 'int sqlite3_open_v2(;' >"$work/bad/sqlite3.i"
check "a header that cannot be declared is refused" sh -c "! '$bench/bench_bind' --quick '$work/bad'"

# ---- one group of shapes ----

check "a pattern chooses shapes" env BENCH_ROUNDS=1 "$bench/bench_call" --quick --tsv "$work/one.tsv" '^int('
check "no other is measured or counted" \
    awk -F "$tab" 'NR > 1 && $4 !~ /^int\(/ { print; bad = 1 } END { exit bad || NR < 10 }' "$work/one.tsv"
check "BENCH_FILTER does the same" env BENCH_FILTER='^int(' "$bench/bench_callback" --quick \
    --tsv "$work/one_callback.tsv"
check "no others" awk -F "$tab" 'NR > 1 && $4 !~ /^int\(/ { print; bad = 1 } END { exit bad || NR < 5 }' \
    "$work/one_callback.tsv"
check "a pattern that matches nothing is refused" sh -c "! '$bench/bench_call' --quick nothing"
check "BENCH_ROUNDS=0 is refused" sh -c "! BENCH_ROUNDS=0 '$bench/bench_call' --quick"

check "an unknown option is refused" sh -c "! '$bench/bench_call' --fast"
mkdir "$work/short"
cp "$work/names_1.so" "$work/short/names_1000.so"
check "a library without the names is refused" sh -c "! '$bench/bench_bind' --quick '$work/short'"
finish
