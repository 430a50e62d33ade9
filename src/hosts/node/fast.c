/* SPDX-License-Identifier: MIT */
/*
 * Calls by V8's fast API: optimized JavaScript calls machine code without leaving for C++. V8 ships no headers for
 * that with Node, and its records change. So only versions are served whose records are known (`known` below),
 * everything is looked up by name in the running program, and where something is missing there are no fast calls.
 *
 * V8 calls the slow function where it has not optimized. That one does nothing, so JavaScript sees undefined instead
 * of a number, and makes the call the usual way.
 *
 * The arguments are in the shared memory, as for every call, or in registers ("direct": numbers of up to 32 bits and
 * reals). JavaScript must not run within a fast call: a callback that C calls then is refused.
 */
#include "host.h"

#include <stdlib.h>

/* v8::CTypeInfo::Type */
enum {
    V8_UINT32   = 4,
    V8_INT32    = 3,
    V8_FLOAT32  = 7,
    V8_FLOAT64  = 8,
    V8_VALUE    = 10,
    V8_STRING   = 11,
    MOST_DIRECT = 12
};

/* A version of V8, by Node's NODE_MODULE_VERSION. */
static const struct known {
    int      modules;
    unsigned size;      /* of v8::CTypeInfo */
    bool     texts;     /* one-byte strings work */
    bool     is_inline; /* v8::FunctionCallbackInfo is the values, the result at 6; else it has their address,
                           and the result is at 3 */
} known[] = {{115, 3, false, false}, {127, 3, true, false}, {137, 3, true, false}, {147, 2, true, true}};

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

/* ---- what V8 calls where it has not optimized, or where a text is no one-byte string ---- */

static void slow(const void *info) {
    (void)info;
}

/* Of a fast call that has begun, the slow function must return a number as well: NOT_DONE, as V8's small integer. */
enum { DONE, NOT_DONE, UNLOADED, REFUSED };

static void slow_text(const void *info) {
    uintptr_t *const *values = info;
    (*values)[3]             = (uintptr_t)NOT_DONE << 32;
}

static void slow_text_inline(const void *info) {
    uintptr_t *values = (uintptr_t *)(uintptr_t)info;
    values[6]         = (uintptr_t)NOT_DONE << 32;
}

/* The JavaScript function that calls `code`; its first argument is the receiver. V8 keeps what it is told: nothing frees the block. */
static napi_value make_fast(const struct v8 *v8, const void *code, const uint8_t *types, unsigned count,
                            uint8_t result, slow_function *otherwise) {
    struct block {
        uint8_t              types[(MOST_DIRECT + 2) * 3];
        uint64_t             info[4];
        struct function_of_c function;
    } *block    = calloc(1, sizeof *block);
    size_t size = v8->known->size;
    if (!block) return NULL;
    block->types[0] = result;
    for (size_t i = 0; i < count; i++) block->types[(i + 1) * size] = types[i];
    v8->at.call.info(block->info, block->types, count, block->types + size, 0);
    block->function = (struct function_of_c){code, block->info};
    void *isolate   = v8->at.call.current();
    void *made =
        v8->at.call.make(isolate, otherwise, NULL, NULL, (int)count - 1, 0, 0, &block->function, 0, 0, 0);
    return made ? v8->at.call.function(made, v8->at.call.context(isolate)) : NULL;
}

/* ---- through the shared memory ---- */

static inline uint32_t finish(struct host *host) {
    host->error  = *host->thread_errno;
    bool refused = host->fast == FAST_REFUSED;
    host->fast   = FAST_NONE;
    return refused ? REFUSED : DONE;
}

FFI_CALLS_UNCHECKED
static uint32_t fast_call(void *receiver, void *unused, struct call *call) {
    struct host *host   = call->host;
    void        *result = call->result;
    (void)receiver, (void)unused;
    if (!call->function) return UNLOADED;
    if (!result) memcpy(&result, host->scratch + SCRATCH_TARGET, sizeof result);
    host->fast          = FAST_RUNS;
    *host->thread_errno = host->error;
    ffi_invoke(call->function, result, (ffi_value *)(void *)(host->scratch + SCRATCH_ARGS));
    return finish(host);
}

