/* SPDX-License-Identifier: MIT */
/* LuaJIT's FFI: the loop itself is Lua, which LuaJIT compiles with the call in it. Records by value it only
 * interprets. */
#define _GNU_SOURCE
#include "bench.h"
#include "peer.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the part of its interface that is used, so that its headers need not be there ---- */

typedef struct lua_State lua_State;
enum { REGISTRY = -10000, EVERYTHING = -1 };

static struct {
    void *handle;
    lua_State *(*newstate)(void);
    void (*openlibs)(lua_State *);
    int (*loadstring)(lua_State *, const char *);
    int (*pcall)(lua_State *, int, int, int);
    const char *(*tolstring)(lua_State *, int, size_t *);
    void (*pushnumber)(lua_State *, double);
    void (*rawgeti)(lua_State *, int, int);
    int (*ref)(lua_State *, int);
    double (*tonumber)(lua_State *, int);
    void (*settop)(lua_State *, int);
    lua_State *state;
    char       version[128];
} lua;

static bool load(void) {
    const char *path = getenv("LUAJIT");
    const struct {
        const char *name;
        void       *at;
    } names[]  = {{"luaL_newstate", &lua.newstate},     {"luaL_openlibs", &lua.openlibs},
                  {"luaL_loadstring", &lua.loadstring}, {"lua_pcall", &lua.pcall},
                  {"lua_tolstring", &lua.tolstring},    {"lua_pushnumber", &lua.pushnumber},
                  {"lua_rawgeti", &lua.rawgeti},        {"luaL_ref", &lua.ref},
                  {"lua_tonumber", &lua.tonumber},      {"lua_settop", &lua.settop}};
    lua.handle = dlopen(path && *path ? path : "libluajit-5.1.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!lua.handle) return false;
    for (size_t i = 0; i < countof(names); i++)
        if (!(*(void **)names[i].at = dlsym(lua.handle, names[i].name))) return false;
    return (lua.state = lua.newstate()) != NULL;
}

/* Runs a chunk with numbers, and leaves its one result on the stack. */
static bool run(const char *text, const double *numbers, int count) {
    if (lua.loadstring(lua.state, text)) return false;
    for (int i = 0; i < count; i++) lua.pushnumber(lua.state, numbers[i]);
    return lua.pcall(lua.state, count, 1, 0) == 0;
}

static void prepare_state(void) {
    char text[4096];
    lua.openlibs(lua.state);
    snprintf(text, sizeof text, "local ffi = require 'ffi' ffi.cdef [[%s %s]] return jit.version", slot_types,
             plain_types);
    if (!run(text, NULL, 0)) bench_fail("LuaJIT: %s", lua.tolstring(lua.state, -1, NULL));
    snprintf(lua.version, sizeof lua.version, "%s, shared", lua.tolstring(lua.state, -1, NULL));
    lua.settop(lua.state, 0);
}

static bool ready(char *text, size_t size) {
    static bool tried;
    if (!tried && load()) prepare_state();
    tried = true;
    snprintf(text, size, "%s",
             *lua.version ? lua.version : "libluajit-5.1.so.2 is not there; LUAJIT=PATH names another");
    return *lua.version;
}

/* ---- calls ---- */

#define TEXT(...)            #__VA_ARGS__
#define TEXT_OF(...)         TEXT(__VA_ARGS__)
#define SLOT(k, member)      args[k].member
#define BEHIND(k, member)    types.member(args[k].ptr)[0]
#define STORE(k, member)     args[k].member = source[k].member;
#define STORE_PTR(k, member) args[k].ptr = source[k].ptr;
#define PARTS(id, what, leaves, member, list, fixed)                                                           \
    [CALLEE_##id] = {TEXT_OF((list(SLOT, BEHIND))), TEXT_OF(list(STORE, STORE_PTR))},
static const struct { const char *arguments, *writes; } parts[] = {CALLEES(PARTS)};

/* The commas between the stores are no Lua. */
static void write_stores(const char *from, char *to) {
    for (; *from; from++)
        if (*from != ',') *to++ = *from;
    *to = 0;
}

static bool repeat(const struct call *call, size_t count) {
    lua.rawgeti(lua.state, REGISTRY, *(int *)call->peer);
    lua.pushnumber(lua.state, (double)count);
    return lua.pcall(lua.state, 1, 0, 0) == 0;
}

static void loop_lua(const struct call *call, size_t count) {
    if (!repeat(call, count)) bench_fail("LuaJIT: %s", lua.tolstring(lua.state, -1, NULL));
}

/* Tells the error on the stack without its place in the chunk. */
static bool leave_out(const struct shape *shape) {
    const char *message = lua.tolstring(lua.state, -1, NULL), *place = strstr(message, "]:1: ");
    bench_left_out("LuaJIT", "%s: %s", shape->what, place ? place + strlen("]:1: ") : message);
    lua.settop(lua.state, 0);
    return false;
}

static bool prepare(struct shape *shape, enum way way, struct call *call) {
    char        text[4096], stores[512];
    const char *result = shape->result;
    bool record = ffi_type_kind(ffi_type_target(shape->type)) >= FFI_KIND_I128, none = !strcmp(result, "void");
    int *reference = bench_need(malloc(sizeof *reference), "a reference");
    if (shape->fixed != ALL) return false; /* a variadic call's arguments are cdata, made anew each time */
    write_stores(parts[shape->callee].writes, stores);
    snprintf(
        text, sizeof text,
        "local address, args, source, result = ... local ffi = require 'ffi'"
        " local function at(type, place) return ffi.cast(type, ffi.cast('uintptr_t', place)) end"
        " local types = setmetatable({}, {__index = function(types, name) local type = ffi.typeof(name .. ' *')"
        "   types[name] = function(place) return ffi.cast(type, place) end return types[name] end})"
        " local f = at('%s (*)%s', address) args, source = at('value *', args), at('value *', source)"
        " result = at('%s *', result)"
        " return function(n) for i = 1, n do %s %s f%s end end",
        result, shape->parameters, record ? result : "value", way == WAY_WRITTEN ? stores : "",
        none ? "" : "RESULT =", parts[shape->callee].arguments);
    char *to = strstr(text, "RESULT =");
    char  set[4096];
    if (to) {
        snprintf(set, sizeof set, "%.*sresult[0]%s%s =%s", (int)(to - text), text, record ? "" : ".",
                 record ? "" : result, to + strlen("RESULT ="));
        memcpy(text, set, sizeof text);
    }
    double places[] = {(double)(uintptr_t)call->address, (double)(uintptr_t)call->args,
                       (double)(uintptr_t)call->source, (double)(uintptr_t)call->result};
    if (!run(text, places, 4)) return leave_out(shape);
    *reference = lua.ref(lua.state, REGISTRY);
    call->peer = reference;
    return repeat(call, 1) || leave_out(shape); /* only a call tells whether LuaJIT can make it */
}

/* ---- callbacks: a function that does what callee_int_2 does; others are not compared ---- */

static void *callback(struct shape *shape) {
    static void *code;
    if (shape->callee != CALLEE_int_2) return NULL;
    if (!code && run("local ffi = require 'ffi'"
                     " kept = ffi.cast('int (*)(int, int)', function(a, b) return a - b end)"
                     " return tonumber(ffi.cast('uintptr_t', ffi.cast('void *', kept)))",
                     NULL, 0))
        code = (void *)(uintptr_t)lua.tonumber(lua.state, -1);
    lua.settop(lua.state, 0);
    return code;
}

#define LISTED(id, what, leaves, member, list, fixed) [CALLEE_##id] = {loop_lua, loop_lua, NULL},
static const struct loops loops[] = {CALLEES(LISTED)};

static struct peer luajit = {.name     = "LuaJIT",
                             .kind     = KIND_COMPILED,
                             .loops    = loops,
                             .ready    = ready,
                             .prepare  = prepare,
                             .callback = callback,
                             .callers  = loops_other,
                             .few      = true};
PEER(luajit)
