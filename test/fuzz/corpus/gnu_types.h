/* Types of GNU C. A false check is an array of -1 elements. */
_Complex int ci;
typedef _Complex char cc;
struct complex_member { char c; _Complex long long x; };
_Complex alone;
typedef char ok[sizeof(ci) == 8 && sizeof(cc) == 2 && sizeof(struct complex_member) == 24 && sizeof(alone) == 16 ? 1 : -1];
short _Complex complex_function(int _Complex a, long _Complex b);
typedef short short2 __attribute__((vector_size(4)));
short2 vector_function(short2 a);
struct decimals { _Decimal32 a; char b; _Decimal128 c; };
typedef char ok[sizeof(_Decimal64) == 8 && sizeof(struct decimals) == 32 ? 1 : -1];
void decimal_function(_Decimal64 *p);
extern int __seg_gs *segment;
typedef int A8 __attribute__((aligned(8)));
struct unit { int p; A8 a : 16; };
typedef char ok[sizeof(struct unit) == 8 ? 1 : -1];
struct c3 { char a[3]; };
struct c4 { char a[4]; };
typedef char ok[_Alignof(_Atomic struct c3) == 1 && _Alignof(_Atomic struct c4) == 4 ? 1 : -1];
struct star { char c; int *__attribute__((packed)) p; int *__attribute__((aligned(2))) q; };
typedef char ok[sizeof(struct star) == 24 ? 1 : -1];
struct __attribute__((aligned(16))) last { short c; } __attribute__((aligned(2)));
typedef char ok[_Alignof(struct last) == 2 ? 1 : -1];
#pragma pack(push, a, 2)
#pragma pack(push, 1)
#pragma pack(pop, a)
struct popped { char c; long l; };
typedef char ok[sizeof(struct popped) == 16 ? 1 : -1];
#pragma pack(push)
#pragma pack(1)
#pragma pack(pop, 2)
struct malformed { char c; long l; };
#pragma pack()
typedef char ok[_Alignof(struct malformed) == 1 ? 1 : -1];

__auto_type deduced = 5;
static const __auto_type deduced_real = 2.5;
_Static_assert(sizeof(deduced) == 4 && sizeof(deduced_real) == 8, "types of initializers");

int *__seg_gs *behind_gs, *const __seg_fs in_fs;
struct segments { int *__seg_gs *p; __builtin_ms_va_list list; };
typedef char ok[sizeof(struct segments) == 16 && sizeof(__builtin_ms_va_list) == 8 ? 1 : -1];

typedef *implicit;
static (*implicit_function)(void);
struct implicit_member { const *p, c; };
typedef char ok[__builtin_types_compatible_p(implicit, int *) && sizeof(implicit_function()) == 4 ? 1 : -1];
typedef char ok[sizeof(struct implicit_member) == 16 && sizeof(*(implicit)0) == 4 ? 1 : -1];
