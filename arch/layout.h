/* Numbers shared by C, NASM and GNU as: only `#define NAME decimal`, each asserted by the C that owns it. */

/* struct function */
#define FUNCTION_ADDRESS 8
#define FUNCTION_PLAN    16

/* struct plan, offsets in bytes; gpr and fpr are of 2 bytes each, stack of 4 */
#define PLAN_GPR    0
#define PLAN_FPR    16
#define PLAN_NSTACK 32
#define PLAN_NFPR   41
#define PLAN_STACK  200

/* struct image: registers of a wide stub, offsets in bytes */
#define IMAGE_GPRS       8
#define IMAGE_VECTORS    64
#define IMAGE_NSTACK     72
#define IMAGE_NX87       80
#define IMAGE_GPR_RESULT 88
#define IMAGE_X87_RESULT 104
#define IMAGE_FPR        192

/* plan.ret: how a result leaves; RET_IMAGE is not a stub's, but staging's */
#define RET_VOID  0
#define RET_8     1
#define RET_16    2
#define RET_32    3
#define RET_64    4
#define RET_F32   5
#define RET_F64   6
#define RET_COUNT 7
#define RET_IMAGE 7
