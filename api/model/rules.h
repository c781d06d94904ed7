/*
 * rules.h - where one implementation of the Secrets API differs from the next.
 *
 * Each row is a field of `struct model_rules`, an int for which 0 is correct and most
 * ordinary. Its name with dashes is what `assay serve --defect` and `--freedom` take. A
 * row is: field, the clause that it breaks or uses, the value that switches it on, one
 * line.
 *
 * Threads    rules are set before the model is made and never change after.
 */
#ifndef ASSAY_API_MODEL_RULES_H
#define ASSAY_API_MODEL_RULES_H

#include "core/base.h"

/* clang-format off */
#define MODEL_DEFECTS(X)                                                                    \
    X(object_name_wrong, "OBJ-1", 1, "a secret says object: secret")                        \
    X(created_in_ms, "OBJ-1", 1, "created is in milliseconds")                              \
    X(created_as_text, "OBJ-1", 1, "created is text")                                       \
    X(id_empty, "OBJ-1", 1, "the id is an empty string")                                    \
    X(expires_at_absent, "OBJ-1", 1, "expires_at is left out when there is none")           \
    X(livemode_as_text, "OBJ-1", 1, "livemode is text")                                     \
    X(id_by_name, "OBJ-2", 1, "one name has one id in every scope")                         \
    X(find_other_id, "OBJ-2", 1, "find shows another id than set")                          \
    X(list_other_id, "OBJ-2", 1, "list shows another id than set")                          \
    X(scope_without_user, "OBJ-3", 1, "a user's scope is shown without the user")           \
    X(scope_always_account, "OBJ-3", 1, "every scope is shown as account")                  \
    X(payload_in_set, "OBJ-4", 1, "set shows the payload unasked")                          \
    X(payload_in_find, "OBJ-4", 1, "find shows the payload unasked")                        \
    X(payload_in_list, "OBJ-4", 1, "list shows the payloads unasked")                       \
    X(payload_in_pages, "OBJ-4", 1, "pages after a cursor show the payloads") \
    X(expand_anything, "OBJ-4", 1, "expanding anything shows the payload")                  \
    X(deleted_on_live, "OBJ-5", 1, "a live secret says deleted: true")                      \
    X(livemode_for_test, "OBJ-6", 1, "livemode is true for a test key")                     \
    X(livemode_in_pages, "OBJ-6", 1, "pages after a cursor say livemode: true") \
    X(livemode_never, "OBJ-6", 1, "livemode is false for a live key")                       \
    X(created_on_read, "OBJ-7", 1, "created is the time of reading")                        \
    X(id_on_read, "OBJ-7", 1, "each read makes a new id")                                   \
    X(set_status_201, "SET-1", 1, "a new secret answers 201")                               \
    X(set_answer_empty, "SET-1", 1, "set answers an empty object")                          \
    X(replace_ignored, "SET-2", 1, "a second set of a name changes nothing")                \
    X(replace_refused, "SET-2", 1, "a second set of a name is 409")                         \
    X(replace_keeps_tail, "SET-2", 1, "a shorter payload keeps the end of the old one") \
    X(replace_adds, "SET-2", 1, "a second set of a name adds a second secret")              \
    X(replace_keeps_expiry, "SET-3", 1, "replacing without expires_at keeps the old one")   \
    X(name_optional, "SET-4", 1, "set without a name is taken")                             \
    X(name_may_be_empty, "SET-4", 1, "set with an empty name is taken")                     \
    X(payload_optional, "SET-4", 1, "set without a payload is taken")                       \
    X(payload_may_be_empty, "SET-4", 1, "set with an empty payload is taken")               \
    X(scope_optional, "SET-4", 1, "set without a scope goes to the account")                \
    X(scope_type_may_be_empty, "SET-4", 1, "an empty scope[type] means account")            \
    X(scope_type_optional, "SET-4", 1, "scope[user] alone means a user's scope")            \
    X(scope_user_optional, "SET-4", 1, "a user scope without a user is taken")              \
    X(scope_type_any, "SET-5", 1, "any scope[type] is taken for account")                   \
    X(expires_at_not_checked, "SET-6", 1, "an expires_at that is no integer is ignored")    \
    X(set_expand_ignored, "SET-7", 1, "set does not expand the payload")                    \
    X(payload_trimmed, "SET-8", 1, "blanks at the ends of a payload are lost")              \
    X(payload_plus_lost, "SET-8", 1, "a plus sign in a payload becomes a space")            \
    X(payload_decoded_twice, "SET-8", 1, "a payload is percent-decoded twice")              \
    X(payload_cut, "SET-8", 1, "a payload is cut at 4,096 characters")                      \
    X(payload_bmp_only, "SET-8", 1, "characters of four bytes are lost")                    \
    X(payload_one_line, "SET-8", 1, "a newline in a payload becomes a space")               \
    X(payload_cr_lost, "SET-8", 1, "a carriage return in a payload is lost") \
    X(payload_dollars_lost, "SET-8", 1, "dollar signs in a payload are lost") \
    X(payload_braces_lost, "SET-8", 1, "braces in a payload are lost") \
    X(payload_bom_lost, "SET-8", 1, "a byte order mark in a payload is lost") \
    X(payload_unquoted, "SET-8", 1, "quotation marks in a payload are lost")                \
    X(payload_bytes_counted, "SET-8", 1, "a payload may have 5,000 bytes, not characters")  \
    X(payload_units_counted, "SET-8", 1, "a payload may have 5,000 UTF-16 units")           \
    X(name_trimmed, "SET-8", 1, "blanks at the ends of a name are lost")                    \
    X(name_cut, "SET-8", 1, "a name is cut at 255 characters")                              \
    X(name_ascii_only, "SET-8", 1, "letters beyond ASCII in a name become ?")               \
    X(name_without_case, "SET-9", 1, "names that differ in case are one")                   \
    X(name_by_prefix, "SET-9", 1, "find takes the beginning of a name")                     \
    X(name_by_255, "SET-9", 1, "names with the same 255 characters first are one") \
    X(name_wildcards, "SET-9", 1, "find takes _, % and * as wildcards")                     \
    X(name_normalized, "SET-9", 1, "a letter and its combining form are one")               \
    X(name_as_number, "SET-9", 1, "names that are equal numbers are one")                   \
    X(name_padded, "SET-9", 1, "blanks at the end of a name do not count")                  \
    X(long_payload_taken, "SET-10", 1, "a payload of over 5,000 characters is taken")       \
    X(long_name_taken, "SET-10", 1, "a name of over 5,000 characters is taken")             \
    X(past_expiry_taken, "SET-11", 1, "an expires_at in the past is taken")                 \
    X(far_expiry_taken, "SET-11", 1, "an expires_at in 200 years is taken")                 \
    X(expand_finds_expired, "EXP-3", 1, "an expired secret is found when expanded") \
    X(expand_lists_expired, "EXP-3", 1, "an expired secret is listed when expanded") \
    X(list_first_expiry, "EXP-5", 1, "the list goes by the first expires_at") \
    X(past_expiry_is_live, "EXP-3", 1, "a secret set with a past expires_at is found")      \
    X(refused_set_stores, "SET-12", 1, "a refused set stores all the same")                 \
    X(refused_set_removes, "SET-12", 1, "a refused set removes the earlier secret")         \
    X(cap_ignored, "SET-13", 1, "a scope holds any number of secrets")                      \
    X(find_hides_expiry, "FIND-1", 1, "find says expires_at: null whatever was set")        \
    X(find_status_201, "FIND-1", 1, "find answers 201")                                     \
    X(missing_is_400, "FIND-2", 1, "a name never set is 400")                               \
    X(missing_is_200, "FIND-2", 1, "a name never set is 200 with null")                     \
    X(missing_without_code, "FIND-2", 1, "the 404 has no code")                             \
    X(reserved_words_crash, "FIND-2", 1, "a name such as constructor is a 500")             \
    X(find_name_optional, "FIND-3", 1, "find without a name answers the newest")            \
    X(find_scope_optional, "FIND-3", 1, "find without a scope looks in the account")        \
    X(find_expand_ignored, "FIND-4", 1, "find does not expand the payload")                 \
    X(find_is_cached, "FIND-5", 1, "find answers the state before the last change")         \
    X(list_object_wrong, "LIST-1", 1, "a list says object: array")                          \
    X(list_url_wrong, "LIST-1", 1, "the url of a list has the query in it")                 \
    X(has_more_absent, "LIST-1", 1, "a list has no has_more")                               \
    X(list_items_bare, "LIST-1", 1, "a list holds ids, not secrets")                        \
    X(list_drops_one, "LIST-2", 1, "a list of three or more lacks its oldest")              \
    X(list_doubles_one, "LIST-2", 1, "a list of three or more has its newest twice")        \
    X(empty_list_404, "LIST-3", 1, "an empty list is 404")                                  \
    X(empty_list_null, "LIST-3", 1, "an empty list says data: null")                        \
    X(limit_ignored, "LIST-4", 1, "limit is ignored")                                       \
    X(limit_plus_one, "LIST-4", 1, "a page holds one more than limit")                      \
    X(limit_not_checked, "LIST-4", 1, "a limit that is no integer is ignored")              \
    X(default_page_5, "LIST-4", 5, "a page without limit holds 5") \
    X(default_page_20, "LIST-4", 20, "a page without limit holds 20")                       \
    X(limit_unbounded, "LIST-4", 1, "a limit over 100 is obeyed")                           \
    X(limit_zero_taken, "LIST-4a", 1, "limit 0 is taken")                                   \
    X(limit_high_taken, "LIST-4a", 1, "limit 101 is taken as 100")                          \
    X(limit_negative_taken, "LIST-4a", 1, "limit -1 is taken")                              \
    X(limit_zero_crashes, "ERR-5", 1, "limit 0 is a 500")                                   \
    X(after_inclusive, "LIST-5", 1, "starting_after repeats the cursor")                    \
    X(after_skips, "LIST-5", 1, "starting_after leaves one out")                            \
    X(after_ignored, "LIST-5", 1, "starting_after is ignored")                              \
    X(expired_take_places, "LIST-5", 1, "expired secrets take places in a page")            \
    X(before_first_page, "LIST-6", 1, "ending_before answers the first page")               \
    X(before_reversed, "LIST-6", 1, "ending_before answers in reverse order")               \
    X(before_inclusive, "LIST-6", 1, "ending_before repeats the cursor")                    \
    X(has_more_if_full, "LIST-7", 1, "has_more is true on any full page")                   \
    X(has_more_never, "LIST-7", 1, "has_more is always false")                              \
    X(has_more_backward, "LIST-7", 1, "has_more of a backward page looks forward")          \
    X(expired_count_in_more, "LIST-7", 1, "expired secrets count in has_more")              \
    X(cursor_ignored, "LIST-8", 1, "an unknown cursor is ignored")                          \
    X(cursor_any_scope, "LIST-8", 1, "a cursor of another scope is taken")                  \
    X(cursor_any_account, "LIST-8", 1, "a cursor of another account is taken")              \
    X(cursor_empty_page, "LIST-8", 1, "an unknown cursor gives an empty page")              \
    X(oldest_first, "LIST-9", 1, "a list has the oldest first")                             \
    X(listed_by_name, "LIST-9", 1, "a list is in the order of the names")                   \
    X(listed_by_id, "LIST-9", 1, "a list is in the order of the ids")                       \
    X(both_cursors_taken, "LIST-10", 1, "both cursors at once are taken")                   \
    X(list_scope_optional, "LIST-11", 1, "list without a scope shows the account")          \
    X(list_expands_old, "LIST-12", 1, "list shows the payload before the last one") \
    X(list_expand_ignored, "LIST-12", 1, "list does not expand the payloads")               \
    X(list_rotates, "LIST-13", 1, "each read of a list has another order")                  \
    X(delete_not_said, "DEL-1", 1, "delete answers without deleted")                        \
    X(delete_other_id, "DEL-1", 1, "delete answers another id")                             \
    X(delete_status_204, "DEL-1", 1, "delete answers 204 without a body")                   \
    X(delete_only_hides, "DEL-2", 1, "a deleted secret is still found")                     \
    X(expand_finds_deleted, "DEL-2", 1, "a deleted secret is found when expanded") \
    X(delete_still_listed, "DEL-2", 1, "a deleted secret is still listed")                  \
    X(delete_missing_200, "DEL-3", 1, "deleting what is not there is 200")                  \
    X(delete_twice_200, "DEL-3", 1, "deleting a second time is 200")                        \
    X(delete_expired_200, "DEL-3", 1, "deleting an expired secret is 200")                  \
    X(delete_in_all_scopes, "DEL-4", 1, "delete removes the name in every scope")           \
    X(delete_falls_back, "DEL-4", 1, "a delete in an empty user scope deletes in the account") \
    X(delete_by_prefix, "DEL-4", 1, "delete removes names that begin alike")                \
    X(delete_blocks_name, "DEL-5", 1, "a deleted name cannot be set again")                 \
    X(delete_old_payload, "DEL-5", 1, "a name set again has its deleted payload")           \
    X(delete_old_expiry, "DEL-5", 1, "a name set again has its deleted expires_at")         \
    X(delete_name_optional, "DEL-6", 1, "delete without a name takes the newest")           \
    X(delete_scope_optional, "DEL-6", 1, "delete without a scope takes the account")        \
    X(get_deletes, "DEL-7", 1, "GET of the delete path deletes")                            \
    X(list_old_expiry, "EXP-1", 1, "a list shows the first expires_at of a name") \
    X(expires_at_off, "EXP-1", 1, "expires_at comes back a second later")                   \
    X(expires_at_in_ms, "EXP-1", 1, "expires_at comes back in milliseconds")                \
    X(list_hides_expiry, "EXP-1", 1, "list says expires_at: null whatever was set")         \
    X(expires_early, "EXP-2", 2000, "a secret ends two seconds too soon")                   \
    X(expires_a_second_early, "EXP-2", 1000, "a secret ends a second too soon")             \
    X(replaced_ends_early, "EXP-2", 2000, "a secret that was replaced ends two seconds too soon") \
    X(expires_late, "EXP-3", 3000, "a secret is there three seconds too long")              \
    X(find_shows_expired, "EXP-3", 1, "find answers an expired secret")                     \
    X(expiry_zero_is_never, "EXP-3", 1, "an expires_at of 0 or less means never")           \
    X(expired_comes_back, "EXP-3", 1, "every third find and list shows what has expired")   \
    X(list_shows_expired, "EXP-3", 1, "list shows an expired secret")                       \
    X(expired_blocks_name, "EXP-4", 1, "an expired name cannot be set again")               \
    X(expired_keeps_expiry, "EXP-4", 1, "an expired name set again keeps its expiry")       \
    X(expired_old_payload, "EXP-4", 1, "an expired name set again has its old payload")     \
    X(expiry_first_holds, "EXP-5", 1, "replacing does not change when a secret ends")       \
    X(expiry_never_sooner, "EXP-5", 1, "replacing cannot make a secret end sooner")         \
    X(expiry_takes_scope, "EXP-6", 1, "when a secret expires its scope is emptied")         \
    X(set_in_all_scopes, "ISO-1", 1, "replacing changes the name in every scope")           \
    X(find_falls_back, "ISO-2", 1, "find in a user's scope falls back to the account")      \
    X(find_any_user, "ISO-2", 1, "find in a user's scope looks at all users")               \
    X(find_like_users, "ISO-2", 1, "users that begin alike, or differ in case, are one to find")\
    X(list_all_users, "ISO-3", 1, "list of a user shows all users")                         \
    X(list_account_all, "ISO-3", 1, "list of the account shows the users' too")             \
    X(ui_lists_both, "ISO-3", 1, "to a UI extension account and user are one list") \
    X(list_like_users, "ISO-3", 1, "users that begin alike, or differ in case, are one to list")\
    X(ui_no_account, "ISO-4", 1, "a UI extension is refused the account scope")             \
    X(ui_no_own, "ISO-4", 1, "a UI extension is refused its own user")                      \
    X(ui_sets_other, "ISO-5", 1, "a UI extension sets in another user's scope")             \
    X(ui_finds_other, "ISO-5", 1, "a UI extension finds in another user's scope")           \
    X(ui_lists_other, "ISO-5", 1, "a UI extension lists another user's scope")              \
    X(ui_deletes_other, "ISO-5", 1, "a UI extension deletes in another user's scope")       \
    X(idempotency_any_sender, "ISO-5", 1, "a key that a backend used opens another user's secret to a UI extension") \
    X(accounts_shared, "ISO-6", 1, "all accounts share their secrets")                      \
    X(account_finds_other, "ISO-6", 1, "another account's key finds our secrets")           \
    X(idempotency_any_account, "ISO-6", 1, "accounts share their idempotency keys")         \
    X(modes_shared, "ISO-7", 1, "test and live share their secrets")                        \
    X(no_key_sets, "AUTH-1", 1, "set needs no key")                                         \
    X(no_key_finds, "AUTH-1", 1, "find needs no key")                                       \
    X(no_key_lists, "AUTH-1", 1, "list needs no key")                                       \
    X(no_key_deletes, "AUTH-1", 1, "delete needs no key")                                   \
    X(any_key, "AUTH-1", 1, "any key is taken for the first account's")                     \
    X(longer_key, "AUTH-1", 1, "a key with more behind it is taken")                        \
    X(shorter_key, "AUTH-1", 1, "the beginning of a key is taken")                          \
    X(recased_key, "AUTH-1", 1, "keys ignore case") \
    X(unknown_key_403, "AUTH-1", 1, "an unknown key is 403")                                \
    X(unauthorized_bare, "ERR-1", 1, "a 401 has no body")                                   \
    X(basic_refused, "AUTH-2", 1, "HTTP Basic is refused")                                  \
    X(bearer_refused, "AUTH-3", 1, "a bearer token is refused")                             \
    X(error_as_text, "ERR-1", 1, "errors are plain text")                                   \
    X(error_without_envelope, "ERR-1", 1, "errors stand without the error member")          \
    X(error_without_message, "ERR-1", 1, "errors have no message")                          \
    X(list_errors_as_text, "ERR-1", 1, "list refuses in plain text")                        \
    X(wrong_verb_bare, "ERR-1", 1, "a wrong verb is refused without a body")                \
    X(error_type_api, "ERR-2", 1, "a bad request has type api_error")                       \
    X(missing_type_wrong, "ERR-2", 1, "a missing secret has type not_found")                \
    X(param_not_named, "ERR-3", 1, "param is never there")                                  \
    X(param_wrong, "ERR-3", 1, "param is always name")                                      \
    X(unknown_ignored, "ERR-4", 1, "unknown parameters are ignored")                        \
    X(unknown_path_400, "ERR-5", 1, "an unknown path is 400")                               \
    X(percent_crashes, "ERR-5", 1, "a bad percent sequence is a 500")                       \
    X(nul_crashes, "ERR-5", 1, "a NUL in a parameter is a 500")                             \
    X(utf8_crashes, "ERR-5", 1, "invalid UTF-8 is a 500")                                   \
    X(shape_crashes, "ERR-5", 1, "a scope that is no mapping is a 500")                     \
    X(refusals_crash, "ERR-5", 1, "every bad request is a 500")                             \
    X(repeated_crashes, "ERR-5", 1, "a parameter given twice is a 500")                     \
    X(odd_verb_crashes, "ERR-5", 1, "a method other than GET and POST is a 500")            \
    X(empty_crashes, "ERR-5", 1, "an empty parameter is a 500")                             \
    X(authorization_crashes, "ERR-5", 1, "an Authorization that opens nothing is a 500")      \
    X(unknown_path_crashes, "ERR-5", 1, "an unknown path is a 500")                         \
    X(wrong_verb_crashes, "ERR-5", 1, "a wrong verb is a 500")                              \
    X(delimiters_crash, "ERR-5", 1, "a semicolon or a second = in a query is a 500")        \
    X(short_words_crash, "ERR-5", 1, "a name of one letter, a user without usr_ is a 500")  \
    X(rare_characters_crash, "ERR-5", 1, "a payload of rare characters is a 500")           \
    X(rare_names_crash, "ERR-5", 1, "a name of blanks or controls, or with a quote, is a 500") \
    X(type_absent_crashes, "ERR-5", 1, "a form without a Content-Type is a 500")            \
    X(raw_bytes_crash, "ERR-5", 1, "UTF-8 that is not percent-encoded is a 500")            \
    X(key_quotes_crash, "ERR-5", 1, "a quote in an Idempotency-Key is a 500")               \
    X(percent_refused_bare, "ERR-1", 1, "a bad percent sequence is refused in plain text")  \
    X(errors_show_request, "ERR-6", 1, "every refusal repeats the parameters")              \
    X(errors_show_key, "ERR-6", 1, "every refusal repeats the key")                         \
    X(error_shows_payload, "ERR-6", 1, "an error message repeats the payload")              \
    X(error_shows_key, "ERR-6", 1, "an error message repeats the key")                      \
    X(request_id_absent, "PROTO-1", 1, "answers have no Request-Id")                        \
    X(request_id_constant, "PROTO-1", 1, "every answer has the same Request-Id")            \
    X(idempotency_ignored, "PROTO-2", 1, "Idempotency-Key is ignored")                      \
    X(idempotency_stores, "PROTO-2", 1, "a repeated key answers the first but stores")      \
    X(idempotency_any_params, "PROTO-2", 1, "a repeated key may have other parameters")     \
    X(idempotency_any_call, "PROTO-2", 1, "the key of a set answers a delete")              \
    X(idempotency_keeps_refusals, "PROTO-2", 1, "a refused request is remembered")          \
    X(content_type_html, "PROTO-3", 1, "answers say text/html")                             \
    X(content_latin1, "PROTO-3", 1, "answers are in Latin-1")                               \
    X(expand_index_ignored, "PROTO-4", 1, "expand[0] is not understood")                    \
    X(brackets_raw_only, "PROTO-4", 1, "percent-encoded brackets are not understood")       \
    X(order_matters, "PROTO-4", 1, "scope must stand before name")                          \
    X(space_plus_only, "PROTO-4", 1, "%20 is not decoded in a query")                       \
    X(percent_upper_only, "PROTO-4", 1, "percent sequences in lower case are not decoded")  \
    X(post_query_ignored, "PROTO-4", 1, "the query of a POST is not read")                  \
    X(json_body_taken, "PROTO-5", 1, "a JSON body is taken")                                \
    X(trailing_slash_taken, "PROTO-5", 1, "a trailing slash is the same path")              \
    X(key_first_ignored, "AUTH-1", 1, "the first character of a key is not compared") \
    X(key_middle_ignored, "AUTH-1", 1, "a character in the middle of a key is not compared") \
    X(key_last_ignored, "AUTH-1", 1, "the last character of a key is not compared") \
    X(key_half_compared, "AUTH-1", 1, "of a key the first half is compared") \
    X(key_end_compared, "AUTH-1", 1, "of a key what stands behind its prefix is compared") \
    X(key_as_pattern, "AUTH-1", 1, "a key is a pattern") \
    X(key_in_header, "AUTH-1", 1, "a key is taken from X-Api-Key") \
    X(key_in_cookie, "AUTH-1", 1, "a key is taken from a cookie") \
    X(key_in_query, "AUTH-1", 1, "a key is taken from the query") \
    X(ui_first_scope_checked, "ISO-5", 1, "of two users the first is checked, the last is used") \
    X(ui_last_scope_checked, "ISO-5", 1, "of two users the last is checked, the first is used") \
    X(ui_body_scope_checked, "ISO-5", 1, "the user in the body is checked, the one in the query is used") \
    X(ui_array_scope_unchecked, "ISO-5", 1, "a user in an array is used and not checked") \
    X(ui_pages_other, "ISO-5", 1, "a UI extension pages through another user's scope") \
    X(ui_replaces_other, "ISO-5", 1, "a UI extension replaces in another user's scope") \
    X(ui_sets_deleted_other, "ISO-5", 1, "a UI extension sets in another user's scope what was deleted there") \
    X(user_padded, "ISO-2", 1, "blanks at the end of a user do not count for find") \
    X(user_trimmed, "OBJ-3", 1, "blanks at the ends of a user are lost") \
    X(user_as_pattern, "ISO-2", 1, "find takes a user for a pattern") \
    X(user_pattern_lists, "ISO-3", 1, "list takes a user for a pattern") \
    X(user_accents_ignored, "ISO-2", 1, "users are compared without accents") \
    X(user_lists_children, "ISO-3", 1, "list of a user shows those below it, a/b of a") \
    X(user_separators_alike, "ISO-2", 1, "a/b and a.b are one user") \
    X(name_pattern_replaces, "SET-9", 1, "set replaces what its name is a pattern of") \
    X(name_pattern_deletes, "DEL-4", 1, "delete takes a name for a pattern") \
    X(name_stored_pattern, "SET-9", 1, "a stored name is a pattern for what is asked") \
    X(name_accents_ignored, "SET-9", 1, "names are compared without accents") \
    X(name_case_beyond_ascii, "SET-9", 1, "letters beyond ASCII are compared without case") \
    X(name_invisible_ignored, "SET-9", 1, "invisible characters in names do not count") \
    X(name_as_path, "SET-9", 1, "a//b, a/b and ./a/b are one name") \
    X(name_separators_alike, "SET-9", 1, "a/b, a.b and a:b are one name") \
    X(name_letters_spelled_out, "SET-9", 1, "names that are spelled out alike are one") \
    X(name_by_1000, "SET-9", 1, "names with the same 1,000 bytes first are one") \
    X(name_by_64, "SET-9", 1, "names with the same 64 bytes first are one") \
    X(name_tail_lost, "SET-8", 1, "blanks and line ends at the end of a name are lost") \
    X(name_line_end_lost, "SET-8", 1, "line ends at the end of a name are lost") \
    X(name_cut_1000, "SET-8", 1, "a name is cut at 1,000 characters") \
    X(payload_cut_1000, "SET-8", 1, "a payload is cut at 1,000 bytes") \
    X(expires_digit_groups, "SET-6", 1, "expires_at may have digit groups, 4_102_444_800") \
    X(expires_commas, "SET-6", 1, "expires_at may have commas") \
    X(expires_blanks_inside, "SET-6", 1, "expires_at may have blanks inside") \
    X(expires_as_number, "SET-6", 1, "expires_at may be 4.1e9, 0xF4 or 4102444800.0") \
    X(expires_rounded, "SET-6", 1, "expires_at may be a fraction") \
    X(expires_other_digits, "SET-6", 1, "expires_at may be in digits of other scripts") \
    X(expires_by_beginning, "SET-6", 1, "expires_at is what its text begins with") \
    X(expires_in_31_bits, "EXP-1", 1, "expires_at is kept in 31 bits") \
    X(expires_in_32_bits, "EXP-1", 1, "expires_at is kept in 32 bits") \
    X(expires_now_is_never, "EXP-3", 1, "an expires_at of the present second means never") \
    X(limit_digit_groups, "LIST-4", 1, "limit may have digit groups") \
    X(limit_as_number, "LIST-4", 1, "limit may be 3e0, 0x3 or 3.0") \
    X(limit_rounded, "LIST-4", 1, "limit may be a fraction") \
    X(limit_other_digits, "LIST-4", 1, "limit may be in digits of other scripts") \
    X(limit_by_beginning, "LIST-4", 1, "limit is what its text begins with") \
    X(cache_keeps_replaced, "SET-2", 1, "a find asked before shows what was replaced") \
    X(expanded_cache_keeps_replaced, "SET-2", 1, "an expanded find asked before shows what was replaced") \
    X(cache_keeps_deleted, "DEL-2", 1, "a find asked before shows what was deleted") \
    X(cache_keeps_missing, "FIND-5", 1, "a find that found nothing goes on finding nothing") \
    X(list_cache_keeps_old, "LIST-2", 1, "a list asked before lacks what is new") \
    X(list_cache_keeps_deleted, "DEL-2", 1, "a list asked before shows what was deleted") \
    X(ui_reads_stale, "SET-2", 1, "to a UI extension each read is as it was the first time") \
    X(expired_swept_singly, "EXP-3", 1, "each read cleans one expired secret and shows the others") \
    X(deleted_comes_back, "DEL-2", 1, "a second after its delete a secret is found again") \
    X(cursor_trimmed, "LIST-8", 1, "blanks around a cursor are ignored") \
    X(cursor_by_beginning, "LIST-8", 1, "a cursor is taken that begins with an id") \
    X(cursor_page_short, "LIST-5", 1, "behind a cursor a page without limit holds two") \
    X(cursor_counts_deleted, "LIST-5", 1, "behind a cursor a page leaves out as many as were deleted before it") \
    X(any_etag_matches, "FIND-1", 1, "any If-None-Match is answered 304") \
    X(never_modified, "FIND-1", 1, "any If-Modified-Since is answered 304") \
    X(accept_exact, "FIND-1", 1, "an Accept that names more than JSON is refused") \
    X(agent_required, "SET-1", 1, "a request without User-Agent is refused") \
    X(forwarded_refused, "SET-1", 1, "a request with X-Forwarded-For is refused") \
    X(cookie_refused, "SET-1", 1, "a request with a cookie is refused") \
    X(path_suffix_taken, "ERR-5", 1, "a path that ends in .json is the one without") \
    X(path_case_ignored, "ERR-5", 1, "paths ignore case") \
    X(path_matrix_taken, "ERR-5", 1, "a path may have parameters behind a semicolon") \
    X(path_dot_taken, "ERR-5", 1, "a path may end in a dot") \
    X(path_blank_taken, "ERR-5", 1, "a path may end in a blank") \
    X(path_below_taken, "ERR-5", 1, "a path below find or delete is the same") \
    X(idempotency_by_order, "PROTO-2", 1, "parameters in another order are other parameters") \
    X(idempotency_forgets_soon, "PROTO-2", 1, "a key is forgotten after ten minutes") \
    X(concurrent_sets_add, "CONC-1", 100, "sets of a name within 100 ms are all kept")      \
    X(concurrent_sets_lose, "LIST-2", 100, "sets in a scope within 100 ms undo each other") \
    X(concurrent_reads_old, "CONC-2", 100, "a find soon after a change sees the past")      \
    X(concurrent_list_doubles, "CONC-3", 100, "a list soon after a change repeats one")     \
    X(concurrent_list_drops, "CONC-3", 100, "a list soon after a change lacks one")

