#!/bin/sh
# SPDX-License-Identifier: MIT
#
# macOS without a Mac: the whole library is compiled and linked for it with what stands in for Apple's SDK
# (test/os/macos), its assembler's code is the same as in ELF, where it is run, and a library's name stands for the files
# that dyld looks for. Nothing of it is run on a Mac.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/compilers.sh"

cd "$root" || exit 1
newest clang >"$work/newest"
read -r _ version clang <"$work/newest" || skip_all "clang is not installed"
lld=$(command -v ld64.lld-19 || command -v ld64.lld || :)
objcopy=$(command -v llvm-objcopy-19 || command -v llvm-objcopy || :)
echo "# by clang $version, $("${lld:-true}" --version), $("${objcopy:-true}" --version | sed -n 's/^ *//; 2p')"

# compile ARCH CPU: the library's objects, as their names are.
compile() {
    arch=$1 cpu=$2
    mkdir -p "$work/$arch"
    common=$(find src -name '*.c' ! -path 'src/os/*' ! -path 'src/embed/*' ! -path 'src/libffi/*' ! -path 'src/hosts/*' && find arch -name '*.c' ! -name 'stubs*' ! -name 'entries*')
    stubs=$(find "arch/$cpu" -name stubs.c -o -name stubs_guard.c -o -name entries.c -o -name '*_posix.c')
    for file in $common $stubs src/os/posix.c src/os/posix_run.c src/os/macos*.c; do
        "$clang" --target="$arch-apple-macos11" -nostdlibinc -isystem test/os/macos -std=c11 -O1 -Wall -Wextra \
            -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Werror -Iinclude -iquote src \
            -fvisibility=hidden -DFFI_INVOKE_API='__attribute__((visibility("default")))' \
            -c "$file" -o "$work/$arch/$(echo "$file" | tr / _).o" || return
    done
}

# For ELF as for Apple, whose x18 is the system's.
assemble() { # triple, folder
    mkdir -p "$work/$2"
    for file in arch/aarch64/*.S; do
        "$clang" --target="$1" -D__APPLE__ -c "$file" -o "$work/$2/$(basename "$file").o" || return
    done
}

assemble_x86_64() { # format, folder, options
    mkdir -p "$work/$2"
    sed -n 's/^#define/%define/p' arch/offsets.h >"$work/offsets.inc"
    for file in arch/x86_64/*.asm; do
        # shellcheck disable=SC2086 # options are words
        ${NASM:-nasm} -Werror -f "$1" ${3:-} -I arch/x86_64/ -I "$work/" "$file" -o "$work/$2/$(basename "$file").o" ||
            return
    done
}

link() { # arch, objects: whatever is missing is an error
    arch=$1
    shift
    "$lld" -dylib -arch "$arch" -platform_version macos 11.0 11.0 "$@" test/os/macos/libSystem.tbd -o "$work/$arch.dylib"
}

lacks() { # arch, objects
    ! link "$@" 2>"$work/lacking" && grep undefined "$work/lacking"
}

same_code() { # folder in Mach-O, in ELF, file: where it has code
    case $3 in
    trampoline*) mach=__TEXT,__trampolines elf=.trampolines ;;
    *) mach=__TEXT,__text elf=.text ;;
    esac
    "$objcopy" --dump-section "$mach=$work/mach.code" "$work/$1/$3.o" "$work/unused" &&
        "$objcopy" --dump-section "$elf=$work/elf.code" "$work/$2/$3.o" "$work/unused" &&
        [ -s "$work/elf.code" ] && cmp "$work/mach.code" "$work/elf.code"
}

check "the C sources, arm64" compile arm64 aarch64
check "the C sources, x86_64" compile x86_64 x86_64
check "the assembler, arm64" assemble arm64-apple-macos11 arm64
check "the assembler, x86_64" assemble_x86_64 macho64 x86_64 '--prefix _'
if [ "$lld" ]; then
    check "a dylib that misses nothing, arm64" link arm64 "$work"/arm64/*.o
    check "a dylib that misses nothing, x86_64" link x86_64 "$work"/x86_64/*.o
    check "  of which one without trampolines would" lacks arm64 "$work"/arm64/[!t]*.o
else
    skip "a dylib" "lld is not installed"
fi
if [ "$objcopy" ]; then
    check "the assembler, for ELF" assemble aarch64-linux-gnu elf
    check "the assembler, for ELF, x86_64" assemble_x86_64 elf64 elf -dONE_SECTION
    for file in arch/aarch64/*.S; do check "$file is the same code in both" same_code arm64 elf "$(basename "$file")"; done
    for file in arch/*/*.asm; do check "$file is the same code in both" same_code x86_64 elf "$(basename "$file")"; done
else
    skip "the same code in both" "llvm-objcopy is not installed"
fi

check "names are made by a program" ${CC:-cc} -std=c11 -Wall -Wextra -Werror -Iinclude -iquote src test/os/macos_names.c src/os/macos_names.c \
    -o "$work/names"
# Each folder on one line, after the name.
of() { "$work/names" "$1" | sed 's/: /:/; s/ /\n/g'; }
check_text "a bare name" "$(of z)" "z:@rpath/libz.dylib
/usr/local/lib/libz.dylib
/usr/lib/libz.dylib
/opt/homebrew/lib/libz.dylib
@rpath/z.framework/z
/Library/Frameworks/z.framework/z
/System/Library/Frameworks/z.framework/z"
check_text "a file's" "$(of libz.1.dylib)" "libz.1.dylib:@rpath/libz.1.dylib
/usr/local/lib/libz.1.dylib
/usr/lib/libz.1.dylib
/opt/homebrew/lib/libz.1.dylib"
check_text "a framework's" "$(of Cocoa.framework)" "Cocoa.framework:@rpath/Cocoa.framework/Cocoa
/Library/Frameworks/Cocoa.framework/Cocoa
/System/Library/Frameworks/Cocoa.framework/Cocoa"
check_text "lib is there already" "$(of libz | head -n 1)" "libz:@rpath/libz.dylib"
check_text "a plug-in's" "$(of m.so | head -n 1)" "m.so:@rpath/m.so"
for path in /usr/lib/libz ./z @rpath/libz.dylib @loader_path/../libz.dylib Qt.framework/Qt; do
    check_text "$path stands for itself" "$(of $path)" "$path:$path"
done
check_text "the file in a framework's folder" "$(of @rpath/Qt.framework)" "@rpath/Qt.framework:@rpath/Qt.framework/Qt
@rpath/Qt.framework"
long=$(printf '%0500d' 0)
check_text "a name that is too long" "$(of "$long")" "$(printf '%.40s:%.60s' "$long" "$long")"
finish
