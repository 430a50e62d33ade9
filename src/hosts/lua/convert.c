/* SPDX-License-Identifier: MIT */
/*
 * C values to Lua and back. A C value becomes a Lua value where one is the same: also an integer of 64 bits
 * that a number of this Lua holds exactly, an enum, and NULL, which is nil, because Lua never calls `__eq` for
 * a userdata and a value of another type. Lua values become C values as a cast in C makes them, nothing is
 * checked for range.
 */
#include "host.h"

/* ---- cdata ---- */

cdata *cdata_at(lua_State *L, const struct host *host, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
    const void *metatable = lua_topointer(L, -1);
    lua_pop(L, 1);
    return metatable == host->cdata || metatable == host->finalized ? lua_touserdata(L, index) : NULL;
}

cdata *cdata_new(lua_State *L, ctype *type, size_t size) {
    size_t alignment = size > 8 ? ffi_type_alignment(type->type) : 1, slack = alignment > 8 ? alignment : 0;
    cdata *new = lua_newuserdatauv(L, sizeof *new + size + slack, 0);
    new->type  = type;
    new->at    = new + 1;
    if (slack) new->at = (void *)(((uintptr_t) new->at + slack - 1) / slack * slack);
    keep_push(L, type->host, META_CDATA);
    lua_setmetatable(L, -2);
    return new;
}

bool cdata_owns(lua_State *L, int index, size_t *size) {
    const cdata *data      = lua_touserdata(L, index);
    size_t       all       = lua_rawlen(L, index) - sizeof *data;
    size_t       alignment = all > 8 ? ffi_type_alignment(data->type->type) : 1;
    *size                  = alignment > 8 ? all - alignment : all;
    return (uintptr_t)data->at - (uintptr_t)(data + 1) <= all;
}

/* ---- C to Lua ---- */

#define LOAD(type) (*(type *)memcpy(&(type){0}, at, sizeof(type)))

/* The value of a _BitInt's own bits. */
static int64_t own_bits(const ctype *type, int64_t value) {
    uint64_t up        = (uint64_t)value << type->spare;
    bool     is_signed = type->kind == FFI_KIND_I8 || type->kind == FFI_KIND_I16 || type->kind == FFI_KIND_I32;
    return is_signed ? (int64_t)up >> type->spare : (int64_t)(up >> type->spare);
}

static int64_t whole_integer(ffi_kind kind, const void *at) {
    switch (kind) {
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return LOAD(uint8_t);
    case FFI_KIND_I8: return LOAD(int8_t);
    case FFI_KIND_I16: return LOAD(int16_t);
    case FFI_KIND_U16: return LOAD(uint16_t);
    case FFI_KIND_I32: return LOAD(int32_t);
    case FFI_KIND_U32: return LOAD(uint32_t);
    default: return LOAD(int64_t);
    }
}

int64_t load_integer(const ctype *type, const void *at) {
    int64_t value = whole_integer(type->kind, at);
    return type->spare ? own_bits(type, value) : value;
}

static void *load_pointer(const void *at) {
    return LOAD(void *);
}

static double load_real(const ctype *type, const void *at) {
    if (type->kind == FFI_KIND_F64) return LOAD(double);
    if (type->kind == FFI_KIND_F32) return LOAD(float);
    ffi_any value = ffi_any_nil();
    ffi_load(type->type, at, &value); /* a real, rounded, or an integer of 128 bits if it fits */
    return value.kind == FFI_ANY_REAL ? value.as.f64 : (double)value.as.i64;
}

static void push_copy(lua_State *L, ctype *type, const void *at, size_t size) {
    cdata *copy = cdata_new(L, type, size);
    memcpy(copy->at, at, size);
}

/* A number of this Lua holds each integer from -EXACT to EXACT. With integers of 64 bits it also holds the least. */
#define EXACT (LUA_VERSION_NUM < 503 ? (int64_t)1 << 53 : INT64_MAX)

void push_boxed(lua_State *L, struct host *host, ffi_kind kind, int64_t value) {
    push_copy(L, type_of(L, host, ffi_type_scalar(host->context, kind)), &value, sizeof value);
}

void push_integer(lua_State *L, struct host *host, int64_t value) {
    if (LUA_VERSION_NUM >= 503 || (value <= EXACT && value >= -EXACT)) push_exact(L, value);
    else push_boxed(L, host, FFI_KIND_I64, value);
}

void push_unsigned(lua_State *L, struct host *host, uint64_t value) {
    if (value <= (uint64_t)EXACT) push_exact(L, (int64_t)value);
    else push_boxed(L, host, FFI_KIND_U64, (int64_t)value);
}

