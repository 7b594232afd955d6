/* Text into XML and HTML. Threads: any. */
#ifndef APP_XML_H
#define APP_XML_H

#include <stdio.h>

/* Writes text with the five special characters escaped and control characters left out. */
void app_xml_text(FILE *file, const char *text);

#endif
