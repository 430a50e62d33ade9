/* SPDX-License-Identifier: MIT */
/*
 * Functions that V8 calls without Node-API. V8 ships no headers for that with Node, and its records change. So only
 * versions are served whose records are known (`known` below), everything is looked up by name in the running program,
 * and where something is missing there are no such functions.
 *
 * The arguments are in the shared memory, as for every call, or in registers ("direct": integers and reals). Optimized
 * JavaScript calls them as C calls C, by V8's fast API. Where that does not allow JavaScript to run within such a call,
 * only functions get one that do not call back, and a callback that comes nevertheless is refused.
 */
#include "host.h"

#include <stdlib.h>

/* v8::CTypeInfo::Type */
enum {
    V8_VOID     = 0,
    V8_INT32    = 3,
    V8_UINT32   = 4,
    V8_INT64    = 5,
    V8_FLOAT32  = 7,
    V8_FLOAT64  = 8,
    V8_VALUE    = 10,
    V8_STRING   = 11,
    MOST_DIRECT = 12
};

/* A version of V8, by Node's NODE_MODULE_VERSION. In Node 26 JavaScript may run within a fast call that returns void. V8 13.6
 * (Node 24) allows it, too, but crashes if garbage is collected there while another thread compiles the caller. */
static const struct known {
    int      modules;
    unsigned size;     /* of v8::CTypeInfo */
    bool     complete; /* one-byte strings and integers of 64 bits work */
    bool     reenters; /* JavaScript may run within a fast call */
} known[] = {{115, 3, false, false}, {127, 3, true, false}, {137, 3, true, false}, {147, 2, true, true}};

/* A function that JavaScript calls directly, and whose result of 64 bits goes to the shared memory. */
struct wide {
    struct wide        *next;
    char               *result;
    const ffi_function *function;
};

struct function_of_c { /* v8::CFunction */
    const void *code, *info;
};

typedef void  slow_function(const void *info);
typedef void *get_current(void);
typedef void *get_context(void *isolate);
typedef void *get_function(void *made, void *context);
typedef void *new_template(void *isolate, slow_function *slow, void *data, void *signature, int length,
                           int behavior, int side_effect, const struct function_of_c *function, uint16_t type,
                           uint16_t from, uint16_t to);
typedef void  make_info(void *info, const void *result, unsigned count, const void *arguments, uint8_t int64);

struct v8 {
    const struct known *known;
    union {
        void *symbols[5];
        struct {
            get_current  *current;
            get_context  *context;
            get_function *function;
            new_template *make;
            make_info    *info;
        } call;
    } at;
};

static const char function_template_new[] =
    "_ZN2v816FunctionTemplate3NewEPNS_7IsolateEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS_5"
    "LocalIS4_EENSA_INS_9SignatureEEEiNS_19ConstructorBehaviorENS_14SideEffectTypeEPKNS_9CFunctionEttt";

static bool find_v8(ffi_context *context, int modules, struct v8 *v8) {
    static const char *const names[] = {
        "_ZN2v87Isolate10GetCurrentEv", "_ZN2v87Isolate17GetCurrentContextEv",
        "_ZN2v816FunctionTemplate11GetFunctionENS_5LocalINS_7ContextEEE", function_template_new,
        "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_NS0_19Int64RepresentationE"};
    v8->known = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].modules == modules) v8->known = &known[i];
    ffi_library *program = v8->known ? ffi_library_open(context, NULL, 0) : NULL;
    bool         found   = program != NULL;
    for (size_t i = 0; i < 5 && found; i++) {
        const char *name =
            i == 4 && modules == 115 ? "_ZN2v813CFunctionInfoC1ERKNS_9CTypeInfoEjPS2_" : names[i];
        found = (v8->at.symbols[i] = ffi_library_symbol(program, name)) != NULL;
    }
    ffi_library_close(program);
    return found;
}

