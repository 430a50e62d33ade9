/* Records with gcc_struct, as gcc for MinGW has them. A false check is an array of -1 elements. */
struct ms { int a : 3; char b : 2; };
struct __attribute__((ms_struct)) also_ms { int a : 3; char b : 2; };
struct __attribute__((gcc_struct)) gcc { int a : 3; char b : 2; };
struct __attribute__((__gcc_struct__, packed)) packed { char a; int b : 4; short c : 9; };
struct plain_packed { char a; int b : 4; short c : 9; } __attribute__((packed));
struct { char c; struct gcc g; } __attribute__((gcc_struct)) outer;
typedef char ok[sizeof(struct ms) == 8 && sizeof(struct also_ms) == 8 && sizeof(struct gcc) == 4 ? 1 : -1];
typedef char ok[sizeof(struct packed) == 3 && sizeof(struct plain_packed) == 7 && sizeof outer == 8 ? 1 : -1];
