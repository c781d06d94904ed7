/* A jump to another stack is what the checked longjmp() takes for an error. */
#undef _FORTIFY_SOURCE

#include "harness/run/fiber.h"

#include <setjmp.h>
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
    ucontext_t first; /* how it is entered; from then on it is jumped to */
    jmp_buf inside, outside;
    void (*run)(void *context);
    void *context, *stack;
    bool entered, done;
    void *fake_inside, *fake_outside; /* kept for the address sanitizer */
    const void *outer_stack;
    size_t outer_size;
    void *tsan_inside, *tsan_outside;
    struct fiber *next; /* of the spare ones */
};

static struct fiber *present;

/* Fibers that are done, for what comes next: the pages of their stacks are there. */
enum { SPARE_FIBERS = 32 };
#ifdef FIBER_ASAN
enum { REUSE_FIBERS = 0 }; /* the sanitizer remembers what old frames forbade */
#else
enum { REUSE_FIBERS = 1 };
#endif
static struct fiber *spare;
static size_t spare_count;

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

static void enter_thread(void *thread) {
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(thread, 0);
#else
    (void)thread;
#endif
}

/* swapcontext() would do, but asks the kernel for the signal mask each time: two thirds
 * of a microsecond, for every request twice. */
static void leave(struct fiber *f) {
    bool last = f->done && !REUSE_FIBERS;

    enter_stack(last ? NULL : &f->fake_inside, f->outer_stack, f->outer_size);
    if (_setjmp(f->inside) == 0) {
        enter_thread(f->tsan_outside);
        _longjmp(f->outside, 1);
    }
    entered_stack(f->fake_inside, &f->outer_stack, &f->outer_size);
}

static void enter(struct fiber *f) {
    enter_stack(&f->fake_outside, f->stack, STACK_BYTES);
    if (_setjmp(f->outside) == 0) {
        enter_thread(f->tsan_inside);
        if (f->entered)
            _longjmp(f->inside, 1);
        f->entered = true;
        setcontext(&f->first);
    }
    entered_stack(f->fake_outside, NULL, NULL);
}

/* A fiber that is done may get something else to run. */
static void start(void) {
    struct fiber *f = present;

    entered_stack(NULL, &f->outer_stack, &f->outer_size);
    for (;;) {
        f->run(f->context);
        f->done = true;
        leave(f);
    }
}

static struct fiber *make_fiber(void) {
    struct fiber *f = mem_new(1, sizeof(*f));

    f->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (f->stack == MAP_FAILED)
        abort();
    getcontext(&f->first);
    f->first.uc_stack.ss_sp = f->stack;
    f->first.uc_stack.ss_size = STACK_BYTES;
    f->first.uc_link = NULL;
    makecontext(&f->first, start, 0);
#ifdef FIBER_TSAN
    f->tsan_inside = __tsan_create_fiber(0);
#endif
    return f;
}

struct fiber *fiber_new(void (*run)(void *context), void *context) {
    struct fiber *f = spare;

    if (f) {
        spare = f->next;
        spare_count--;
    } else {
        f = make_fiber();
    }
    f->run = run;
    f->context = context;
    f->done = false;
    return f;
}

void fiber_resume(struct fiber *f) {
    struct fiber *before = present;

    present = f;
#ifdef FIBER_TSAN
    f->tsan_outside = __tsan_get_current_fiber();
#endif
    enter(f);
    present = before;
}

void fiber_pause(void) {
    leave(present);
}

struct fiber *fiber_self(void) {
    return present;
}

bool fiber_done(const struct fiber *f) {
    return f->done;
}

static void destroy(struct fiber *f) {
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(f->tsan_inside);
#endif
    munmap(f->stack, STACK_BYTES);
    free(f);
}

void fiber_free(struct fiber *f) {
    if (!f)
        return;
    if (REUSE_FIBERS && f->done && spare_count < SPARE_FIBERS) {
        f->next = spare;
        spare = f;
        spare_count++;
        return;
    }
    destroy(f);
}

void fiber_forget(void) {
    while (spare) {
        struct fiber *f = spare;

        spare = f->next;
        destroy(f);
    }
    spare_count = 0;
}
