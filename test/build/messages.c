/* SPDX-License-Identifier: MIT */
/*
 * Calls every function of the public headers with arguments of which one is bad, and says whose message it leaves. The
 * functions are those of the shared library; prototypes come from the headers. Each call has a process of its own.
 *
 * Usage: messages LIBRARY INCLUDE
 * Prints a line for each call that fails: the function, the bad parameter, its value, the message.
 */
#define _GNU_SOURCE
#include <ffi_embed.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static ffi_context *context; /* of the prototypes; all others are the shared library's */
static ffi_library *library;

/* Calls a function of the shared library, whose result is a word. */
static void *call(const char *name, size_t count, const ffi_value *args) {
    ffi_value     result   = {0};
    ffi_function *function = ffi_library_function(library, name, NULL);
    if (!function) fprintf(stderr, "%s\n", ffi_last_message()), exit(1);
    if (ffi_type_parameter_count(ffi_function_signature(function)) != count) abort();
    ffi_invoke(function, &result, args);
    return result.ptr;
}

#define MAKE(name, ...)                                                                                        \
    call(name, sizeof((ffi_value[]){__VA_ARGS__}) / sizeof(ffi_value), (ffi_value[]){__VA_ARGS__})
#define P(pointer)                                                                                             \
    { .ptr = (void *)(uintptr_t)(pointer) }

/* ---- arguments ---- */

/* The objects of one call. */
static struct world {
    void *context, *other, *type, *foreign, *library, *function, *freed_function, *callback, *freed_callback,
        *queue, *arena, *buffer, *freed_buffer, *object, *freed_object, *registry, *entry, *thunk;
} world;

static void handle(void) {
}

static int native(const ffi_any *args, int count, ffi_any *result, void *userdata) {
    (void)args, (void)count, (void)result, (void)userdata;
    return 0;
}

static void *type_of(void *of, const char *text) {
    return MAKE("ffi_type_parse", P(of), P(text));
}

static void make_world(void) {
    struct world *w   = &world;
    w->context        = MAKE("ffi_context_new", P(NULL));
    w->other          = MAKE("ffi_context_new", P(NULL));
    w->type           = type_of(w->context, "int");
    w->foreign        = type_of(w->other, "struct { int x; }");
    w->library        = MAKE("ffi_library_open", P(w->context), P("c"), {0});
    w->function       = MAKE("ffi_library_function", P(w->library), P("abs"), P("int(int)"));
    w->freed_function = MAKE("ffi_library_function", P(w->library), P("labs"), P("long(long)"));
    w->callback       = MAKE("ffi_callback_new", P(w->context), P("int(int)"), P(handle), P(NULL));
    w->freed_callback = MAKE("ffi_callback_new", P(w->context), P("int(int)"), P(handle), P(NULL));
    w->queue          = MAKE("ffi_queue_new", P(w->context));
    w->arena          = MAKE("ffi_arena_new", P(w->context));
    w->buffer         = MAKE("ffi_buffer_new", P(w->context), {64});
    w->freed_buffer   = MAKE("ffi_buffer_new", P(w->context), {64});
    w->object         = MAKE("ffi_object_new", P(w->context), P(w), P(NULL));
    w->freed_object   = MAKE("ffi_object_new", P(w->context), P(w), P(NULL));
    w->registry       = MAKE("ffi_registry_new", P(w->context));
    MAKE("ffi_registry_add", P(w->registry), P("abs"), P(native), {1}, P(NULL));
    w->entry = MAKE("ffi_registry_find", P(w->registry), P("abs"));
    w->thunk = MAKE("ffi_thunk_new", P(w->context), P(handle), P(handle), P(NULL));
    MAKE("ffi_function_free", P(w->freed_function));
    MAKE("ffi_callback_free", P(w->freed_callback));
    MAKE("ffi_buffer_free", P(w->freed_buffer));
    MAKE("ffi_object_release", P(w->freed_object));
}

static bool is_list(const char *type) {
    return strstr(type, "*const *") || strstr(type, "**");
}

