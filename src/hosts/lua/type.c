/* SPDX-License-Identifier: MIT */
/* Types as Lua names them, and what else the host wants to know of a type. */
#include "host.h"

#include <ctype.h>

/* ---- one record for each type ---- */

static struct member no_members[1];

/* The qualifiers of a type; of an array, those of its elements too. */
static unsigned qualifiers(const ffi_ctype *type) {
    unsigned all = ffi_type_qualifiers(type);
    while (ffi_type_kind(type) == FFI_KIND_ARRAY) all |= ffi_type_qualifiers(type = ffi_type_target(type));
    return all;
}

static ctype *type_new(lua_State *L, struct host *host, const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    size_t   bits = ffi_type_bits(type);
    bool     odd  = kind != FFI_KIND_BOOL && bits && bits < 64 && bits < 8 * ffi_type_size(type);
    keep_push(L, host, KEPT_TYPES);
    lua_pushlightuserdata(L, (void *)type);
    ctype *new = lua_newuserdatauv(L, sizeof *new, 0);
    *new       = (ctype){.host         = host,
                         .type         = type,
                         .kind         = kind == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : kind,
                         .is_enum      = kind == FFI_KIND_ENUM,
                         .spare        = odd ? (uint8_t)(64 - bits) : 0,
                         .is_reference = ffi_type_qualifiers(type) & FFI_QUALIFIER_REFERENCE,
                         .is_const     = qualifiers(type) & FFI_QUALIFIER_CONST,
                         .members      = no_members,
                         .metatable    = LUA_NOREF,
                         .functions    = LUA_NOREF};
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return new;
}

ctype *type_of(lua_State *L, struct host *host, const ffi_ctype *type) {
    luaL_checkstack(L, 6, "too many nested types");
    keep_push(L, host, KEPT_TYPES);
    lua_pushlightuserdata(L, (void *)type);
    lua_rawget(L, -2);
    ctype *known = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return known ? known : type_new(L, host, type);
}

ctype *type_target(lua_State *L, ctype *type) {
    if (!type->target) type->target = type_of(L, type->host, ffi_type_target(type->type));
    return type->target;
}

ctype *type_base(lua_State *L, ctype *type) {
    if (type->base) return type->base;
    const ffi_ctype *base = ffi_type_unqualified(type->host->context, type->type);
    if (!base) luaL_error(L, "%s", ffi_last_message());
    return type->base = base == type->type ? type : type_of(L, type->host, base);
}

size_t type_size(ctype *type) {
    if (!type->size) type->size = ffi_type_size(type->type);
    return type->size;
}

/* ---- questions ---- */

bool type_is_aggregate(const ctype *type) {
    return type->kind >= FFI_KIND_COMPLEX && type->kind <= FFI_KIND_ARRAY;
}

bool type_is_number(const ctype *type) {
    return (type->kind >= FFI_KIND_BOOL && type->kind <= FFI_KIND_F64);
}

/* The array at the end of a type that has none of a length; NULL if it has no such end. */
static const ffi_ctype *open_end(const ffi_ctype *type) {
    ffi_field last;
    size_t    count = ffi_type_field_count(type);
    if (count && ffi_type_kind(type) == FFI_KIND_STRUCT && ffi_type_field(type, count - 1, &last))
        type = last.type;
    return ffi_type_kind(type) == FFI_KIND_ARRAY && ffi_type_is_variadic(type) ? type : NULL;
}

bool type_is_variable(ctype *type) {
    return (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_STRUCT) && open_end(type->type);
}

size_t type_variable_size(lua_State *L, ctype *type, size_t count) {
    size_t element = ffi_type_size(ffi_type_target(open_end(type->type))), before = 0;
    if (type->kind == FFI_KIND_STRUCT) {
        ffi_field last;
        ffi_type_field(type->type, ffi_type_field_count(type->type) - 1, &last);
        before = last.offset;
    }
    if (element && count > (PTRDIFF_MAX - before) / element) luaL_error(L, "size of C type is too large");
    return before + count * element;
}

bool type_same(lua_State *L, ctype *a, ctype *b) {
    return type_base(L, a) == type_base(L, b) || ffi_type_equal_unqualified(a->type, b->type);
}

