/* In: a function that wants to pause. Out: that function on a stack of its own, which is
 * left and entered again. */
#include "harness/run/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/mem.h"
#include "harness/run/fiber_switch.h"

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

/* Address space; pages come when they are touched. Below a stack lies what nobody may touch:
 * who needs more than the stack has ends there, and not in the stack of another. */
enum { STACK_BYTES = 512 * 1024, GUARD_BYTES = 64 * 1024 };

struct fiber {
    struct fiber_place inside, outside;
    void (*run)(void *context);
    void *context, *memory, *stack; /* the stack lies in the memory, above its guard */
    bool done;
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

static void leave(struct fiber *f) {
    bool last = f->done && !REUSE_FIBERS;

    enter_stack(last ? NULL : &f->fake_inside, f->outer_stack, f->outer_size);
    enter_thread(f->tsan_outside);
    fiber_switch(&f->inside, &f->outside);
    entered_stack(f->fake_inside, &f->outer_stack, &f->outer_size);
}

static void enter(struct fiber *f) {
    enter_stack(&f->fake_outside, f->stack, STACK_BYTES);
    enter_thread(f->tsan_inside);
    fiber_switch(&f->outside, &f->inside);
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

    f->memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (f->memory == MAP_FAILED || mprotect(f->memory, GUARD_BYTES, PROT_NONE) != 0) {
        perror("assay: no memory for the stack of a case");
        abort();
    }
    f->stack = (char *)f->memory + GUARD_BYTES;
    fiber_place_init(&f->inside, f->stack, STACK_BYTES, start);
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
    fiber_place_release(&f->inside);
    fiber_place_release(&f->outside);
    munmap(f->memory, GUARD_BYTES + STACK_BYTES);
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
