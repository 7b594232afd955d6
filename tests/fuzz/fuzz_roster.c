/* Lists of names. */
#include "fuzz.h"

#include "roster.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct app_roster roster;
    if (app_roster_read(fuzz_file(data, size), &roster))
        return 0;
    for (int i = 0; i < roster.n; i++)
        if (memchr(roster.names[i], 0, sizeof roster.names[i]) == NULL)
            abort();
    return 0;
}

void fuzz_seeds(void)
{
    fuzz_seed_text("usual", "\xEF\xBB\xBF" "Anna Berg\r\n# comment\n\"Zo\xC3\xAB\",7b\nTom;x\n\n  Li \xE6\x9D\x8E \n");
}
