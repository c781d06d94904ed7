/* Files of faults: one is loaded, or there is a reason; what is picked is one of its own. */
#include "fuzz.h"
#include "proxy/faults.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct diags diags = {0};
    struct faults *f = faults_parse("fuzz", (const char *)data, size, &diags);
    struct http_request request = {0};
    const struct fault *fault;
    json_t *source;

    HOLDS((f == NULL) == (diags.count > 0));
    http_request_set(&request, "POST", "/v1/apps/secrets?a=b");
    for (int i = 0; i < 3; i++)
        if ((fault = faults_pick(f, &request)))
            HOLDS(fault->percent > 0 && *fault_name(fault));
    faults_restart(f);
    source = faults_json(f);
    HOLDS(json_is_array(json_object_get(source, "faults")));
    json_decref(source);
    http_request_release(&request);
    faults_free(f);
    diags_release(&diags);
    return 0;
}
