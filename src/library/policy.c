/* SPDX-License-Identifier: MIT */
/*
 * Policies: patterns of libraries and symbols. A rule whose library has no wildcard means one file, which is
 * opened at once and stays loaded; it is known by what it is, not by its name. A rule with wildcards is
 * compared with the real path of a file.
 *
 * A symbol belongs to the file that has its address, whichever library found it. Functions that look up other
 * functions are allowed only by a rule that spells their name.
 */
#include "library/policy.h"

#include "base/string_builder.h"
#include "base/words.h"
#include "library/library.h"

struct rule {
    struct rule   *next;
    void          *handle; /* loaded for this rule; NULL: the program, or a pattern */
    struct os_file file;   /* number 0: `library` is a pattern */
    char          *symbol;
    char           library[];
};

/* ---- patterns ---- */

static bool matches(const char *pattern, const char *text) {
    if (*pattern == '*') return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
    if (!*pattern || !*text) return *pattern == *text;
    return (*pattern == '?' || *pattern == *text) && matches(pattern + 1, text + 1);
}

static bool has_wildcard(const char *pattern) {
    return strpbrk(pattern, "*?") != NULL;
}

/* A name without wildcards, or one that looks up others, is compared as it is. */
static bool names_symbol(const char *pattern, const char *name) {
    static const char finders[] =
        "dlopen\0dlmopen\0dlsym\0dlvsym\0dlfunc\0__libc_dlsym\0LoadLibraryA\0LoadLibraryW\0"
        "LoadLibraryExA\0LoadLibraryExW\0GetProcAddress\0LdrLoadDll\0LdrGetProcedureAddress\0";
    bool exact = !has_wildcard(pattern) || word_number(finders, name, strlen(name));
    return exact || *name == '#' ? !strcmp(pattern, name) : matches(pattern, name);
}

static bool is_same(const struct os_file *a, const struct os_file *b) {
    return a->number == b->number && (a->device == b->device || a->mapped == b->mapped);
}

static bool names_file(const struct rule *rule, const struct os_file *file) {
    return rule->file.number ? is_same(&rule->file, file) : matches(rule->library, file->path);
}

/* ---- questions ---- */

static bool any_names_file(const ffi_context *context, const struct os_file *file) {
    const struct rule *rule = context->policy;
    while (rule && !names_file(rule, file)) rule = rule->next;
    return rule != NULL;
}

static bool denied(const char **why) {
    *why = "the context's policy allows nothing in this file";
    return false;
}

bool policy_keeps(ffi_context *context, void *handle, const char **why) {
    struct os_file file;
    if (!context->locked) return true;
    uintptr_t low = os_library_image(handle).low;
    return (low && os_file_of_address((const void *)low, &file) && any_names_file(context, &file)) ||
           denied(why);
}

/* A bare name may mean a file that is not known before it is loaded, and then its code has run. */
bool policy_loads(ffi_context *context, const char *name, const char **why) {
    struct os_file file;
    const char    *ignored;
    if (!context->locked) return true;
    void *loaded = os_library_open(name, FFI_LIBRARY_NO_LOAD, &ignored);
    if (loaded) {
        bool keeps = policy_keeps(context, loaded, why);
        os_library_close(loaded);
        return keeps;
    }
    if (!strpbrk(name, "/\\"))
        return *why = "it is not loaded, and the context's policy allows other libraries by their path only",
               false;
    return (os_file_of_path(name, &file) && any_names_file(context, &file)) || denied(why);
}

bool policy_binds(ffi_library *library, const char *name, const void *address, bool own) {
    ffi_context   *context = library->context;
    struct os_file file    = {.number = 0};
    uintptr_t      low     = own ? os_library_image(library->handle).low : 0;
    bool           found   = os_file_of_address(low ? (const void *)low : address, &file);
    for (const struct rule *rule = context->policy; found && rule; rule = rule->next)
        if (names_file(rule, &file) && names_symbol(rule->symbol, name)) return true;
    fail(FFI_ERROR_DENIED, "the context's policy does not allow '%.300s' of %.1000s", name,
         found ? file.path : "memory that is no file's");
    return false;
}

