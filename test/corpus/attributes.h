#pragma pack(push, 2)
struct __attribute__((packed, aligned(8))) p { char c __attribute__((aligned(4))); double d; };
#pragma pack(pop)
typedef float v4 __attribute__((vector_size(16)));
typedef unsigned long w __attribute__((mode(QI)));
typedef union { int *i; float *f; } u __attribute__((transparent_union));
