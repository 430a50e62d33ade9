/* SPDX-License-Identifier: MIT */
/*
 * The engine wasm2c: a module becomes C, and that a shared library, which is loaded. Names in the C code are
 * read from its header. wabt 1.0.32 and 1.0.36 were run, Debian 12's and 13's. Most imports are calls of the native
 * function, behind checks of their pointers in line; what these do not let through goes to wasm_import_call().
 */
#define _GNU_SOURCE
#include "aot_code.h"
#include "host.h"
#include "runner.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct running {
    wasm_host               *host;
    const struct wasm_lists *lists;
    ffi_library             *library;
    struct wasp_code        *code;
    pthread_t                thread; /* whose stack code->limit is of */
    uint32_t                 depth;
    char                    *header; /* the text of module.h */
    char                     folder[200];
};

/* ---- the parts of the module's C code that depend on its lists ---- */

/* The lines of aot_code.h and aot_runtime.inc; the Makefile writes them. NULL follows. */
extern const char *const aot_lines[];

static const char *type_of(char letter) {
    return letter == 'i' ? "u32" : letter == 'I' ? "u64" : letter == 'f' ? "f32" : "f64";
}

static void print_type(FILE *out, const struct wasm_signature *type, const char *first) {
    fprintf(out, "%s (*)(%s", *type->results ? type_of(*type->results) : "void", first);
    for (const char *letter = type->params; *letter; letter++)
        fprintf(out, "%s%s", letter == type->params && !*first ? "" : ", ", type_of(*letter));
    fputs(*type->params || *first ? ")" : "void)", out);
}

/* The header's text behind `text`; without it, what the C compiler fails at. */
static const char *after(const struct running *running, const char *text) {
    const char *at = text ? strstr(running->header, text) : NULL;
    return at ? at + strlen(text) : " \n#error the header of this version of wasm2c is not known\n";
}

/* The declaration of an import or export follows a comment with its name. */
static const char *declaration(const struct running *running, const struct wasm_name *name) {
    char *comment;
    int   length      = name->module ? asprintf(&comment, "/* import: '%s' '%s' */\n", name->module, name->name)
                                     : asprintf(&comment, "/* export: '%s' */\n", name->name);
    const char *found = after(running, length < 0 ? NULL : comment);
    if (length >= 0) free(comment);
    return found;
}

static void print_arguments(FILE *out, const struct wasm_signature *type) {
    for (size_t i = 0; type->params[i]; i++) fprintf(out, ", args[%zu].%c", i, type->params[i]);
    fputs(");\n}\n", out);
}

static const char *native_type(const struct wasm_pair *pair) {
    static const char *const integers[2][4] = {{"s8", "s16", "s32", "s64"}, {"u8", "u16", "u32", "u64"}};
    switch (pair->way) {
    case WAY_NONE: return "void";
    case WAY_SIGNED:
    case WAY_UNSIGNED:
        return integers[pair->way == WAY_UNSIGNED][pair->size == 8 ? 3 : pair->size == 4 ? 2 : pair->size == 2];
    case WAY_WIDE: return "s64";
    case WAY_BOOL: return "bool";
    case WAY_F32: return "f32";
    case WAY_F64: return "f64";
    default: return "void *";
    }
}

/* The native result as the module's: most integers and reals are it. */
static void print_result(FILE *out, const struct wasm_pair *pair, size_t index) {
    const char *narrow = pair->way == WAY_SIGNED ? "s32" : "u32";
    if (pair->way >= WAY_POINTER || (pair->way <= WAY_UNSIGNED && pair->size == 8)) {
        if (pair->way <= WAY_UNSIGNED)
            fprintf(out, "        if (LIKELY(result == (%s)result)) return (u32)result;\n", narrow);
        fprintf(out,
                "        value converted;\n        if (!wasp_code.convert(imports[%zu], &result, &converted)) "
                "leave(0);\n"
                "        return converted.i;\n",
                index);
    } else {
        fprintf(out, "        return (%s)result;\n", pair->letter == 'i' ? narrow : native_type(pair));
    }
}

