/* SPDX-License-Identifier: MIT */
/* Values of each type through the VM, strings and who frees them, objects, and everything that fails. Prints
 * "good". */
#include "stoffel_vm.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                                                       \
    do                                                                                                         \
        if (!(condition)) return printf("line %d: %s: %s\n", __LINE__, #condition, stoffel_last_error()), 1;   \
    while (0)
#ifdef _WIN32
#define STRDUP "_strdup"
#else
#define STRDUP "strdup"
#endif
#define FAILS(call, part) CHECK((call) != 0 && strstr(stoffel_last_error(), part))

static int same(const StoffelValue *args, int count, StoffelValue *result) {
    if (count != 1) return -7;
    *result = args[0];
    return 0;
}

static int sum(const StoffelValue *args, int count, StoffelValue *result) {
    result->value_type = STOFFEL_VALUE_INT;
    for (int i = 0; i < count; i++) result->data.int_val += args[i].data.int_val;
    return 0;
}

static int unknown(const StoffelValue *args, int count, StoffelValue *result) {
    (void)args, (void)count;
    result->value_type = (StoffelValueType)99;
    return 0;
}

static int invents(const StoffelValue *args, int count, StoffelValue *result) {
    (void)args, (void)count;
    *result = (StoffelValue){STOFFEL_VALUE_FOREIGN, {.foreign_id = 0x1234}};
    return 0;
}

/* An id that the VM has not made is an error, whoever gives it. */
static int foreign_ids(VMHandle vm) {
    VMHandle     other = stoffel_create_vm();
    StoffelValue value, result, first;
    char         memory[100];
    CHECK(other && !stoffel_register_foreign_function(vm, "invents", invents));
    CHECK(!stoffel_register_native_function(vm, "c", "memset", "void *memset(void *, int, size_t)"));
    FAILS(stoffel_execute(vm, "invents", &result), "no foreign object with the id 4660");
    CHECK(!stoffel_register_foreign_object(vm, memory, &first));
    for (int i = 0; i < 70; i++) CHECK(!stoffel_register_foreign_object(vm, &memory[i], &value));
    const size_t ids[] = {0,
                          1,
                          0xdeadbeef,
                          (size_t)memory,
                          (size_t)-1,
                          value.data.foreign_id + 1,
                          first.data.foreign_id - 100,
                          first.data.foreign_id ^ (size_t)1 << 40};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        StoffelValue args[3] = {{STOFFEL_VALUE_FOREIGN, {.foreign_id = ids[i]}},
                                {STOFFEL_VALUE_INT, {.int_val = 'x'}},
                                {STOFFEL_VALUE_INT, {.int_val = 1}}};
        FAILS(stoffel_execute_with_args(vm, "same", args, 1, &result), "no foreign object with the id");
        FAILS(stoffel_execute_with_args(vm, "memset", args, 3, &result), "no foreign object with the id");
    }
    StoffelValue args[3] = {value, {STOFFEL_VALUE_INT, {.int_val = 'x'}}, {STOFFEL_VALUE_INT, {.int_val = 2}}};
    CHECK(!stoffel_execute_with_args(vm, "memset", args, 3, &result) && memory[69] == 'x' && memory[70] == 'x');
    args[0] = result, args[1].data.int_val = 'y';
    CHECK(!stoffel_execute_with_args(vm, "memset", args, 3, NULL) && memory[69] == 'y');
    CHECK(!stoffel_register_foreign_object(other, memory, &value));
    FAILS(stoffel_execute_with_args(vm, "same", &value, 1, &result), "no foreign object with the id");
    stoffel_destroy_vm(other);
    return 0;
}

