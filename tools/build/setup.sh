#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Looks for what the goals given need (build demo check test bench fmt lint; another target, and TARGET-run), and installs what is
# missing with apt-get, saying what and why. Where that cannot be done it prints the commands for the common
# systems, and fails if something is missing that the goals cannot do without. Silent if everything is there.
# `tools/build/setup.sh packages` prints the names of Debian's packages, for all goals.
set -eu

# No system has packages of these, but PyPI: wheels whose files need no Python. Of Zig the headers of other systems serve, and
# the lists of what their C libraries have.
wasmtime=/usr/local/lib/wasmtime
ziglang=/usr/local/lib/ziglang
# musl for AArch64: Debian's packages of another architecture, unpacked here, so that apt need not know that architecture.
musl_aarch64=/usr/local/lib/musl-aarch64
apple=file:$ziglang/ziglang/lib/libc/darwin/libSystem.tbd

# For whom, whether they can do without, how to see it is there; its packages on Debian, Fedora, Arch, Alpine
# and Homebrew (- where there is none to install); what for.
needs() {
    cat <<END
build must command:cc             gcc          gcc                gcc      gcc              gcc        compiles the library
build must header:stdlib.h        libc6-dev    glibc-devel        glibc    musl-dev         -          the C library's headers
build must command:${NASM:-nasm}  nasm         nasm               nasm     nasm             nasm       assembles the stubs
build must command:objcopy        binutils     binutils           binutils binutils         binutils   links the library
demo  may  library:z              zlib1g       zlib               zlib     zlib             zlib       zlib, called by the demo
demo  may  library:crypto         openssl      openssl-libs       openssl  libcrypto3       openssl    libcrypto, called by the demo
demo  may  library:sqlite3        libsqlite3-0 sqlite-libs        sqlite   sqlite-libs      sqlite     SQLite, called by the demo
demo  may  library:openblas,blas  libopenblas0 openblas           openblas openblas         openblas   BLAS, called by the demo
check must command:prove          perl         perl-Test-Harness  perl     perl-utils       perl       runs the tests
test  must command:prove          perl         perl-Test-Harness  perl     perl-utils       perl       runs the tests
test  may  command:c++            g++          gcc-c++            gcc      g++              gcc        tests that throw C++ exceptions through calls
test  may  command:clang          clang        clang              clang    clang            llvm       tests of callees that clang compiled
test  may  command:clang-19,clang-18,clang-17,clang-16 clang-19 clang       clang    clang19          llvm       tests of Apple's variadic calls: older ones get them wrong
test  may  command:ld64.lld-19,ld64.lld lld-19  lld                lld      lld              llvm       tests of macOS' library
test  may  $apple python3-pip python3-pip python-pip py3-pip - tests of macOS, FreeBSD and Windows on Arm with their headers, which pip installs
test  may  file:/usr/lib/llvm-1[6-9]/lib/clang/*/lib/linux/libclang_rt.ubsan* libclang-rt-19-dev compiler-rt compiler-rt compiler-rt - tests under clang's checks of indirect calls
test  may  command:llvm-objcopy   llvm         llvm               llvm     llvm             llvm       tests of macOS' assembler
test  may  command:gdb            gdb          gdb                gdb      gdb              gdb        tests of backtraces
test  may  header:libunwind.h     libunwind-dev libunwind-devel    libunwind libunwind-dev   -          tests of backtraces
test  may  header:ffi.h           libffi-dev   libffi-devel       libffi   libffi-dev       libffi     tests beside libffi in one program
test  may  file:/usr/lib/python3*/ctypes/test/test_*.py libpython3.11-testsuite python3-test - - - libffi.so.8 under Python's ctypes
test  may  file:/usr/share/installed-tests/gjs/*.test gjs-tests gjs-tests - - -             libffi.so.8 under GNOME's JavaScript
test  may  command:dbus-run-session dbus       dbus-daemon        dbus     dbus             -          libffi.so.8 under GNOME's JavaScript
test  may  command:javac          default-jdk-headless java-latest-openjdk-devel jdk-openjdk openjdk17-jdk - libffi.so.8 under Java's JNA
test  may  file:/usr/share/java/jna.jar libjna-java jna            java-jna -                -          libffi.so.8 under Java's JNA
test  may  command:guile          guile-3.0    guile30            guile    guile            -          libffi.so.8 under Guile
test  may  file:/usr/lib/*/perl5/*/FFI/Platypus.pm libffi-platypus-perl perl-FFI-Platypus - - - libffi.so.8 under Perl's FFI::Platypus
test  may  command:valgrind       valgrind     valgrind           valgrind valgrind         -          tests of memory errors and leaks
test  may  command:strace         strace       strace             strace   strace           -          tests of the first use's system calls
test  may  command:jq,python3,node jq         jq                 jq       jq               jq         tests of JSON output
test  may  command:zsh            zsh          zsh                zsh      zsh              zsh        tests of completion
test  may  command:fish           fish         fish               fish     fish             fish       tests of completion
test  may  command:mandoc         mandoc       mandoc             mandoc   mandoc           mandoc     tests of the manual page
test  may  command:pkg-config     pkg-config   pkgconf-pkg-config pkgconf  pkgconf          pkgconf    tests of the installed library
test  may  command:cmake      cmake        cmake              cmake    cmake            cmake      tests of the installed library in CMake
test  may  command:meson      meson        meson              meson    meson            meson      tests of the installed library in Meson
test  may  header:sqlite3.h       libsqlite3-dev sqlite-devel     sqlite   sqlite-dev       sqlite     tests with real headers
test  may  header:zlib.h          zlib1g-dev   zlib-devel         zlib     zlib-dev         zlib       tests with real headers
test  may  library:dw             libdw1       elfutils-libs      libelf   libelf           -          debug information, which ffi check reads
test  may  library:edit           libedit2     libedit           libedit  libedit          libedit    the command's session on a terminal
test  may  library:uv             libuv1       libuv              libuv    libuv            libuv      libuv, whose loop waits for a queue
test  may  header:openssl/evp.h   libssl-dev   openssl-devel      openssl  openssl-dev      openssl    tests with real headers
test  may  header:curl/curl.h     libcurl4-openssl-dev libcurl-devel curl  curl-dev         curl       tests with real headers
test  may  header:lua5.4/lua.h    liblua5.4-dev lua-devel         lua      lua5.4-dev       lua        tests of the Lua module
test  may  command:lua5.4,lua     lua5.4       lua                lua      lua5.4           lua        tests of the Lua module
test  may  header:lua5.3/lua.h    liblua5.3-dev compat-lua-devel lua53    lua5.3-dev       lua@5.3    tests of the Lua module
test  may  header:lua5.1/lua.h    liblua5.1-0-dev compat-lua-devel lua51    lua5.1-dev       lua@5.1    tests of the Lua module in LuaJIT
test  may  header:wabt/interp/interp.h wabt   wabt-devel         wabt     wabt             wabt       tests of WebAssembly modules
test  may  file:$wasmtime/wasmtime/linux-*/_libwasmtime.so python3-pip python3-pip python-pip py3-pip - tests of WebAssembly modules in Wasmtime, which pip installs
test  may  file:/usr/include/wasm32-wasi/stdio.h wasi-libc wasi-libc-devel wasi-libc wasi-libc -        tests of WebAssembly modules
test  may  command:go           golang-go    golang             go       go               go         tests of README's program in Go
test  may  command:rustc        rustc        rust               rust     rust             rust       tests of README's program in Rust
test  may  command:bindgen      bindgen      bindgen-cli        rust-bindgen rust-bindgen bindgen    tests of README's program in Rust
test  may  command:tcc          tcc          tcc                tcc      tcc              tcc        tests of the header with TinyCC
test  may  command:swig         swig         swig               swig     swig             swig       tests of the header with SWIG
test  may  command:luajit         luajit       luajit             luajit   luajit           luajit     tests of the Lua module beside LuaJIT's own library
test  may  command:node           nodejs       nodejs             nodejs   nodejs           node       tests of the JavaScript module
test  may  command:npm            npm          nodejs-npm         npm      npm              node       installs Node, Bun and Deno for tests of the JavaScript module
test  may  file:/usr/lib/*/libOSMesa.so.8 libosmesa6 mesa-libOSMesa mesa    mesa-osmesa      -          tests of the JavaScript module with OpenGL
test  may  header:bullet/btBulletDynamicsCommon.h libbullet-dev bullet-devel bullet bullet-dev bullet  tests of the JavaScript module with Bullet
test  may  header:png.h           libpng-dev   libpng-devel       libpng   libpng-dev       libpng     tests with real headers
test  may  header:X11/Xlib.h      libx11-dev   libX11-devel       libx11   libx11-dev       libx11     tests with real headers
test  may  header:SDL2/SDL.h      libsdl2-dev  SDL2-devel         sdl2     sdl2-dev         sdl2       tests with real headers
test  may  header:GL/gl.h         libgl-dev    mesa-libGL-devel   mesa     mesa-dev         mesa       tests with real headers
test  may  header:python3.11/Python.h,python3.12/Python.h,python3.13/Python.h python3-dev python3-devel     python   python3-dev      python     tests with real headers
test  may  command:x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64 mingw64-gcc mingw-w64-gcc mingw-w64-gcc mingw-w64 tests of Windows' layouts and windows.h
test  may  command:x86_64-w64-mingw32-g++ g++-mingw-w64-x86-64 mingw64-gcc-c++ mingw-w64-gcc mingw-w64-gcc mingw-w64 tests of exceptions on Windows
test  may  command:wine           wine         wine               wine     wine             wine-stable runs the tests of the library for Windows
test  may  command:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc gcc-aarch64-none-elf - tests of AArch64
test  may  command:aarch64-linux-gnu-g++ g++-aarch64-linux-gnu gcc-c++-aarch64-linux-gnu aarch64-linux-gnu-gcc g++-aarch64-none-elf - tests of AArch64's exceptions
test  may  command:qemu-aarch64 qemu-user qemu-user-static qemu-user qemu-aarch64 -             runs the tests of AArch64
test  may  command:riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu gcc-riscv64-linux-gnu riscv64-linux-gnu-gcc gcc-riscv-none-elf - tests of RISC-V
test  may  command:riscv64-linux-gnu-g++ g++-riscv64-linux-gnu gcc-c++-riscv64-linux-gnu riscv64-linux-gnu-gcc g++-riscv-none-elf - tests of RISC-V's exceptions
test  may  command:qemu-riscv64 qemu-user qemu-user-static qemu-user qemu-riscv64 -             runs the tests of RISC-V
test  may  command:musl-gcc musl-tools musl-gcc musl musl-dev - tests of the C library musl
macos must command:clang-19,clang clang-19 clang clang clang19 llvm compiles for macOS
macos must command:ld64.lld-19,ld64.lld lld-19 lld lld lld llvm links for macOS
macos must command:llvm-objcopy llvm llvm llvm llvm llvm makes the static library for macOS
macos must $apple python3-pip python3-pip python-pip py3-pip - Apple's headers, in the wheel ziglang, which pip installs
freebsd must $apple python3-pip python3-pip python-pip py3-pip - Zig, which compiles for FreeBSD, in the wheel ziglang, which pip installs
musl-aarch64 must command:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc gcc-aarch64-none-elf - compiles for AArch64
musl-aarch64 must file:$musl_aarch64/musl-gcc apt - - - - musl for AArch64, which apt-get downloads
musl-aarch64-run must command:qemu-aarch64 qemu-user qemu-user-static qemu-user qemu-aarch64 - runs programs for AArch64
test may file:$musl_aarch64/musl-gcc apt - - - - tests of musl on AArch64, which apt-get downloads
musl must command:musl-gcc musl-tools musl-gcc musl musl-dev - compiles for the C library musl
aarch64 must command:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc gcc-aarch64-none-elf - compiles for AArch64
aarch64-run must command:qemu-aarch64 qemu-user qemu-user-static qemu-user qemu-aarch64 -             runs programs for AArch64
riscv64 must command:riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu gcc-riscv64-linux-gnu riscv64-linux-gnu-gcc gcc-riscv-none-elf - compiles for RISC-V
riscv64-run must command:qemu-riscv64 qemu-user qemu-user-static qemu-user qemu-riscv64 -             runs programs for RISC-V
win64 must command:x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64 mingw64-gcc mingw-w64-gcc mingw-w64-gcc mingw-w64 compiles for Windows
win64-run must command:wine           wine         wine               wine     wine             wine-stable runs programs for Windows
bench may  library:ffi            libffi8      libffi             libffi   libffi           libffi     libffi, measured beside ffi_invoke
bench may  header:avcall.h        libffcall-dev libffcall-devel   libffcall - libffcall                libffcall, measured beside ffi_invoke
bench may  header:libtcc.h        libtcc-dev   tcc-devel          tcc      tcc-libs-static  -          TinyCC, measured beside ffi_invoke
bench may  library:luajit-5.1     libluajit-5.1-2 luajit          luajit   luajit           luajit     LuaJIT, measured beside ffi_invoke
bench may  command:gnuplot        gnuplot-nox  gnuplot            gnuplot  gnuplot          gnuplot    draws the figures
bench may  command:valgrind       valgrind     valgrind           valgrind valgrind         -          counts instructions
fmt   must command:clang-format   clang-format clang-tools-extra  clang    clang-extra-tools clang-format formats C
lint  must command:clang-format   clang-format clang-tools-extra  clang    clang-extra-tools clang-format formats C
lint  must command:clang-tidy     clang-tidy   clang-tools-extra  clang    clang-extra-tools llvm      reads the code for mistakes
lint  must header:lua5.4/lua.h    liblua5.4-dev lua-devel         lua      lua5.4-dev       lua        headers of the Lua module
lint  must command:cppcheck       cppcheck     cppcheck           cppcheck cppcheck         cppcheck   reads the code for mistakes
END
    awk '!/^#/ && NF { print "test may header:" $2, $1, "- - - - tests with the headers of packages" }' \
        "$(dirname "$0")/../../test/compiler/headers.txt"
}

# Whether one of the paths is there; patterns that matched nothing stay as they are, and are not.
any_exists() {
    for path; do [ ! -e "$path" ] || return 0; done
    return 1
}

is_there() { # kind:names
    for name in $(echo "${1#*:}" | tr , ' '); do
        case $1 in
        command:*) command -v "$name" >/dev/null && return ;;
        file:*) any_exists $name && return ;; # a pattern
        header:*) any_exists /usr/include/"$name" /usr/include/*-linux-*/"$name" /usr/local/include/"$name" \
            /opt/homebrew/include/"$name" && return ;;
        library:*) any_exists /lib/*-linux-*/lib"$name".so* /usr/lib/*-linux-*/lib"$name".so* /lib64/lib"$name".so* \
            /usr/lib64/lib"$name".so* /lib/lib"$name".so* /usr/lib/lib"$name".so* /usr/local/lib/lib"$name".* \
            /opt/homebrew/lib/lib"$name".* && return ;;
        esac
    done
    return 1
}

