/* Vectors of AArch64 as clang's arm_neon.h makes them. A false check is an array of -1 elements. */
typedef __attribute__((neon_vector_type(8))) signed char int8x8_t;
typedef __attribute__((neon_vector_type(4))) float float32x4_t;
typedef __attribute__((neon_polyvector_type(16))) unsigned char poly8x16_t;
typedef struct int8x8x3_t { int8x8_t val[3]; } int8x8x3_t;
struct beside { char c; float32x4_t v; };
int8x8_t vadd_s8(int8x8_t a, int8x8_t b);
typedef char ok[sizeof(int8x8_t) == 8 && sizeof(float32x4_t) == 16 && sizeof(poly8x16_t) == 16 ? 1 : -1];
typedef char ok[sizeof(int8x8x3_t) == 24 && sizeof(struct beside) == 32 && _Alignof(poly8x16_t) == 16 ? 1 : -1];
