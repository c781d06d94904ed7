/*
 * journal_record.h - what stands before each record of a journal.
 *
 * "0a1b2c3d 0000000123 ": the CRC-32 of the record in hex digits, its length in decimal
 * ones. The record and a newline follow.
 */
#ifndef ASSAY_RECORDING_JOURNAL_RECORD_H
#define ASSAY_RECORDING_JOURNAL_RECORD_H

enum { JOURNAL_HEAD_BYTES = 8 + 1 + 10 + 1 };

#endif
