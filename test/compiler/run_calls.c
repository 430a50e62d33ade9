/* SPDX-License-Identifier: MIT */
/*
 * Calls the functions that gen_calls.c made, in every way there is to call, and compares what each received
 * with what was passed, and what was returned with what it was told to return:
 *
 *     run_calls SEED COUNT ATTRIBUTE LABEL LIBRARY ...     compilers' builds of `gen_calls SEED COUNT
 * ATTRIBUTE`
 *
 * Then backwards: callbacks of the same signatures, which the compiled mirror images of the functions call.
 *
 * Slots are full of garbage above their values. Memory that an argument is read from ends where a page that
 * cannot be read begins. Results stand among canary bytes.
 */
#define _DEFAULT_SOURCE
#include "pages.h"
#include "signatures.h"
#include "tap.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

enum way {
    INVOKE,
    POINTERS,
    DISCARD,
    POINTERS_DISCARD,
    CAPTURE,
    POINTERS_CAPTURE,
    GUARDED,
    POINTERS_GUARDED,
    WAYS
};
static const char *const way_names[] = {"ffi_invoke",
                                        "ffi_invoke_pointers",
                                        "ffi_invoke without a result",
                                        "ffi_invoke_pointers without a result",
                                        "ffi_invoke keeping errno",
                                        "ffi_invoke_pointers keeping errno",
                                        "guarded ffi_invoke",
                                        "guarded ffi_invoke_pointers"};

enum batch { BRIEF, MEDIUM, LENGTHY, VARIADIC, BATCHES };
static const char *const batch_names[] = {"up to 20 arguments", "21 to 64 arguments",
                                          "1,000 to 1,024 arguments", "variable arguments"};

enum { SHOWN = 5, CANARY = 0xa5, MARGIN = 24 };

struct received {
    uint64_t function, values[FFI_MAX_ARGUMENTS];
};

static uint64_t         seed;
static const char      *attribute;
static struct signature signature;
static char             declaration[TEXT], extra[TEXT]; /* as the library is told */
static unsigned char   *ends[FFI_MAX_ARGUMENTS];        /* each the end of readable memory */

static size_t size_of(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_VOID: return 0;
    case FFI_KIND_BOOL:
    case FFI_KIND_I8:
    case FFI_KIND_U8: return 1;
    case FFI_KIND_I16:
    case FFI_KIND_U16: return 2;
    case FFI_KIND_I32:
    case FFI_KIND_U32:
    case FFI_KIND_F32:
    case FFI_KIND_ENUM: return 4;
    default: return 8;
    }
}

/* A value of a kind, in the low bytes; those above are garbage. Extremes are as likely as all others. */
static uint64_t random_value(uint64_t *state, ffi_kind kind) {
    unsigned bits    = 8 * (unsigned)size_of(kind);
    uint64_t mask    = bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
    uint64_t garbage = random_next(state), value = random_next(state);
    switch (random_below(state, 8)) {
    case 0: value = 0; break;
    case 1: value = UINT64_MAX; break;
    case 2: value = 1ull << (bits - 1); break;
    case 3: value = mask >> 1; break;
    }
    if (kind == FFI_KIND_BOOL) value &= 1;
    if (kind == FFI_KIND_F32)
        value &= ~(1ull << 30); /* neither infinite nor a NaN, which may change on its way */
    if (kind == FFI_KIND_F64) value &= ~(1ull << 62);
    return (value & mask) | (garbage & ~mask);
}

/* What a callee notes of a value: the conversions are those of the C compiler. */
static uint64_t noted(uint64_t value, ffi_kind kind, int variable) {
    float    narrow;
    double   wide;
    uint64_t bits = 0;
    switch (kind) {
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return (uint8_t)value;
    case FFI_KIND_I8: return (uint64_t)(int8_t)value;
    case FFI_KIND_U16: return (uint16_t)value;
    case FFI_KIND_I16: return (uint64_t)(int16_t)value;
    case FFI_KIND_U32: return (uint32_t)value;
    case FFI_KIND_I32:
    case FFI_KIND_ENUM: return (uint64_t)(int32_t)value;
    case FFI_KIND_F32:
        memcpy(&narrow, &value, sizeof narrow);
        wide = narrow;
        if (variable) memcpy(&bits, &wide, sizeof wide);
        else memcpy(&bits, &narrow, sizeof narrow);
        return bits;
    default: return value;
    }
}

