/* SPDX-License-Identifier: MIT */
/*
 * Functions, and the libraries that they come from. A function of a library is a thunk of call(), which costs
 * less than a cdata with `__call`; a function pointer is a cdata, and bound when it is called for the first
 * time.
 */
#include "host.h"

#define INLINED  inline __attribute__((always_inline))
#define OUTLINED __attribute__((noinline))

/* ---- functions ---- */

enum { FEW = 16, QUICK_MOST = 8 }; /* arguments whose slots are on the stack; that call_quickly() takes */

/* What converts a Lua value to an argument without load_argument(), or a result without push(). */
enum quick { SLOW, QUICK_FLOAT, QUICK_INTEGER, QUICK_LONG, QUICK_DOUBLE, QUICK_TEXT };

struct parameter {
    ctype     *type;
    enum quick quick; /* QUICK_INTEGER is of any size */
    bool       is_slot, is_nonnull;
    uint16_t   number; /* from 0 */
};

struct function {
    struct host     *host;
    ffi_function    *bound;
    ctype           *type, *result;
    size_t           count;
    int              few;                   /* the same; -1 if invoke_odd() calls it */
    bool             is_variadic, is_quick; /* call_quickly() may call it */
    bool             is_scalar;             /* the result stands in 8 bytes */
    enum quick       returns;               /* QUICK_INTEGER is of 32 bits, with its sign */
    struct parameter parameters[];
};

static struct parameter parameter_of(lua_State *L, struct host *host, const ffi_ctype *type,
                                     const ffi_parameter *of, size_t number) {
    struct parameter new = {.type       = type_of(L, host, type),
                            .is_slot    = of->is_slot,
                            .is_nonnull = of->annotations & FFI_ANNOTATION_NONNULL,
                            .number     = (uint16_t)number};
    ffi_kind kind        = new.type->kind;
    ctype   *target      = kind == FFI_KIND_POINTER ? type_target(L, new.type) : NULL;
    if (kind >= FFI_KIND_I8 && kind <= FFI_KIND_U64 && !new.type->spare) new.quick = QUICK_INTEGER;
    else if (kind == FFI_KIND_F64) new.quick = QUICK_DOUBLE;
    else if (kind == FFI_KIND_F32) new.quick = QUICK_FLOAT;
    else if (target && target->is_const && (target->kind == FFI_KIND_I8 || target->kind == FFI_KIND_U8))
        new.quick = QUICK_TEXT;
    return new;
}

/* Pushes the function. It is not freed before the state ends: finalizers may call it until then. */
static struct function *function_new(lua_State *L, struct host *host, ffi_function *bound) {
    const ffi_shape *shape = bound ? ffi_function_shape(bound) : NULL;
    if (!shape) return luaL_error(L, "%s", ffi_last_message()), NULL;
    struct function *new = lua_newuserdatauv(L, sizeof *new + shape->count * sizeof *new->parameters, 0);
    *new                 = (struct function){.host = host, .bound = bound, .count = shape->count};
    new->type            = type_of(L, host, ffi_function_signature(bound));
    new->result          = type_of(L, host, shape->result.type);
    new->is_scalar       = shape->result.is_slot || shape->result.what == FFI_CLASS_VOID;
    ffi_kind kind        = new->result->spare ? FFI_KIND_VOID : new->result->kind;
    new->returns         = kind == FFI_KIND_I32                           ? QUICK_INTEGER
                           : kind == FFI_KIND_I64 || kind == FFI_KIND_U64 ? QUICK_LONG
                           : kind == FFI_KIND_F64                         ? QUICK_DOUBLE
                                                                          : SLOW;
    new->is_variadic     = ffi_type_is_variadic(new->type->type);
    new->few             = new->is_variadic || new->count > FEW ? -1 : (int)new->count;
    new->is_quick        = shape->count <= QUICK_MOST && !new->is_variadic;
    for (size_t i = 0; i < shape->count; i++) {
        new->parameters[i] = parameter_of(L, host, shape->parameters[i].type, &shape->parameters[i], i);
        new->is_quick &= new->parameters[i].quick != SLOW;
    }
    return new;
}

