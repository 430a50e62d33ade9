/* SPDX-License-Identifier: MIT */
/*
 * The operators of cdata. What C defines comes first, then the metamethods of ffi.metatype, as LuaJIT has it. Integers are
 * calculated with 64 bits, unsigned if one operand is uint64_t.
 */
#include "host.h"

enum op { ADD, SUB, MUL, DIV, MOD, POW, UNM, IDIV, BAND, BOR, BXOR, BNOT, SHL, SHR, CONCAT, LEN, EQ, LT, LE };
_Static_assert(LE + 1 == OPERATORS, "host.h");

const char *const operator_names[OPERATORS] = {
    "__add",  "__sub",  "__mul", "__div", "__mod",    "__pow", "__unm", "__idiv", "__band", "__bor",
    "__bxor", "__bnot", "__shl", "__shr", "__concat", "__len", "__eq",  "__lt",   "__le"};

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
    return base == 0 ? INT64_MAX : base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
}

static uint64_t calculate(enum op op, uint64_t a, uint64_t b, bool is_unsigned) {
    int64_t x = (int64_t)a, y = (int64_t)b;
    switch (op) {
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
    if (is_unsigned) return op == MOD ? a % b : a / b;
    if (y == -1) return op == MOD ? 0 : 0 - a; /* INT64_MIN / -1 */
    return (uint64_t)(op == MOD ? x % y : x / y);
}

static int push_pointer(lua_State *L, struct host *host, ctype *target, int64_t address) {
    const ffi_ctype *type = ffi_type_pointer_to(host->context, target->type);
    if (!type) return luaL_error(L, "%s", ffi_last_message());
    void *at = (void *)(uintptr_t)address;
    push(L, type_of(L, host, type), &at);
    return 1;
}

/* Pointer and number, or two pointers; 0 if C has no such operation. */
static int calculate_pointer(lua_State *L, struct host *host, enum op op, struct operand a, struct operand b) {
    if (op == ADD && a.what == NUMBER) {
        struct operand swapped = a;
        a = b, b = swapped;
    }
    if ((op != ADD && op != SUB) || a.what != ADDRESS || !a.target) return 0;
    if (b.what == NUMBER) {
        int64_t size = element_size(L, a.target);
        if (op == SUB) size = -size;
        return push_pointer(L, host, a.target, further(a.integer, b.integer, size));
    }
    if (op != SUB || b.what != ADDRESS || !b.target) return 0;
    int64_t size = element_size(L, a.target);
    if (!size || !type_compatible(L, a.target, b.target)) return 0;
    push_integer(L, host, (a.integer - b.integer) / size);
    return 1;
}

static int compare(lua_State *L, struct host *host, enum op op, struct operand a, struct operand b) {
    bool is_unsigned = a.is_unsigned || b.is_unsigned || a.what == ADDRESS, less,
         equal       = a.integer == b.integer;
    if (a.what != b.what || (a.what != NUMBER && a.what != ADDRESS)) return 0;
    if (op == EQ) return lua_pushboolean(L, equal), 1;
    if (a.what == ADDRESS && a.target && b.target && !type_points(L, a.target, b.target) &&
        !type_points(L, b.target, a.target))
        return luaL_error(L, "attempt to compare '%s' with '%s'", describe(L, host, 1), describe(L, host, 2));
    less = is_unsigned ? (uint64_t)a.integer < (uint64_t)b.integer : a.integer < b.integer;
    lua_pushboolean(L, less || (op == LE && equal));
    return 1;
}

int operate(lua_State *L) {
    struct host   *host  = host_of(L);
    enum op        op    = (enum op)lua_tointeger(L, lua_upvalueindex(2));
    bool           unary = op == UNM || op == BNOT || op == LEN;
    struct operand a = operand_at(L, host, 1), b = unary ? a : operand_at(L, host, 2);
    resolve(L, host, 1, 2, &a);
    resolve(L, host, 2, 1, &b);
    if (op >= EQ) {
        if (compare(L, host, op, a, b)) return 1;
    } else if (a.what == ADDRESS || b.what == ADDRESS) {
        if (calculate_pointer(L, host, op, a, b)) return 1;
    } else if (a.what == NUMBER && b.what == NUMBER && op < CONCAT) {
        bool     is_unsigned = a.is_unsigned || (b.is_unsigned && op != SHL && op != SHR);
        uint64_t result      = calculate(op, (uint64_t)a.integer, (uint64_t)b.integer, is_unsigned);
        if (is_unsigned) push_boxed(L, host, FFI_KIND_U64, (int64_t)result); /* it stays unsigned */
        else push_integer(L, host, (int64_t)result);
        return 1;
    }
    lua_settop(L, 2);
    if (defer(L, host, operator_names[op], unary ? 1 : 2, 1)) return 1;
    if (op == EQ) /* by address, behind a metamethod of a record's type */
        return lua_pushboolean(L, a.what >= ADDRESS && b.what >= ADDRESS && a.integer == b.integer), 1;
    const char *first = describe(L, host, 1), *second = unary ? "" : describe(L, host, 2);
    return luaL_error(L, "attempt to apply %s to '%s'%s%s%s", operator_names[op] + 2, first,
                      unary ? "" : " and '", second, unary ? "" : "'");
}
