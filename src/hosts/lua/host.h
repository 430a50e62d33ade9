/* SPDX-License-Identifier: MIT */
/*
 * The Lua module ffi_invoke: LuaJIT's FFI for Lua 5.1 to 5.4, on the embedding layer. Its specification is
 * LuaJIT's documentation; README.md of this folder lists what differs, and why.
 *
 *     module.c     the functions of the module, and its loading
 *     type.c       types as Lua names them: texts, ctype objects, cdata; their members by name
 *     convert.c    C values to Lua and back, initializers
 *     call.c       functions, calls, libraries
 *     callback.c   Lua functions as C function pointers
 *     operate.c    the metatables of cdata and ctype objects
 *     arithmetic.c the operators of cdata
 *
 * A C value is a cdata: a userdata with a type and an address. The address is that of the bytes behind it, or
 * of memory of somebody else for an array or a record within another one.
 */
#ifndef LUA_HOST_H
#define LUA_HOST_H

#include <ffi_embed.h>

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>

/* What tells this thread from others. Where the build knows a faster one, errno is asked for once a thread. */
#ifndef FFI_LUA_THREAD
#define FFI_LUA_THREAD (&errno)
#endif

#if LUA_VERSION_NUM < 502
#define lua_rawlen       lua_objlen
#define lua_getuservalue lua_getfenv
#endif
#if LUA_VERSION_NUM < 503
#define lua_isinteger(L, index) 0
#endif
#define LIKELY(condition) __builtin_expect(condition, 1)
#define INT64_END         9223372036854775808.0 /* 2^63 */

#if LUA_VERSION_NUM < 504
#define lua_newuserdatauv(L, size, values) lua_newuserdata(L, size)
#endif

/* What a Lua state holds for the module, by references of its registry. */
enum kept {
    META_CDATA,      /* metatables: of cdata, */
    META_FINALIZED,  /* of cdata with a finalizer, */
    META_CTYPE,      /* of ctype objects */
    KEPT_TYPES,      /* address of an ffi_ctype -> its ctype */
    KEPT_TEXTS,      /* text of a type -> ctype object */
    KEPT_NAMES,      /* names of members, whose addresses ctypes remember; ctype -> its table of members */
    KEPT_FINALIZERS, /* cdata -> its finalizer */
    KEPT_BOUND,      /* native code of Lua functions -> the function that it calls */
    KEPT_CALLBACKS,  /* code -> callback; Lua function -> the callback it was made to without a cast */
    KEPT_RUN,        /* the function within which callbacks run */
    KEPT_ERROR,      /* the error that a callback raised */
    KEPT_COUNT
};

struct host {
    ffi_context *context;
    ffi_queue   *queue; /* of callbacks on other threads; NULL: not asked for yet */
    lua_State   *main,
        *running;             /* the state's first thread; the one of the innermost call, NULL: there is none */
    const void *thread;       /* the one that makes this call, */
    int        *thread_errno; /* and its errno */
    int         depth;        /* callbacks that are running */
    bool        failed;       /* a callback raised an error, which waits for the call to return */
    int         error;        /* errno as the last call left it */
    int         kept[KEPT_COUNT];
    const void *cdata, *finalized, *ctype; /* addresses of these metatables */
};

typedef struct ctype ctype;

struct member {
    const char *key; /* the address of Lua's string */
    ctype      *type;
    ffi_field   field;
};

/* What the host knows of a type; there is one for each, valid until the Lua state is closed. */
struct ctype {
    struct host     *host;
    const ffi_ctype *type;
    ffi_kind         kind; /* of an enum, that of its integer */
    bool             is_enum, is_const;
    bool             is_reference; /* C++'s: a pointer that stands for what it points to */
    uint8_t
        spare; /* an integer: the bits of 64 above its own, if it is a _BitInt with bits above them in memory */
    size_t         size;          /* 0: not known, or not yet: type_size() */
    ctype         *target, *base; /* NULL: not asked for yet. ffi_type_target(), ffi_type_unqualified() */
    struct member *members;       /* those that were asked for; mask + 1 places */
    size_t         mask, count;
    int            metatable; /* ffi.metatype's, of the base; LUA_NOREF */
    int            functions; /* of a signature: a table of address -> function; LUA_NOREF */
};

