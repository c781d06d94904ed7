#include "harness/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "core/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif

#ifdef FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

enum { STACK_BYTES = 512 * 1024 }; /* address space; pages come when they are touched */

struct fiber {
    ucontext_t inside, outside;
    void (*run)(void *context);
    void *context, *stack;
    bool done;
    void *fake_inside, *fake_outside; /* kept for the address sanitizer */
    const void *outer_stack;
    size_t outer_size;
    void *tsan_inside, *tsan_outside;
};

static struct fiber *present;

static void enter_stack(void **save, const void *bottom, size_t size) {
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(save, bottom, size);
#else
    (void)save, (void)bottom, (void)size;
#endif
}

static void entered_stack(void *saved, const void **bottom, size_t *size) {
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(saved, bottom, size);
#else
    (void)saved, (void)bottom, (void)size;
#endif
}

static void start(void) {
    struct fiber *f = present;

    entered_stack(NULL, &f->outer_stack, &f->outer_size);
    f->run(f->context);
    f->done = true;
    enter_stack(NULL, f->outer_stack, f->outer_size);
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(f->tsan_outside, 0);
#endif
    setcontext(&f->outside);
}

/* Stacks of fibers that are done, for the next ones: their pages are there already. */
enum { SPARE_STACKS = 32 };
#ifdef FIBER_ASAN
enum { REUSE_STACKS = 0 }; /* the sanitizer remembers what old frames forbade */
#else
enum { REUSE_STACKS = 1 };
#endif
static void *spare_stacks[SPARE_STACKS];
static size_t spare_count;

static void *take_stack(void) {
    void *stack;

    if (spare_count)
        return spare_stacks[--spare_count];
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED)
        abort();
    return stack;
}

static void give_stack(void *stack) {
    if (REUSE_STACKS && spare_count < SPARE_STACKS)
        spare_stacks[spare_count++] = stack;
    else
        munmap(stack, STACK_BYTES);
}

struct fiber *fiber_new(void (*run)(void *context), void *context) {
    struct fiber *f = mem_new(1, sizeof(*f));

    f->run = run;
    f->context = context;
    f->stack = take_stack();
    getcontext(&f->inside);
    f->inside.uc_stack.ss_sp = f->stack;
    f->inside.uc_stack.ss_size = STACK_BYTES;
    f->inside.uc_link = NULL;
    makecontext(&f->inside, start, 0);
#ifdef FIBER_TSAN
    f->tsan_inside = __tsan_create_fiber(0);
#endif
    return f;
}

void fiber_resume(struct fiber *f) {
    struct fiber *before = present;

    present = f;
#ifdef FIBER_TSAN
    f->tsan_outside = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->tsan_inside, 0);
#endif
    enter_stack(&f->fake_outside, f->stack, STACK_BYTES);
    swapcontext(&f->outside, &f->inside);
    entered_stack(f->fake_outside, NULL, NULL);
    present = before;
}

void fiber_pause(void) {
    struct fiber *f = present;

    enter_stack(&f->fake_inside, f->outer_stack, f->outer_size);
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(f->tsan_outside, 0);
#endif
    swapcontext(&f->inside, &f->outside);
    entered_stack(f->fake_inside, &f->outer_stack, &f->outer_size);
}

struct fiber *fiber_self(void) {
    return present;
}

bool fiber_done(const struct fiber *f) {
    return f->done;
}

void fiber_free(struct fiber *f) {
    if (!f)
        return;
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(f->tsan_inside);
#endif
    give_stack(f->stack);
    free(f);
}