void *function_address(lua_State *L, const struct host *host, int index, ctype **signature) {
    lua_CFunction code = lua_tocfunction(L, index);
    *signature         = NULL;
    if (!code) return NULL;
    keep_push(L, host, KEPT_BOUND);
    lua_pushlightuserdata(L, (void *)(uintptr_t)code);
    lua_rawget(L, -2);
    const struct function *function = lua_touserdata(L, -1);
    lua_pop(L, 2);
    if (!function) return NULL;
    *signature = function->type;
    return ffi_function_address(function->bound);
}

/* ---- calls ---- */

static const char *name_of(const struct function *function) {
    const char *name = ffi_function_name(function->bound);
    return *name ? name : "the function";
}

/* Pushes the place that messages name. */
static const char *place_of(lua_State *L, const struct function *function, size_t number) {
    const char *name = ffi_type_parameter_name(function->type->type, number);
    lua_pushfstring(L, *name ? " \"%s\"" : "", name);
    return lua_pushfstring(L, "argument %d%s of %s", (int)number + 1, lua_tostring(L, -1), name_of(function));
}

static int fail_argument(lua_State *L, const struct function *function, ctype *type, size_t number, int index) {
    return fail_conversion(L, type, index, place_of(L, function, number));
}

static int fail_null(lua_State *L, const struct function *function, size_t number, int index) {
    return luaL_error(L, "%s: expected a pointer that is not NULL, got %s", place_of(L, function, number),
                      lua_isnil(L, index) ? "nil" : "NULL");
}

/* An argument that is none of the simple ones. What is not in its slot is taken from where it is, or converted
 * into memory that stays on Lua's stack until the call returns. */
static OUTLINED void load_argument(lua_State *L, const struct function *function,
                                   const struct parameter *parameter, ffi_value *slot, int index) {
    ctype *type = parameter->type;
    if (parameter->is_slot) {
        if (!store(L, type, slot, index, false)) fail_argument(L, function, type, parameter->number, index);
        if (parameter->is_nonnull && !slot->ptr) fail_null(L, function, parameter->number, index);
        return;
    }
    cdata *data = cdata_at(L, function->host, index);
    if (data && type_same(L, data->type, type)) {
        slot->ptr = data->at;
        return;
    }
    luaL_checkstack(L, 10, "too many arguments");
    slot->ptr = memset(cdata_new(L, type, type_size(type))->at, 0, type_size(type));
    if (!store(L, type, slot->ptr, index, false)) fail_argument(L, function, type, parameter->number, index);
}

/* Converts an argument that is `quick`, if Lua has what C takes. It stores an integer of any size as 64 bits; the
 * stub extends it. */
static INLINED bool load_quickly(lua_State *L, enum quick quick, ffi_value *slot, int index) {
    if (LIKELY(quick == QUICK_INTEGER)) return load_number(L, index, &slot->i64);
    if (quick == QUICK_TEXT) {
        if (lua_type(L, index) != LUA_TSTRING) return false;
        slot->str = lua_tostring(L, index);
    } else {
        if (lua_type(L, index) != LUA_TNUMBER) return false;
        if (quick == QUICK_DOUBLE) slot->f64 = lua_tonumber(L, index);
        else slot->f32 = (float)lua_tonumber(L, index);
    }
    return true;
}

static INLINED void argument(lua_State *L, const struct function *function, const struct parameter *parameter,
                             ffi_value *slot, int index) {
    if (parameter->quick == SLOW || !load_quickly(L, parameter->quick, slot, index))
        load_argument(L, function, parameter, slot, index);
}

OUTLINED int raise_kept(lua_State *L, struct host *host) {
    host->failed = false;
    keep_push(L, host, KEPT_ERROR);
    return lua_error(L);
}

/* Around a call errno is the program's own, whatever Lua does in between. A callback finds the thread of the
 * call that it is within, and puts it back behind calls of its own. */
static INLINED int *enter(lua_State *L, struct host *host) {
    int *error    = errno_of(host);
    host->running = L;
    *error        = host->error;
    return error;
}

static INLINED bool leave(struct host *host, const int *error) {
    host->error   = *error;
    host->running = NULL;
    return host->failed;
}

