/* SPDX-License-Identifier: MIT */
/*
 * os.h for ELF: the memory of a loaded library, and its symbol table (gABI, chapters 4 and 5, with GNU's hash
 * table and versions).
 *
 * The loader checks little of a file, so this code trusts nothing in it. A table ends where its segment ends or
 * where the next table begins. A string ends within DT_STRSZ. An address lies in the library.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "os/os.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* ---- images ---- */

static const ElfW(Phdr) * segments_of(const struct os_image *image) {
    return image->headers;
}

/* The segment of this type that contains the address; NULL if there is none. */
static const ElfW(Phdr) *
    segment_at(const struct os_image *image, uint32_t type, uint32_t flags, uintptr_t address) {
    for (size_t i = 0; i < image->count; i++) {
        const ElfW(Phdr) *segment = &segments_of(image)[i];
        if (segment->p_type == type && (segment->p_flags & flags) == flags &&
            address - (image->base + segment->p_vaddr) < segment->p_memsz)
            return segment;
    }
    return NULL;
}

struct search {
    uint32_t         type; /* the type of the segment that contains the address */
    uintptr_t        address;
    const uintptr_t *base; /* of the library; NULL: any */
    struct os_image  image;
};

static outlined int measure(const struct dl_phdr_info *info, struct search *search) {
    struct os_image image = {
        .low = UINTPTR_MAX, .base = info->dlpi_addr, .headers = info->dlpi_phdr, .count = info->dlpi_phnum};
    bool found = false;
    for (size_t i = 0; i < image.count; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t low             = image.base + segment->p_vaddr;
        found |= segment->p_type == search->type && search->address - low < segment->p_memsz;
        if (segment->p_type == PT_DYNAMIC) image.dynamic = segment;
        if (segment->p_type != PT_LOAD) continue;
        if (low < image.low) image.low = low;
        if (low + segment->p_memsz > image.high) image.high = low + segment->p_memsz;
    }
    if (found) search->image = image;
    return found;
}

static int has_address(struct dl_phdr_info *info, size_t size, void *userdata) {
    struct search *search = userdata;
    (void)size;
    return search->base && *search->base != info->dlpi_addr ? 0 : measure(info, search);
}

static struct os_image find_image(uint32_t type, const void *address, const uintptr_t *base) {
    struct search search = {.type = type, .address = (uintptr_t)address, .base = base};
    dl_iterate_phdr(has_address, &search);
    return search.image;
}

/* A library is identified by the address of its dynamic section. */
struct os_image os_library_image(void *handle) {
    struct link_map *map;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return (struct os_image){0};
    uintptr_t base = (uintptr_t)map->l_addr; /* a pointer on FreeBSD */
    return find_image(PT_DYNAMIC, map->l_ld, &base);
}

/* ---- tables ---- */

/* A readable part of a library. */
struct bytes {
    const char *at;
    size_t      size;
};

static struct bytes bytes_at(const struct os_image *image, uintptr_t address) {
    const ElfW(Phdr) *segment = segment_at(image, PT_LOAD, PF_R, address);
    if (!segment) return (struct bytes){NULL, 0};
    return (struct bytes){(const char *)address, image->base + segment->p_vaddr + segment->p_memsz - address};
}

/* Copies the record at an offset; false if the bytes end before it. */
static inlined bool read_at(struct bytes bytes, size_t offset, void *record, size_t size) {
    if (offset > bytes.size || bytes.size - offset < size) return false;
    memcpy(record, bytes.at + offset, size);
    return true;
}

/* A word of a table of words; 0 if the index is past its end. */
static uint32_t word_at(struct bytes bytes, size_t index) {
    uint32_t word = 0;
    if (index < bytes.size / sizeof word) memcpy(&word, bytes.at + index * sizeof word, sizeof word);
    return word;
}

static struct bytes without(struct bytes bytes, size_t head) {
    if (head >= bytes.size) return (struct bytes){NULL, 0};
    return (struct bytes){bytes.at + head, bytes.size - head};
}