/* LuaJIT's rule: signedness does not matter, and functions are compatible that have as many parameters before `...`. */
bool type_compatible(lua_State *L, ctype *a, ctype *b) {
    if (a == b) return true;
    if (type_is_number(a) && type_is_number(b))
        return (a->kind >= FFI_KIND_F16) == (b->kind >= FFI_KIND_F16) && type_size(a) == type_size(b) &&
               (a->kind == FFI_KIND_BOOL) == (b->kind == FFI_KIND_BOOL);
    if (a->kind == FFI_KIND_POINTER && b->kind == FFI_KIND_POINTER) {
        ctype *x = type_target(L, a), *y = type_target(L, b);
        return qualifiers(x->type) == qualifiers(y->type) && type_compatible(L, x, y);
    }
    return type_same(L, a, b) || (a->kind == FFI_KIND_FUNCTION && b->kind == FFI_KIND_FUNCTION &&
                                  ffi_type_fixed_count(a->type) == ffi_type_fixed_count(b->type));
}

/* Qualifiers may be added, and void is anything. */
bool type_points(lua_State *L, ctype *to, ctype *from) {
    unsigned have = qualifiers(from->type), get = qualifiers(to->type);
    if (have & ~get & (FFI_QUALIFIER_CONST | FFI_QUALIFIER_VOLATILE)) return false;
    return to->kind == FFI_KIND_VOID || from->kind == FFI_KIND_VOID || type_compatible(L, to, from);
}

/* ---- members ---- */

static struct member *member_place(const ctype *type, const char *key) {
    for (size_t i = (uintptr_t)key >> 5 ^ (uintptr_t)key >> 3;; i++) {
        struct member *place = &type->members[i & type->mask];
        if (place->key == key || !place->key) return place;
    }
}

