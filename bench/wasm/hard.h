/* SPDX-License-Identifier: MIT */
/* The wrappers that are written by hand for each function: the same module in the same engines. `run` calls the
 * export of this name. All check offsets as the host does. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void hard_wabt_open(const void *bytes, size_t size);
void hard_wabt_run(const char *name, uint32_t count);

void hard_standard_open(const char *library, const void *bytes, size_t size);
void hard_standard_run(const char *name, uint32_t count);

void hard_wasmtime_open(const char *library, const void *bytes, size_t size);
void hard_wasmtime_run(const char *name, uint32_t count);

void hard_aot_open(void);
void hard_aot_run(const char *name, uint32_t count);

#ifdef __cplusplus
}
#endif
