/* SPDX-License-Identifier: MIT */
/* Code that TinyCC compiles for the signature, as the program runs. It knows neither complex numbers nor
 * __int128 nor vectors. */
#include "bench.h"
#include "peer.h"

#include <libtcc.h>
#include <stdio.h>
#include <string.h>

#define TEXT(...)                                        #__VA_ARGS__
#define TEXT_OF(...)                                     TEXT(__VA_ARGS__)
#define SLOT(k, member)                                  args[k].member
#define BEHIND(k, member)                                *(member *)args[k].ptr
#define ARGUMENTS(id, what, leaves, member, list, fixed) [CALLEE_##id] = TEXT_OF((list(SLOT, BEHIND))),
static const char *const arguments[] = {CALLEES(ARGUMENTS)};

static void be_quiet(void *unused, const char *message) {
    (void)unused, (void)message;
}

/* The state lives until the program ends: it owns the code. */
static void *compile(const struct shape *shape) {
    char        text[4096], type[256];
    const char *dots  = strchr(shape->parameters, ',');
    TCCState   *state = bench_need(tcc_new(), "TinyCC's state");
    for (unsigned i = 1; i < shape->fixed && dots; i++) dots = strchr(dots + 1, ',');
    if (shape->fixed == ALL) snprintf(type, sizeof type, "%s", shape->parameters);
    else snprintf(type, sizeof type, "%.*s, ...)", (int)(dots - shape->parameters), shape->parameters);
    snprintf(text, sizeof text,
             "typedef long long int64_t; typedef int int32_t; %s %s typedef long double extended;"
             "void code(int number, void (*address)(void), void *result, value *args) {"
             "%s%s%s ((%s (*)%s)address)%s; }",
             slot_types, plain_types, strcmp(shape->result, "void") ? "*(" : "",
             strcmp(shape->result, "void") ? shape->result : "",
             strcmp(shape->result, "void") ? " *)result = " : "", shape->result, type,
             arguments[shape->callee]);
    tcc_set_options(state, "-nostdlib");
    tcc_set_error_func(state, NULL, be_quiet);
    tcc_set_output_type(state, TCC_OUTPUT_MEMORY);
    if (tcc_compile_string(state, text) || tcc_relocate(state, TCC_RELOCATE_AUTO) < 0) return NULL;
    return tcc_get_symbol(state, "code");
}

static bool prepare(struct shape *shape, enum way way, struct call *call) {
    static void *codes[CALLEE_COUNT];
    (void)way;
    if (!codes[shape->callee]) codes[shape->callee] = compile(shape);
    *(void **)(void *)&call->by.code = codes[shape->callee];
    return codes[shape->callee] != NULL;
}

static bool ready(char *text, size_t size) {
    return snprintf(text, size, "libtcc, static") > 0;
}

static struct peer tcc = {
    .name = "TinyCC", .kind = KIND_COMPILED, .loops = loops_code, .ready = ready, .prepare = prepare};
PEER(tcc)