static OUTLINED int finish_slow(lua_State *L, const struct function *function, const ffi_function *bound,
                                const ffi_value *slots) {
    struct host *host   = function->host;
    ctype       *result = function->result;
    ffi_value    word;
    void        *at = &word;
    if (!function->is_scalar) at = cdata_new(L, result, type_size(result))->at;
    int *error = enter(L, host);
    ffi_invoke(bound, at, slots);
    if (leave(host, error)) return raise_kept(L, host);
    if (result->kind == FFI_KIND_VOID) return 0;
    if (function->is_scalar || !type_is_aggregate(result)) push(L, result, at);
    return 1;
}

/* The call itself, and its result. The members of `function` that are read after the call need no register then. */
FFI_CALLS_UNCHECKED
static INLINED int finish(lua_State *L, const struct function *function, const ffi_value *slots) {
    if (function->returns == SLOW) return finish_slow(L, function, function->bound, slots);
    int *error = enter(L, function->host);
    if (function->returns == QUICK_DOUBLE) {
        double real = function->bound->stub.real(function->bound, NULL, slots);
        if (leave(function->host, error)) return raise_kept(L, function->host);
        lua_pushnumber(L, real);
    } else {
        uint64_t word = function->bound->stub.word(function->bound, NULL, slots);
        if (leave(function->host, error)) return raise_kept(L, function->host);
        if (function->returns == QUICK_INTEGER) push_exact(L, (int32_t)word);
        else push_word(L, function->result, (int64_t)word);
    }
    return 1;
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
    if (function_address(L, host, index, &signature)) return ffi_type_pointer_to(context, signature->type);
    return ffi_type_parse(context, "void *");
}

/* What the format asks for, if the last parameter before the `...` is one. */
static const ffi_shape *asked_by_format(lua_State *L, const struct function *function, int index) {
    char types[1024];
    if (lua_type(L, index) != LUA_TSTRING || strstr(name_of(function), "scanf")) return NULL;
    size_t length = ffi_types_of_format(lua_tostring(L, index), types, sizeof types);
    if (!length || length >= sizeof types) return NULL;
    ffi_function *form = ffi_function_variadic(function->bound, types);
    return form ? ffi_function_shape(form) : NULL;
}

static OUTLINED int call_variadic(lua_State *L, struct function *function, int first, size_t count) {
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
        struct parameter parameter =
            parameter_of(L, function->host, i < fixed ? shape->parameters[i].type : types[i - fixed],
                         &shape->parameters[i], i);
        argument(L, function, &parameter, &slots[i], first + (int)i);
    }
    return finish_slow(L, function, form, slots);
}

/* A variadic function, one with many parameters, or the wrong number of arguments. */
static OUTLINED int invoke_odd(lua_State *L, struct function *function, int first, size_t count) {
    if (function->is_variadic) return call_variadic(L, function, first, count);
    if (count != function->count)
        return luaL_error(L, "%s takes %d argument%s, got %d", name_of(function), (int)function->count,
                          function->count == 1 ? "" : "s", (int)count);
    ffi_value *slots = lua_newuserdatauv(L, count * sizeof *slots, 0);
    for (size_t i = 0; i < count; i++)
        argument(L, function, &function->parameters[i], &slots[i], first + (int)i);
    return finish_slow(L, function, function->bound, slots);
}

static INLINED int invoke(lua_State *L, struct function *function, int first) {
    ffi_value slots[FEW];
    int       count = lua_gettop(L) - first + 1;
    if (count != function->few) return invoke_odd(L, function, first, (size_t)count);
    for (int i = 0; i < count; i++) argument(L, function, &function->parameters[i], &slots[i], first + i);
    return finish(L, function, slots);
}

/* What thunks go to: a lua_CFunction with one argument more. */
static OUTLINED int call(lua_State *L, struct function *function) {
    return invoke(L, function, 1);
}

#define LOAD(i)                                                                                                \
    if (!load_quickly(L, function->parameters[(i)-1].quick, &slots[(i)-1], i)) return call(L, function)

/* The same for parameters that all are quick: without a loop a tenth faster. call() begins anew if a value is not
 * what C takes. */