/* A good argument for a parameter of this type. */
static ffi_value good_argument(const char *type, const char *name) {
    static struct {
        char             bytes[4096];
        const void      *pointers[8];
        ffi_any          any;
        ffi_value        value;
        ffi_field        field;
        ffi_member       member;
        ffi_constant     constant;
        ffi_binding      binding;
        ffi_host         host;
        ffi_pool_options pool;
    } room;
    struct world *w         = &world;
    bool          is_called = !strcmp(name, "signature");
    const char   *shape     = is_called ? "int(int)" : !strcmp(name, "record") ? "struct { int x; }" : "int";
    const char   *text      = is_called                      ? shape
                              : !strcmp(name, "path")        ? "x"
                              : !strcmp(name, "extra_types") ? "int"
                                                             : "abs";
    room.any                = ffi_any_int(1);
    room.value              = (ffi_value){1};
    room.field              = (ffi_field){.name = "x", .type = w->type};
    room.member             = (ffi_member){.name = "x"};
    room.constant           = (ffi_constant){.name = "X", .value = 1};
    room.binding = (ffi_binding){.name = "abs", .signature = "int(int)", .function = (void *)room.bytes};
    const struct {
        const char *type;
        const void *good;
    } all[] = {{"struct ffi_ctype *", type_of(w->context, shape)},
               {"struct ffi_context *", w->context},
               {"char *", strcmp(name, "buffer") ? text : room.bytes},
               {"struct ffi_function *", w->function},
               {"struct ffi_any *", &room.any},
               {"struct ffi_queue *", w->queue},
               {"struct ffi_registry *", w->registry},
               {"struct ffi_library *", w->library},
               {"struct ffi_arena *", w->arena},
               {"struct ffi_entry *", w->entry},
               {"struct ffi_callback *", w->callback},
               {"struct ffi_buffer *", w->buffer},
               {"struct ffi_object *", w->object},
               {"struct ffi_thunk *", w->thunk},
               {"union ffi_value *", &room.value},
               {"struct ffi_field *", &room.field},
               {"struct ffi_member *", &room.member},
               {"struct ffi_constant *", &room.constant},
               {"struct ffi_binding *", &room.binding},
               {"struct ffi_host *", &room.host},
               {"struct ffi_pool_options *", &room.pool},
               {"struct ffi_options *", NULL},
               {"struct ffi_preprocessor *", NULL},
               {"struct ffi_declare_options *", NULL},
               {"struct ffi_wrapper *", NULL}};
    if (strstr(type, "(*)") || strstr(type, "(**)")) return (ffi_value)P(handle);
    if (!strncmp(type, "const ", 6)) type += 6;
    for (size_t i = 0; i < COUNT(all); i++)
        if (!strcmp(type, all[i].type)) return (ffi_value)P(all[i].good);
    if (is_list(type)) {
        room.pointers[0] = strstr(type, "ffi_ctype")      ? w->type
                           : strstr(type, "ffi_function") ? w->function
                                                          : (const void *)"int";
        return (ffi_value)P(room.pointers);
    }
    if (strchr(type, '*')) return (ffi_value)P(room.bytes);
    return (ffi_value){!strcmp(name, "count") || !strcmp(name, "size") || !strcmp(name, "alignment")};
}

struct bad {
    const char *what;
    ffi_value   value;
};

/* Bad arguments for it; returns how many. */
static size_t bad_arguments(const char *type, const char *name, struct bad bad[static 8]) {
    static const char *const types[] = {"void", "struct incomplete", "int(int, struct { int a; })", "int[]",
                                        "_Bool"};
    struct world            *w       = &world;
    size_t                   count   = 0;
    const struct {
        const char *type;
        void       *freed;
    } freed[] = {{"ffi_function *", w->freed_function},
                 {"ffi_callback *", w->freed_callback},
                 {"ffi_buffer *", w->freed_buffer},
                 {"ffi_object *", w->freed_object}};
    if (!strcmp(type, "double") || !strcmp(type, "uint32_t")) return 0;
    bool is_pointer = strchr(type, '*');
    bad[count++]    = (struct bad){is_pointer ? "NULL" : "0", {0}};
    if (is_list(type)) return count;
    for (size_t i = 0; i < COUNT(freed); i++)
        if (strstr(type, freed[i].type)) bad[count++] = (struct bad){"freed", P(freed[i].freed)};
    if (strstr(type, "ffi_ctype *")) {
        bad[count++] = (struct bad){"another context's", P(w->foreign)};
        for (size_t i = 0; i < COUNT(types); i++)
            bad[count++] = (struct bad){types[i], P(type_of(w->context, types[i]))};
    } else if (!strcmp(type, "const char *")) {
        bad[count++] = (struct bad){"empty", P("")};
        bad[count++] = (struct bad){"\"?\"", P("?")};
        bad[count++] = (struct bad){"\"int x y\"", P("int x y")};
    } else if (!is_pointer) {
        bad[count++] = (struct bad){"-1", {-1}};
        if (strcmp(name, "count")) bad[count++] = (struct bad){"99", {99}};
    }
    return count;
}

