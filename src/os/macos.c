/* SPDX-License-Identifier: MIT */
/*
 * os.h on Apple's systems, together with posix.c: the memory of a loaded library and its exported symbols, from
 * its load commands and its symbol table (<mach-o/loader.h>, <mach-o/nlist.h>). Symbols that a library only
 * re-exports are found by name, but not listed. This file has been compiled, never run.
 */
#include "os/os.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#include <mach-o/nlist.h>
#include <string.h>

void *os_library_symbol(void *handle, const char *name, const char *version, const char **why) {
    if (version) return *why = "this system's libraries have no versions of symbols", NULL;
    dlerror(); /* discards the error of an earlier call of other code */
    void *address = dlsym(handle, name);
    if (!address) {
        const char *text = dlerror();
        *why             = text ? text : "its address is 0";
    }
    return address;
}

/* Finds the image of a handle. dyld lists images by number, and dlopen() returns the same handle for the same
 * path. The lowest bits of a handle are flags of its dlopen(). `base` is the distance from addresses in the
 * file to addresses in memory. */
static bool find_image(void *handle, struct os_image *image) {
    enum { FLAGS = 3 };
    for (uint32_t i = 0; i < _dyld_image_count(); i++) {
        const char *path = _dyld_get_image_name(i);
        void       *its  = path ? dlopen(path, RTLD_LAZY | RTLD_NOLOAD) : NULL;
        if (!its) continue;
        dlclose(its);
        if (((uintptr_t)its ^ (uintptr_t)handle) > FLAGS) continue;
        const struct mach_header *header = _dyld_get_image_header(i);
        if (!header || header->magic != MH_MAGIC_64) break;
        image->headers = header;
        image->base    = (uintptr_t)_dyld_get_image_vmaddr_slide(i);
        return true;
    }
    return false;
}

/* The next load command. NULL as `command` means before the first; NULL as result means there are no more. */
static const struct load_command *next_command(const struct os_image     *image,
                                               const struct load_command *command) {
    const struct mach_header_64 *header = image->headers;
    const char                  *first = (const char *)(header + 1), *end = first + header->sizeofcmds;
    const char                  *next = command ? (const char *)command + command->cmdsize : first;
    return next < end ? (const struct load_command *)(const void *)next : NULL;
}

static const struct segment_command_64 *segment_at(const struct load_command *command) {
    return command->cmd == LC_SEGMENT_64 ? (const struct segment_command_64 *)(const void *)command : NULL;
}

/* The system's libraries lie interleaved in one cache. They are never unloaded, so the range of one may include
 * addresses of another. They share __LINKEDIT, which has no symbols. */
struct os_image os_library_image(void *handle) {
    struct os_image image = {.low = UINTPTR_MAX};
    if (!find_image(handle, &image)) return (struct os_image){0};
    for (const struct load_command *at = NULL; (at = next_command(&image, at));) {
        const struct segment_command_64 *segment = segment_at(at);
        if (!segment || !segment->initprot || !strcmp(segment->segname, SEG_LINKEDIT)) continue;
        uintptr_t low = (uintptr_t)segment->vmaddr + image.base;
        if (low < image.low) image.low = low;
        if (low + segment->vmsize > image.high) image.high = low + (uintptr_t)segment->vmsize;
    }
    return image.high ? image : (struct os_image){0};
}

struct symbols {
    const struct nlist_64 *table;
    const char            *strings;
    uint32_t               count;
};

/* File offsets of the tables are converted by the address and offset of __LINKEDIT. */
static struct symbols symbols_of(const struct os_image *image) {
    const struct symtab_command     *symtab   = NULL;
    const struct segment_command_64 *linkedit = NULL;
    for (const struct load_command *at = NULL; (at = next_command(image, at));) {
        const struct segment_command_64 *segment = segment_at(at);
        if (segment && !strcmp(segment->segname, SEG_LINKEDIT)) linkedit = segment;
        if (at->cmd == LC_SYMTAB) symtab = (const struct symtab_command *)(const void *)at;
    }
    if (!symtab || !linkedit) return (struct symbols){NULL, NULL, 0};
    uintptr_t base = (uintptr_t)linkedit->vmaddr + image->base - (uintptr_t)linkedit->fileoff;
    return (struct symbols){(const struct nlist_64 *)(base + symtab->symoff),
                            (const char *)base + symtab->stroff, symtab->nsyms};
}

/* The names of C symbols begin with an underscore; dlsym() adds it. */
static const char *exported_name(const struct symbols *symbols, uint32_t i) {
    const struct nlist_64 *symbol = &symbols->table[i];
    const char            *name   = symbols->strings + symbol->n_un.n_strx;
    if (symbol->n_type & (N_STAB | N_PEXT) || !(symbol->n_type & N_EXT)) return NULL;
    return (symbol->n_type & N_TYPE) == N_SECT && *name == '_' ? name + 1 : NULL;
}

bool os_library_symbols(void *handle, ffi_symbol_visitor *visit, void *userdata, size_t *outside,
                        const char **why) {
    struct os_image image = os_library_image(handle);
    *outside              = 0;
    if (!image.headers) return *why = "dyld does not list it", false;
    struct symbols symbols = symbols_of(&image);
    if (!symbols.table) return *why = "it has no table of symbols", false;
    for (uint32_t i = 0; i < symbols.count; i++) {
        ffi_symbol symbol = {.name       = exported_name(&symbols, i),
                             .address    = (void *)((uintptr_t)symbols.table[i].n_value + image.base),
                             .version    = "",
                             .is_default = true};
        if (symbol.name && !visit(&symbol, userdata)) break;
    }
    return true;
}

ffi_symbol_kind os_symbol_kind(const struct os_image *image, const char *name, const char *version,
                               const void *address) {
    (void)image, (void)name, (void)version, (void)address;
    return FFI_SYMBOL_UNKNOWN;
}
