/* SPDX-License-Identifier: MIT */
/* The list of ABIs. A new one is one folder in arch/ and one line here. */
#include "abi.h"

#include "util.h"

const struct abi *const abis[] = {&abi_sysv,    &abi_win64,       &abi_msvc, &abi_vectorcall,
                                  &abi_aapcs64, &abi_apple_arm64, NULL};

static bool is(const char *name, const char *text, size_t length) {
    return name && strlen(name) == length && !memcmp(name, text, length);
}

const struct abi *abi_named(const char *name, size_t length) {
    for (size_t i = 0; abis[i]; i++)
        if (is(abis[i]->name, name, length) || is(abis[i]->attribute, name, length)) return abis[i];
    return NULL;
}

const char *ffi_abi_name(size_t index) {
    return index < countof(abis) - 1 ? abis[index]->name : NULL;
}
