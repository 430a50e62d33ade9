static const double E = 2.5e-3, F = -0x1.8p+3L, G = 1.5f / 3;
static const float H = (float)1e400, I = .5;
enum { A = (int)1.9, B = 1.0 < 2, C = !0.0, D = 1.5 ? 2 : 3 };
char g[_Generic(1L, int: 5, default: 9, long: 7)], h[_Generic("a", char *: 1, default: 2)];
char b[__builtin_popcount(0xff) + __builtin_clz(1) + __builtin_ffs(4) + __builtin_bswap16(1) % 3];
char s[__builtin_strlen("abc") + __builtin_constant_p(3) + (__builtin_expect(4, 1) > 2)];
enum e { X = -1, Y = 0xffffffff }; enum c : unsigned char { RED };
#define INF (-__builtin_inff())
#define NAN_ __builtin_nan("")
#define TEXT L"a" "\u1234\x7f"
__extension__ _Static_assert(sizeof(int) == 4, "int");
