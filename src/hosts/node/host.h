/* SPDX-License-Identifier: MIT */
/*
 * The addon of the JavaScript module ffi_invoke: what JavaScript cannot do by itself, on the embedding layer
 * and Node-API 8. The module's JavaScript (lib/) is the only user: it checks every value first. So handles come
 * as numbers, the addresses of what they name, and nothing here checks them again.
 *
 *     module.c     loading, the table of functions, the end of an environment
 *     type.c       types as JavaScript sees them; declarations, constants
 *     library.c    libraries, symbols, policy
 *     call.c       functions, and their calls through the shared memory
 *     memory.c     addresses of buffers, buffers on native memory, texts
 *     callback.c   JavaScript functions as C function pointers
 *     async.c      calls on other threads; the queue by which those reach JavaScript
 *     fast.c       functions that V8 calls without Node-API, where the running V8 is known
 *
 * The shared memory ("scratch") is an ArrayBuffer of the environment. JavaScript writes the arguments of a call
 * there and reads its result. Everything in it but the temporaries is used up before other JavaScript can run:
 *
 *     word 0            where a result that is not a slot goes
 *     word 1            the result of a call
 *     word 2            low half: where free room for temporaries begins
 *                       high half: which 64-bit integers among the arguments are no doubles (call.c)
 *     word 3            low half: not 0 while a direct call runs (fast.c); 2: a callback was refused meanwhile
 *                       high half: how a call by fast.c ended (OUTCOME_)
 *     word 4...         the arguments of a call
 *     word 1028         the result of a callback
 *     word 1030...      the arguments of a callback
 *     SCRATCH_ROOM...   temporaries, a stack: texts and records of calls that have not returned
 */
#ifndef NODE_HOST_H
#define NODE_HOST_H

#define NAPI_VERSION 8
#include <node_api.h>

#include <ffi_embed.h>

#include <stdio.h>

#define OUTLINED __attribute__((noinline))

enum {
    SCRATCH_TARGET          = 0,
    SCRATCH_RESULT          = 8,
    SCRATCH_TOP             = 16,
    SCRATCH_EXACT           = 20,
    SCRATCH_FAST            = 24, /* not 0: a direct call runs; 2: it called back */
    SCRATCH_OUTCOME         = 28,
    SCRATCH_ARGS            = 32,
    SCRATCH_CALLBACK_RESULT = 1028 * 8,
    SCRATCH_CALLBACK_ARGS   = 1030 * 8,
    SCRATCH_ROOM            = 2064 * 8,
    SCRATCH_SIZE            = 128 * 1024
};

enum { FAST_NONE, FAST_RUNS, FAST_REFUSED };

/* How a call ended that does not throw itself; JavaScript then does the rest. */
enum { OUTCOME_DONE, OUTCOME_NOT_CALLED, OUTCOME_UNLOADED, OUTCOME_REFUSED, OUTCOME_THREW };

/* One loading of the addon in an environment: the main thread's or a worker's. */
struct host {
    napi_env         env;
    char            *scratch; /* kept by `scratch_reference` */
    int             *thread_errno;
    int              error;   /* errno as JavaScript sees it */
    unsigned         depth;   /* native calls that this thread is within */
    bool             failed;  /* a callback threw; `thrown` is rethrown when the call returns */
    bool             settles; /* `failed`, or `scope` is open, or there is `late`: what settle() is for */
    bool             ended;   /* the environment has come to its end */
    bool             is_worker;
    int              fast;    /* FAST_: whether a fast call runs, within which no JavaScript may */
    unsigned         bare;    /* `depth` of the innermost call that has no handle scope; 0: there is none */
    unsigned         running; /* calls on other threads */
    napi_ref         scratch_reference, thrown, native, make_error;
    struct instance *instances;
    struct callback *callbacks;
    struct late     *late;
    struct v8       *v8;         /* NULL: not asked for yet, or not known */
    struct entry    *entries[3]; /* which no call uses, by kind (fast.c) */
    struct entry    *last_entry;
    struct wide     *wides;

    /* Of the callbacks of a call, which takes an allocation: NULL, or that of the call at scope_depth. */
    napi_handle_scope scope;
    unsigned          scope_depth, scope_uses;
};

/* What ffi.create() makes: a context, with a queue for other threads. */
struct instance {
    struct host             *host;
    struct instance         *next;
    ffi_context             *context;
    ffi_queue               *queue; /* NULL: not asked for yet */
    napi_threadsafe_function wake;
    unsigned                 busy; /* reasons to keep the event loop alive */
};

/* ---- module.c ---- */

/* Throws the thread's last error: an Error of the class that fits, with `code`. Returns NULL. */
napi_value throw_last(const struct host *host);

/* An environment that is being ended, or has an exception pending, refuses to make values: a function below then gives
 * NULL, which set() ignores. Throws for such a value that is needed, if that is possible. Returns NULL. */
