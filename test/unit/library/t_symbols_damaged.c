/* SPDX-License-Identifier: MIT */
/*
 * The tables of a library's symbols, damaged in memory after the loader has read them: nothing outside them is
 * read, and the symbols that are left are told. Random damage is done in a process of its own.
 *
 *     t_symbols_damaged [RUNS [SEED]]
 */
#include "helper.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- the library in memory ---- */

enum { SYMBOLS, STRINGS, HASH, GNU_HASH, VERSIONS, DEFINITIONS, DYNAMIC, TABLES };

static const long tags[] = {DT_SYMTAB, DT_STRTAB, DT_HASH, DT_GNU_HASH, DT_VERSYM, DT_VERDEF};

static struct {
    uintptr_t      low, high, base, begins[16], ends[16];
    int            nsegments;
    unsigned char *table[TABLES];
    size_t         size[TABLES];
    ElfW(Dyn) * strings_size;
} image;

static ffi_context *context;
static ffi_library *library;
static size_t       sound; /* symbols before any damage */

/* The loader's look-up would read the damage, too. An address outside the library is not cached. */
void *dlsym(void *handle, const char *name) {
    (void)handle;
    return strlen(name) ? (void *)&image : NULL;
}

#ifdef __GLIBC__
void *dlvsym(void *handle, const char *name, const char *version) {
    return strlen(version) ? dlsym(handle, name) : NULL;
}
#endif

static int read_image(struct dl_phdr_info *info, size_t size, void *userdata) {
    long page = sysconf(_SC_PAGESIZE);
    (void)size;
    if (info->dlpi_addr != *(uintptr_t *)userdata) return 0;
    image.base = info->dlpi_addr;
    image.low  = UINTPTR_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = image.base + segment->p_vaddr, end = begin + segment->p_memsz;
        if (segment->p_type == PT_DYNAMIC)
            image.table[DYNAMIC] = (void *)begin, image.size[DYNAMIC] = segment->p_memsz;
        if (segment->p_type != PT_LOAD) continue;
        if (image.nsegments < 16) image.begins[image.nsegments] = begin, image.ends[image.nsegments++] = end;
        if (begin < image.low) image.low = begin;
        if (end > image.high) image.high = end;
        begin &= ~((uintptr_t)page - 1);
        if (mprotect((void *)begin, end - begin, PROT_READ | PROT_WRITE | PROT_EXEC)) perror("mprotect");
    }
    return 1;
}

static uintptr_t segment_end(uintptr_t address) {
    for (int i = 0; i < image.nsegments; i++)
        if (address < image.ends[i] && address >= image.begins[i]) return image.ends[i];
    return address;
}

static bool load(void) {
    struct link_map *map;
    char            *guard =
        mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* the loader maps below */
    void     *handle = dlopen(library_path("versioned"), RTLD_NOW);
    uintptr_t base = 0, end, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map)) return false;
    base = map->l_addr;
    if (!dl_iterate_phdr(read_image, &base) || !image.table[DYNAMIC]) return false;
    for (ElfW(Dyn) *entry = (void *)image.table[DYNAMIC]; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRSZ) image.strings_size = entry;
        for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
            if (entry->d_tag == tags[i])
                image.table[i] = (void *)(entry->d_un.d_ptr < base ? base + entry->d_un.d_ptr
                                                                   : (uintptr_t)entry->d_un.d_ptr);
    }
    for (size_t i = 0; i < DYNAMIC; i++) {
        if (!image.table[i]) return false;
        image.size[i] = segment_end((uintptr_t)image.table[i]) - (uintptr_t)image.table[i];
        if (image.size[i] > 4096) image.size[i] = 4096;
        for (size_t other = 0; other < DYNAMIC; other++)
            if (image.table[other] > image.table[i] &&
                (size_t)(image.table[other] - image.table[i]) < image.size[i])
                image.size[i] = (size_t)(image.table[other] - image.table[i]);
    }
    image.size[STRINGS] = image.strings_size->d_un.d_val;
    end                 = (image.high + page - 1) & ~(page - 1);
    if (end != (uintptr_t)guard) puts("# no guard is behind the library: reads there may not be seen");
    return true;
}

/* ---- what is told of it ---- */

struct told {
    size_t count, wrong;
};

static bool is_text_inside(const char *text) {
    uintptr_t at = (uintptr_t)text;
    return !*text || (at >= image.low && at < image.high && at + strlen(text) < image.high);
}

static bool hear(const ffi_symbol *symbol, void *userdata) {
    struct told *told = userdata;
    told->count++;
    told->wrong += !is_text_inside(symbol->name) || !is_text_inside(symbol->version) || !symbol->address;
    return true;
}

/* The number of symbols that are told; with `part`, the call fails and the message has it. */
static void tells(size_t count, const char *part, const char *what) {
    struct told told = {0};
    ffi_error   code = ffi_library_symbols(library, hear, &told);
    if (!ok(told.count == count && !told.wrong &&
                (part ? code == FFI_ERROR_LIBRARY && strstr(ffi_last_message(), part) : !code),
            "%s", what))
        printf("#   %zu of %zu symbols, %zu are wrong; %s: %s\n", told.count, count, told.wrong,
               ffi_error_name(code), ffi_last_message());
}

