/* SPDX-License-Identifier: MIT */
/*
 * Calls the functions that gen_values.c made, by the prototypes that ffi_declare() has read from its header,
 * and compares what each received with what was passed, and what was returned with what it was told to return:
 *
 *     run_values HEADER EXTRAS SEED COUNT LABEL LIBRARY DOUBTS ...
 *
 * DOUBTS are what the library's compiler gets wrong (doubts.h), which is left out.
 *
 * Then backwards: callbacks of the same signatures, which the compiled mirror images of the functions call,
 * live, freed, and when their context is gone.
 *
 * An argument's memory ends where a page that cannot be read begins; results stand among canary bytes. FFI_ABI
 * in the environment is the ABI of the callees, if it is not the platform's.
 */
#define _DEFAULT_SOURCE
#include "doubts.h"
#include "pages.h"
#include "tap.h"

#include <ffi_invoke.h>
#include <inttypes.h>

enum { ARGUMENTS = 24, ROOM = 65536, SHOWN = 5, CANARY = 0xa5, MARGIN = 64 };

static unsigned char *ends[ARGUMENTS]; /* each the end of readable memory */
static _Alignas(64) unsigned char result[ROOM + 2 * MARGIN];
static char **extras; /* by the function's number */

/* ---- calls ---- */

/* How a function is called: POINTERS | DISCARD has neither slots nor a result. */
enum { POINTERS = 1, DISCARD = 2, GUARDED = 4, CAPTURE = 8, WAYS = 16 };

static const char *way_name(unsigned way) {
    static char text[64];
    snprintf(text, sizeof text, "by %s%s%s%s", way & POINTERS ? "pointers" : "slots",
             way & DISCARD ? ", without a result" : "", way & GUARDED ? ", guarded" : "",
             way & CAPTURE ? ", keeping errno" : "");
    return text;
}

/* Calls once; NULL if all is right, else what is not. */
static const char *call(ffi_function *function, unsigned char (*received)[ROOM], unsigned char *reply,
                        unsigned way) {
    bool pointers = way & POINTERS, discard = way & DISCARD;
    ffi_function_guard(function, way & GUARDED);
    ffi_function_capture(function, way & CAPTURE ? FFI_CAPTURE_ERRNO : 0);
    static char      what[64];
    const ffi_ctype *signature = ffi_function_signature(function), *type = ffi_type_target(signature);
    size_t           count = ffi_type_parameter_count(signature), size = ffi_type_size(type);
    ffi_value        args[ARGUMENTS];
    void            *addresses[ARGUMENTS];
    for (size_t i = 0; i < count; i++) {
        const ffi_ctype *param = ffi_type_parameter(signature, i);
        unsigned char   *bytes = ends[i] - ffi_type_size(param);
        memset(bytes, (int)next(), ffi_type_size(param));
        fill(param, bytes);
        memset(received[i], 0x5c, ffi_type_size(param));
        addresses[i] = bytes;
        args[i].u64  = next();
        if (ffi_type_kind(param) > FFI_KIND_POINTER) args[i].ptr = bytes;
        else memcpy(&args[i], bytes, ffi_type_size(param));
    }
    memset(result, CANARY, size + 2 * MARGIN);
    if (size) memset(reply, 0, size), fill(type, reply);
    if (pointers) ffi_invoke_pointers(function, discard ? NULL : result + MARGIN, addresses);
    else ffi_invoke(function, discard ? NULL : result + MARGIN, args);

    for (size_t i = 0; i < count; i++)
        if (!same(ffi_type_parameter(signature, i), addresses[i], received[i]))
            return snprintf(what, sizeof what, "argument %zu differs", i), what;
    for (size_t i = 0; i < MARGIN; i++)
        if (result[i] != CANARY || result[MARGIN + size + i] != CANARY) return "written beside the result";
    if (discard || !size) return NULL;
    return same(type, reply, result + MARGIN) ? NULL : "the result differs";
}

static void show(int number, const ffi_ctype *signature, const char *what, const char *way) {
    static char text[4096];
    ffi_type_format(signature, text, sizeof text);
    printf("#   f%d, %s: %s\n#     %s\n", number, way, what, text);
}

/* ---- the same backwards ---- */

typedef void mirror_image(void *code);
typedef void reader(void *list);

/* What a native caller has, and what the handler finds. */
static struct {
    const ffi_ctype *signature; /* as it is called: variable arguments have types */
    unsigned char (*received)[ROOM], *reply;
    reader     *read;  /* of variable arguments; NULL: the callback is told their types */
    const char *wrong; /* NULL: nothing */
    unsigned    handled;
} native;

static void complain(const char *what, size_t i) {
    static char text[80];
    if (!native.wrong) snprintf(text, sizeof text, "argument %zu %s", i, what), native.wrong = text;
}

