/* Names of a recording and of a client: what is learned of two that are one. */
#include "check.h"
#include "core/mem.h"
#include "replay/renaming.h"

static void check_text(const struct renaming *l, const char *text, bool back,
                       const char *want) {
    char *got = renaming_text(l, text, back);

    CHECK_STR(text, got, want);
    free(got);
}

static void what_differs_is_learned_and_tried_on_other_names(void) {
    struct renaming l = {0};

    renaming_learn(&l, "assayBBBB-1-token", "assayAAAA-1-token");
    check_text(&l, "assayBBBB-2-other", false, "assayAAAA-2-other");
    check_text(&l, "assayAAAA-2-other", true, "assayBBBB-2-other");
    check_text(&l, "something-else", false, "something-else");
    renaming_release(&l);
}

static void the_first_swap_that_applies_is_taken(void) {
    struct renaming l = {0};

    renaming_learn(&l, "runtwo-a", "runone-a");
    renaming_learn(&l, "usr_two_x", "usr_one_x");
    check_text(&l, "runtwo-b", false, "runone-b");
    check_text(&l, "usr_two_y", false, "usr_one_y");
    renaming_release(&l);
}

static void a_renaming_without_swaps_copies(void) {
    struct renaming l = {0};

    check_text(&l, "name", false, "name");
    renaming_release(&l);
}

static void names_that_are_alike_score_higher(void) {
    CHECK_INT("equal", renaming_score("name", "name"), 1000);
    CHECK_INT("nothing in common", renaming_score("abc", "xyz"), 0);
    CHECK(renaming_score("run1-token", "run2-token") >
          renaming_score("run1-token", "run2-cookie"));
}

static void words_of_a_longer_text_are_put_back(void) {
    struct renaming l = {0};
    char *said = mem_strdup("No such secret: 'first-alpha' of first-beta");

    renaming_learn(&l, "second-alpha", "first-alpha");
    renaming_swap_words(&l, &said);
    CHECK_STR("text", said, "No such secret: 'second-alpha' of second-beta");
    free(said);
    renaming_release(&l);
}

int main(void) {
    what_differs_is_learned_and_tried_on_other_names();
    the_first_swap_that_applies_is_taken();
    a_renaming_without_swaps_copies();
    names_that_are_alike_score_higher();
    words_of_a_longer_text_are_put_back();
    return check_result();
}
