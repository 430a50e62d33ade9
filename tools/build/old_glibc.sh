#!/bin/sh
# SPDX-License-Identifier: MIT
#
#     tools/build/old_glibc.sh FOLDER OBJECT...
#
# Copies objects into FOLDER, where they use symbols that glibc 2.28 has: by an older version those whose own is newer, as what
# moved from libdl and libpthread into libc; stat and fstat by what they were called before glibc 2.33; C23's strtoul and the
# like, which headers since glibc 2.38 choose, by C99's. Prints the copies' names. x86-64 only.
set -eu
folder=$1
shift
mkdir -p "$folder"
cc=${CC:-cc}
{
    echo "stat ffi_old_stat"
    echo "fstat ffi_old_fstat"
    # An older version stands in brackets.
    for library in libc.so.6 libm.so.6; do ${OBJDUMP:-objdump} -T "$($cc -print-file-name=$library)"; done | awk '
        NF > 5 && !/\*UND\*/ && $(NF - 1) ~ /^[(]?GLIBC_2/ {
            split($(NF - 1), part, /[_.)]/)
            number = part[3] * 100 + part[4]
            if ($(NF - 1) !~ /^[(]/) chosen[$NF] = number
            if (number < 2900 && number >= old[$NF]) { old[$NF] = number; version[$NF] = $(NF - 1) }
        }
        END {
            for (name in chosen)
                if (chosen[name] >= 2900 && name in old) { gsub(/[()]/, "", version[name]); print name, name "@" version[name] }
            for (name in old) {
                if (name ~ /^(str|wcs)to/) print "__isoc23_" name, name
                if (sub(/^__isoc99_/, "", name)) print "__isoc23_" name, "__isoc99_" name
            }
        }'
} >"$folder/symbols"
cat >"$folder/stat.c" <<'END'
struct stat;
int __xstat(int version, const char *path, struct stat *to);
int __fxstat(int version, int file, struct stat *to);
int ffi_old_stat(const char *path, struct stat *to);
int ffi_old_fstat(int file, struct stat *to);
int ffi_old_stat(const char *path, struct stat *to) { return __xstat(1, path, to); }
int ffi_old_fstat(int file, struct stat *to) { return __fxstat(1, file, to); }
END
$cc -O2 -fPIC -fvisibility=hidden -fcf-protection -c "$folder/stat.c" -o "$folder/stat.o"
echo "$folder/stat.o"
number=0
for object; do
    number=$((number + 1))
    ${OBJCOPY:-objcopy} --redefine-syms="$folder/symbols" "$object" "$folder/$number.o"
    echo "$folder/$number.o"
done
