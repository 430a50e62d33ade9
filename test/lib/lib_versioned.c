/* SPDX-License-Identifier: MIT */
/*
 * A library whose symbols have versions (lib_versioned.map): a function with two of them, data, and a name
 * without one.
 */
int old_answer(void);
int new_answer(void);
int versioned_first(void);
int unversioned(void);

int versioned_data[3] = {1, 2, 3};

int old_answer(void) {
    return 1;
}

int new_answer(void) {
    return 2;
}

int versioned_first(void) {
    return 3;
}

int unversioned(void) {
    return 4;
}

__asm__(".symver old_answer, versioned_answer@FIRST\n"
        ".symver new_answer, versioned_answer@@SECOND");
