/* See words.h. Catalogues lie in DATA/../locale when installed, in the build folder beside the
 * program otherwise. A language whose locale the system has not got is spoken all the same: gettext
 * takes it from LANGUAGE as long as the locale is not "C". */
#include "words.h"

#include "base/words.h"
#include "paths.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *wanted(const char *language)
{
    static const char *const variables[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
    if (language && language[0])
        return language;
    for (int i = 0; i < 4; i++) {
        const char *value = getenv(variables[i]);
        if (value && value[0])
            return value;
    }
    return "C";
}

void app_words_load(const char *language)
{
    char asked[64], dir[PATH_MAX];
    snprintf(asked, sizeof asked, "%s", wanted(language));
    asked[strcspn(asked, ".@")] = 0;
    if (!setlocale(LC_COLLATE, "") || !setlocale(LC_CTYPE, ""))
        setlocale(LC_CTYPE, "C.UTF-8");
    bool is_english = !strcmp(asked, "C") || !strcmp(asked, "POSIX");
    if (!is_english) {
        if (!setlocale(LC_MESSAGES, "") || !strcmp(setlocale(LC_MESSAGES, NULL), "C"))
            setlocale(LC_MESSAGES, "C.UTF-8");
        setenv("LANGUAGE", asked, 1);
    }
    bindtextdomain(FB_TEXT_DOMAIN, app_locale_dir(dir, sizeof dir));
    bind_textdomain_codeset(FB_TEXT_DOMAIN, "UTF-8");
}
