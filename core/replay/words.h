/*
 * words.h - replacing a name where it stands in a text of somebody else's, and nowhere
 * else.
 *
 * Ownership  new text for free(); NULL = nothing was replaced.
 */
#ifndef ASSAY_WORDS_H
#define ASSAY_WORDS_H

#include "core/base.h"

/* Quoted occurrences if there are any; else whole words of four characters or more: of
 * a plain word that comes several times only the last, for the others are prose. In a
 * link they are percent-encoded. */
char *words_swap(const char *text, const char *there, const char *here);
/* As above, but a plain word only in quotes: the text speaks of something else. */
char *words_swap_careful(const char *text, const char *there, const char *here);
/* A text of any length that stands once, as a word of its own. */
char *words_swap_once(const char *text, const char *there, const char *here);
/* A word that no prose has: with a digit and a letter, or with - or _ inside. */
bool words_identifier(const char *word, size_t len);
/* The length of the word at `text`; 0 = none begins there. */
size_t words_length(const char *text);

#endif
