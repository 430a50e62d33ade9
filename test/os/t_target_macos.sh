#!/bin/sh
# SPDX-License-Identifier: MIT
#
# macOS without a Mac: libraries, programs, and the hosts for Lua and Node are built and linked for both processors with
# Apple's headers, as Zig has them (tools/build/macos.mk), and joined. Its assembler's code is the same as in ELF, where it is
# run, and a library's name stands for the files that dyld looks for. Nothing of it is run on a Mac.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
CC=${CC:-cc}

lld=$(found ld64.lld-19 ld64.lld) clang=$(found clang-19 clang) lipo=$(found lipo llvm-lipo llvm-lipo-19 llvm-lipo-14)
zig=/usr/local/lib/ziglang/ziglang/lib/libc
for tool in "$lld" "$clang" "$lipo" llvm-objcopy llvm-nm; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
[ -e $zig/darwin/libSystem.tbd ] || skip_all "Apple's headers are not installed ($zig): tools/build/setup.sh test"
echo "# by $("$clang" --version | head -n 1), $("$lld" --version)"

# Less optimised than for users, which takes half the time.
built() { env -u CC make -s CFLAGS=-O1 WERROR=-Werror "$@" >"$work/output" 2>&1 || { tail -n 40 "$work/output"; return 1; }; }
check "make universal" built universal

archs() { "$lipo" -archs "build/macos/$1" | tr ' ' '\n' | grep . | sort | paste -sd ' ' -; }
for file in libffi_invoke.a libffi_invoke.dylib ffi demo hosts/lua/ffi_invoke.so hosts/node/ffi_invoke.node; do
    [ -e build/macos/$file ] || { skip "build/macos/$file" "its host's headers are not installed"; continue; }
    check_text "build/macos/$file is for both processors" "$(archs $file)" "arm64 x86_64"
done

# What a module takes from its host, and nothing else: the linker refuses to leave other names open.
foreign() { llvm-nm -m -u "$1" | sed -n 's/.* \(_[^ ]*\) (dynamically looked up)$/\1/p' | grep -v "^_$2" || :; }
declared=$(sed -n 's/^FFI_[A-Z]*_API .*[ *]\(ffi_[a-z_0-9]*\)(.*/\1/p' include/*.h | sort -u)
exported() { llvm-nm -g --defined-only "$1" | sed -n 's/.* [A-Z] _//p' | sort -u; }
for arch in arm64 x86_64; do
    B=build/macos-$arch
    check_text "$arch: the dylib exports what the headers declare" "$(exported $B/libffi_invoke.dylib)" "$declared"
    check_text "$arch: the archive shows no other names of C" "$(exported $B/libffi_invoke.a | grep '^[a-z]*_*[a-z]' | grep -v '^ffi_' || :)" ""
    check "$arch: the dylib has unwind data" sh -c "size=\$(llvm-objdump -h $B/libffi_invoke.dylib | awk '/__unwind_info/ { print \$3 }') && [ \$((0x\$size)) -gt 4096 ]"
    [ ! -e $B/hosts/lua/ffi_invoke.so ] || check_text "$arch: Lua's module lacks Lua only" "$(foreign $B/hosts/lua/ffi_invoke.so lua)" ""
    [ ! -e $B/hosts/node/ffi_invoke.node ] || check_text "$arch: Node's module lacks Node-API only" "$(foreign $B/hosts/node/ffi_invoke.node napi_)" ""
done
lacks() { # a dylib without trampolines
    find build/macos-arm64/src build/macos-arm64/arch -name '*.o' ! -path '*/hosts/*' ! -name 'trampoline.S.o' >"$work/objects"
    ! "$lld" -dylib -arch arm64 -platform_version macos 11.0 11.0 -filelist "$work/objects" -Lbuild/macos-arm64/sdk -lSystem \
        -o "$work/lacking" 2>"$work/said" && grep 'undefined symbol: .*trampoline_page' "$work/said"
}
check "the linker misses trampolines that are left out" lacks

# For ELF as for Apple, whose x18 is the system's.
assemble() { # file
    "$clang" --target=aarch64-linux-gnu -D__APPLE__ -c "arch/aarch64/$1" -o "$work/$1.o"
}

assemble_x86_64() { # file
    ${NASM:-nasm} -Werror -f elf64 -dONE_SECTION -I arch/x86_64/ -I build/macos-x86_64/arch/ "arch/x86_64/$1" -o "$work/$1.o"
}

same_code() { # object in Mach-O, file
    case $2 in
    trampoline*) mach=__TEXT,__trampolines elf=.trampolines ;;
    *) mach=__TEXT,__text elf=.text ;;
    esac
    llvm-objcopy --dump-section "$mach=$work/mach.code" "$1" "$work/unused" &&
        llvm-objcopy --dump-section "$elf=$work/elf.code" "$work/$2.o" "$work/unused" &&
        [ -s "$work/elf.code" ] && cmp "$work/mach.code" "$work/elf.code"
}
for file in arch/aarch64/*.S; do
    check "$file is assembled for ELF" assemble "$(basename "$file")"
    check "$file is the same code in both" same_code "build/macos-arm64/$file.o" "$(basename "$file")"
done
for object in build/macos-x86_64/arch/x86_64/*.asm.o; do
    source=$(basename "$object" .o)
    check "arch/x86_64/$source is assembled for ELF" assemble_x86_64 "$source"
    check "arch/x86_64/$source is the same code in both" same_code "$object" "$source"
done

check "names are made by a program" "$CC" -std=c11 -Wall -Wextra -Werror -Iinclude -iquote src test/os/macos_names.c src/os/macos_names.c \
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