/* The first seven tables are read, two of them for the names of versions; the others only show where those end. */
enum {
    SYMBOLS,
    STRINGS,
    HASH,
    GNU_HASH,
    VERSIONS,
    DEFINITIONS,
    NEEDS,
    TABLES,
    RELA = TABLES,
    REL,
    JMPREL,
    ADDRESSES
};

struct tables {
    struct bytes table[TABLES];
};

/* The table that an entry of the dynamic section has the address of; ADDRESSES or more: none. */
static inline unsigned table_of(ElfW(Sxword) tag) {
    static const uint8_t low[] = {
        [DT_SYMTAB] = SYMBOLS + 1, [DT_STRTAB] = STRINGS + 1, [DT_HASH] = HASH + 1,
        [DT_RELA] = RELA + 1,      [DT_REL] = REL + 1,        [DT_JMPREL] = JMPREL + 1};
    static const uint8_t of_versions[] = {
        [0] = VERSIONS + 1, [DT_VERDEF - DT_VERSYM] = DEFINITIONS + 1, [DT_VERNEED - DT_VERSYM] = NEEDS + 1};
    if ((size_t)tag < sizeof low) return low[tag] - 1U;
    if ((size_t)tag - DT_VERSYM < sizeof of_versions) return of_versions[tag - DT_VERSYM] - 1U;
    return tag == DT_GNU_HASH ? GNU_HASH : ADDRESSES;
}

static struct bytes dynamic_section(const struct os_image *image) {
    const ElfW(Phdr) *segment = image->dynamic;
    if (!segment) return (struct bytes){NULL, 0};
    struct bytes dynamic = bytes_at(image, image->base + segment->p_vaddr);
    if (dynamic.size > segment->p_memsz) dynamic.size = segment->p_memsz;
    return dynamic;
}

/* Where a table begins. glibc has relocated most addresses of the dynamic section, except the vDSO's; musl none. */
static uintptr_t begin_of(const struct os_image *image, uintptr_t address) {
    return address - image->low < image->high - image->low ? address : image->base + address;
}

/* A look-up needs neither the names of versions nor where each table ends: a table then ends with its segment. */
static void find_tables(const struct os_image *image, bool look_up, struct tables *tables) {
    uintptr_t    begins[ADDRESSES] = {0};
    size_t       strings_size      = 0;
    struct bytes dynamic           = dynamic_section(image);
    const ElfW(Dyn) *entry = (const void *)dynamic.at, *end = entry + dynamic.size / sizeof *entry;
    for (; entry < end && entry->d_tag != DT_NULL; entry++) {
        unsigned i = table_of(entry->d_tag);
        if (entry->d_tag == DT_STRSZ) strings_size = entry->d_un.d_val;
        if (i < ADDRESSES) begins[i] = begin_of(image, entry->d_un.d_ptr);
    }
    for (size_t i = 0; i < (look_up ? DEFINITIONS : TABLES); i++) {
        struct bytes *table = &tables->table[i];
        *table              = bytes_at(image, begins[i]);
        for (size_t other = 0; !look_up && other < ADDRESSES; other++) {
            uintptr_t distance = begins[other] - begins[i];
            if (distance && distance < table->size)
                table->size = distance; /* the other one begins in this one */
        }
    }
    struct bytes *strings = &tables->table[STRINGS];
    if (strings->size > strings_size) strings->size = strings_size;
    while (strings->size && strings->at[strings->size - 1]) strings->size--; /* to find where each table ends */
}

/* NULL if the string is not in the table. */
static const char *string_at(const struct tables *tables, size_t offset) {
    return offset < tables->table[STRINGS].size ? tables->table[STRINGS].at + offset : NULL;
}

/* ---- GNU's hash table: a head, a filter, buckets with the first symbol of a chain, chains ---- */

struct gnu_hash {
    uint32_t     first; /* the first symbol that a chain may contain */
    size_t       nbuckets;
    struct bytes buckets, chains; /* an odd word ends a chain */
};