/* ---- the functions under test ---- */

static void put_params(char *text, unsigned *at, unsigned from, unsigned to) {
    char name[16];
    for (unsigned i = from; i < to; i++) {
        snprintf(name, sizeof name, i % 2 ? "a%u" : "", i);
        put(text, *at, i > from ? ", " : "");
        put(text, *at, signature.params[i]->ffi, name);
    }
}

/* Writes the declaration, and the types of the variable arguments. */
static void describe(unsigned index) {
    static char head[TEXT];
    unsigned    at = 0;
    put(head, at, "f%u(", index);
    put_params(head, &at, 0, signature.fixed);
    put(head, at, signature.variadic ? ", ...)" : ")");
    at = 0;
    put(declaration, at, "%s ", attribute);
    put(declaration, at, signature.result->ffi, head);
    at     = 0;
    *extra = 0;
    put_params(extra, &at, signature.fixed, signature.count);
}

static ffi_function *bind(ffi_library *library) {
    ffi_function *function = ffi_library_function(library, NULL, declaration);
    if (function && signature.variadic) function = ffi_function_variadic(function, extra);
    return function;
}

/* ---- calls ---- */

/* Says what went wrong; the first few times in full. */
static void complain(unsigned index, const char *way, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(unsigned index, const char *way, const char *format, ...) {
    va_list list;
    va_start(list, format);
    printf("# seed %" PRIu64 ", function %u, %s: ", seed, index, way);
    vprintf(format, list);
    printf("\n#   %.1000s%s%.1000s\n", declaration, signature.variadic ? " with " : "", extra);
    va_end(list);
}

/* Makes one call with random values; true if all of it was right. */
static int call(ffi_function *function, enum way way, unsigned index, struct received *received,
                unsigned char *reply, int show) {
    static ffi_value slots[FFI_MAX_ARGUMENTS];
    static void     *pointers[FFI_MAX_ARGUMENTS];
    unsigned char    result[MARGIN + 8 + MARGIN], wanted[sizeof result];
    uint64_t         state   = seed + index * 16u + way, value;
    int              discard = way == DISCARD || way == POINTERS_DISCARD;
    int              by_pointers =
        way == POINTERS || way == POINTERS_DISCARD || way == POINTERS_CAPTURE || way == POINTERS_GUARDED;

    for (unsigned i = 0; i < signature.count; i++) {
        ffi_kind kind = signature.params[i]->kind;
        slots[i].u64  = random_value(&state, kind);
        pointers[i]   = memcpy(ends[i] - size_of(kind), &slots[i], size_of(kind));
    }
    size_t size = size_of(signature.result->kind);
    value       = size ? random_value(&state, signature.result->kind) : 0;
    memcpy(reply, &value, 8);
    memset(result, CANARY, sizeof result);
    memset(wanted, CANARY, sizeof wanted);
    if (!discard) memcpy(wanted + MARGIN, &value, size);

    memset(received, 0, sizeof *received);
    received->function = UINT64_MAX;
    if (by_pointers) ffi_invoke_pointers(function, discard ? NULL : result + MARGIN, pointers);
    else ffi_invoke(function, discard ? NULL : result + MARGIN, slots);

    int good = received->function == index && !memcmp(result, wanted, sizeof result);
    if (received->function != index && show)
        complain(index, way_names[way], "function %" PRIu64 " was called", received->function);
    else if (!good && show)
        complain(index, way_names[way], "the result is wrong, or bytes around it were written");
    for (unsigned i = 0; i < signature.count; i++) {
        uint64_t should = noted(slots[i].u64, signature.params[i]->kind, i >= signature.fixed);
        if (received->values[i] == should) continue;
        if (good && show)
            complain(index, way_names[way], "argument %u came as 0x%" PRIx64 ", not 0x%" PRIx64, i,
                     received->values[i], should);
        good = 0;
    }
    return good;
}

/* ---- the same backwards ---- */

typedef void mirror_image(void *code);
typedef void reader(void *list);

/* What a native caller has, and what the handler finds. */
static struct {
    struct received *received;
    uint64_t         values[FFI_MAX_ARGUMENTS], result;
    reader          *read;    /* of variable arguments; NULL: the callback is told their types */
    unsigned         handled; /* calls of the handler */
    int              wrong;   /* the number of an argument; -1: none */
} native;

static void handle(void *result, const ffi_value *args, void *userdata) {
    unsigned typed = native.read ? signature.fixed : signature.count;
    for (unsigned i = 0; i < typed; i++)
        if (memcmp(&args[i], &native.values[i], size_of(signature.params[i]->kind))) native.wrong = (int)i;
    if (native.read) {
        memset(native.received->values, CANARY, sizeof native.received->values);
        native.read(args[typed].ptr);
        for (unsigned i = typed; i < signature.count; i++)
            if (native.received->values[i] != noted(native.values[i], signature.params[i]->kind, 1))
                native.wrong = (int)i;
    }
    memcpy(result, userdata, size_of(signature.result->kind));
    native.handled++;
}

/* Has the compiled caller call with random arguments; true if the handler was called as often as it should,
 * found them, and its result came back. */
static int called_back(mirror_image *mirror, void *code, unsigned index, unsigned handled, const char *how,
                       int show) {
    uint64_t state = seed + index * 16u + WAYS + handled, result;
    ffi_kind kind  = signature.result->kind;
    native.wrong   = -1;
    native.handled = 0;
    for (unsigned i = 0; i < signature.count; i++) {
        ffi_kind param             = signature.params[i]->kind;
        native.values[i]           = random_value(&state, param);
        native.received->values[i] = noted(native.values[i], param, i >= signature.fixed);
    }
    mirror(code);
    result   = size_of(kind) ? native.received->values[0] : 0;
    int good = native.handled == handled && native.wrong < 0;
    if (!good && show) complain(index, how, "%u calls, argument %d is wrong", native.handled, native.wrong);
    if (!size_of(kind) ||
        !memcmp(&result, (uint64_t[]){noted(native.result, kind, 0)}, kind == FFI_KIND_F32 ? 4 : 8))
        return good;
    if (show) complain(index, how, "the result came as 0x%" PRIx64 ", not 0x%" PRIx64, result, native.result);
    return 0;
}

/* A callback of the signature, called, freed, and called again. */
static int check_callback(ffi_callback *callback, mirror_image *mirror, unsigned index, const char *how,
                          int show) {
    uint64_t state = seed + index;
    if (!callback && show) complain(index, how, "%s", ffi_last_message());
    if (!callback) return 0;
    void *code    = ffi_callback_code(callback);
    native.result = random_value(&state, signature.result->kind);
    int good      = called_back(mirror, code, index, 1, how, show);
    good &= ffi_callback_default(callback, &native.result) == FFI_ERROR_NONE;
    ffi_callback_free(callback);
    return good & called_back(mirror, code, index, 0, how, good && show);
}

static int check_backwards(ffi_context *context, ffi_library *library, const ffi_function *function,
                           unsigned index, int show) {
    char name[16];
    snprintf(name, sizeof name, "c%u", index);
    mirror_image *mirror = (mirror_image *)(uintptr_t)ffi_library_symbol(library, name);
    native.read          = NULL;
    int good =
        check_callback(ffi_callback_typed(context, ffi_function_signature(function), handle, &native.result),
                       mirror, index, "called back", show);
    if (!signature.variadic) return good;
    *name       = 'v';
    native.read = (reader *)(uintptr_t)ffi_library_symbol(library, name);
    return good & check_callback(ffi_callback_new(context, declaration, handle, &native.result), mirror, index,
                                 "is called back with a va_list", good && show);
}

static enum batch batch_of(void) {
    if (signature.variadic) return VARIADIC;
    return signature.count <= 20 ? BRIEF : signature.count <= 64 ? MEDIUM : LENGTHY;
}

/* Calls all functions of one library: a check for each batch. */
static void check_library(const char *label, const char *path, unsigned count) {
    ffi_context *context             = ffi_context_new(&(ffi_options){.abi = getenv("FFI_ABI")});
    ffi_library *library             = ffi_library_open(context, path, 0);
    void        *received            = library ? ffi_library_symbol(library, "received") : NULL;
    void        *reply               = library ? ffi_library_symbol(library, "reply") : NULL;
    unsigned     signatures[BATCHES] = {0}, failed[BATCHES] = {0}, shown = 0, backwards = 0, callbacks = 0;
    bool         fixed_callers = getenv("FFI_FIXED_CALLERS"); /* the compiler's variadic callers are wrong */
    if (!ok(received && reply, "%s: the library is open", label)) {
        printf("# %s\n", ffi_last_message());
        return;
    }
    native.received = received;
    for (unsigned index = 0; index < count; index++) {
        signature_make(&signature, seed, index, attribute);
        describe(index);
        ffi_function *function = bind(library);
        int           good     = function != NULL;
        if (!function && shown < SHOWN) complain(index, "binding", "%s", ffi_last_message());
        for (int way = 0; function && way < WAYS; way++) {
            ffi_function_capture(function, way >= CAPTURE ? FFI_CAPTURE_ERRNO : 0);
            ffi_function_guard(function, way >= GUARDED);
            good &= call(function, (enum way)way, index, received, reply, shown < SHOWN);
        }
        signatures[batch_of()]++;
        failed[batch_of()] += !good;
        shown += !good;
        if (signature.variadic && fixed_callers) continue;
        callbacks++;
        good = function && check_backwards(context, library, function, index, shown < SHOWN);
        backwards += !good;
        shown += !good;
    }
    for (int batch = 0; batch < BATCHES; batch++)
        if (!signatures[batch])
            skip_one("%s: of %u signatures none are of %s", label, count, batch_names[batch]);
        else
            ok(!failed[batch], "%s: %u signatures of %s, called in %d ways (seed %" PRIu64 ")", label,
               signatures[batch], batch_names[batch], WAYS, seed);
    ok(!backwards, "%s: %u signatures called back, live and freed; %u go wrong", label, callbacks, backwards);
    ffi_context_free(context);
}

/* Names the call that ended the process. */
static void on_crash(int number) {
    static char text[2048];
    int length = snprintf(text, sizeof text, "# signal %d in seed %" PRIu64 ": %.1000s with %.900s\n", number,
                          seed, declaration, extra);
    if (write(STDOUT_FILENO, text, (unsigned)length) < 0) _exit(2);
    _exit(1);
}

int main(int argc, char **argv) {
    if (argc < 4) return fprintf(stderr, "usage: run_calls SEED COUNT ATTRIBUTE [LABEL LIBRARY]...\n"), 2;
    attribute      = argv[3];
    seed           = strtoull(argv[1], NULL, 0);
    unsigned count = (unsigned)strtoul(argv[2], NULL, 0);
    for (size_t i = 0; i < FFI_MAX_ARGUMENTS; i++)
        if (!(ends[i] = readable_end(PAGE))) return perror("run_calls"), 2;
    signal(SIGSEGV, on_crash);
#ifdef SIGBUS
    signal(SIGBUS, on_crash);
#endif
    for (int i = 4; i + 1 < argc; i += 2) {
        if (*argv[i + 1]) check_library(argv[i], argv[i + 1], count);
        else skip_one("%s", argv[i]);
    }
    return done();
}
