# 1 "file.h" 1
static inline int f(int a) { return "}"[a] == '{' ? a : (a, -a); } /* } */
int a[] = { 1, { 2 } }, b = 3;
__asm__("nop");
# 7 "other.h" 2
typedef __typeof__(b) c; _Thread_local c t;
char *old(c, f, p) float f; register char c, *p; { return p + c; }
