#!/bin/sh
# SPDX-License-Identifier: MIT
#
#     tools/build/old_glibc.sh FOLDER OBJECT...
#
# Copies objects into FOLDER, where they use symbols that glibc 2.28 has: those that moved from libdl and libpthread into libc
# by their old version, stat and fstat by what they were called before glibc 2.33. Prints the copies' names. x86-64 only.
set -eu
folder=$1
shift
mkdir -p "$folder"
moved='dlinfo dlerror dladdr dlopen dlsym dlclose pthread_condattr_setclock pthread_create pthread_join pthread_attr_setstacksize'
{
    for name in $moved; do echo "$name $name@GLIBC_2.2.5"; done
    echo "dlvsym dlvsym@GLIBC_2.2.5"
    echo "pthread_condattr_setclock pthread_condattr_setclock@GLIBC_2.3.3"
    echo "dlinfo dlinfo@GLIBC_2.3.3"
    echo "stat ffi_old_stat"
    echo "fstat ffi_old_fstat"
} | awk '{ of[$1] = $2 } END { for (name in of) print name, of[name] }' >"$folder/symbols"
cat >"$folder/stat.c" <<'END'
struct stat;
int __xstat(int version, const char *path, struct stat *to);
int __fxstat(int version, int file, struct stat *to);
int ffi_old_stat(const char *path, struct stat *to);
int ffi_old_fstat(int file, struct stat *to);
int ffi_old_stat(const char *path, struct stat *to) { return __xstat(1, path, to); }
int ffi_old_fstat(int file, struct stat *to) { return __fxstat(1, file, to); }
END
${CC:-cc} -O2 -fPIC -fvisibility=hidden -fcf-protection -c "$folder/stat.c" -o "$folder/stat.o"
echo "$folder/stat.o"
number=0
for object; do
    number=$((number + 1))
    ${OBJCOPY:-objcopy} --redefine-syms="$folder/symbols" "$object" "$folder/$number.o"
    echo "$folder/$number.o"
done
