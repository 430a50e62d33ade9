/* As `cl /E` and `clang-cl -E` leave Microsoft's words. A false check is an array of -1 elements. */
__declspec(dllimport) int import(void);
__declspec(noreturn) void __stdcall leave(__int64 code, int(__cdecl *callback)(int));
typedef unsigned __int64 QW;
typedef char ok[sizeof(QW) == 8 ? 1 : -1];
typedef __int8  byte_type;
typedef __int16 word_type;
typedef __int32 long_type;
typedef char ok[sizeof(byte_type) == 1 && sizeof(word_type) == 2 && sizeof(long_type) == 4 ? 1 : -1];
typedef char ok[(unsigned __int8)-1 == 255 && (QW)-1 > 0 ? 1 : -1];
struct __declspec(align(16)) al { char c; };
typedef char ok[sizeof(struct al) == 16 ? 1 : -1];
struct member { char c; __declspec(align(8)) char d; };
typedef char ok[sizeof(struct member) == 16 ? 1 : -1];
int *__ptr64 p64;
int *__ptr32 p32;
typedef char ok[sizeof(p64) == 8 && sizeof(p32) == 4 ? 1 : -1];
struct pointers { char c; void *__ptr32 p; };
typedef char ok[sizeof(struct pointers) == 8 ? 1 : -1];
__pragma(pack(push, 1)) struct pk { char a; int b; }; __pragma(pack(pop)) struct after { char a; int b; };
typedef char ok[sizeof(struct pk) == 5 && sizeof(struct after) == 8 ? 1 : -1];
struct bits { unsigned __int64 a : 40; __int64 b : 10; };
typedef char ok[sizeof(struct bits) == 8 ? 1 : -1];
typedef int *__w64 wide;
extern __declspec(thread) int per_thread;
int __unaligned *unaligned;
__forceinline int inlined(int x) { return x; }
