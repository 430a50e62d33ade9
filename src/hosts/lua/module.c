/* SPDX-License-Identifier: MIT */
/* The functions of the module, and its loading. */
#include "host.h"

#ifndef FFI_LUA_OS
#define FFI_LUA_OS   "Other"
#define FFI_LUA_ARCH "other"
#endif
#ifndef FFI_LUA_API
#define FFI_LUA_API
#endif

static int fail(lua_State *L) {
    return luaL_error(L, "%s", ffi_last_message());
}

/* The address of the memory that an argument means; `*type` is what it points to. */
static void *pointer_argument(lua_State *L, struct host *host, int index, ctype **type) {
    void *address;
    if (!to_pointer(L, host, index, &address, type) || lua_isnone(L, index))
        luaL_error(L, "argument %d: expected a pointer, got %s", index, luaL_typename(L, index));
    return address;
}

static void *target_argument(lua_State *L, struct host *host, int index) {
    ctype *type;
    void  *address = pointer_argument(L, host, index, &type);
    if (type && type->is_const) luaL_error(L, "argument %d: '%s' is constant", index, type_text(L, type));
    return address;
}

/* ---- declarations and libraries ---- */

static int api_cdef(lua_State *L) {
    struct host *host = host_of(L);
    type_translate(L, host, 1, 2, true);
    lua_pushliteral(L, "\n;"); /* the last one may be missing */
    lua_concat(L, 2);
    return ffi_declare(host->context, lua_tostring(L, -1)) ? fail(L) : 0;
}

/* ffi.header(name, ...): all that these headers declare. */
static int api_header(lua_State *L) {
    int          count = lua_gettop(L);
    const char **names = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *names, 0);
    for (int i = 0; i < count; i++) names[i] = luaL_checkstring(L, i + 1);
    return ffi_declare_headers(host_of(L)->context, names, (size_t)count, NULL) ? fail(L) : 0;
}

static int api_load(lua_State *L) {
    return library_open(L, host_of(L), luaL_checkstring(L, 1), lua_toboolean(L, 2) ? FFI_LIBRARY_GLOBAL : 0);
}

/* ---- objects ---- */

static int api_new(lua_State *L) {
    return construct(L, type_check(L, host_of(L), 1), 2);
}

static int api_typeof(lua_State *L) {
    struct host *host = host_of(L);
    if (lua_gettop(L) < 2) return type_push(L, type_check(L, host, 1)), 1;
    const ffi_ctype *type = ffi_type_parse(host->context, type_translate(L, host, 1, 2, false));
    if (!type) return fail(L);
    type_push(L, type_of(L, host, type));
    return 1;
}

static int api_cast(lua_State *L) {
    ctype *type = type_check(L, host_of(L), 1);
    lua_settop(L, 2);
    if (type_is_aggregate(type) || (!type_is_number(type) && type->kind < FFI_KIND_POINTER))
        return luaL_error(L, "cannot cast to '%s': expected a number or a pointer", type_text(L, type));
    cdata *new = cdata_new(L, type, type_size(type));
    if (!store(L, type, new->at, 2, true)) return fail_conversion(L, type, 2, "ffi.cast");
    if (type->kind == FFI_KIND_POINTER) pointer_made(L, new);
    return 1;
}

static int api_metatype(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *type = type_base(L, type_check(L, host, 1));
    luaL_checktype(L, 2, LUA_TTABLE);
    if (!type_is_aggregate(type) || type->kind == FFI_KIND_ARRAY)
        return luaL_error(L, "ffi.metatype: expected a struct, union, complex or vector type, got '%s'",
                          type_text(L, type));
    if (type->metatable != LUA_NOREF) return luaL_error(L, "'%s' has a metatable already", type_text(L, type));
    lua_pushvalue(L, 2);
    type->metatable = luaL_ref(L, LUA_REGISTRYINDEX);
    type_push(L, type);
    return 1;
}

static int api_gc(lua_State *L) {
    struct host *host = host_of(L);
    cdata       *data = cdata_at(L, host, 1);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    if (lua_isnil(L, 1)) return lua_settop(L, 1), 1; /* NULL */
    if (!data || !(data->type->kind == FFI_KIND_POINTER || type_is_aggregate(data->type)))
        return luaL_error(L, "argument 1 of ffi.gc: expected a pointer or an aggregate, got %s",
                          luaL_typename(L, 1));
    finalize_with(L, host, 1, 2);
    lua_settop(L, 1);
    return 1;
}

/* ---- types ---- */

/* Of a reference, the type that it refers to. */
static ctype *referred(lua_State *L, ctype *type) {
    return type && type->is_reference ? type_target(L, type) : type;
}

static ctype *object_argument(lua_State *L, int index) {
    return referred(L, type_check(L, host_of(L), index));
}

