/* Two lists of numbers come in. The shortest way from one to the other goes out, item by
 * item. */
#include "core/edit_script.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct edit_search {
    const uint64_t *a, *b;
    long n, m;
    long **rows; /* of each d: how far each diagonal reaches, [-d..d] */
    struct edit *script;
    size_t count;
};

static void add(struct edit_search *s, enum edit_kind kind, long a, long b) {
    s->script[s->count++] = (struct edit){kind, (size_t)a, (size_t)b};
}

/* With d edits: the furthest point on diagonal k, by the row before. */
static long step(const struct edit_search *s, long d, long k) {
    const long *before = d ? s->rows[d - 1] + (d - 1) : NULL;
    long x;

    if (!d)
        x = 0;
    else if (k == -d || (k != d && before[k - 1] < before[k + 1]))
        x = before[k + 1];
    else
        x = before[k - 1] + 1;
    while (x < s->n && x - k < s->m && s->a[x] == s->b[x - k])
        x++;
    return x;
}

/* The d that reaches the end; -1 = more than EDIT_MOST. */
static long search(struct edit_search *s) {
    for (long d = 0; d <= s->n + s->m && d <= EDIT_MOST; d++) {
        s->rows[d] = mem_new((size_t)(2 * d + 1), sizeof(**s->rows));
        for (long k = -d; k <= d; k += 2) {
            long x = step(s, d, k);

            /* beyond an end nothing is found, but its neighbours look at it */
            s->rows[d][k + d] = x;
            if (x >= s->n && x - k >= s->m)
                return d;
        }
    }
    return -1;
}

/* From the end back; the script is written from its end. */
static void trace(struct edit_search *s, long d, struct edit *out, size_t *left) {
    long x = s->n, y = s->m;

    for (; d > 0; d--) {
        const long *before = s->rows[d - 1] + (d - 1);
        long k = x - y;
        bool comes = k == -d || (k != d && before[k - 1] < before[k + 1]);
        long from_k = comes ? k + 1 : k - 1, from_x = before[from_k],
             from_y = from_x - from_k;

        /* behind the edit, both went on alike */
        while (x > from_x + !comes && y > from_y + comes) {
            x--, y--;
            out[--*left] = (struct edit){EDIT_SAME, (size_t)x, (size_t)y};
        }
        if (comes)
            out[--*left] = (struct edit){EDIT_NEW, (size_t)from_x, (size_t)from_y};
        else
            out[--*left] = (struct edit){EDIT_GONE, (size_t)from_x, (size_t)from_y};
        x = from_x;
        y = from_y;
    }
    while (x > 0 && y > 0) {
        x--, y--;
        out[--*left] = (struct edit){EDIT_SAME, (size_t)x, (size_t)y};
    }
}

/* What lies between the common ends. */
static void add_middle(struct edit_search *s, long at_a, long at_b) {
    size_t most = (size_t)(s->n + s->m), left = most;
    struct edit *back = mem_new(most + 1, sizeof(*back));
    long d;

    s->rows = mem_new(EDIT_MOST + 1, sizeof(*s->rows));
    d = search(s);
    if (d >= 0)
        trace(s, d, back, &left);
    for (size_t i = left; d >= 0 && i < most; i++)
        add(s, back[i].kind, (long)back[i].a + at_a, (long)back[i].b + at_b);
    for (long i = 0; d < 0 && i < s->n; i++)
        add(s, EDIT_GONE, at_a + i, at_b);
    for (long i = 0; d < 0 && i < s->m; i++)
        add(s, EDIT_NEW, at_a + s->n, at_b + i);
    for (size_t i = 0; i <= EDIT_MOST; i++)
        free(s->rows[i]);
    free(s->rows);
    free(back);
}

struct edit *edit_script(const uint64_t *a, size_t a_count, const uint64_t *b,
                         size_t b_count, size_t *count) {
    struct edit_search s = {.script =
                                mem_new(a_count + b_count + 1, sizeof(*s.script))};
    size_t head = 0, tail = 0;

    while (head < a_count && head < b_count && a[head] == b[head])
        head++;
    while (tail < a_count - head && tail < b_count - head &&
           a[a_count - 1 - tail] == b[b_count - 1 - tail])
        tail++;
    for (size_t i = 0; i < head; i++)
        add(&s, EDIT_SAME, (long)i, (long)i);
    s.a = a + head;
    s.b = b + head;
    s.n = (long)(a_count - head - tail);
    s.m = (long)(b_count - head - tail);
    add_middle(&s, (long)head, (long)head);
    for (size_t i = tail; i > 0; i--)
        add(&s, EDIT_SAME, (long)(a_count - i), (long)(b_count - i));
    *count = s.count;
    return s.script;
}

uint64_t edit_hash(const void *bytes, size_t len) {
    const unsigned char *c = bytes;
    uint64_t h = 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < len; i++)
        h = (h ^ c[i]) * 0x100000001b3ULL;
    return h;
}
