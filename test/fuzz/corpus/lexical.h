/* Words and lines as only C has them. A false check is an array of -1 elements. */
int größe; extern int 変数;
int a<:3:>; struct digraph <% char c; int i; %>;
typedef char ok[sizeof(größe) == 4 && sizeof(a) == 12 && sizeof(struct digraph) == 8 ? 1 : -1];
%:define SEVEN 7
int f\
oo(int);
// a comment \
that goes on
typedef str\
uct { char c[SEV\
EN]; } seven;
typedef char ok[sizeof(seven) == 7 && sizeof(foo(1)) == 4 ? 1 : -1];
enum { gr\u00f6\u00dfte = 3, \u6570\U00005909 = 3, B = '\'' }; // don't \u00e9
typedef char ok[größte == 3 && 数変 == sizeof "\u00e9\"\u00e9" - 2 - sizeof(char) ? 1 : -1];
#define h\u00f6he 5
typedef char ok[höhe == 5 ? 1 : -1];
_Pragma("pack(push,1)") struct p { char c; int i; }; _Pragma("pack(pop)") struct q { char c; int i; };
typedef char ok[sizeof(struct p) == 5 && sizeof(struct q) == 8 ? 1 : -1];
enum { W = L'\u1234', U = u'é', V = U'\U0001F600', S = sizeof(u"€😀") };
typedef char ok[W == 0x1234 && U == 0xe9 && V == 0x1F600 && S == 8 ? 1 : -1];
