/* A `$` word comes in. What it takes and means goes out. */
#include "core/matcher.h"

#include <string.h>

const struct matcher matchers[MATCHERS] = {
    [MATCH_TYPE] =
        {"$type", "NAME",
         "a value of that type: string, integer, number, boolean, null, array, object",
         "{$type: integer}", OPERAND_TYPE},
    [MATCH_ABSENT] = {"$absent", "true", "nothing is there", "{$absent: true}",
                      OPERAND_TRUE},
    [MATCH_NULL_OR_ABSENT] = {"$null_or_absent", "true", "null, or nothing is there",
                              "{$null_or_absent: true}", OPERAND_TRUE},
    [MATCH_ANY_OF] = {"$any_of", "[X, ..]", "one of the expectations holds",
                      "{$any_of: [400, 404]}", OPERAND_LIST},
    [MATCH_NOT] = {"$not", "X", "X does not hold; it holds when nothing is there",
                   "{$not: expired}", OPERAND_EXPECT},
    [MATCH_EQ] = {"$eq", "X", "equal to X exactly, objects too",
                  "{$eq: {type: account}}", OPERAND_ANY},
    [MATCH_MATCH] = {"$match", "REGEX", "a string that a PCRE2 pattern matches whole",
                     "{$match: \"appsecret_.+\"}", OPERAND_REGEX},
    [MATCH_PREFIX] = {"$prefix", "TEXT", "a string that begins so",
                      "{$prefix: \"key:\"}", OPERAND_TEXT},
    [MATCH_MEDIA] = {"$media", "TYPE",
                     "a media type, by its grammar: case and parameters do not count",
                     "{$media: application/json}", OPERAND_TEXT},
    [MATCH_LEN] =
        {"$len", "X",
         "the length of an array or object, or the code points of a string, meet X",
         "{$len: {$le: 10}}", OPERAND_EXPECT},
    [MATCH_EACH] = {"$each", "X", "every item meets X; an empty array does",
                    "{$each: {livemode: false}}", OPERAND_EXPECT},
    [MATCH_NONE] = {"$none", "X", "no item meets X", "{$none: {name: a}}",
                    OPERAND_EXPECT},
    [MATCH_HAS] = {"$has", "[X, ..]", "each expectation is met by some item",
                   "{$has: [{name: a}]}", OPERAND_LIST},
    [MATCH_SAME_SET] =
        {"$same_set", "[X, ..]",
         "as many items, each expectation met by an item of its own, in any order",
         "{$same_set: [a, b]}", OPERAND_LIST},
    [MATCH_UNIQUE] = {"$unique", "true", "no two items are equal", "{$unique: true}",
                      OPERAND_TRUE},
    [MATCH_NEAR] = {"$near", "{to, within}", "a number at most `within` away from `to`",
                    "{$near: {to: \"${now}\", within: 2}}", OPERAND_NEAR},
    [MATCH_GE] = {"$ge", "N", "a number that is N or more", "{$ge: 1}", OPERAND_NUMBER},
    [MATCH_LE] = {"$le", "N", "a number that is N or less", "{$le: 100}",
                  OPERAND_NUMBER},
    [MATCH_GT] = {"$gt", "N", "a number over N", "{$gt: 0}", OPERAND_NUMBER},
    [MATCH_LT] = {"$lt", "N", "a number below N", "{$lt: 500}", OPERAND_NUMBER},
};

const struct matcher *matcher_find(const char *word) {
    for (size_t i = 0; i < MATCHERS; i++)
        if (strcmp(matchers[i].word, word) == 0)
            return &matchers[i];
    return NULL;
}