/* The call of the native function itself, which is right as long as its arguments are not of the rarer kinds. */
static void print_native(FILE *out, size_t index, const wasm_import *import) {
    bool numbers = true;
    fputs("    if (LIKELY(1", out);
    for (uint32_t i = 0; i < import->count; i++) {
        const struct wasm_pair *pair = &import->pairs[i];
        if (pair->way == WAY_TEXT) fprintf(out, " && is_text(a%u)", i);
        if (pair->way == WAY_POINTER)
            fprintf(out, " && is_memory(a%u, %uu, %uu)", i, pair->target_size, pair->target_mask);
        numbers &= pair->way < WAY_POINTER;
    }
    fprintf(out, "%s)) {\n        ", numbers ? "" : " && !*wasp_code.callbacks");
    if (import->result.way != WAY_NONE) fprintf(out, "%s result = ", native_type(&import->result));
    fprintf(out, "((%s (*)(", native_type(&import->result));
    for (uint32_t i = 0; i < import->count; i++)
        fprintf(out, i ? ", %s" : "%s", native_type(&import->pairs[i]));
    fprintf(out, "%s))functions[%zu])(", import->count ? "" : "void", index);
    for (uint32_t i = 0; i < import->count; i++)
        fprintf(out, import->pairs[i].way < WAY_POINTER ? "%s(%s)a%u" : "%s(%s)at(a%u)", i ? ", " : "",
                import->pairs[i].way == WAY_SIGNED ? "s32" : native_type(&import->pairs[i]), i);
    fputs(");\n", out);
    if (numbers) fprintf(out, "        if (UNLIKELY(*wasp_code.trapped)) leave(%zu);\n", index + 1);
    if (import->result.way == WAY_NONE) fputs("        return;\n", out);
    else print_result(out, &import->result, index);
    fputs("    }\n", out);
}

static bool is_native(const struct running *running, const wasm_import *import) {
    bool good = import->is_few && wasm_import_is_native(import);
    for (uint32_t i = 0; i < import->count; i++)
        good &= import->pairs[i].way < WAY_POINTER ||
                (import->pairs[i].letter == 'i' && running->lists->has_memory);
    return good;
}

static void print_import(FILE *out, const struct running *running, size_t index) {
    const struct wasm_name      *import = &running->lists->imports[index];
    const struct wasm_signature *type   = import->type;
    size_t                       count  = strlen(type->params);
    const char                  *start  = declaration(running, import); /* up to its first parameter */
    fprintf(out, "%.*s of", (int)strcspn(start, "*") + 1, start);
    for (size_t i = 0; i < count; i++) fprintf(out, ", %s a%zu", type_of(type->params[i]), i);
    fputs(") {\n    (void)of;\n", out);
    if (is_native(running, import->import)) print_native(out, index, import->import);
    fprintf(out, "    value args[%zu], result;\n", count + 1);
    for (size_t i = 0; i < count; i++) fprintf(out, "    args[%zu].%c = a%zu;\n", i, type->params[i], i);
    fprintf(out, "    if (UNLIKELY(!wasp_code.invoke(imports[%zu], args, &result))) leave(0);\n", index);
    if (*type->results) fprintf(out, "    return result.%c;\n", *type->results);
    fputs("}\n", out);
}

/* An import may be there twice. */
static bool is_first(const struct wasm_lists *lists, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (!strcmp(lists->imports[i].name, lists->imports[index].name) &&
            !strcmp(lists->imports[i].module, lists->imports[index].module))
            return false;
    return true;
}

static bool is_new_module(const struct wasm_lists *lists, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (!strcmp(lists->imports[i].module, lists->imports[index].module)) return false;
    return true;
}

static void print_caller(FILE *out, const char *what, size_t index, const char *parameter,
                         const struct wasm_signature *type) {
    fprintf(out,
            "static void %s_%zu(%sconst value *args, value *result) {\n    (void)args, (void)result;\n    ",
            what, index, parameter);
    if (*type->results) fprintf(out, "result->%c = ", *type->results);
}

static void print_exports(FILE *out, const struct running *running) {
    const struct wasm_lists *lists = running->lists;
    for (size_t i = 0; i < lists->export_count; i++) {
        const struct wasm_name *export = &lists->exports[i];
        if (!wasm_signature_is_c(export->type)) continue;
        print_caller(out, "export", i, "", export->type);
        const char *name = strchr(declaration(running, export), ' ') + 1;
        fprintf(out, "%.*s(&instance", (int)strcspn(name, "("), name);
        print_arguments(out, export->type);
    }
    fputs("static caller *const exports[EXPORTS + 1] = {\n", out);
    for (size_t i = 0; i < lists->export_count; i++)
        if (wasm_signature_is_c(lists->exports[i].type)) fprintf(out, "    [%zu] = export_%zu,\n", i, i);
    fputs("};\n", out);
}

