/* A status and a body come in. Out goes whether a gateway answered in the API's place. */
#include "api/gateway.h"

#include "core/jsonx.h"

bool gateway_answered(int status, const char *body, size_t len) {
    json_t *value, *error;
    bool own;

    if (status != 429 && status != 502 && status != 503 && status != 504)
        return false;
    value = len ? jsonx_told(body, len) : NULL;
    error = json_object_get(value, "error");
    own = json_is_string(json_object_get(error, "type")) &&
          json_is_string(json_object_get(error, "message"));
    json_decref(value);
    return !own;
}
