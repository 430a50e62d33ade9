#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `ffi layout` from outside.
# Part of make check.

. "$(dirname "$0")/cli.sh"

gives 'struct {
    char c;                                      /*     0        1 */
    /* hole: 3 bytes */
    int i;                                       /*     4        4 */
    unsigned int low : 3;                        /*     8:0      4 */
    /* hole: 5 bits */
    unsigned int high : 9;                       /*     8:8      4 */
    /* hole: 5 bytes, 7 bits */
    union {
        int (*call)(int);                        /*    16        8 */
        char text[60];                           /*    16       60 */
    } u;                                         /*    16       64 */
    /* --- cache line 1 (64 bytes) began 16 bytes ago --- */
    short end;                                   /*    80        2 */
};
/* sysv: size 88, alignment 8, cache lines 2, holes of 9 bytes 4 bits, padding 6 bytes */' \
    layout --abi sysv 'struct { char c; int i; unsigned low : 3, : 5, high : 9;
                       union { int (*call)(int); char text[60]; } u; short end; }'
run layout --abi win64 'struct { char c; long l; }'
check 'another ABI, another layout' grep -q '^/\* win64: size 8, alignment 4,' "$out"
gives 'int
/* size 4, alignment 4, cache lines 1 */' layout int
gives_json '{"abi": "sysv", "type": "struct { long a : 3; union { int x; }; }", "size": 8, "alignment": 8, "members": '\
'[{"name": "a", "offset": 0, "bit_offset": 0, "bit_width": 3, "type": "long", "size": 8, "alignment": 8}, '\
'{"offset": 4, "type": "union { int x; }", "size": 4, "alignment": 4, "members": '\
'[{"name": "x", "offset": 0, "type": "int", "size": 4, "alignment": 4}]}]}' \
    layout --json --abi sysv 'struct { long a : 3; union { int x; }; }'

echo 'typedef struct point { int x, y; } point_t; struct line { point_t from, to; };' >"$work/line.h"
run layout -i "$work/line.h" 'struct line'
check 'declarations from a file' grep -q '^    struct point to; .* 8        8 \*/$' "$out"
"$ffi" layout -i - point_t <"$work/line.h" >"$out"
check 'and from the standard input' grep -q '^    int y; .* 4        4 \*/$' "$out"
echo 'typedef struct { int x, y; } pair; struct triple { pair; int z; }; int f(int a, int a);' >"$work/dialect.h"
run layout --dialect embed --dialect=twice -i "$work/dialect.h" 'struct triple'
check 'dialects: members of a named struct are those of the outer one' grep -q '^/\* size 12,' "$out"
fails 1 "two parameters are named 'a'" layout --dialect embed -i "$work/dialect.h" 'struct triple'
run layout --dialect twice -i "$work/dialect.h" 'struct triple'
check 'without the dialect they are not' grep -q '^/\* size 4,' "$out"
fails 2 "no dialect is named 'lua'; there are: embed twice" layout --dialect lua int
fails 2 'option --dialect needs a value' layout --dialect

if ${CC:-cc} -E -x c /dev/null >/dev/null 2>&1; then
    run layout -I sys/stat.h 'struct stat'
    check 'a header' grep -q '^    .* st_mode; ' "$out"
    run layout 'struct stat'
    check 'and found in the common headers without being named' grep -q '^    .* st_mode; ' "$out"
    mkdir "$work/a folder" && echo 'struct in_folder { LETTER letter; unknown_type x; };
struct skipped { unknown_type x; }; struct own { LETTER letter; };' >"$work/a folder/own_header.h"
    run layout --cflags "'-I$work/a folder' -D LETTER=char" -I own_header.h 'struct own'
    check 'a folder and a macro for the preprocessor' grep -q '^    char letter; .* 0        1 \*/$' "$out"
    CC="${CC:-cc} -DLETTER=int" "$ffi" layout --cflags "-I'$work/a folder'" -I own_header.h 'struct own' >"$out" 2>&1
    check 'CC of several words' grep -q '^    int letter; ' "$out"
    run layout --skipped --cflags "'-I$work/a folder' -DLETTER=char" -I own_header.h 'struct own'
    check 'what is skipped is listed' test "$(grep -c '^ffi: skipped: .*own_header.h, line [12], column' "$err")" = 2
    if command -v pkg-config >/dev/null; then
        mkdir "$work/pc" && printf 'Name: own\nDescription: own\nVersion: 1\nCflags: -DLETTER=short\n' >"$work/pc/own.pc"
        PKG_CONFIG_PATH="$work/pc" "$ffi" layout --pkg own --cflags "'-I$work/a folder'" -I own_header.h 'struct own' >"$out" 2>&1
        check 'the options of a package' grep -q '^    short letter; ' "$out"
        fails 1 'pkg-config failed for no_such_package' layout --pkg no_such_package -I stdio.h int
    else
        skip 'the options of a package' 'pkg-config is not installed'
    fi
    run layout -I no/such/header.h int
    check 'a header that is not there' grep -q '^ffi: the preprocessor failed for no/such/header.h' "$err"
else
    skip 'a header' 'there is no preprocessor'
fi
# ---- pictures: README's are what the command draws ----

picture() { # FILE COMMAND ARGUMENT...
    file=$1
    shift
    run "$@"
    check "the picture of $1" cmp "$out" "tools/ffi/pictures/$file"
    if command -v python3 >/dev/null; then
        check "it is XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$out"
    else
        skip 'it is XML' 'there is no python3'
    fi
}
picture layout.svg layout --svg --abi sysv 'struct packet { char kind; double time; short ports[2]; struct { int x, y; } at;
    unsigned urgent : 1, length : 15; void *data; char text[20]; }'
picture plan.svg plan --svg --abi sysv 'struct { double x, y; } move(int id, double speed, const char *name, struct { long a, b, c; } box)'
run layout --svg --abi sysv 'struct { char c[70]; union { int i; char *p; } u; }'
check 'a boundary of cache lines' test "$(grep -c '<line ' "$out") $(grep -c '>hole<' "$out")" = '1 1'
fails 1 'int is no struct or union to draw' layout --svg int
fails 1 'is too large to draw' layout --svg 'struct { char c[100000]; }'

echo 'struct broken {' >"$work/broken.h"
fails 1 "$work/broken.h: " layout -i "$work/broken.h" int
fails 1 'No such file' layout -i "$work/absent.h" int
CC=/no/such/compiler
export CC
fails 1 'cannot run the preprocessor' layout -I stdio.h int
fails 1 'the size of struct absent is not known' layout 'struct absent'
check 'and that nobody could be asked' grep -q '^  note: cannot run the preprocessor, /no/such/compiler: ' "$err"
fails 1 "unknown type" layout nonsense
fails 2 "no ABI is named 'vax'" layout --abi vax int
fails 2 'option -i needs a value' layout -i
finish