/* False if the filter or the buckets extend beyond the table. */
static bool gnu_hash_of(const struct tables *tables, struct gnu_hash *hash) {
    struct bytes table  = tables->table[GNU_HASH];
    size_t       filter = (size_t)word_at(table, 2) * sizeof(ElfW(Addr));
    hash->nbuckets      = word_at(table, 0);
    hash->first         = word_at(table, 1);
    hash->buckets       = without(table, 16 + filter);
    hash->chains        = without(hash->buckets, hash->nbuckets * 4);
    return hash->nbuckets && hash->chains.size >= 4;
}

/* The number of symbols. No field has it: it follows from the end of the chain that begins last. */
static size_t gnu_symbol_count(const struct tables *tables, size_t *outside) {
    struct gnu_hash hash;
    uint32_t        last = 0;
    if (!gnu_hash_of(tables, &hash)) return ++*outside, 0;
    size_t nchains = hash.chains.size / 4;
    for (size_t i = 0; i < hash.nbuckets; i++) {
        uint32_t begin = word_at(hash.buckets, i);
        if (begin && begin - hash.first >= nchains) ++*outside;
        else if (begin > last) last = begin;
    }
    if (last < hash.first) return hash.first;
    for (size_t i = last - hash.first; i < nchains; i++, last++)
        if (word_at(hash.chains, i) & 1) return (size_t)last + 1;
    return ++*outside, last;
}

static size_t symbol_count(const struct tables *tables, size_t *outside) {
    size_t room  = tables->table[SYMBOLS].size / sizeof(ElfW(Sym));
    size_t count = 0;
    if (tables->table[HASH].size) count = word_at(tables->table[HASH], 1);
    else if (tables->table[GNU_HASH].size) count = gnu_symbol_count(tables, outside);
    if (count <= room) return count;
    *outside += count - room;
    return room;
}

/* ---- versions ---- */

enum { VERSION_LOCAL = 0, VERSION_GLOBAL = 1, VERSION_HIDDEN = 0x8000 };

/* The name of a version that the library defines. */
static const char *defined_version(const struct tables *tables, uint32_t number) {
    ElfW(Verdef) definition;
    ElfW(Verdaux) name;
    struct bytes at = tables->table[DEFINITIONS];
    while (read_at(at, 0, &definition, sizeof definition)) {
        if (definition.vd_ndx == number)
            return read_at(at, definition.vd_aux, &name, sizeof name) ? string_at(tables, name.vda_name) : NULL;
        if (definition.vd_next < sizeof definition) return NULL;
        at = without(at, definition.vd_next);
    }
    return NULL;
}

/* The name of a version of another library. A program's copy of a variable of that library has such a version.
 */
static const char *needed_version(const struct tables *tables, uint32_t number) {
    ElfW(Verneed) need;
    ElfW(Vernaux) name;
    struct bytes at = tables->table[NEEDS];
    while (read_at(at, 0, &need, sizeof need)) {
        struct bytes names = without(at, need.vn_aux);
        while (read_at(names, 0, &name, sizeof name)) {
            if (name.vna_other == number) return string_at(tables, name.vna_name);
            if (name.vna_next < sizeof name) break;
            names = without(names, name.vna_next);
        }
        if (need.vn_next < sizeof need) return NULL;
        at = without(at, need.vn_next);
    }
    return NULL;
}

/* NULL if there is no such version. */
static const char *version_name(const struct tables *tables, uint32_t number) {
    const char *name = defined_version(tables, number);
    return name ? name : needed_version(tables, number);
}

/* ---- symbols ---- */

/* An entry of the table, with its name; read_version() sets `version`. */
struct entry {
    ElfW(Sym) symbol;
    uint16_t    number; /* of its version */
    bool        is_default;
    const char *name, *version; /* "": none */
};

enum reading { EXPORTED, OF_NO_ONE, OUTSIDE };

