/* The window's words in the user's language: gettext's catalogue "feltboard", which app binds. */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include <libintl.h>

#define UI_TEXT_DOMAIN "feltboard"
#define _(text) dgettext(UI_TEXT_DOMAIN, text)
#define PLURAL(one, many, n) dngettext(UI_TEXT_DOMAIN, one, many, (unsigned long)(n))
#define N_(text) text /* for tables: translated where it is used */

#endif
