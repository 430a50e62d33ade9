/* SPDX-License-Identifier: MIT */
/*
 * Functions, and the libraries that they come from. A function of a library is a closure of call(), which costs
 * less than a cdata with `__call`; a function pointer is a cdata, and bound when it is called for the first
 * time.
 */
#include "host.h"

#include <errno.h>

/* ---- functions ---- */

struct parameter {
    ctype *type;
    bool   is_slot;
};

struct function {
    struct host     *host;
    ffi_function    *bound;
    ctype           *type, *result;
    size_t           count;
    bool             is_variadic, is_scalar; /* the result stands in 8 bytes */
    struct parameter parameters[];
};

/* Pushes the function. It is not freed before the state ends: finalizers may call it until then. */
static struct function *function_new(lua_State *L, struct host *host, ffi_function *bound) {
    const ffi_shape *shape = bound ? ffi_function_shape(bound) : NULL;
    if (!shape) return luaL_error(L, "%s", ffi_last_message()), NULL;
    struct function *new = lua_newuserdatauv(L, sizeof *new + shape->count * sizeof *new->parameters, 0);
    *new                 = (struct function){.host = host, .bound = bound, .count = shape->count};
    new->type            = type_of(L, host, ffi_function_signature(bound));
    new->result          = type_of(L, host, shape->result.type);
    new->is_scalar       = shape->result.is_slot || shape->result.what == FFI_CLASS_VOID;
    new->is_variadic     = ffi_type_is_variadic(new->type->type);
    for (size_t i = 0; i < shape->count; i++)
        new->parameters[i] =
            (struct parameter){type_of(L, host, shape->parameters[i].type), shape->parameters[i].is_slot};
    return new;
}

void *function_address(lua_State *L, int index, ctype **signature) {
    *signature = NULL;
    if (lua_tocfunction(L, index) != call || !lua_getupvalue(L, index, 1)) return NULL;
    struct function *function = lua_touserdata(L, -1);
    lua_pop(L, 1);
    *signature = function->type;
    return ffi_function_address(function->bound);
}

/* ---- calls ---- */

static const char *name_of(const struct function *function) {
    const char *name = ffi_function_name(function->bound);
    return *name ? name : "the function";
}

static int fail_argument(lua_State *L, const struct function *function, ctype *type, size_t number, int index) {
    const char *name = ffi_type_parameter_name(function->type->type, number);
    lua_pushfstring(L, *name ? " \"%s\"" : "", name);
    return fail_conversion(
        L, type, index,
        lua_pushfstring(L, "argument %d%s of %s", (int)number + 1, lua_tostring(L, -1), name_of(function)));
}

/* An argument that is none of the simple ones. What is not in its slot is taken from where it is, or converted
 * into memory that stays on Lua's stack until the call returns. */
static void load_argument(lua_State *L, const struct function *function, const struct parameter *parameter,
                          ffi_value *slot, int index, size_t number) {
    ctype *type = parameter->type;
    if (parameter->is_slot) {
        if (!store(L, type, slot, index, false)) fail_argument(L, function, type, number, index);
        return;
    }
    cdata *data = cdata_at(L, function->host, index);
    if (data && type_same(L, data->type, type)) {
        slot->ptr = data->at;
        return;
    }
    luaL_checkstack(L, 10, "too many arguments");
    slot->ptr = memset(cdata_new(L, type, type_size(type))->at, 0, type_size(type));
    if (!store(L, type, slot->ptr, index, false)) fail_argument(L, function, type, number, index);
}

static inline void argument(lua_State *L, const struct function *function, const struct parameter *parameter,
                            ffi_value *slot, int index, size_t number) {
    int kind = lua_type(L, index);
    if (kind == LUA_TNUMBER) {
        switch (parameter->type->kind) {
        case FFI_KIND_F64: slot->f64 = lua_tonumber(L, index); return;
        case FFI_KIND_F32: slot->f32 = (float)lua_tonumber(L, index); return;
        case FFI_KIND_I32:
        case FFI_KIND_U32:
        case FFI_KIND_I64:
        case FFI_KIND_U64:
            if (!lua_isinteger(L, index)) break;
            slot->i64 = lua_tointeger(L, index);
            return;
        default: break;
        }
    }
    load_argument(L, function, parameter, slot, index, number);
}

static int raise(lua_State *L, struct host *host) {
    host->failed = false;
    keep_push(L, host, KEPT_ERROR);
    return lua_error(L);
}

