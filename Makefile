# SPDX-License-Identifier: MIT
#
# Everything is built under build/<target>/. `make help` lists what there is to make.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

$(if $V,,$(eval .SILENT:)) # `make V=1` shows the commands
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
$(if $(filter-out 0,$(MAKELEVEL)),,$(eval MAKEFLAGS += -j$(JOBS))) # -j on the command line counts more

# ---- the target: processor, system, flags; for a foreign target also the prefix of its tools and a runner ----

# Atomics are in line: gcc's helpers for AArch64 would run when the library is loaded, have no landing pads, and need glibc.
x86_64.is       := ARCH=x86_64 OS=posix SYSTEM=linux PROTECT=-fcf-protection=full
aarch64.is      := ARCH=aarch64 OS=posix SYSTEM=linux PROTECT=-mbranch-protection=standard ATOMICS=-mno-outline-atomics
riscv64.is      := ARCH=riscv64 OS=posix SYSTEM=linux
win64.is        := ARCH=x86_64 OS=win32 SYSTEM=win32
musl.is         := $($(shell uname -m).is) CC=musl-gcc
musl-aarch64.is := $(aarch64.is) CC=/usr/local/lib/musl-aarch64/musl-gcc
macos-arm64.is  := ARCH=aarch64 OS=posix SYSTEM=macos
macos-x86_64.is := ARCH=x86_64 OS=posix SYSTEM=macos
freebsd.is      := ARCH=x86_64 OS=posix SYSTEM=freebsd
aarch64.cross  := aarch64-linux-gnu-
musl-aarch64.cross := $(aarch64.cross)
riscv64.cross  := riscv64-linux-gnu-
win64.cross    := x86_64-w64-mingw32-
aarch64.runner := qemu-aarch64 -L /usr/aarch64-linux-gnu
riscv64.runner := qemu-riscv64 -L /usr/riscv64-linux-gnu
musl-aarch64.runner := qemu-aarch64 -L /usr/local/lib/musl-aarch64
win64.runner    = env WINEDEBUG=-all WINEPREFIX=$(abspath $B/wine) wine
macos-arm64.runner  := echo built, never run:
macos-x86_64.runner := $(macos-arm64.runner)
freebsd.runner      := $(macos-arm64.runner)

TARGET ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
B      := build/$(TARGET)
TARGETS := $(basename $(filter %.is,$(.VARIABLES)))
$(if $(TARGET),,$(error $(CC) -dumpmachine names no target: install a C compiler, or set CC or TARGET))
$(if $($(TARGET).is),,$(error no target '$(TARGET)': there are $(TARGETS)))
CROSS  := $(if $(filter $(TARGET),$(shell uname -m)),,$($(TARGET).cross))
# Set if this machine's programs are built for another target.
FOREIGN := $(filter-out $(shell uname -m),$(TARGET))
RUNNER  := $(if $(FOREIGN),$($(TARGET).runner))

# ---- tools and flags ----

$(foreach is,$($(TARGET).is),$(eval $(is)))
$(foreach tool,$(CROSS:%=CC=%gcc) LD=$(CROSS)ld AR=$(CROSS)ar OBJCOPY=$(CROSS)objcopy STRIP=$(CROSS)strip,\
    $(if $(filter default undefined,$(origin $(firstword $(subst =, ,$(tool))))),$(eval $(tool))))
NASM     ?= nasm
# The first of these commands that is there, or the first name.
found     = $(firstword $(foreach name,$1,$(shell command -v $(name))) $1)
PREFIX   ?= /usr/local$(CROSS:%-=/%)
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings $(WERROR)
LIBFLAGS := -std=c11 $(WARNINGS) -fasynchronous-unwind-tables $(PROTECT) $(ATOMICS) -fno-lto -fno-math-errno -Iinclude -iquote src

VERSION := $(subst $() ,.,$(strip $(shell sed -n 's/^.define FFI_INVOKE_VERSION_[A-Z]* //p' include/ffi_invoke.h)))

