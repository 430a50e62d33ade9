/* SPDX-License-Identifier: MIT */
/*
 * Policies: what a locked context may bind, and the ways around that: copies, links, renamed files, the
 * program's handle, functions that look up others, addresses.
 */
#include "helper.h"

#include <ffi_embed.h>

#ifdef _WIN32
#define C_LIBRARY "msvcrt.dll"
#define LOOKS_UP  "GetProcAddress"
#define LOADER    "kernel32.dll"
enum { IS_WINDOWS = 1 };
static int make_link(const char *from, const char *to) {
    (void)from, (void)to;
    return -1;
}
#else
#define C_LIBRARY "c"
#define LOOKS_UP  "dlsym"
#define LOADER    "c"
enum { IS_WINDOWS = 0 };
static int make_link(const char *from, const char *to) {
    return symlink(from, to);
}
#endif

static bool binds(ffi_library *library, const char *name) {
    return ffi_library_symbol(library, name) != NULL;
}

static int denied(ffi_library *library, const char *name) {
    return !ffi_library_symbol(library, name) && ffi_last_error() == FFI_ERROR_DENIED &&
           strstr(ffi_last_message(), name);
}

static void copy_file(const char *from, const char *to) {
    char   block[4096];
    size_t got;
    FILE  *in = fopen(from, "rb"), *out = fopen(to, "wb");
    if (!in || !out) printf("Bail out! %s\n", to), exit(1);
    while ((got = fread(block, 1, sizeof block, in))) fwrite(block, 1, got, out);
    fclose(in), fclose(out);
}

/* A library of our own that is allowed by its path; its copies and links. */
static void check_files(void) {
    char        *folder  = temporary_folder(), own[5000], copy[5000], link[5000], moved[5000];
    ffi_context *context = ffi_context_new(NULL);
    snprintf(own, sizeof own, "%s/own" LIBRARY_SUFFIX, folder);
    snprintf(copy, sizeof copy, "%s/copy" LIBRARY_SUFFIX, folder);
    snprintf(link, sizeof link, "%s/link" LIBRARY_SUFFIX, folder);
    snprintf(moved, sizeof moved, "%s/moved" LIBRARY_SUFFIX, folder);
    copy_file(library_path("plain"), own), copy_file(library_path("plain"), copy);
    bool linked = !make_link(own, link);
    ok(!ffi_policy_allow(context, own, "plain_a?d") && !ffi_policy_lock(context),
       "a library is allowed by its path");
    ffi_library *library = ffi_library_open(context, own, 0);
    ok(library && binds(library, "plain_add"), "a function that matches the pattern is bound");
    ok(denied(library, "plain_answer"), "others are not");
    fails(ffi_library_function(library, "plain_answer", "int(void)"), FFI_ERROR_DENIED, "plain_answer");
    fails(ffi_library_open(context, copy, 0), FFI_ERROR_DENIED, "copy");
    if (linked) {
        ffi_library *same = ffi_library_open(context, link, 0);
        ok(same == library && binds(same, "plain_add"), "a link to it is it");
        ffi_library_close(same);
    } else {
        skip_one("this system makes no symbolic links");
    }
    ok(!remove(link) || !linked, "the link is removed");
    if (!rename(own, moved) && !rename(copy, own)) {
        ffi_library *again = ffi_library_open(context, own, 0); /* the loader may know it by its first name */
        ok(!again || again == library, "a copy under its name is not it");
        ffi_library *same = ffi_library_open(context, moved, 0);
        if (IS_WINDOWS)
            skip_one("Windows knows a library by the name that it was loaded by: %s", same ? "" : "denied");
        else ok(same && binds(same, "plain_add"), "under another name it is itself");
    } else {
        skip_one("a file that is loaded cannot be renamed here");
        skip_one("a file that is loaded cannot be renamed here");
    }
    ffi_context_free(context);
    remove(own), remove(copy), remove(moved), rmdir(folder);
}

/* The folder of this program's libraries, by a pattern. */
static void check_patterns(void) {
    char         pattern[5000];
    ffi_context *context = ffi_context_new(NULL);
#ifdef _WIN32
    snprintf(pattern, sizeof pattern, "*lib_plain" LIBRARY_SUFFIX);
#else
    char real[4096];
    snprintf(pattern, sizeof pattern, "%s", realpath(library_path("plain"), real));
    strcpy(strrchr(pattern, '/'), "/lib_pl?in*");
#endif
    ok(!ffi_policy_allow(context, pattern, "*") && !ffi_policy_lock(context),
       "a library is allowed by a pattern");
    ffi_library *library = ffi_library_open(context, library_path("plain"), 0);
    if (!library) note("open", ffi_last_message());
    ok(library && binds(library, "plain_add") && binds(library, "plain_answer"),
       "functions that match are bound");
    fails(ffi_library_open(context, library_path("versioned"), 0), FFI_ERROR_DENIED,
          "allows nothing in this file");
    fails(ffi_library_open(context, "nothing_of_this_name", 0), FFI_ERROR_DENIED, "by their path only");
    ffi_context_free(context);
}

