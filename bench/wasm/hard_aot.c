/* SPDX-License-Identifier: MIT */
/* calls.h is wasm2c's. */
#include "calls.h"
#include "hard.h"

#ifdef WASM_RT_THREAD_LOCAL /* wabt 1.0.33 and later */
#define Z_calls_instance_t w2c_calls
#define Z_c_instance_t     w2c_c
#define Z_m_instance_t     w2c_m
#define Z_cZ_abs           w2c_c_abs
#define Z_mZ_sqrt          w2c_m_sqrt
#define Z_cZ_strlen        w2c_c_strlen
#define Z_cZ_memcmp        w2c_c_memcmp
#define Z_calls_init_module()
#define Z_calls_instantiate wasm2c_calls_instantiate
#define Z_callsZ_nothing    w2c_calls_nothing
#define Z_callsZ_abs        w2c_calls_abs
#define Z_callsZ_sqrt       w2c_calls_sqrt
#define Z_callsZ_strlen     w2c_calls_strlen
#define Z_callsZ_memcmp     w2c_calls_memcmp
#endif

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Z_calls_instance_t instance;

u32 Z_cZ_abs(struct Z_c_instance_t *of, u32 number) {
    (void)of;
    return (u32)abs((int)number);
}

f64 Z_mZ_sqrt(struct Z_m_instance_t *of, f64 number) {
    (void)of;
    return sqrt(number);
}

u32 Z_cZ_strlen(struct Z_c_instance_t *of, u32 at) {
    const wasm_rt_memory_t *memory = &instance.w2c_memory;
    const char             *text   = (char *)memory->data + at;
    (void)of;
    if (at >= memory->size || !memchr(text, 0, memory->size - at)) wasm_rt_trap(WASM_RT_TRAP_OOB);
    return (u32)strlen(text);
}

u32 Z_cZ_memcmp(struct Z_c_instance_t *of, u32 a, u32 b, u32 size) {
    const wasm_rt_memory_t *memory = &instance.w2c_memory;
    (void)of;
    if (a > memory->size || b > memory->size) wasm_rt_trap(WASM_RT_TRAP_OOB);
    return (u32)memcmp(memory->data + a, memory->data + b, size);
}

void hard_aot_open(void) {
    wasm_rt_init();
    Z_calls_init_module();
    Z_calls_instantiate(&instance, NULL, NULL);
}

void hard_aot_run(const char *name, uint32_t count) {
    static const struct {
        const char *name;
        void (*run)(Z_calls_instance_t *, u32);
    } all[] = {{"nothing", Z_callsZ_nothing},
               {"abs", Z_callsZ_abs},
               {"sqrt", Z_callsZ_sqrt},
               {"strlen", Z_callsZ_strlen},
               {"memcmp", Z_callsZ_memcmp}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].name, name)) all[i].run(&instance, count);
}