int main(void) {
    VMHandle     vm = stoffel_create_vm();
    StoffelValue value, result, many[40];
    CHECK(vm);
    CHECK(!stoffel_register_foreign_function(vm, "same", same));
    CHECK(!stoffel_register_foreign_function(vm, "sum", sum));
    CHECK(!stoffel_register_foreign_function(vm, "unknown", unknown));
    FAILS(stoffel_register_foreign_function(vm, "same", same), "a function 'same' already");
    FAILS(stoffel_register_foreign_function(NULL, "x", same), "handle is NULL");
    FAILS(stoffel_register_foreign_function(vm, NULL, same), "name is NULL");
    FAILS(stoffel_register_foreign_function(vm, "x", NULL), "func is NULL");

    for (int type = STOFFEL_VALUE_UNIT; type <= STOFFEL_VALUE_CLOSURE; type++) {
        int number;
        memset(&value, 0, sizeof value);
        value.value_type = (StoffelValueType)type;
        if (type == STOFFEL_VALUE_FLOAT) value.data.float_val = 1.5;
        else if (type == STOFFEL_VALUE_BOOL) value.data.bool_val = 1;
        else if (type == STOFFEL_VALUE_STRING) value.data.string_val = "text";
        else if (type == STOFFEL_VALUE_FOREIGN) CHECK(!stoffel_register_foreign_object(vm, &number, &value));
        else if (type != STOFFEL_VALUE_UNIT) value.data.int_val = type == STOFFEL_VALUE_INT ? -5 : 5;
        CHECK(!stoffel_execute_with_args(vm, "same", &value, 1, &result));
        CHECK(result.value_type == value.value_type);
        if (type == STOFFEL_VALUE_STRING) {
            CHECK(!strcmp(result.data.string_val, "text") && result.data.string_val != value.data.string_val);
            stoffel_free_string((char *)result.data.string_val);
        } else {
            CHECK(result.data.int_val == value.data.int_val);
        }
    }
    CHECK(!stoffel_execute_with_args(vm, "same", &value, 1, NULL));
    for (int i = 0; i < 40; i++) many[i] = (StoffelValue){STOFFEL_VALUE_INT, {.int_val = i}};
    CHECK(!stoffel_execute_with_args(vm, "sum", many, 40, &result) && result.data.int_val == 780);
    CHECK(!stoffel_execute(vm, "sum", &result) && result.data.int_val == 0);
    FAILS(stoffel_execute(vm, "same", &result), "same failed with -7");
    FAILS(stoffel_execute(vm, "nothing", &result), "no function 'nothing'");
    FAILS(stoffel_execute(vm, "unknown", &result), "unknown type 99");
    FAILS(stoffel_execute(NULL, "same", &result), "handle is NULL");
    FAILS(stoffel_execute(vm, NULL, &result), "function_name is NULL");
    FAILS(stoffel_execute_with_args(vm, "same", NULL, 1, &result), "args is NULL");
    FAILS(stoffel_execute_with_args(vm, "same", many, -1, &result), "args is NULL");
    many[0].value_type = (StoffelValueType)-1;
    FAILS(stoffel_execute_with_args(vm, "same", many, 1, &result), "unknown type -1");

    CHECK(!stoffel_create_string(vm, "one", &value) && !stoffel_create_string(vm, "two", &result));
    CHECK(value.value_type == STOFFEL_VALUE_STRING && !strcmp(value.data.string_val, "one"));
    stoffel_free_string((char *)value.data.string_val);
    stoffel_free_string(NULL);
    FAILS(stoffel_create_string(vm, NULL, &value), "str is NULL");
    FAILS(stoffel_create_string(vm, "x", NULL), "result is NULL");
    FAILS(stoffel_create_string(NULL, "x", &value), "handle is NULL");
    FAILS(stoffel_register_foreign_object(vm, NULL, &value), "pointer is NULL");
    CHECK(!foreign_ids(vm));

    CHECK(!stoffel_register_native_function(vm, "c", "strlen", "size_t strlen(const char *text)"));
    CHECK(!stoffel_execute_with_args(vm, "strlen", &result, 1, &value) && value.data.int_val == 3);
    CHECK(!stoffel_register_native_function(vm, "c", STRDUP, "own(free) char *" STRDUP "(const char *)"));
    CHECK(!stoffel_execute_with_args(vm, STRDUP, &result, 1, &value) && !strcmp(value.data.string_val, "two"));
    CHECK(!stoffel_register_native_function(vm, "c", "calloc", "own(free) void *calloc(size_t, size_t)"));
    many[0] = many[1] = (StoffelValue){STOFFEL_VALUE_INT, {.int_val = 8}};
    CHECK(!stoffel_execute_with_args(vm, "calloc", many, 2, &value) &&
          value.value_type == STOFFEL_VALUE_FOREIGN);
    CHECK(!stoffel_register_native_function(vm, "c", "memchr", "void *memchr(const void *, int, size_t)"));
    many[0] = (StoffelValue){STOFFEL_VALUE_STRING, {.string_val = "abc"}};
    many[1] = (StoffelValue){STOFFEL_VALUE_INT, {.int_val = 'b'}};
    many[2] = (StoffelValue){STOFFEL_VALUE_INT, {.int_val = 3}};
    CHECK(!stoffel_execute_with_args(vm, "memchr", many, 3, &value) &&
          value.value_type == STOFFEL_VALUE_FOREIGN);
    many[0] = value;
    CHECK(!stoffel_execute_with_args(vm, "memchr", many, 3, &value) &&
          value.value_type == STOFFEL_VALUE_FOREIGN);
    many[1].data.int_val = 'z', many[2].data.int_val = 1;
    CHECK(!stoffel_execute_with_args(vm, "memchr", many, 3, &value) && value.value_type == STOFFEL_VALUE_UNIT);
    FAILS(stoffel_register_native_function(vm, "no_such_library", "x", "int(int)"), "no_such_library");
    FAILS(stoffel_register_native_function(vm, "c", "no_such_name", "int(int)"), "no_such_name");
    stoffel_destroy_vm(vm);
    stoffel_destroy_vm(NULL);
    puts("good");
    return 0;
}