struct one_byte_string { /* v8::FastOneByteString */
    const char *text;
    uint32_t    length;
};

/* One text, which is copied if it is ASCII without a 0. */
FFI_CALLS_UNCHECKED
static uint32_t fast_text(void *receiver, const struct one_byte_string *given, struct call *call) {
    enum { SHORT = 256 };
    struct host *host = call->host;
    ffi_value   *args = (ffi_value *)(void *)(host->scratch + SCRATCH_ARGS);
    char         copy[SHORT + 8];
    uint32_t     length = given->length;
    uint64_t     wrong  = 0;
    (void)receiver;
    if (!call->function) return UNLOADED;
    if (length >= SHORT) return NOT_DONE;
    for (uint32_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, given->text + i, length - i < 8 ? length - i : 8);
        if (length - i < 8)
            word |= UINT64_MAX / 255 << (length - i) * 8; /* ones, which are neither 0 nor wrong */
        wrong |= (word | (word - UINT64_MAX / 255)) & UINT64_MAX / 255 * 128;
        memcpy(copy + i, &word, 8);
    }
    if (wrong) return NOT_DONE;
    copy[length]             = 0;
    args[call->slots[0]].str = copy;
    return fast_call(receiver, NULL, call);
}

/* fast(instance, call, NODE_MODULE_VERSION): a function that makes the call with what is in the shared memory, and
 * a text if it has one. undefined: there are no fast calls. */
static napi_value fast(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    struct call     *call     = to_address(host, values[1]);
    struct v8        v8;
    uint8_t          types[] = {V8_VALUE, V8_STRING};
    if (!find_v8(instance->context, (int)to_number(host, values[2]), &v8)) return NULL;
    if (call->texts > 1 || call->is_text || (call->texts && !v8.known->texts)) return NULL;
    union {
        uint32_t (*call)(void *, void *, struct call *);
        uint32_t (*text)(void *, const struct one_byte_string *, struct call *);
        void *code;
    } target = {fast_call};
    union {
        napi_value (*function)(napi_env, napi_callback_info);
        void *code;
    } entry = {call_thunk};
    if (call->texts) target.text = fast_text;
    if (!call->fast) call->fast = ffi_thunk_new(instance->context, entry.code, target.code, call);
    if (!call->fast) return NULL;
    slow_function *otherwise = !call->texts ? slow : v8.known->is_inline ? slow_text_inline : slow_text;
    return make_fast(&v8, ffi_thunk_code(call->fast), types, 1 + (call->texts != 0), V8_UINT32, otherwise);
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
    default: return 0;
    }
}

static ffi_kind integer_kind(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : kind;
}

/* direct(instance, function, NODE_MODULE_VERSION): a function that takes the arguments; undefined where there is
 * none. A result of less than 32 bits comes with other bits above it, void as any number. */
static napi_value direct(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host                   = arguments(env, info, values);
    struct instance *instance               = to_address(host, values[0]);
    ffi_function    *function               = to_address(host, values[1]);
    const ffi_shape *shape                  = ffi_function_shape(function);
    uint8_t          types[MOST_DIRECT + 1] = {V8_VALUE};
    struct v8        v8;
    if (!shape || shape->count > MOST_DIRECT) return NULL;
    for (size_t i = 0; i < shape->count; i++)
        if (!(types[i + 1] = direct_type(integer_kind(shape->parameters[i].type)))) return NULL;
    ffi_kind kind   = integer_kind(shape->result.type);
    uint8_t  result = kind == FFI_KIND_VOID ? V8_INT32 : direct_type(kind);
    void    *code   = result ? ffi_function_shifted(function, 1) : NULL;
    if (!code || !find_v8(instance->context, (int)to_number(host, values[2]), &v8)) return NULL;
    return make_fast(&v8, code, types, (unsigned)shape->count + 1, result, slow);
}

const struct method fast_methods[] = {{"fast", fast}, {"direct", direct}, {NULL, NULL}};
