/* Numbers shared by C, NASM and GNU as. This file has only `#define NAME decimal`. The C file that owns a
 * number asserts it. */

/* struct function */
#define FUNCTION_ADDRESS 24
#define FUNCTION_PLAN    32

/* struct plan, offsets in bytes; gpr and fpr are of 2 bytes each, their ops of 1, stack of 4 */
#define PLAN_GPR                 0
#define PLAN_FPR                 16
#define PLAN_NSTACK              32
#define PLAN_NGPR                40
#define PLAN_NFPR                41
#define PLAN_GPR_OPS             47
#define PLAN_FPR_OPS             55
#define PLAN_CHAIN               184
#define PLAN_POINTER_CHAIN       192
#define PLAN_DISCARDING          200
#define PLAN_DISCARDING_POINTERS 208
#define PLAN_STEPS               120
#define PLAN_STACK               384

/* enum move_op, as far as registers are loaded by it: 8 bytes, 4, narrow integers */
#define MOVE_OP_64  0
#define MOVE_OP_32  1
#define MOVE_OP_I8  2
#define MOVE_OP_U8  3
#define MOVE_OP_I16 4
#define MOVE_OP_U16 5

/* struct step_table: numbers of enum keep; bytes of stack words that a frame of a known size has */
#define KEEP_ANY 12
#define KEEP_ALL 26
#define FRAMED   64

/* the frame of a stub whose result steps store: stack words, `result`, the chain's cell, a word for the alignment */
#define CHAIN_FRAME 88

/* struct image: registers of an image stub, offsets in bytes */
#define IMAGE_GPRS       9
#define IMAGE_VECTORS    72
#define IMAGE_NSTACK     80
#define IMAGE_NX87       88
#define IMAGE_STACK_MASK 96
#define IMAGE_GPR_RESULT 104
#define IMAGE_X87_RESULT 120
#define IMAGE_CHAIN      152
#define IMAGE_FPR        192

/* struct guard: what stands in registers before and after a guarded call, GUARDED_WORDS words each. The first two
 * registers have the record's address and its complement before the call. */
#define GUARDED_WORDS  32
#define GUARDED_AFTER  256
#define GUARDED_FRAME  512
#define GUARDED_IMAGE  520
#define GUARDED_VECTOR 528

/* words of x86-64: rbx, r12, r13, r14, r15, rbp, rdi, rsi come first, xmm6 to xmm15 last, with two words each */
#define GUARDED_RBP       5
#define GUARDED_RSP       8
#define GUARDED_DIRECTION 9
#define GUARDED_MXCSR     10
#define GUARDED_X87       11
#define GUARDED_XMM6      12

/* words of AArch64: x19 to x28 come first, d8 to d15 last */
#define GUARDED_X29  10
#define GUARDED_SP   11
#define GUARDED_FPCR 12
#define GUARDED_X18  13
#define GUARDED_D8   14

/* words of RISC-V: s1 to s11 come first, then sp as above, fs0 to fs11 last */
#define GUARDED_S0  12
#define GUARDED_FRM 13
#define GUARDED_GP  14
#define GUARDED_TP  15
#define GUARDED_FS0 16

/* struct ffi_callback; and trampolines: a page has 4 KiB of them, TRAMPOLINE_DISTANCE below their callbacks */
#define CALLBACK_HANDLER    8
#define CALLBACK_USERDATA   16
#define CALLBACK_FORM       24
#define CALLBACK_SIZE       32
#define TRAMPOLINES         256
#define TRAMPOLINE_SIZE     16
#define TRAMPOLINE_DISTANCE 131072

/* trampolines of shifted functions, bytes of each: those that drop the first argument only, and those that drop any number */
#define SHIFT_FIRST_SIZE 32
#define SHIFT_ANY_SIZE   1024

/* struct form, offsets in bytes; gpr and fpr are of 2 bytes each, stack of 4 */
#define FORM_GPR              0
#define FORM_FPR              16
#define FORM_NSLOTS           32
#define FORM_NSTACK_USED      36
#define FORM_NGPR             42
#define FORM_NFPR             43
#define FORM_SRET             45
#define FORM_LEAVE            56
#define FORM_FRAME            64
#define FORM_NCOPIES          68
#define FORM_RESULT_SIZE      88
#define FORM_RESULT_ALIGNMENT 92
#define FORM_STACK            128

/* the frame of an entry that goes by a table, from the frame pointer: integer registers, the others, 32 bytes
 * for the result, where it goes after the handler */
#define ENTRY_GPRS   -112
#define ENTRY_FPRS   -64
#define ENTRY_RESULT -144
#define ENTRY_LEAVE  -160
#define TABLE_FRAME  256
#define WIDE_FPRS    -288
#define YMM_FPRS     -432
#define YMM_SAVED    -8

/* the same of Win64's, below what is saved there, WIN64_SAVED bytes where the system is not Windows; the integer
 * registers and the stack words are in the caller's frame */
#define WIN64_ENTRY_HOME   16
#define WIN64_ENTRY_FPRS   -32
#define WIN64_ENTRY_RESULT -48
#define WIN64_ENTRY_LEAVE  -56
#define WIN64_ENTRY_BELOW  64
#define WIN64_SAVED        176

/* the same of AArch64's, of which the frame pointer is the lower end and the stack words are the upper */
#define AARCH64_ENTRY_RESULT 16
#define AARCH64_ENTRY_LEAVE  48
#define AARCH64_ENTRY_GPRS   64
#define AARCH64_ENTRY_FPRS   128
#define AARCH64_ENTRY_STACK  192

/* where that has floating-point registers of 16 bytes: bytes more below each register, because the result has 64; the
 * stack words */
#define AARCH64_WIDE_MORE  32
#define AARCH64_WIDE_STACK 288

/* the same of RISC-V's, of which the frame pointer is between the registers: the integer ones and the stack words are
 * above it */
#define RISCV64_ENTRY_GPRS   0
#define RISCV64_ENTRY_STACK  64
#define RISCV64_ENTRY_RESULT -32
#define RISCV64_ENTRY_LEAVE  -40
#define RISCV64_ENTRY_FPRS   -112
#define RISCV64_ENTRY_BELOW  112

/* libffi's: ffi_closure and ffi_go_closure on x86-64, where a cif has its struct prepared, and members of that; where a struct
 * called has it, from its function */
#define LIBFFI_CLOSURE_CIF      32
#define LIBFFI_CLOSURE_USERDATA 48
#define LIBFFI_GO_CLOSURE_CIF   8
#define LIBFFI_CIF_PREPARED     24
#define LIBFFI_PREPARED_FORM    0
#define LIBFFI_PREPARED_CHAIN   8
#define LIBFFI_PREPARED_BEGIN   16
#define LIBFFI_PREPARED_STORE   24
#define LIBFFI_CALLED_PREPARED  -8

/* libffi's ffi_cif and ffi_type; the places of signatures of so few arguments, with so many bits a type, and libffi's number of
 * the System V ABI on x86-64 */
#define LIBFFI_CIF_NARGS       4
#define LIBFFI_CIF_LIST        8
#define LIBFFI_CIF_RESULT      16
#define LIBFFI_TYPE_CODE       10
#define LIBFFI_FEW_ARGUMENTS   10
#define LIBFFI_CODE_BITS       5
#define LIBFFI_PLACES          1024
#define LIBFFI_PLACES_SIZES    8192
#define LIBFFI_PLACES_PREPARED 16384
#define LIBFFI_UNIX64          2

/* bytes of the frame of libffi's closures that go by a table */
#define LIBFFI_TABLE_FRAME 1024
