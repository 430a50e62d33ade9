/* SPDX-License-Identifier: MIT */
/* elf.h for the GNU C library: the cache of its loader. */
#define _GNU_SOURCE
#include "os/elf.h"

#include <fcntl.h>
#include <gnu/lib-names.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* /etc/ld.so.cache maps every library's name to its path (sysdeps/generic/dl-cache.h): a head, entries, and
 * strings that the entries point to by offsets from the head. Before glibc 2.32 an older table stands in front
 * of it. We only read names from it; dlopen then finds the file. */
struct cache_head {
    char     magic[20]; /* "glibc-ld.so.cache1.1" */
    uint32_t count, strings_size, unused[5];
};

struct cache_entry {
    int32_t  flags;
    uint32_t name, path, os_version;
    uint64_t capabilities;
};

struct cache {
    void       *file;
    size_t      file_size;
    const char *head;
    size_t      count, end; /* number of entries; size from the head; the last byte is a string's NUL */
};

static bool find_head(struct cache *cache) {
    static const char magic[] = "glibc-ld.so.cache1.1";
    struct cache_head head;
    bool begins = cache->file_size >= sizeof head.magic && !memcmp(cache->file, magic, sizeof head.magic);
    cache->head = begins ? cache->file : memmem(cache->file, cache->file_size, magic, sizeof head.magic);
    size_t size = cache->head ? cache->file_size - (size_t)(cache->head - (const char *)cache->file) : 0;
    if (size < sizeof head) return false;
    memcpy(&head, cache->head, sizeof head);
    if (head.count > (size - sizeof head) / sizeof(struct cache_entry)) return false;
    size -= cache->end = sizeof head + head.count * sizeof(struct cache_entry);
    if (!head.strings_size || head.strings_size > size) return false;
    cache->count = head.count;
    cache->end += head.strings_size;
    return !cache->head[cache->end - 1];
}

static void cache_close(struct cache *cache) {
    munmap(cache->file, cache->file_size);
}

static bool cache_open(struct cache *cache) {
    struct stat status;
    int         file = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    cache->file      = MAP_FAILED;
    cache->file_size = fstat(file, &status) == 0 ? (size_t)status.st_size : 0;
    if (cache->file_size) cache->file = mmap(NULL, cache->file_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (cache->file == MAP_FAILED) return false;
    if (find_head(cache)) return true;
    cache_close(cache);
    return false;
}

/* "" if the entry is damaged. */
static const char *cache_name(const struct cache *cache, size_t index) {
    struct cache_entry entry;
    memcpy(&entry, cache->head + sizeof(struct cache_head) + index * sizeof entry, sizeof entry);
    return entry.name < cache->end ? cache->head + entry.name : "";
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Compares in the cache's order: digits come after all other characters and are compared as numbers. 0 if the
 * name begins with `stem`, or differs from that by zeroes before a number. `stem` does not end with a digit. */
static int compare_stem(const char *stem, const char *name) {
    for (;;) {
        const char *begin = stem;
        while (*stem && *stem == *name) stem++, name++;
        if (!*stem) return 0;
        while (stem > begin && is_digit(stem[-1])) stem--, name--; /* a number is compared as a whole */
        if (!is_digit(*stem) || !is_digit(*name)) {
            if (is_digit(*stem) || is_digit(*name)) return is_digit(*stem) ? 1 : -1;
            return *stem < *name ? -1 : 1;
        }
        int order = compare_numbers(stem, name);
        if (order) return order;
        while (is_digit(*stem)) stem++;
        while (is_digit(*name)) name++;
    }
}

/* The first entry whose name begins with `stem`, if there is one. The cache is sorted in descending order. */
static size_t first_entry(const struct cache *cache, const char *stem) {
    size_t low = 0, high = cache->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_stem(stem, cache_name(cache, middle)) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Whether the program itself names folders. */
static bool program_has_folders(void) {
    struct dl_phdr_info program = program_headers();
    const ElfW(Phdr) *segment = program.dlpi_phdr, *end = segment + program.dlpi_phnum;
    while (segment < end && segment->p_type != PT_DYNAMIC) segment++;
    if (segment == end) return false;
    const ElfW(Dyn) *entry = (const void *)(program.dlpi_addr + segment->p_vaddr);
    while (entry->d_tag != DT_NULL && entry->d_tag != DT_RPATH && entry->d_tag != DT_RUNPATH) entry++;
    return entry->d_tag != DT_NULL;
}

/* Whether neither LD_LIBRARY_PATH nor the program names folders. */
static bool is_first(void) {
    const char *path = getenv("LD_LIBRARY_PATH");
    return !(path && *path) && !program_has_folders();
}

/* The version of a library of the C library itself; NULL: it is another library. No other version fits the process. */
static const char *own_version(const char *plain, size_t length) {
    static const char own[][20] = {LIBM_SO, LIBC_SO, LIBDL_SO, LIBPTHREAD_SO, LIBRT_SO};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strncmp(own[i], plain, length) && own[i][length] == '.') return own[i] + length + 1;
    return NULL;
}

void loader_cached(const char *plain, const char *older_than, struct cached *cached) {
    struct cache cache;
    size_t       length = strlen(plain);
    const char  *own    = *older_than ? NULL : own_version(plain, length);
    cached->comes_first = own || is_first();
    if (own) strcpy(cached->newest, own);
    if (own || !cache_open(&cache)) return;
    cached->is_read = true;
    for (size_t i = first_entry(&cache, plain); i < cache.count; i++) {
        const char *name = cache_name(&cache, i), *version = name + length + 1;
        if (compare_stem(plain, name)) break;
        if (strncmp(plain, name, length)) continue; /* only its numbers are equal: "lib1.so" for "lib01.so" */
        if (!name[length]) cached->has_plain = true;
        if (name[length] != '.' || !is_version_below(version, older_than)) continue;
        if (strlen(version) >= sizeof cached->newest) continue;
        if (!*cached->newest || compare_versions(version, cached->newest) > 0) strcpy(cached->newest, version);
    }
    cache_close(&cache);
}
