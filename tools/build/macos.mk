# SPDX-License-Identifier: MIT
#
# Part of the Makefile: how clang and lld build for macOS on another system, with Apple's headers and the list of its C
# library's symbols, which Zig has and setup.sh installs. What this makes has never run.

ZIG_LIBC  := /usr/local/lib/ziglang/ziglang/lib/libc
LD        := $(call found,ld64.lld-19 ld64.lld)
CC        := $(call found,clang-19 clang) --target=$(TARGET:macos-%=%)-apple-macos11 \
             -nostdlibinc -isystem $(ZIG_LIBC)/include/any-darwin-any
LDFLAGS   += -fuse-ld=$(LD) -mlinker-version=907 -L$B/sdk -Wl,-dead_strip
NM        := llvm-nm
AR        := llvm-ar
OBJCOPY   := llvm-objcopy
STRIP     := llvm-strip
LIBFLAGS  += -fstack-protector-strong -fvisibility=hidden -DFFI_INVOKE_API='__attribute__((visibility("default")))'
LIBRARIES := $B/libffi_invoke.a $B/libffi_invoke.dylib
INSTALLED_LIBS = $(addprefix $(LIBDIR)/,libffi_invoke.a libffi_invoke.dylib)
SHARED     = $(LIBDIR)/libffi_invoke.dylib
EXE       :=
DLL       := .dylib
MODULE    := -bundle -undefined dynamic_lookup
LUA_FLAGS := -isystem $B/sdk
UNDERSCORE := _
FOREIGN_TESTS := $(wildcard test/*/t_*.sh test/unit/*/t_*.c test/guard/*/t_*.c)

# As in Apple's SDK, other libraries are names of this one. lld 19 does not know the newest processors, and looks for arm64
# where the list has the same symbols for arm64e. Debian's luaconf.h includes a file for the machine's Debian.
$B/sdk/libSystem.tbd: $(ZIG_LIBC)/darwin/libSystem.tbd Makefile
	@mkdir -p $(@D)
	sed -z 's/,\s*arm64e\.x1-[a-z]*//g; s/arm64e-/arm64-/g' $< >$@
	cd $(@D) && ln -sf libSystem.tbd libm.tbd && ln -sf libSystem.tbd libpthread.tbd
	cd $(@D) && touch lua5.4-deb-multiarch.h
$(OBJECTS): | $B/sdk/libSystem.tbd

$B/%.asm.o: %.asm $B/arch/offsets.inc $(wildcard arch/$(ARCH)/*.inc) Makefile $B/flags
	@mkdir -p $(@D)
	$(NASM) -Werror -f macho64 --prefix _ -I $(<D)/ -I $B/arch/ $< -o $@

include tools/build/renamed.mk

$B/libffi_invoke.dylib: $(OBJECTS) $(EMBED)
	$(CC) $(CFLAGS) $(LDFLAGS) -dynamiclib -install_name @rpath/$(@F) -current_version $(VERSION) $^ -o $@

define install_libraries
	install -m 644 $B/libffi_invoke.a $(DESTDIR)$(LIBDIR)
	install -m 755 $B/libffi_invoke.dylib $(DESTDIR)$(LIBDIR)
endef