typedef struct cdata {
    ctype *type;
    void  *at;
} cdata;

/* ---- type.c ---- */

ctype *type_of(lua_State *L, struct host *host, const ffi_ctype *type);
ctype *type_target(lua_State *L, ctype *type);
ctype *type_base(lua_State *L, ctype *type);
size_t type_size(ctype *type);

/* The type that a text, a ctype object or a cdata at `index` names; raises an error if it is none of them. */
ctype *type_check(lua_State *L, struct host *host, int index);

/* Pushes C text of the text at `index`, in which `$` is replaced by the values from `first` on, and LuaJIT's
 * words by GNU C's. A new tag is an error if the text does not declare. */
const char *type_translate(lua_State *L, struct host *host, int index, int first, bool declares);

void                 type_push(lua_State *L, ctype *type);                       /* a ctype object */
ctype               *ctype_at(lua_State *L, const struct host *host, int index); /* NULL: it is none */
const char          *type_text(lua_State *L, const ctype *type);                 /* pushes it as C text */
const struct member *type_member(lua_State *L, ctype *type, int key);            /* NULL: there is none */

/* Whether it is an array without a length, or a record that ends in one; then sizes depend on a number. */
bool   type_is_variable(ctype *type);
size_t type_variable_size(lua_State *L, ctype *type, size_t count);
bool   type_is_aggregate(const ctype *type);
bool   type_is_number(const ctype *type);

/* Whether a pointer to `from` becomes one to `to` without a cast. */
bool type_points(lua_State *L, ctype *to, ctype *from);

/* Whether pointers to both types are compatible, whatever the qualifiers are. void is compatible with void only. */
bool type_compatible(lua_State *L, ctype *a, ctype *b);

/* Whether both types are the same but for their qualifiers. */
bool type_same(lua_State *L, ctype *a, ctype *b);

/* ---- convert.c ---- */

/* The cdata at `index`, NULL if it is none. */
cdata *cdata_at(lua_State *L, const struct host *host, int index);
cdata *cdata_new(lua_State *L, ctype *type, size_t size);

/* Whether the bytes of the cdata at `index` are behind it, and how many there are. */
bool cdata_owns(lua_State *L, int index, size_t *size);

/* Pushes the C value at `at`: a Lua value if it has one, else a cdata. NULL is nil. */
void push(lua_State *L, ctype *type, const void *at);
void push_integer(lua_State *L, struct host *host, int64_t value);
void push_boxed(lua_State *L, struct host *host, ffi_kind kind, int64_t value);
void push_unsigned(lua_State *L, struct host *host, uint64_t value);

/* Reads an integer of that kind, extended. */
int64_t load_integer(const ctype *type, const void *at);

/* Copies the string at `index` into an array of bytes with that much room. False if it is none. */
bool store_bytes(lua_State *L, ctype *type, void *at, size_t room, int index);

/* Writes the Lua value at `index`. False if its type does not allow that; members of tables raise errors. */
bool store(lua_State *L, ctype *type, void *at, int index, bool cast);

/* The same, with an error that names the place: "field", "x". */
void store_or_fail(lua_State *L, ctype *type, void *at, int index, const char *what, const char *name);
/* A new reference is what it refers to; later writes go there. */
void store_member(lua_State *L, const struct member *member, void *record, int index, bool is_new);

/* Reads a real as an integer of 64 bits. False if there is none. */
bool load_truncated(lua_State *L, int index, int64_t *value);

/* Reads an argument by the rules for int64_t. count_argument() refuses a negative number. */
int64_t integer_argument(lua_State *L, struct host *host, int index);
size_t  count_argument(lua_State *L, struct host *host, int index);

/* Pushes what a new pointer is for Lua: nil for NULL, the object of a reference; nothing if it is itself. */
void pointer_made(lua_State *L, const cdata *pointer);

int fail_conversion(lua_State *L, ctype *type, int index, const char *where);

/* The address that a value stands for as a pointer; `*type` is what it points to, NULL if that is not known.
 * False if it is none. */
bool to_pointer(lua_State *L, struct host *host, int index, void **address, ctype **type);

/* ---- initialize.c ---- */

