/*
 * record_load - clients of a recorder, and the proof that it kept what they saw.
 *
 *   record_load load URL SEEN THREADS MAX_MS [EXCHANGES]
 *       Each thread sets, finds and deletes secrets of names of its own and appends
 * each answer that came in full to SEEN: "NAME METHOD STATUS BODY-IN-HEX". It ends when
 *       the server goes away, after MAX_MS or after EXCHANGES each.
 *   record_load verify FIXTURE SEEN
 *       Each line of SEEN must be an answered exchange of FIXTURE, byte for byte, and
 * in the order in which its thread sent them. Exit 1 names what is missing.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/recording.h"

enum { MAX_THREADS = 64 };

static const char *base;
static FILE *seen;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t until_ms;
static long limit;
static atomic_long total;

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    return buf_add(context, bytes, size * count) ? size * count : 0;
}

static void log_answer(const char *name, const char *method, long status,
                       const struct buf *body) {
    pthread_mutex_lock(&seen_lock);
    fprintf(seen, "%s %s %ld ", name, method, status);
    for (size_t i = 0; i < body->len; i++)
        fprintf(seen, "%02x", (unsigned char)body->ptr[i]);
    fputc('\n', seen);
    pthread_mutex_unlock(&seen_lock);
}

static bool call(CURL *easy, const char *name, int kind) {
    struct buf body = BUF_INIT(1 << 20);
    char *url, *form = NULL;
    long status = 0;
    bool ok;

    if (kind == 1) {
        url = mem_printf("%s/v1/apps/secrets/find?name=%s&scope[type]=user&"
                         "scope[user]=u%s",
                         base, name, name);
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        url = mem_printf("%s/v1/apps/secrets%s", base, kind == 0 ? "" : "/delete");
        form = mem_printf("name=%s&scope[type]=user&scope[user]=u%s%s%s", name, name,
                          kind == 0 ? "&payload=hush-" : "", kind == 0 ? name : "");
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, form);
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    ok = curl_easy_perform(easy) == CURLE_OK;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (ok && status != 503)
        log_answer(name, kind == 1 ? "GET" : "POST", status, &body);
    ok = ok && status < 500;
    buf_release(&body);
    free(form);
    free(url);
    return ok;
}

static void *client(void *context) {
    CURL *easy = curl_easy_init();
    long thread = (long)(intptr_t)context;
    char name[64];

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_USERPWD, "sk_test_4eC39HqLyjWDarjtT1zdp7dc:");
    for (long i = 0; clock_steady_ms() < until_ms && (!limit || i < limit); i++) {
        snprintf(name, sizeof(name), "t%ldn%ldr%lld", thread, i / 3,
                 (long long)until_ms);
        if (!call(easy, name, (int)(i % 3)))
            break;
        atomic_fetch_add(&total, 1);
    }
    curl_easy_cleanup(easy);
    return NULL;
}

static int load(char **argv, int argc) {
    pthread_t threads[MAX_THREADS];
    long count = strtol(argv[4], NULL, 10);

    base = argv[2];
    seen = fopen(argv[3], "a");
    until_ms = clock_steady_ms() + strtol(argv[5], NULL, 10);
    limit = argc > 6 ? strtol(argv[6], NULL, 10) : 0;
    if (!seen || count < 1 || count > MAX_THREADS)
        return 2;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (long i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, client, (void *)(intptr_t)i);
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    fclose(seen);
    printf("%ld\n", atomic_load(&total));
    return 0;
}

static bool is_it(const struct recorded *x, const char *name, const char *method,
                  long status, const char *hex) {
    char *pair = mem_printf("name=%s&", name);
    const char *where = x->request.body ? x->request.body : x->request.target;
    bool same = strcmp(x->request.method, method) == 0 &&
                x->outcome == OUTCOME_ANSWERED && x->response.status == status &&
                strstr(where, pair) && strlen(hex) == 2 * x->response.body_len;

    free(pair);
    for (size_t i = 0; same && i < x->response.body_len; i++) {
        char two[3];

        snprintf(two, sizeof(two), "%02x", (unsigned char)x->response.body[i]);
        same = memcmp(two, hex + 2 * i, 2) == 0;
    }
    return same;
}

static int verify(char **argv) {
    struct recording r = {0};
    struct diags diags = {0};
    size_t len, lines = 0, missing = 0, from = 0;
    char *text, *save = NULL;

    if (!recording_load(&r, argv[2], &diags)) {
        fprintf(stderr, "%s:%d: %s\n", argv[2], diags.items[0].line,
                diags.items[0].text);
        return 1;
    }
    text = file_slurp(argv[3], 1 << 30, &len, NULL);
    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        char *rest = NULL, *name = strtok_r(line, " ", &rest),
             *method = strtok_r(NULL, " ", &rest), *status = strtok_r(NULL, " ", &rest),
             *hex = strtok_r(NULL, " ", &rest);
        bool found = false;

        lines++;
        for (size_t i = 0; hex && !found && i < r.count; i++) {
            size_t at = (from + i) % r.count; /* near the last one */

            found = is_it(&r.items[at], name, method, strtol(status, NULL, 10), hex);
            if (found)
                from = at > 64 ? at - 64 : 0;
        }
        if (!found && missing++ < 5)
            fprintf(stderr, "missing: %s %s %s\n", name, method, status);
    }
    for (size_t i = 1; i < r.count; i++)
        if (r.items[i].number != r.items[i - 1].number + 1)
            missing++;
    printf("%zu answers seen, %zu exchanges, %zu missing\n", lines, r.count, missing);
    free(text);
    recording_release(&r);
    return missing ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc >= 6 && strcmp(argv[1], "load") == 0)
        return load(argv, argc);
    if (argc == 4 && strcmp(argv[1], "verify") == 0)
        return verify(argv);
    fprintf(stderr, "usage: record_load load URL SEEN THREADS MAX_MS [EXCHANGES] | "
                    "verify FIXTURE SEEN\n");
    return 2;
}
