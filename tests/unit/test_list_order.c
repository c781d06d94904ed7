/* Lists of a recording: which order of the implementation they show. */
#include "check.h"
#include "recorded.h"
#include "recording/history/history_load.h"
#include "replay/load/list_order.h"

static void set_three(struct recording *r) {
    record_set(r, 1, "b", "payload:1", "id_b", 0);
    record_set(r, 2, "c", "payload:2", "id_c", 0);
    record_set(r, 3, "a", "payload:3", "id_a", 0);
}

static void check_learned(const char *what, struct recording *r, const char *want) {
    struct histories *s = histories_new(r);
    struct list_order order = list_order_learn(s);

    CHECK_STR(what, list_order_text(&order), want);
    histories_free(s);
    recording_release(r);
}

static void newest_first_is_seen(void) {
    static const char *const names[] = {"a", "c", "b"};
    struct recording r = {0};

    set_three(&r);
    record_list(&r, 4, names, ARRAY_LEN(names));
    check_learned("newest first", &r, "newest first");
}

static void oldest_first_is_seen(void) {
    static const char *const names[] = {"b", "c", "a"};
    struct recording r = {0};

    set_three(&r);
    record_list(&r, 4, names, ARRAY_LEN(names));
    check_learned("oldest first", &r, "oldest first");
}

static void a_replaced_secret_tells_creation_from_the_last_set(void) {
    static const char *const names[] = {"b", "a", "c"};
    struct recording r = {0};

    set_three(&r);
    record_set(&r, 4, "b", "payload:4", "id_b", 1);
    record_list(&r, 5, names, ARRAY_LEN(names));
    check_learned("last set first", &r, "last set first");
}

static void lists_that_contradict_each_other_show_none(void) {
    static const char *const one[] = {"a", "c", "b"}, *const other[] = {"c", "b", "a"};
    struct recording r = {0};

    set_three(&r);
    record_list(&r, 4, one, ARRAY_LEN(one));
    record_list(&r, 5, other, ARRAY_LEN(other));
    check_learned("no order", &r, NULL);
}

static void without_a_list_nothing_is_known(void) {
    struct recording r = {0};

    set_three(&r);
    check_learned("no list", &r, NULL);
}

int main(void) {
    newest_first_is_seen();
    oldest_first_is_seen();
    a_replaced_secret_tells_creation_from_the_last_set();
    lists_that_contradict_each_other_show_none();
    without_a_list_nothing_is_known();
    return check_result();
}
