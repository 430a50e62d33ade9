package main

/*
#cgo LDFLAGS: -lstoffel_vm
#include <stdlib.h>
#include "stoffel_vm.h"

// A callback in Go: cgo exports it to C.
extern int goTriple(StoffelValue *args, int count, StoffelValue *result);

static int triple(const StoffelValue *args, int count, StoffelValue *result) {
    return goTriple((StoffelValue *)args, count, result);
}
static int register_triple(VMHandle vm) {
    return stoffel_register_foreign_function(vm, "triple", triple);
}
static StoffelValue integer(int64_t number) {
    StoffelValue value = {STOFFEL_VALUE_INT, {.int_val = number}};
    return value;
}
static int64_t number_of(StoffelValue value) { return value.data.int_val; }
*/
import "C"
import (
    "fmt"
    "unsafe"
)

//export goTriple
func goTriple(args *C.StoffelValue, count C.int, result *C.StoffelValue) C.int {
    if count != 1 {
        return -1
    }
    *result = C.integer(3 * C.number_of(*args))
    return 0
}

func main() {
    // Create a VM instance
    vm := C.stoffel_create_vm()
    defer C.stoffel_destroy_vm(vm)

    name := C.CString("triple")
    defer C.free(unsafe.Pointer(name))
    if C.register_triple(vm) != 0 {
        panic(C.GoString(C.stoffel_last_error()))
    }
    arg := C.integer(14)
    var result C.StoffelValue
    if C.stoffel_execute_with_args(vm, name, &arg, 1, &result) != 0 {
        panic(C.GoString(C.stoffel_last_error()))
    }
    fmt.Println("triple:", int64(C.number_of(result)))
}