static void print_types(FILE *out, const struct wasm_lists *lists) {
    for (size_t i = 0; i < lists->type_count; i++) {
        const struct wasm_signature *type = &lists->types[i];
        if (!wasm_signature_is_c(type)) continue;
        print_caller(out, "type", i, "const wasm_rt_funcref_t *function, ", type);
        fputs("((", out);
        print_type(out, type, "void *");
        fputs(")function->func)(function->module_instance", out);
        print_arguments(out, type);
    }
    fputs("static indirect *const indirects[TYPES + 1] = {\n", out);
    for (size_t i = 0; i < lists->type_count; i++)
        if (wasm_signature_is_c(&lists->types[i])) fprintf(out, "    [%zu] = type_%zu,\n", i, i);
    fputs("};\n", out);
}

/* The first field of this type is the first memory or table, as none is imported. */
static void print_accessor(FILE *out, const struct running *running, const char *type, const char *name,
                           bool exists) {
    char text[40];
    snprintf(text, sizeof text, "\n  %s ", type);
    const char *field = exists ? after(running, text) : "";
    fprintf(out, "static %s *%s(void) { return %s%.*s; }\n", type, name, exists ? "&instance." : "NULL",
            (int)strcspn(field, ";"), field);
}

static void print_start(FILE *out, const struct wasm_lists *lists) {
    static const char letters[] = "iIfF"; /* as wasm_rt_type_t */
    fputs("static void start(void) {\n    Z_module_init_module();\n", out);
    for (size_t i = 0; i < lists->type_count; i++) {
        const struct wasm_signature *type = &lists->types[i];
        if (!wasm_signature_is_c(type)) continue;
        fprintf(out, "    types[%zu] = wasm_rt_register_func_type(%zu, %zu", i, strlen(type->params),
                strlen(type->results));
        for (const char *letter = type->params; *letter; letter++)
            fprintf(out, ", %d", (int)(strchr(letters, *letter) - letters));
        if (*type->results) fprintf(out, ", %d", (int)(strchr(letters, *type->results) - letters));
        fputs(");\n", out);
    }
    fputs("    Z_module_instantiate(&instance", out);
    for (size_t i = 0; i < lists->import_count; i++)
        if (is_new_module(lists, i)) fputs(", NULL", out);
    fputs(");\n}\n", out);
}

static void print_code(FILE *out, const struct running *running) {
    const struct wasm_lists *lists = running->lists;
    fprintf(out, "#define TYPES %zu\n#define IMPORTS %zu\n#define EXPORTS %zu\n", lists->type_count,
            lists->import_count, lists->export_count);
    for (const char *const *line = aot_lines; *line; line++) fputs(*line, out);
    for (size_t i = 0; i < lists->import_count; i++)
        if (is_first(lists, i)) print_import(out, running, i);
    fputs("#include \"module.c\"\n", out);
    print_accessor(out, running, "wasm_rt_memory_t", "memory_of", lists->has_memory);
    print_accessor(out, running, "wasm_rt_funcref_table_t", "table_of", lists->has_table);
    print_exports(out, running);
    print_types(out, lists);
    print_start(out, lists);
}

/* ---- files and programs ---- */

static const char *file_of(struct running *running, const char *name, char *path, size_t size) {
    snprintf(path, size, "%s/%s", running->folder, name);
    return path;
}

static ffi_error write_file(struct running *running, const char *name, const void *bytes, size_t size) {
    char  path[256];
    FILE *file = fopen(file_of(running, name, path, sizeof path), "wb");
    if (file) {
        if (bytes) fwrite(bytes, 1, size, file);
        else print_code(file, running);
        bool good = !ferror(file);
        if (!fclose(file) && good) return FFI_ERROR_NONE;
    }
    return ffi_fail(FFI_ERROR_SYSTEM, "%s: %s", path, strerror(errno));
}

/* The line of an error in what a program wrote, without the folder's name; its last line if none has one. */
static void error_line(struct running *running, char *line, int size) {
    char        path[256];
    FILE       *file   = fopen(file_of(running, "log", path, sizeof path), "r");
    size_t      length = strlen(running->folder);
    const char *error  = NULL;
    *line              = 0;
    while (file && !error && fgets(line, size, file)) error = strstr(line, "error");
    if (file) fclose(file);
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, running->folder, length)) memmove(line, line + length + 1, strlen(line + length));
}

