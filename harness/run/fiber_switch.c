/* In: a stack to leave and one to go to. Out: the second one, where it was left.
 *
 * setjmp() and longjmp() are not for that: libc may check that a jump only goes up its own
 * stack, and does with _FORTIFY_SOURCE. swapcontext() is, but asks the kernel for the signal
 * mask each time, two thirds of a microsecond twice a request, and musl has none.
 *
 * A port gives three things for its processor: the words that switch_stacks() saves (all
 * registers that a called function must keep, and the modes of the floating-point unit), a
 * stack that looks as if it had been left just before `start`, and the switch itself. There
 * is one for x86-64 and one for 64-bit ARM; elsewhere ucontext does it, where libc has it. */
#include "harness/run/fiber_switch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(FIBER_UCONTEXT)
/* asked for by the build: to try what other processors do */
#elif defined(__x86_64__) && !defined(__ILP32__)

/* rbx, rbp, r12 to r15 are kept, and the control words of SSE and x87. */
__asm__(".pushsection .text\n"
        ".p2align 4\n"
        ".globl fiber_switch_stacks\n"
        ".hidden fiber_switch_stacks\n"
        ".type fiber_switch_stacks, @function\n"
        "fiber_switch_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_switch_stacks, .-fiber_switch_stacks\n"
        ".popsection\n");

void switch_stacks(void **from, void *to) __asm__("fiber_switch_stacks");

enum {
    SAVED_WORDS = 7,
    START_WORD = 7,
    TOP_WORDS = 9
}; /* the last: where it returns to */

static void set_modes(uint64_t *words) {
    uint32_t sse;
    uint16_t x87;

    __asm__ volatile("stmxcsr %0" : "=m"(sse));
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    words[0] = (uint64_t)x87 << 32 | sse;
}

#elif defined(__aarch64__)

/* x19 to x30, d8 to d15 are kept; fpcr is the same for all threads of ours. */
__asm__(".pushsection .text\n"
        ".p2align 4\n"
        ".globl fiber_switch_stacks\n"
        ".hidden fiber_switch_stacks\n"
        ".type fiber_switch_stacks, %function\n"
        "fiber_switch_stacks:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size fiber_switch_stacks, .-fiber_switch_stacks\n"
        ".popsection\n");

void switch_stacks(void **from, void *to) __asm__("fiber_switch_stacks");

enum { SAVED_WORDS = 20, START_WORD = 11, TOP_WORDS = 20 };

static void set_modes(uint64_t *words) {
    (void)words;
}

#else
#define FIBER_UCONTEXT 1
#endif

#ifndef FIBER_UCONTEXT

void fiber_place_init(struct fiber_place *p, void *stack, size_t size,
                      void (*start)(void)) {
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    uint64_t *words = (uint64_t *)top - TOP_WORDS;

    memset(words, 0, TOP_WORDS * sizeof(*words));
    words[START_WORD] = (uint64_t)(uintptr_t)start;
    set_modes(words);
    p->at = words;
}

void fiber_switch(struct fiber_place *from, const struct fiber_place *to) {
    switch_stacks(&from->at, to->at);
}

void fiber_place_release(struct fiber_place *p) {
    (void)p;
}

#else

#include <ucontext.h>

#include "core/mem.h"

void fiber_place_init(struct fiber_place *p, void *stack, size_t size,
                      void (*start)(void)) {
    ucontext_t *u = mem_new(1, sizeof(*u));

    getcontext(u);
    u->uc_stack.ss_sp = stack;
    u->uc_stack.ss_size = size;
    makecontext(u, start, 0);
    p->at = u;
}

void fiber_switch(struct fiber_place *from, const struct fiber_place *to) {
    if (!from->at)
        from->at = mem_new(1, sizeof(ucontext_t));
    swapcontext(from->at, to->at);
}

void fiber_place_release(struct fiber_place *p) {
    free(p->at);
    p->at = NULL;
}

#endif
