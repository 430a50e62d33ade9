/* SPDX-License-Identifier: MIT */
/* Debug information by libdw: loading libdw, opening a file, and an index of what C sees of it. */
#include "debug/dwarf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- libdw ---- */

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

static int call_int(struct debug *debug, enum function function, const ffi_value *args) {
    int result = 0;
    ffi_invoke(debug->functions[function], &result, args);
    return result;
}

static void *call_pointer(struct debug *debug, enum function function, const ffi_value *args) {
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

/* ---- entries ---- */

/* libdw's Dwarf_Attribute. */
struct attribute {
    unsigned code, form;
    void    *value, *unit;
};

static bool read_attribute(struct debug *debug, die *at, unsigned code, struct attribute *out) {
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

/* ---- the index ---- */

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

static void make_index(struct debug *debug) {
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