static enum reading read_entry(const struct tables *tables, size_t index, struct entry *entry) {
    ElfW(Sym) *symbol = &entry->symbol;
    uint16_t number   = VERSION_GLOBAL;
    if (!read_at(tables->table[SYMBOLS], index * sizeof *symbol, symbol, sizeof *symbol)) return OUTSIDE;
    unsigned binding = symbol->st_info >> 4, type = symbol->st_info & 15;
    if (symbol->st_shndx == SHN_UNDEF || !symbol->st_name ||
        !(binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) ||
        !(type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC || type == STT_COMMON ||
          type == STT_TLS || type == STT_GNU_IFUNC))
        return OF_NO_ONE;
    if (!(entry->name = string_at(tables, symbol->st_name))) return OUTSIDE;
    if (tables->table[VERSIONS].size &&
        !read_at(tables->table[VERSIONS], index * sizeof number, &number, sizeof number))
        return OUTSIDE;
    entry->is_default = !(number & VERSION_HIDDEN);
    entry->number     = number & (uint16_t)~VERSION_HIDDEN;
    return entry->number == VERSION_LOCAL ? OF_NO_ONE : EXPORTED;
}

/* Finds the name of the entry's version; false if there is no such version. */
static bool read_version(const struct tables *tables, struct entry *entry) {
    entry->version = entry->number == VERSION_GLOBAL ? "" : version_name(tables, entry->number);
    return entry->version;
}

static ffi_symbol_kind kind_of(const ElfW(Sym) * symbol) {
    switch (symbol->st_info & 15) {
    case STT_FUNC:
    case STT_GNU_IFUNC: return FFI_SYMBOL_FUNCTION;
    case STT_OBJECT:
    case STT_COMMON: return FFI_SYMBOL_DATA;
    case STT_TLS: return FFI_SYMBOL_THREAD_LOCAL;
    }
    return symbol->st_shndx == SHN_ABS ? FFI_SYMBOL_ABSOLUTE : FFI_SYMBOL_UNKNOWN;
}

static uintptr_t address_of(const struct os_image *image, const ElfW(Sym) * symbol) {
    return symbol->st_shndx == SHN_ABS ? symbol->st_value : image->base + symbol->st_value;
}

/* Whether the symbol lies in the library. A thread-local variable lies in the library's thread-local block. A
 * symbol may lie at the very end of the library. */
static bool is_inside(const struct os_image *image, const ElfW(Sym) * symbol) {
    uintptr_t address = address_of(image, symbol);
    switch (symbol->st_info & 15) {
    case STT_TLS:
        for (size_t i = 0; i < image->count; i++)
            if (segments_of(image)[i].p_type == PT_TLS)
                return symbol->st_value <= segments_of(image)[i].p_memsz;
        return false;
    case STT_GNU_IFUNC: return segment_at(image, PT_LOAD, PF_X, address) != NULL;
    }
    return symbol->st_shndx == SHN_ABS || (address >= image->low && address <= image->high);
}

/* The loader supplies the address of a thread-local variable and of an indirect function. */
static void *final_address(void *handle, const struct os_image *image, const struct entry *entry) {
    unsigned    type = entry->symbol.st_info & 15;
    const char *why;
    if (type != STT_TLS && type != STT_GNU_IFUNC) return (void *)address_of(image, &entry->symbol);
    return os_library_symbol(handle, entry->name, entry->is_default ? NULL : entry->version, &why);
}

