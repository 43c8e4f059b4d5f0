/* SPDX-License-Identifier: MIT */
/* Options of AddressSanitizer that do not depend on the environment. */

/* The libraries are compiled by another compiler, whose registration of global variables looks like
 * a second definition of each. A process that cannot be traced cannot look for leaks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
#ifdef NO_LEAKS
    return "detect_odr_violation=0:detect_leaks=0";
#else
    return "detect_odr_violation=0";
#endif
}