napi_value throw_refused(const struct host *host);

/* The arguments of a call from JavaScript; those that are left out are undefined. Returns the host. */
enum { MOST_ARGUMENTS = 6 };
struct host *arguments(napi_env env, napi_callback_info info, napi_value values[MOST_ARGUMENTS]);

double     to_number(const struct host *host, napi_value value); /* 0 if it is none */
void      *to_address(const struct host *host, napi_value value);
bool       to_flag(const struct host *host, napi_value value);
napi_value number(const struct host *host, double value);
napi_value address(const struct host *host, const void *value);
napi_value text(const struct host *host, const char *value);
napi_value boolean(const struct host *host, bool value);
napi_value object(const struct host *host);
napi_value list(const struct host *host);
void       set(const struct host *host, napi_value object, const char *name, napi_value value);
void       set_at(const struct host *host, napi_value list, uint32_t index, napi_value value);

/* Copies of strings, for free_texts(); NULL for what is none. False with an exception, as for a string with a 0 in it: then
 * there are none. */
bool to_texts(const struct host *host, const napi_value *values, unsigned count, char **texts);
void free_texts(char **texts, unsigned count);

/* ---- the functions of each file, by name, for JavaScript ---- */

struct method {
    const char   *name;
    napi_callback code;
};

extern const struct method type_methods[], library_methods[], call_methods[], memory_methods[],
    callback_methods[], async_methods[], fast_methods[];

/* ---- call.c ---- */

/* What JavaScript calls through a thunk. */
enum { MOST_TEXTS = 8, MOST_CONVERTED = 64 };

struct call {
    struct host        *host;
    const ffi_function *function; /* NULL: unloaded */
    const ffi_function *owner;    /* frees the text that is the result; NULL: it is the callee's */
    ffi_thunk          *thunk;
    struct entry       *entry; /* fast.c; NULL: there is none */
    ffi_function       *owned; /* freed with the call */
    char               *name;
    unsigned            texts;     /* parameters that JavaScript passes as strings */
    bool                is_text;   /* the result */
    void               *result;    /* where a stub stores a slot; NULL: where the scratch says */
    unsigned            converted; /* arguments that JavaScript writes as doubles */
    uint8_t             slots[MOST_TEXTS];
    uint8_t             converts[MOST_CONVERTED]; /* integers of 64 bits, and then addresses */
};

/* The arguments in the shared memory, which are converted: so once only. A bit of SCRATCH_EXACT says that an integer
 * is there, and no double. */
static inline ffi_value *arguments_of(const struct call *call) {
    const char *scratch = call->host->scratch;
    ffi_value  *args    = (ffi_value *)(void *)(call->host->scratch + SCRATCH_ARGS);
    uint64_t    exact   = call->converted ? *(const uint32_t *)(const void *)(scratch + SCRATCH_EXACT) : 0;
    for (unsigned i = 0; i < call->converted; i++, exact >>= 1) {
        ffi_value *slot   = &args[call->converts[i]];
        double     number = slot->f64;
        if (!(exact & 1)) slot->i64 = (int64_t)number;
    }
    return args;
}

/* Where the result goes. */
static inline void *result_of(const struct call *call) {
    const double *target = (const double *)(const void *)(call->host->scratch + SCRATCH_TARGET);
    return call->result ? call->result : (void *)(intptr_t)*target;
}

/* Keeps what a callback threw, the first of a call. */
void keep_thrown(struct host *host);

/* Behind a call that has left something to do: closes the scope of its callbacks, and throws again what one threw.
 * Returns NULL, as `leave` does. */
napi_value settle(struct host *host);

/* The part of it that throws nothing: whether a callback threw. */
bool close_scope(struct host *host);

/* Frees a function or closes a library; within a native call, which may be of it, when the outermost has returned. */
void end_later(struct host *host, void (*end)(void *), void *what);

/* Around a native call: errno is JavaScript's own. */
static inline void enter(struct host *host) {
    host->depth++;
    *host->thread_errno = host->error;
}

static inline napi_value leave(struct host *host) {
    host->error = *host->thread_errno;
    host->depth--;
    return host->settles ? settle(host) : NULL;
}

/* The text that a pointer leads to, which `owner` then frees; null for NULL. */
napi_value text_of(const struct host *host, char *pointer, const ffi_function *owner);

/* ---- callback.c ---- */

void callback_free_all(struct host *host); /* after their contexts */

/* ---- fast.c ---- */

/* Lets another call have it. */
void entry_release(struct entry *entry);
void entry_free_all(struct host *host); /* at the end of the environment */

/* ---- async.c ---- */

ffi_queue *instance_queue(struct instance *instance); /* NULL with an error */
void       instance_busy(struct instance *instance, int change);
void       instance_end_queue(struct instance *instance);

#endif
