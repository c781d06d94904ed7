/* A faults file: which requests it spoils. */
#include "check.h"
#include "proxy/faults.h"

static struct faults *parsed(const char *text) {
    struct diags d = {0};
    struct faults *f = faults_parse("test", text, strlen(text), &d);

    if (!f)
        fprintf(stderr, "%s\n", d.count ? d.items[0].text : "no error");
    diags_release(&d);
    return f;
}

static const struct fault *pick(struct faults *f, const char *method,
                                const char *target) {
    struct http_request q = {0};
    const struct fault *found;

    http_request_set(&q, method, target);
    found = faults_pick(f, &q);
    http_request_release(&q);
    return found;
}

static void the_first_that_fits_is_taken(void) {
    struct faults *f = parsed("faults:\n"
                              "  - {method: POST, status: 500}\n"
                              "  - {path: \"*find*\", status: 429, retry_after: 2}\n");
    const struct fault *found;

    CHECK_INT("a POST", pick(f, "POST", "/v1/apps/secrets")->status, 500);
    found = pick(f, "GET", "/v1/apps/secrets/find?name=a");
    CHECK_INT("a find", found->status, 429);
    CHECK_INT("its Retry-After", found->retry_after, 2);
    CHECK(pick(f, "GET", "/v1/apps/secrets") == NULL);
    faults_free(f);
}

static void every_third_is_every_third(void) {
    struct faults *f = parsed("faults:\n  - {every: 3, status: 503}\n");
    char seen[10] = "";

    for (int i = 0; i < 9; i++)
        seen[i] = pick(f, "GET", "/") ? 'x' : '.';
    CHECK_STR("which are spoilt", seen, "..x..x..x");
    faults_restart(f);
    CHECK(pick(f, "GET", "/") == NULL);
    faults_free(f);
}

static void a_seed_repeats_itself(void) {
    static const char text[] = "seed: 7\nfaults:\n  - {percent: 40, status: 500}\n";
    struct faults *a = parsed(text), *b = parsed(text);
    int hits = 0;

    for (int i = 0; i < 200; i++) {
        bool hit = pick(a, "GET", "/") != NULL;

        CHECK(hit == (pick(b, "GET", "/") != NULL));
        hits += hit;
    }
    CHECK(hits > 40 && hits < 120);
    faults_free(a);
    faults_free(b);
}

static void what_is_wrong_is_told_with_its_place(void) {
    static const char text[] = "faults:\n  - {percnt: 40}\n  - {status: soon}\n";
    struct diags d = {0};

    CHECK(faults_parse("f.yaml", text, strlen(text), &d) == NULL);
    CHECK(d.count >= 2);
    CHECK_INT("the first line", d.count ? d.items[0].line : 0, 2);
    diags_release(&d);
}

int main(void) {
    the_first_that_fits_is_taken();
    every_third_is_every_third();
    a_seed_repeats_itself();
    what_is_wrong_is_told_with_its_place();
    return check_result();
}
