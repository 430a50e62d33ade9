# SPDX-License-Identifier: MIT
#
# Part of the Makefile: how Zig's compiler builds for FreeBSD on another system, with FreeBSD's headers and the lists of its
# libraries' symbols, from which it makes what it links with; setup.sh installs it. What this makes has never run.

ifneq ($(shell uname -s),FreeBSD)
# It keeps what it made in a folder of its own, and would check for undefined behaviour unless it is told not to.
export ZIG_GLOBAL_CACHE_DIR := $(CURDIR)/build/zig
export ZIG_LOCAL_CACHE_DIR  := $(ZIG_GLOBAL_CACHE_DIR)
# Of a compiler's own library only divisions of 128 bits are needed; those of this machine's gcc save Zig to compile all of one.
DIVISIONS := $(if $(filter x86_64,$(shell uname -m)),$(shell cc -print-libgcc-file-name))
CC      := /usr/local/lib/ziglang/ziglang/zig cc -target x86_64-freebsd $(if $(DIVISIONS),--rtlib=none) -fno-sanitize=undefined
PROGRAM_LIBS := $(DIVISIONS)
# What Zig passes to no linker.
SYMBOLIC := -Wl,-Bsymbolic
MAPPED  :=
LD      := ld
OBJCOPY := objcopy
FOREIGN_TESTS := $(wildcard test/*/t_*.sh test/unit/*/t_*.c test/guard/*/t_*.c)
endif

include tools/build/posix.mk
