/* The report's beginning: style, what was recorded, the warning, the class over time. */
#include "report_state.h"

#include "base/words.h"
#include "report_words.h"
#include "xml.h"

#include <string.h>

static void write_fact(const struct app_report *report, const char *key, const char *before,
                       const char *instead)
{
    char value[APP_SESSION_TEXT_BYTES];
    if (app_session_fact(report->session, key, value, sizeof value))
        *value = 0; /* the walks over the session have shown that it is readable */
    if (!*value && !instead)
        return;
    fputs(before, report->file);
    app_xml_text(report->file, *value ? value : instead);
}

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1f26;--soft:#4c5663;--line:#d5dae0;--ground:#fff;"
    "--well:#edf0f3;--mark:#c62828;--faces:#aeb8c4}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebef;--soft:#a6aeb8;--line:#2b3038;"
    "--ground:#16191e;--well:#23272e;--mark:#f2555a;--faces:#59626c}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);"
    "max-width:1000px;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}\n"
    "p.lead,.small,td.small,th{color:var(--soft)}\n"
    "aside{border-left:4px solid var(--mark);background:var(--well);padding:.6rem 1rem;"
    "margin:1rem 0}\naside p{margin:.3rem 0}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{font-weight:500;text-align:left;font-size:.85rem}\n"
    "td,th{padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:middle}\ntd.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}\n"
    "td.name{min-width:6rem;max-width:11rem;overflow-wrap:anywhere}\n"
    "svg{display:block}svg.wide{width:100%;height:auto}\n"
    "svg.strip{width:100%;min-width:18rem;height:20px}svg.bar{width:100%;min-width:8rem;height:12px}\n"
    ".well{fill:var(--well)}.faces{fill:var(--faces)}\n"
    ".axis path{stroke:var(--ink);opacity:.15;fill:none}svg text{fill:var(--soft);font-size:11px}\n"
    "path.mark{stroke:var(--mark);stroke-width:1.5;fill:none}text.mark{fill:var(--mark)}\n"
    "ol.moments{list-style:none;padding:0;display:grid;gap:.8rem;"
    "grid-template-columns:repeat(auto-fill,minmax(18rem,1fr))}\n"
    "ol.moments li{border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;"
    "break-inside:avoid}ol.moments img{width:100%;height:auto;display:block;margin:.4rem 0}\n"
    "ol.moments svg.bar{width:100%;margin:.15rem 0}td span.small{display:block;font-size:.85em;"
    "line-height:1.3}\n"
    "ul.key{list-style:none;padding:0;margin:.5rem 0;display:flex;flex-wrap:wrap;"
    "gap:.2rem 1rem}\n"
    "ul.key i{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem;border-radius:2px}\n"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "@media print{body{margin:0;max-width:none;font-size:11px}tr,svg,aside{break-inside:avoid}"
    "h2,h2+p{break-after:avoid}th{font-size:1em}}\n";

/* "2026-03-02T08:15:00+01:00" as people write it, to the minute. */
static void write_start(const struct app_report *report)
{
    char wall[APP_SESSION_TEXT_BYTES] = "", text[20] = "";
    if (!app_session_fact(report->session, "started_at", wall, sizeof wall) && strlen(wall) >= 16)
        snprintf(text, sizeof text, "%.10s %.5s", wall, wall + 11);
    app_xml_text(report->file, *text ? text : _("start not recorded"));
}

static void write_notice(FILE *file)
{
    fputs("<aside><p><strong>", file);
    app_xml_text(file, _("Expressions, not feelings."));
    fputs("</strong> ", file);
    app_xml_text(file, _("A program has named the expression that each face seemed to show. It does not know what anyone "
                         "felt, and it errs: see below how often. It is untested on children, where similar programs do "
                         "much worse."));
    fputs("</p>\n<p>", file);
    app_xml_text(file, _("Do not grade, rank, discipline or diagnose anyone by this page. In the European Union it is illegal "
                         "to infer emotions of pupils, students, teachers or employees this way (AI Act, Article 5(1)(f)); "
                         "consent does not change that. Elsewhere: tell people beforehand, and have their informed consent, "
                         "or their guardians'."));
    fputs("</p></aside>\n", file);
}

void app_report_head(const struct app_report *report)
{
    FILE *file = report->file;
    /* TRANSLATORS: the language's code, as HTML has it */
    fprintf(file, "<!DOCTYPE html>\n<html lang=\"%s\">\n", _("en"));
    fputs("<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
          file);
    write_fact(report, "name", "", _("Session"));
    fputs("</title>\n<style>\n", file);
    fputs(style, file);
    app_chart_style(file);
    fputs("</style>\n</head>\n<body>\n<h1>", file);
    write_fact(report, "name", "", _("Session"));
    fputs("</h1>\n<p class=\"lead\">", file);
    write_start(report);
    char text[200], length[32];
    write_fact(report, "source", " · ", NULL);
    fputs(" · ", file);
    app_chart_time_text((double)(report->span.to_ns - report->span.from_ns) / 1e9, length);
    snprintf(text, sizeof text, _("%s long, %lld frames analysed"), length, (long long)report->totals.n_frames);
    app_xml_text(file, text);
    fputs("</p>\n", file);
    write_notice(file);
}

static void write_key(FILE *file)
{
    fputs("<ul class=\"key\">", file);
    for (int i = 0; i <= FB_EXPRESSION_COUNT; i++) {
        int state = i < FB_EXPRESSION_COUNT ? i : MON_NOT_SURE;
        fprintf(file, "<li><i class=\"%s\"></i>%s</li>", app_chart_class(state), app_report_name(state));
    }
    fputs("<li class=\"small\">", file);
    app_xml_text(file, _("paler: less sure; empty: not seen"));
    fputs("</li></ul>\n", file);
}

int app_report_class(const struct app_report *report)
{
    FILE *file = report->file;
    app_report_heading(file, _("The class over time"));
    app_report_note(file, _("Of the faces seen at a time, the share that showed each expression. With few faces a share says "
                            "little: mind the number below."));
    write_key(file);
    return app_chart_class_timeline(file, report->timeline, &report->span);
}