static void handle(void *to, const ffi_value *args, void *userdata) {
    const ffi_ctype *signature = native.signature, *type = ffi_type_target(signature);
    size_t fixed = native.read ? ffi_type_fixed_count(signature) : ffi_type_parameter_count(signature);
    for (size_t i = 0; i < fixed; i++) {
        const ffi_ctype *param = ffi_type_parameter(signature, i);
        bool             slot  = ffi_type_kind(param) <= FFI_KIND_POINTER;
        const void      *bytes = slot ? (const void *)&args[i] : args[i].ptr;
        if (!slot && (uintptr_t)bytes % ffi_type_alignment(param)) complain("is not aligned", i);
        if (!same(param, bytes, ends[i] - ffi_type_size(param))) complain("differs", i);
    }
    if (native.read) {
        native.read(args[fixed].ptr);
        for (size_t i = fixed; i < ffi_type_parameter_count(signature); i++)
            if (!same(ffi_type_parameter(signature, i), native.received[i],
                      ends[i] - ffi_type_size(ffi_type_parameter(signature, i))))
                complain("differs, by va_arg", i);
    }
    size_t size = ffi_type_size(type);
    for (size_t i = 0; i < size; i++)
        if (((unsigned char *)to)[i]) native.wrong = "the result is not 0 before";
    bool slot = ffi_type_kind(type) <= FFI_KIND_POINTER;
    if (size && !slot && (uintptr_t)to % ffi_type_alignment(type)) native.wrong = "the result is not aligned";
    if (size) memcpy(to, userdata, size);
    native.handled++;
}

/* Has the compiled caller call, with random arguments, what shall return `wanted`, by `handled` calls of the
 * handler; NULL if all is right. */
static const char *call_back(mirror_image *mirror, void *code, const unsigned char *wanted, unsigned handled) {
    const ffi_ctype *type = ffi_type_target(native.signature);
    native.wrong          = NULL;
    native.handled        = 0;
    for (size_t i = 0; i < ffi_type_parameter_count(native.signature); i++) {
        const ffi_ctype *param = ffi_type_parameter(native.signature, i);
        unsigned char   *bytes = ends[i] - ffi_type_size(param);
        memset(bytes, (int)next(), ffi_type_size(param));
        fill(param, bytes);
        memcpy(native.received[i], bytes, ffi_type_size(param));
    }
    memset(native.reply, CANARY, ffi_type_size(type));
    mirror(code);
    if (native.handled != handled) return "the handler was not called as often as it should";
    if (native.wrong) return native.wrong;
    return same(type, native.reply, wanted) ? NULL : "the result differs";
}

struct mirror {
    const ffi_ctype *signature;
    mirror_image    *image; /* the native caller */
    ffi_callback    *callback;
    void            *code;
    unsigned char   *wanted;
    bool             handled; /* live */
};

static const char *call_mirror(const struct mirror *mirror) {
    native.signature = mirror->signature;
    return call_back(mirror->image, mirror->code, mirror->wanted, mirror->handled);
}

/* A callback of the signature, called; NULL if all is right. */
static const char *make_mirror(ffi_context *context, const ffi_ctype *signature, struct mirror *mirror) {
    const ffi_ctype *type = ffi_type_target(mirror->signature);
    ffi_callback_free(mirror->callback);
    free(mirror->wanted);
    mirror->wanted   = calloc(1, ffi_type_size(type) + 1);
    mirror->handled  = true;
    mirror->callback = ffi_callback_typed(context, signature, handle, mirror->wanted);
    if (!mirror->callback) return ffi_last_message();
    mirror->code = ffi_callback_code(mirror->callback);
    if (ffi_type_size(type)) fill(type, mirror->wanted);
    return call_mirror(mirror);
}

/* Frees it, with a result declared or not, and calls it. */
static const char *free_mirror(struct mirror *mirror) {
    size_t size = ffi_type_size(ffi_type_target(mirror->signature));
    if (!mirror->callback) return NULL;
    bool declared = next() % 2 && ffi_callback_default(mirror->callback, mirror->wanted) == FFI_ERROR_NONE;
    if (!declared) memset(mirror->wanted, 0, size);
    mirror->handled = false;
    ffi_callback_free(mirror->callback);
    const char *wrong = call_mirror(mirror);
    memset(mirror->wanted, 0, size); /* what was declared ends with the context */
    return wrong;
}

/* The signature of `f<number>` in a context, with the types of variable arguments if `typed`. */
static const ffi_ctype *signature_of(ffi_context *context, int number, bool typed) {
    char name[16];
    snprintf(name, sizeof name, "f%d", number);
    const ffi_ctype *declared = ffi_declared_type(context, name);
    if (!typed) return declared;
    ffi_function *function = ffi_function_typed(context, name, declared); /* is not called */
    function               = function ? ffi_function_variadic(function, extras[number]) : NULL;
    return function ? ffi_function_signature(function) : NULL;
}

static void *symbol(ffi_library *library, char kind, int number) {
    char name[16];
    snprintf(name, sizeof name, "%c%d", kind, number);
    return ffi_library_symbol(library, name);
}

static void count_wrong(int *wrong, int number, const struct mirror *mirror, const char *what,
                        const char *when) {
    if (what && (*wrong)++ < SHOWN) show(number, mirror->signature, what, when);
}

