/* SPDX-License-Identifier: MIT */
/* The index of debug information: what C sees of a file, found by name or by address. */
#include "debug/libdw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_entity(struct debug *debug, struct entities *to, struct entity entity) {
    if (to->count == to->room) {
        size_t         room = to->room ? to->room * 2 : 1024;
        struct entity *at   = realloc(to->at, room * sizeof *at);
        if (!at) debug->no_memory = true;
        if (!at) return;
        to->at   = at;
        to->room = room;
    }
    entity.order        = to->count;
    to->at[to->count++] = entity;
}

/* A function that was inlined elsewhere too has its prototype at its origin. */
static void find_origin(struct debug *debug, die *at) {
    die origin;
    while (die_reference(debug, at, AT_ABSTRACT_ORIGIN, &origin) ||
           die_reference(debug, at, AT_SPECIFICATION, &origin))
        *at = origin;
}

static void add_function(struct debug *debug, die at) {
    uint64_t address = 0;
    if (CALL_INT(debug, DWARF_ENTRY, POINTER(&at), POINTER(&address))) address = 0;
    find_origin(debug, &at);
    struct entity entity = {.name = die_name(debug, &at), .address = address, .tag = TAG_SUBPROGRAM, .at = at};
    if (entity.name && address) add_entity(debug, &debug->addresses, entity);
    if (entity.name && address && die_has(debug, &at, AT_EXTERNAL)) add_entity(debug, &debug->symbols, entity);
}

static void add_die(struct debug *debug, die at) {
    int           tag    = die_tag(debug, &at);
    struct entity entity = {.tag = tag, .at = at};
    switch (tag) {
    case TAG_SUBPROGRAM:
        if (!die_has(debug, &at, AT_DECLARATION)) add_function(debug, at);
        break;
    case TAG_VARIABLE:
        if (die_has(debug, &at, AT_DECLARATION)) break;
        find_origin(debug, &entity.at);
        if (die_has(debug, &entity.at, AT_EXTERNAL) && (entity.name = die_name(debug, &entity.at)))
            add_entity(debug, &debug->symbols, entity);
        break;
    case TAG_STRUCT:
    case TAG_UNION:
    case TAG_ENUM:
    case TAG_TYPEDEF:
        if (!die_has(debug, &at, AT_DECLARATION) && (entity.name = die_name(debug, &at)))
            add_entity(debug, &debug->types, entity);
        break;
    default: break;
    }
}

/* A skeleton of split DWARF has its entries in a .dwo file. */
static void note_missing(struct debug *debug, die *skeleton) {
    struct attribute name;
    if (!read_attribute(debug, skeleton, AT_DWO_NAME, &name) &&
        !read_attribute(debug, skeleton, AT_GNU_DWO_NAME, &name))
        return;
    const char *text = CALL_POINTER(debug, DWARF_STRING, POINTER(&name));
    if (!*debug->missing) snprintf(debug->missing, sizeof debug->missing, "%s", text ? text : "a .dwo file");
}

enum { LANGUAGE_ASSEMBLER = 0x8001 }; /* its functions have no types */

/* `split` is the unit in the .dwo file, without an address if that was not found; in a unit of a type it is the
 * type. */
static void add_unit(struct debug *debug, die *skeleton, die *split) {
    die  at;
    die *unit = split->address && die_tag(debug, split) == TAG_UNIT ? split : skeleton;
    if (unit == skeleton) note_missing(debug, skeleton);
    if (die_number(debug, unit, AT_LANGUAGE, 0) == LANGUAGE_ASSEMBLER) return;
    if (!die_child(debug, unit, &at)) return;
    do add_die(debug, at);
    while (die_next(debug, &at));
}

static int by_name(const void *left, const void *right) {
    const struct entity *a = left, *b = right;
    int                  order = strcmp(a->name, b->name);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

static int by_address(const void *left, const void *right) {
    const struct entity *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

static void sort(struct entities *entities, int (*order)(const void *, const void *)) {
    if (entities->count) qsort(entities->at, entities->count, sizeof *entities->at, order);
}

void make_index(struct debug *debug) {
    void    *unit = NULL, *next = NULL;
    uint16_t version  = 0;
    uint8_t  type     = 0;
    die      skeleton = {0}, split = {0};
    while (CALL_INT(debug, DWARF_UNITS, POINTER(debug->dwarf), POINTER(unit), POINTER(&next), POINTER(&version),
                    POINTER(&type), POINTER(&skeleton), POINTER(&split)) == 0) {
        if (!unit) debug->version = version;
        add_unit(debug, &skeleton, &split);
        unit = next;
    }
    sort(&debug->symbols, by_name);
    sort(&debug->addresses, by_address);
    sort(&debug->types, by_name);
}

/* The first entity of a name. */
static size_t lower_bound(const struct entities *entities, const char *name) {
    size_t low = 0, high = entities->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(entities->at[middle].name, name) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

bool debug_symbol(struct debug *debug, int tag, const char *name, uint64_t address, die *found) {
    const struct entities *symbols = &debug->symbols;
    for (size_t i = lower_bound(symbols, name); i < symbols->count && !strcmp(symbols->at[i].name, name); i++)
        if (symbols->at[i].tag == tag) return *found = symbols->at[i].at, true;
    if (tag != TAG_SUBPROGRAM || !address || !debug->addresses.count) return false;
    const struct entity *entity = bsearch(&(struct entity){.address = address}, debug->addresses.at,
                                          debug->addresses.count, sizeof *entity, by_address);
    return entity ? *found      = entity->at, true : false;
}

bool debug_type(struct debug *debug, int tag, const char *name, size_t index, die *found) {
    const struct entities *types = &debug->types;
    for (size_t i = lower_bound(types, name); i < types->count && !strcmp(types->at[i].name, name); i++)
        if (types->at[i].tag == tag && !index--) return *found = types->at[i].at, true;
    return false;
}
