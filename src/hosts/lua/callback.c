/* SPDX-License-Identifier: MIT */
/*
 * Lua functions as C function pointers. An error in one does not leave through the C code that called, which
 * would lose what that holds: the callback returns 0, later ones return 0 at once, and the error is raised when
 * the call that Lua made returns.
 */
#include "host.h"

enum { CALLBACKS_DEEP = 190 }; /* as deep as Lua lets C functions call each other; LuaJIT does not count */

struct callback {
    struct host  *host;
    ctype        *signature, *result;
    ffi_callback *native;
    int           function; /* reference of the Lua function */
    int           count;
    bool          is_plain;        /* parameters and result are numbers that no memory is allocated for */
    bool          is_void, is_int; /* the result is none; an integer of 32 bits */
    ctype        *parameters[];
};

/* A call of a callback. What is needed after the Lua function is copied: that may free the callback. */
struct arrival {
    const struct callback *callback;
    void                  *result;
    const ffi_value       *args;
    ctype                 *type; /* of the result */
    bool                   is_void, is_int;
};

static void push_argument(lua_State *L, ctype *type, const ffi_value *slot) {
    if (type->kind == FFI_KIND_I32) push_exact(L, slot->i32);
    else if (type_is_number(type) || type->kind == FFI_KIND_POINTER) push(L, type, slot);
    else if (!type_is_aggregate(type)) push(L, type, slot->ptr);
    else memcpy(cdata_new(L, type, type_size(type))->at, slot->ptr, type_size(type));
}

/* Calls the Lua function of the arrival at 1 and stores the result; one at 2 is only stored. */
int callback_run(lua_State *L) {
    const struct arrival  *arrival  = lua_touserdata(L, 1);
    const struct callback *callback = arrival->callback;
    if (lua_gettop(L) == 1) {
        if (callback->host->depth > CALLBACKS_DEEP)
            return luaL_error(L, "more than %d callbacks within each other", CALLBACKS_DEEP);
        luaL_checkstack(L, callback->count + 10, "too many arguments");
        lua_rawgeti(L, LUA_REGISTRYINDEX, callback->function);
        for (int i = 0; i < callback->count; i++) push_argument(L, callback->parameters[i], &arrival->args[i]);
        lua_call(L, callback->count, arrival->is_void ? 0 : 1);
    }
    if (!arrival->is_void && !store(L, arrival->type, arrival->result, lua_gettop(L), false))
        return fail_conversion(L, arrival->type, lua_gettop(L), "result of a callback");
    return 0;
}

/* Whether the result on top was stored, which is popped then. */
static bool store_plain(lua_State *L, const struct arrival *arrival) {
    int64_t value;
    if (arrival->is_int && load_number(L, -1, &value))
        memcpy(arrival->result, &(int32_t){(int32_t)value}, sizeof(int32_t));
    else if (lua_type(L, -1) == LUA_TNUMBER || lua_type(L, -1) == LUA_TBOOLEAN)
        store(L, arrival->type, arrival->result, lua_gettop(L), false);
    else return false;
    lua_pop(L, 1);
    return true;
}

/* Leaves an error on the stack, or nothing. Numbers are pushed without callback_run(), which costs a call. */
static int run(lua_State *L, struct host *host, const struct arrival *arrival) {
    const struct callback *callback = arrival->callback;
    int                    given    = 0;
    if (callback->is_plain && host->depth <= CALLBACKS_DEEP) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, callback->function);
        for (int i = 0; i < callback->count; i++) push_argument(L, callback->parameters[i], &arrival->args[i]);
        int status = lua_pcall(L, callback->count, arrival->is_void ? 0 : 1, 0);
        if (status || arrival->is_void || store_plain(L, arrival)) return status;
        given = 1;
    }
    keep_push(L, host, KEPT_RUN);
    lua_pushlightuserdata(L, (void *)arrival);
    if (given) lua_pushvalue(L, -3);
    int status = lua_pcall(L, 1 + given, 0, 0);
    if (given) lua_remove(L, status ? -2 : -1);
    return status;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    const struct callback *callback = userdata;
    struct host           *host     = callback->host;
    lua_State             *outer = host->running, *L = outer ? outer : host->main;
    const struct arrival   arrival = {callback,          result,          args, callback->result,
                                      callback->is_void, callback->is_int};
    if (host->failed || host->thread != FFI_LUA_THREAD) return;
    int *error = host->thread_errno, before = *error;
    if ((!outer || callback->count > 4) && !lua_checkstack(L, callback->count + 8))
        return; /* else there is room */
    host->depth++;
    if (run(L, host, &arrival)) {
        host->failed = true;
        memset(result, 0, type_size(arrival.type));
        lua_rawseti(L, LUA_REGISTRYINDEX, host->kept[KEPT_ERROR]);
    }
    host->depth--;
    host->running = outer;
    *error        = before;
}

/* Whether push() makes a number of each value. */
static bool is_plain(const ctype *type) {
    bool wide = type->kind == FFI_KIND_U64 || (type->kind == FFI_KIND_I64 && LUA_VERSION_NUM < 503);
    return type_is_number(type) && !wide;
}

