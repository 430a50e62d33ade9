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
NODE_MODULE  := $(if $(filter-out macos-%,$(FOREIGN)),,$(if $(node.headers),$(NODE_ADDON) $(NODE_SCRIPTS) $(NODE_TYPES) $(NODE_COMPILED)))
NODE_OBJECTS := $(patsubst src/hosts/node/%.c,$B/hosts/node/%.o,$(wildcard src/hosts/node/*.c))
NODEDIR      ?= $(LIBDIR)/node_modules/ffi_invoke

$B/hosts/node/%.o: src/hosts/node/%.c Makefile $B/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIBFLAGS) $(if $(filter %/call.o %/callback.o %/fast.o,$@),-fno-stack-protector) -isystem $(node.headers) -MD -MP -c $< -o $@
$(NODE_ADDON): $(NODE_OBJECTS) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $(MODULE) $^ $(NODELETE) -o $@
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

node: $(NODE_MODULE) ## the module ffi_invoke for Node, Bun and Deno, in build/<target>/hosts/node

install-node: $(NODE_MODULE) ## the module ffi_invoke for Node, Bun and Deno, in NODEDIR
	install -d $(addprefix $(DESTDIR)$(NODEDIR)/,lib std ultrascript)
	install -m 755 $(NODE_ADDON) $(DESTDIR)$(NODEDIR)
	$(foreach file,$(NODE_SCRIPTS) $(NODE_TYPES) $(NODE_COMPILED),install -m 644 $(file) $(DESTDIR)$(NODEDIR)/$(patsubst $B/hosts/node/%,%,$(file)) &&) :

uninstall-node: ## remove what install-node has put there
	rm -f $(addprefix $(DESTDIR)$(NODEDIR)/,$(notdir $(NODE_ADDON)) $(patsubst $B/hosts/node/%,%,$(NODE_SCRIPTS) $(NODE_TYPES) $(NODE_COMPILED)))
	rmdir $(addprefix $(DESTDIR)$(NODEDIR)/,lib std ultrascript) $(DESTDIR)$(NODEDIR) 2>/dev/null || true

.PHONY: node install-node uninstall-node

bench-js: $(NODE_MODULE) ## calls from JavaScript beside koffi, node:ffi, bun:ffi and Deno, as far as they are installed
	BUILD=$B CC="$(CC)" bench/js/run.sh

.PHONY: bench-js

# The package: prebuilt for Linux on x86-64 with glibc 2.28 or later, and the sources for others.
NPM     := build/npm/package
TARBALL := build/npm/ffi_invoke-$(VERSION).tgz
SOURCED := LICENSE Makefile $(wildcard include/* src/hosts/node/* src/hosts/node/lib/* src/hosts/node/std/* src/hosts/node/ultrascript/* tools/build/* tools/ffi/*.[ch] tools/ffi/ffi.1 \
           src/*.[ch] $(foreach room,$(ROOMS) embed embed/os libffi libffi/*,src/$(room)/*) arch/*.h arch/*/*)

$(NPM)/prebuilds/linux-x64/ffi_invoke.node: $(NODE_OBJECTS) $B/libffi_invoke.o $B/libffi_embed.o tools/build/old_glibc.sh
	@mkdir -p $(@D)
	objects=$$(CC="$(CC)" OBJCOPY="$(OBJCOPY)" tools/build/old_glibc.sh build/npm/objects $(filter %.o,$^)) && \
	$(CC) $(CFLAGS) -shared $(LINKHARD) -Wl,--gc-sections,--exclude-libs,ALL,-z,nodelete $$objects -ldl -lpthread -o $@
	$(STRIP) $@

npm: $(if $(filter x86_64,$(TARGET)),$(NPM)/prebuilds/linux-x64/ffi_invoke.node) $(filter-out $(NODE_ADDON),$(NODE_MODULE)) ## the package of the JavaScript module for npm, build/npm/ffi_invoke-VERSION.tgz
	rm -rf $(addprefix $(NPM)/,lib std ultrascript source) && mkdir -p $(addprefix $(NPM)/,lib std ultrascript source)
	cp LICENSE src/hosts/node/README.md $(NPM)
	$(foreach file,$(filter-out $(NODE_ADDON),$(NODE_MODULE)),cp $(file) $(NPM)/$(patsubst $B/hosts/node/%,%,$(file)) &&) :
	sed -i 's/"version": "[^"]*"/"version": "$(VERSION)"/' $(NPM)/package.json
	tar cf - $(SOURCED) | tar xf - -C $(NPM)/source
	tar czf $(TARBALL) --sort=name --owner=0 --group=0 --numeric-owner -C build/npm package
	echo $(TARBALL)

.PHONY: npm
