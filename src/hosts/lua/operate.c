/* SPDX-License-Identifier: MIT */
/*
 * The metatables of cdata and ctype objects: members and elements, calls, texts, finalizers. What C defines comes first,
 * then the metamethods of ffi.metatype, as LuaJIT has it. arithmetic.c has the operators.
 */
#include "host.h"

#include <math.h>

/* ---- metamethods ---- */

/* The type whose metatable applies: also a pointer's to a record. */
static ctype *dressed(lua_State *L, ctype *type) {
    if (type->kind == FFI_KIND_POINTER) type = type_target(L, type);
    return type_base(L, type);
}

bool metamethod(lua_State *L, ctype *type, const char *name) {
    if (!type || (type->kind != FFI_KIND_POINTER && !type_is_aggregate(type))) return false;
    ctype *base = dressed(L, type);
    if (base->metatable == LUA_NOREF) return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, base->metatable);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1)) return true;
    lua_pop(L, 1);
    return false;
}

bool defer(lua_State *L, struct host *host, const char *name, int operands, int results) {
    int count = lua_gettop(L);
    for (int i = 1; i <= operands; i++) {
        cdata *data = cdata_at(L, host, i);
        if (!data || !metamethod(L, data->type, name)) continue;
        lua_insert(L, 1);
        lua_call(L, count, results);
        return true;
    }
    return false;
}

const char *describe(lua_State *L, struct host *host, int index) {
    cdata *data = cdata_at(L, host, index);
    if (data) return type_text(L, data->type);
    lua_pushstring(L, luaL_typename(L, index));
    return lua_tostring(L, -1);
}

/* ---- members and elements ---- */

int64_t element_size(lua_State *L, ctype *target) {
    if (!ffi_type_is_complete(target->type))
        luaL_error(L, "the size of '%s' is not known", type_text(L, target));
    return (int64_t)type_size(target);
}

/* Where the key at 2 leads from the cdata: `*type` and the address, or the member. */
static void *place(lua_State *L, cdata *data, ctype **type, const struct member **member) {
    ctype *of = data->type;
    char  *at = data->at;
    if (of->kind == FFI_KIND_POINTER) {
        at = *(char **)at;
        if (of->is_reference) of = type_target(L, of);
    }
    if (lua_type(L, 2) == LUA_TSTRING) {
        if (of->kind == FFI_KIND_POINTER) of = type_target(L, of);
        if (of->kind == FFI_KIND_COMPLEX) {
            const char *part = lua_tostring(L, 2);
            *type            = type_target(L, of);
            if (!strcmp(part, "re")) return at;
            return strcmp(part, "im") ? NULL : at + type_size(*type);
        }
        if (of->kind != FFI_KIND_STRUCT && of->kind != FFI_KIND_UNION) return NULL;
        if (!(*member = type_member(L, of, 2))) return NULL;
        *type = (*member)->type;
        return at + (*member)->field.offset;
    }
    if (of->kind < FFI_KIND_POINTER || !ffi_type_target(of->type) || of->kind == FFI_KIND_FUNCTION) return NULL;
    int64_t index;
    if (!load_number(L, 2, &index)) {
        cdata *boxed = cdata_at(L, of->host, 2);
        if (!boxed || boxed->type->kind < FFI_KIND_I8 || boxed->type->kind > FFI_KIND_U64) return NULL;
        index = load_integer(boxed->type, boxed->at);
    }
    *type = type_target(L, of);
    if (of->kind == FFI_KIND_COMPLEX) index &= 1;
    return (char *)(uintptr_t)further((int64_t)(uintptr_t)at, index, element_size(L, *type));
}

static int fail_member(lua_State *L, struct host *host) {
    if (lua_type(L, 2) == LUA_TSTRING)
        return luaL_error(L, "'%s' has no member named '%s'", describe(L, host, 1), lua_tostring(L, 2));
    const char *what = describe(L, host, 1);
    return luaL_error(L, "'%s' cannot be indexed with '%s'", what, describe(L, host, 2));
}

/* Looks the key at `key` up in the value on top, a function of (object, key) or a table, in which it must be.
 */
static int index_by(lua_State *L, int object, int key) {
    lua_pushvalue(L, object);
    lua_pushvalue(L, key);
    if (lua_isfunction(L, -3)) lua_call(L, 2, 1);
    else {
        lua_remove(L, -2);
        lua_gettable(L, -2);
        if (lua_isnil(L, -1)) return 0;
    }
    return 1;
}

/* Pushes the constant that is declared within a record, or a pointer's, with the name at 2. */
static bool push_scoped(lua_State *L, ctype *type) {
    const char *name, *wanted = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    int64_t     value;
    if (type->kind == FFI_KIND_POINTER) type = type_target(L, type);
    if (type->is_enum || !wanted) return false;
    for (size_t i = 0; ffi_type_constant(type->type, i, &name, &value); i++)
        if (!strcmp(name, wanted)) return push_integer(L, type->host, value), true;
    return false;
}

