/* SPDX-License-Identifier: MIT */
/* A module that brings its prototypes itself, in a custom section. */
__attribute__((import_module("m"), import_name("cbrt"))) double  cbrt(double);
__attribute__((import_module("c"), import_name("snprintf"))) int snprintf(char *, unsigned long, const char *,
                                                                          ...);

__asm__(".section .custom_section.ffi_invoke,\"\",@\n"
        ".ascii \"m.cbrt=double(double)\\n\"\n"
        ".ascii \"c.snprintf=int(char *, size_t, const char *, ...)\\n\"\n");

static char text[64];

__attribute__((export_name("root"))) double root(double value) {
    return cbrt(value);
}

__attribute__((export_name("digits"))) int digits(int value) {
    return snprintf(text, sizeof text, "%d%%", value);
}

__attribute__((export_name("wrong_format"))) int wrong_format(void) {
    return snprintf(text, sizeof text, "%y", 1);
}

__attribute__((export_name("past_the_end"))) int past_the_end(void) {
    return snprintf(text, sizeof text, "%s", (const char *)-4);
}
