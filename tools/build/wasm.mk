# SPDX-License-Identifier: MIT
#
# Part of the Makefile: wasp, which runs WebAssembly modules with native functions as imports; where libwabt is.

WABT         := $(if $(FOREIGN),,$(wildcard /usr/include/wabt/interp/interp.h /usr/local/include/wabt/interp/interp.h))
# Newer headers of wabt are C++20, which is no language for the older ones.
WABT_CXX     := $(if $(shell grep -s std::span /dev/null $(WABT:%/interp/interp.h=%/base-types.h)),c++20,c++17)
WASP         := $(if $(WABT),$B/hosts/wasm/wasp)
CXX          ?= c++
WASM_OBJECTS := $(patsubst src/hosts/wasm/%,$B/hosts/wasm/%.o,$(wildcard src/hosts/wasm/*.c src/hosts/wasm/*.cc)) $B/hosts/wasm/aot_lines.c.o

$B/hosts/wasm/%.c.o: src/hosts/wasm/%.c Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -std=gnu11 $(WARNINGS) -Iinclude $(HARDEN) $(PROTECT) $(PIE) $(CANARY) $(DEFINES) -MD -MP -c $< -o $@
# Debian's folder of headers: /usr/include/x86_64-linux-gnu.
$B/hosts/wasm/host.c.o: DEFINES = -DMULTIARCH='"$(shell $(CC) -print-multiarch 2>/dev/null)"'
# What each call of an import runs has no canaries, as the library's calls have none.
$(patsubst %,$B/hosts/wasm/%.c.o,call convert standard wasmtime): CANARY := -fno-stack-protector -fno-jump-tables
$B/hosts/wasm/%.cc.o: src/hosts/wasm/%.cc Makefile $B/flags
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS) -std=$(WABT_CXX) -Wall -Wextra -Iinclude $(HARDEN) $(PROTECT) $(PIE) -MD -MP -c $< -o $@
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

uninstall-wasm: ## remove what install-wasm has put there
	rm -f $(DESTDIR)$(BINDIR)/$(notdir $(WASP))

.PHONY: install-wasm uninstall-wasm

# ---- calls beside wrappers that are written by hand ----

WASM_BENCH := $B/bench/wasm
$(WASM_BENCH)/calls.wasm: bench/wasm/calls.wat
	@mkdir -p $(@D)
	wat2wasm $< -o $@
$(WASM_BENCH)/calls.c: $(WASM_BENCH)/calls.wasm
	wasm2c -n calls $< -o $@
$(WASM_BENCH)/hard_aot.o: $(WASM_BENCH)/calls.c
$(WASM_BENCH)/calls.o: $(WASM_BENCH)/calls.c
	$(CC) -O2 -c $< -o $@
$(WASM_BENCH)/%.o: bench/wasm/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -O2 -fno-builtin -std=gnu11 $(WARNINGS) -Iinclude -I$(WASM_BENCH) -c $< -o $@
$(WASM_BENCH)/%.o: bench/wasm/%.cc Makefile
	@mkdir -p $(@D)
	$(CXX) -O2 -fno-builtin -std=$(WABT_CXX) -Wall -Wextra -c $< -o $@
$(WASM_BENCH)/bench_wasm: $(patsubst %,$(WASM_BENCH)/%.o,bench_wasm hard_wabt hard_standard hard_wasmtime hard_aot calls) \
                          $(filter-out %/wasp.c.o,$(WASM_OBJECTS)) $B/libffi_invoke.a
	$(CXX) $(CFLAGS) $^ -lwabt -lwasm-rt-impl -lm -o $@

bench-wasm: $(if $(WASP),$(WASM_BENCH)/bench_wasm $(WASM_BENCH)/calls.wasm) ## calls of native functions out of WebAssembly, in each engine
	$(if $(WASP),$< $(WASM_BENCH)/calls.wasm $(wildcard /usr/local/lib/wasmtime/wasmtime/linux-*/_libwasmtime.so) | expand -t 14,\
	    echo "bench-wasm: SKIPPED: libwabt is not installed")

bench: bench-wasm

.PHONY: bench-wasm

# ---- the host as a library: modules as bad input, modules that are stopped, and no memory ----

$B/hosts/wasm/garbage $B/hosts/wasm/stop $B/hosts/wasm/refused: $B/hosts/wasm/%: $B/test/host/wasm/%.o $(filter-out %/wasp.c.o,$(WASM_OBJECTS)) $B/libffi_invoke.a
	$(CXX) $(CFLAGS) $(LDFLAGS) $^ -lwabt -lpthread -o $@

# ---- the part that knows no engine, alone ----

WASM_NEUTRAL := $(patsubst %,$B/hosts/wasm/%.c.o,accessor call callback convert host import memory wasi)
$B/hosts/wasm/own_engine: $B/test/host/wasm/own_engine.o $(WASM_NEUTRAL) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@
test test-all: $(if $(WASP),$B/hosts/wasm/own_engine $B/hosts/wasm/stop $B/hosts/wasm/refused)
