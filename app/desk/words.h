/* The user's language for the window's words. Threads: main, before others start. */
#ifndef APP_WORDS_H
#define APP_WORDS_H

/* language: such as "de", from the settings; NULL or "": what the environment says. Numbers in
 * files and on the command line stay as in C. */
void app_words_load(const char *language);

#endif
