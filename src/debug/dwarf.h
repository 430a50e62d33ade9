/* SPDX-License-Identifier: MIT */
/*
 * Debug information of a library: DWARF 2 to 5, read by elfutils' libdw, which ffi_invoke loads at run time.
 * libdw finds separate debug files by build id and by debuglink, and the .dwo files of split DWARF.
 *
 * Only C's entities are kept: functions and variables that other files see, and types with a name.
 */
#ifndef DWARF_H
#define DWARF_H

#include <ffi_invoke.h>

#pragma GCC visibility push(hidden)

/* libdw's Dwarf_Die: a reference to an entry of the debug information. */
typedef struct die {
    void    *address, *unit, *abbreviation;
    intptr_t padding;
} die;

/* The tags and attributes that are read here (DWARF 5, 7.5.3 and 7.5.4). */
enum {
    TAG_ARRAY       = 0x01,
    TAG_ENUM        = 0x04,
    TAG_PARAMETER   = 0x05,
    TAG_MEMBER      = 0x0d,
    TAG_POINTER     = 0x0f,
    TAG_REFERENCE   = 0x10,
    TAG_UNIT        = 0x11,
    TAG_STRUCT      = 0x13,
    TAG_SUBROUTINE  = 0x15,
    TAG_TYPEDEF     = 0x16,
    TAG_UNION       = 0x17,
    TAG_MORE        = 0x18, /* DW_TAG_unspecified_parameters: the `...` */
    TAG_SUBRANGE    = 0x21,
    TAG_BASE        = 0x24,
    TAG_CONST       = 0x26,
    TAG_ENUMERATOR  = 0x28,
    TAG_SUBPROGRAM  = 0x2e,
    TAG_VARIABLE    = 0x34,
    TAG_VOLATILE    = 0x35,
    TAG_RESTRICT    = 0x37,
    TAG_UNSPECIFIED = 0x3b,
    TAG_ATOMIC      = 0x47
};

enum {
    AT_BYTE_SIZE          = 0x0b,
    AT_BIT_OFFSET         = 0x0c,
    AT_BIT_SIZE           = 0x0d,
    AT_LANGUAGE           = 0x13,
    AT_CONST_VALUE        = 0x1c,
    AT_PRODUCER           = 0x25,
    AT_PROTOTYPED         = 0x27,
    AT_UPPER_BOUND        = 0x2f,
    AT_ABSTRACT_ORIGIN    = 0x31,
    AT_CALLING_CONVENTION = 0x36,
    AT_COUNT              = 0x37,
    AT_MEMBER_LOCATION    = 0x38,
    AT_DECLARATION        = 0x3c,
    AT_ENCODING           = 0x3e,
    AT_EXTERNAL           = 0x3f,
    AT_SPECIFICATION      = 0x47,
    AT_TYPE               = 0x49,
    AT_SIGNATURE          = 0x69,
    AT_DATA_BIT_OFFSET    = 0x6b,
    AT_DWO_NAME           = 0x76,
    AT_GNU_VECTOR         = 0x2107,
    AT_GNU_DWO_NAME       = 0x2130
};

enum {
    ENCODING_BOOL        = 2,
    ENCODING_COMPLEX     = 3,
    ENCODING_FLOAT       = 4,
    ENCODING_SIGNED      = 5,
    ENCODING_SIGNED_CHAR = 6
};

struct debug;

/* What dladdr() says of an address; false if it knows nothing, or the system has no dladdr(). The texts are valid as
 * long as the library is loaded. */
struct debug_place {
    const char *file, *base, *name,
        *symbol; /* the file, where it begins in memory; the symbol, where that begins */
};
bool debug_place_of(const void *address, struct debug_place *place);

/* Opens the debug information of a file. On failure it returns NULL and sets the reason: libdw is missing, the
 * file cannot be read, or it has no debug information; only for the last one `*without` becomes true. */
enum { DEBUG_REASON = 512 };
bool          debug_can_open(char reason[DEBUG_REASON]); /* whether libdw can be loaded */
struct debug *debug_open(const char *path, bool *without, char reason[DEBUG_REASON]);
void          debug_close(struct debug *debug);

/* The version of the first unit, the file with the debug information ("" if it is the library itself), and the
 * first .dwo file that was not found, or NULL. */
unsigned    debug_version(const struct debug *debug);
const char *debug_file(struct debug *debug);
const char *debug_missing(const struct debug *debug);

/* Finds the definition of a function or variable by its name, or by its address in the file if that is not 0.
 */
bool debug_symbol(struct debug *debug, int tag, const char *name, uint64_t address, die *found);

/* Finds the definition with this index among those of a type's name; false after the last. */
bool debug_type(struct debug *debug, int tag, const char *name, size_t index, die *found);

/* ---- entries ---- */

int         die_tag(struct debug *debug, die *at);
const char *die_name(struct debug *debug, die *at); /* NULL if it has none */
bool        die_has(struct debug *debug, die *at, unsigned attribute);

/* An attribute that is a number, or `otherwise`. */
int64_t die_number(struct debug *debug, die *at, unsigned attribute, int64_t otherwise);

/* The entry that an attribute refers to. False if there is no such attribute: AT_TYPE of void. */
bool die_reference(struct debug *debug, die *at, unsigned attribute, die *found);

/* The type behind typedefs and qualifiers; false for void. */
bool die_type(struct debug *debug, die *at, die *type);

/* Whether an entry has no types: gcc's -g1 leaves them out, and C's `int f();` says none of its parameters. */
bool die_says_nothing(struct debug *debug, die *at);

bool   die_child(struct debug *debug, die *at, die *child);
bool   die_next(struct debug *debug, die *at); /* moves to the next sibling */
size_t die_size(struct debug *debug, die *type);
size_t die_length(struct debug *debug, die *array); /* of the first dimension; 0 if it is not known */

/* The offset of a member in bytes. */
size_t die_offset(struct debug *debug, die *member);

/* Whether clang compiled the unit of an entry. */
bool die_is_of_clang(struct debug *debug, die *at);

/* `file.c:12` of an entry; "" if that is not known. */
void die_place(struct debug *debug, die *at, char *text, size_t size);

/* The C text of the declaration of `name` with the type of an entry, which may be a function itself. */
void die_text(struct debug *debug, die *type, const char *name, char *text, size_t size);

#pragma GCC visibility pop

#endif
