/* Fibers: each has its own stack, and more than that it cannot get. */
#include "check.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/fiber.h"

enum { FIBERS = 100, ROUNDS = 20 };

struct counter {
    int number, rounds;
    double sum;
};

static void count(void *context) {
    struct counter *c = context;
    int own = c->number;
    double half = c->number / 2.0;

    for (int i = 0; i < ROUNDS; i++) {
        c->sum += half;
        c->rounds++;
        fiber_pause();
        if (own != c->number || half != c->number / 2.0)
            c->number = -1;
    }
}

static void each_keeps_its_own_variables(void) {
    static struct counter counters[FIBERS];
    static struct fiber *fibers[FIBERS];

    for (int i = 0; i < FIBERS; i++) {
        counters[i].number = i;
        fibers[i] = fiber_new(count, &counters[i]);
    }
    for (int round = 0; round <= ROUNDS; round++)
        for (int i = 0; i < FIBERS; i++)
            fiber_resume(fibers[i]);
    for (int i = 0; i < FIBERS; i++) {
        CHECK(fiber_done(fibers[i]));
        CHECK(counters[i].number == i && counters[i].rounds == ROUNDS);
        CHECK(counters[i].sum == ROUNDS * (i / 2.0));
        fiber_free(fibers[i]);
    }
    CHECK(fiber_self() == NULL);
    fiber_forget();
}

static void resume_another(void *context) {
    struct counter *c = context;
    struct fiber *inner = fiber_new(count, c);

    fiber_resume(inner);
    fiber_pause();
    while (!fiber_done(inner))
        fiber_resume(inner);
    fiber_free(inner);
}

static void one_may_resume_another(void) {
    struct counter c = {.number = 8};
    struct fiber *f = fiber_new(resume_another, &c);

    while (!fiber_done(f))
        fiber_resume(f);
    CHECK(c.rounds == ROUNDS && c.sum == 80);
    fiber_free(f);
    fiber_forget();
}

static int dig(volatile char *above, int depth) {
    volatile char page[4096];

    page[0] = above ? (char)(above[0] + 1) : 0;
    page[4095] = page[0];
    return depth ? dig(page, depth - 1) + page[4095] : 0;
}

static void dig_deep(void *context) {
    (void)context;
    exit(dig(NULL, 1000) == -1); /* four megabytes: it must not come to the end */
}

static void more_than_its_stack_ends_the_program(void) {
    struct rlimit none = {0, 0};
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct fiber *f = fiber_new(dig_deep, NULL);

        setrlimit(RLIMIT_CORE, &none);
        if (!freopen("/dev/null", "w", stderr))
            exit(0);
        fiber_resume(f);
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

int main(void) {
    each_keeps_its_own_variables();
    one_may_resume_another();
    more_than_its_stack_ends_the_program();
    return check_result();
}