/* posix_spawn() wants words that could be written, but writes none. */
static ffi_error run_program(struct running *running, const char *const *words) {
    posix_spawn_file_actions_t actions;
    char                       path[256], line[300];
    pid_t                      child;
    int                        status;
    if (posix_spawn_file_actions_init(&actions))
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for %s", *words);
    file_of(running, "log", path, sizeof path);
    int error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (!error) error = posix_spawnp(&child, *words, &actions, NULL, (char **)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) return ffi_fail(FFI_ERROR_SYSTEM, "%s cannot be run: %s", *words, strerror(error));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return ffi_fail(FFI_ERROR_SYSTEM, "%s: %s", *words, strerror(errno));
    if (!status) return FFI_ERROR_NONE;
    error_line(running, line, sizeof line);
    return ffi_fail(FFI_ERROR_SYSTEM, "%s: %s", *words, *line ? line : "it failed");
}

static void remove_files(struct running *running) {
    static const char *const names[] = {"module.wasm", "module.c", "module.h", "code.c", "module.so", "log"};
    char                     path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(file_of(running, names[i], path, sizeof path));
    rmdir(running->folder);
}

/* wasm2c writes names into comments as they are, where they could end the comment, and be code. */
static ffi_error check_names(const struct wasm_name *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *both[] = {names[i].name, names[i].module ? names[i].module : ""};
        for (size_t k = 0; k < 2; k++)
            if (strstr(both[k], "*/") || strchr(both[k], '\\'))
                return ffi_fail(FFI_ERROR_UNSUPPORTED, "the name '%s' cannot stand in a comment of C", both[k]);
    }
    return FFI_ERROR_NONE;
}