/* Makes the object from the initializers from `first` to the top of the stack, and leaves it there. */
int construct(lua_State *L, ctype *type, int first);

/* Initializes an array or record from the table at `index`. False if the type is neither. */
bool store_table(lua_State *L, ctype *type, void *at, int index);

/* Writes the value at `index` to an array of no bytes of its own that has `room`, without clearing what is behind. */
void store_open(lua_State *L, ctype *type, void *at, size_t room, int index);

/* ---- call.c, callback.c, operate.c ---- */

int   call_address(lua_State *L, ctype *signature, void *address, int first);
void *function_address(lua_State *L, const struct host *host, int index,
                       ctype **signature); /* NULL: it is none that is bound */
int   library_open(lua_State *L, struct host *host, const char *name, unsigned flags);
int   library_free(lua_State *L);

void *callback_code(lua_State *L, ctype *signature, int index, bool is_cast);
int   callback_free(lua_State *L);
int   callback_set(lua_State *L);
int   callback_run(lua_State *L);
int   callback_deliver(lua_State *L);
int   queue_poll(lua_State *L);
int   queue_descriptor(lua_State *L);
int   raise_kept(lua_State *L, struct host *host); /* the error that a callback left */

void operators(lua_State *L, struct host *host);

/* Sets a function, whose upvalue is the host, in the table on top. */
void method(lua_State *L, struct host *host, const char *name, lua_CFunction function);

/* Calls the metamethod of the first operand that has one, with all of the stack; false if none has. */
bool defer(lua_State *L, struct host *host, const char *name, int operands, int results);

/* What messages call the value: the type of a cdata, or Lua's type. */
const char *describe(lua_State *L, struct host *host, int index);

/* An error if the type has no size. */
int64_t element_size(lua_State *L, ctype *target);

/* An address that is so many elements further; as in LuaJIT it wraps around. */
static inline int64_t further(int64_t address, int64_t elements, int64_t size) {
    return (int64_t)((uint64_t)address + (uint64_t)elements * (uint64_t)size);
}

/* arithmetic.c: the metamethods of all operators. The second upvalue of operate() is the index of its name. */
enum { OPERATORS = 19 };
extern const char *const operator_names[OPERATORS];
int                      operate(lua_State *L);

bool metamethod(lua_State *L, ctype *type, const char *name); /* pushes it, or nothing */
int  finalize_with(lua_State *L, struct host *host, int object, int finalizer);

static inline void keep_push(lua_State *L, const struct host *host, enum kept what) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->kept[what]);
}

/* A real as an integer of 64 bits, as LuaJIT converts it: from 2^63 to 2^64 as unsigned. */
static inline int64_t integer_of(double value) {
    if (value >= -INT64_END && value < INT64_END) return (int64_t)value;
    return value >= INT64_END && value < 2 * INT64_END ? (int64_t)(uint64_t)value : INT64_MIN;
}

/* Pushes an integer that a number of this Lua holds. */
static inline void push_exact(lua_State *L, int64_t value) {
    if (LUA_VERSION_NUM < 503) lua_pushnumber(L, (lua_Number)value);
    else lua_pushinteger(L, (lua_Integer)value);
}

/* Pushes an integer of 64 bits. */
static inline void push_word(lua_State *L, ctype *type, int64_t word) {
    if (LUA_VERSION_NUM >= 503 && (word >= 0 || type->kind == FFI_KIND_I64)) push_exact(L, word);
    else if (type->kind == FFI_KIND_I64) push_integer(L, type->host, word);
    else push_unsigned(L, type->host, (uint64_t)word);
}

/* Reads a number as an integer of 64 bits. False if there is none. */
static inline bool load_number(lua_State *L, int index, int64_t *value) {
    if (!LIKELY(lua_isinteger(L, index))) return load_truncated(L, index, value);
    *value = lua_tointeger(L, index);
    return true;
}

/* The errno of this thread, whose call this is from now on. */
static inline int *errno_of(struct host *host) {
    const void *thread = FFI_LUA_THREAD;
    if (!LIKELY(host->thread == thread)) host->thread = thread, host->thread_errno = &errno;
    return host->thread_errno;
}

static inline struct host *host_of(lua_State *L) {
    return lua_touserdata(L, lua_upvalueindex(1));
}

#endif
