/*
 * bare_loop.c - the limit to stand beside: curl_multi and jansson, nothing else.
 *
 * Usage: bare_loop URL COUNT [AT_ONCE]
 * Sends COUNT GET requests with Basic credentials, AT_ONCE (8) at a time over
 * kept-alive connections, parses each answer and looks at its status and three members.
 * Prints how long that took, from the first request to the last answer.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct loop_slot {
    CURL *easy;
    char text[65536];
    size_t len;
};

static size_t collect(char *bytes, size_t size, size_t count, void *context) {
    struct loop_slot *s = context;
    size_t n = size * count;

    if (n > sizeof(s->text) - s->len)
        return 0;
    memcpy(s->text + s->len, bytes, n);
    s->len += n;
    return n;
}

static int good(struct loop_slot *s) {
    long status = 0;
    json_t *body = json_loadb(s->text, s->len, 0, NULL);
    int ok;

    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    ok = status == 200 && json_is_string(json_object_get(body, "name")) &&
         json_is_string(json_object_get(body, "object")) &&
         json_is_false(json_object_get(body, "livemode"));
    json_decref(body);
    return ok;
}

static void start(CURLM *multi, struct loop_slot *s) {
    s->len = 0;
    curl_multi_add_handle(multi, s->easy);
}

static double now_ms(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000.0 + (double)t.tv_nsec / 1000000.0;
}

int main(int argc, char **argv) {
    int total = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 200;
    int width = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 8;
    int sent = 0, done = 0, bad = 0, running, left;
    struct loop_slot *slots = calloc((size_t)width, sizeof(*slots));
    CURLM *multi;
    double began;

    if (argc < 2 || !slots || curl_global_init(CURL_GLOBAL_DEFAULT))
        return 2;
    began = now_ms();
    multi = curl_multi_init();
    for (int i = 0; i < width && sent < total; i++, sent++) {
        slots[i].easy = curl_easy_init();
        curl_easy_setopt(slots[i].easy, CURLOPT_URL, argv[1]);
        curl_easy_setopt(slots[i].easy, CURLOPT_USERPWD, "sk_test_bench:");
        curl_easy_setopt(slots[i].easy, CURLOPT_PROXY, "");
        curl_easy_setopt(slots[i].easy, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(slots[i].easy, CURLOPT_WRITEDATA, &slots[i]);
        curl_easy_setopt(slots[i].easy, CURLOPT_PRIVATE, &slots[i]);
        curl_easy_setopt(slots[i].easy, CURLOPT_TIMEOUT_MS, 10000L);
        start(multi, &slots[i]);
    }
    while (done < total) {
        CURLMsg *message;

        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left))) {
            struct loop_slot *s = NULL;

            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s);
            bad += message->data.result != CURLE_OK || !good(s);
            done++;
            curl_multi_remove_handle(multi, s->easy);
            if (sent < total) {
                sent++;
                start(multi, s);
            }
        }
        if (done < total)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    began = now_ms() - began;
    for (int i = 0; i < width; i++)
        curl_easy_cleanup(slots[i].easy);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    free(slots);
    printf("%d requests, %d bad, in %.3f ms\n", done, bad, began);
    return bad ? 1 : 0;
}
