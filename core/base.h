/*
 * base.h - the few macros that every file may use.
 */
#ifndef ASSAY_CORE_BASE_H
#define ASSAY_CORE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
