# SPDX-License-Identifier: MIT
#
# Part of the Makefile: the module ffi_invoke for Node, Bun and Deno, where the headers of Node-API are: npm's package
# node-api-headers, which setup.sh installs, or Node's own.

RUNTIMES     := build/runtimes/node_modules
node.headers := $(firstword $(dir $(wildcard $(RUNTIMES)/node-api-headers/include/node_api.h /usr/include/node/node_api.h \
                    /usr/include/nodejs/src/node_api.h /usr/local/include/node/node_api.h)))
NODE_SCRIPTS := $(patsubst src/hosts/node/%,$B/hosts/node/%,$(wildcard src/hosts/node/*.js src/hosts/node/*.mjs \
                    src/hosts/node/*.json src/hosts/node/*.d.ts src/hosts/node/lib/*.js src/hosts/node/std/* \
                    src/hosts/node/ultrascript/*))
NODE_TSC     := $(wildcard $(RUNTIMES)/typescript/bin/tsc)
NODE_COMPILED := $(if $(NODE_TSC),$B/hosts/node/ultrascript/ffi.mjs)
NODE_TYPES   := $B/hosts/node/index.d.mts
NODE_ADDON   := $B/hosts/node/ffi_invoke.node
NODE_MODULE  := $(if $(CROSS)$(filter musl win64,$(TARGET)),,$(if $(node.headers),$(NODE_ADDON) $(NODE_SCRIPTS) $(NODE_TYPES) $(NODE_COMPILED)))
NODE_OBJECTS := $(patsubst src/hosts/node/%.c,$B/hosts/node/%.o,$(wildcard src/hosts/node/*.c)) $B/src/hosts/node/$(ARCH).S.o
NODEDIR      ?= $(LIBDIR)/node_modules/ffi_invoke

$B/hosts/node/%.o: src/hosts/node/%.c Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIBFLAGS) $(if $(filter %/call.o %/callback.o,$@),-fno-stack-protector) -isystem $(node.headers) -MD -MP -c $< -o $@
$(NODE_ADDON): $(NODE_OBJECTS) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) -shared $(LINKHARD) -Wl,--gc-sections,--exclude-libs,ALL,-z,nodelete $^ -ldl -o $@
$(NODE_SCRIPTS): $B/hosts/node/%: src/hosts/node/%
	@mkdir -p $(@D)
	cp $< $@

# TypeScript takes the declarations of an ES module from a file of this name.
$(NODE_TYPES): src/hosts/node/index.d.ts
	@mkdir -p $(@D)
	cp $< $@

# TypeScript for runtimes that do not read it, and for node_modules, where Node does not.
$(NODE_COMPILED): $B/hosts/node/%.mjs: src/hosts/node/%.mts $(NODE_SCRIPTS) $(NODE_TYPES)
	node $(NODE_TSC) --target es2022 --module nodenext --strict --lib esnext,dom $B/hosts/node/$*.mts

HOSTS += $(NODE_MODULE)
test test-all bench: $(NODE_MODULE)

install-node: $(NODE_MODULE) ## the module ffi_invoke for Node, Bun and Deno, in NODEDIR
	install -d $(addprefix $(DESTDIR)$(NODEDIR)/,lib std ultrascript)
	install -m 755 $(NODE_ADDON) $(DESTDIR)$(NODEDIR)
	$(foreach file,$(NODE_SCRIPTS) $(NODE_TYPES) $(NODE_COMPILED),install -m 644 $(file) $(DESTDIR)$(NODEDIR)/$(patsubst $B/hosts/node/%,%,$(file)) &&) :

.PHONY: install-node
