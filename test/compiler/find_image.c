/* SPDX-License-Identifier: MIT */
/*
 * find_image IMAGE OBJECT: whether a compiled file of gen_layout.c holds the image. It begins with random
 * bytes, the marker, by which it is found in an object file of any format.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKER = 32 };

static unsigned char *contents(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    long  end;
    if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0) perror(path), exit(1);
    *size                = (size_t)end;
    unsigned char *bytes = malloc(*size + 1);
    rewind(file);
    if (!bytes || fread(bytes, 1, *size, file) != *size) perror(path), exit(1);
    fclose(file);
    return bytes;
}

static int find(const char *image_path, const char *object_path) {
    size_t         wanted_size, size, at = 0, wrong = 0;
    unsigned char *wanted = contents(image_path, &wanted_size), *object = contents(object_path, &size);
    while (at + wanted_size <= size && memcmp(object + at, wanted, MARKER)) at++;
    if (at + wanted_size > size) return printf("%s: the marker is not there\n", object_path), 1;
    for (size_t i = 0; i < wanted_size; i++) {
        if (object[at + i] == wanted[i]) continue;
        if (wrong++ < 5) printf("byte %zu is %02x, ours is %02x\n", i, object[at + i], wanted[i]);
    }
    printf("%zu of %zu bytes differ\n", wrong, wanted_size);
    free(wanted), free(object);
    return wrong != 0;
}

int main(int argc, char **argv) {
    if (argc != 3) return fputs("usage: find_image IMAGE OBJECT\n", stderr), 2;
    return find(argv[1], argv[2]);
}
