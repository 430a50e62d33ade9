/* SPDX-License-Identifier: MIT */
/*
 * os.h where libraries are of ELF: the names of their files, with the cache of ld.so; dlvsym and dlinfo, which
 * are the GNU C library's; and the symbol table of a loaded object (gABI chapter 5).
 */
#define _GNU_SOURCE
#include "os.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the names of a library ---- */

/* The cache of ld.so maps every library's name to its path (glibc, sysdeps/generic/dl-cache.h): a head,
 * entries, and a string table that the entries point into by offsets from the head. Before glibc 2.32 an older
 * table stands in front of it. We only read names from it; dlopen then finds the file. */
struct cache_head {
    char     magic[20]; /* "glibc-ld.so.cache1.1" */
    uint32_t count, strings_size, unused[5];
};

struct cache_entry {
    int32_t  flags;
    uint32_t name, path, os_version;
    uint64_t capabilities;
};

static bool is_version(const char *text) {
    return *text && text[strspn(text, "0123456789.")] == 0;
}

/* Orders "1.2.13" behind "1.2.9". */
static int compare_versions(const char *a, const char *b) {
    for (;;) {
        char         *a_end, *b_end;
        unsigned long a_part = strtoul(a, &a_end, 10), b_part = strtoul(b, &b_end, 10);
        if (a_part != b_part) return a_part < b_part ? -1 : 1;
        if (!*a_end || !*b_end) return (*a_end != 0) - (*b_end != 0);
        a = a_end + 1, b = b_end + 1;
    }
}

/* The newest version of which the cache has `stem` + version ("libm.so." + "6") and that is older than the
 * one in `version`, if there is one; it replaces that. */
static bool newest_in(const char *bytes, size_t size, const char *stem, char *version, size_t version_size) {
    struct cache_head  head;
    struct cache_entry entry;
    size_t             length = strlen(stem);
    const char        *best   = NULL;
    const char        *start  = memmem(bytes, size, "glibc-ld.so.cache1.1", sizeof head.magic);
    if (!start || (size -= (size_t)(start - bytes)) < sizeof head) return false;
    memcpy(&head, bytes = start, sizeof head);
    if (head.count > (size - sizeof head) / sizeof entry) return false;
    size_t strings_end = sizeof head + head.count * sizeof entry;
    if (!head.strings_size || head.strings_size > size - strings_end) return false;
    strings_end += head.strings_size;
    if (bytes[strings_end - 1]) return false;
    for (uint32_t i = 0; i < head.count; i++) {
        memcpy(&entry, bytes + sizeof head + i * sizeof entry, sizeof entry);
        if (entry.name >= strings_end) return false;
        const char *name = bytes + entry.name, *found = name + length;
        if (strncmp(name, stem, length) || !is_version(found) || strlen(found) >= version_size) continue;
        if (*version && compare_versions(found, version) >= 0) continue;
        if (!best || compare_versions(found, best) > 0) best = found;
    }
    return best && strcpy(version, best);
}

static bool newest_in_cache(const char *stem, char *version, size_t version_size) {
    struct stat status;
    bool        found = false;
    int         file  = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        size_t size  = (size_t)status.st_size;
        void  *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            found = newest_in(bytes, size, stem, version, version_size);
            munmap(bytes, size);
        }
    }
    close(file);
    return found;
}

static bool newest_in_folder(const char *folder, const char *stem, char *version, size_t version_size) {
    size_t length   = strlen(stem);
    char   best[32] = "";
    DIR   *entries  = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        const char *found = entry->d_name + length;
        if (strncmp(entry->d_name, stem, length) || !is_version(found) || strlen(found) >= sizeof best)
            continue;
        if (*version && compare_versions(found, version) >= 0) continue;
        if (!*best || compare_versions(found, best) > 0) strcpy(best, found);
    }
    if (entries) closedir(entries);
    if (!*best || strlen(best) >= version_size) return false;
    strcpy(version, best);
    return true;
}

/* The folders that the loader searches: LD_LIBRARY_PATH, the program's own, the system's. They have what the
 * cache has not, and are all there is where a system has no cache. */
static bool newest_in_folders(const char *stem, char *version, size_t version_size) {
    Dl_serinfo size, *folders = NULL;
    char       best[32] = "", candidate[32];
    void      *program  = dlopen(NULL, RTLD_LAZY);
    if (program && !dlinfo(program, RTLD_DI_SERINFOSIZE, &size) && (folders = malloc(size.dls_size))) {
        memcpy(folders, &size, sizeof size);
        if (dlinfo(program, RTLD_DI_SERINFO, folders)) folders->dls_cnt = 0;
        for (unsigned i = 0; i < folders->dls_cnt; i++) {
            strcpy(candidate, version);
            if (newest_in_folder(folders->dls_serpath[i].dls_name, stem, candidate, sizeof candidate) &&
                (!*best || compare_versions(candidate, best) > 0))
                strcpy(best, candidate);
        }
    }
    free(folders);
    if (program) dlclose(program);
    if (!*best || strlen(best) >= version_size) return false;
    strcpy(version, best);
    return true;
}

static bool newest_version(const char *stem, char *version, size_t version_size) {
    return newest_in_cache(stem, version, version_size) || newest_in_folders(stem, version, version_size);
}

/* "m": libm.so, then libm.so.6 and what else the cache has of it, then m. A path, or a name with its suffix,
 * is tried only as it stands. */
enum { NAME_PLAIN, NAME_VERSIONS, NAME_ITSELF, NAME_NONE };