/* ---- rules ---- */

static struct rule *new_rule(ffi_context *context, const char *library, const char *symbol) {
    size_t       length = strlen(library) + 1;
    struct rule *rule   = memory_new(&context->heap, sizeof *rule + length + strlen(symbol) + 1);
    if (!rule) return NULL;
    *rule = (struct rule){.symbol = rule->library + length};
    memcpy(rule->library, library, length);
    strcpy(rule->symbol, symbol);
    return rule;
}

static void free_rule(ffi_context *context, struct rule *rule) {
    size_t size = sizeof *rule + strlen(rule->library) + 1 + strlen(rule->symbol) + 1;
    memory_free(&context->heap, rule, size);
}

/* The file of a rule without wildcards, loaded. False with an error. */
static bool find_file(const char *library, void **handle, struct os_file *file) {
    struct os_names names;
    struct text     tried = {.buffer = (char[2000]){""}, .size = 2000};
    const char     *why   = "";
    *handle               = NULL;
    os_names_begin(&names, library);
    if (!*library) {
        if (os_file_of_path(NULL, file)) return true;
        return fail(FFI_ERROR_UNSUPPORTED, "ffi_policy_allow: cannot find the program's own file"), false;
    }
    while (!*handle && os_library_next(&names))
        if (!(*handle = os_library_open(names.file, 0, &why)))
            text_put(&tried, "\n  %.400s: %.1200s", names.file, why);
    uintptr_t low = *handle ? os_library_image(*handle).low : 0;
    if (low && os_file_of_address((const void *)low, file)) return true;
    if (*handle) {
        os_library_close(*handle);
        return fail(FFI_ERROR_UNSUPPORTED, "ffi_policy_allow: cannot find the file of library '%.400s'",
                    library),
               false;
    }
    return fail(FFI_ERROR_LIBRARY, "ffi_policy_allow: cannot open library '%.400s'; tried%s", library,
                tried.buffer),
           false;
}

static ffi_error add(ffi_context *context, const char *library, const char *symbol) {
    struct os_file file   = {.number = 0};
    void          *handle = NULL;
    if (!has_wildcard(library) && !find_file(library, &handle, &file)) return ffi_last_error();
    os_lock_take(&context->lock);
    struct rule *rule = context->locked ? NULL : new_rule(context, library, symbol);
    bool         late = context->locked;
    if (rule) {
        rule->handle    = handle;
        rule->file      = file;
        rule->next      = context->policy;
        context->policy = rule;
    }
    os_lock_give(&context->lock);
    if (rule) return FFI_ERROR_NONE;
    if (handle) os_library_close(handle);
    return late ? fail(FFI_ERROR_DENIED, "ffi_policy_allow: the policy is locked") : FFI_ERROR_MEMORY;
}

ffi_error ffi_policy_allow(ffi_context *context, const char *library_pattern, const char *symbol_pattern) {
    if (!context) return fail_null(__func__, "context");
    if (!library_pattern != !symbol_pattern)
        return fail_null(__func__, library_pattern ? "symbol_pattern" : "library_pattern");
    if (context->locked) return fail(FFI_ERROR_DENIED, "%s: the policy is locked", __func__);
    if (library_pattern) return add(context, library_pattern, symbol_pattern);
    context->allows_addresses = true;
    return FFI_ERROR_NONE;
}

ffi_error ffi_policy_lock(ffi_context *context) {
    if (!context) return fail_null(__func__, "context");
    os_lock_take(&context->lock);
    context->locked = true;
    os_lock_give(&context->lock);
    return FFI_ERROR_NONE;
}

void policy_free(ffi_context *context) {
    for (struct rule *rule; (rule = context->policy);) {
        context->policy = rule->next;
        if (rule->handle) os_library_close(rule->handle);
        free_rule(context, rule);
    }
}