static int api_sizeof(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *type = object_argument(L, 1);
    cdata       *data = cdata_at(L, host, 1);
    size_t       size = type_size(type);
    if (type_is_variable(type)) {
        if (!data || !cdata_owns(L, 1, &size)) {
            if (integer_argument(L, host, 2) < 0) return lua_pushnil(L), 1;
            size = type_variable_size(L, type, count_argument(L, host, 2));
        }
    } else if (!size && !ffi_type_is_complete(type->type)) {
        return lua_pushnil(L), 1;
    }
    push_unsigned(L, host, size);
    return 1;
}

static int api_alignof(lua_State *L) {
    size_t alignment = ffi_type_alignment(object_argument(L, 1)->type);
    lua_pushinteger(L, alignment ? (lua_Integer)alignment : 1); /* void and what is incomplete, as in GNU C */
    return 1;
}

static int api_offsetof(lua_State *L) {
    ctype    *type = type_check(L, host_of(L), 1);
    ffi_field field;
    if (type->kind == FFI_KIND_POINTER) type = type_target(L, type);
    if (!ffi_type_field_named(type->type, luaL_checkstring(L, 2), &field)) return 0;
    lua_pushinteger(L, (lua_Integer)field.offset);
    if (!field.is_bits) return 1;
    lua_pushinteger(L, (lua_Integer)field.bit_offset);
    lua_pushinteger(L, (lua_Integer)field.bit_width);
    return 3;
}

static int api_istype(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *type = object_argument(L, 1), *of = NULL;
    cdata       *data = cdata_at(L, host, 2);
    bool         is   = false;
    if (data) of = data->type;
    else if (function_address(L, host, 2, &of)) is = type_same(L, type, of);
    else of = referred(L, ctype_at(L, host, 2));
    if (!is && of && type->kind == FFI_KIND_POINTER && of->kind == FFI_KIND_POINTER) {
        is = type_same(L, type, of) || type_compatible(L, type_target(L, type), type_target(L, of));
    } else if (!is && of) {
        bool record = type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION;
        is          = type_same(L, type, record && of->kind == FFI_KIND_POINTER ? type_target(L, of) : of);
    }
    lua_pushboolean(L, is);
    return 1;
}

/* ---- memory ---- */

static int api_string(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *type;
    const char  *at   = pointer_argument(L, host, 1, &type), *end;
    cdata       *data = cdata_at(L, host, 1);
    size_t       size;
    bool         sized = !lua_isnoneornil(L, 2);
    if (sized) size = count_argument(L, host, 2);
    if (!at && !(sized && !size))
        return luaL_error(L, "argument 1 of ffi.string: expected a pointer, got NULL");
    if (sized) return lua_pushlstring(L, at ? at : "", size), 1;
    if (type && type->kind != FFI_KIND_VOID && !(type_is_number(type) && type_size(type) == 1))
        return luaL_error(L, "argument 1 of ffi.string: expected char *, got %s", type_text(L, type));
    if (data && data->type->kind == FFI_KIND_ARRAY &&
        ((size = type_size(data->type)) || cdata_owns(L, 1, &size))) {
        end = memchr(at, 0, size);
        if (end) size = (size_t)(end - at);
    } else size = strlen(at);
    lua_pushlstring(L, at, size);
    return 1;
}

static int api_copy(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *type;
    void        *to   = target_argument(L, host, 1);
    const void  *from = pointer_argument(L, host, 2, &type);
    if (lua_isnoneornil(L, 3) && lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "argument 3 of ffi.copy: expected a number of bytes");
    memmove(to, from, lua_isnoneornil(L, 3) ? lua_rawlen(L, 2) + 1 : count_argument(L, host, 3));
    return 0;
}

static int api_fill(lua_State *L) {
    struct host *host = host_of(L);
    void        *at   = target_argument(L, host, 1);
    size_t       size = count_argument(L, host, 2);
    memset(at, lua_isnoneornil(L, 3) ? 0 : (int)integer_argument(L, host, 3), size);
    return 0;
}

/* ---- the rest ---- */

static int api_errno(lua_State *L) {
    struct host *host = host_of(L);
    lua_pushinteger(L, host->error);
    if (!lua_isnoneornil(L, 1)) host->error = (int)integer_argument(L, host, 1);
    return 1;
}

static int api_abi(lua_State *L) {
    const char    *what = luaL_checkstring(L, 1);
    const uint16_t one  = 1;
    bool           is   = !strcmp(what, sizeof(void *) == 8 ? "64bit" : "32bit");
    is |= !strcmp(what, *(const uint8_t *)&one ? "le" : "be");
    is |= !strcmp(what, "win") && !strcmp(FFI_LUA_OS, "Windows");
    is |= !strcmp(what, "fpu") || !strcmp(what, "hardfp");
    lua_pushboolean(L, is);
    return 1;
}

/* type() and tonumber() of Lua, which know cdata. */
static int new_type(lua_State *L) {
    struct host *host = host_of(L);
    ctype       *signature;
    luaL_checkany(L, 1);
    int  kind = lua_type(L, 1);
    bool is   = kind == LUA_TUSERDATA && cdata_at(L, host, 1);
    if (kind == LUA_TFUNCTION) is = function_address(L, host, 1, &signature);
    if (is || ctype_at(L, host, 1)) lua_pushliteral(L, "cdata");
    else lua_pushstring(L, lua_typename(L, kind));
    return 1;
}

