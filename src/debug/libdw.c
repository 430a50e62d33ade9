/* SPDX-License-Identifier: MIT */
/* Loading libdw, and opening the debug information of a file with it. */
#include "debug/libdw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- libdw ---- */

static const struct {
    const char *name, *signature;
} libdw[FUNCTIONS] = {
    [DWFL_BEGIN]      = {"dwfl_begin", "ptr(ptr)"},
    [DWFL_END]        = {"dwfl_end", "void(ptr)"},
    [DWFL_REPORT]     = {"dwfl_report_offline", "ptr(ptr, str, str, int)"},
    [DWFL_REPORT_END] = {"dwfl_report_end", "int(ptr, ptr, ptr)"},
    [DWFL_GETDWARF]   = {"dwfl_module_getdwarf", "ptr(ptr, ptr)"},
    [DWFL_INFO]       = {"dwfl_module_info", "str(ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr)"},
    [DWFL_ERRNO]      = {"dwfl_errno", "int(void)"},
    [DWFL_ERRMSG]     = {"dwfl_errmsg", "str(int)"},
    [DWARF_UNITS]     = {"dwarf_get_units", "int(ptr, ptr, ptr, ptr, ptr, ptr, ptr)"},
    [DWARF_TAG]       = {"dwarf_tag", "int(ptr)"},
    [DWARF_NAME]      = {"dwarf_diename", "str(ptr)"},
    [DWARF_ATTR]      = {"dwarf_attr", "ptr(ptr, uint, ptr)"},
    [DWARF_REFERENCE] = {"dwarf_formref_die", "ptr(ptr, ptr)"},
    [DWARF_UNSIGNED]  = {"dwarf_formudata", "int(ptr, ptr)"},
    [DWARF_SIGNED]    = {"dwarf_formsdata", "int(ptr, ptr)"},
    [DWARF_STRING]    = {"dwarf_formstring", "str(ptr)"},
    [DWARF_BLOCK]     = {"dwarf_formblock", "int(ptr, ptr)"},
    [DWARF_CHILD]     = {"dwarf_child", "int(ptr, ptr)"},
    [DWARF_SIBLING]   = {"dwarf_siblingof", "int(ptr, ptr)"},
    [DWARF_SIZE]      = {"dwarf_aggregate_size", "int(ptr, ptr)"},
    [DWARF_ENTRY]     = {"dwarf_entrypc", "int(ptr, ptr)"},
    [DWARF_UNIT_DIE]  = {"dwarf_diecu", "ptr(ptr, ptr, ptr, ptr)"},
    [DWARF_FILE]      = {"dwarf_decl_file", "str(ptr)"},
    [DWARF_LINE]      = {"dwarf_decl_line", "int(ptr, ptr)"},
};

static bool load_libdw(struct debug *debug) {
    ffi_binding  bindings[FUNCTIONS];
    ffi_library *library = ffi_library_open(debug->context, "dw", 0);
    if (!library) return false;
    for (size_t i = 0; i < FUNCTIONS; i++)
        bindings[i] = (ffi_binding){
            .name = libdw[i].name, .signature = libdw[i].signature, .function = &debug->functions[i]};
    if (ffi_library_bind(library, bindings, FUNCTIONS)) return false;
    debug->callbacks[0] = ffi_library_symbol(library, "dwfl_build_id_find_elf");
    debug->callbacks[1] = ffi_library_symbol(library, "dwfl_standard_find_debuginfo");
    debug->callbacks[2] = ffi_library_symbol(library, "dwfl_offline_section_address");
    debug->callbacks[3] = &debug->folders; /* NULL: libdw's own list */
    return debug->callbacks[0] && debug->callbacks[1] && debug->callbacks[2];
}

/* ---- addresses ---- */

/* ---- files ---- */

/* Called by its type, as POSIX has no dladdr() before 2024. */
bool debug_place_of(const void *address, struct debug_place *place) {
    int           good     = 0;
    ffi_context  *context  = ffi_context_new(NULL);
    ffi_library  *library  = context ? ffi_library_open(context, NULL, 0) : NULL;
    ffi_function *function = library ? ffi_library_function(library, "dladdr", "int(ptr, ptr)") : NULL;
    *place                 = (struct debug_place){NULL, NULL, NULL, NULL};
    if (function) ffi_invoke(function, &good, (ffi_value[]){POINTER(address), POINTER(place)});
    ffi_context_free(context);
    return good && place->file;
}

/* ---- opening ---- */

static bool open_file(struct debug *debug, const char *path, bool *without) {
    uint64_t bias;
    debug->session = CALL_POINTER(debug, DWFL_BEGIN, POINTER(debug->callbacks));
    if (!debug->session) return false;
    debug->module =
        CALL_POINTER(debug, DWFL_REPORT, POINTER(debug->session), {.str = ""}, {.str = path}, INTEGER(-1));
    if (!debug->module) return false;
    CALL_INT(debug, DWFL_REPORT_END, POINTER(debug->session), UNUSED, UNUSED);
    debug->dwarf = CALL_POINTER(debug, DWFL_GETDWARF, POINTER(debug->module), POINTER(&bias));
    *without     = !debug->dwarf;
    return debug->dwarf != NULL;
}

/* Loads libdw into a context of its own; NULL with the reason. */
static struct debug *begin(char reason[DEBUG_REASON]) {
    struct debug *debug = calloc(1, sizeof *debug);
    snprintf(reason, DEBUG_REASON, "there is no memory for the debug information");
    if (debug && (debug->context = ffi_context_new(NULL)) && load_libdw(debug)) return debug;
    if (debug)
        snprintf(reason, DEBUG_REASON, "elfutils' libdw, which reads debug information, cannot be loaded: %.*s",
                 (int)strcspn(ffi_last_message(), "\n"), ffi_last_message());
    return debug_close(debug), NULL;
}

bool debug_can_open(char reason[DEBUG_REASON]) {
    struct debug *debug = begin(reason);
    return debug_close(debug), debug != NULL;
}

struct debug *debug_open(const char *path, bool *without, char reason[DEBUG_REASON]) {
    struct debug *debug = begin(reason);
    *without            = false;
    if (!debug) return NULL;
    if (!open_file(debug, path, without)) {
        const char *why = CALL_POINTER(debug, DWFL_ERRMSG, INTEGER(-1));
        snprintf(reason, DEBUG_REASON, "%s", why ? why : "no debug information");
    } else {
        make_index(debug);
        if (!debug->no_memory) return debug;
        snprintf(reason, DEBUG_REASON, "there is no memory for the debug information");
    }
    return debug_close(debug), NULL;
}

void debug_close(struct debug *debug) {
    if (!debug) return;
    if (debug->session)
        ffi_invoke(debug->functions[DWFL_END], NULL, (const ffi_value[]){POINTER(debug->session)});
    ffi_context_free(debug->context);
    free(debug->symbols.at);
    free(debug->addresses.at);
    free(debug->types.at);
    free(debug);
}

unsigned debug_version(const struct debug *debug) {
    return debug->version;
}

const char *debug_file(struct debug *debug) {
    const char *file = NULL;
    CALL_POINTER(debug, DWFL_INFO, POINTER(debug->module), UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED,
                 POINTER(&file));
    return file ? file : "";
}

const char *debug_missing(const struct debug *debug) {
    return *debug->missing ? debug->missing : NULL;
}
