/* SPDX-License-Identifier: MIT */
/*
 * The variables of a session: those that a line declares, the results $1, $2, ..., and the cells that a call names, such
 * as $fds. A variable stays until the session ends, even if a later one has its name: pointers may lead to it.
 */
#include "argument.h"
#include "complain.h"
#include "number.h"
#include "show.h"
#include "system.h"
#include "text.h"
#include "type.h"
#include "variable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct one {
    struct one      *next;
    const ffi_ctype *type;
    void            *at;
    bool             owned; /* by aligned_memory(); else of a block */
    char             name[];
};

struct variables {
    struct one      *last; /* the newest first */
    size_t           results;
    struct arguments kept; /* the blocks of calls */
};

struct variables *variables_new(void) {
    return calloc(1, sizeof(struct variables));
}

void variables_free(struct variables *variables) {
    if (!variables) return;
    for (struct one *one = variables->last, *next; one; one = next) {
        next = one->next;
        if (one->owned) aligned_free(one->at);
        free(one);
    }
    arguments_free(&variables->kept);
    freed_forget(0);
    free(variables);
}

static bool add(struct variables *variables, const char *name, const ffi_ctype *type, void *at, bool owned) {
    struct one *one = at ? malloc(sizeof *one + strlen(name) + 1) : NULL;
    if (!one) return complain(EXIT_FAILED, "there is no memory for a variable"), false;
    *one            = (struct one){variables->last, type, at, owned};
    variables->last = one;
    return strcpy(one->name, name), true;
}

void *variables_add(struct variables *variables, const char *name, const ffi_ctype *type) {
    void *at = aligned_memory(ffi_type_size(type), ffi_type_alignment(type));
    return add(variables, name, type, at, true) ? at : (aligned_free(at), NULL);
}

size_t variables_add_result(struct variables *variables, const ffi_ctype *type, const void *bytes) {
    char name[32];
    snprintf(name, sizeof name, "$%zu", variables->results + 1);
    void *at = variables_add(variables, name, type);
    if (!at) return 0;
    memcpy(at, bytes, ffi_type_size(type));
    return ++variables->results;
}

size_t variables_results(const struct variables *variables) {
    return variables->results;
}

/* The newest variable of a name; NULL if there is none. */
static const struct one *find(const struct variables *variables, struct span name) {
    const struct one *one = variables->last;
    while (one && (strlen(one->name) != name.length || memcmp(one->name, name.at, name.length) != 0))
        one = one->next;
    return one;
}

bool variables_each(const struct variables *variables, bool (*visit)(const char *name, void *userdata),
                    void                   *userdata) {
    const struct one *one = variables->last;
    while (one && (find(variables, span_of(one->name)) != one || visit(one->name, userdata))) one = one->next;
    return !one;
}

const ffi_ctype *variables_type(const struct variables *variables, const char *name) {
    const struct one *one = find(variables, span_of(name));
    return one ? one->type : NULL;
}

/* Adds the cells and buffers that have a name. */
static bool add_named(struct variables *variables, const struct arguments *arguments) {
    bool any = false;
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        const ffi_ctype *cell =
            block->form == BLOCK_BUFFER ? ffi_type_parse(arguments->context, "char") : block->type;
        size_t size = block->name ? ffi_type_size(cell) : 0;
        char   name[256];
        if (!size) continue;
        if (block->size != size) cell = ffi_type_array_of(arguments->context, cell, block->size / size);
        snprintf(name, sizeof name, "$%s", block->name);
        any |= cell && add(variables, name, cell, block->bytes, false);
    }
    return any;
}

void variables_keep_blocks(struct variables *variables, struct arguments *arguments) {
    if (!arguments->blocks) return;
    *arguments->end        = variables->kept.blocks;
    variables->kept.blocks = arguments->blocks;
    arguments->blocks      = NULL;
}

bool variables_place(const struct variables *variables, const void *address, char *text, size_t size) {
    return variables && arguments_place(&variables->kept, address, text, size);
}

void variables_keep(struct variables *variables, struct arguments *arguments, const ffi_ctype *type,
                    const void *result) {
    void *pointer = NULL;
    if (ffi_type_kind(type) == FFI_KIND_POINTER) memcpy(&pointer, result, sizeof pointer);
    bool used = add_named(variables, arguments);
    if (pointer && arguments_block(arguments, pointer)) used = true;
    if (used) variables_keep_blocks(variables, arguments);
}

/* ---- texts ---- */

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* The length of a name and of the path behind it: `p`, `$1->x[2]`; 0 if there is no name. */
static size_t path_length(const char *text, size_t *name) {
    size_t at = 0;
    while (is_letter(text[at])) at++;
    *name = at;
    if (!at || isdigit((unsigned char)*text)) return 0;
    for (;;) {
        size_t step = text[at] == '.' ? 1 : !strncmp(text + at, "->", 2) ? 2 : 0;
        if (step && (isalpha((unsigned char)text[at + step]) || text[at + step] == '_')) {
            at += step;
            while (is_letter(text[at])) at++;
        } else if (text[at] == '[' && strspn(text + at + 1, "0123456789") &&
                   text[at + 1 + strspn(text + at + 1, "0123456789")] == ']') {
            at += strcspn(text + at, "]") + 1;
        } else {
            return at;
        }
    }
}

