# SPDX-License-Identifier: MIT
#
# Part of the Makefile: the Lua module, for each Lua whose headers are there. `make hosts` builds all hosts that can be.

lua.headers    := $(firstword $(wildcard /usr/include/lua5.4 /usr/include/lua-5.4 /usr/local/include/lua5.4))
lua5.3.headers := $(firstword $(wildcard /usr/include/lua5.3 /usr/include/lua-5.3 /usr/local/include/lua5.3))
lua5.1.headers := $(firstword $(wildcard /usr/include/lua5.1 /usr/include/lua-5.1 /usr/local/include/lua5.1))
LUAS           := $(if $(filter-out macos-%,$(FOREIGN)),,$(foreach lua,lua $(if $(FOREIGN),,lua5.3 lua5.1),$(if $($(lua).headers),$(lua))))
LUA_MODULES    := $(LUAS:%=$B/hosts/%/ffi_invoke.so)
LUA_SOURCES    := $(wildcard src/hosts/lua/*.c)
# As LuaJIT names them.
LUA_OS   := $(or $(patsubst linux,Linux,$(patsubst macos,OSX,$(filter linux macos,$(SYSTEM)))),POSIX)
LUA_ARCH := $(or $(patsubst aarch64,arm64,$(patsubst x86_64,x64,$(filter x86_64 aarch64,$(ARCH)))),$(ARCH))
# The thread pointer costs less than the address of errno, which is the other way to tell threads apart.
LUA_THREAD = $(if $(filter linux,$(SYSTEM)),$(shell echo 'void *now(void) { return __builtin_thread_pointer(); }' | \
    $(CC) -xc -c -o /dev/null - 2>/dev/null && echo "-DFFI_LUA_THREAD='__builtin_thread_pointer()'"))
LUADIR   ?= $(LIBDIR)/lua/5.4

define lua_module
$B/hosts/$1/%.o: src/hosts/lua/%.c Makefile $B/flags
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(LIBFLAGS) $$(if $$(filter %/call.o,$$@),-fno-stack-protector) -isystem $($1.headers) $$(LUA_THREAD) $(LUA_FLAGS) -DFFI_LUA_OS='"$(LUA_OS)"' -DFFI_LUA_ARCH='"$(LUA_ARCH)"' \
	    -DFFI_LUA_API='__attribute__((visibility("default")))' -MD -MP -c $$< -o $$@
$B/hosts/$1/ffi_invoke.so: $(LUA_SOURCES:src/hosts/lua/%.c=$B/hosts/$1/%.o) $B/libffi_invoke.a
	$(CC) $(CFLAGS) $(LDFLAGS) $(MODULE) $$^ -o $$@
endef
$(foreach lua,$(LUAS),$(eval $(call lua_module,$(lua))))

HOSTS += $(LUA_MODULES)
test test-all bench: $(LUA_MODULES)

install-lua: $(firstword $(LUA_MODULES)) ## the module ffi_invoke for Lua 5.4, in LUADIR
	install -d $(DESTDIR)$(LUADIR)
	install -m 755 $< $(DESTDIR)$(LUADIR)

uninstall-lua: ## remove what install-lua has put there
	rm -f $(DESTDIR)$(LUADIR)/ffi_invoke.so

.PHONY: install-lua uninstall-lua