# ---- the library ----

# What a system is made of; files of src/os are named after it: posix.c, posix_run.c. Linux has two C libraries.
LIBC       := $(if $(filter linux,$(SYSTEM)),$(if $(findstring __GLIBC__,$(shell $(CC) -E -dM -include limits.h -x c /dev/null)),glibc,musl))
os.linux   := posix elf linux $(LIBC) $(if $(filter glibc,$(LIBC)),dlinfo)
os.freebsd := posix elf freebsd dlinfo
os.macos   := posix macos
os.win32   := win32
ROOMS   := base os type parse plan call callback library
SOURCES := $(filter-out src/os/% %/small.c,$(wildcard src/*.c $(ROOMS:%=src/%/*.c))) \
           $(wildcard $(foreach part,$(os.$(SYSTEM)),src/os/$(part).c src/os/$(part)_*.c)) \
           $(filter-out $(wildcard arch/*/stubs*.c arch/*/entries*.c arch/*/small.c),$(wildcard arch/*/*.c)) \
           $(wildcard $(patsubst %,arch/$(ARCH)/%.c,stubs stubs_guard stubs_vector entries stubs_$(OS) entries_$(OS)))
# Only Windows, whose format is win64, has steps for its ABI.
assembled = $(filter-out $(if $(filter win%,$1),,%/win64_steps.asm),$2)
STUBS   := $(call assembled,$(OS),$(wildcard arch/$(ARCH)/*.asm arch/$(ARCH)/*.S))
OBJECTS := $(SOURCES:%.c=$B/%.o) $(STUBS:%=$B/%.o)
# The embedding layer is a member of its own in the archive: a program that does not use it does not link it.
DEBUG   := $(patsubst %.c,$B/%.o,$(wildcard src/debug/*.c)) # also of the ffi program
PIPES   := $(if $(filter posix,$(OS)),$(if $(filter linux,$(os.$(SYSTEM))),,pipe))
EMBED   := $(patsubst %.c,$B/%.o,$(wildcard src/embed/*.c) $(patsubst %,src/embed/os/%.c,$(filter posix linux win32,$(os.$(SYSTEM))) $(PIPES))) $(DEBUG)
HEADERS := $(wildcard include/*.h)

# What parses, describes, plans and chooses: it calls no one's code but the allocator (ffi_allocate), `skipped` of
# ffi_declare_options and the visitor of ffi_declared_each(), which must return, and it returns before a call begins. Nor does a
# call run what knows other processors' ABIs. (A callback makes a va_list by its own.)
COLD := $(wildcard $(foreach room,base type parse plan,src/$(room)/*.c)) $(filter-out arch/$(ARCH)/%,$(wildcard arch/*/*.c)) \
        $(addprefix src/call/,choose.c families.c shape.c steps.c) \
        $(addprefix src/callback/,entries.c form.c quarantine.c shift.c slots.c table.c trampoline.c) src/os/elf_code.c src/os/linux_code.c

include tools/build/$(patsubst linux,posix,$(SYSTEM)).mk # system-specific: formats, linking, installing

FLAGS := $(strip $(CC) $(CFLAGS) $(SMALL) $(LIBFLAGS) $(LDFLAGS) $(NASM))
$(if $(subst x$(FLAGS)x,,x$(strip $(file <$B/flags))x),$(shell mkdir -p $B)$(file >$B/flags,$(FLAGS))) # other flags rebuild everything

all: $(LIBRARIES) $B/ffi$(EXE) ## the library, static and shared, and the ffi program