static void own_function(void) {
}

static void check_program(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_library *before  = ffi_library_open(context, C_LIBRARY, 0);
    void        *old     = ffi_library_symbol(before, "qsort");
    ok(!ffi_policy_allow(context, C_LIBRARY, "str*") && !ffi_policy_lock(context),
       "some of the C library is allowed");
    ffi_library *program = ffi_library_open(context, NULL, 0), *c = ffi_library_open(context, C_LIBRARY, 0);
    ok(program && c, "the program and the C library are opened");
    ok(old && denied(before, "qsort"), "a symbol that was looked up before the lock is denied");
    ok(binds(c, "strchr"), "an allowed function is bound");
    if (IS_WINDOWS) skip_one("this program exports the C library's functions as its own");
    else ok(binds(program, "strverscmp"), "an allowed function is bound by the program's handle");
    ok(denied(c, "system") && denied(program, "system"),
       "a function that is not allowed is denied by each handle");
    fails(ffi_function_new(context, (void *)(uintptr_t)own_function, "void(void)"), FFI_ERROR_DENIED,
          "address");
    const ffi_ctype *type = ffi_type_parse(context, "void(void)");
    fails(ffi_function_typed(context, (void *)(uintptr_t)own_function, type), FFI_ERROR_DENIED, "address");
    fails(ffi_function_of(context, (void *)(uintptr_t)own_function, ffi_type_target(type), NULL, 0),
          FFI_ERROR_DENIED, "address");
    returns_error(ffi_policy_allow(context, C_LIBRARY, "*"), FFI_ERROR_DENIED, "locked");
    returns_error(ffi_policy_allow(context, NULL, NULL), FFI_ERROR_DENIED, "locked");
    ffi_function *slot     = NULL;
    ffi_binding   bindings = {.name = "system", .signature = "int(str)", .function = &slot};
    returns_error(ffi_library_bind(c, &bindings, 1), FFI_ERROR_DENIED, "system");
    ffi_registry *names = ffi_registry_new(context);
    returns_error(ffi_registry_bind(names, c, "system", "int(const char *)"), FFI_ERROR_DENIED, "system");
    ffi_context_free(context);
}

static void check_rest(void) {
    ffi_context *context = ffi_context_new(NULL);
    returns_error(ffi_policy_allow(NULL, "c", "*"), FFI_ERROR_ARGUMENT, "context is NULL");
    returns_error(ffi_policy_allow(context, "c", NULL), FFI_ERROR_ARGUMENT, "symbol_pattern is NULL");
    returns_error(ffi_policy_allow(context, NULL, "*"), FFI_ERROR_ARGUMENT, "library_pattern is NULL");
    returns_error(ffi_policy_allow(context, "nothing_of_this_name", "*"), FFI_ERROR_LIBRARY,
                  "nothing_of_this_name");
    returns_error(ffi_policy_lock(NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ok(!ffi_policy_allow(context, NULL, NULL) && !ffi_policy_allow(context, LOADER, "*") &&
           !ffi_policy_lock(context),
       "addresses are allowed, and all of a library");
    ok(ffi_function_new(context, (void *)(uintptr_t)own_function, "void(void)") != NULL, "an address is bound");
    ffi_library *loader = ffi_library_open(context, LOADER, 0);
    ok(denied(loader, LOOKS_UP), LOOKS_UP " needs a rule that spells it");
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    ffi_policy_allow(context, LOADER, LOOKS_UP), ffi_policy_lock(context);
    ok(binds(ffi_library_open(context, LOADER, 0), LOOKS_UP), "and has it then");
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    ffi_policy_allow(context, "", "*"), ffi_policy_lock(context);
    ffi_library *program = ffi_library_open(context, NULL, 0);
    ok(binds(program, "ffi_policy_lock") && denied(program, "malloc"),
       "the program's own functions are allowed by \"\"");
    ffi_context_free(context);
}

int main(void) {
    check_files();
    check_patterns();
    check_program();
    check_rest();
    return done();
}
