/* SPDX-License-Identifier: MIT */
/*
 * The operators of cdata. What C defines comes first, then the metamethods of ffi.metatype, as LuaJIT has it.
 * Integers are calculated with 64 bits, unsigned if one operand is uint64_t.
 */
#include "host.h"

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

/* Calls the metamethod of the first operand that has one, with all of the stack; false if none has. */
static bool defer(lua_State *L, struct host *host, const char *name, int operands, int results) {
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

static const char *describe(lua_State *L, struct host *host, int index) {
    cdata *data = cdata_at(L, host, index);
    if (data) return type_text(L, data->type);
    lua_pushstring(L, luaL_typename(L, index));
    return lua_tostring(L, -1);
}

/* ---- members and elements ---- */

/* An address that is so many elements further; as in LuaJIT it wraps around. */
static int64_t further(int64_t address, int64_t elements, int64_t size) {
    return (int64_t)((uint64_t)address + (uint64_t)elements * (uint64_t)size);
}

static int64_t element_size(lua_State *L, ctype *target) {
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
    int key = lua_type(L, 2);
    if (key == LUA_TSTRING) {
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
    cdata  *boxed;
    if (key == LUA_TNUMBER)
        index = lua_isinteger(L, 2) ? (int64_t)lua_tointeger(L, 2) : integer_of(lua_tonumber(L, 2));
    else if ((boxed = cdata_at(L, of->host, 2)) && boxed->type->kind >= FFI_KIND_I8 &&
             boxed->type->kind <= FFI_KIND_U64)
        index = load_integer(boxed->type, boxed->at);
    else return NULL;
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
    if (member) store_member(L, member, (char *)at - member->field.offset, 3, false);
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

/* ---- arithmetic ---- */

enum operator{
    ADD,
    SUB,
    MUL,
    DIV,
    MOD,
    POW,
    UNM,
    IDIV,
    BAND,
    BOR,
    BXOR,
    BNOT,
    SHL,
    SHR,
    CONCAT,
    LEN,
    EQ,
    LT,
    LE,
    OPERATORS
};
static const char *const names[] = {"__add",    "__sub",  "__mul", "__div",  "__mod",  "__pow", "__unm",
                                    "__idiv",   "__band", "__bor", "__bxor", "__bnot", "__shl", "__shr",
                                    "__concat", "__len",  "__eq",  "__lt",   "__le"};

struct operand {
    enum { NEITHER, NUMBER, ADDRESS, RECORD } what; /* RECORD: any other cdata, which has its own address */
    bool    is_unsigned;
    int64_t integer; /* the address too */
    double  real;    /* of a Lua number */
    bool    is_real;
    ctype  *target; /* of an address; NULL: nil */
};

static struct operand operand_at(lua_State *L, struct host *host, int index) {
    struct operand operand = {NEITHER, .integer = 0};
    cdata         *data    = cdata_at(L, host, index);
    void          *address;
    if (data && (type_is_number(data->type))) {
        operand.what        = NUMBER;
        operand.is_unsigned = data->type->kind == FFI_KIND_U64;
        if (data->type->kind < FFI_KIND_F16)
            return operand.integer = load_integer(data->type, data->at), operand;
        push(L, data->type, data->at);
        operand.is_real = true, operand.real = lua_tonumber(L, -1);
        lua_pop(L, 1);
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        operand.what    = NUMBER;
        operand.is_real = !lua_isinteger(L, index);
        if (operand.is_real) operand.real = lua_tonumber(L, index);
        else operand.integer = lua_tointeger(L, index);
    } else if (lua_isnil(L, index) ||
               (data && (data->type->kind == FFI_KIND_POINTER || data->type->kind == FFI_KIND_ARRAY ||
                         data->type->kind == FFI_KIND_FUNCTION))) {
        to_pointer(L, host, index, &address, &operand.target);
        operand.what    = ADDRESS;
        operand.integer = (int64_t)(uintptr_t)address;
    } else if (data) {
        operand.what    = RECORD;
        operand.integer = (int64_t)(uintptr_t)data->at;
    }
    if (operand.is_real) operand.integer = integer_of(operand.real);
    return operand;
}

/* The name of a constant beside an enum. */
static void resolve(lua_State *L, struct host *host, int index, int other, struct operand *operand) {
    cdata *data = cdata_at(L, host, other);
    if (!data || !data->type->is_enum || lua_type(L, index) != LUA_TSTRING) return;
    int64_t value = 0;
    store_or_fail(L, data->type, &value, index, "operand", "");
    *operand = (struct operand){NUMBER, .integer = load_integer(data->type, &value)};
}

static uint64_t power(uint64_t base, uint64_t exponent) {
    uint64_t result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static int64_t signed_power(int64_t base, int64_t exponent) {
    if (exponent >= 0) return (int64_t)power((uint64_t)base, (uint64_t)exponent);
    return base == 0 ? INT64_MIN : base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
}

static uint64_t calculate(enum operator operator, uint64_t a, uint64_t b, bool is_unsigned) {
    int64_t x = (int64_t)a, y = (int64_t)b;
    switch (operator) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case UNM: return 0 - a;
    case BAND: return a & b;
    case BOR: return a | b;
    case BXOR: return a ^ b;
    case BNOT: return ~a;
    case SHL: return a << (b & 63);
    case SHR: return a >> (b & 63);
    case POW: return is_unsigned ? power(a, b) : (uint64_t)signed_power(x, y);
    default: break;
    }
    if (!b) return (uint64_t)1 << 63;
    if (is_unsigned) return operator== MOD ? a % b : a / b;
    if (y == -1) return operator== MOD ? 0 : 0 - a; /* INT64_MIN / -1 */
    return (uint64_t)(operator== MOD ? x % y : x / y);
}

static int push_pointer(lua_State *L, struct host *host, ctype *target, int64_t address) {
    const ffi_ctype *type = ffi_type_pointer_to(host->context, target->type);
    if (!type) return luaL_error(L, "%s", ffi_last_message());
    void *at = (void *)(uintptr_t)address;
    push(L, type_of(L, host, type), &at);
    return 1;
}

/* Pointer and number, or two pointers; 0 if C has no such operation. */
static int calculate_pointer(lua_State *L, struct host *host, enum operator operator, struct operand a,
                             struct operand b) {
    if (operator== ADD && a.what == NUMBER) {
        struct operand swapped = a;
        a = b, b = swapped;
    }
    if ((operator!= ADD && operator!= SUB) || a.what != ADDRESS || !a.target) return 0;
    if (b.what == NUMBER) {
        int64_t size = element_size(L, a.target);
        if (operator== SUB) size = -size;
        return push_pointer(L, host, a.target, further(a.integer, b.integer, size));
    }
    if (operator!= SUB || b.what != ADDRESS || !b.target) return 0;
    int64_t size = element_size(L, a.target);
    if (!size || !type_compatible(L, a.target, b.target)) return 0;
    push_integer(L, host, (a.integer - b.integer) / size);
    return 1;
}

static int compare(lua_State *L, struct host *host, enum operator operator, struct operand a,
                   struct operand b) {
    bool is_unsigned = a.is_unsigned || b.is_unsigned || a.what == ADDRESS, less,
         equal       = a.integer == b.integer;
    if (a.what != b.what || (a.what != NUMBER && a.what != ADDRESS)) return 0;
    if (operator== EQ) return lua_pushboolean(L, equal), 1;
    if (a.what == ADDRESS && a.target && b.target && !type_points(L, a.target, b.target) &&
        !type_points(L, b.target, a.target))
        return luaL_error(L, "attempt to compare '%s' with '%s'", describe(L, host, 1), describe(L, host, 2));
    less = is_unsigned ? (uint64_t)a.integer < (uint64_t)b.integer : a.integer < b.integer;
    lua_pushboolean(L, less || (operator== LE && equal));
    return 1;
}

static int operate(lua_State *L) {
    struct host *host = host_of(L);
    enum operator operator=(enum operator) lua_tointeger(L, lua_upvalueindex(2));
    bool unary       = operator== UNM || operator== BNOT || operator== LEN;
    struct operand a = operand_at(L, host, 1), b = unary ? a : operand_at(L, host, 2);
    resolve(L, host, 1, 2, &a);
    resolve(L, host, 2, 1, &b);
    if (operator>= EQ) {
        if (compare(L, host, operator, a, b)) return 1;
    } else if (a.what == ADDRESS || b.what == ADDRESS) {
        if (calculate_pointer(L, host, operator, a, b)) return 1;
    } else if (a.what == NUMBER && b.what == NUMBER && operator<CONCAT) {
        bool     is_unsigned = a.is_unsigned || (b.is_unsigned && operator!= SHL && operator!= SHR);
        uint64_t result      = calculate(operator,(uint64_t) a.integer, (uint64_t)b.integer, is_unsigned);
        if (is_unsigned) push_boxed(L, host, FFI_KIND_U64, (int64_t)result); /* it stays unsigned */
        else push_integer(L, host, (int64_t)result);
        return 1;
    }
    lua_settop(L, 2);
    if (defer(L, host, names[operator], unary ? 1 : 2, 1)) return 1;
    if (operator== EQ) /* by address, behind a metamethod of a record's type */
        return lua_pushboolean(L, a.what >= ADDRESS && b.what >= ADDRESS && a.integer == b.integer), 1;
    const char *first = describe(L, host, 1), *second = unary ? "" : describe(L, host, 2);
    return luaL_error(L, "attempt to apply %s to '%s'%s%s%s", names[operator] + 2, first, unary ? "" : " and '", second, unary ? "" : "'");
}

/* ---- texts ---- */

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
        double im = lua_tonumber(L, -1);
        snprintf(text, sizeof text, "%.14g%s%.14gi", lua_tonumber(L, -2), im < 0 ? "" : "+", im);
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

static void method(lua_State *L, struct host *host, const char *name, lua_CFunction function) {
    lua_pushlightuserdata(L, host);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

/* Fills a metatable of cdata; `__eq` has to be the same for both. */
static void cdata_methods(lua_State *L, struct host *host, int shared) {
    for (int i = 0; i < OPERATORS; i++) {
        lua_rawgeti(L, shared, i + 1);
        lua_setfield(L, -2, names[i]);
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