void push(lua_State *L, ctype *type, const void *at) {
    switch (type->kind) {
    case FFI_KIND_VOID: lua_pushnil(L); return;
    case FFI_KIND_BOOL: lua_pushboolean(L, *(const uint8_t *)at); return;
    case FFI_KIND_I64: push_integer(L, type->host, load_integer(type, at)); return;
    case FFI_KIND_U64: push_unsigned(L, type->host, (uint64_t)load_integer(type, at)); return;
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64:
    case FFI_KIND_F80:
    case FFI_KIND_F128: lua_pushnumber(L, load_real(type, at)); return;
    case FFI_KIND_POINTER:
        if (type->is_reference) push(L, type_target(L, type), load_pointer(at));
        else if (load_pointer(at)) push_copy(L, type, at, sizeof(void *));
        else lua_pushnil(L);
        return;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
    case FFI_KIND_ARRAY:
    case FFI_KIND_FUNCTION: cdata_new(L, type, 0)->at = (void *)at; return;
    default: break;
    }
    if (type_is_number(type)) push_exact(L, load_integer(type, at));
    else push_copy(L, type, at, type_size(type));
}

/* ---- numbers to C ---- */

static void store_integer(ctype *type, void *at, int64_t value);

static void store_real(ctype *type, void *at, double value) {
    if (type->kind == FFI_KIND_F64) memcpy(at, &value, sizeof value);
    else if (type->kind == FFI_KIND_F32) memcpy(at, &(float){(float)value}, sizeof(float));
    else if (type->kind == FFI_KIND_BOOL) *(bool *)at = value != 0;
    else if (type->kind <= FFI_KIND_U64) store_integer(type, at, integer_of(value));
    else ffi_store_real(type->type, at, value);
}

static void store_integer(ctype *type, void *at, int64_t value) {
    if (type->spare) value = own_bits(type, value);
    switch (type->kind) {
    case FFI_KIND_BOOL: *(bool *)at = value != 0; return;
    case FFI_KIND_I8:
    case FFI_KIND_U8: memcpy(at, &(int8_t){(int8_t)value}, 1); return;
    case FFI_KIND_I16:
    case FFI_KIND_U16: memcpy(at, &(int16_t){(int16_t)value}, 2); return;
    case FFI_KIND_I32:
    case FFI_KIND_U32: memcpy(at, &(int32_t){(int32_t)value}, 4); return;
    case FFI_KIND_I64:
    default: memcpy(at, &value, 8);
    }
}

/* Whether the type is a number, one of more than 64 bits included. */
static bool is_scalar(const ctype *type) {
    return type_is_number(type) || (type->kind >= FFI_KIND_I128 && type->kind <= FFI_KIND_F128);
}

static bool is_integer(const ctype *type) {
    return (type->kind >= FFI_KIND_I8 && type->kind <= FFI_KIND_U64) || type->kind == FFI_KIND_I128 ||
           type->kind == FFI_KIND_U128;
}

/* A number of Lua or C: an integer, or a real. */
struct number {
    int64_t integer;
    double  real;
    bool    is_real, is_unsigned, is_bool;
};

static double real_of(const struct number *number) {
    return number->is_real       ? number->real
           : number->is_unsigned ? (double)(uint64_t)number->integer
                                 : (double)number->integer;
}

static void store_scalar(ctype *type, void *at, const struct number *number) {
    if (number->is_real || (type->kind >= FFI_KIND_F16 && !is_integer(type)))
        store_real(type, at, real_of(number));
    else if (type->kind <= FFI_KIND_U64) store_integer(type, at, number->integer);
    else if (number->is_unsigned) ffi_store_uint(type->type, at, (uint64_t)number->integer);
    else ffi_store_int(type->type, at, number->integer);
}

/* A number into a scalar, a complex number's real part, or each element of a vector; as an address by a cast. */
static bool store_number(lua_State *L, ctype *type, void *at, const struct number *number, bool cast) {
    if (is_scalar(type)) return store_scalar(type, at, number), true;
    if (number->is_bool) return false;
    if (type->kind == FFI_KIND_POINTER) {
        void *address = (void *)(uintptr_t)(number->is_real ? integer_of(number->real) : number->integer);
        if (cast) memcpy(at, &address, sizeof address);
        return cast;
    }
    if (type->kind != FFI_KIND_COMPLEX && type->kind != FFI_KIND_VECTOR) return false;
    ctype *element = type_target(L, type);
    size_t size = type_size(element), count = type->kind == FFI_KIND_COMPLEX ? 1 : ffi_type_length(type->type);
    memset(at, 0, type_size(type));
    for (size_t i = 0; i < count; i++) store_scalar(element, (char *)at + i * size, number);
    return true;
}

/* ---- the other Lua values to C ---- */

static bool store_pointer(void *at, void *address) {
    memcpy(at, &address, sizeof address);
    return true;
}

static bool store_address(ctype *type, void *at, const void *address) {
    store_scalar(type, at, &(struct number){.integer = (int64_t)(uintptr_t)address, .is_unsigned = true});
    return true;
}

