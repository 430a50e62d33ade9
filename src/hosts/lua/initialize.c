/* SPDX-License-Identifier: MIT */
/*
 * Initializers of arrays, records and scalars: the values of a call of a ctype, or of a table. They follow the
 * rules of LuaJIT's "Table Initializers".
 */
#include "host.h"

/* Where initializers come from: the stack, or a table from [0] or [1] on. */
struct source {
    int  table, next, last; /* table 0: the stack from `next` to `last` */
    bool excess;            /* more of them than there is to initialize are an error */
};

/* Pushes the next one. */
static bool next(lua_State *L, struct source *source) {
    if (!source->table) {
        if (source->next > source->last) return false;
        lua_pushvalue(L, source->next++);
        return true;
    }
    lua_rawgeti(L, source->table, source->next++);
    if (!lua_isnil(L, -1)) return true;
    lua_pop(L, 1);
    return false;
}

static int fail_excess(lua_State *L, ctype *type) {
    return luaL_error(L, "too many initializers for '%s'", type_text(L, type));
}

/* Elements one after the other; one alone is repeated up to `size` bytes. */
static void fill_array(lua_State *L, ctype *type, char *at, size_t size, size_t repeat, struct source *source) {
    ctype *element = type_target(L, type);
    size_t each = type_size(element), done = 0;
    for (int i = 0; next(L, source); lua_pop(L, 1), done += each, i++) {
        if (!each || done + each > size) fail_excess(L, type);
        int value = lua_gettop(L);
        if (!store(L, element, at + done, value, false))
            fail_conversion(L, element, value, lua_pushfstring(L, "element %d", i));
    }
    if (each && done == each)
        for (; done + each <= repeat; done += each) memcpy(at + done, at, each);
}

static struct member member_of(lua_State *L, ctype *record, const ffi_field *field) {
    return (struct member){.type = type_of(L, record->host, field->type), .field = *field};
}

static bool store_table_sized(lua_State *L, ctype *type, void *at, size_t size, size_t repeat, int index);

/* The value at `index` to a member of a record; an array of no bytes has the rest of the record's. */
static void fill_member(lua_State *L, const struct member *member, char *record, size_t size, int index) {
    char  *at   = record + member->field.offset;
    size_t room = size - member->field.offset;
    int    kind = lua_type(L, index);
    bool   open = member->type->kind == FFI_KIND_ARRAY && !type_size(member->type);
    if (!open || (kind != LUA_TTABLE && kind != LUA_TSTRING)) store_member(L, member, record, index, true);
    else if (kind == LUA_TTABLE) store_table_sized(L, member->type, at, room, 0, index);
    else if (!store_bytes(L, member->type, at, room, index))
        fail_conversion(L, member->type, index, member->field.name);
}

/* Members in their order, those of members without a name among them; false: there are no more initializers. */
static bool fill_members(lua_State *L, ctype *type, char *at, size_t size, struct source *source) {
    ffi_field field;
    for (size_t i = 0; ffi_type_field(type->type, i, &field); i++) {
        struct member member = member_of(L, type, &field);
        if (!field.name && type_is_aggregate(member.type)) {
            if (!fill_members(L, member.type, at + field.offset, size - field.offset, source)) return false;
        } else {
            if (!next(L, source)) return false;
            fill_member(L, &member, at, size, lua_gettop(L));
            lua_pop(L, 1);
        }
        if (type->kind == FFI_KIND_UNION) return true;
    }
    return true;
}

/* Members by their names; of a union the first that is there. */
static bool fill_named(lua_State *L, ctype *type, char *at, size_t size, int table) {
    ffi_field field;
    bool      any = false;
    for (size_t i = 0; ffi_type_field(type->type, i, &field) && !(any && type->kind == FFI_KIND_UNION); i++) {
        struct member member = member_of(L, type, &field);
        if (!field.name) {
            any |= type_is_aggregate(member.type) &&
                   fill_named(L, member.type, at + field.offset, size - field.offset, table);
            continue;
        }
        lua_pushstring(L, field.name);
        lua_rawget(L, table);
        if (!lua_isnil(L, -1)) fill_member(L, &member, at, size, lua_gettop(L)), any = true;
        lua_pop(L, 1);
    }
    return any;
}

