#define O 1 + 1
#define P O * 2
#define PASTE(c) c ## L
#define STR_(...) #__VA_ARGS__
#define STR(x, rest...) STR_(x, ## rest)
#define OPT(a, ...) a __VA_OPT__(+ __VA_ARGS__)
#define f(x) x f
#define EMPTY
#pragma push_macro("O")
#undef O
#define O 3
#pragma pop_macro("O")
#define D1 D0 D0
#define D2 D1 D1
#define N(x) N(x) x
enum { A = PASTE(5), B = P, C = OPT(7) EMPTY };
char a[sizeof(STR(O, P))], b[sizeof(STR(x)) * 2];
extern "C" { int g(int); }
