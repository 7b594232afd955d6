/* The words that a user reads, in the user's language: gettext's catalogue "feltboard", which app binds (app/desk/words.h).
 * Threads: any. */
#ifndef FB_BASE_WORDS_H
#define FB_BASE_WORDS_H

#include <libintl.h>

#define FB_TEXT_DOMAIN "feltboard"
#define _(text) dgettext(FB_TEXT_DOMAIN, text)
#define PLURAL(one, many, n) dngettext(FB_TEXT_DOMAIN, one, many, (unsigned long)(n))
#define N_(text) text /* for tables: translated where it is used */

#endif
