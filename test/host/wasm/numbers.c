/* SPDX-License-Identifier: MIT */
/* Numbers whose types differ on the two sides, and records of one member, which clang passes as that member. */
#define IMPORT(name, as) __attribute__((import_module("c"), import_name(name))) as
#define EXPORT(name)     __attribute__((export_name(#name)))

__asm__(".section .custom_section.ffi_invoke,\"\",@\n"
        ".ascii \"c.atol=long(const char *)\\n\"\n"
        ".ascii \"c.htons=uint16_t(uint16_t)\\n\"\n"
        ".ascii \"c.labs=long(long)\\n\"\n"
        ".ascii \"c.strlen=size_t(const char *)\\n\"\n"
        ".ascii \"c.strrchr=char *(const char *, int)\\n\"\n");

IMPORT("atol", long atol(const char *));
IMPORT("htons", int htons(int));
IMPORT("labs", long labs(long));
IMPORT("strlen", unsigned long strlen(const char *));
IMPORT("strrchr", char *strrchr(const char *, int));

EXPORT(fits) long fits(void) {
    return atol("-2000000000");
}

EXPORT(too_long) long too_long(void) {
    return atol("5000000000");
}

EXPORT(swapped) int swapped(int number) {
    return htons(number);
}

EXPORT(absolute) long absolute(long number) {
    return labs(number);
}

/* A text in memory that was not there when an import was called first. */
EXPORT(grown) int grown(void) {
    int   before = (int)strlen("text");
    char *text   = (char *)(__builtin_wasm_memory_grow(0, 1) * 65536);
    for (int i = 0; i < 300; i++) text[i] = 'a';
    text[200] = 'b';
    return before + (int)strlen(text) + (strrchr(text, 'b') == text + 200);
}
