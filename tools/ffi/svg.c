/* SPDX-License-Identifier: MIT */
/*
 * Pictures in SVG: the bytes of a record, eight in a row, with members, holes and cache lines; and a plan, with arrows from
 * the arguments to their registers. Colours are those of the reader's page, light or dark, but for the members' own.
 */
#include "complain.h"
#include "show.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

enum { CELL = 64, ROW = 30, LEFT = 60, TOP = 40, BYTES = 8, CACHE_LINE = 64, MOST_ROWS = 512 };

static void put_text(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) switch (text[i]) {
        case '<': fputs("&lt;", stdout); break;
        case '>': fputs("&gt;", stdout); break;
        case '&': fputs("&amp;", stdout); break;
        case '"': fputs("&quot;", stdout); break;
        default: putchar(text[i]); break;
        }
}

static void put_label(int x, int y, const char *anchor, const char *text, size_t length) {
    printf("<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    put_text(text, length);
    printf("</text>\n");
}

static void begin(int width, int height) {
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
           "font-family=\"monospace\" font-size=\"12\" fill=\"#24292f\">\n"
           "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
           width, height, width, height, width, height);
}

/* ---- records ---- */

static const char *const colours[] = {"#b6d7f2", "#c9e7c1", "#f7dfa8", "#f2c6c6", "#d9cdf0", "#bfe3df"};

/* The bytes from `from` up to `to`, in each of their rows; the longest part has the name. */
static void put_bytes(size_t from, size_t to, const char *colour, const char *name) {
    size_t named = from; /* where the first row with most of the bytes begins */
    if (from / BYTES != (to - 1) / BYTES &&
        BYTES - from % BYTES < (to - from > BYTES ? BYTES : (to - 1) % BYTES + 1))
        named = (from / BYTES + 1) * BYTES;
    for (size_t at = from; at < to; at = (at / BYTES + 1) * BYTES) {
        size_t end = (at / BYTES + 1) * BYTES < to ? (at / BYTES + 1) * BYTES : to;
        int    x = LEFT + (int)(at % BYTES) * CELL, y = TOP + (int)(at / BYTES) * ROW,
            width = (int)(end - at) * CELL;
        printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"#57606a\"/>\n", x, y,
               width, ROW, colour);
        size_t room = (size_t)width / 8, length = strlen(name);
        if (at == named)
            put_label(x + width / 2, y + ROW / 2 + 4, "middle", name, length < room ? length : room);
    }
}

/* Members in the order of their offsets; of a union all begin at 0, and the largest is drawn last but named by all. */
static void put_members(const ffi_ctype *type) {
    ffi_field field;
    size_t    end = 0;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        size_t from = field.offset + (field.is_bits ? field.bit_offset / 8 : 0);
        size_t bits = field.is_bits ? field.bit_offset % 8 + field.bit_width : ffi_type_size(field.type) * 8;
        size_t to   = from + (bits + 7) / 8;
        if (from > end) put_bytes(end, from, "#eaeef2", "hole");
        if (to > from)
            put_bytes(from, to, colours[i % (sizeof colours / sizeof *colours)],
                      field.name ? field.name : "{...}");
        if (to > end) end = to;
    }
    if (end < ffi_type_size(type)) put_bytes(end, ffi_type_size(type), "#eaeef2", "padding");
}

int svg_layout(const ffi_ctype *type, const char *title) {
    size_t size = ffi_type_size(type), rows = (size + BYTES - 1) / BYTES;
    if (!is_record(type)) return complain(EXIT_FAILED, "%s is no struct or union to draw", title);
    if (rows > MOST_ROWS)
        return complain(EXIT_FAILED, "%s is too large to draw: it has %zu bytes", title, size);
    begin(LEFT + BYTES * CELL + 20, TOP + (int)rows * ROW + 20);
    char head[128];
    snprintf(head, sizeof head, "%.80s: %zu bytes, alignment %zu", title, size, ffi_type_alignment(type));
    put_label(LEFT, 22, "start", head, strlen(head));
    for (size_t row = 0; row < rows; row++) {
        snprintf(head, sizeof head, "%zu", row * BYTES);
        put_label(LEFT - 8, TOP + (int)row * ROW + ROW / 2 + 4, "end", head, strlen(head));
    }
    put_members(type);
    for (size_t row = CACHE_LINE / BYTES; row < rows; row += CACHE_LINE / BYTES)
        printf("<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#cf222e\" stroke-width=\"2\"/>\n",
               LEFT - 40, LEFT + BYTES * CELL + 10, TOP + (int)row * ROW, TOP + (int)row * ROW);
    printf("</svg>\n");
    return finish_output(stdout);
}

/* ---- plans ---- */

static size_t trimmed_length(const char *text, size_t length) {
    while (length && text[length - 1] == ' ') length--;
    return length;
}

/* A line of a plan, `  arg 0     int  -> rdi`: two boxes and an arrow between them. */
static void put_move(const char *line, size_t length, int y, int width) {
    enum { GAP = 60 };
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)length, line);
    char *right = strstr(text, " -> "), *left = strstr(text, " <- "), *arrow = right ? right : left;
    char *words = text + strspn(text, " ");
    if (arrow) *arrow = 0;
    char *place = arrow ? arrow + 4 : NULL;
    printf("<rect x=\"10\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#57606a\"/>\n", y,
           width, ROW - 6, colours[left ? 1 : 0]);
    put_label(18, y + 16, "start", words, trimmed_length(words, strlen(words)));
    if (!place) return;
    place += strspn(place, " ");
    printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#57606a\"/>\n",
           10 + width + GAP, y, width, ROW - 6, colours[2]);
    put_label(18 + width + GAP, y + 16, "start", place, trimmed_length(place, strlen(place)));
    int from = 10 + width + (left ? GAP : 0), to = 10 + width + (left ? 0 : GAP), tip = left ? 8 : -8;
    printf("<path d=\"M%d %dH%dm%d -4l%d 4l%d 4\" fill=\"none\" stroke=\"#24292f\"/>\n", from, y + 12, to, tip,
           -tip, tip);
}

int svg_plan(const char *plan) {
    int lines = 0, width = 0;
    for (const char *at = plan; *at; at += strspn(at, "\n"), lines++) {
        size_t      length = strcspn(at, "\n");
        const char *arrow  = strstr(at, " -> ");
        if (lines && arrow && arrow < at + length && 8 * (int)(arrow - at) > width)
            width = 8 * (int)(arrow - at);
        at += length;
    }
    if (width < 160) width = 160;
    begin(2 * width + 80, 40 + lines * ROW);
    put_label(10, 22, "start", plan, strcspn(plan, "\n"));
    int y = 36;
    for (const char *line = plan + strcspn(plan, "\n"); *(line += strspn(line, "\n")); y += ROW) {
        size_t length = strcspn(line, "\n");
        put_move(line, length, y, width);
        line += length;
    }
    printf("</svg>\n");
    return finish_output(stdout);
}
