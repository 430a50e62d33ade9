#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make bench in its quick mode: every row runs, and its results are right; the summary, the files, the pictures and the
# comparison have what they should. No time is judged here, because a quick run says nothing about it.
. "$(dirname "$0")/../lib/tap.sh"

[ -z "${RUNNER:-}" ] || skip_all "only the instructions are counted under an emulator, by t_ceilings.sh"
! is_musl || skip_all "the other libraries are not those of musl"
cd "$root" || exit 1
tab=$(printf '\t')
export BUILD CC="${CC:-cc}" STRIP="${STRIP:-strip}" RUNNER='' TARGET="${BUILD##*/}"
tsv=$BUILD/bench.tsv
json=$work/bench.json

check "a quick run" sh -c "bench/run.pl --quick --json '$json' --csv '$work/bench.csv' >'$work/said' 2>'$work/errors'"
sed 's/^/# /' "$work/said" "$work/errors" | cut -c 1-150

# ---- the summary ----

table=$(sed -n '/^nanoseconds/,/^$/p' "$work/said" | sed '1d; $d')
check "the summary comes first" sh -c "head -n 2 '$work/said' | grep -q '^nanoseconds .* C .* target '"
check "it has at most 25 rows, and 20 at least" [ "$(echo "$table" | wc -l)" -le 25 -a "$(echo "$table" | wc -l)" -ge 20 ]
check "each has ours beside C" [ "$(echo "$table" | grep -c ' [0-9.]* *[0-9.]* *[0-9]*\.[0-9][0-9] ')" = "$(echo "$table" | wc -l)" ]
check "one sentence is on the machine" grep -q ' processors, load .* dropped because .*\.$' "$work/said"
check "the peers are named with how they are linked" grep -q '^Peers: .*switch (.* cases, compiled by ' "$work/said"
check "no colours where there is no terminal" sh -c "! grep -q '$(printf '\033')' '$work/said' '$work/errors'"
check "no progress either" sh -c "! grep -q ' of [0-9]*, row ' '$work/errors'"

# ---- the files ----

check "the JSON is valid" perl -MJSON::PP -0777 -ne 'my $all = decode_json($_); exit !(@{ $all->{rows} } > 1000 && $all->{machine}{processor})' "$json"
check "every row of bench.tsv has as many columns as the heading" \
    awk -F "$tab" 'NR == 1 { n = NF } NF != n { print; bad = 1 } END { exit bad || n < 10 }' "$tsv"
check "the CSV has as many rows" [ "$(wc -l <"$work/bench.csv")" = "$(wc -l <"$tsv")" ]
check "times are positive, and no quartile is above the median" awk -F "$tab" '
    NR > 1 && $7 != "" { rows++; if (!($8 > 0 && $8 <= $7 && $7 <= $9)) { print; bad = 1 } } END { exit bad || rows < 1000 }' "$tsv"
rows() { # LINK GROUP WAY WHO
    awk -F "$tab" -v link="$1" -v group="$2" -v way="$3" -v who="$4" \
        '$1 == link && $2 == group && $4 == way && $5 == who && $7 != ""' "$tsv" | wc -l
}
for link in static shared; do
    for way in kept written '8 targets' '256 targets'; do
        shapes=$(rows $link calls "$way" C)
        check "60 shapes are called by C, $way, $link library" [ "$shapes" -ge 60 ]
        check "and by ffi_invoke" [ "$(rows $link calls "$way" ffi_invoke)" = "$shapes" ]
        check "and by ffi_invoke_pointers" [ "$(rows $link calls "$way" ffi_invoke_pointers)" = "$shapes" ]
    done
    check "results are chained where they can be" [ "$(rows $link calls chained ffi_invoke)" -ge 35 ]
    check "each shape without variable arguments is called back" [ "$(rows $link callbacks kept ffi_invoke)" -ge 57 ]
done
check "the small library calls and is called" [ "$(rows small calls kept ffi_invoke)" -ge 60 -a "$(rows small callbacks kept ffi_invoke)" -ge 57 ]
check "every contender has a ratio to C, round by round" awk -F "$tab" '
    NR > 1 && $2 ~ /^call/ && $5 == "ffi_invoke" { rows++; if (!($12 > 0 && $13 <= $14)) { print; bad = 1 } } END { exit bad || rows < 700 }' "$tsv"
for what in 'one more function bound' 'one more callback alive' 'one more struct and function declared' \
    'one symbol looked up again' 'a call by each of so many threads'; do
    check "growth: $what" grep -q "${tab}growth${tab}$what${tab}[0-9]" "$tsv"
done
for row in "layer${tab}int(2 x int)" "threads${tab}hop" "adapters${tab}int(2 x int)" "making${tab}bind by a known text" \
    "libffi's interface${tab}64 bytes${tab}both" "memory${tab}size"; do
    check "there is a row for $(echo "$row" | tr '\t' ' ')" grep -q "^[a-z]*$tab$row" "$tsv"
done
if command -v valgrind >/dev/null; then
    check "instructions of every shape" [ "$(awk -F "$tab" '$1 == "static" && $2 == "calls" && $4 == "kept" && $5 == "ffi_invoke" && $15 > 0' "$tsv" | wc -l)" -ge 60 ]
    check "writing an argument takes a load and a store" awk -F "$tab" '
        $5 == "C" && $2 == "calls" && $3 == "int(2 x int)" && $1 == "static" { count[$4] = $15 } END { exit count["written"] != count["kept"] + 4 }' "$tsv"
