/*
 * identity.h - the key by which secrets of several recordings are known again.
 *
 * Without one, what is done goes on: a line on stderr says what cannot be known then.
 */
#ifndef ASSAY_CLI_IDENTITY_H
#define ASSAY_CLI_IDENTITY_H

#include "recording/redact/redactor.h"

void identity_give(struct redactor *r);

#endif