/* In the comments of its header wasm2c of 1.0.33 and later has \HH for some bytes. */
static ffi_error read_header(struct running *running) {
    char   path[256];
    size_t room = 0;
    FILE  *file = fopen(file_of(running, "module.h", path, sizeof path), "r");
    bool   good = file && getdelim(&running->header, &room, 0, file) > 0;
    if (file) fclose(file);
    if (!good) return ffi_fail(FFI_ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    char *to = running->header;
    for (const char *from = to; (*to = *from); from++, to++) {
        if (*from != '\\' || !isxdigit(from[1]) || !isxdigit(from[2])) continue;
        *to = (char)strtoul((char[]){from[1], from[2], 0}, NULL, 16);
        from += 2;
    }
    return FFI_ERROR_NONE;
}

static ffi_error translate(struct running *running, const void *bytes, size_t size) {
    char        in[256], c[256], code[256], so[256];
    const char *compiler = getenv("CC");
    const char *wasm2c[] = {"wasm2c", "--no-debug-names", "-n", "module", in, "-o", c, NULL};
    /* A larger frame is an error, by aot_runtime.inc. */
    const char *cc[] = {compiler && *compiler ? compiler : "cc",
                        "-O2",
                        "-g0",
                        "-shared",
                        "-fPIC",
                        "-std=gnu11",
                        "-fvisibility=hidden",
                        "-Wframe-larger-than=131072",
                        code,
                        "-o",
                        so,
                        "-lm",
                        NULL};
    file_of(running, "module.wasm", in, sizeof in);
    file_of(running, "module.c", c, sizeof c);
    file_of(running, "code.c", code, sizeof code);
    file_of(running, "module.so", so, sizeof so);
    if (check_names(running->lists->imports, running->lists->import_count) ||
        check_names(running->lists->exports, running->lists->export_count) ||
        write_file(running, "module.wasm", bytes, size) || run_program(running, wasm2c) ||
        read_header(running) || write_file(running, "code.c", NULL, 0) || run_program(running, cc))
        return ffi_last_error();
    running->library = ffi_library_open(running->host->native, so, 0);
    running->code    = running->library ? ffi_library_symbol(running->library, "wasp_code") : NULL;
    return running->code ? FFI_ERROR_NONE : ffi_last_error();
}

/* ---- running ---- */

static bool invoke(void *import, const void *args, void *result) {
    return wasm_import_call(import, args, result);
}

static bool convert(void *import, const void *native, void *result) {
    const wasm_import *of = import;
    wasm_memory_refresh(of->host);
    if (!wasm_out(of->host, &of->result, native, result)) return true;
    return ffi_fail(ffi_last_error(), "%s: %s", of->name, ffi_last_message()), false;
}

/* Native code that the module calls needs stack below the limit. */
static void set_limit(struct running *running) {
    enum { LEFT = 512 << 10 };
    pthread_attr_t attributes;
    void          *lowest = NULL;
    size_t         size   = 0;
    if (pthread_getattr_np(pthread_self(), &attributes)) return;
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    *running->code->limit = (char *)lowest + LEFT;
    running->thread       = pthread_self();
}

static void stop(void *instance) {
    struct running *running = instance;
    if (running->code) *running->code->limit = (char *)UINTPTR_MAX;
}

static bool run(struct running *running, int what, size_t index, const wasm_value *args, wasm_value *result) {
    if (!running->depth && !pthread_equal(running->thread, pthread_self())) set_limit(running);
    if (wasm_host_fail_stopped(running->host)) return false;
    running->depth++;
    int trap = running->code->run(what, index, args, result);
    running->depth--;
    if (!trap) return true;
    if (trap == WASP_TRAP_IMPORT && running->code->left) {
        const struct wasm_name *import = &running->lists->imports[running->code->left - 1];
        if (!running->depth)
            ffi_fail(ffi_last_error(), "%s.%s: %s", import->module, import->name, ffi_last_message());
        return false;
    }
    if (wasm_host_fail_stopped(running->host)) return false;
    if (trap == WASP_TRAP_MEMORY) ffi_fail(FFI_ERROR_MEMORY, "out of memory for the module");
    else if (trap != WASP_TRAP_IMPORT)
        ffi_fail(FFI_ERROR_SYSTEM, "%s", running->code->reasons[trap] ? running->code->reasons[trap] : "trap");
    return false;
}

static uint8_t *memory_of(void *instance, uint64_t *size) {
    return ((struct running *)instance)->code->memory(size);
}

static bool call_table(void *instance, uint32_t index, const char *params, const char *result,
                       const wasm_value *args, wasm_value *value) {
    struct running *running = instance;
    long            type    = running->code->type_of(index);
    if (type < 0) return wasm_no_function(index), false;
    const struct wasm_signature *has = &running->lists->types[type];
    if (strcmp(has->params, params) || strcmp(has->results, result))
        return wasm_wrong_function(index, has->params, has->results, params, result), false;
    return run(running, WASP_TABLE, index, args, value);
}

static bool call_export(void *instance, size_t index, const wasm_value *args, wasm_value *result) {
    return run(instance, WASP_EXPORT, index, args, result);
}

static void close_module(void *instance) {
    struct running *running = instance;
    if (running->code) running->code->close();
    if (running->library) ffi_library_close(running->library);
    free(running->header);
}

static void give_imports(struct running *running) {
    const struct wasm_lists *lists = running->lists;
    struct wasp_code        *code  = running->code;
    for (size_t i = 0; i < lists->import_count; i++) {
        wasm_import *import = lists->imports[i].import;
        code->imports[i]    = import;
        code->functions[i]  = import->accessor ? NULL : ffi_function_address(import->function);
    }
    code->convert   = convert;
    code->callbacks = (void *const *)&running->host->callbacks;
    code->invoke    = invoke;
    code->trapped   = &running->host->trapped;
}

static ffi_error open_module(void *instance, wasm_host *host, const char *name, const void *bytes, size_t size,
                             const struct wasm_lists *lists) {
    struct running *running   = instance;
    const char     *temporary = getenv("TMPDIR");
    (void)name;
    running->host  = host;
    running->lists = lists;
    int length     = snprintf(running->folder, sizeof running->folder, "%s/wasp-XXXXXX",
                          temporary && *temporary ? temporary : "/tmp");
    if (length >= (int)sizeof running->folder || !mkdtemp(running->folder))
        return ffi_fail(FFI_ERROR_SYSTEM, "a folder in %s cannot be made", temporary ? temporary : "/tmp");
    ffi_error error = translate(running, bytes, size);
    remove_files(running);
    if (error) return error;
    give_imports(running);
    set_limit(running);
    if (run(running, WASP_START, 0, NULL, NULL)) return FFI_ERROR_NONE;
    if (host->exited) return ffi_last_error();
    return ffi_fail(ffi_last_error(), "the module cannot be instantiated: %s", ffi_last_message());
}

const wasm_runner wasm_aot = {
    "aot",      {memory_of, call_table, true, false, stop}, sizeof(struct running), open_module, close_module,
    call_export};