/* Callbacks of all signatures, of a context that goes before the last calls. `signatures` are of another one.
 */
static void run_backwards(const char *header, const char *label, ffi_library *library,
                          const ffi_ctype *const *signatures, int count) {
    ffi_context   *context = ffi_context_new(&(ffi_options){.abi = getenv("FFI_ABI")});
    struct mirror *mirrors = calloc((size_t)count, sizeof *mirrors);
    int            live = 0, late = 0, orphans = 0, callbacks = 0;
    bool           fixed_callers = getenv("FFI_FIXED_CALLERS"); /* the compiler's variadic callers are wrong */
    if (ffi_declare(context, header)) printf("# %s\n", ffi_last_message());
    for (int i = 0; i < count; i++) {
        struct mirror *mirror = &mirrors[i];
        if (!signatures[i]) continue;
        mirror->signature = signatures[i];
        mirror->image     = (mirror_image *)(uintptr_t)symbol(library, 'c', i);
        native.read       = NULL;
        if (extras[i] && fixed_callers) continue;
        callbacks++;
        if (extras[i]) {
            count_wrong(&live, i, mirror, make_mirror(context, signature_of(context, i, true), mirror),
                        "typed");
            native.read = (reader *)(uintptr_t)symbol(library, 'v', i);
        }
        count_wrong(&live, i, mirror, make_mirror(context, signature_of(context, i, false), mirror),
                    "called back");
    }
    for (int i = 0; i < count; i++) count_wrong(&late, i, &mirrors[i], free_mirror(&mirrors[i]), "late");
    ffi_context_free(context);
    for (int i = 0; i < count; i++)
        if (mirrors[i].code)
            count_wrong(&orphans, i, &mirrors[i], call_mirror(&mirrors[i]), "after the context's end");
    ok(!live, "%s: %d signatures called back; %d go wrong", label, callbacks, live);
    ok(!late, "%s: %d signatures called when they were freed; %d go wrong", label, callbacks, late);
    ok(!orphans, "%s: %d signatures called after the end of their context; %d go wrong", label, callbacks,
       orphans);
    for (int i = 0; i < count; i++) free(mirrors[i].wanted);
    free(mirrors);
}

static void run(ffi_context *context, const char *header, char **judge, int count) {
    const char  *label = judge[0], *doubts = judge[2];
    ffi_library *library = ffi_library_open(context, judge[1], 0);
    int          wrong = 0, refused = 0, doubted = 0;
    if (!ok(library != NULL, "%s is loaded", label)) return;
    unsigned char(*received)[ROOM] = ffi_library_symbol(library, "received");
    unsigned char *reply           = ffi_library_symbol(library, "reply");
    native.received                = received;
    native.reply                   = reply;
    const ffi_ctype **signatures   = calloc((size_t)count, sizeof *signatures);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        ffi_function *function = ffi_library_function(library, name, NULL);
        if (function && extras[i]) function = ffi_function_variadic(function, extras[i]);
        if (!function) {
            if (refused++ < SHOWN) printf("#   f%d: %s\n", i, ffi_last_message());
            continue;
        }
        const char *what;
        if (is_doubtful(ffi_function_signature(function), doubts) && ++doubted) continue;
        signatures[i] = ffi_function_signature(function);
        for (unsigned way = 0; way < WAYS; way++)
            if ((what = call(function, received, reply, way)) && wrong++ < SHOWN)
                show(i, signatures[i], what, way_name(way));
    }
    if (doubted) printf("# %s is no judge of %d signatures, which have %s\n", label, doubted, doubts);
    ok(!wrong && !refused, "%s: %d signatures, %d calls each; %d calls go wrong, %d cannot be bound", label,
       count - doubted, WAYS, wrong, refused);
    if (!refused) run_backwards(header, label, library, signatures, count);
    free(signatures);
    ffi_library_close(library);
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), exit(2), NULL;
    fseek(file, 0, SEEK_END);
    long  size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) exit(2);
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    if (argc < 8)
        return fprintf(stderr, "usage: run_values HEADER EXTRAS SEED COUNT LABEL LIBRARY DOUBTS ...\n"), 2;
    char *header = read_file(argv[1]), *list = read_file(argv[2]);
    int   count = atoi(argv[4]);
    state       = strtoull(argv[3], NULL, 0);
    extras      = calloc((size_t)count, sizeof *extras);
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
        int at = 0, number = 0;
        if (sscanf(line, "%d %n", &number, &at) == 1 && number < count) extras[number] = line + at;
    }
    for (int i = 0; i < ARGUMENTS; i++)
        if (!(ends[i] = readable_end(ROOM))) return perror("run_values"), 2;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = getenv("FFI_ABI")});
    if (!ok(ffi_declare(context, header) == FFI_ERROR_NONE, "the header is declared"))
        printf("# %s\n", ffi_last_message());
    else
        for (int i = 5; i + 2 < argc; i += 3) {
            if (*argv[i + 1]) run(context, header, &argv[i], count);
            else skip_one("%s", argv[i]);
        }
    ffi_context_free(context);
    free(extras), free(header), free(list);
    return done();
}