bool os_library_symbols(void *handle, ffi_symbol_visitor *visit, void *userdata, size_t *outside,
                        const char **why) {
    struct os_image image = os_library_image(handle);
    struct tables   tables;
    *outside = 0;
    if (!image.count) return *why = "the loader does not list it", false;
    find_tables(&image, false, &tables);
    if (!tables.table[SYMBOLS].size || !tables.table[STRINGS].size)
        return *why = "it has no table of symbols", false;
    size_t count = symbol_count(&tables, outside);
    for (size_t i = 0; i < count; i++) {
        struct entry entry;
        enum reading reading = read_entry(&tables, i, &entry);
        if (reading == EXPORTED && !(read_version(&tables, &entry) && is_inside(&image, &entry.symbol)))
            reading = OUTSIDE;
        if (reading == OUTSIDE) ++*outside;
        if (reading != EXPORTED) continue;
        ffi_symbol symbol = {.name       = entry.name,
                             .address    = final_address(handle, &image, &entry),
                             .kind       = kind_of(&entry.symbol),
                             .size       = entry.symbol.st_size,
                             .version    = entry.version,
                             .is_default = entry.is_default};
        if (symbol.address && !visit(&symbol, userdata)) return *outside = 0, true;
    }
    return true;
}

/* ---- the kind of one symbol ---- */

static bool is_wanted(const struct tables *tables, size_t index, const char *name, const char *version,
                      struct entry *entry) {
    return read_entry(tables, index, entry) == EXPORTED && !strcmp(entry->name, name) &&
           (version ? read_version(tables, entry) && !strcmp(entry->version, version) : entry->is_default);
}

static uint32_t hash_of_gnu(const char *name) {
    uint32_t hash = 5381;
    for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
    return hash;
}

static uint32_t hash_of_gabi(const char *name) {
    uint32_t hash = 0;
    for (; *name; name++) {
        hash          = (hash << 4) + (unsigned char)*name;
        uint32_t high = hash & 0xf0000000;
        hash          = (hash ^ high >> 24) & ~high;
    }
    return hash;
}

/* The table of the gABI: a head {number of buckets, of chains}; each bucket has the first symbol of its chain;
 * each symbol has the next one. */
static bool find_by_gabi(const struct tables *tables, const char *name, const char *version,
                         struct entry *entry) {
    struct bytes table    = tables->table[HASH];
    size_t       nbuckets = word_at(table, 0), left = table.size / 4;
    if (!nbuckets) return false;
    for (uint32_t i = word_at(table, 2 + hash_of_gabi(name) % nbuckets); i && left--;
         i          = word_at(table, 2 + nbuckets + i))
        if (is_wanted(tables, i, name, version, entry)) return true;
    return false;
}

static bool find_by_gnu(const struct tables *tables, const char *name, const char *version,
                        struct entry *entry) {
    struct gnu_hash hash;
    uint32_t        wanted = hash_of_gnu(name);
    if (!gnu_hash_of(tables, &hash)) return false;
    uint32_t begin = word_at(hash.buckets, wanted % hash.nbuckets);
    if (begin < hash.first) return false;
    for (size_t i = begin - hash.first; i < hash.chains.size / 4; i++) {
        uint32_t word = word_at(hash.chains, i);
        if ((word | 1) == (wanted | 1) && is_wanted(tables, hash.first + i, name, version, entry)) return true;
        if (word & 1) return false;
    }
    return false;
}

/* Whether the library defines the symbol at this address. The address is not compared if the loader chooses it.
 */
static bool find_symbol(const struct os_image *image, const char *name, const char *version,
                        const void *address, ffi_symbol_kind *kind) {
    struct tables tables;
    struct entry  entry;
    find_tables(image, !version, &tables);
    if (!(tables.table[GNU_HASH].size ? find_by_gnu(&tables, name, version, &entry)
                                      : find_by_gabi(&tables, name, version, &entry)))
        return false;
    unsigned type = entry.symbol.st_info & 15;
    *kind         = kind_of(&entry.symbol);
    return type == STT_TLS || type == STT_GNU_IFUNC || address_of(image, &entry.symbol) == (uintptr_t)address;
}

ffi_symbol_kind os_symbol_kind(const struct os_image *image, const char *name, const char *version,
                               const void *address) {
    ffi_symbol_kind kind;
    if (find_symbol(image, name, version, address, &kind)) return kind;
    struct os_image other = find_image(PT_LOAD, address, NULL);
    return find_symbol(&other, name, version, address, &kind) ? kind : FFI_SYMBOL_UNKNOWN;
}
