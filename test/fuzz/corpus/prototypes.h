extern int f(int a[static 3], const char *restrict s, ...) __attribute__((nonnull(1))) __asm__("g" "h");
void (*signal(int, void (*)(int)))(int);
int k(); int (v)(void);