/* ---- calls ---- */

/* Functions that check nothing, or that are told how large the host's memory is. */
static const char *const unchecked[] = {"ffi_context_memory", "ffi_function_invoke", "ffi_invoke_pointers",
                                        "ffi_invoke_batch"};

/* Calls the function with the bad argument number `which` for parameter `index`. False if there is none. */
static bool try_one(const char *name, const ffi_ctype *signature, size_t index, size_t which) {
    ffi_value     args[FFI_MAX_ARGUMENTS] = {{0}}, result;
    struct bad    bad[8];
    char          type[300];
    ffi_function *function = ffi_library_function(library, name, NULL);
    ffi_function *fails    = ffi_library_function(library, "ffi_fail", "void(int, const char *)");
    if (!function || !fails) return false;
    make_world();
    for (size_t i = 0; i < ffi_type_parameter_count(signature); i++) {
        ffi_type_format(ffi_type_parameter(signature, i), type, sizeof type);
        args[i] = good_argument(type, ffi_type_parameter_name(signature, i));
    }
    ffi_type_format(ffi_type_parameter(signature, index), type, sizeof type);
    const char *parameter = ffi_type_parameter_name(signature, index);
    if (which >= bad_arguments(type, parameter, bad)) return false;
    args[index] = bad[which].value;
    ffi_invoke(fails, NULL, (ffi_value[]){{0}, P("")});
    printf("%s(%s: %s) ", name, parameter, bad[which].what);
    fflush(stdout);
    alarm(10);
    ffi_invoke(function, ffi_type_size(ffi_type_target(signature)) > 8 ? NULL : &result, args);
    const char *message = call("ffi_last_message", 0, args);
    printf("%.*s\n", (int)strcspn(message, "\n"), message);
    return true;
}

static bool try_all(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata) {
    (void)userdata;
    if (what != FFI_DECLARED_FUNCTION || strncmp(name, "ffi_", 4) || ffi_type_is_variadic(type)) return true;
    for (size_t i = 0; i < COUNT(unchecked); i++)
        if (!strcmp(name, unchecked[i])) return true;
    if (!ffi_library_symbol(library, name)) return true;
    for (size_t index = 0; index < ffi_type_parameter_count(type); index++) {
        int status = 0;
        for (size_t which = 0; !WIFEXITED(status) || !WEXITSTATUS(status); which++) {
            pid_t child = fork();
            if (!child) {
                bool any = try_one(name, type, index, which);
                fflush(stdout);
                _exit(!any);
            }
            if (child < 0 || waitpid(child, &status, 0) < 0) exit(1);
            if (WIFSIGNALED(status)) printf("\n");
            fflush(stdout);
        }
    }
    return true;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    char folder[4096];
    snprintf(folder, sizeof folder, "-I%s", argv[2]);
    const char *const      names[] = {"ffi_embed.h", "ffi_syscalls.h"};
    const ffi_preprocessor options = {
        .command = (const char *const[]){"cc", "-E", "-dD", folder, "-x", "c", "-", NULL}};
    context   = ffi_context_new(NULL);
    library   = ffi_library_open(context, argv[1], 0);
    bool good = library && !ffi_declare_headers(context, names, COUNT(names), &options);
    if (good) ffi_declared_each(context, try_all, NULL);
    else printf("%s\n", ffi_last_message());
    return !good;
}
