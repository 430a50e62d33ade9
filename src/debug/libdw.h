/* SPDX-License-Identifier: MIT */
/* libdw's functions, and the debug information of a file as libdw opened it: for the files of this folder that call libdw. */
#ifndef LIBDW_H
#define LIBDW_H

#include "debug/dwarf.h"

#pragma GCC visibility push(hidden)

enum function {
    DWFL_BEGIN,
    DWFL_END,
    DWFL_REPORT,
    DWFL_REPORT_END,
    DWFL_GETDWARF,
    DWFL_INFO,
    DWFL_ERRNO,
    DWFL_ERRMSG,
    DWARF_UNITS,
    DWARF_TAG,
    DWARF_NAME,
    DWARF_ATTR,
    DWARF_REFERENCE,
    DWARF_UNSIGNED,
    DWARF_SIGNED,
    DWARF_STRING,
    DWARF_BLOCK,
    DWARF_CHILD,
    DWARF_SIBLING,
    DWARF_SIZE,
    DWARF_ENTRY,
    DWARF_UNIT_DIE,
    DWARF_FILE,
    DWARF_LINE,
    FUNCTIONS
};

/* An entity by its name. */
struct entity {
    const char *name;
    uint64_t    address; /* of a function's first instruction; 0 if it is not known */
    size_t      order;   /* in the file */
    int         tag;
    die         at;
};

struct entities {
    struct entity *at;
    size_t         count, room;
};

struct debug {
    ffi_context    *context;
    ffi_function   *functions[FUNCTIONS];
    void           *session, *module, *dwarf; /* Dwfl *, Dwfl_Module *, Dwarf * */
    char           *folders;
    struct entities symbols, addresses, types; /* sorted: by name, by address, by name */
    unsigned        version;
    char            missing[256];
    bool            no_memory;
    void           *callbacks[4]; /* libdw's Dwfl_Callbacks */
};

/* libdw's Dwarf_Attribute. */
struct attribute {
    unsigned code, form;
    void    *value, *unit;
};

static inline int call_int(struct debug *debug, enum function function, const ffi_value *args) {
    int result = 0;
    ffi_invoke(debug->functions[function], &result, args);
    return result;
}

static inline void *call_pointer(struct debug *debug, enum function function, const ffi_value *args) {
    void *result = NULL;
    ffi_invoke(debug->functions[function], &result, args);
    return result;
}

#define CALL_INT(debug, function, ...)     call_int(debug, function, (const ffi_value[]){__VA_ARGS__})
#define CALL_POINTER(debug, function, ...) call_pointer(debug, function, (const ffi_value[]){__VA_ARGS__})
#define POINTER(at)                                                                                            \
    { .ptr = (void *)(at) }
#define INTEGER(value)                                                                                         \
    { .i64 = (value) }
#define UNUSED POINTER(NULL)

/* entry.c: reads an attribute; false if the entry does not have it. */
bool read_attribute(struct debug *debug, die *at, unsigned code, struct attribute *out);

/* index.c: fills `symbols`, `addresses` and `types`. Sets `no_memory` if memory is out. */
void make_index(struct debug *debug);

#pragma GCC visibility pop

#endif
