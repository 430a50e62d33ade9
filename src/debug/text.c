/* SPDX-License-Identifier: MIT */
/* The C text of a type in debug information. Parts that do not fit the caller's room are cut off. */
#include "debug/dwarf.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 512, MOST_DEPTH = 12 };

static void put_type(struct debug *debug, die *type, const char *inner, char *text, size_t size, int depth);

/* The type that an entry refers to, void if it refers to none. */
static void put_target(struct debug *debug, die *at, const char *inner, char *text, size_t size, int depth) {
    die target;
    if (die_reference(debug, at, AT_TYPE, &target)) put_type(debug, &target, inner, text, size, depth + 1);
    else snprintf(text, size, "void%s%s", *inner && *inner != '(' ? " " : "", inner);
}

static void append(char *text, size_t size, const char *more) {
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", more);
}

/* `inner(int, char *)` and the result before it. */
static void put_function(struct debug *debug, die *at, const char *inner, char *text, size_t size, int depth) {
    char        list[ROOM], one[ROOM];
    const char *between = "";
    die         parameter;
    snprintf(list, sizeof list, "%s(", inner);
    if (die_child(debug, at, &parameter)) do {
            int         tag  = die_tag(debug, &parameter);
            const char *name = tag == TAG_PARAMETER ? die_name(debug, &parameter) : NULL;
            if (tag != TAG_PARAMETER && tag != TAG_MORE) continue;
            if (tag == TAG_MORE) snprintf(one, sizeof one, "...");
            else put_target(debug, &parameter, name ? name : "", one, sizeof one, depth);
            append(list, sizeof list, between);
            append(list, sizeof list, one);
            between = ", ";
        } while (die_next(debug, &parameter));
    if (!*between) append(list, sizeof list, die_has(debug, at, AT_PROTOTYPED) ? "void" : "");
    append(list, sizeof list, ")");
    put_target(debug, at, list, text, size, depth);
}

static void put_array(struct debug *debug, die *at, const char *inner, char *text, size_t size, int depth) {
    char list[ROOM], one[32];
    die  range;
    snprintf(list, sizeof list, "%s", inner);
    if (die_child(debug, at, &range)) do {
            int64_t count = die_number(debug, &range, AT_COUNT, -1);
            if (count < 0) count = die_number(debug, &range, AT_UPPER_BOUND, -1) + 1;
            if (count) snprintf(one, sizeof one, "[%lld]", (long long)count);
            append(list, sizeof list, count ? one : "[]");
        } while (die_next(debug, &range));
    put_target(debug, at, list, text, size, depth);
}

/* Whether a pointer to the entry's type needs brackets. */
static bool binds_tighter(struct debug *debug, die *at) {
    die target;
    if (!die_reference(debug, at, AT_TYPE, &target)) return false;
    int tag = die_tag(debug, &target);
    return tag == TAG_SUBROUTINE || (tag == TAG_ARRAY && !die_has(debug, &target, AT_GNU_VECTOR));
}

static void put_pointer(struct debug *debug, die *at, const char *mark, const char *inner, char *text,
                        size_t size, int depth) {
    char pointer[ROOM];
    bool brackets = binds_tighter(debug, at);
    snprintf(pointer, sizeof pointer, "%s%s%s%s", brackets ? "(" : "", mark, inner, brackets ? ")" : "");
    put_target(debug, at, pointer, text, size, depth);
}

/* A qualifier stands before its type, but behind the `*` of a pointer. */
static void put_qualified(struct debug *debug, die *at, const char *word, const char *inner, char *text,
                          size_t size, int depth) {
    die  target;
    char more[ROOM];
    if (die_reference(debug, at, AT_TYPE, &target) && die_tag(debug, &target) == TAG_POINTER) {
        snprintf(more, sizeof more, "%s%s%s", word, *inner ? " " : "", inner);
        put_type(debug, &target, more, text, size, depth + 1);
        return;
    }
    size_t length = (size_t)snprintf(text, size, "%s ", word);
    if (length < size) put_target(debug, at, inner, text + length, size - length, depth);
}

static void put_named(const char *word, const char *name, const char *inner, char *text, size_t size) {
    snprintf(text, size, "%s%s%s%s", word, name ? name : "{...}", *inner ? " " : "", inner);
}

static void put_type(struct debug *debug, die *type, const char *inner, char *text, size_t size, int depth) {
    const char *name = die_name(debug, type);
    if (depth > MOST_DEPTH) {
        snprintf(text, size, "...");
        return;
    }
    switch (die_tag(debug, type)) {
    case TAG_POINTER: put_pointer(debug, type, "*", inner, text, size, depth); break;
    case TAG_REFERENCE: put_pointer(debug, type, "&", inner, text, size, depth); break;
    case TAG_SUBPROGRAM:
    case TAG_SUBROUTINE: put_function(debug, type, inner, text, size, depth); break;
    case TAG_ARRAY: put_array(debug, type, inner, text, size, depth); break;
    case TAG_CONST: put_qualified(debug, type, "const", inner, text, size, depth); break;
    case TAG_VOLATILE: put_qualified(debug, type, "volatile", inner, text, size, depth); break;
    case TAG_RESTRICT: put_qualified(debug, type, "restrict", inner, text, size, depth); break;
    case TAG_ATOMIC: put_qualified(debug, type, "_Atomic", inner, text, size, depth); break;
    case TAG_STRUCT: put_named("struct ", name, inner, text, size); break;
    case TAG_UNION: put_named("union ", name, inner, text, size); break;
    case TAG_ENUM: put_named("enum ", name, inner, text, size); break;
    default: put_named("", name ? name : "?", inner, text, size); break;
    }
}

void die_text(struct debug *debug, die *type, const char *name, char *text, size_t size) {
    put_type(debug, type, name, text, size, 0);
}
