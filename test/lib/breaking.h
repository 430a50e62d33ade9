/* SPDX-License-Identifier: MIT */
/*
 * Callees that break their ABI, in assembly: each adds its two arguments, breaks something and returns the sum.
 * `sysv_<name>` and `win64_<name>` take them as these ABIs do, `aapcs64_<name>` as AArch64's,
 * `lp64d_<name>` as RISC-V's.
 */
#ifndef BREAKING_H
#define BREAKING_H

struct breaking {
    const char *what;                         /* the callee breaks */
    long long (*own)(long long, long long);   /* of the first ABI of this processor */
    const char *reported;                     /* the names, in the order in which they are reported */
    long long (*other)(long long, long long); /* of the other ABI */
    const char *reported_by_other;
};

#define CALLEE(name, body) __asm__(".text\n.balign 16\n.globl " name "\n" name ":\n" body "\n")

#ifdef __x86_64__
#define FIRST_ABI  "sysv"
#define OTHER_ABI  "win64"
#define FIRST_NAME "rbx"

#define ALL_OF(list)                                                                                           \
    list(rbx, "rbx", "rbx", "mov $-1, %rbx") list(r12, "r12", "r12", "xor %r12, %r12")                         \
        list(r13, "r13", "r13", "mov $-1, %r13") list(r14, "r14", "r14", "mov $-1, %r14")                      \
            list(r15, "r15", "r15", "mov $-1, %r15") list(rbp, "rbp", "rbp", "xor %ebp, %ebp")                 \
                list(rdi, "", "rdi", "mov $-1, %rdi") list(rsi, "", "rsi", "mov $-1, %rsi")                    \
                    list(xmm6, "", "xmm6", "xorps %xmm6, %xmm6") list(xmm7, "", "xmm7", "xorps %xmm7, %xmm7")  \
                        list(xmm8, "", "xmm8", "xorps %xmm8, %xmm8")                                           \
                            list(xmm9, "", "xmm9", "xorps %xmm9, %xmm9") MORE_OF(list)

/* `high`: only the upper half of a register. */
#define MORE_OF(list)                                                                                          \
    list(xmm10, "", "xmm10", "xorps %xmm10, %xmm10") list(xmm11, "", "xmm11", "xorps %xmm11, %xmm11")          \
        list(xmm12, "", "xmm12", "xorps %xmm12, %xmm12") list(xmm13, "", "xmm13", "xorps %xmm13, %xmm13")      \
            list(xmm14, "", "xmm14", "xorps %xmm14, %xmm14") list(xmm15, "", "xmm15", "xorps %xmm15, %xmm15")  \
                list(high, "", "xmm9", "movlhps %xmm15, %xmm9") REST_OF(list)

#define REST_OF(list)                                                                                          \
    list(direction, "direction flag", "direction flag", "std")                                                 \
        list(rounding, "mxcsr", "mxcsr",                                                                       \
             "sub $8, %rsp; stmxcsr (%rsp); xorl $0x6000, (%rsp); ldmxcsr (%rsp); add $8, %rsp")               \
            list(exceptions, "", "",                                                                           \
                 "sub $8, %rsp; stmxcsr (%rsp); xorl $0x3f, (%rsp); ldmxcsr (%rsp); add $8, %rsp")             \
                list(x87, "x87 control word", "x87 control word",                                              \
                     "sub $8, %rsp; fnstcw (%rsp); xorw $0xc00, (%rsp); fldcw (%rsp); add $8, %rsp")           \
                    list(nothing, "", "",                                                                      \
                         "mov $-1, %rcx; mov $-1, %rdx; mov $-1, %r8; mov $-1, %r9; "                          \
                         "mov $-1, %r10; mov $-1, %r11; xorps %xmm0, %xmm0; xorps %xmm5, %xmm5; "              \
                         "stc") list(up, "rsp", "rsp", "pop %r11; lea 16(%rsp), %rsp; notrack jmp *%r11")      \
                        list(down, "rsp", "rsp", "pop %r11; lea -64(%rsp), %rsp; notrack jmp *%r11")           \
                            LAST_OF(list)

#define PRESERVED "mov $-1, %rbx; mov $-1, %r12; mov $-1, %r13; mov $-1, %r14; mov $-1, %r15; mov $-1, %rbp; "