/* The call itself. errno is the program's own around it, whatever Lua does in between. */
static int finish(lua_State *L, const struct function *function, const ffi_function *bound,
                  const ffi_value *slots) {
    struct host *host   = function->host;
    ctype       *result = function->result;
    lua_State   *outer  = host->running;
    int         *error  = &errno;
    ffi_value    word;
    void        *at = &word;
    if (!function->is_scalar) at = cdata_new(L, result, type_size(result))->at;
    host->running = L;
    host->thread  = error;
    *error        = host->error;
    ffi_invoke(bound, at, slots);
    host->error   = *error;
    host->running = outer;
    if (host->failed) return raise(L, host);
    if (!function->is_scalar) {
        if (!type_is_aggregate(result)) push(L, result, at);
        return 1;
    }
    switch (result->kind) {
    case FFI_KIND_VOID: return 0;
    case FFI_KIND_I32: lua_pushinteger(L, word.i32); return 1;
    case FFI_KIND_F64: lua_pushnumber(L, word.f64); return 1;
    default: push(L, result, &word); return 1;
    }
}

/* The type by which a Lua value goes to `...`: LuaJIT's rules, but that a number takes what a format asks for.
 */
static const ffi_ctype *variable_type(lua_State *L, struct host *host, int index, const ffi_ctype *asked) {
    ffi_context *context = host->context;
    cdata       *data    = cdata_at(L, host, index);
    ctype       *signature;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER: return asked ? asked : ffi_type_scalar(context, FFI_KIND_F64);
    case LUA_TBOOLEAN: return ffi_type_scalar(context, FFI_KIND_BOOL);
    case LUA_TSTRING: return ffi_type_parse(context, "const char *");
    default: break;
    }
    if (data) {
        ctype *type = data->type;
        if (type->kind == FFI_KIND_ARRAY) return ffi_type_pointer_to(context, ffi_type_target(type->type));
        if (type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION || type->kind == FFI_KIND_FUNCTION)
            return ffi_type_pointer_to(context, type->type);
        return type->type;
    }
    if (function_address(L, index, &signature)) return ffi_type_pointer_to(context, signature->type);
    return ffi_type_parse(context, "void *");
}

/* What the format asks for, if the last parameter before the `...` is one. */
static const ffi_shape *asked_by_format(lua_State *L, const struct function *function, int index) {
    char        types[1024], text[1100];
    const char *name = name_of(function);
    if (lua_type(L, index) != LUA_TSTRING) return NULL;
    bool   scans  = strstr(name, "scanf") != NULL;
    size_t length = scans ? 0 : ffi_types_of_format(lua_tostring(L, index), types, sizeof types);
    if (!length || length >= sizeof types) return NULL;
    (void)text;
    ffi_function *form = ffi_function_variadic(function->bound, types);
    return form ? ffi_function_shape(form) : NULL;
}

static int call_variadic(lua_State *L, struct function *function, int first, size_t count) {
    size_t fixed = function->count;
    if (count < fixed || count > FFI_MAX_ARGUMENTS)
        return luaL_error(L, "%s takes at least %d arguments, got %d", name_of(function), (int)fixed,
                          (int)count);
    luaL_checkstack(L, 20, NULL);
    const ffi_shape  *asked = fixed ? asked_by_format(L, function, first + (int)fixed - 1) : NULL;
    const ffi_ctype **types = lua_newuserdatauv(L, (count + 1) * sizeof *types, 0);
    for (size_t i = fixed; i < count; i++)
        if (!(types[i - fixed] = variable_type(L, function->host, first + (int)i,
                                               asked && i < asked->count ? asked->parameters[i].type : NULL)))
            return luaL_error(L, "%s", ffi_last_message());
    ffi_function    *form  = ffi_function_variadic_typed(function->bound, types, count - fixed);
    const ffi_shape *shape = form ? ffi_function_shape(form) : NULL;
    if (!shape) return luaL_error(L, "%s: %s", name_of(function), ffi_last_message());
    ffi_value *slots = lua_newuserdatauv(L, (count + 1) * sizeof *slots, 0);
    for (size_t i = 0; i < count; i++) {
        struct parameter parameter = {
            type_of(L, function->host, i < fixed ? shape->parameters[i].type : types[i - fixed]),
            shape->parameters[i].is_slot};
        argument(L, function, &parameter, &slots[i], first + (int)i, i);
    }
    return finish(L, function, form, slots);
}

