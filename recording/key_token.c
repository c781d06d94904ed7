/* The token of a key comes in; its role and its mode go out. */
#include "recording/key_token.h"

#include <string.h>

#include "core/str.h"

enum api_role key_token_role(const char *token) {
    return token && str_starts(token, "key:")
               ? api_role_of(token + 4, strlen(token + 4))
               : API_ROLES;
}

bool key_token_is_live(const char *token) {
    return token && (key_token_role(token) == API_LIVE || str_ends(token, "(live)"));
}
