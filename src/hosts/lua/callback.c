/* SPDX-License-Identifier: MIT */
/*
 * Lua functions as C function pointers. An error in one does not leave through the C code that called, which
 * would lose what that holds: the callback returns 0, later ones return 0 at once, and the error is raised when
 * the call that Lua made returns.
 */
#include "host.h"

#include <errno.h>

enum { CALLBACKS_DEEP = 190 }; /* as deep as Lua lets C functions call each other; LuaJIT does not count */

struct callback {
    struct host  *host;
    ctype        *signature, *result;
    ffi_callback *native;
    int           function; /* reference of the Lua function */
    size_t        count;
    ctype        *parameters[];
};

struct arrival {
    const struct callback *callback;
    void                  *result;
    const ffi_value       *args;
};

int callback_run(lua_State *L) {
    const struct arrival  *arrival  = lua_touserdata(L, 1);
    const struct callback *callback = arrival->callback;
    if (callback->host->depth > CALLBACKS_DEEP)
        return luaL_error(L, "more than %d callbacks within each other", CALLBACKS_DEEP);
    luaL_checkstack(L, (int)callback->count + 10, "too many arguments");
    lua_rawgeti(L, LUA_REGISTRYINDEX, callback->function);
    for (size_t i = 0; i < callback->count; i++) {
        ctype *type = callback->parameters[i];
        if (type->kind == FFI_KIND_I32) lua_pushinteger(L, arrival->args[i].i32);
        else if (type_is_number(type) || type->kind == FFI_KIND_POINTER) push(L, type, &arrival->args[i]);
        else memcpy(cdata_new(L, type, type_size(type))->at, arrival->args[i].ptr, type_size(type));
    }
    bool none = callback->result->kind == FFI_KIND_VOID;
    lua_call(L, (int)callback->count, none ? 0 : 1);
    if (!none && !store(L, callback->result, arrival->result, lua_gettop(L), false))
        return fail_conversion(L, callback->result, lua_gettop(L), "result of a callback");
    return 0;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    const struct callback *callback = userdata;
    struct host           *host     = callback->host;
    lua_State             *L        = host->running ? host->running : host->main;
    struct arrival         arrival  = {callback, result, args};
    int                    error    = errno;
    if (host->failed || host->thread != &errno || !lua_checkstack(L, 8)) return;
    keep_push(L, host, KEPT_RUN);
    lua_pushlightuserdata(L, &arrival);
    host->depth++;
    int status = lua_pcall(L, 1, 0, 0);
    host->depth--;
    if (status) {
        host->failed = true;
        memset(result, 0, type_size(callback->result));
        lua_rawseti(L, LUA_REGISTRYINDEX, host->kept[KEPT_ERROR]);
    }
    errno = error;
}

static struct callback *callback_new(lua_State *L, ctype *signature, int function) {
    struct host *host    = signature->host;
    size_t       count   = ffi_type_parameter_count(signature->type);
    struct callback *new = lua_newuserdatauv(L, sizeof *new + count * sizeof *new->parameters, 0);
    *new                 = (struct callback){.host      = host,
                                             .signature = signature,
                                             .result    = type_target(L, signature),
                                             .function  = LUA_NOREF,
                                             .count     = count};
    for (size_t i = 0; i < count; i++)
        new->parameters[i] = type_of(L, host, ffi_type_parameter(signature->type, i));
    if (ffi_type_is_variadic(signature->type))
        luaL_error(L, "a callback cannot be variadic: '%s'", type_text(L, signature));
    if (!(new->native = ffi_callback_typed(host->context, signature->type, handle, new)))
        luaL_error(L, "%s", ffi_last_message());
    lua_pushvalue(L, function);
    new->function = luaL_ref(L, LUA_REGISTRYINDEX);
    keep_push(L, host, KEPT_CALLBACKS);
    lua_pushlightuserdata(L, ffi_callback_code(new->native));
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return new;
}

/* A cast makes a callback of its own, which can be freed; what a function becomes without one stays, and serves
 * again for the same function. */
void *callback_code(lua_State *L, ctype *signature, int index, bool is_cast) {
    struct callback *known = NULL;
    luaL_checkstack(L, 8, NULL);
    keep_push(L, signature->host, KEPT_CALLBACKS);
    if (!is_cast) {
        lua_pushvalue(L, index);
        lua_rawget(L, -2);
        known = lua_touserdata(L, -1);
        lua_pop(L, 1);
    }
    if (!known || known->signature != signature) {
        known = callback_new(L, signature, index);
        if (!is_cast) {
            lua_pushvalue(L, index);
            lua_pushvalue(L, -2);
            lua_rawset(L, -4);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return ffi_callback_code(known->native);
}

/* The callback that the function pointer at 1 is; an error if it is none, or was freed. Leaves its table and
 * key. */
static struct callback *callback_check(lua_State *L, struct host *host) {
    void  *code;
    ctype *type;
    to_pointer(L, host, 1, &code, &type);
    keep_push(L, host, KEPT_CALLBACKS);
    lua_pushlightuserdata(L, code);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    struct callback *found = lua_touserdata(L, -1);
    if (!found) luaL_error(L, "bad callback: expected one that ffi.cast made and that is not freed");
    lua_pop(L, 1);
    return found;
}

int callback_free(lua_State *L) {
    struct callback *callback = callback_check(L, host_of(L));
    ffi_callback_free(callback->native);
    luaL_unref(L, LUA_REGISTRYINDEX, callback->function);
    lua_pushnil(L);
    lua_rawset(L, -3);
    return 0;
}

int callback_set(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct callback *callback = callback_check(L, host_of(L));
    lua_pushvalue(L, 2);
    lua_rawseti(L, LUA_REGISTRYINDEX, callback->function);
    return 0;
}
