/* A recording comes in. The text of each exchange goes out without what is volatile, and
 * which ids and secrets it speaks of. */
#include "recording/stable_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/redactor.h"
#include "recording/volatile.h"

static void add_ref(struct stable_text *t, const char *text, size_t len) {
    t->refs = mem_grow(t->refs, t->ref_count + 1, sizeof(*t->refs));
    t->refs[t->ref_count++] = mem_strndup(text, len);
}

/* {{id.12}} becomes {{id}}: how many bytes it took, 0 = it is none. */
static size_t take_id(struct stable_text *t, const char *text, size_t len,
                      struct buf *out) {
    static const char begin[] = "{{id.";
    size_t n = sizeof(begin) - 1, digits = 0;

    if (len < n || memcmp(text, begin, n) != 0)
        return 0;
    while (n + digits < len && text[n + digits] >= '0' && text[n + digits] <= '9')
        digits++;
    if (!digits || len < n + digits + 2 || memcmp(text + n + digits, "}}", 2) != 0)
        return 0;
    add_ref(t, text + 2, n + digits - 2);
    buf_adds(out, "{{id}}");
    return n + digits + 2;
}

/* payload:12 becomes payload:N; a token with a role is what it says. */
static size_t take_token(struct stable_text *t, const char *text, size_t len,
                         struct buf *out) {
    size_t n = redactor_token(text, len), kind, digits;

    if (!n)
        return 0;
    kind = strcspn(text, ":") + 1;
    digits = strspn(text + kind, "0123456789");
    if (!digits || kind + digits > n) {
        buf_add(out, text, n);
        return n;
    }
    add_ref(t, text, kind + digits);
    buf_addf(out, "%.*sN", (int)kind, text);
    buf_add(out, text + kind + digits, n - kind - digits);
    return n;
}

static struct stable_text without_numbers(const char *text, size_t len) {
    struct stable_text t = {0};
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < len;) {
        bool inside =
            i && (((text[i - 1] | 0x20) >= 'a' && (text[i - 1] | 0x20) <= 'z'));
        size_t n = text[i] == '{' ? take_id(&t, text + i, len - i, &out)
                   : inside       ? 0
                                  : take_token(&t, text + i, len - i, &out);

        if (!n)
            buf_addc(&out, text[i++]);
        i += n;
    }
    t.text = buf_take(&out, &t.len);
    return t;
}

struct stable_texts stable_texts_of(const struct recording *r) {
    struct stable_texts all = {mem_new(r->count + 1, sizeof(*all.items)), r->count};
    struct volatile_ids ids = {0};

    for (size_t i = 0; i < r->count; i++) {
        struct buf text = BUF_INIT(BUF_UNLIMITED);

        recording_write_stable(&r->items[i], &ids, &text);
        all.items[i] = without_numbers(text.ptr, text.len);
        buf_release(&text);
    }
    volatile_ids_release(&ids);
    return all;
}

void stable_texts_release(struct stable_texts *t) {
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < t->items[i].ref_count; k++)
            free(t->items[i].refs[k]);
        free(t->items[i].refs);
        free(t->items[i].text);
    }
    free(t->items);
    *t = (struct stable_texts){0};
}