static struct callback *callback_new(lua_State *L, ctype *signature, int function) {
    struct host *host    = signature->host;
    size_t       count   = ffi_type_parameter_count(signature->type);
    struct callback *new = lua_newuserdatauv(L, sizeof *new + count * sizeof *new->parameters, 0);
    *new                 = (struct callback){.host      = host,
                                             .signature = signature,
                                             .result    = type_target(L, signature),
                                             .function  = LUA_NOREF,
                                             .count     = (int)count};
    new->is_void         = new->result->kind == FFI_KIND_VOID;
    new->is_int          = new->result->kind == FFI_KIND_I32 || new->result->kind == FFI_KIND_U32;
    new->is_plain        = new->is_void || is_plain(new->result);
    for (size_t i = 0; i < count; i++) {
        new->parameters[i] = type_of(L, host, ffi_type_parameter(signature->type, i));
        new->is_plain &= is_plain(new->parameters[i]);
    }
    if (ffi_type_is_variadic(signature->type))
        luaL_error(L, "a callback cannot be variadic: '%s'", type_text(L, signature));
    if (!(new->native = ffi_callback_typed(host->context, signature->type, handle, new)))
        luaL_error(L, "%s", ffi_last_message());
    lua_pushvalue(L, function);
    new->function = luaL_ref(L, LUA_REGISTRYINDEX);
    keep_push(L, host, KEPT_CALLBACKS);
    lua_pushlightuserdata(L, ffi_callback_code(new->native));
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return new;
}

/* Whether a callback still calls the function at `index`: it may have been freed, or have got another one. */
static bool calls(lua_State *L, const struct callback *callback, int index) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, callback->function);
    bool same = lua_rawequal(L, -1, index);
    lua_pop(L, 1);
    return same;
}

/* A cast makes a callback of its own, which can be freed; what a function becomes without one stays, and serves
 * again for the same function. */
void *callback_code(lua_State *L, ctype *signature, int index, bool is_cast) {
    struct callback *known = NULL;
    luaL_checkstack(L, 8, NULL);
    keep_push(L, signature->host, KEPT_CALLBACKS);
    if (!is_cast) {
        lua_pushvalue(L, index);
        lua_rawget(L, -2);
        known = lua_touserdata(L, -1);
        lua_pop(L, 1);
    }
    if (!known || known->signature != signature || !calls(L, known, index)) {
        known = callback_new(L, signature, index);
        if (!is_cast) {
            lua_pushvalue(L, index);
            lua_pushvalue(L, -2);
            lua_rawset(L, -4);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return ffi_callback_code(known->native);
}

/* The callback that the function pointer at 1 is; an error if it is none, or was freed. Leaves its table and
 * key. */
static struct callback *callback_check(lua_State *L, struct host *host) {
    void  *code;
    ctype *type;
    to_pointer(L, host, 1, &code, &type);
    keep_push(L, host, KEPT_CALLBACKS);
    lua_pushlightuserdata(L, code);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    struct callback *found = lua_touserdata(L, -1);
    if (!found || !host->context)
        luaL_error(L, "bad callback: expected one that ffi.cast made and that is not freed");
    lua_pop(L, 1);
    return found;
}

int callback_free(lua_State *L) {
    struct callback *callback = callback_check(L, host_of(L));
    ffi_callback_free(callback->native);
    luaL_unref(L, LUA_REGISTRYINDEX, callback->function);
    callback->function = LUA_NOREF;
    lua_pushnil(L);
    lua_rawset(L, -3);
    return 0;
}

int callback_set(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct callback *callback = callback_check(L, host_of(L));
    lua_pushvalue(L, 2);
    lua_rawseti(L, LUA_REGISTRYINDEX, callback->function);
    return 0;
}

/* ---- other threads ---- */

static ffi_queue *queue_of(lua_State *L, struct host *host) {
    if (!host->queue && !(host->queue = ffi_queue_new(host->context))) luaL_error(L, "%s", ffi_last_message());
    return host->queue;
}

/* cb:deliver(how [, milliseconds]) */
int callback_deliver(lua_State *L) {
    static const char *const ways[]  = {"direct", "post", "hop", "refuse", NULL}; /* as ffi_delivery has them */
    struct host             *host    = host_of(L);
    int                      way     = luaL_checkoption(L, 2, NULL, ways);
    unsigned                 timeout = (unsigned)luaL_optinteger(L, 3, 0);
    struct callback         *callback = callback_check(L, host);
    if (ffi_callback_deliver(callback->native, queue_of(L, host), (ffi_delivery)way, timeout))
        return luaL_error(L, "%s", ffi_last_message());
    return 0;
}

/* ffi.poll([milliseconds]): runs the callbacks that wait; how many. An error leaves the others for the next
 * time. */
int queue_poll(lua_State *L) {
    struct host *host  = host_of(L);
    ffi_queue   *queue = queue_of(L, host);
    lua_State   *outer = host->running;
    lua_Integer  count = 0, wait = luaL_optinteger(L, 1, 0);
    if (wait) ffi_queue_wait(queue, wait < 0 || wait > UINT32_MAX ? UINT32_MAX : (uint32_t)wait);
    host->running = L;
    errno_of(host);
    while (!host->failed && ffi_queue_drain(queue, 1)) count++;
    host->running = outer;
    if (host->failed) return raise_kept(L, host);
    lua_pushinteger(L, count);
    return 1;
}

/* ffi.descriptor(): what an event loop waits for before ffi.poll() */
int queue_descriptor(lua_State *L) {
    lua_pushinteger(L, ffi_queue_descriptor(queue_of(L, host_of(L))));
    return 1;
}