else
    skip "instructions" "valgrind is not installed"
fi
if command -v gnuplot >/dev/null; then
    for picture in calls records callbacks growth-callbacks growth-functions growth-names growth-threads; do
        check "a picture of $picture" sh -c "grep -q '</svg>' '$BUILD/bench/$picture.svg' && [ -s '$BUILD/bench/$picture.png' ]"
    done
    check "its background is transparent" sh -c "! grep -q '<rect.*fill *= *\"#ffffff' '$BUILD/bench/calls.svg'"
else
    skip "pictures" "gnuplot is not installed"
fi

# ---- the peers are not ours ----

for program in bench bench-shared bench-small; do
    check "the libffi of $program is not the drop-in" sh -c "! '$BUILD/bench/$program' --list | grep '^peer.libffi.*$BUILD/libffi'"
done

# ---- LuaJIT cannot call every function: here none, by a lua_pcall that fails for a loop ----

cat >"$work/nyi.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int lua_pcall(void *state, int arguments, int results, int handler) {
    if (results) return ((int (*)(void *, int, int, int))dlsym(RTLD_NEXT, "lua_pcall"))(state, arguments, results, handler);
    ((void (*)(void *, const char *))dlsym(RTLD_NEXT, "lua_pushstring"))(state, "[string \"...\"]:1: NYI: cannot call");
    return 2;
}
END
if "$CC" -shared -fPIC "$work/nyi.c" -Wl,--no-as-needed -l:libluajit-5.1.so.2 -ldl -o "$work/nyi.so" 2>/dev/null; then
    check "a LuaJIT that cannot call a function" sh -c \
        "BENCH_FILTER='^int\(2 x int\)\$' LUAJIT='$work/nyi.so' bench/run.pl --quick --json '$work/nyi.json' >'$work/said' 2>&1"
    check "its row is left out, with the reason" grep -q 'int(2 x int): NYI: cannot call' "$work/nyi.json"
    check "it has no time there" [ "$(rows static calls kept LuaJIT)" = 0 ]
    check "the others have theirs" [ "$(rows static calls kept ffi_invoke)$(rows static calls kept switch)" = 11 ]
else
    skip "LuaJIT" "libluajit-5.1.so.2 is not installed"
fi

# ---- choosing rows ----

filtered() { BENCH_FILTER=$1 bench/run.pl --quick --json "$work/filtered.json" >"$work/filtered" 2>&1; }
check "BENCH_FILTER chooses rows" filtered '^int\(2 x int\)$'
check "no other is measured" awk -F "$tab" 'NR > 1 && $3 != "int(2 x int)" { print; bad = 1 } END { exit bad || NR < 20 }' "$tsv"
check "BENCH_FILTER that matches nothing fails" sh -c "! BENCH_FILTER=nothing bench/run.pl --quick 2>'$work/said'"
check "and says so" grep -q 'BENCH_FILTER=nothing: it matches no row' "$work/said"
check "BENCH_FILTER that is no pattern fails" sh -c "! BENCH_FILTER='int(' bench/run.pl --quick 2>'$work/said'"
check "and says so, too" grep -q 'BENCH_FILTER=int(: it is no Perl pattern' "$work/said"
check "BENCH_ROUNDS=0 fails" sh -c "! BENCH_ROUNDS=0 bench/run.pl --quick 2>/dev/null"
check "an unknown option fails" sh -c "! '$BUILD/bench/bench' --fast 2>/dev/null"
check "a row that is not there fails" sh -c "! '$BUILD/bench/bench' --quick 100000 2>/dev/null"

# ---- comparing: the run with itself, and with a regression that is made up ----

check "a run compared with itself is as before" sh -c "bench/compare.pl '$json' '$json' | grep -q ' rows as before, 0 faster, 0 slower'"
change() { # PERL: of each row
    perl -MJSON::PP -0777 -ne '
        my $all = decode_json($_); for my $row (@{ $all->{rows} }) { '"$1"' } print encode_json($all)' "$json" >"$work/changed.json"
}
which='next unless $row->{link} eq "shared" && $row->{group} eq "calls" && $row->{what} eq "void()" && $row->{way} eq "256 targets" && $row->{who} eq "ffi_invoke";'
change "$which"' my $more = 3 * $row->{ratio_high} / $row->{ratio_low}; $row->{$_} *= $more for qw(ratio ratio_low ratio_high); delete $row->{instructions}'
check "a regression fails" sh -c "! bench/compare.pl '$json' '$work/changed.json' >'$work/said'"
check "and is named" grep -q '^slower shared, calls, void(), 256 targets, ffi_invoke: .* before$' "$work/said"
check "it is the only one" grep -q ' 0 faster, 1 slower$' "$work/said"
check "the other way round it is faster" sh -c "bench/compare.pl '$work/changed.json' '$json' | grep -q ' 1 faster, 0 slower$'"
echo '{"rows": 5' >"$work/broken.json"
check "a file that is no run fails" sh -c "! bench/compare.pl '$work/broken.json' '$json' 2>'$work/said'"
check "and is named, too" grep -q 'broken.json: it is no JSON of make bench' "$work/said"
check "a quick run is not published" sh -c "! bench/report.pl --publish '$json' 2>'$work/said' && grep -q 'times mean nothing' '$work/said'"
finish