static int cdata_index(lua_State *L) {
    cdata               *data   = lua_touserdata(L, 1);
    const struct member *member = NULL;
    ctype               *type;
    void                *at = place(L, data, &type, &member);
    if (at && member && member->field.is_bits) {
        int64_t bits = ffi_field_read(&member->field, (char *)at - member->field.offset);
        if (type->kind == FFI_KIND_BOOL) lua_pushboolean(L, bits != 0);
        else if (type->kind == FFI_KIND_U64) push_unsigned(L, type->host, (uint64_t)bits);
        else push_integer(L, type->host, bits);
        return 1;
    }
    if (at) return push(L, type, at), 1;
    ctype *of = data->type;
    if (push_scoped(L, of)) return 1;
    if (of->kind == FFI_KIND_POINTER && type_target(L, of)->kind == FFI_KIND_FUNCTION &&
        lua_type(L, 2) == LUA_TSTRING) {
        static const struct luaL_Reg methods[] = {
            {"free", callback_free}, {"set", callback_set}, {"deliver", callback_deliver}};
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            if (strcmp(lua_tostring(L, 2), methods[i].name)) continue;
            lua_pushlightuserdata(L, of->host);
            lua_pushcclosure(L, methods[i].func, 1);
            return 1;
        }
    }
    if (metamethod(L, of, "__index") && index_by(L, 1, 2)) return 1;
    return fail_member(L, of->host);
}

static int cdata_newindex(lua_State *L) {
    cdata               *data   = lua_touserdata(L, 1);
    ctype               *of     = data->type;
    const struct member *member = NULL;
    ctype               *type;
    void                *at = place(L, data, &type, &member);
    if (!at) {
        if (push_scoped(L, of))
            return luaL_error(L, "attempt to write to the constant '%s'", lua_tostring(L, 2));
        if ((of->kind == FFI_KIND_POINTER ? type_target(L, of) : of)->is_const)
            return luaL_error(L, "attempt to write to a constant '%s'", type_text(L, of));
        if (!metamethod(L, of, "__newindex")) return fail_member(L, of->host);
        lua_insert(L, 1);
        if (lua_isfunction(L, 1)) lua_call(L, 3, 0);
        else lua_remove(L, 2), lua_settable(L, 1);
        return 0;
    }
    bool is_pointer = of->kind == FFI_KIND_POINTER || of->kind == FFI_KIND_ARRAY;
    if (of->kind == FFI_KIND_COMPLEX || of->kind == FFI_KIND_VECTOR || type->is_const ||
        (member && (of->is_const || (is_pointer && type_target(L, of)->is_const))))
        return luaL_error(L, "attempt to write to a constant '%s'", type_text(L, of));
    if (type->kind == FFI_KIND_ARRAY && !type_size(type)) {
        size_t own;
        bool   has = of->kind != FFI_KIND_POINTER && cdata_owns(L, 1, &own);
        store_open(L, type, at, has ? own - (size_t)((char *)at - (char *)data->at) : SIZE_MAX, 3);
    } else if (member) store_member(L, member, (char *)at - member->field.offset, 3, false);
    else store_or_fail(L, type, at, 3, "element", "");
    return 0;
}

static int cdata_call(lua_State *L) {
    cdata *data = lua_touserdata(L, 1);
    ctype *type = data->type;
    if (type->kind == FFI_KIND_FUNCTION) return call_address(L, type, data->at, 2);
    if (type->kind == FFI_KIND_POINTER && type_target(L, type)->kind == FFI_KIND_FUNCTION)
        return call_address(L, type_target(L, type), *(void **)data->at, 2);
    if (!defer(L, type->host, "__call", 1, LUA_MULTRET))
        return luaL_error(L, "'%s' cannot be called", describe(L, type->host, 1));
    return lua_gettop(L);
}

/* ---- texts ---- */

/* Pushes a part of a complex number as LuaJIT writes it. */
static const char *number_text(lua_State *L, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.14g", value);
    lua_pushstring(L, value == value ? text : "nan");
    return lua_tostring(L, -1);
}

