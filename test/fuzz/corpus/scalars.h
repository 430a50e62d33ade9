long double _Complex z; unsigned __int128 i; _Float16 h; _Float64x x; __builtin_va_list l; _Atomic(int) a; _Bool q; __attribute__((vector_size(32))) int v;
