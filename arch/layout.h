/* Numbers shared by C, NASM and GNU as: only `#define NAME decimal`, each asserted by the C that owns it. */

/* struct function */
#define FUNCTION_ADDRESS 8
#define FUNCTION_PLAN    16

/* struct plan, offsets in bytes; gpr and fpr are of 2 bytes each, stack of 4 */
#define PLAN_GPR    0
#define PLAN_FPR    16
#define PLAN_NSTACK 32
#define PLAN_NFPR   41
#define PLAN_STACK  104

/* plan.ret: how a result leaves */
#define RET_VOID  0
#define RET_8     1
#define RET_16    2
#define RET_32    3
#define RET_64    4
#define RET_F32   5
#define RET_F64   6
#define RET_COUNT 7