static void fill(lua_State *L, ctype *type, void *at, size_t size, size_t repeat, struct source *source) {
    if (type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION) {
        if (fill_members(L, type, at, size, source) && !source->table && source->next <= source->last)
            fail_excess(L, type);
    } else {
        fill_array(L, type, at, size, repeat, source);
    }
}

/* The elements of the table at `index`; `*any`: there are some. */
static struct source elements(lua_State *L, int index, bool *any) {
    luaL_checkstack(L, 8, "initializers nest too deeply");
    lua_rawgeti(L, index, 0);
    lua_rawgeti(L, index, 1);
    struct source source = {.table = index, .next = lua_isnil(L, -2) ? 1 : 0};
    *any                 = !source.next || !lua_isnil(L, -1);
    lua_pop(L, 2);
    return source;
}

static bool store_table_sized(lua_State *L, ctype *type, void *at, size_t size, size_t repeat, int index) {
    bool any;
    if (!type_is_aggregate(type)) return false;
    struct source source = elements(L, index, &any);
    memset(at, 0, size);
    if (any || (type->kind != FFI_KIND_STRUCT && type->kind != FFI_KIND_UNION))
        fill(L, type, at, size, repeat, &source);
    else fill_named(L, type, at, size, index);
    return true;
}

bool store_table(lua_State *L, ctype *type, void *at, int index) {
    return store_table_sized(L, type, at, type_size(type), type_size(type), index);
}

void store_open(lua_State *L, ctype *type, void *at, size_t room, int index) {
    bool any;
    int  kind = lua_type(L, index);
    if (kind == LUA_TTABLE && (type_is_variable(type) || !ffi_type_is_complete(type->type))) {
        struct source source = elements(L, index, &any);
        fill_array(L, type, at, room, 0, &source);
    } else if (kind != LUA_TSTRING || !store_bytes(L, type, at, room, index)) {
        store_or_fail(L, type, at, index, "member", "");
    }
}

/* Initializes memory of zeroes. */
static void initialize(lua_State *L, ctype *type, void *at, size_t size, int first, int last) {
    int  kind  = lua_type(L, first);
    bool sized = type_size(type) == size;
    bool own   = kind == LUA_TFUNCTION && type->kind == FFI_KIND_POINTER &&
               type_target(L, type)->kind == FFI_KIND_FUNCTION; /* a callback that can be freed */
    struct source source = {.next = first, .last = last};
    if (first > last) return;
    if (first == last && kind == LUA_TSTRING && !sized && store_bytes(L, type, at, size, first)) return;
    if (first == last && kind == LUA_TTABLE && type_is_aggregate(type)) {
        store_table_sized(L, type, at, size, sized ? size : 0, first);
    } else if (first == last && (!type_is_aggregate(type) || kind == LUA_TUSERDATA || kind == LUA_TSTRING) &&
               store(L, type, at, first, own)) {
        return;
    } else if (!type_is_aggregate(type) && first < last) {
        fail_excess(L, type);
    } else if (!type_is_aggregate(type) ||
               (first == last && (type->kind == FFI_KIND_COMPLEX || type->kind == FFI_KIND_VECTOR ||
                                  (type->kind == FFI_KIND_ARRAY && kind == LUA_TSTRING)))) {
        store_or_fail(L, type, at, first, "initializer", "");
    } else {
        fill(L, type, at, size, size, &source);
    }
}

int construct(lua_State *L, ctype *type, int first) {
    size_t size     = type_size(type);
    int    last     = lua_gettop(L);
    bool   variable = type_is_variable(type);
    if (variable) {
        size = type_variable_size(L, type, count_argument(L, type->host, first));
        first++;
    }
    if (!size && !ffi_type_is_complete(type->type) && !variable)
        return luaL_error(L, "the size of '%s' is not known", type_text(L, type));
    cdata *new = cdata_new(L, type, size);
    memset(new->at, 0, size);
    luaL_checkstack(L, 8, NULL);
    initialize(L, type, new->at, size, first, last);
    lua_settop(L, last + 1);
    if (type->kind == FFI_KIND_POINTER) return pointer_made(L, new), 1;
    if (metamethod(L, type, "__gc")) {
        finalize_with(L, type->host, last + 1, last + 2);
        lua_settop(L, last + 1);
    }
    return 1;
}