# Only code that calls and callbacks run, or that makes callbacks, is compiled for speed; all other code for size.
# real.c and constant.c, too, but for x86-64: by -Os their shifts of 128 bits are calls of libgcc, whose code has no landing pads
# on AArch64.
HOT := $(if $(filter x86_64,$(ARCH)),,src/parse/real.c src/parse/constant.c) src/call/capture.c src/base/map.c src/library/library.c src/callback/quarantine.c src/callback/trampoline.c
# Where the compiler knows these options (gcc since 12), code that no call and no callback runs takes a twenty-fifth
# less, and declaring a header takes 2.6 % more instructions. Other code keeps -Os: by -Oz gcc 12 pushes a constant and pops it,
# and its unwind tables do not tell of the push.
SMALLEST := -Oz -fno-optimize-sibling-calls -fno-thread-jumps -fno-tree-dominator-opts
SMALLEST := $(or $(shell $(CC) -Werror $(SMALLEST) -c -x c /dev/null -o /dev/null 2>/dev/null && echo $(SMALLEST)),-Os)
# The parser, plan.c and context.c zero and copy records: the C library's functions take fewer instructions for that
# than `rep stos`.
STRINGS := $(shell $(CC) -Werror -mstringop-strategy=libcall -c -x c /dev/null -o /dev/null 2>/dev/null && echo -mstringop-strategy=libcall)
$(patsubst %.c,$B/%.o,$(filter-out $(HOT),$(wildcard src/parse/*.c) src/plan/plan.c)): SMALL ?= $(SMALLEST) $(STRINGS)
$B/src/context.o: SMALL ?= -Os $(STRINGS)
$(patsubst %.c,$B/%.o,$(filter-out $(HOT),$(COLD))): SMALL ?= $(SMALLEST)
$(patsubst %.c,$B/%.o,$(filter-out $(HOT),$(SOURCES))): SMALL ?= -Os
# No padding before jumps, which clang never puts there.
UNPADDED := $(shell $(CC) -Werror -falign-jumps=1 -c -x c /dev/null -o /dev/null 2>/dev/null && echo -falign-jumps=1) -falign-loops=1
$(patsubst %.c,$B/%.o,$(HOT)): SMALL ?= $(UNPADDED)

define compile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SMALL) $(LIBFLAGS) -MD -MP -c $< -o $@
endef

$B/%.o: %.c Makefile $B/flags ; $(compile)

# NASM reads the numbers of arch/offsets.h.
$B/arch/offsets.inc: arch/offsets.h
	@mkdir -p $(@D)
	sed -n 's/^#define/%define/p' $< >$@

$B/%.S.o: %.S $(wildcard arch/$(ARCH)/*.inc) Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIBFLAGS) -MD -MP -c $< -o $@

# Programs for users are hardened like the library.
PROGFLAGS := -std=c11 $(WARNINGS) $(ATOMICS) -Iinclude
PROGLINK  := $(if $(filter -static,$(LDFLAGS)),,$(PIE:-fPIE=-pie)) $(LINKHARD)
$B/tools/%.o: LIBFLAGS = $(PROGFLAGS) -iquote src $(HARDEN) $(PROTECT) $(PIE)

ELSEWHERE := $(filter-out $(os.$(SYSTEM)),posix elf macos win32)

$B/ffi$(EXE): $(patsubst %.c,$B/%.o,$(filter-out $(ELSEWHERE:%=tools/ffi/%%),$(wildcard tools/ffi/*.c))) $(DEBUG) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(PROGLINK) $(LDFLAGS) $(EXPORTING) $^ $(PROGRAM_LIBS) -o $@

include tools/build/libffi.mk
include tools/build/lua.mk
include tools/build/wasm.mk
include tools/build/node.mk

universal: ## for macOS on both processors: libraries, programs and hosts in one file each, in build/macos
	$(MAKE) TARGET=macos-arm64 all demo hosts
	$(MAKE) TARGET=macos-x86_64 all demo hosts
	cd build/macos-arm64 && for file in libffi_invoke.a libffi_invoke.dylib ffi demo $$(cd hosts && ls */ffi_invoke.so */ffi_invoke.node 2>/dev/null | sed s,^,hosts/,); do \
	    mkdir -p ../macos/$$(dirname $$file) && $(LIPO) -create $$file ../macos-x86_64/$$file -output ../macos/$$file || exit; \
	done
LIPO = $(call found,lipo llvm-lipo llvm-lipo-19 llvm-lipo-14)
.PHONY: universal

hosts: $(HOSTS) ## the hosts whose headers are there: hosts/lua, hosts/node, hosts/wasm/wasp
.PHONY: hosts

# ---- tests: programs t_*.c and scripts t_*.sh in the rooms of test/, which speak TAP; all programs are built into $B/test ----

# The tests that this system has the headers for, and this processor the guards. On another machine, of the scripts only
# those that know RUNNER, and no benchmarks.
FOREIGN_TESTS += $(if $(shell grep -s '^$(TARGET) |' bench/ceilings.txt),,test/build/t_ceilings.sh)
TEST_C        := $(filter-out $(FOREIGN_TESTS),$(wildcard test/unit/*/t_*.c test/guard/$(ARCH)/t_*.c))
GUARDS        := $(patsubst %,$B/%.o,$(filter-out %win32.asm,$(wildcard test/guard/$(ARCH)/guard*.asm test/guard/$(ARCH)/guard*.S)))
TEST_PROGRAMS := $(patsubst %.c,$B/test/%$(EXE),$(notdir $(TEST_C)))
TEST_SCRIPTS  := $(filter-out $(FOREIGN_TESTS),$(if $(FOREIGN),$(shell grep -l RUNNER test/*/t_*.sh),$(wildcard test/*/t_*.sh)))
TEST_LIBS     := $(patsubst test/lib/%.c,$B/test/%$(DLL),$(filter-out $(FOREIGN_TESTS),$(wildcard test/lib/lib_*.c)))

vpath t_%.c $(sort $(dir $(TEST_C)))

# gcc for RISC-V makes no tables of unwinding for C unless it is told to.
$B/test/%.o: LIBFLAGS = $(PROGFLAGS) -fasynchronous-unwind-tables -iquote test/lib
$B/test/t_%.o: t_%.c Makefile $B/flags ; $(compile)

$B/test/t_%$(EXE): $B/test/t_%.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $(EXPORTING) $^ -o $@ -lpthread
$(patsubst %.c,$B/test/%,$(notdir $(filter test/guard/%,$(TEST_C)))): $(GUARDS)

$B/test/lib_%$(DLL): test/lib/lib_%.c include/ffi_invoke.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PROGFLAGS) -shared $(LAZY) $< -o $@

$B/test/lib_checked$(DLL): LAZY += -g
$B/test/lib_bare$(DLL): LAZY += -g0

$(TEST_PROGRAMS): | $(TEST_LIBS)

# T=plan: of these tests, those with "plan" in their name; T='plan bind': or with "bind". NOT=plan: without those.
named    = $(foreach test,$2,$(if $(strip $(foreach word,$1,$(findstring $(word),$(notdir $(test))))),$(test)))
matching = $(filter-out $(call named,$(NOT),$1),$(if $T,$(call named,$T,$1),$1))
PROGRAMS := $(call matching,$(TEST_PROGRAMS))
SCRIPTS  := $(call matching,$(TEST_SCRIPTS))
# What takes longest starts first, so that all processors end together.
LONG     = $(filter $(shell grep -l '^. Part of make test that takes long' $(SCRIPTS) /dev/null),$(RUN))
# Random and slow checks are repeated less often.
check: export FFI_FEWER ?= 4
check: export FFI_MIB ?= 4
check: export STEP ?= 5
check: RUN    = $(PROGRAMS) $(shell grep -l '^. Part of make check' $(SCRIPTS) /dev/null) ## the tests that need only gcc, nasm and perl
test: RUN     = $(if $T,$(SCRIPTS),$(filter-out test/os/t_target_%,$(SCRIPTS))) $(PROGRAMS) ## every test for this target; T=plan: only tests with "plan" in their names, NOT=plan: all others
test-all: RUN = $(SCRIPTS) $(PROGRAMS) ## the tests of every target, whose tools must be installed, with more random cases
test-all: export FFI_FULL = yes
# Several of these tests make it, and run side by side.
test test-all: $(if $(and $(filter test/host/t_libffi%,$(SCRIPTS)),$(wildcard src/libffi/$(ARCH)),$(filter posix,$(OS))),libffi)
check test test-all: all $(PROGRAMS) $(if $(filter test/guard/%,$(TEST_C)),$(GUARDS))
	$(if $(strip $(RUN)),,$(error no test has '$T' in its name))
	BUILD=$B CC="$(CC)" RUNNER="$(RUNNER)" prove -j$(JOBS) --exec test/run.sh $(PROVEFLAGS) $(LONG) $(filter-out $(LONG),$(RUN))

test-headers: all ## each header of the packages that are there, by gcc and clang, beside the compilers' own view
	BUILD=$B CC="$(CC)" FFI_FULL=yes test/run.sh test/compiler/t_packages.sh

TIME  ?= 60
CLANG := $(shell command -v $(call found,clang-19 clang-18 clang-17 clang-16 clang))
FUZZERS := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c))
$B/fuzz_%: test/fuzz/fuzz_%.c $(SOURCES) $(STUBS:%=$B/%.o)
	$(CLANG) -g -O1 -std=c11 -Iinclude -iquote src -iquote test/lib -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $^ -o $@

fuzz: $(CLANG:%=$(FUZZERS:%=$B/%)) ## the parser and plans against random bytes, each for TIME=60 seconds
	$(if $(CLANG),mkdir -p $(FUZZERS:%=$B/%.corpus) && cd $B $(foreach name,$(FUZZERS),\
	    && ./$(name) -max_total_time=$(TIME) -max_len=4096 -timeout=10 $(name).corpus $(CURDIR)/test/fuzz/corpus),\
	    echo "fuzz: SKIPPED: it needs clang, for libFuzzer")

# ---- everything at random, for hours if you like ----

SECONDS ?= 60
SEED    ?=
$B/soak$(EXE): test/soak/soak.c $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(PROGFLAGS) $(LDFLAGS) $^ -o $@ -lpthread

soak: $B/soak$(EXE) ## everything of the library at random against itself, for SECONDS=60; prints its SEED
	$(RUNNER) $< $(SECONDS) $(SEED)

# ---- benchmarks: one program, linked with the static, the shared and the small library ----

# Peers are compiled in where their headers are: LIBFFCALL, TINYCC and DYNCALL name folders where they are installed.
# LIBFFI, LIBFFI_NEWEST and LUAJIT name shared libraries, which the program loads itself.
LIBFFCALL   ?= /usr
TINYCC      ?= /usr
peer_of      = $(if $(and $2,$(wildcard $2/include/$3)),$1)
PEERS       := $(if $(FOREIGN),,$(strip libffi luajit switch $(call peer_of,ffcall,$(LIBFFCALL),avcall.h) \
                   $(call peer_of,tcc,$(TINYCC),libtcc.h) $(call peer_of,dyncall,$(DYNCALL),dyncall.h)))
peer_libs    = $(if $(filter $1,$(PEERS)),$(if $(filter-out /usr,$2),-L$2/lib) $(patsubst %,-l:lib%.a,$3))
BENCH_LIBS   = $(call peer_libs,ffcall,$(LIBFFCALL),ffcall) $(call peer_libs,tcc,$(TINYCC),tcc) \
               $(call peer_libs,dyncall,$(DYNCALL),dyncallback_s dyncall_s)
BENCH_MORE  := $(if $(and $(filter posix,$(OS)),$(wildcard src/libffi/$(ARCH))),dropin growth libffi making memory queues sorting threads)
BENCH_PARTS := $(patsubst %,$B/bench/%.o,peer $(PEERS:%=peer_%) calls bench callee layer loops shape system_$(OS) $(BENCH_MORE))
FIRST       := $(if $(FOREIGN),,$(if $(filter posix,$(OS)),$B/bench/first $B/bench/first-shared)) # first use, each in a process of its own
BENCHES     := $B/bench/bench$(EXE) $(if $(FOREIGN),,$B/bench/bench-shared $B/bench/bench-small) $(FIRST)
BENCH_LINK   = $(CC) $(CFLAGS) $(LDFLAGS) $(filter-out %/peers,$^) -o $@ $(BENCH_LIBS) -Wl,-rpath,'$$ORIGIN/lib' $(if $(filter posix,$(OS)),-lpthread -lm -ldl)
$(if $(subst x C $(PEERS)x,,x $(strip $(file <$B/bench/peers))x),$(shell mkdir -p $B/bench)$(file >$B/bench/peers,C $(PEERS)))

$B/bench/%.o: LIBFLAGS = $(PROGFLAGS) -Isrc/libffi -Isrc/libffi/$(ARCH) $(patsubst %,-I%/include,$(filter-out /usr,$(LIBFFCALL) $(TINYCC) $(DYNCALL))) \
    -falign-functions=64 -falign-loops=64 -fno-ipa-icf
$B/bench/bench$(EXE): $(BENCH_PARTS) $B/libffi_invoke.a $B/bench/peers ; $(BENCH_LINK)
$B/bench/bench-small: $(BENCH_PARTS) $B/libffi_invoke_small.a $B/bench/peers ; $(BENCH_LINK)
# Here the callees and handlers are in a shared library, too, as native functions are whose addresses come from dlsym(). A
# call from the program to a library is slower by itself: on AMD's Zen 4 by three cycles.
# The folder has no other library: next to ours is our libffi.so.8, which is not the machine's.
$B/bench/bench-shared: $(filter-out %/callee.o,$(BENCH_PARTS)) $B/bench/lib/libcallee.so $B/libffi_invoke.so $B/bench/peers
	ln -sf ../../$(SONAME) $(@D)/lib/$(SONAME)
	$(BENCH_LINK)
# No folder of the shared library is noted in the program: the loader would search it for libm, too. It is preloaded.
$(FIRST): BENCH_LINK = $(CC) $(CFLAGS) $(LDFLAGS) -Wl,-z,now $^ -o $@ $(if $(filter posix,$(OS)),-lpthread -ldl)
$B/bench/first: $B/bench/first.o $B/bench/system_$(OS).o $B/libffi_invoke.a ; $(BENCH_LINK)
$B/bench/first-shared: $B/bench/first.o $B/bench/system_$(OS).o $B/libffi_invoke.so ; $(BENCH_LINK)
$B/bench/lib/libcallee.so: bench/callee.c bench/callee.h Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PROGFLAGS) -falign-functions=64 -fPIC -fno-semantic-interposition -shared -Wl,-Bsymbolic,-soname,$(@F) $< -o $@

BENCH_RUN = BUILD=$B CC="$(CC)" STRIP="$(STRIP)" RUNNER="$(RUNNER)" TARGET=$(TARGET) bench/run.pl
BENCH_NEEDS = $(BENCHES) $(if $(FOREIGN),,$(if $(filter posix,$(OS)),libffi))
bench: $(BENCH_NEEDS) ## how fast it is, in a table; all of it in build/bench; JSON=, CSV=FILE, BENCH_FILTER, BENCH_ROUNDS
	$(BENCH_RUN) $(JSON:%=--json %) $(CSV:%=--csv %)
bench-publish: ## put the last run's table and pictures into README.md and bench/figures
	BUILD=$B bench/report.pl --publish build/bench/bench.json
bench-compare: ## BASE=FILE.json: what is slower or faster in the last run than in that one
	bench/compare.pl $(or $(BASE),$(error BASE=FILE.json names the run to compare with)) build/bench/bench.json
bench-ceilings: $(BENCHES) ## write this target's instructions of each call to bench/ceilings.txt
	$(BENCH_RUN) --write-ceilings
test test-all: $(if $(filter test/build/t_first.sh,$(SCRIPTS)),$(FIRST))
# Under Wine the ceilings are only checked by test-all.
test test-all: $(if $(filter test/build/t_bench.sh test/build/t_ceilings.sh,$(SCRIPTS)),$(if $(filter-out win64,$(TARGET))$(FFI_FULL),$(BENCH_NEEDS)))

# ---- the demo, and installing ----

$B/demo$(EXE): $(patsubst %.c,$B/%.o,$(filter-out $(ELSEWHERE:%=tools/demo/%%),$(wildcard tools/demo/*.c))) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(PROGLINK) $(LDFLAGS) $^ -lm -o $@

# The example language on the embedding layer; its script needs a compiler for headers.
$B/calc$(EXE): $(patsubst %.c,$B/%.o,$(wildcard tools/demo/calc/*.c)) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lm -o $@

# The example of a virtual machine with tagged words on it.
$B/tagged$(EXE): $(patsubst %.c,$B/%.o,$(wildcard tools/demo/tagged/*.c)) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lm -o $@

demo: $B/demo$(EXE) $(if $(RUNNER),,$B/calc$(EXE)) ## calls real libraries, and compares each answer with a known one
	$(RUNNER) $<
	$(if $(RUNNER),,$B/calc$(EXE) tools/demo/calc/demo.calc)

BINDIR       ?= $(PREFIX)/bin
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
MANDIR       ?= $(PREFIX)/share/man
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
CMAKEDIR     ?= $(LIBDIR)/cmake/ffi_invoke
CONFIGS       = $(PKGCONFIGDIR)/ffi_invoke.pc $(CMAKEDIR)/ffi_invoke-config.cmake $(CMAKEDIR)/ffi_invoke-config-version.cmake
# The pages of section 3 are made from the headers: one for each part, and a link to it for each function.
MAN3         := $(if $(shell command -v perl),$B/man3/ffi_invoke.3)
COMPLETIONS   = bash-completion/completions/ffi zsh/site-functions/_ffi fish/vendor_completions.d/ffi.fish
DATADIR      ?= $(PREFIX)/share
INSTALLED     = $(BINDIR)/ffi$(EXE) $(MANDIR)/man1/ffi.1 $(COMPLETIONS:%=$(DATADIR)/%) $(MAN3:$B/%=$(MANDIR)/%) $(HEADERS:include/%=$(INCLUDEDIR)/%) $(CONFIGS) $(INSTALLED_LIBS)

$B/man3/ffi_invoke.3: tools/build/man3.pl $(HEADERS)
	rm -rf $(@D) && mkdir -p $(@D)
	perl $< $(@D) "$$(sed -n 's/^.Dd //p' tools/ffi/ffi.1)" $(HEADERS)

man: $(MAN3) ## the manual pages of section 3, from the headers, in build/<target>/man3
.PHONY: man

install: all $(MAN3) ## all of it under PREFIX (/usr/local), staged under DESTDIR
	install -d $(sort $(dir $(INSTALLED:%=$(DESTDIR)%)))
	install -m 755 $B/ffi$(EXE) $(DESTDIR)$(BINDIR)
	install -m 644 tools/ffi/ffi.1 $(DESTDIR)$(MANDIR)/man1
	$(if $(MAN3),cp -RP $(dir $(MAN3)). $(DESTDIR)$(MANDIR)/man3)
	install -m 644 tools/ffi/completion/ffi.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/ffi
	install -m 644 tools/ffi/completion/_ffi $(DESTDIR)$(DATADIR)/zsh/site-functions
	install -m 644 tools/ffi/completion/ffi.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(install_libraries)
	$(foreach config,$(CONFIGS),sed $(foreach v,PREFIX LIBDIR INCLUDEDIR VERSION LINKING SHARED IMPLIB,-e 's|@$v@|$($v)|g') \
	    tools/build/$(notdir $(config)).in >$(DESTDIR)$(config) &&) :

# ---- for other builds: one C file, and one assembler file for each target, which need neither sed nor this file ----

AMALGAM := build/ffi_invoke.c $(foreach f,x86_64-linux.s x86_64-linux.asm x86_64-windows.asm x86_64-macos.asm aarch64.S riscv64.S,build/ffi_invoke-$f)

amalgamation: $(AMALGAM) ## the library as one C file and one assembler file for each target, in build/
	cp include/*.h build

build/ffi_invoke.c: tools/build/amalgamate.pl $(wildcard src/*.[ch] src/*/*.[ch] src/*/*.def arch/*.h arch/*/*.[ch])
	@mkdir -p $(@D)
	CC="$(CC)" perl $< $(sort $(filter-out %/small.c,$(wildcard src/*.c $(ROOMS:%=src/%/*.c) arch/*/*.c))) >$@
build/ffi_invoke-x86_64-linux.asm: FORMAT := elf64
build/ffi_invoke-x86_64-windows.asm: FORMAT := win64
build/ffi_invoke-x86_64-macos.asm: FORMAT := macho64
build/ffi_invoke-%.asm: tools/build/amalgamate_asm.pl $B/arch/offsets.inc $(wildcard arch/x86_64/*)
	NASM="$(NASM)" NASMFLAGS="-I arch/x86_64/ -I $B/arch/" perl $< $(FORMAT) $(call assembled,$(FORMAT),$(sort $(wildcard arch/x86_64/*.asm))) >$@
build/ffi_invoke-x86_64-linux.s: build/ffi_invoke-x86_64-linux.asm tools/build/gas.pl
	$(NASM) -f elf64 $< -o $@.o && perl tools/build/gas.pl $@.o >$@ && rm $@.o
$(filter %.S,$(AMALGAM)): build/ffi_invoke-%.S: tools/build/amalgamate_asm.pl arch/offsets.h $(wildcard arch/*/*)
	perl $< $(sort $(wildcard arch/$*/*.S)) >$@

uninstall: $(MAN3) ## remove the installed files
	$(if $(MAN3),rm -f $$(ls $(dir $(MAN3)) | sed 's|^|$(DESTDIR)$(MANDIR)/man3/|'))
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	rmdir $(DESTDIR)$(CMAKEDIR) 2>/dev/null || true

# ---- care ----

# tools/build/setup.sh looks for the tools of these goals before anything is compiled; it prints nothing if all are there.
GOALS   := $(filter demo check test bench fmt lint,$(MAKECMDGOALS:test-all=test)) \
           $(if $(FOREIGN),$(or $(filter macos freebsd,$(SYSTEM)),$(TARGET)) $(if $(filter demo check test%,$(MAKECMDGOALS)),$(TARGET)-run)) \
           $(if $(filter test-all,$(MAKECMDGOALS)),$(foreach other,$(filter-out $(shell uname -m),aarch64 riscv64 musl win64),$(other) $(other)-run))
C_FILES  = $(filter-out build/% test/fuzz/corpus/% test/host/stoffel/example.c,$(wildcard */*.[ch] */*/*.[ch] */*/*/*.[ch] */*/*/*/*.[ch]))

ready:
	NASM="$(NASM)" tools/build/setup.sh build $(GOALS)
$(if $(strip $(GOALS)),$(patsubst %.c,$B/%.o,$(filter %.c,$(C_FILES))) $(TEST_PROGRAMS:$(EXE)=.o) $(OBJECTS)): | ready

fmt: ready ## format every C file
	clang-format -i $(C_FILES)

lint: ready $(OBJECTS) $(EMBED) ## check the format, clang-tidy, cppcheck, and that rooms include only rooms below
	OBJECTS="$(OBJECTS) $(EMBED)" tools/build/lint.sh $(C_FILES)

help: ## this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

clean: ## remove what was built
	rm -rf build

.PHONY: all amalgamation fuzz soak check test test-all bench bench-publish bench-compare bench-ceilings demo install uninstall ready fmt lint help clean

-include $(shell find $B -name '*.d' 2>/dev/null)
