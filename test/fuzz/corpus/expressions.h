#define ONE 1
#define TWO (ONE + ONE)
static const int x = TWO ? 'a' : "b"[0];
char y[__builtin_offsetof(struct { int a, b[3]; }, b[1]) + (1 ? 2 : 1 / 0)];
_Static_assert(sizeof(int) == 4 && _Alignof(double) == 8, "sizes");
