/* SPDX-License-Identifier: MIT */
/*
 * Signatures checked when functions are bound, by the debug information of the library (src/debug). A context keeps
 * what was read of each file. libdw is used by one thread at a time.
 */
#include "debug/compare.h"
#include "embed.h"
#include "embed/os/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_ROOM = 2048, TEXT_ROOM = 512, PLACE_ROOM = 256 };

/* The debug information of a library's file. */
struct file {
    struct file  *next;
    struct debug *debug;  /* NULL: there is none */
    char          path[]; /* as the loader has it */
};

struct checker {
    ffi_context      *context;
    struct monitor    monitor; /* guards the members below */
    struct file      *files;
    ffi_check_report *report;
    void             *userdata;
};

static const char key;

/* What is known of a function; `result` counts only if there is a message. */
struct finding {
    ffi_check_result result;
    size_t           length;
    char             message[MESSAGE_ROOM];
};

FFI_PRINTF_LIKE(3, 4)
static void find(struct finding *finding, ffi_check_result result, const char *format, ...) {
    size_t  room = MESSAGE_ROOM - finding->length;
    va_list list;
    va_start(list, format);
    int written = vsnprintf(finding->message + finding->length, room, format, list);
    va_end(list);
    finding->length += written < 0 ? 0 : (size_t)written < room ? (size_t)written : room - 1;
    finding->result = result;
}

/* ---- files ---- */

/* The file that contains a function, which is read for the first function of it. NULL if it cannot be had. */
static struct file *file_of(struct checker *checker, const char *path, struct finding *finding) {
    char reason[DEBUG_REASON];
    bool without;
    for (struct file *file = checker->files; file; file = file->next)
        if (!strcmp(file->path, path)) return file;
    struct file *file = malloc(sizeof *file + strlen(path) + 1);
    if (!file) return find(finding, FFI_CHECK_UNKNOWN, "there is no memory for the debug information"), NULL;
    strcpy(file->path, path);
    file->debug = debug_open(path, &without, reason);
    file->next  = checker->files;
    if (without) find(finding, FFI_CHECK_UNKNOWN, "%s has no debug information, nor has a separate file", path);
    else if (!file->debug) find(finding, FFI_CHECK_UNKNOWN, "%s: %s", path, reason);
    return checker->files = file;
}

/* ---- one function ---- */

static void add_sides(struct finding *finding, struct debug *debug, const ffi_function *function, die *at) {
    char declared[TEXT_ROOM], compiled[TEXT_ROOM], place[PLACE_ROOM];
    ffi_type_format_named(ffi_function_signature(function), ffi_function_name(function), declared,
                          sizeof declared);
    die_text(debug, at, ffi_function_name(function), compiled, sizeof compiled);
    die_place(debug, at, place, sizeof place);
    find(finding, finding->result, "\n    declared  %s\n    compiled  %s%s%s", declared, compiled,
         *place ? "    " : "", place);
}

static void compare(struct finding *finding, const struct checker *checker, struct debug *debug,
                    const ffi_function *function, die *at) {
    char              abi[COMPARE_ABI];
    const ffi_ctype  *signature = ffi_function_signature(function);
    struct difference found =
        compare_function(debug, signature, compare_abi(checker->context, signature, abi), at);
    ffi_check_result result = found.errors ? FFI_CHECK_DIFFERS : FFI_CHECK_DOUBTFUL;
    for (const char *line = found.why; *line; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        find(finding, result, "%s%.*s", finding->length ? "\n" : "", (int)length - 1, line + 1);
        line += length;
    }
    if (finding->length) add_sides(finding, debug, function, at);
}

/* Within the monitor. */
static void examine(struct finding *finding, struct checker *checker, const ffi_function *function) {
    struct debug_place place;
    die                at;
    const char        *name    = ffi_function_name(function);
    char              *address = ffi_function_address(function);
    if (!debug_place_of(address, &place)) {
        find(finding, FFI_CHECK_UNKNOWN, "it is not known which file %s is in", name);
        return;
    }
    struct file *file = file_of(checker, place.file, finding);
    if (!file || !file->debug) return;
    if (!debug_symbol(file->debug, TAG_SUBPROGRAM, name, (uint64_t)(address - place.base), &at) ||
        die_says_nothing(file->debug, &at))
        find(finding, FFI_CHECK_UNKNOWN, "the debug information of %s has no types of %s", place.file, name);
    else compare(finding, checker, file->debug, function, &at);
}

static ffi_error check(void *userdata, const ffi_function *function) {
    struct checker *checker = userdata;
    struct finding  finding = {.length = 0};
    int             before  = keep_thread();
    monitor_enter(&checker->monitor);
    examine(&finding, checker, function);
    ffi_check_report *report          = checker->report;
    void             *report_userdata = checker->userdata;
    monitor_leave(&checker->monitor);
    let_thread(before);
    if (!finding.length) return FFI_ERROR_NONE;
    bool binds = report ? report(report_userdata, function, finding.result, finding.message)
                        : finding.result != FFI_CHECK_DIFFERS;
    if (binds) return FFI_ERROR_NONE;
    return ffi_fail(FFI_ERROR_TYPE, "cannot bind '%s': %s", ffi_function_name(function), finding.message);
}

/* ---- contexts ---- */

static void free_checker(struct checker *checker) {
    for (struct file *file = checker->files, *next; file; file = next) {
        next = file->next;
        debug_close(file->debug);
        free(file);
    }
    monitor_free(&checker->monitor);
    free(checker);
}

static void end_checker(ffi_context *context, void *value) {
    ffi_context_check(context, NULL, NULL);
    free_checker(value);
}

static struct checker *checker_of(ffi_context *context) {
    struct checker *checker = ffi_context_attached(context, &key);
    if (checker) return checker;
    if (!(checker = calloc(1, sizeof *checker)) || !monitor_init(&checker->monitor)) {
        free(checker);
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory: checks of functions"), NULL;
    }
    checker->context     = context;
    struct checker *kept = ffi_context_attach(context, &key, checker, end_checker);
    if (kept != checker) free_checker(checker);
    return kept;
}

ffi_error ffi_check_functions(ffi_context *context, unsigned flags, ffi_check_report *report, void *userdata) {
    char reason[DEBUG_REASON];
    if (!context) return embed_null(__func__, "context");
    if (flags & ~(unsigned)FFI_CHECK_DEBUG)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: unknown flags 0x%x", __func__,
                        flags & ~(unsigned)FFI_CHECK_DEBUG);
    if (!flags) return ffi_context_check(context, NULL, NULL);
    if (!debug_can_open(reason)) return ffi_fail(FFI_ERROR_UNSUPPORTED, "%s: %s", __func__, reason);
    struct checker *checker = checker_of(context);
    if (!checker) return ffi_last_error();
    monitor_enter(&checker->monitor);
    checker->report   = report;
    checker->userdata = userdata;
    monitor_leave(&checker->monitor);
    return ffi_context_check(context, check, checker);
}