/* ---- damage ---- */

static uint32_t exchange(int table, size_t offset, uint32_t word) {
    uint32_t old;
    memcpy(&old, image.table[table] + offset, sizeof old);
    memcpy(image.table[table] + offset, &word, sizeof word);
    return old;
}

/* The entry of a symbol that the library defines. */
static size_t entry_of(const char *name) {
    for (size_t at = 0;; at += sizeof(ElfW(Sym))) {
        ElfW(Sym) symbol;
        memcpy(&symbol, image.table[SYMBOLS] + at, sizeof symbol);
        if (!strcmp((char *)image.table[STRINGS] + symbol.st_name, name)) return at;
    }
}

static void known_damage(void) {
    struct told told = {0};
    ok(!ffi_library_symbols(library, hear, &told) && told.count >= 4 && !told.wrong,
       "a sound library's symbols are told");
    sound        = told.count;
    uint32_t old = exchange(HASH, 4, 100000);
    tells(sound, "damaged", "a number of symbols that is too large ends with the table");
    exchange(HASH, 4, old);
    size_t entry = entry_of("versioned_first");
    old          = exchange(SYMBOLS, entry, 0x7fffffff);
    tells(sound - 1, ": 1 of its symbols", "a name outside DT_STRSZ is left out and counted");
    exchange(SYMBOLS, entry, old);
    size_t value = entry + offsetof(ElfW(Sym), st_value);
    old          = exchange(SYMBOLS, value, 0x7ffffff0);
    tells(sound - 1, ": 1 of its symbols", "so is an address outside the library");
    exchange(SYMBOLS, value, old);
    image.strings_size->d_un.d_val = 1;
    tells(0, "symbols", "a table of strings without one leaves out all");
    image.strings_size->d_un.d_val = ~(size_t)0;
    tells(sound, NULL, "a DT_STRSZ that is too large ends with the table");
    image.strings_size->d_un.d_val = image.size[STRINGS];
    old                            = exchange(DEFINITIONS, 16, 0xfffffff0); /* vd_next of the first */
    told                           = (struct told){0};
    ok(ffi_library_symbols(library, hear, &told) == FFI_ERROR_LIBRARY && told.count < sound && !told.wrong,
       "symbols of versions that are outside are left out");
    exchange(DEFINITIONS, 16, old);
    tells(sound, NULL, "mended, it is as before");
}

static uint64_t state;

static uint32_t number(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static void damage(void) {
    static const uint64_t values[] = {0, 1, 0x7f, 0xff, 0x8000, 0xffff, 0x7fffffff, 0xffffffff, ~(uint64_t)0};
    int                   table    = (int)number(TABLES);
    size_t                width    = (size_t)1 << number(4), offset;
    uint64_t              value    = values[number(sizeof values / sizeof *values)];
    if (image.size[table] < width) return;
    offset = number((uint32_t)(image.size[table] - width + 1));
    if (number(2)) offset &= ~(width - 1);
    if (number(3) == 0) value = number(0x7fffffff);
    if (number(3) == 0) { /* a little more or less */
        memcpy(&value, image.table[table] + offset, width);
        value += number(65) - 32u;
    }
    memcpy(image.table[table] + offset, &value, width);
}

static void random_damage(long runs, uint64_t seed) {
    static unsigned char saved[TABLES][4096];
    for (size_t i = 0; i < TABLES; i++) memcpy(saved[i], image.table[i], image.size[i]);
    for (long run = 0; run < runs; run++) {
        struct told told = {0};
        state            = seed + (uint64_t)run;
        for (uint32_t n = 1 + number(4); n; n--) damage();
        ffi_error code = ffi_library_symbols(library, hear, &told);
        ffi_function_free(ffi_library_function(library, "versioned_answer", "int(void)"));
        ffi_function_free(ffi_library_function(library, "versioned_data", "int(void)"));
        for (size_t i = 0; i < TABLES; i++) memcpy(image.table[i], saved[i], image.size[i]);
        if (!told.wrong && (code == FFI_ERROR_NONE || code == FFI_ERROR_LIBRARY)) continue;
        printf("# run %ld: %zu symbols are wrong, %s\n", run, told.wrong, ffi_error_name(code));
        fflush(stdout);
        _exit(1);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    long     runs = argc > 1 ? atol(argv[1]) : fewer(100000);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)getpid();
    int      status;
    context = ffi_context_new(NULL);
    if (!load() || !(library = ffi_library_open(context, library_path("versioned"), 0))) {
        puts("Bail out! the library is not loaded");
        return 1;
    }
    known_damage();
    pid_t child = fork();
    if (child == 0) random_damage(runs, seed);
    waitpid(child, &status, 0);
    if (!ok(WIFEXITED(status) && !WEXITSTATUS(status), "%ld random damages crash nothing, seed %llu", runs,
            (unsigned long long)seed))
        printf("#   the process ended with status 0x%x\n", (unsigned)status);
    ffi_context_free(context);
    return done();
}
