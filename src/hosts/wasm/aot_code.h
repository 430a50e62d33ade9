/* SPDX-License-Identifier: MIT */
/* The shared library that wasp makes of a module, as the host sees it. The host reads this file, and compiles it
 * into the library with aot_runtime.inc. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WASP_START, WASP_EXPORT, WASP_TABLE }; /* what `run` runs */
enum { WASP_TRAP_IMPORT = 99, WASP_TRAP_MEMORY };

/* Arguments and results are 16 bytes each, a value in the first ones. */
struct wasp_code {
    /* What the host sets before it runs anything. Of each import the native function, and what `invoke` takes.
     * `convert` makes a native result the module's. */
    void **functions, **imports;
    bool (*invoke)(void *import, const void *args, void *result);
    bool (*convert)(void *import, const void *native, void *result);
    void *const    *callbacks; /* NULL as long as no native code can call back into the module */
    const bool     *trapped;   /* whether a callback trapped: the module is left when the import returns */
    char *volatile *limit; /* no function and no loop of the module runs with less stack: below this address */

    /* Instantiates the module; calls an export; calls the function of the table at `index`. Returns the number of
     * a trap, 0 if there was none. */
    int (*run)(int what, size_t index, const void *args, void *result);

    /* The index of the type of a function of the table; -1 if there is no function. */
    long (*type_of)(uint32_t index);

    unsigned char *(*memory)(uint64_t *size);
    void (*close)(void);
    const char *const *reasons; /* a text for each trap of wasm2c's below WASP_TRAP_IMPORT, or NULL */

    size_t
        left; /* after WASP_TRAP_IMPORT: 1 + the index of the native function out of which a callback trapped */
};
