# SPDX-License-Identifier: MIT
#
# Part of the Makefile: libffi.so.8, libffi's interface on top of the library (src/libffi). It is linked with the objects
# of the library that it needs, and shows libffi's names only.

LIBFFI_VERSION := $(shell sed -n 's/^.define FFI_VERSION_STRING "\(.*\)"/\1/p' src/libffi/ffi.h)
LIBFFI_PARTS   := $(patsubst %,$B/%.o,$(basename $(wildcard src/libffi/*.c src/libffi/$(ARCH)/*.c))) \
                  $(patsubst %,$B/%.o,$(wildcard src/libffi/$(ARCH)/*.asm src/libffi/$(ARCH)/*.S))
LIBFFI         := $B/libffi.so.8 $B/libffi/libffi.a $B/libffi/libffi.pc

libffi: $(LIBFFI) ## libffi.so.8, a drop-in replacement of libffi

$B/src/libffi/%.o: LIBFLAGS += -Isrc/libffi -Isrc/libffi/$(ARCH) -Iarch/$(ARCH)
# Only what prepares is compiled for speed, without padding; where assembler begins calls, those in C are rare.
LIBFFI_COLD  := signature type
LIBFFI_SMALL := error raw $(if $(filter x86_64,$(ARCH)),call closure_call x86_64/target)
$(LIBFFI_COLD:%=$B/src/libffi/%.o): SMALL ?= $(SMALLEST)
$(LIBFFI_SMALL:%=$B/src/libffi/%.o): SMALL ?= -Os
$B/src/libffi/%.o: LIBFLAGS += -fstack-protector # an address that is taken is no array
$B/src/libffi/%.o: LIBFLAGS += -fno-align-functions $(UNPADDED)

# The linker drops what nothing here refers to: the parser, declarations, libraries.
LIBFFI_CORE  := $(filter-out $B/src/base/error.o $(if $(wildcard src/libffi/$(ARCH)/stubs.c),$B/arch/$(ARCH)/stubs%.o $B/arch/$(ARCH)/entries%.o $B/arch/$(ARCH)/sysv_steps.asm.o),$(OBJECTS))
LIBFFI_NAMES := $(shell grep -o '\bffi_[a-z_0-9]*' src/libffi/libffi.map)

$B/libffi.so.8: $(LIBFFI_PARTS) $(LIBFFI_CORE) src/libffi/libffi.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -nostartfiles -Wl,-soname,$(@F) -Wl,--version-script=src/libffi/libffi.map \
	    -Wl,--gc-sections,-Map=$@.map -Wl,-z,defs,--defsym=__dso_handle=libffi_no_handle $(LINKHARD) $(PACKED) $(filter %.o,$^) -o $@

# One object with libffi's names and no other.
$B/libffi/libffi.o: $(LIBFFI_PARTS) $(LIBFFI_CORE) src/libffi/libffi.map
	@mkdir -p $(@D)
	$(LD) -r --gc-sections $(LIBFFI_NAMES:%=-u %) $(filter %.o,$^) -o $@
	$(OBJCOPY) $(LIBFFI_NAMES:%=--keep-global-symbol=%) $@

$B/libffi/libffi.a: $B/libffi/libffi.o
	rm -f $@
	$(AR) rcs $@ $<

$B/libffi/libffi.pc: src/libffi/libffi.pc.in src/libffi/ffi.h
	@mkdir -p $(@D)
	sed $(foreach v,LIBDIR INCLUDEDIR LIBFFI_VERSION,-e 's|@$v@|$($v)|g') $< >$@

# A folder of its own: nothing of the system's is replaced, and nothing finds it by itself.
install-libffi: libffi ## put it into LIBDIR/ffi_invoke, from where LD_LIBRARY_PATH or ld.so.conf.d has it
	install -d $(addprefix $(DESTDIR),$(LIBDIR)/ffi_invoke/pkgconfig $(INCLUDEDIR)/ffi_invoke)
	install -m 755 $B/libffi.so.8 $(DESTDIR)$(LIBDIR)/ffi_invoke
	ln -sf libffi.so.8 $(DESTDIR)$(LIBDIR)/ffi_invoke/libffi.so
	install -m 644 $B/libffi/libffi.a $(DESTDIR)$(LIBDIR)/ffi_invoke
	install -m 644 $B/libffi/libffi.pc $(DESTDIR)$(LIBDIR)/ffi_invoke/pkgconfig
	install -m 644 src/libffi/ffi.h src/libffi/$(ARCH)/ffitarget.h $(DESTDIR)$(INCLUDEDIR)/ffi_invoke

uninstall-libffi: ## remove what install-libffi has put there
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/ffi_invoke/,libffi.so.8 libffi.so libffi.a pkgconfig/libffi.pc) $(addprefix $(DESTDIR)$(INCLUDEDIR)/ffi_invoke/,ffi.h ffitarget.h)
	rmdir $(DESTDIR)$(LIBDIR)/ffi_invoke/pkgconfig $(DESTDIR)$(LIBDIR)/ffi_invoke $(DESTDIR)$(INCLUDEDIR)/ffi_invoke 2>/dev/null || true

# ---- tests ----

test-libffi: libffi ## the test-suites of libffi and its clients, with the machine's library and with ours
	CC="$(CC)" RUNNER="$(RUNNER)" /usr/bin/python3 test/host/libffi/clients.py $B

bench-ctypes: libffi ## instructions of calls by ctypes, with the machine's libffi and with ours
	/usr/bin/python3 bench/python_ctypes.py $(shell ldconfig -p | sed -n 's/.*libffi\.so\.8 .*=> //p' | head -n 1) $(LIBFFI_NEWEST) $B/libffi.so.8

.PHONY: libffi install-libffi uninstall-libffi test-libffi bench-ctypes