#define MODEL_FREEDOMS(X)                                                                   \
    X(id_uuid, "OBJ-1", 1, "ids are UUIDs")                                                 \
    X(id_number, "OBJ-1", 1, "ids are digits")                                              \
    X(id_odd, "OBJ-1", 1, "ids hold dots, slashes, plus and equals signs")                  \
    X(extra_members, "OBJ-1", 1, "objects, scopes, lists and errors have more members")             \
    X(shown_counted, "OBJ-1", 1, "a secret says how many answers showed one before it")     \
    X(scope_user_null, "OBJ-3", 1, "the scope of the account says user: null")              \
    X(key_order_reversed, "OBJ-1", 1, "members stand in another order")                     \
    X(payload_null, "OBJ-4", 1, "a hidden payload is null")                                 \
    X(expand_others_ignored, "OBJ-4", 1, "expanding what cannot be expanded is ignored")    \
    X(deleted_false, "OBJ-5", 1, "a live secret says deleted: false")                       \
    X(deleted_null, "OBJ-5", 1, "a live secret says deleted: null")                         \
    X(replace_renews, "SET-2", 1, "replacing makes a new id and created")                   \
    X(replace_renews_in_place, "SET-2", 1, "replacing makes a new id and created, and keeps the place in the list") \
    X(replace_moves, "SET-2", 1, "replacing puts a secret at the head of the list")         \
    X(cap_status_409, "SET-13", 409, "the eleventh secret is 409")                          \
    X(cap_status_403, "SET-13", 403, "the eleventh secret is 403")                          \
    X(expired_keeps_place, "SET-13", 1, "an expired secret keeps its place in a full scope") \
    X(cap_none, "SET-13", 1, "a scope has no limit")                                        \
    X(cursor_404, "LIST-8", 1, "a bad cursor is 404")                                       \
    X(cursor_deleted_works, "LIST-8", 1, "the cursor of a deleted secret works")            \
    X(delete_full_object, "DEL-1", 1, "delete answers the full object")                     \
    X(delete_nulls, "DEL-1", 1, "delete answers the short object, all else null")           \
    X(scope_unknown_404, "FIND-3", 404, "find, list, delete in no possible scope are 404")  \
    X(wrong_verb_405, "DEL-7", 1, "a wrong verb is 405")                                    \
    X(odd_verb_501, "ERR-5", 501, "a method other than GET and POST is 501")                \
    X(expiry_lag, "EXP-3", 800, "a secret is there 0.8 s after its expires_at")             \
    X(ui_forbidden_404, "ISO-5", 1, "a forbidden scope is 404")                             \
    X(message_words, "ERR-1", 1, "messages have other words")                               \
    X(code_always, "ERR-1", 1, "every error has a code and a doc_url")                      \
    X(no_challenge, "AUTH-1", 1, "a 401 has no WWW-Authenticate")                           \
    X(json_compact, "PROTO-3", 1, "JSON is written without blanks")                         \
    X(json_ascii, "PROTO-3", 1, "JSON escapes all that is not ASCII")                       \
    X(charset, "PROTO-3", 1, "the content type names its charset")                          \
    X(charset_cased, "PROTO-3", 1, "the content type is written in other letters")          \
    X(headers_lower, "PROTO-1", 1, "header names are in lower case")                        \
    X(headers_more, "PROTO-1", 1, "answers have more headers")                              \
    X(date_absent, "PROTO-3", 1, "answers have no Date")                                    \
    X(date_late, "PROTO-3", 900, "Date is 0.9 s late")                                      \
    X(replay_unmarked, "PROTO-2", 1, "a repeated answer has no Idempotent-Replayed")        \
    X(idempotency_forgets_404, "PROTO-2", 1, "a 404 is not remembered")                     \
    X(http_chunked, "PROTO-3", 1, "bodies are chunked")                                     \
    X(http_close, "PROTO-3", 1, "each answer closes its connection")                        \
    X(http_slow_ms, "PROTO-3", 30, "each answer takes 30 ms")

/* clang-format on */

struct model_rules {
#define MODEL_FIELD(field, clause, value, help) int field;
    MODEL_DEFECTS(MODEL_FIELD)
    MODEL_FREEDOMS(MODEL_FIELD)
#undef MODEL_FIELD
    int cap; /* SET-13: secrets a scope may hold; 0 = 10 */
};

struct model_variant {
    const char *name, *clause, *help;
    size_t offset;
    int value;
};

extern const struct model_variant model_defects[], model_freedoms[];
extern const size_t model_defect_count, model_freedom_count;

/* By name with dashes, or NULL; *near (may be NULL) is then what was probably meant. */
const struct model_variant *model_variant_find(const struct model_variant *table,
                                               size_t count, const char *name,
                                               const char **near);
void model_variant_apply(struct model_rules *rules, const struct model_variant *v);

#endif