/* findV8(instance, NODE_MODULE_VERSION): undefined: it is not known; or whether JavaScript may run within fast calls */
static napi_value find(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    struct v8       *v8       = host->v8 ? NULL : calloc(1, sizeof *v8);
    if (v8 && find_v8(instance->context, (int)to_number(host, values[1]), v8)) host->v8 = v8;
    else free(v8);
    if (!host->v8) return NULL;
    return boolean(host, host->v8->known->reenters);
}

/* A JavaScript function that calls `code`: of a fast call's own if it is NULL, `slow`. The first type is the receiver's.
 * Integers of 64 bits are all Numbers, or all BigInts if `big`. V8 keeps the function and what it is told for ever. */
static napi_value make_function(const struct v8 *v8, slow_function *slow, const void *code,
                                const uint8_t *types, unsigned count, uint8_t result, bool big) {
    struct block {
        uint8_t              types[(MOST_DIRECT + 2) * 3];
        uint64_t             info[4];
        struct function_of_c function;
    } *block    = code ? calloc(1, sizeof *block) : NULL;
    size_t size = v8->known->size;
    if (code && !block) return NULL;
    if (block) {
        block->types[0] = result;
        for (size_t i = 0; i < count; i++) block->types[(i + 1) * size] = types[i];
        v8->at.call.info(block->info, block->types, count, block->types + size, big);
        block->function = (struct function_of_c){code, block->info};
    }
    void *isolate = v8->at.call.current();
    void *made    = v8->at.call.make(isolate, slow, NULL, NULL, (int)count - 1, 0, 0,
                                  block ? &block->function : NULL, 0, 0, 0);
    return made ? v8->at.call.function(made, v8->at.call.context(isolate)) : NULL;
}

/* ---- through the shared memory ---- */

/* A function that V8 keeps, and the call that it makes at present. It throws nothing, but leaves an OUTCOME_. */
enum kind {
    KIND_PLAIN, /* V8 does not call it as C calls C */
    KIND_FAST,
    KIND_TEXT, /* it takes a text */
};

struct entry {
    struct host  *host;
    struct call  *call;
    enum kind     kind;
    bool          refuses; /* no JavaScript may run within it */
    napi_ref      function;
    struct entry *next;     /* of those that no call uses */
    struct entry *previous; /* that was made */
};

void entry_free_all(struct host *host) {
    for (struct entry *entry = host->last_entry, *previous; entry; entry = previous) {
        previous = entry->previous;
        free(entry);
    }
    for (struct wide *wide = host->wides, *next; wide; wide = next) {
        next = wide->next;
        free(wide);
    }
    free(host->v8);
}

void entry_release(struct entry *entry) {
    struct host *host          = entry->host;
    entry->next                = host->entries[entry->kind];
    host->entries[entry->kind] = entry;
}

static void set_outcome(const struct host *host, uint32_t outcome) {
    memcpy(host->scratch + SCRATCH_OUTCOME, &outcome, sizeof outcome);
}

static OUTLINED void end_refusing(struct host *host) {
    if (host->fast == FAST_REFUSED) set_outcome(host, OUTCOME_REFUSED);
    host->fast = FAST_NONE;
}

/* `bare`: there is no handle scope. */
FFI_CALLS_UNCHECKED
static inline __attribute__((always_inline)) void make_call(const struct entry *entry, ffi_value *args,
                                                            bool bare) {
    struct host        *host     = entry->host;
    const struct call  *call     = entry->call;
    const ffi_function *function = call->function;
    unsigned            before   = host->bare;
    if (!function) {
        set_outcome(host, OUTCOME_UNLOADED);
        return;
    }
    if (entry->refuses) host->fast = FAST_RUNS;
    enter(host);
    if (bare) host->bare = host->depth;
    ffi_invoke(function, result_of(call), args);
    host->error = *host->thread_errno;
    host->bare  = before;
    host->depth--;
    if (host->settles && close_scope(host)) set_outcome(host, OUTCOME_THREW);
    if (entry->refuses) end_refusing(host);
}

static void call_plain(void *info, void *unused, struct entry *entry) {
    (void)info, (void)unused;
    make_call(entry, arguments_of(entry->call), false);
}

static void call_fast(void *receiver, void *unused, struct entry *entry) {
    (void)receiver, (void)unused;
    make_call(entry, arguments_of(entry->call), true);
}