bool os_library_next(struct os_names *names) {
    const char *prefix = strncmp(names->name, "lib", 3) ? "lib" : "";
    bool        bare   = !strchr(names->name, '/') && !strstr(names->name, ".so");
    char        stem[sizeof names->buffer - sizeof names->version];
    if (names->step == NAME_PLAIN && (!bare || strlen(names->name) > sizeof stem - 16))
        names->step = NAME_ITSELF;

    names->file = names->buffer;
    switch (names->step++) {
    case NAME_PLAIN: return snprintf(names->buffer, sizeof names->buffer, "%s%s.so", prefix, names->name) > 0;
    case NAME_VERSIONS:
        snprintf(stem, sizeof stem, "%s%s.so.", prefix, names->name);
        if (newest_version(stem, names->version, sizeof names->version)) {
            names->step = NAME_VERSIONS; /* and then the next older one */
            return snprintf(names->buffer, sizeof names->buffer, "%s%s", stem, names->version) > 0;
        }
        names->step++;
        /* fall through */
    case NAME_ITSELF: names->file = names->name; return true;
    }
    names->step = NAME_NONE;
    return false;
}

/* ---- the symbols of a loaded object ---- */

void *os_library_symbol(void *handle, const char *name, const char *version, const char **why) {
    dlerror(); /* forget what an earlier call of someone else left */
    void *address = version ? dlvsym(handle, name, version) : dlsym(handle, name);
    if (!address) {
        const char *text = dlerror();
        *why             = text ? text : "its address is 0";
    }
    return address;
}

struct span_search {
    const struct link_map *map;
    struct os_span         span;
};

static int measure(struct dl_phdr_info *info, size_t size, void *userdata) {
    struct span_search *search = userdata;
    (void)size;
    if (info->dlpi_addr != search->map->l_addr || strcmp(info->dlpi_name, search->map->l_name)) return 0;
    search->span = (struct os_span){UINTPTR_MAX, 0};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t low             = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD) continue;
        if (low < search->span.low) search->span.low = low;
        if (low + segment->p_memsz > search->span.high) search->span.high = low + segment->p_memsz;
    }
    return 1;
}

struct os_span os_library_span(void *handle) {
    struct span_search search = {.span = {0, 0}};
    struct link_map   *map;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return search.span;
    search.map = map;
    dl_iterate_phdr(measure, &search);
    return search.span;
}

struct symbols {
    const ElfW(Sym) * table;
    const char     *strings;
    const uint32_t *gnu_hash, *hash;
    const uint16_t *versions;
};

/* glibc has relocated the addresses in a library's dynamic section; the vDSO's it has not. */
static const void *dynamic_address(const struct link_map *map, ElfW(Addr) value) {
    uintptr_t address = value < map->l_addr ? map->l_addr + value : value;
    return (const void *)address;
}

static struct symbols symbols_of(const struct link_map *map) {
    struct symbols symbols = {0};
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        const void *address = dynamic_address(map, entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB: symbols.table = address; break;
        case DT_STRTAB: symbols.strings = address; break;
        case DT_HASH: symbols.hash = address; break;
        case DT_GNU_HASH: symbols.gnu_hash = address; break;
        case DT_VERSYM: symbols.versions = address; break;
        }
    }
    return symbols;
}

/* No field has the number of symbols. DT_HASH implies it; DT_GNU_HASH has it as the end of the chain that
 * begins last: head {nbuckets, first, mask words, shift}, mask, buckets, chains. */
static size_t symbol_count(const struct symbols *symbols) {
    if (symbols->hash) return symbols->hash[1];
    if (!symbols->gnu_hash) return 0;
    const uint32_t *head = symbols->gnu_hash, *buckets = head + 4 + head[2] * (sizeof(ElfW(Addr)) / 4);
    const uint32_t *chains = buckets + head[0];
    uint32_t        last   = 0;
    for (uint32_t i = 0; i < head[0]; i++)
        if (buckets[i] > last) last = buckets[i];
    if (last < head[1]) return head[1];
    while (!(chains[last - head[1]] & 1)) last++;
    return last + 1;
}

/* glibc gives an indirect function's own address only through its resolver. */
static void *address_of(void *handle, const struct link_map *map, const ElfW(Sym) * symbol, const char *name) {
    if ((symbol->st_info & 15) == STT_GNU_IFUNC) return dlsym(handle, name);
    return (void *)(map->l_addr + symbol->st_value);
}

static bool is_exported(const struct symbols *symbols, size_t i) {
    const ElfW(Sym) *symbol = &symbols->table[i];
    unsigned binding = symbol->st_info >> 4, type = symbol->st_info & 15;
    bool     hidden = symbols->versions && symbols->versions[i] & 0x8000; /* not the default version */
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS && symbol->st_name && !hidden &&
           (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
           (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC || type == STT_GNU_IFUNC);
}

bool os_library_symbols(void *handle, bool (*visit)(const char *, void *, void *), void *userdata,
                        const char **why) {
    struct link_map *map;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return *why = "the loader knows nothing of it", false;
    struct symbols symbols = symbols_of(map);
    if (!symbols.table || !symbols.strings) return *why = "it has no table of symbols", false;
    size_t count = symbol_count(&symbols);
    for (size_t i = 0; i < count; i++) {
        if (!is_exported(&symbols, i)) continue;
        const char *name = symbols.strings + symbols.table[i].st_name;
        if (!visit(name, address_of(handle, map, &symbols.table[i], name), userdata)) break;
    }
    return true;
}