# The packages without those that a system does not have.
without() {
    for package in $1; do [ "$package" = - ] || printf ' %s' "$package"; done
}

# Sets what is missing: a line for each, the packages on each system, and whether a goal cannot do without.
look() {
    missing='' debian='' fedora='' arch='' alpine='' brew='' blocked=''
    while read -r goal level check on_debian on_fedora on_arch on_alpine on_brew why; do
        case " $goals " in *" $goal "*) ;; *) continue ;; esac
        is_there "$check" && continue
        [ "$level" = must ] && blocked=yes || why="optional: $why"
        name=${check#*:} && name=${name%%,*}
        case $check in library:*) name=lib$name ;; esac
        missing="$missing$(printf '\n  %-14s %s' "$name" "$why")"
        debian="$debian $on_debian" fedora="$fedora $on_fedora" arch="$arch $on_arch"
        alpine="$alpine $on_alpine" brew="$brew $on_brew"
    done <<END
$(needs)
END
    fedora=$(without "$fedora") arch=$(without "$arch") alpine=$(without "$alpine") brew=$(without "$brew")
}

print_commands() {
    cat <<END
setup: these commands install it:
  Debian, Ubuntu  sudo apt-get install$debian
  Fedora          sudo dnf install$fedora
  Arch            sudo pacman -S --needed$arch
  Alpine          sudo apk add$alpine
  macOS           brew install$brew
END
}

