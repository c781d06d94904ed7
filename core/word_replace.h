/*
 * word_replace.h - replacing a name where it stands in a text of somebody else's, and nowhere
 * else.
 *
 * Ownership  new text for free(); NULL = nothing was replaced.
 */
#ifndef ASSAY_CORE_WORD_REPLACE_H
#define ASSAY_CORE_WORD_REPLACE_H

#include "core/base.h"

/* Quoted occurrences if there are any; else whole words of four characters or more: of
 * a plain word that comes several times only the last, for the others are prose. In a
 * link they are percent-encoded. */
char *word_replace(const char *text, const char *there, const char *here);
/* As above, but a plain word only in quotes: the text speaks of something else. */
char *word_replace_quoted(const char *text, const char *there, const char *here);
/* A text of any length that stands once, as a word of its own. */
char *word_replace_once(const char *text, const char *there, const char *here);
/* A word that no prose has: with a digit and a letter, or with - or _ inside. */
bool word_is_identifier(const char *word, size_t len);
/* The length of the word at `text`; 0 = none begins there. */
size_t word_length(const char *text);

#endif
