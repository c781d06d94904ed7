/* Two recordings come in. What changed goes to stdout, as lines that went and came. */
#include <stdlib.h>
#include <string.h>

#include "cli/fixture.h"
#include "core/edit_script.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/recording_diff.h"

enum { CONTEXT = 2, MAX_LINE = 400 };

struct text_lines {
    const char **at;
    size_t *len;
    uint64_t *hash;
    size_t count;
};

static struct text_lines lines_of(const struct stable_text *t) {
    struct text_lines all = {0};

    for (size_t i = 0; i < t->len;) {
        size_t n = 0;

        while (i + n < t->len && t->text[i + n] != '\n')
            n++;
        all.at = mem_grow(all.at, all.count + 1, sizeof(*all.at));
        all.len = mem_grow(all.len, all.count + 1, sizeof(*all.len));
        all.hash = mem_grow(all.hash, all.count + 1, sizeof(*all.hash));
        all.at[all.count] = t->text + i;
        all.len[all.count] = n;
        all.hash[all.count++] = edit_hash(t->text + i, n);
        i += n + 1;
    }
    return all;
}

static void release_lines(struct text_lines *l) {
    free(l->at);
    free(l->len);
    free(l->hash);
}

static void print_line(char sign, const struct text_lines *l, size_t i) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, l->at[i], l->len[i], MAX_LINE);
    printf("  %c %s\n", sign, visible.ptr ? visible.ptr : "");
    buf_release(&visible);
}

/* Is a line so near to one that goes or comes that it is shown, too? */
static bool is_near(const struct edit *script, size_t count, size_t i) {
    size_t from = i > CONTEXT ? i - CONTEXT : 0;

    for (size_t k = from; k < count && k <= i + CONTEXT; k++)
        if (script[k].kind != EDIT_SAME)
            return true;
    return false;
}

static void print_lines(const struct stable_text *a, const struct stable_text *b) {
    struct text_lines x = lines_of(a), y = lines_of(b);
    size_t count, shown = SIZE_MAX;
    struct edit *script = edit_script(x.hash, x.count, y.hash, y.count, &count);

    for (size_t i = 0; i < count; i++) {
        if (!is_near(script, count, i))
            continue;
        if (shown != SIZE_MAX && shown + 1 != i)
            puts("    ..");
        shown = i;
        if (script[i].kind == EDIT_NEW)
            print_line('+', &y, script[i].b);
        else
            print_line(script[i].kind == EDIT_SAME ? ' ' : '-', &x, script[i].a);
    }
    free(script);
    release_lines(&x);
    release_lines(&y);
}

/* "exchange 3, f.yaml:120: GET /v1/apps/secrets" */
static void print_place(const char *path, const struct recorded *x) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, x->request.method, strlen(x->request.method), 40);
    buf_addc(&visible, ' ');
    str_add_visible(&visible, x->request.target,
                    http_target_path_len(x->request.target), 200);
    printf("exchange %llu, %s:%d: %s", (unsigned long long)x->number, path, x->line,
           visible.ptr);
    buf_release(&visible);
}

static void print_change(const struct recording_diff *d,
                         const struct recording_change *c, const char *const *paths) {
    static const struct stable_text nothing = {.text = (char *)(uintptr_t) ""};
    const struct recorded *a = d->a->count ? &d->a->items[c->a] : NULL,
                          *b = d->b->count ? &d->b->items[c->b] : NULL;

    switch (c->kind) {
    case CHANGE_GONE:
        print_place(paths[0], a);
        puts(": gone");
        print_lines(&d->a_texts.items[c->a], &nothing);
        break;
    case CHANGE_NEW:
        print_place(paths[1], b);
        puts(": new");
        print_lines(&nothing, &d->b_texts.items[c->b]);
        break;
    case CHANGE_ANSWERED:
        print_place(paths[0], a);
        printf(": changed, now exchange %llu, %s:%d\n", (unsigned long long)b->number,
               paths[1], b->line);
        print_lines(&d->a_texts.items[c->a], &d->b_texts.items[c->b]);
        break;
    case CHANGE_IDENTITY:
        print_place(paths[1], b);
        printf(": of another one: %s\n", c->what);
        break;
    }
}

int fixture_diff(const struct command *c, char **files, int count) {
    struct recording a = {0}, b = {0};
    struct recording_diff d;
    int code = 2;

    if (count != 2)
        return usage_error(c, "diff takes two recordings");
    if (!fixture_load(&a, files[0], &code))
        return 2; /* 1 says that they differ */
    if (!fixture_load(&b, files[1], &code)) {
        recording_release(&a);
        return 2;
    }
    recording_diff(&d, &a, &b);
    for (size_t i = 0; i < d.count; i++)
        print_change(&d, &d.items[i], (const char *const *)files);
    if (!common.quiet)
        printf("%s and %s: %zu of %zu and %zu exchanges are the same%s\n", files[0],
               files[1], d.same, a.count, b.count,
               d.count ? "" : " but for what is volatile");
    code = d.count ? 1 : 0;
    recording_diff_release(&d);
    recording_release(&a);
    recording_release(&b);
    return code;
}

void fixture_show_stable(const struct recording *r) {
    struct stable_texts texts = stable_texts_of(r);

    for (size_t i = 0; i < texts.count; i++) {
        puts("---");
        fwrite(texts.items[i].text, 1, texts.items[i].len, stdout);
    }
    stable_texts_release(&texts);
}
