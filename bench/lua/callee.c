/* SPDX-License-Identifier: MIT */
/* What bench.lua calls: C functions, and a Lua module that somebody wrote by hand for them. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

struct point {
    double x, y;
};

int add2(int a, int b);
int add2(int a, int b) {
    return a + b;
}

size_t length(const char *text);
size_t length(const char *text) {
    return strlen(text);
}

double mix8(int a, double b, long c, float d, unsigned e, double f, const char *g, int h);
double mix8(int a, double b, long c, float d, unsigned e, double f, const char *g, int h) {
    return a + b + (double)c + d + e + f + g[0] + h;
}

struct point point_add(struct point a, struct point b);
struct point point_add(struct point a, struct point b) {
    return (struct point){a.x + b.x, a.y + b.y};
}

int repeat(int (*function)(int), int count);
int repeat(int (*function)(int), int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) sum += function(i);
    return sum;
}

/* ---- by hand ---- */

static int hand_add2(lua_State *L) {
    lua_pushinteger(L, add2((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2)));
    return 1;
}

static int hand_length(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)length(luaL_checkstring(L, 1)));
    return 1;
}

static int hand_mix8(lua_State *L) {
    lua_pushnumber(L, mix8((int)luaL_checkinteger(L, 1), luaL_checknumber(L, 2), (long)luaL_checkinteger(L, 3),
                           (float)luaL_checknumber(L, 4), (unsigned)luaL_checkinteger(L, 5),
                           luaL_checknumber(L, 6), luaL_checkstring(L, 7), (int)luaL_checkinteger(L, 8)));
    return 1;
}

static struct point *new_point(lua_State *L, struct point value) {
    struct point *point = lua_newuserdata(L, sizeof *point);
    *point              = value;
    luaL_getmetatable(L, "point");
    lua_setmetatable(L, -2);
    return point;
}

static int hand_point(lua_State *L) {
    new_point(L, (struct point){luaL_checknumber(L, 1), luaL_checknumber(L, 2)});
    return 1;
}

static int hand_point_add(lua_State *L) {
    new_point(L, point_add(*(struct point *)luaL_checkudata(L, 1, "point"),
                           *(struct point *)luaL_checkudata(L, 2, "point")));
    return 1;
}

static double *coordinate(lua_State *L) {
    struct point *point = luaL_checkudata(L, 1, "point");
    const char   *key   = luaL_checkstring(L, 2);
    if (!strcmp(key, "x")) return &point->x;
    if (!strcmp(key, "y")) return &point->y;
    luaL_error(L, "no member '%s'", key);
    return NULL;
}

static int hand_index(lua_State *L) {
    lua_pushnumber(L, *coordinate(L));
    return 1;
}

static int hand_newindex(lua_State *L) {
    *coordinate(L) = luaL_checknumber(L, 3);
    return 0;
}

static int hand_repeat(lua_State *L) {
    int sum = 0, count = (int)luaL_checkinteger(L, 2);
    for (int i = 0; i < count; i++) {
        lua_pushvalue(L, 1);
        lua_pushinteger(L, i);
        if (lua_pcall(L, 1, 1, 0)) return lua_error(L);
        sum += (int)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    lua_pushinteger(L, sum);
    return 1;
}

int luaopen_callee(lua_State *L);
int luaopen_callee(lua_State *L) {
    static const luaL_Reg functions[] = {{"add2", hand_add2},   {"length", hand_length},
                                         {"mix8", hand_mix8},   {"point_add", hand_point_add},
                                         {"point", hand_point}, {"repeat_", hand_repeat}};
    luaL_newmetatable(L, "point");
    lua_pushcfunction(L, hand_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, hand_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_newtable(L);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        lua_pushcfunction(L, functions[i].func);
        lua_setfield(L, -2, functions[i].name);
    }
    return 1;
}
