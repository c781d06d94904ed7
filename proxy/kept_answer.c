/* An answer comes in. The same goes out as libmicrohttpd sends it, any number of times. */
#include "proxy/kept_answer.h"

#include <stdlib.h>

#include "core/mem.h"
#include "proxy/mhd.h"

struct kept_answer *kept_answer_new(struct http_response *response,
                                    const char *renewed) {
    struct kept_answer *k = mem_new(1, sizeof(*k));
    char *body = response->body ? response->body : mem_strndup("", 0);

    k->status = response->status;
    k->response = MHD_create_response_from_buffer(response->body_len, body,
                                                  MHD_RESPMEM_MUST_FREE);
    response->body = NULL;
    mhd_add_headers(k->response, &response->headers);
    if (k->response && renewed)
        k->renewed = (char *)(uintptr_t)MHD_get_response_header(k->response, renewed);
    http_response_release(response);
    return k;
}

void kept_answer_free(struct kept_answer *k) {
    if (!k)
        return;
    if (k->response)
        MHD_destroy_response(k->response);
    free(k);
}

char *kept_answer_value(struct kept_answer *k) {
    return k->renewed;
}
