import ctypes
from ctypes import c_void_p, c_char_p, c_int, c_int64, Structure, Union, POINTER

# Load the library
lib = ctypes.cdll.LoadLibrary("libstoffel_vm.so")  # Adjust path as needed

# Define the types
class StoffelValueType(ctypes.c_int):
    UNIT = 0
    INT = 1
    FLOAT = 2
    BOOL = 3
    STRING = 4
    OBJECT = 5
    ARRAY = 6
    FOREIGN = 7
    CLOSURE = 8

class StoffelValueData(Union):
    _fields_ = [
        ("int_val", c_int64),
        ("float_val", ctypes.c_double),
        ("bool_val", ctypes.c_int),
        ("string_val", c_char_p),
        ("object_id", ctypes.c_size_t),
        ("array_id", ctypes.c_size_t),
        ("foreign_id", ctypes.c_size_t),
        ("closure_id", ctypes.c_size_t),
    ]

class StoffelValue(Structure):
    _fields_ = [
        ("value_type", StoffelValueType),
        ("data", StoffelValueData),
    ]

# Set up function signatures
lib.stoffel_create_vm.restype = c_void_p
lib.stoffel_destroy_vm.argtypes = [c_void_p]
lib.stoffel_execute.argtypes = [c_void_p, c_char_p, POINTER(StoffelValue)]
lib.stoffel_execute.restype = c_int

# Use the VM
vm = lib.stoffel_create_vm()

# What the document leaves to the reader: a callback, native code, strings, and what fails.
CALLBACK = ctypes.CFUNCTYPE(c_int, POINTER(StoffelValue), c_int, POINTER(StoffelValue))
lib.stoffel_execute_with_args.argtypes = [c_void_p, c_char_p, POINTER(StoffelValue), c_int, POINTER(StoffelValue)]
lib.stoffel_register_foreign_function.argtypes = [c_void_p, c_char_p, CALLBACK]
lib.stoffel_register_native_function.argtypes = [c_void_p, c_char_p, c_char_p, c_char_p]
lib.stoffel_create_string.argtypes = [c_void_p, c_char_p, POINTER(StoffelValue)]
lib.stoffel_last_error.restype = c_char_p

@CALLBACK
def add(args, count, result):
    if count != 2:
        return -1
    result[0].value_type = StoffelValueType.INT
    result[0].data.int_val = args[0].data.int_val + args[1].data.int_val
    return 0

@CALLBACK
def answer(args, count, result):
    result[0].value_type = StoffelValueType.INT
    result[0].data.int_val = 42
    return 0

def integer(number):
    return StoffelValue(StoffelValueType.INT, StoffelValueData(int_val=number))

result = StoffelValue()
assert lib.stoffel_register_foreign_function(vm, b"add", add) == 0
assert lib.stoffel_register_foreign_function(vm, b"answer", answer) == 0
assert lib.stoffel_execute(vm, b"answer", result) == 0
print("answer:", result.data.int_val)
assert lib.stoffel_execute_with_args(vm, b"add", (StoffelValue * 2)(integer(40), integer(2)), 2, result) == 0
print("add:", result.data.int_val)
assert lib.stoffel_register_native_function(vm, b"m", b"pow", b"double pow(double x, double y)") == 0
assert lib.stoffel_execute_with_args(vm, b"pow", (StoffelValue * 2)(integer(2), integer(10)), 2, result) == 0
print("pow:", result.data.float_val)
text = StoffelValue()
assert lib.stoffel_create_string(vm, b"ten", text) == 0
print("string:", text.data.string_val.decode())
assert lib.stoffel_execute_with_args(vm, b"pow", (StoffelValue * 2)(integer(2), text), 2, result) != 0
print("error:", lib.stoffel_last_error().decode())

lib.stoffel_destroy_vm(vm)