static INLINED int call_quickly(lua_State *L, struct function *function, int count) {
    ffi_value slots[QUICK_MOST];
    if (lua_gettop(L) != function->few) return call(L, function);
    switch (count) {
    case 8: LOAD(8); /* fall through */
    case 7: LOAD(7); /* fall through */
    case 6: LOAD(6); /* fall through */
    case 5: LOAD(5); /* fall through */
    case 4: LOAD(4); /* fall through */
    case 3: LOAD(3); /* fall through */
    case 2: LOAD(2); /* fall through */
    case 1: LOAD(1); /* fall through */
    default: return finish(L, function, slots);
    }
}

static int call_few(lua_State *L, struct function *function) {
    return call_quickly(L, function, function->few);
}

/* Most calls have one argument or two. */
static int call_1(lua_State *L, struct function *function) {
    return call_quickly(L, function, 1);
}

static int call_2(lua_State *L, struct function *function) {
    return call_quickly(L, function, 2);
}

int call_address(lua_State *L, ctype *signature, void *address, int first) {
    if (!address) return luaL_error(L, "attempt to call a NULL pointer");
    if (!signature->host->context) return luaL_error(L, "the Lua state is being closed");
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

static void *variable(lua_State *L, const struct host *host, ffi_library *library, const char *name) {
    const char *symbol = ffi_declared_symbol(host->context, name);
    void       *at     = ffi_library_symbol(library, symbol ? symbol : name);
    if (!at) luaL_error(L, "%s", ffi_last_message());
    return at;
}

static ctype *declared(lua_State *L, struct host *host, const char *name) {
    const ffi_ctype *type = ffi_declared_type(host->context, name);
    if (!type) luaL_error(L, "missing declaration for symbol '%s'", name);
    return type_of(L, host, type);
}

/* Pushes a bound function as Lua's: a native function of its own, which needs no upvalue to know what it calls.
 */
static void function_push(lua_State *L, struct host *host, struct function *function) {
    int (*target)(lua_State *, struct function *) = !function->is_quick  ? call
                                                    : function->few == 1 ? call_1
                                                    : function->few == 2 ? call_2
                                                                         : call_few;
    ffi_thunk *thunk = ffi_thunk_new(host->context, ffi_thunk_entry(1), (void *)(uintptr_t)target, function);
    if (!thunk) luaL_error(L, "%s", ffi_last_message());
    void *code = ffi_thunk_code(thunk);
    keep_push(L, host, KEPT_BOUND);
    lua_pushlightuserdata(L, code);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pushcfunction(L, (lua_CFunction)(uintptr_t)code);
}

/* What a name means that the library's table does not have yet: (table, name), with host and library. */
static int symbol(lua_State *L) {
    struct host  *host    = host_of(L);
    ffi_library **library = lua_touserdata(L, lua_upvalueindex(2));
    const char   *name    = luaL_checkstring(L, 2);
    int64_t       value;
    if (ffi_declared_constant(host->context, name, &value)) return push_integer(L, host, value), 1;
    ctype *type = declared(L, host, name);
    if (type->kind != FFI_KIND_FUNCTION) return push(L, type, variable(L, host, *library, name)), 1;
    function_push(L, host, function_new(L, host, ffi_library_function(*library, name, NULL)));
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
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
    store_or_fail(L, type, variable(L, host, *library, name), 3, "variable", name);
    return 0;
}

/* LuaJIT puts "lib" before a name with a dot too. */
static ffi_library *open_as_luajit(lua_State *L, struct host *host, const char *name, unsigned flags) {
    ffi_library *library = ffi_library_open(host->context, name, flags);
    if (library || !name || !strncmp(name, "lib", 3) || !strchr(name, '.') || strchr(name, '/')) return library;
    lua_pushstring(L, ffi_last_message());
    library = ffi_library_open(host->context, lua_pushfstring(L, "lib%s", name), flags);
    if (!library) luaL_error(L, "%s", lua_tostring(L, -2));
    lua_pop(L, 2);
    return library;
}

/* A userdata with a metatable of its own, whose `__index` is the table of the functions that are bound already.
 */
int library_open(lua_State *L, struct host *host, const char *name, unsigned flags) {
    ffi_library **library = lua_newuserdatauv(L, sizeof *library, 0);
    if (!(*library = open_as_luajit(L, host, name, flags))) return luaL_error(L, "%s", ffi_last_message());
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
    method(L, host, "__newindex", symbol_set);
    lua_pushcfunction(L, library_free);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, "ffi");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, self);
    return 1;
}