static inline int invoke(lua_State *L, struct function *function, int first) {
    enum { FEW = 16 };
    size_t    count = (size_t)(lua_gettop(L) - first + 1);
    ffi_value few[FEW], *slots = few;
    if (function->is_variadic) return call_variadic(L, function, first, count);
    if (count != function->count)
        return luaL_error(L, "%s takes %d argument%s, got %d", name_of(function), (int)function->count,
                          function->count == 1 ? "" : "s", (int)count);
    if (count > FEW) slots = lua_newuserdatauv(L, count * sizeof *slots, 0);
    for (size_t i = 0; i < count; i++)
        argument(L, function, &function->parameters[i], &slots[i], first + (int)i, i);
    return finish(L, function, function->bound, slots);
}

int call(lua_State *L) {
    return invoke(L, lua_touserdata(L, lua_upvalueindex(1)), 1);
}

int call_address(lua_State *L, ctype *signature, void *address, int first) {
    if (!address) return luaL_error(L, "attempt to call a NULL pointer");
    if (signature->functions == LUA_NOREF) {
        lua_newtable(L);
        signature->functions = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, signature->functions);
    lua_pushlightuserdata(L, address);
    lua_rawget(L, -2);
    struct function *known = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (!known) {
        known = function_new(L, signature->host,
                             ffi_function_typed(signature->host->context, address, signature->type));
        lua_pushlightuserdata(L, address);
        lua_insert(L, -2);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
    return invoke(L, known, first);
}

/* ---- libraries ---- */

int library_free(lua_State *L) {
    ffi_library **library = lua_touserdata(L, 1);
    ffi_library_close(*library);
    *library = NULL;
    return 0;
}

static void *variable(lua_State *L, ffi_library *library, const char *name) {
    void *at = ffi_library_symbol(library, name);
    if (!at) luaL_error(L, "%s", ffi_last_message());
    return at;
}

static ctype *declared(lua_State *L, struct host *host, const char *name) {
    const ffi_ctype *type = ffi_declared_type(host->context, name);
    if (!type) luaL_error(L, "missing declaration for symbol '%s'", name);
    return type_of(L, host, type);
}

/* What a name means that the library's table does not have yet: (table, name), with host and library. */
static int symbol(lua_State *L) {
    struct host  *host    = host_of(L);
    ffi_library **library = lua_touserdata(L, lua_upvalueindex(2));
    const char   *name    = luaL_checkstring(L, 2);
    int64_t       value;
    if (ffi_declared_constant(host->context, name, &value)) return push_integer(L, host, value), 1;
    ctype *type = declared(L, host, name);
    if (type->kind != FFI_KIND_FUNCTION) return push(L, type, variable(L, *library, name)), 1;
    function_new(L, host, ffi_library_function(*library, name, NULL));
    lua_pushcclosure(L, call, 1);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_rawset(L, 1);
    return 1;
}

static int symbol_set(lua_State *L) {
    struct host  *host    = host_of(L);
    ffi_library **library = lua_touserdata(L, 1);
    const char   *name    = luaL_checkstring(L, 2);
    if (ffi_declared_constant(host->context, name, NULL))
        return luaL_error(L, "attempt to write to the constant '%s'", name);
    ctype *type = declared(L, host, name);
    if (type->kind == FFI_KIND_FUNCTION || type->is_const)
        return luaL_error(L, "attempt to write to the %s '%s'", type->is_const ? "constant" : "function", name);
    store_or_fail(L, type, variable(L, *library, name), 3, "variable", name);
    return 0;
}

/* A userdata with a metatable of its own, whose `__index` is the table of the functions that are bound already.
 */
int library_open(lua_State *L, struct host *host, const char *name, unsigned flags) {
    ffi_library **library = lua_newuserdatauv(L, sizeof *library, 0);
    if (!(*library = ffi_library_open(host->context, name, flags)))
        return luaL_error(L, "%s", ffi_last_message());
    int self = lua_gettop(L);
    lua_newtable(L); /* the metatable */
    lua_newtable(L); /* the functions */
    lua_newtable(L); /* their metatable */
    lua_pushlightuserdata(L, host);
    lua_pushvalue(L, self);
    lua_pushcclosure(L, symbol, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, host);
    lua_pushcclosure(L, symbol_set, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, library_free);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, "ffi");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, self);
    return 1;
}
