# SPDX-License-Identifier: MIT
#
# Part of the Makefile: how MinGW assembles, links and installs what runs on Windows.

# C11's printf, not msvcrt's; this compiler checks formats against the latter, and natively they are checked.
override CFLAGS += -D__USE_MINGW_ANSI_STDIO=1 -Wno-format
LINKHARD  := -Wl,--dynamicbase,--nxcompat,--high-entropy-va
LIBRARIES := $B/libffi_invoke.a $B/ffi_invoke.dll
INSTALLED_LIBS = $(addprefix $(LIBDIR)/,libffi_invoke.a libffi_invoke.dll.a ffi_invoke.def) $(BINDIR)/ffi_invoke.dll
SHARED     = $(BINDIR)/ffi_invoke.dll
IMPLIB     = $(LIBDIR)/libffi_invoke.dll.a
EXE       := .exe
DLL       := .dll
EXPORTING := -static -Wl,--export-all-symbols
LAZY      := -static-libgcc
LINKING   := $() -static-libgcc# variables of a thread are libgcc's here
# What POSIX systems have, t_windows.sh and t_cli_windows.sh ask of Windows instead.
FOREIGN_TESTS := $(shell grep -lE '<(dlfcn|sys/wait|ucontext|ftw)\.h>' test/unit/*/t_*.c) $(wildcard test/guard/*/t_*.c) \
                 test/lib/lib_needy.c test/lib/lib_reentrant.c test/lib/lib_versioned.c $(filter-out %windows.sh,$(wildcard test/*/t_*.sh))

# Wine's own folder, with windows that no one sees, is made once.
$B/wine/ready:
	mkdir -p $(@D)
	$(RUNNER) reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >$(@D)/log 2>&1 </dev/null || { cat $(@D)/log; false; }
	$(RUNNER)server -w
	touch $@

# Its server is slow to start, and stays for some seconds.
awake: $(if $(RUNNER),$B/wine/ready)
	$(RUNNER) $(if $(RUNNER),cmd /c exit,true) >/dev/null 2>&1 </dev/null
check test test-all demo: awake
.PHONY: awake
test test-all: $B/demo.exe

$B/%.asm.o: %.asm $B/arch/offsets.inc $(wildcard arch/$(ARCH)/*.inc) Makefile $B/flags
	@mkdir -p $(@D)
	$(NASM) -Werror -f win64 -I $(<D)/ -I $B/arch/ $< -o $@
	$(OBJCOPY) --discard-all $@

$B/ffi_invoke.def: $B/exports
	{ echo EXPORTS; cat $<; } >$@

# (Objects joined by GNU ld 2.40's -r would lose their unwind data: it leaves what is relative to a section where it was.)
NM := $(CROSS)nm
include tools/build/renamed.mk

# It exports what the DLL does, so all of the archive is in it.
$B/ffi.exe: EXPORTING := -static -Wl,--whole-archive,$B/libffi_invoke.a,--no-whole-archive
$B/ffi.exe: $B/ffi_invoke.def

# What MinGW has for threads is linked in, too.
$B/ffi_invoke.dll: $(OBJECTS) $(EMBED) $B/ffi_invoke.def
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -static $(LINKHARD) $^ -Wl,--out-implib,$B/libffi_invoke.dll.a -o $@

define install_libraries
	install -m 644 $B/libffi_invoke.a $B/libffi_invoke.dll.a $B/ffi_invoke.def $(DESTDIR)$(LIBDIR)
	install -m 755 $B/ffi_invoke.dll $(DESTDIR)$(BINDIR)
endef

# StoffelVM's C API as a library of its own, which exports nothing else.
$B/src/hosts/stoffel/%.o: LIBFLAGS += -DSTOFFEL_API='__declspec(dllexport)'
$B/stoffel_vm.dll: $B/src/hosts/stoffel/stoffel_vm.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -static $(LINKHARD) $^ -o $@

stoffel: $B/stoffel_vm.dll
test test-all: stoffel
.PHONY: stoffel