struct one_byte_string { /* v8::FastOneByteString */
    const char *text;
    uint32_t    length;
};

/* One text, which is copied if it is ASCII without a 0. */
static void call_text(void *receiver, const struct one_byte_string *given, struct entry *entry) {
    enum { SHORT = 256 };
    struct host *host = entry->host;
    char         copy[SHORT + 8];
    uint32_t     length = given->length;
    uint64_t     wrong  = 0;
    (void)receiver;
    if (length >= SHORT) length = 0, wrong = 1;
    for (uint32_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, given->text + i, length - i < 8 ? length - i : 8);
        if (length - i < 8)
            word |= UINT64_MAX / 255 << (length - i) * 8; /* ones, which are neither 0 nor wrong */
        wrong |= (word | (word - UINT64_MAX / 255)) & UINT64_MAX / 255 * 128;
        memcpy(copy + i, &word, 8);
    }
    if (wrong) {
        set_outcome(host, OUTCOME_NOT_CALLED);
        return;
    }
    ffi_value *args                 = arguments_of(entry->call);
    copy[length]                    = 0;
    args[entry->call->slots[0]].str = copy;
    make_call(entry, args, true);
}

/* What V8 calls where it has not optimized, or where a text is no one-byte string. */
static void call_no_text(void *info, void *unused, struct entry *entry) {
    (void)info, (void)unused;
    set_outcome(entry->host, OUTCOME_NOT_CALLED);
}

typedef void entry_target(void *, void *, struct entry *);

static ffi_thunk *thunk_of(const struct instance *instance, void *target, struct entry *entry) {
    return ffi_thunk_new(instance->context, ffi_thunk_entry(2), target, entry);
}

static struct entry *entry_new(struct instance *instance, enum kind kind) {
    union {
        entry_target *call;
        void (*text)(void *, const struct one_byte_string *, struct entry *);
        void *code;
    } slow                       = {kind == KIND_PLAIN  ? call_plain
                                    : kind == KIND_FAST ? call_fast
                                                        : call_no_text},
      fast                       = {call_fast};
    static const uint8_t types[] = {V8_VALUE, V8_STRING};
    struct host         *host    = instance->host;
    struct entry        *made    = calloc(1, sizeof *made);
    if (!made) return NULL;
    if (kind == KIND_TEXT) fast.text = call_text;
    made->host            = host;
    made->kind            = kind;
    made->refuses         = kind != KIND_PLAIN && !host->v8->known->reenters;
    ffi_thunk *slow_thunk = thunk_of(instance, slow.code, made);
    ffi_thunk *fast_thunk = kind == KIND_TEXT ? thunk_of(instance, fast.code, made) : slow_thunk;
    union {
        void          *code;
        slow_function *function;
    } entry;
    if (slow_thunk && fast_thunk) {
        entry.code = ffi_thunk_code(slow_thunk);
        napi_value function =
            make_function(host->v8, entry.function, kind == KIND_PLAIN ? NULL : ffi_thunk_code(fast_thunk),
                          types, kind == KIND_TEXT ? 2 : 1, V8_VOID, false);
        if (function && napi_create_reference(host->env, function, 1, &made->function) == napi_ok) {
            made->previous          = host->last_entry;
            return host->last_entry = made;
        }
    }
    ffi_thunk_free(slow_thunk);
    if (fast_thunk != slow_thunk) ffi_thunk_free(fast_thunk);
    free(made);
    return NULL;
}

/* entry(instance, call, whether it does not call back): a function that makes the call with what is in the shared
 * memory, and a text if it has one. undefined: there is none. */
static napi_value entry_for(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS], function = NULL;
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    struct call     *call     = to_address(host, values[1]);
    if (!host->v8 || call->texts > 1 || call->is_text) return NULL;
    bool is_fast = to_flag(host, values[2]);
    if (call->texts && !(is_fast && host->v8->known->complete)) return NULL;
    enum kind      kind  = call->texts ? KIND_TEXT : is_fast ? KIND_FAST : KIND_PLAIN;
    struct entry **free_ = &host->entries[kind];
    struct entry  *entry = *free_;
    if (entry) *free_ = entry->next;
    else entry = entry_new(instance, kind);
    if (!entry) return NULL;
    entry->call = call;
    call->entry = entry;
    napi_get_reference_value(env, entry->function, &function);
    return function;
}