enum found variables_find(const struct variables *variables, struct span text, const ffi_ctype **type,
                          void **at) {
    if (text.length && *text.at == '*') { /* C's `*p` is `p[0]` */
        enum found found = variables_find(variables, (struct span){text.at + 1, text.length - 1}, type, at);
        return found == FOUND && !variable_follow(type, at, "[0]") ? FOUND_WRONG : found;
    }
    size_t      name = 0, length = variables && text.length ? path_length(text.at, &name) : 0;
    const char *path = text.at + name;
    if (!length || length != text.length) return FOUND_NONE;
    const struct one *one = find(variables, (struct span){text.at, name});
    if (one) {
        char *rest = text_copy(path, length - name);
        *type      = one->type;
        *at        = one->at;
        bool good  = rest && variable_follow(type, at, rest);
        return free(rest), good ? FOUND : FOUND_WRONG;
    }
    if (*text.at != '$') return FOUND_NONE;
    if (isdigit((unsigned char)text.at[1]))
        complain(EXIT_FAILED, "there is no result %.*s; the last one is $%zu", (int)name, text.at,
                 variables->results);
    else complain(EXIT_FAILED, "no call has named a cell %.*s", (int)name, text.at);
    return FOUND_WRONG;
}

static bool is_number(const ffi_ctype *type) {
    ffi_kind kind = machine_kind(type);
    return kind != FFI_KIND_VOID && kind < FFI_KIND_POINTER;
}

struct number_at {
    const ffi_ctype *type;
    const void      *at;
};

static void put_number(FILE *out, const void *what) {
    const struct number_at *number = what;
    show_value(out, number->type, number->at, false);
}

char *variables_number(const ffi_ctype *type, const void *at) {
    if (ffi_type_kind(type) == FFI_KIND_ENUM) type = ffi_type_target(type);
    return is_number(type) ? system_written(put_number, &(struct number_at){type, at}) : NULL;
}

/* Behind a constant in quotes. */
static const char *skip_quoted(const char *at) {
    at = quote_end(at);
    return *at ? at + 1 : at;
}

struct text {
    const struct variables *variables;
    const char             *at;
    bool                    wrong;
};

static void put_text(FILE *out, const void *what) {
    struct text     *text = (struct text *)what;
    const ffi_ctype *type;
    void            *at;
    for (const char *from = text->at; *from && !text->wrong;) {
        size_t      name, length = is_letter(*from) ? path_length(from, &name) : 0;
        const char *next = *from == '"' || *from == '\'' ? skip_quoted(from) : from + (length ? length : 1);
        enum found  found =
            length ? variables_find(text->variables, (struct span){from, length}, &type, &at) : FOUND_NONE;
        char *digits = found == FOUND ? variables_number(type, at) : NULL;
        text->wrong  = found == FOUND_WRONG;
        if (is_letter(*from) && !length)
            while (is_letter(*next) || *next == '.') next++; /* a number */
        if (digits) fprintf(out, "(%s)", digits);
        else fwrite(from, 1, (size_t)(next - from), out);
        free(digits);
        from = next;
    }
}

char *variables_in_text(const struct variables *variables, const char *text) {
    struct text all    = {.variables = variables, .at = text};
    char       *result = system_written(put_text, &all);
    if (!result) complain(EXIT_FAILED, "there is no memory for the line");
    if (!all.wrong) return result;
    return free(result), NULL;
}

/* ---- values ---- */

static bool refuse_variable(const struct reader *reader, struct span text, const ffi_ctype *type,
                            const ffi_ctype *own) {
    char  how[300];
    char *name = type_text(own);
    snprintf(how, sizeof how, "is of type %.200s and no value of", name ? name : "?");
    return free(name), refuse_type(reader, text, how, type, "");
}

/* Whether a pointer may point to an object of a type. */
static bool may_point_to(const ffi_ctype *pointer, const ffi_ctype *type) {
    const ffi_ctype *target = ffi_type_target(pointer);
    return ffi_type_kind(target) == FFI_KIND_VOID || ffi_type_equal_unqualified(target, type) ||
           (ffi_type_size(target) == 1 && ffi_type_size(type) == 1);
}

static bool read_address(struct reader *reader, struct span text, const ffi_ctype *type, const ffi_ctype *own,
                         void *at, void *to) {
    bool array = ffi_type_kind(own) == FFI_KIND_ARRAY && may_point_to(type, ffi_type_target(own));
    if (ffi_type_kind(type) != FFI_KIND_POINTER || (!array && !may_point_to(type, own)))
        return refuse_variable(reader, text, type, own);
    return memcpy(to, &at, sizeof at), true;
}

enum found variables_read(struct reader *reader, const ffi_ctype *type, struct span text, void *to) {
    const struct variables *variables = reader->arguments->variables;
    const ffi_ctype        *own;
    void                   *at;
    bool                    address = text.length && *text.at == '&';
    struct span             path    = {text.at + address, text.length - address};
    enum found              found   = variables_find(variables, path, &own, &at);
    if (found != FOUND) return found;
    bool  same = ffi_type_equal_unqualified(type, own), array = ffi_type_kind(own) == FFI_KIND_ARRAY;
    char *digits = NULL;
    if (address || (array && ffi_type_kind(type) == FFI_KIND_POINTER))
        return read_address(reader, text, type, own, at, to) ? FOUND : FOUND_WRONG;
    if (same || (ffi_type_kind(type) == FFI_KIND_POINTER && ffi_type_kind(own) == FFI_KIND_POINTER &&
                 (may_point_to(type, ffi_type_target(own)) || may_point_to(own, ffi_type_target(type)))))
        return memcpy(to, at, ffi_type_size(type)), FOUND;
    if (!is_number(type) || !(digits = variables_number(own, at)))
        return refuse_variable(reader, text, type, own), FOUND_WRONG;
    bool good = value_read(reader, type, digits, to);
    return free(digits), good ? FOUND : FOUND_WRONG;
}