# How to become root, without a question: nothing, sudo, or not at all.
find_root() {
    root=''
    [ "$(id -u)" = 0 ] && return
    root='sudo -n'
    sudo -n true 2>/dev/null
}

apt() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >/dev/null
}

# A release of Debian or Ubuntu may lack some of the packages. apt-get would then install none.
install_debian() {
    apt update || true
    known=" $(apt-cache pkgnames | tr '\n' ' ') " asked=$debian debian=''
    for package in $asked; do
        case $known in *" $package "*) debian="$debian $package" ;; *) echo "setup: apt-get does not know $package" ;; esac
    done
    echo "setup: installing with apt-get:$debian"
    # shellcheck disable=SC2086 # a list of words
    apt install -y --no-install-recommends $debian && return
    echo "setup: that failed; trying one package after the other"
    for package in $debian; do apt install -y --no-install-recommends "$package" || true; done
}

install_wheel() { # name, folder, what shows that it is there
    is_there "$3" && return
    command -v pip3 >/dev/null || return 0
    echo "setup: installing with pip: $1"
    $root pip3 --quiet --no-cache-dir install --no-deps --only-binary :all: --target "$2" "$1" >/dev/null 2>&1 || true
}

install_wheels() {
    case " $goals " in *" test "*) install_wheel wasmtime "$wasmtime" "file:$wasmtime/wasmtime/linux-*/_libwasmtime.so" ;; esac
    case " $goals " in *" test "* | *" macos "* | *" freebsd "*) install_wheel ziglang==0.17.1 "$ziglang" "$apple" ;; esac
}

