# SPDX-License-Identifier: MIT
#
# Everything is built under build/<target>/. `make help` lists what there is to make.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# `make V=1` shows the commands.
ifndef V
.SILENT:
endif

# ---- the target: a compiler, an assembler format, a runner for its programs ----

TARGET ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
B      := build/$(TARGET)

TARGETS := x86_64
ifeq ($(filter $(TARGET),$(TARGETS)),)
$(error no target '$(TARGET)': there are $(TARGETS))
endif
RUNNER :=
ARCH   := x86_64
OS     := posix

# ---- tools and flags ----

NASM     ?= nasm
OBJCOPY  ?= objcopy
PREFIX   ?= /usr/local
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Werror
LIBFLAGS := -std=c11 $(WARNINGS) -fPIC -fvisibility=hidden -fasynchronous-unwind-tables -fcf-protection=full \
            -fno-math-errno -DFFI_INVOKE_API='__attribute__((visibility("default")))' -Iinclude

VERSION := $(subst $() ,.,$(strip $(shell sed -n 's/^.define FFI_INVOKE_VERSION_[A-Z]* //p' include/ffi_invoke.h)))
SONAME  := libffi_invoke.so.$(firstword $(subst ., ,$(VERSION)))

# ---- the library ----

SOURCES := $(filter-out src/os_%.c,$(wildcard src/*.c)) src/os_$(OS).c \
           $(filter-out %/stubs.c,$(wildcard arch/*/*.c)) arch/$(ARCH)/stubs.c
STUBS   := $(wildcard arch/$(ARCH)/*.asm)
OBJECTS := $(SOURCES:%.c=$B/%.o) $(STUBS:%=$B/%.o)

all: $B/libffi_invoke.a $B/libffi_invoke.so $B/ffi ## the library, static and shared, and the ffi program

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIBFLAGS) -MMD -MP -c $< -o $@

# NASM reads the same numbers as C. Labels inside procedures are dropped: a debugger would take them for
# functions.
$B/arch/layout.inc: arch/layout.h
	@mkdir -p $(@D)
	sed -n 's/^#define/%define/p' $< >$@

$B/%.asm.o: %.asm $B/arch/layout.inc arch/$(ARCH)/unwind.inc Makefile
	@mkdir -p $(@D)
	$(NASM) -Werror -f elf64 -g -F dwarf -I $(<D)/ -I $B/arch/ $< -o $@
	$(OBJCOPY) --discard-all $@

# One object, whose hidden names are local: an embedder may call its own functions as we call ours.
$B/libffi_invoke.o: $(OBJECTS)
	$(LD) -r $^ -o $@
	$(OBJCOPY) --localize-hidden $@

$B/libffi_invoke.a: $B/libffi_invoke.o
	rm -f $@
	$(AR) rcs $@ $<

# No start files: the library has nothing to run when it is loaded, and what it consists of is all CET.
$B/libffi_invoke.so: $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -nostartfiles -Wl,-soname,$(SONAME) -Wl,-z,defs,-z,relro,-z,now $^ -o $@
	ln -sf libffi_invoke.so $B/$(SONAME)

$B/ffi: $B/tools/ffi.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic $^ -o $@


# ---- tests: programs test/t_*.c and scripts test/t_*.sh, which speak TAP ----

PROGFLAGS     := -std=c11 $(WARNINGS) -Iinclude
TEST_PROGRAMS := $(patsubst %.c,$B/%,$(wildcard test/t_*.c))
TEST_SCRIPTS  := $(wildcard test/t_*.sh)
PROVEFLAGS    ?=

$B/tools/%.o $B/test/%.o $B/bench/%.o: LIBFLAGS = $(PROGFLAGS)

$B/test/t_%: $B/test/t_%.o $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic $^ -o $@ -lpthread

test: all $(TEST_PROGRAMS) ## every test; ends with prove's summary
	BUILD=$B CC="$(CC)" prove --exec '$(RUNNER)' $(PROVEFLAGS) $(TEST_PROGRAMS) $(TEST_SCRIPTS)

# ---- benchmarks ----

# ---- the demo ----

# ---- installing ----

# ---- care ----

help: ## this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

clean: ## remove what was built
	rm -rf build

.PHONY: all test help clean

-include $(shell find $B -name '*.d' 2>/dev/null)
