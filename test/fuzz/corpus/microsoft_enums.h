/* Enums as Microsoft's compiler has them: each is an int, and a constant that int does not hold is cut. Those with a
 * type of their own are as in C23. */
enum small { S0, S1, S2, S3 };
enum forced { FORCE = 0xffffffff, FORCED_NEXT };
enum large { LARGE = 1ull << 40, LARGE_NEXT, LARGE_LOW = 0x123456789aull };
enum mixed { MINUS = -1, HIGH = 0x80000000u };
enum last { LAST = 0x7fffffff, AFTER };
enum packed { ONE = 1 } __attribute__((packed));
enum byte : unsigned char { B3 = 3 };
enum wide : unsigned long long { W40 = 1ull << 40, W41 };
struct bits { enum small a : 2; enum byte b : 2; };
enum { UNNAMED = 3000000000 };
_Static_assert(FORCE == -1 && sizeof FORCE == 4 && FORCED_NEXT == 0, "FORCE");
_Static_assert(LARGE == 0 && LARGE_NEXT == 1 && LARGE_LOW == 0x3456789a, "LARGE");
_Static_assert(MINUS == -1 && HIGH == -2147483647 - 1 && AFTER == -2147483647 - 1, "HIGH");
_Static_assert(UNNAMED == -1294967296 && sizeof UNNAMED == 4, "UNNAMED");
_Static_assert((enum small)-1 < 0 && (enum forced)-1 < 0 && (enum large)-1 < 0, "signed");
_Static_assert(sizeof(enum small) == 4 && sizeof(enum large) == 4 && sizeof(enum packed) == 4, "int");
_Static_assert(sizeof(enum byte) == 1 && (enum byte)-1 > 0 && sizeof(enum wide) == 8 && W41 == (1ull << 40) + 1, "typed");
_Static_assert(sizeof W40 == 8 && sizeof(struct bits) == 8, "typed constants");
