/* See lab_html.h. */
#include "lab_html.h"

#include "lab_svg.h"
#include "xml.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--line:#8885;--soft:#8882;--accent:#3b82f6;--warm:#f97316;--green:#10a468;--violet:#8b5cf6}\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1.2rem}\n"
    "h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.25rem;margin:2.4rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}\n"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}.note{color:#777;max-width:46rem}\n"
    "table{border-collapse:collapse;margin:.7rem 0;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--line)}th{font-weight:600}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}.card{border:1px solid var(--line);border-radius:.6rem;padding:.5rem 1rem;min-width:7rem}\n"
    ".card b{display:block;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}.card span{color:#777;font-size:.85rem}\n"
    ".row{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}.row>div{max-width:35.1rem}\n"
    ".faces{display:grid;grid-template-columns:repeat(auto-fill,7.1rem);gap:.7rem .6rem;margin:.6rem 0}figure{margin:0}figcaption{font-size:.75rem;line-height:1.25;color:#777;max-width:7rem}\n"
    "img{border-radius:.3rem;display:block}svg{max-width:100%;height:auto;overflow:visible}\n"
    "svg text{font:12px system-ui,sans-serif;fill:currentColor}svg .dim{fill:#888}svg .end{text-anchor:end}svg .mid{text-anchor:middle}\n"
    "svg .grid{stroke:var(--line);fill:none}svg .axis{stroke:#888;fill:none}\n";

int app_html_open(const char *path, const char *title, FILE **file)
{
    *file = fopen(path, "we");
    if (!*file)
        return fb_fail(FB_ERR_IO, "%s: %s; check the path", path, strerror(errno));
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>", *file);
    app_xml_text(*file, title);
    fprintf(*file, "</title>\n<style>\n%s", style);
    app_svg_style(*file);
    fputs("</style></head><body>\n<h1>", *file);
    app_xml_text(*file, title);
    fputs("</h1>\n", *file);
    return FB_OK;
}

int app_html_close(FILE *file, const char *path, int status)
{
    fputs("</body></html>\n", file);
    bool is_failed = ferror(file);
    if ((fclose(file) || is_failed) && !status)
        return fb_fail(FB_ERR_IO, "%s: could not be written: %s", path, strerror(errno));
    return status;
}

/* RFC 4648 */
static void write_base64(FILE *file, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) | (i + 2 < n ? bytes[i + 2] : 0);
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63], digits[group & 63]};
        if (i + 1 >= n)
            text[2] = '=';
        if (i + 2 >= n)
            text[3] = '=';
        fwrite(text, 1, sizeof text, file);
    }
}

/* A PNG of the picture, the caller's to free. */
static int encode(const uint8_t *grey, int width, int height, uint8_t **bytes, size_t *n)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (unsigned)width, .height = (unsigned)height,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t n_bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    *bytes = malloc(n_bytes);
    if (!*bytes || !png_image_write_to_memory(&image, *bytes, &n_bytes, 0, grey, width, NULL))
        return fb_fail_nomem("a picture of the page", n_bytes);
    *n = n_bytes;
    return FB_OK;
}

int app_html_picture(FILE *file, const uint8_t *grey, int width, int height, int css_width, const char *alt)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    int status = encode(grey, width, height, &bytes, &n);
    if (!status) {
        fprintf(file, "<img width=\"%d\" height=\"%d\" alt=\"", css_width, css_width * height / width);
        app_xml_text(file, alt);
        fputs("\" src=\"data:image/png;base64,", file);
        write_base64(file, bytes, n);
        fputs("\">", file);
    }
    free(bytes);
    return status;
}

void app_html_header(FILE *file, const char *const *cells)
{
    fputs("<tr>", file);
    for (; *cells; cells++)
        fprintf(file, "<th>%s</th>", *cells);
    fputs("</tr>\n", file);
}
