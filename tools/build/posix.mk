# SPDX-License-Identifier: MIT
#
# Part of the Makefile: how ELF systems assemble, link and install.

# What Debian hardens with: canaries, checked forms of C's functions where there is optimisation to find sizes, tables that
# are read-only and complete before the program starts.
FORTIFY   := $(if $(findstring _FORTIFY_SOURCE,$(CFLAGS))$(findstring -fsanitize,$(CFLAGS)),,$(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),\
                 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN    := -fstack-protector-strong -fstack-clash-protection $(FORTIFY)
LINKHARD  := -Wl,-z,relro,-z,now,-z,noexecstack
# Relocations of tables in a thirtieth of the size, where linker and loader know it (glibc since 2.36).
PACKED     = $(if $(filter glibc,$(LIBC)),$(shell echo 'char glibc_has_it[__GLIBC_MINOR__ < 36 ? -1 : 1];' | \
                 $(CC) -include limits.h -shared -nostdlib -Wl,--fatal-warnings,-z,pack-relative-relocs -x c - -o /dev/null \
                 2>/dev/null && echo -Wl,-z,pack-relative-relocs))
PIE       := -fPIE
LIBFLAGS  += $(HARDEN) -fPIC -fvisibility=hidden -fno-plt -ffunction-sections -fdata-sections \
             -DFFI_INVOKE_API='__attribute__((visibility("default")))'
# A canary takes 11 instructions of each call.
$B/src/call/staging.o $B/src/call/capture.o $B/src/embed/simple.o: LIBFLAGS += -fno-stack-protector
# In a shared library a thread-local variable is found by a descriptor, which is two instructions and changes no register,
# where compiler and system have those (AArch64 always has).
TLSDESC   := $(if $(filter x86_64,$(TARGET)),$(shell $(CC) -mtls-dialect=gnu2 -x c -E /dev/null >/dev/null 2>&1 && echo -mtls-dialect=gnu2))
$B/src/call/capture.o: LIBFLAGS += $(TLSDESC)
# No tables of unwinding where nothing unwinds. Debuggers have .debug_frame for it.
NOT_UNWOUND := $(COLD) $(addprefix arch/x86_64/,sysv.c vectorcall.c win64.c) \
               $(addprefix src/libffi/,cache.c cif.c closure.c signature.c type.c)
$(NOT_UNWOUND:%.c=$B/%.o): LIBFLAGS += -fno-asynchronous-unwind-tables
SONAME    := libffi_invoke.so.$(firstword $(subst ., ,$(VERSION)))
LIBRARIES := $B/libffi_invoke.a $B/libffi_invoke_small.a $B/libffi_invoke.so
INSTALLED_LIBS = $(addprefix $(LIBDIR)/,libffi_invoke.a libffi_invoke_small.a libffi_invoke.so $(SONAME) libffi_invoke.so.$(VERSION))
SHARED     = $(LIBDIR)/libffi_invoke.so
EXE       :=
DLL       := .so
EXPORTING := -rdynamic
MODULE    := -shared $(LINKHARD) -Wl,--gc-sections,--exclude-libs,ALL# of a host, which has the symbols that are missing
NODELETE  := -Wl,-z,nodelete -ldl
LAZY      := -fPIC -Wl,-z,lazy
ABI_TESTS := $(addprefix test/compiler/,t_calls.sh t_values.sh t_exhaustive.sh t_narrow.sh) # the C library makes no difference to them
FOREIGN_TESTS += $(wildcard test/*/t_*windows.sh) $(if $(filter musl,$(LIBC)),test/guard/$(ARCH)/t_step%.c $(ABI_TESTS),test/os/t_musl.sh)

$B/test/lib_versioned.so: LAZY += -Wl,--version-script=test/lib/lib_versioned.map -Wl,--hash-style=both

# Labels inside procedures are dropped: a debugger would take them for functions. NASM writes the folder's path into debug
# information, where a build that is to be the same in each folder must not have it.
$B/%.asm.o: %.asm $B/arch/offsets.inc $(wildcard arch/$(ARCH)/*.inc) Makefile $B/flags
	@mkdir -p $(@D)
	$(NASM) -Werror -f elf64 $(if $(findstring -prefix-map=,$(CFLAGS)),,-g -F dwarf) -I arch/$(ARCH)/ -I $B/arch/ $< -o $@
	$(OBJCOPY) --discard-all --keep-section='.debug_*' --keep-section='.rela.debug_*' $@

# One object, whose hidden names are local: an embedder may call its own functions as we call ours. Each section stays one
# of its own, so that a program's linker can drop it, also where two files have a static function of one name.
JOIN := $(LD) -r --unique=.text --unique=.trampolines $(foreach section,text rodata data bss,--unique='.$(section).*')

$B/libffi_invoke.o: $(OBJECTS)
	$(JOIN) $^ -o $@
	$(OBJCOPY) --localize-hidden $@

$B/libffi_embed.o: $(EMBED)
	$(JOIN) $^ -o $@
	$(OBJCOPY) --localize-hidden $@

$B/libffi_invoke.a: $B/libffi_invoke.o $B/libffi_embed.o
	rm -f $@
	$(AR) rcs $@ $^

# The small library: the system's own ABI alone, by the stubs and the entry that take any arguments. Two files stand in
# place of those that have the records of all ABIs and that choose stubs for speed.
FAST          := src/plan/abi src/call/families src/call/steps $(addprefix arch/$(ARCH)/,stubs stubs_$(OS) entries entries_$(OS))
SMALL_PARTS   := $(addprefix $B/,src/call/small.o arch/$(ARCH)/small.o)
SMALL_OBJECTS := $(filter-out $(FAST:%=$B/%.o),$(OBJECTS)) $(SMALL_PARTS)
$(SMALL_PARTS): SMALL ?= -Os

$B/libffi_small.o: $(SMALL_OBJECTS)
	$(JOIN) $^ -o $@
	$(OBJCOPY) --localize-hidden $@

$B/libffi_invoke_small.a: $B/libffi_small.o $B/libffi_embed.o
	rm -f $@
	$(AR) rcs $@ $^

SYMBOLIC ?= -Wl,-Bsymbolic-functions
MAPPED   ?= -Wl,-Map=$@.map

# No start files: the library has nothing to run when it is loaded, and what it consists of is all CET or BTI. It calls its
# own functions without a look at the tables by which a program could replace them.
SHARING = $(CC) $(CFLAGS) $(LDFLAGS) -shared -nostartfiles $(SYMBOLIC) -Wl,-soname,$(SONAME) -Wl,--gc-sections,-z,defs $(LINKHARD) $(PACKED)

$B/libffi_invoke.so: $(OBJECTS) $(EMBED)
	$(SHARING) $(MAPPED) $^ -o $@
	ln -sf libffi_invoke.so $B/$(SONAME)

# Its last line tells the loader, if it searches LIBDIR at all.
define install_libraries
	install -m 644 $B/libffi_invoke.a $B/libffi_invoke_small.a $(DESTDIR)$(LIBDIR)
	install -m 755 $B/libffi_invoke.so $(DESTDIR)$(LIBDIR)/libffi_invoke.so.$(VERSION)
	ln -sf libffi_invoke.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libffi_invoke.so
	test -n "$(DESTDIR)" || ! ldconfig -vNX 2>&1 | grep -q '^$(LIBDIR):' || ldconfig || true
endef

# StoffelVM's C API as a library of its own, which exports nothing else.
$B/src/hosts/stoffel/%.o: LIBFLAGS += -DSTOFFEL_API='__attribute__((visibility("default")))'
$B/libstoffel_vm.so: $B/src/hosts/stoffel/stoffel_vm.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,defs -Wl,--exclude-libs,ALL $^ -o $@

stoffel: $B/libstoffel_vm.so ## StoffelVM's C API (src/hosts/stoffel/stoffel_vm.h): libstoffel_vm.so; stoffel_vm.dll on Windows
test test-all: stoffel $B/calc $B/tagged
.PHONY: stoffel

# ---- sizes: what the smallest program takes of the library, the library itself, and that without the embedding layer ----

$B/size/minimal: $B/test/build/minimal.o $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--gc-sections,-Map=$@.map $^ -o $@ -lpthread
$B/size/minimal-archive: $B/test/build/minimal.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--gc-sections $^ -o $@ -lpthread
$B/size/small-archive: $B/test/build/minimal.o $B/libffi_invoke_small.a
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--gc-sections $^ -o $@ -lpthread
$B/size/small: $B/test/build/minimal.o $(SMALL_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--gc-sections,-Map=$@.map $^ -o $@ -lpthread
$B/size/core.so: $(OBJECTS)
	@mkdir -p $(@D)
	$(SHARING) -Wl,-Map=$@.map $^ -o $@
$B/size/stripped/%: $B/%
	@mkdir -p $(@D)
	$(STRIP) $< -o $@
$B/size/stripped/core.so: $B/size/core.so
	@mkdir -p $(@D)
	$(STRIP) $< -o $@
SIZED := $B/size/minimal $B/size/small $B/size/minimal-archive $B/size/small-archive $(addprefix $B/size/stripped/,core.so libffi_invoke.so libffi.so.8)

size: $(SIZED) ## what each room takes in a program that uses little, in the shared library, in libffi.so.8
	perl tools/build/size.pl minimal=$B/size/minimal.map small=$B/size/small.map core=$B/size/core.so.map libffi_invoke.so=$B/libffi_invoke.so.map \
	    libffi.so.8=$B/libffi.so.8.map
	printf '%-22s %16s' 'stripped file' ''
	printf ' %16s' $$(wc -c $(filter $B/size/stripped/%,$(SIZED)) | awk '!/total/ { print $$1 }') && echo
.PHONY: size