#define LAST_OF(list)                                                                                          \
    list(all, "rbx r12 r13 r14 r15 rbp", "rbx r12 r13 r14 r15 rbp", PRESERVED)                                 \
        list(all_down, "rbx r12 r13 r14 r15 rbp rsp", "rbx r12 r13 r14 r15 rbp rsp",                           \
             PRESERVED "pop %r11; lea -48(%rsp), %rsp; notrack jmp *%r11")                                     \
            list(frame_up, "rbp rsp", "rbp rsp",                                                               \
                 "mov $-1, %rbp; pop %r11; lea 256(%rsp), %rsp; notrack jmp *%r11")                            \
                list(several, "r13 direction flag", "r13 direction flag xmm6",                                 \
                     "mov $-1, %r13; std; xorps %xmm6, %xmm6")

#define DEFINE(name, own, other, body)                                                                         \
    CALLEE("sysv_" #name, "endbr64; lea (%rdi,%rsi), %rax; " body "; ret");                                    \
    CALLEE("win64_" #name, "endbr64; lea (%rcx,%rdx), %rax; " body "; ret");                                   \
    extern long long sysv_##name(long long, long long), win64_##name(long long, long long);
#define LISTED(name, own, other, body) {#name, sysv_##name, own, win64_##name, other},

/* Calls breaking_called(), and breaks the first register then. */
#ifdef _WIN32
CALLEE("breaks_late", "endbr64; lea (%rcx,%rdx), %rax; push %rax; sub $32, %rsp; call breaking_called; "
                      "add $32, %rsp; pop %rax; mov $-1, %rbx; ret");
#else
CALLEE("breaks_late", "endbr64; lea (%rdi,%rsi), %rax; push %rax; call breaking_called; pop %rax; "
                      "mov $-1, %rbx; ret");
#endif

/* Puts back what a guarded call does not. */
static void reset_controls(void) {
    unsigned       mxcsr = 0x1f80;
    unsigned short x87   = 0x37f;
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(x87));
}
#elif defined __riscv
#define FIRST_ABI  "lp64d"
#define OTHER_ABI  "lp64d"
#define FIRST_NAME "s1"

#define S(list, number)  list(s##number, "s" #number, "s" #number, "li s" #number ", -1")
#define FS(list, number) list(fs##number, "fs" #number, "fs" #number, "fneg.d fs" #number ", fs" #number)
#define ALL_OF(list)                                                                                           \
    S(list, 0)                                                                                                 \
    S(list, 1)                                                                                                 \
    S(list, 2)                                                                                                 \
    S(list, 3)                                                                                                 \
    S(list, 4)                                                                                                 \
    S(list, 5)                                                                                                 \
    S(list, 6)                                                                                                 \
    S(list, 7)                                                                                                 \
    S(list, 8)                                                                                                 \
    S(list, 9)                                                                                                 \
    S(list, 10)                                                                                                \
    S(list, 11)                                                                                                \
    FS(list, 0)                                                                                                \
    FS(list, 1)                                                                                                \
    FS(list, 2)                                                                                                \
    FS(list, 3)                                                                                                \
    FS(list, 4)                                                                                                \
    FS(list, 5) FS(list, 6) FS(list, 7) FS(list, 8) FS(list, 9) FS(list, 10) FS(list, 11) REST_OF(list)

#define PRESERVED                                                                                              \
    "li s0, -1; li s1, -1; li s2, -1; li s3, -1; li s4, -1; li s5, -1; li s6, -1; li s7, -1; li s8, -1; "      \
    "li s9, -1; li s10, -1; li s11, -1"
#define PRESERVED_NAMES "s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 s0"

#define REST_OF(list)                                                                                          \
    list(gp, "gp", "gp", "addi gp, gp, 8") list(rounding, "frm", "frm", "fsrmi t0, 1")                         \
        list(exceptions, "", "", "fsflagsi t0, 31")                                                            \
            list(nothing, "", "", "li t0, -1; li t1, -1; li t6, -1; li a1, -1; fneg.d fa0, fa0")               \
                list(up, "sp", "sp", "addi sp, sp, 16") list(down, "sp", "sp", "addi sp, sp, -64")             \
                    list(all, PRESERVED_NAMES, PRESERVED_NAMES, PRESERVED)                                     \
                        list(all_down, PRESERVED_NAMES " sp", PRESERVED_NAMES " sp",                           \
                             PRESERVED "; addi sp, sp, -48")                                                   \
                            list(frame_up, "s0 sp", "s0 sp", "li s0, -1; addi sp, sp, 256")                    \
                                list(several, "s3 fs9", "s3 fs9", "li s3, -1; fneg.d fs9, fs9")

#define DEFINE(name, own, other, body)                                                                         \
    CALLEE("lp64d_" #name, ".4byte 0x17; add a0, a0, a1; " body "; ret");                                      \
    extern long long lp64d_##name(long long, long long);
#define LISTED(name, own, other, body) {#name, lp64d_##name, own, lp64d_##name, other},

CALLEE("breaks_late", ".4byte 0x17; addi sp, sp, -16; sd ra, 8(sp); add a0, a0, a1; sd a0, (sp); "
                      "call breaking_called; ld a0, (sp); ld ra, 8(sp); addi sp, sp, 16; li s1, -1; ret");

static void reset_controls(void) {
    __asm__ volatile("fsrmi zero, 0");
}
#else
#define FIRST_ABI  "aapcs64"
#define OTHER_ABI  "apple-arm64"
#define FIRST_NAME "x19"

#define ONE(list, name, body) list(name, #name, #name, body)
#define ALL_OF(list)                                                                                           \
    ONE(list, x19, "mov x19, #-1")                                                                             \
    ONE(list, x20, "mov x20, #0")                                                                              \
    ONE(list, x21, "mov x21, #-1")                                                                             \
    ONE(list, x22, "mov x22, #-1")                                                                             \
    ONE(list, x23, "mov x23, #-1")                                                                             \
    ONE(list, x24, "mov x24, #-1")                                                                             \
    ONE(list, x25, "mov x25, #-1")                                                                             \
    ONE(list, x26, "mov x26, #-1")                                                                             \
    ONE(list, x27, "mov x27, #-1")                                                                             \
    ONE(list, x28, "mov x28, #-1")                                                                             \
    ONE(list, x29, "mov x29, #0")                                                                              \
    ONE(list, d8, "fmov d8, #1.0")                                                                             \
    ONE(list, d9, "fmov d9, #1.0")                                                                             \
    ONE(list, d10, "fmov d10, #1.0")                                                                           \
    ONE(list, d11, "fmov d11, #1.0")                                                                           \
    ONE(list, d12, "fmov d12, #1.0")                                                                           \
    ONE(list, d13, "fmov d13, #1.0")                                                                           \
    ONE(list, d14, "fmov d14, #1.0")                                                                           \
    ONE(list, d15, "fmov d15, #1.0") list(x18, "", "x18", "mvn x18, x18") REST_OF(list)

#define PRESERVED                                                                                              \
    "mov x19, #-1; mov x20, #-1; mov x21, #-1; mov x22, #-1; mov x23, #-1; mov x24, #-1; mov x25, #-1; "       \
    "mov x26, #-1; mov x27, #-1; mov x28, #-1; mov x29, #-1"
#define PRESERVED_NAMES "x19 x20 x21 x22 x23 x24 x25 x26 x27 x28 x29"

#define REST_OF(list)                                                                                          \
    list(rounding, "fpcr", "fpcr", "mrs x9, fpcr; eor x9, x9, #0x400000; msr fpcr, x9") list(                  \
        nothing, "", "", "mov x9, #-1; mov x1, #-1; mov x8, #-1; fmov d0, #1.0; movi v16.2d, #0; cmn x9, #1")  \
        list(high, "", "", "mov v8.d[1], x0") list(up, "sp", "sp", "add sp, sp, #16")                          \
            list(down, "sp", "sp", "sub sp, sp, #64") list(all, PRESERVED_NAMES, PRESERVED_NAMES, PRESERVED)   \
                list(all_down, PRESERVED_NAMES " sp", PRESERVED_NAMES " sp", PRESERVED "; sub sp, sp, #48")    \
                    list(frame_up, "x29 sp", "x29 sp", "mov x29, #-1; add sp, sp, #256")                       \
                        list(several, "x21 d9", "x21 d9", "mov x21, #-1; fmov d9, #1.0")

#define DEFINE(name, own, other, body)                                                                         \
    CALLEE("aapcs64_" #name, "hint #34; add x0, x0, x1; " body "; ret");                                       \
    extern long long aapcs64_##name(long long, long long);
#define LISTED(name, own, other, body) {#name, aapcs64_##name, own, aapcs64_##name, other},

CALLEE("breaks_late",
       "hint #34; stp x29, x30, [sp, #-32]!; add x0, x0, x1; str x0, [sp, #16]; bl breaking_called; "
       "ldr x0, [sp, #16]; ldp x29, x30, [sp], #32; mov x19, #-1; ret");

static void reset_controls(void) {
    __asm__ volatile("msr fpcr, %0" : : "r"(0L));
}
#endif

ALL_OF(DEFINE)
static const struct breaking breaking[] = {ALL_OF(LISTED)};

extern long long breaks_late(long long, long long);

#endif