static int new_tonumber(lua_State *L) {
    struct host *host = host_of(L);
    cdata       *data = cdata_at(L, host, 1);
    if (!data) {
        lua_pushvalue(L, lua_upvalueindex(2));
        lua_insert(L, 1);
        lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
        return lua_gettop(L);
    }
    ctype *type = data->type->kind == FFI_KIND_COMPLEX ? type_target(L, data->type) : data->type;
    if (!type_is_number(type)) return lua_pushnil(L), 1;
    if (type->kind == FFI_KIND_BOOL) return lua_pushinteger(L, *(bool *)data->at), 1;
    push(L, type, data->at);
    if (!cdata_at(L, host, -1)) return 1;
    int64_t value = load_integer(type, data->at);
    lua_pushnumber(L, type->kind == FFI_KIND_U64 ? (lua_Number)(uint64_t)value : (lua_Number)value);
    return 1;
}

/* pairs() and ipairs(), for which not every Lua asks a userdata. */
static int new_pairs(lua_State *L) {
    cdata *data = cdata_at(L, host_of(L), 1);
    if (!data || !metamethod(L, data->type, lua_tostring(L, lua_upvalueindex(3))))
        lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static const struct luaL_Reg api[] = {{"cdef", api_cdef},
                                      {"header", api_header},
                                      {"load", api_load},
                                      {"new", api_new},
                                      {"typeof", api_typeof},
                                      {"cast", api_cast},
                                      {"gc", api_gc},
                                      {"metatype", api_metatype},
                                      {"sizeof", api_sizeof},
                                      {"alignof", api_alignof},
                                      {"istype", api_istype},
                                      {"fill", api_fill},
                                      {"copy", api_copy},
                                      {"string", api_string},
                                      {"errno", api_errno},
                                      {"abi", api_abi},
                                      {"offsetof", api_offsetof},
                                      {"poll", queue_poll},
                                      {"descriptor", queue_descriptor}};

static int host_free(lua_State *L) {
    struct host *host = lua_touserdata(L, 1);
    ffi_context_free(host->context);
    host->context = NULL;
    host->queue   = NULL;
    keep_push(L, host, KEPT_TYPES); /* finalizers of objects older than the module may still have cdata */
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) ((ctype *)lua_touserdata(L, -1))->type = NULL;
    return 0;
}

/* The host, whose metatable frees it behind all else: Lua finalizes in the reverse order. */
static struct host *host_new(lua_State *L) {
    struct host *new = memset(lua_newuserdatauv(L, sizeof *new, 0), 0, sizeof *new);
    new->main        = L;
    lua_newtable(L);
    lua_pushcfunction(L, host_free);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    const ffi_options options = {.keep_first = true, .dialect = FFI_DECLARE_EMBED | FFI_DECLARE_TWICE};
    if (!(new->context = ffi_context_new(&options))) fail(L);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX);
    for (int i = 0; i < KEPT_COUNT; i++) {
        if (i == KEPT_RUN) lua_pushcfunction(L, callback_run);
        else if (i == KEPT_ERROR) lua_pushboolean(L, false);
        else lua_newtable(L);
        new->kept[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    return new;
}

static const void *address_of(lua_State *L, struct host *host, enum kept what) {
    keep_push(L, host, what);
    const void *address = lua_topointer(L, -1);
    lua_pop(L, 1);
    return address;
}

/* Replaces a function, which is the second upvalue of the new one; the third is a metamethod's name. */
static void global(lua_State *L, struct host *host, const char *name, lua_CFunction function) {
    lua_getglobal(L, name);
    lua_pushlightuserdata(L, host);
    lua_insert(L, -2);
    lua_pushfstring(L, "__%s", name);
    lua_pushcclosure(L, function, 3);
    lua_setglobal(L, name);
}

FFI_LUA_API int luaopen_ffi_invoke(lua_State *L);

int luaopen_ffi_invoke(lua_State *L) {
    struct host *host = host_new(L);
    host->cdata       = address_of(L, host, META_CDATA);
    host->finalized   = address_of(L, host, META_FINALIZED);
    host->ctype       = address_of(L, host, META_CTYPE);
    errno_of(host);
    keep_push(L, host, KEPT_FINALIZERS);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    operators(L, host);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof api / sizeof *api; i++) method(L, host, api[i].name, api[i].func);
    lua_pushliteral(L, FFI_LUA_OS);
    lua_setfield(L, -2, "os");
    lua_pushliteral(L, FFI_LUA_ARCH);
    lua_setfield(L, -2, "arch");
    library_open(L, host, NULL, 0);
    lua_setfield(L, -2, "C");
    global(L, host, "type", new_type);
    global(L, host, "tonumber", new_tonumber);
    global(L, host, "pairs", new_pairs);
    global(L, host, "ipairs", new_pairs);
    return 1;
}
