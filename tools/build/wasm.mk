# SPDX-License-Identifier: MIT
#
# Part of the Makefile: wasp, which runs WebAssembly modules with native functions as imports; where libwabt is.

WABT         := $(if $(CROSS)$(filter musl,$(TARGET)),,$(wildcard /usr/include/wabt/interp/interp.h /usr/local/include/wabt/interp/interp.h))
WASP         := $(if $(WABT),$B/hosts/wasm/wasp)
CXX          ?= c++
WASM_OBJECTS := $(patsubst src/hosts/wasm/%,$B/hosts/wasm/%.o,$(wildcard src/hosts/wasm/*.c src/hosts/wasm/*.cc)) $B/hosts/wasm/aot_lines.c.o

$B/hosts/wasm/%.c.o: src/hosts/wasm/%.c Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 $(WARNINGS) -Iinclude $(HARDEN) $(PROTECT) $(PIE) -MD -MP -c $< -o $@
$B/hosts/wasm/%.cc.o: src/hosts/wasm/%.cc Makefile $B/flags
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS) -std=c++17 -Wall -Wextra -Iinclude $(HARDEN) $(PROTECT) $(PIE) -MD -MP -c $< -o $@
# The engine aot compiles these two files with each module: a string for each line.
$B/hosts/wasm/aot_lines.c: src/hosts/wasm/aot_code.h src/hosts/wasm/aot_runtime.inc
	@mkdir -p $(@D)
	(echo 'extern const char *const aot_lines[]; const char *const aot_lines[] = {' && \
	    sed 's/[\\"]/\\&/g; s/.*/"&\\n",/' $^ && echo '0};') >$@
$B/hosts/wasm/aot_lines.c.o: $B/hosts/wasm/aot_lines.c
	$(CC) $(CFLAGS) $(HARDEN) $(PROTECT) $(PIE) -c $< -o $@
$B/hosts/wasm/wasp: $(WASM_OBJECTS) $B/libffi_invoke.a
	$(CXX) $(CFLAGS) $(PROGLINK) $(LDFLAGS) $^ -lwabt -o $@

HOSTS += $(WASP)
test test-all: $(WASP)

install-wasm: $(WASP) ## the program wasp, in BINDIR
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $< $(DESTDIR)$(BINDIR)

.PHONY: install-wasm
