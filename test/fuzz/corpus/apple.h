/* clang's and Apple's extensions. A false check is an array of -1 elements. */
void dispatch(void (^block)(void));
typedef int (^block_type)(int);
struct with_block { block_type block; int i; };
typedef char ok[sizeof(block_type) == 8 && sizeof(struct with_block) == 16 ? 1 : -1];
__fp16 *half;
typedef float float3 __attribute__((ext_vector_type(3)));
typedef char char3 __attribute__((ext_vector_type(3)));
typedef double double2 __attribute__((ext_vector_type(2)));
typedef char ok[sizeof(float3) == 16 && sizeof(char3) == 4 && sizeof(double2) == 16 ? 1 : -1];
#pragma options align=packed
struct packed { char c; long l; };
#pragma options align=reset
struct natural { char c; long l; };
typedef char ok[sizeof(struct packed) == 9 && sizeof(struct natural) == 16 ? 1 : -1];
int *_Nullable nullable(int *_Nonnull p, const char *_Null_unspecified *_Nullable q);
int old(void) __attribute__((availability(macos, introduced = 10.4, deprecated = 10.12, message = "new")));
#pragma ms_struct on
struct ms { char a : 4; int b : 4; };
#pragma ms_struct off
typedef char ok[sizeof(struct ms) == 8 ? 1 : -1];
