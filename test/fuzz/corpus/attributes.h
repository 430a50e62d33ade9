#pragma pack(push, 2)
struct __attribute__((packed, aligned(8))) p { char c __attribute__((aligned(4))); double d; };
#pragma pack(pop)
typedef float v4 __attribute__((vector_size(16)));
typedef unsigned long w __attribute__((mode(QI)));
typedef union { int *i; float *f; } u __attribute__((transparent_union));
typedef int four __attribute__((mode(V4SI))); typedef union clear clear_too __attribute__((transparent_union));
void over(...) __attribute__((overloadable)); int list(clear_too, va_list, __m256d);
