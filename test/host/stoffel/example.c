#include <stdio.h>
#include "stoffel_vm.h"

// Example C callback function
int double_value(const StoffelValue* args, int arg_count, StoffelValue* result) {
    if (arg_count != 1 || args[0].value_type != STOFFEL_VALUE_INT) {
        return -1; // Error
    }
    
    result->value_type = STOFFEL_VALUE_INT;
    result->data.int_val = args[0].data.int_val * 2;
    return 0; // Success
}

int main() {
    // Create a VM instance
    VMHandle vm = stoffel_create_vm();
    
    // Register a foreign function
    stoffel_register_foreign_function(vm, "double", double_value);
    
    // Execute a VM function
    StoffelValue arg;
    arg.value_type = STOFFEL_VALUE_INT;
    arg.data.int_val = 21;
    
    StoffelValue result;
    int status = stoffel_execute_with_args(vm, "double", &arg, 1, &result);
    
    if (status == 0 && result.value_type == STOFFEL_VALUE_INT) {
        printf("Result: %lld\n", (long long)result.data.int_val);
    }
    
    // Clean up
    stoffel_destroy_vm(vm);
    
    return 0;
}