/* ---- directly ---- */

static uint8_t direct_type(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_BOOL:
    case FFI_KIND_U8:
    case FFI_KIND_U16:
    case FFI_KIND_U32: return V8_UINT32;
    case FFI_KIND_I8:
    case FFI_KIND_I16:
    case FFI_KIND_I32: return V8_INT32;
    case FFI_KIND_F32: return V8_FLOAT32;
    case FFI_KIND_F64: return V8_FLOAT64;
    case FFI_KIND_I64:
    case FFI_KIND_U64: return V8_INT64;
    default: return 0;
    }
}

static ffi_kind integer_kind(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : kind;
}

static void call_nothing(const void *info) {
    (void)info;
}

FFI_CALLS_UNCHECKED
static void call_wide(void *result, const ffi_value *args, void *userdata) {
    const struct wide *wide = userdata;
    ffi_value          value;
    ffi_invoke(wide->function, &value, args + 1);
    memcpy(wide->result, &value, sizeof value);
    memcpy(result, &value, sizeof value);
}

/* Native code that takes a receiver and the arguments. NULL: there is none. */
static void *wide_code(struct host *host, ffi_function *function) {
    ffi_context     *context                = ffi_function_context(function);
    const ffi_ctype *signature              = ffi_function_signature(function);
    const ffi_ctype *types[MOST_DIRECT + 1] = {ffi_type_parse(context, "void *")};
    size_t           count                  = ffi_type_parameter_count(signature);
    for (size_t i = 0; i < count; i++) types[i + 1] = ffi_type_parameter(signature, i);
    const ffi_ctype *longer =
        ffi_type_signature(context, ffi_type_target(signature), types, count + 1, FFI_NOT_VARIADIC);
    struct wide  *wide     = longer ? malloc(sizeof *wide) : NULL;
    ffi_callback *callback = wide ? ffi_callback_typed(context, longer, call_wide, wide) : NULL;
    if (!callback) return free(wide), NULL;
    *wide       = (struct wide){host->wides, host->scratch + SCRATCH_RESULT, function};
    host->wides = wide;
    return ffi_callback_code(callback);
}

/* direct(function, whether integers of 64 bits are BigInts, else Numbers): a function that takes the arguments; undefined
 * where there is none, or V8 has not optimized. A result of less than 32 bits comes with other bits above it, void as any
 * number. A result of 64 bits is the BigInt; or else in the shared memory, and any number. */
static napi_value direct(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host                   = arguments(env, info, values);
    ffi_function    *function               = to_address(host, values[0]);
    bool             big                    = to_flag(host, values[1]);
    const ffi_shape *shape                  = ffi_function_shape(function);
    uint8_t          types[MOST_DIRECT + 1] = {V8_VALUE};
    if (!host->v8 || !shape || shape->count > MOST_DIRECT) return NULL;
    unsigned count = (unsigned)shape->count + 1;
    for (unsigned i = 1; i < count; i++)
        if (!(types[i] = direct_type(integer_kind(shape->parameters[i - 1].type)))) return NULL;
    ffi_kind kind    = integer_kind(shape->result.type);
    uint8_t  result  = kind == FFI_KIND_VOID ? V8_INT32 : direct_type(kind);
    bool     is_wide = result == V8_INT64 || memchr(types, V8_INT64, count);
    if (!result || (is_wide && !host->v8->known->complete)) return NULL;
    bool  stores = result == V8_INT64 && !big;
    void *code   = stores ? wide_code(host, function) : ffi_function_shifted(function, 1);
    return code ? make_function(host->v8, call_nothing, code, types, count, stores ? V8_INT32 : result, big)
                : NULL;
}

const struct method fast_methods[] = {{"findV8", find}, {"entry", entry_for}, {"direct", direct}, {NULL, NULL}};
