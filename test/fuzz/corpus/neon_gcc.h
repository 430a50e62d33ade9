/* Vectors of AArch64 as gcc's arm_neon.h makes them. A false check is an array of -1 elements. */
typedef __Int8x8_t int8x8_t;
typedef __Uint64x1_t uint64x1_t;
typedef __Poly16x8_t poly16x8_t;
typedef __Float16x4_t float16x4_t;
typedef __Float64x2_t float64x2_t;
typedef __Bfloat16x8_t bfloat16x8_t;
typedef __Poly8_t poly8_t;
typedef __Poly128_t poly128_t;
typedef struct int8x8x3_t { int8x8_t val[3]; } int8x8x3_t;
struct beside { char c; float64x2_t v; char d; uint64x1_t w; };
typedef char ok[sizeof(int8x8_t) == 8 && sizeof(uint64x1_t) == 8 && sizeof(poly16x8_t) == 16 ? 1 : -1];
typedef char ok[sizeof(float16x4_t) == 8 && sizeof(float64x2_t) == 16 && sizeof(bfloat16x8_t) == 16 ? 1 : -1];
typedef char ok[sizeof(poly8_t) == 1 && (poly8_t)-1 > 0 && sizeof(poly128_t) == 16 ? 1 : -1];
typedef char ok[sizeof(int8x8x3_t) == 24 && sizeof(struct beside) == 48 && _Alignof(struct beside) == 16 ? 1 : -1];