install_musl_aarch64() {
    case " $goals " in *" test "* | *" musl-aarch64 "*) ;; *) return ;; esac
    is_there "file:$musl_aarch64/musl-gcc" && return
    state=$(mktemp -d) at=$musl_aarch64/usr
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    chmod 755 "$state"
    echo "setup: unpacking with apt-get: musl for AArch64"
    foreign="-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::lists=$state/lists -o Dir::Cache=$state/cache
        -o Dir::State::status=/dev/null -o Debug::NoLocking=1"
    # shellcheck disable=SC2086 # options
    if $root apt-get -qq $foreign update >/dev/null 2>&1 &&
        (cd "$state" && $root apt-get -qq $foreign download musl musl-dev >/dev/null 2>&1); then
        for package in "$state"/musl*.deb; do $root dpkg -x "$package" $musl_aarch64; done
        $root ln -sf ../../../lib/aarch64-linux-musl/libc.so "$at/lib/aarch64-linux-musl/libc.so"
        sed "s#/usr/\(lib\|include\)/aarch64-linux-musl#$at/\1/aarch64-linux-musl#g" "$at/lib/aarch64-linux-musl/musl-gcc.specs" |
            $root tee $musl_aarch64/musl-gcc.specs >/dev/null
        printf '#!/bin/sh\nexec aarch64-linux-gnu-gcc -mno-outline-atomics "$@" -specs %s\n' $musl_aarch64/musl-gcc.specs |
            $root tee $musl_aarch64/musl-gcc >/dev/null
        $root chmod +x $musl_aarch64/musl-gcc
    fi
    $root rm -rf "$state"
}

if [ "$*" = packages ]; then
    needs | awk '$4 != "-" { print $4 }' | sort -u
    exit
fi
goals="$*"
look
runtimes() { case " $goals " in *" test "* | *" lint "*) "$(dirname "$0")/runtimes.sh" ;; esac; }
[ "$missing" ] || { runtimes; exit 0; }
echo "setup: missing here, for $goals:$missing"
if command -v apt-get >/dev/null && find_root; then
    install_debian
    install_wheels
    install_musl_aarch64
    look
    runtimes
    [ "$missing" ] || exit 0
    echo "setup: still missing:$missing"
fi
print_commands
[ ! "$blocked" ] || { echo "setup: cannot go on without it" >&2; exit 1; }
echo "setup: going on without it"