bool to_pointer(lua_State *L, struct host *host, int index, void **address, ctype **type) {
    cdata *data = cdata_at(L, host, index);
    *type       = NULL;
    *address    = NULL;
    switch (lua_type(L, index)) {
    case LUA_TNIL: return true;
    case LUA_TSTRING: *address = (void *)lua_tostring(L, index); return true;
    case LUA_TLIGHTUSERDATA: *address = lua_touserdata(L, index); return true;
    case LUA_TFUNCTION: *address = function_address(L, host, index, type); return *address;
    case LUA_TUSERDATA: break;
    default: return false;
    }
    if (data) {
        ctype *of = data->type;
        bool   is = of->kind == FFI_KIND_POINTER;
        *address  = is ? load_pointer(data->at) : data->at;
        *type     = is || of->kind == FFI_KIND_ARRAY ? type_target(L, of) : type_base(L, of);
        return is || (of->kind >= FFI_KIND_STRUCT && of->kind <= FFI_KIND_FUNCTION);
    }
    if (ctype_at(L, host, index)) return false;
    *address = lua_touserdata(L, index);
    luaL_getmetatable(L, "FILE*"); /* io.*: the FILE * is what it holds */
    if (lua_getmetatable(L, index) && (lua_rawequal(L, -1, -2) ? (*address = *(void **)*address, 1) : 1))
        lua_pop(L, 1);
    lua_pop(L, 1);
    return true;
}

/* Whether a value is copied without a conversion: a record of the same type, a vector of the same size, an array
 * of as many elements of a compatible type. */
static bool is_copied(lua_State *L, ctype *to, ctype *from) {
    if (to->kind != from->kind || type_size(to) != type_size(from) || !type_size(to)) return false;
    if (to->kind == FFI_KIND_ARRAY) return type_points(L, type_target(L, to), type_target(L, from));
    if (to->kind == FFI_KIND_VECTOR) return true;
    return to->kind >= FFI_KIND_COMPLEX && to->kind < FFI_KIND_ARRAY && type_same(L, to, from);
}

static bool store_complex(lua_State *L, ctype *type, void *at, const cdata *from) {
    ctype *part = type_target(L, from->type);
    if (type->kind == FFI_KIND_COMPLEX) {
        ctype *to = type_target(L, type);
        store_real(to, (char *)at + type_size(to), load_real(part, (char *)from->at + type_size(part)));
        type = to;
    } else if (!is_scalar(type) || type->kind == FFI_KIND_BOOL) return false;
    return store_real(type, at, load_real(part, from->at)), true;
}

/* LuaJIT's table "Conversions between C types". */
static bool store_cdata(lua_State *L, ctype *type, void *at, const cdata *from, int index, bool cast) {
    ctype        *of     = from->type;
    struct number number = {.is_bool     = of->kind == FFI_KIND_BOOL,
                            .is_unsigned = of->kind == FFI_KIND_U64,
                            .is_real     = of->kind > FFI_KIND_U64};
    void         *address;
    ctype        *target;
    if (is_copied(L, type, of)) return memmove(at, from->at, type_size(type)), true;
    if (is_scalar(of)) {
        if (number.is_real) number.real = load_real(of, from->at);
        else number.integer = load_integer(of, from->at);
        if (type->kind == of->kind && number.is_real) return memcpy(at, from->at, type_size(type)), true;
        return store_number(L, type, at, &number, cast);
    }
    if (of->kind == FFI_KIND_COMPLEX) return store_complex(L, type, at, from);
    if (!to_pointer(L, type->host, index, &address, &target)) return false;
    if (type->kind == FFI_KIND_POINTER)
        return (cast || type_points(L, type_target(L, type), target)) && store_pointer(at, address);
    return cast && is_integer(type) && of->kind != FFI_KIND_STRUCT && of->kind != FFI_KIND_UNION &&
           store_address(type, at, address);
}

/* A string with its NUL into an array of bytes; as LuaJIT: what is too long is cut. */
bool store_bytes(lua_State *L, ctype *type, void *at, size_t room, int index) {
    size_t      length;
    const char *text    = lua_tolstring(L, index, &length);
    ctype      *element = type->kind == FFI_KIND_ARRAY ? type_target(L, type) : type;
    if (element == type || element->is_enum || (element->kind != FFI_KIND_I8 && element->kind != FFI_KIND_U8))
        return false;
    memcpy(at, text, length + 1 < room ? length + 1 : room);
    return true;
}