static int cdata_tostring(lua_State *L) {
    cdata *data = lua_touserdata(L, 1);
    ctype *type = data->type;
    char   text[80];
    if (defer(L, type->host, "__tostring", 1, 1)) return 1;
    if (type->kind == FFI_KIND_I64 && !type->is_enum)
        snprintf(text, sizeof text, "%lldLL", (long long)load_integer(type, data->at));
    else if (type->kind == FFI_KIND_U64 && !type->is_enum)
        snprintf(text, sizeof text, "%lluULL", (unsigned long long)load_integer(type, data->at));
    else if (type->kind == FFI_KIND_COMPLEX) {
        lua_pushinteger(L, 0), lua_replace(L, 2), lua_settop(L, 1);
        ctype *part = type_target(L, type);
        push(L, part, data->at), push(L, part, (char *)data->at + type_size(part));
        double      im = lua_tonumber(L, -1);
        const char *re = number_text(L, lua_tonumber(L, -2)), *sign = signbit(im) && im == im ? "" : "+";
        snprintf(text, sizeof text, "%s%s%s%c", re, sign, number_text(L, im), isfinite(im) ? 'i' : 'I');
    } else {
        void       *address = type->kind == FFI_KIND_POINTER ? *(void **)data->at : data->at;
        const char *name    = type_text(L, type);
        if (type->is_enum) lua_pushfstring(L, "cdata<%s>: %d", name, (int)load_integer(type, data->at));
        else if (address) lua_pushfstring(L, "cdata<%s>: %p", name, address);
        else lua_pushfstring(L, "cdata<%s>: NULL", name);
        return 1;
    }
    lua_pushstring(L, text);
    return 1;
}

/* ---- finalizers ---- */

int finalize_with(lua_State *L, struct host *host, int object, int finalizer) {
    keep_push(L, host, KEPT_FINALIZERS);
    lua_pushvalue(L, object);
    lua_pushvalue(L, finalizer);
    lua_rawset(L, -3);
    keep_push(L, host, lua_isnil(L, finalizer) ? META_CDATA : META_FINALIZED);
    lua_setmetatable(L, object);
    lua_pop(L, 1);
    return 0;
}

static int cdata_gc(lua_State *L) {
    keep_push(L, host_of(L), KEPT_FINALIZERS);
    lua_pushvalue(L, 1);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1)) return 0;
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    lua_rawset(L, -4);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 0);
    return 0;
}

/* ---- ctype objects ---- */

static int ctype_call(lua_State *L) {
    ctype *type = *(ctype **)lua_touserdata(L, 1);
    if (!metamethod(L, type, "__new") || type->kind == FFI_KIND_POINTER) return construct(L, type, 2);
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int ctype_index(lua_State *L) {
    ctype *type = *(ctype **)lua_touserdata(L, 1);
    if (push_scoped(L, type)) return 1;
    if (metamethod(L, type, "__index") && index_by(L, 1, 2)) return 1;
    return luaL_error(L, "'%s' has no member named '%s'", type_text(L, type), lua_tostring(L, 2));
}

static int ctype_tostring(lua_State *L) {
    lua_pushfstring(L, "ctype<%s>", type_text(L, *(ctype **)lua_touserdata(L, 1)));
    return 1;
}

static int ctype_eq(lua_State *L) {
    ctype *a = ctype_at(L, host_of(L), 1), *b = ctype_at(L, host_of(L), 2);
    lua_pushboolean(L, a && b && (a == b || ffi_type_equal(a->type, b->type)));
    return 1;
}

/* ---- metatables ---- */

void method(lua_State *L, struct host *host, const char *name, lua_CFunction function) {
    lua_pushlightuserdata(L, host);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

/* Fills a metatable of cdata; `__eq` has to be the same for both. */
static void cdata_methods(lua_State *L, struct host *host, int shared) {
    for (int i = 0; i < OPERATORS; i++) {
        lua_rawgeti(L, shared, i + 1);
        lua_setfield(L, -2, operator_names[i]);
    }
    method(L, host, "__index", cdata_index);
    method(L, host, "__newindex", cdata_newindex);
    method(L, host, "__call", cdata_call);
    method(L, host, "__tostring", cdata_tostring);
    lua_pushliteral(L, "ffi");
    lua_setfield(L, -2, "__metatable");
}

void operators(lua_State *L, struct host *host) {
    lua_newtable(L);
    int shared = lua_gettop(L);
    for (int i = 0; i < OPERATORS; i++) {
        lua_pushlightuserdata(L, host);
        lua_pushinteger(L, i);
        lua_pushcclosure(L, operate, 2);
        lua_rawseti(L, shared, i + 1);
    }
    keep_push(L, host, META_CDATA);
    cdata_methods(L, host, shared);
    keep_push(L, host, META_FINALIZED);
    cdata_methods(L, host, shared);
    method(L, host, "__gc", cdata_gc);
    keep_push(L, host, META_CTYPE);
    method(L, host, "__call", ctype_call);
    method(L, host, "__index", ctype_index);
    method(L, host, "__tostring", ctype_tostring);
    method(L, host, "__eq", ctype_eq);
    lua_pushliteral(L, "ffi");
    lua_setfield(L, -2, "__metatable");
    lua_settop(L, shared - 1);
}
