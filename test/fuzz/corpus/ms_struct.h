/* Records with ms_struct, as clang for WebAssembly has them. A false check is an array of -1 elements. */
typedef long double unaligned_long __attribute__((aligned(1)));
typedef _BitInt(32) unaligned_bits __attribute__((aligned(1)));
typedef int unaligned_int __attribute__((aligned(1)));
#pragma ms_struct on
struct scalars { char c; unaligned_int i; };
struct atomics { char c; _Atomic unaligned_long l; };
struct bit_ints { char c; unaligned_bits b; };
struct last { char a : 3; int : 0; short b : 2; short : 0; };
#pragma pack(push, 1)
struct packed_last { char c; int i; short a : 2; short : 0; };
#pragma pack(pop)
#pragma ms_struct off
typedef char ok[sizeof(struct scalars) == 8 && sizeof(struct atomics) == 17 && sizeof(struct bit_ints) == 5 ? 1 : -1];
typedef char ok[sizeof(struct last) == 8 && sizeof(struct packed_last) == 8 ? 1 : -1];