static bool store_text(lua_State *L, ctype *type, void *at, int index, bool cast) {
    const char *text = lua_tostring(L, index), *name;
    if (type->kind == FFI_KIND_POINTER) {
        ctype *to = type_target(L, type);
        bool   may =
            to->is_const && (to->kind == FFI_KIND_VOID || to->kind == FFI_KIND_I8 || to->kind == FFI_KIND_U8);
        return (may || cast) && store_pointer(at, (void *)text);
    }
    if (type->is_enum) {
        int64_t value;
        for (size_t i = 0; ffi_type_constant(type->type, i, &name, &value); i++)
            if (!strcmp(name, text)) return store_integer(type, at, value), true;
        return false;
    }
    if (cast && is_integer(type)) return store_address(type, at, text);
    return store_bytes(L, type, at, type_size(type), index);
}

bool store(lua_State *L, ctype *type, void *at, int index, bool cast) {
    cdata        *data;
    void         *address;
    ctype        *target;
    struct number number = {0};
    if (type->is_reference && !cast && cdata_at(L, type->host, index) == NULL) return false;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) number.integer = lua_tointeger(L, index);
        else number.is_real = true, number.real = lua_tonumber(L, index);
        return store_number(L, type, at, &number, cast);
    case LUA_TBOOLEAN:
        number.is_bool = true, number.integer = lua_toboolean(L, index);
        return store_number(L, type, at, &number, cast);
    case LUA_TSTRING: return store_text(L, type, at, index, cast);
    case LUA_TTABLE: return store_table(L, type, at, index);
    case LUA_TFUNCTION:
        if ((address = function_address(L, type->host, index, &target))) break;
        if (type->kind != FFI_KIND_POINTER || type_target(L, type)->kind != FFI_KIND_FUNCTION) return false;
        return store_pointer(at, callback_code(L, type_target(L, type), index, cast));
    case LUA_TUSERDATA:
        if ((data = cdata_at(L, type->host, index))) return store_cdata(L, type, at, data, index, cast);
        break;
    case LUA_TTHREAD: return false;
    default: break;
    }
    if (!to_pointer(L, type->host, index, &address, &target)) return false;
    if (type->kind == FFI_KIND_POINTER)
        return (cast || !target || type_points(L, type_target(L, type), target)) && store_pointer(at, address);
    return cast && is_integer(type) && store_address(type, at, address);
}

void pointer_made(lua_State *L, const cdata *pointer) {
    if (!load_pointer(pointer->at)) lua_pushnil(L);
    else if (pointer->type->is_reference)
        cdata_new(L, type_target(L, pointer->type), 0)->at = load_pointer(pointer->at);
}

bool load_truncated(lua_State *L, int index, int64_t *value) {
    if (lua_type(L, index) != LUA_TNUMBER) return false;
    *value = integer_of(lua_tonumber(L, index));
    return true;
}

int64_t integer_argument(lua_State *L, struct host *host, int index) {
    int64_t value = 0;
    if (load_number(L, index, &value)) return value;
    ctype *type = type_of(L, host, ffi_type_scalar(host->context, FFI_KIND_I64));
    if (!store(L, type, &value, index, false))
        luaL_error(L, "argument %d: expected a number, got %s", index, luaL_typename(L, index));
    return value;
}

size_t count_argument(lua_State *L, struct host *host, int index) {
    int64_t value = integer_argument(L, host, index);
    if (value < 0)
        luaL_error(L, "argument %d: expected a number of elements or bytes, got %f", index, (lua_Number)value);
    return (size_t)value;
}

int fail_conversion(lua_State *L, ctype *type, int index, const char *where) {
    cdata *data = cdata_at(L, type->host, index);
    if (data) lua_pushfstring(L, "cdata<%s>", type_text(L, data->type));
    else if (lua_type(L, index) == LUA_TSTRING) lua_pushfstring(L, "string \"%s\"", lua_tostring(L, index));
    else lua_pushstring(L, luaL_typename(L, index));
    return luaL_error(L, "%s: expected %s, got %s", where, type_text(L, type), lua_tostring(L, -1));
}

void store_or_fail(lua_State *L, ctype *type, void *at, int index, const char *what, const char *name) {
    if (!store(L, type, at, index, false))
        fail_conversion(L, type, index, *name ? lua_pushfstring(L, "%s '%s'", what, name) : what);
}

void store_member(lua_State *L, const struct member *member, void *record, int index, bool is_new) {
    const ffi_field *field = &member->field;
    const char      *name  = member->key ? member->key : field->name ? field->name : "";
    if (member->type->is_const && !is_new) luaL_error(L, "attempt to write to the constant member '%s'", name);
    if (!field->is_bits) {
        if (member->type->is_reference && !is_new)
            store_or_fail(L, type_target(L, member->type), load_pointer((char *)record + field->offset), index,
                          "member", name);
        else store_or_fail(L, member->type, (char *)record + field->offset, index, "member", name);
        return;
    }
    int64_t value = 0;
    store_or_fail(L, member->type, &value, index, "member", name);
    ffi_field_write(field, record, load_integer(member->type, &value));
}