/* Makes room for one more, so that half the places are free. */
static void grow(lua_State *L, ctype *type) {
    if ((type->count + 1) * 2 <= type->mask + 1) return;
    ctype  old   = *type;
    size_t count = type->members == no_members ? 8 : (type->mask + 1) * 2;
    keep_push(L, type->host, KEPT_NAMES);
    lua_pushlightuserdata(L, type);
    struct member *members =
        memset(lua_newuserdatauv(L, count * sizeof *members, 0), 0, count * sizeof *members);
    type->members = members, type->mask = count - 1;
    for (size_t i = 0; i <= old.mask; i++)
        if (old.members[i].key) *member_place(type, old.members[i].key) = old.members[i];
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

const struct member *type_member(lua_State *L, ctype *type, int key) {
    const char    *name  = lua_tostring(L, key);
    struct member *place = member_place(type, name);
    if (place->key) return place;
    ffi_field field;
    if (!ffi_type_field_named(type->type, name, &field)) return NULL;
    ctype *of = type_of(L, type->host, field.type);
    grow(L, type);
    keep_push(L, type->host, KEPT_NAMES);
    lua_pushvalue(L, key);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    place  = member_place(type, name);
    *place = (struct member){.key = name, .type = of, .field = field};
    type->count++;
    return place;
}

/* ---- texts ---- */

const char *type_text(lua_State *L, const ctype *type) {
    size_t length = ffi_type_format(type->type, NULL, 0);
    char  *text   = lua_newuserdatauv(L, length + 1, 0);
    ffi_type_format(type->type, text, length + 1);
    lua_pushlstring(L, text, length);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

/* Pushes the text that a `$` stands for: of a type, the name of a typedef made for it. */
static void parameter(lua_State *L, struct host *host, int index) {
    int kind = lua_type(L, index);
    if (kind == LUA_TNUMBER) push_exact(L, integer_argument(L, host, index));
    else if (kind == LUA_TSTRING) lua_pushvalue(L, index);
    if (kind == LUA_TNUMBER || kind == LUA_TSTRING) {
        lua_tostring(L, -1);
        return;
    }
    ctype *type = type_check(L, host, index);
    lua_pushfstring(L, "$%p", (void *)type);
    if (ffi_declare_typedef(host->context, lua_tostring(L, -1), type->type))
        luaL_error(L, "%s", ffi_last_message());
}

static bool is_word(const char *at, size_t length, const char *word) {
    return strlen(word) == length && !memcmp(word, at, length);
}

/* LuaJIT's words that GNU C does not have so. */
static const char *word_of(const char *word, size_t length) {
    static const char *const words[][2] = {{"complex", "_Complex"},  {"__int8", "char"},
                                           {"__int16", "short"},     {"__int32", "int"},
                                           {"__int64", "long long"}, {"__ptr32", ""}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(word, length, words[i][0])) return words[i][1];
    return NULL;
}

/* The length of a comment, a quoted text or a word, of which nothing but the whole is replaced; else 1. */
static size_t token_length(const char *at) {
    const char *end = at;
    if (at[0] == '/' && at[1] == '*') return (end = strstr(at + 2, "*/")) ? (size_t)(end + 2 - at) : 1;
    if (at[0] == '/' && at[1] == '/') return strcspn(at, "\n");
    if (*at == '"' || *at == '\'') {
        for (end++; *end && *end != *at; end++) end += *end == '\\' && end[1];
        return *end ? (size_t)(end + 1 - at) : 1;
    }
    while (isalnum((unsigned char)*end) || *end == '_') end++;
    return end > at ? (size_t)(end - at) : 1;
}

/* A tag that is to come, behind `struct` and attributes in parentheses. */
struct tag {
    const char *word;
    size_t      length;
    int         depth;
};

/* For each token of a text that declares nothing: a tag that is not declared is an error. */
static void check_tag(lua_State *L, const struct host *host, struct tag *tag, const char *at, size_t length) {
    bool word = isalpha((unsigned char)*at) || *at == '_';
    if (is_word(at, length, "struct") || is_word(at, length, "union") || is_word(at, length, "enum")) {
        *tag = (struct tag){at, length, 0};
        return;
    }
    if (!tag->word || isspace((unsigned char)*at) || (*at == '/' && length > 1)) return;
    tag->depth += (*at == '(') - (*at == ')');
    if (tag->depth || *at == ')' || !strncmp(at, "__attribute", 11) || is_word(at, length, "__declspec"))
        return;
    if (word) {
        lua_pushlstring(L, tag->word, tag->length);
        lua_pushlstring(L, at, length);
        const char *name = lua_pushfstring(L, "%s %s", lua_tostring(L, -2), lua_tostring(L, -1));
        if (!ffi_declared_type(host->context, name)) luaL_error(L, "'%s' is not declared", name);
        lua_pop(L, 3);
    }
    tag->word = NULL;
}

const char *type_translate(lua_State *L, struct host *host, int index, int first, bool declares) {
    luaL_Buffer text;
    const char *at  = luaL_checkstring(L, index);
    int         top = lua_gettop(L);
    struct tag  tag = {0};
    luaL_buffinit(L, &text);
    for (size_t length; *at; at += length) {
        const char *word = word_of(at, length = token_length(at));
        if (!declares) check_tag(L, host, &tag, at, length);
        if (*at == '$') {
            if (first > top) luaL_error(L, "too few arguments for the '$' of the declaration");
            parameter(L, host, first++);
            luaL_addvalue(&text);
        } else if (word) {
            luaL_addstring(&text, word);
        } else {
            luaL_addlstring(&text, at, length);
        }
    }
    luaL_pushresult(&text);
    return lua_tostring(L, -1);
}

/* ---- ctype objects ---- */

void type_push(lua_State *L, ctype *type) {
    ctype **object = lua_newuserdatauv(L, sizeof *object, 0);
    *object        = type;
    keep_push(L, type->host, META_CTYPE);
    lua_setmetatable(L, -2);
}

static ctype *parsed(lua_State *L, struct host *host, int index) {
    keep_push(L, host, KEPT_TEXTS);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    ctype *known = lua_touserdata(L, -1);
    lua_pop(L, 2);
    if (known) return known;
    const ffi_ctype *type =
        ffi_type_parse(host->context, type_translate(L, host, index, lua_gettop(L) + 1, false));
    if (!type) luaL_error(L, "%s", ffi_last_message());
    known = type_of(L, host, type);
    keep_push(L, host, KEPT_TEXTS);
    lua_pushvalue(L, index);
    lua_pushlightuserdata(L, known);
    lua_rawset(L, -3);
    lua_pop(L, 2);
    return known;
}

ctype *ctype_at(lua_State *L, const struct host *host, int index) {
    if (!lua_getmetatable(L, index)) return NULL;
    bool is = lua_topointer(L, -1) == host->ctype;
    lua_pop(L, 1);
    return is ? *(ctype **)lua_touserdata(L, index) : NULL;
}

ctype *type_check(lua_State *L, struct host *host, int index) {
    ctype *signature, *type;
    if (lua_type(L, index) == LUA_TSTRING) return parsed(L, host, index);
    if (function_address(L, host, index, &signature)) return signature;
    cdata *data = cdata_at(L, host, index);
    if (data) return data->type;
    if ((type = ctype_at(L, host, index))) return type;
    luaL_error(L, "bad argument #%d: expected a C type, got %s", index, luaL_typename(L, index));
    return NULL;
}
