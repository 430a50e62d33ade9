enum e { A, B = 4, C = B << 2 | 1, D = -1, E = (char)200, F = sizeof(struct { int i; }) };
enum __attribute__((packed)) small { S };
enum big : unsigned long { T = 1ul << 40 };
enum ahead : short { AHEAD = -1 };
typedef enum { LONE = 0xffffffffffffffff } alone;
struct has { enum : long { X } a : 3; enum { Y } __attribute__((packed)) b[0]; };
