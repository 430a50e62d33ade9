/* SPDX-License-Identifier: MIT */
/* Entries of debug information: their names, attributes, types and places. */
#include "debug/libdw.h"

#include <stdio.h>
#include <string.h>

bool read_attribute(struct debug *debug, die *at, unsigned code, struct attribute *out) {
    return CALL_POINTER(debug, DWARF_ATTR, POINTER(at), INTEGER(code), POINTER(out)) != NULL;
}

int die_tag(struct debug *debug, die *at) {
    return CALL_INT(debug, DWARF_TAG, POINTER(at));
}

const char *die_name(struct debug *debug, die *at) {
    return CALL_POINTER(debug, DWARF_NAME, POINTER(at));
}

bool die_has(struct debug *debug, die *at, unsigned attribute) {
    struct attribute found;
    return read_attribute(debug, at, attribute, &found);
}

int64_t die_number(struct debug *debug, die *at, unsigned attribute, int64_t otherwise) {
    struct attribute found;
    int64_t          number = 0;
    if (!read_attribute(debug, at, attribute, &found)) return otherwise;
    enum function read = attribute == AT_CONST_VALUE ? DWARF_SIGNED : DWARF_UNSIGNED;
    return CALL_INT(debug, read, POINTER(&found), POINTER(&number)) ? otherwise : number;
}

static bool follow(struct debug *debug, die *at, unsigned attribute, die *found) {
    struct attribute reference;
    return read_attribute(debug, at, attribute, &reference) &&
           CALL_POINTER(debug, DWARF_REFERENCE, POINTER(&reference), POINTER(found));
}

/* A type may be in a unit of its own, which a declaration refers to. */
bool die_reference(struct debug *debug, die *at, unsigned attribute, die *found) {
    if (!follow(debug, at, attribute, found)) return false;
    die declaration = *found;
    if (!follow(debug, &declaration, AT_SIGNATURE, found)) *found = declaration;
    return true;
}

bool die_says_nothing(struct debug *debug, die *at) {
    die child;
    return !die_has(debug, at, AT_TYPE) && !die_has(debug, at, AT_PROTOTYPED) && !die_child(debug, at, &child);
}

bool die_child(struct debug *debug, die *at, die *child) {
    return CALL_INT(debug, DWARF_CHILD, POINTER(at), POINTER(child)) == 0;
}

bool die_next(struct debug *debug, die *at) {
    die next = *at;
    if (CALL_INT(debug, DWARF_SIBLING, POINTER(at), POINTER(&next))) return false;
    return *at = next, true;
}

size_t die_size(struct debug *debug, die *type) {
    uint64_t size = 0;
    return CALL_INT(debug, DWARF_SIZE, POINTER(type), POINTER(&size)) ? 0 : (size_t)size;
}

static bool is_transparent(int tag) {
    return tag == TAG_TYPEDEF || tag == TAG_CONST || tag == TAG_VOLATILE || tag == TAG_RESTRICT ||
           tag == TAG_ATOMIC;
}

bool die_type(struct debug *debug, die *at, die *type) {
    if (!die_reference(debug, at, AT_TYPE, type)) return false;
    while (is_transparent(die_tag(debug, type))) {
        die behind = *type;
        if (!die_reference(debug, &behind, AT_TYPE, type)) return false;
    }
    return die_tag(debug, type) != TAG_UNSPECIFIED;
}

/* libdw's Dwarf_Block. */
struct data {
    uint64_t             length;
    const unsigned char *bytes;
};

enum { OP_PLUS_UCONST = 0x23 };

/* DWARF 2 writes the offset as an expression: DW_OP_plus_uconst and a number in LEB128. */
size_t die_offset(struct debug *debug, die *member) {
    struct attribute location;
    struct data      block  = {0};
    size_t           offset = 0;
    if (!read_attribute(debug, member, AT_MEMBER_LOCATION, &location)) return 0;
    if (CALL_INT(debug, DWARF_BLOCK, POINTER(&location), POINTER(&block)))
        return (size_t)die_number(debug, member, AT_MEMBER_LOCATION, 0);
    if (!block.length || *block.bytes != OP_PLUS_UCONST) return 0;
    for (size_t i = 1; i < block.length; i++) offset |= (size_t)(block.bytes[i] & 127) << 7 * (i - 1);
    return offset;
}

size_t die_length(struct debug *debug, die *array) {
    die range;
    if (!die_child(debug, array, &range)) return 0;
    int64_t count = die_number(debug, &range, AT_COUNT, -1);
    return (size_t)(count < 0 ? die_number(debug, &range, AT_UPPER_BOUND, -1) + 1 : count);
}

static bool find_unit(struct debug *debug, die *at, die *unit) {
    return CALL_POINTER(debug, DWARF_UNIT_DIE, POINTER(at), POINTER(unit), UNUSED, UNUSED) != NULL;
}

bool die_is_of_clang(struct debug *debug, die *at) {
    die              unit;
    struct attribute producer = {0};
    if (!find_unit(debug, at, &unit) || !read_attribute(debug, &unit, AT_PRODUCER, &producer)) return false;
    const char *text = CALL_POINTER(debug, DWARF_STRING, POINTER(&producer));
    return text && strstr(text, "clang");
}

/* libdw does not know the file of number 0, which is the unit's own. */
void die_place(struct debug *debug, die *at, char *text, size_t size) {
    int         line = 0;
    die         unit = {0};
    const char *file = CALL_POINTER(debug, DWARF_FILE, POINTER(at));
    if (!file && find_unit(debug, at, &unit)) file = die_name(debug, &unit);
    *text = 0;
    if (!file || CALL_INT(debug, DWARF_LINE, POINTER(at), POINTER(&line))) return;
    const char *name = strrchr(file, '/');
    snprintf(text, size, "%s:%d", name ? name + 1 : file, line);
}
