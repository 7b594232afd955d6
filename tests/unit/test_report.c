/* app/report: well-formed, self-contained, true to the rows, and fair. */
#include "session/moments.h"
#include "session/report.h"
#include "session_util.h"

#include <ctype.h>

static char *report_text(const char *folder)
{
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    FILE *file = tmpfile();
    CHECK_INT(app_report_write(session, NULL, file), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    char *text = read_text(file);
    fclose(file);
    return text;
}

/* Tags nest and attributes are quoted; an own check, so that it holds where xmllint is not. */
static bool is_well_formed(const char *text)
{
    char open[32][16];
    int depth = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '&' && strncmp(c, "&amp;", 5) && strncmp(c, "&lt;", 4) && strncmp(c, "&gt;", 4) &&
            strncmp(c, "&quot;", 6) && strncmp(c, "&#39;", 5))
            return false;
        if (*c != '<' || c[1] == '!')
            continue;
        bool is_end = c[1] == '/';
        char name[16] = "";
        sscanf(c + 1 + is_end, "%15[a-zA-Z0-9]", name);
        int n_quotes = 0;
        for (; *c && (*c != '>' || n_quotes % 2); c++)
            n_quotes += *c == '"';
        if (!*c || !*name)
            return false;
        if (is_end && (depth == 0 || strcmp(open[--depth], name)))
            return false;
        if (!is_end && c[-1] != '/' && depth < 32)
            strcpy(open[depth++], name);
    }
    return depth == 0;
}

static void page_is_well_formed(void)
{
    char folder[300], path[330], command[800];
    CHECK(is_well_formed("<a b=\"1\"><c/></a>") && !is_well_formed("<a><b></a></b>"));
    CHECK(!is_well_formed("<a>&nbsp;</a>") && !is_well_formed("<a>"));
    sample_session("Lesson <3> & \"more\" \x01\xff", 200, folder, sizeof folder);
    char *text = report_text(folder);
    CHECK(is_well_formed(text));
    free(text);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    snprintf(path, sizeof path, "%s/report.html", scratch);
    CHECK_INT(app_report_save(session, NULL, path), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    snprintf(command, sizeof command, "xmllint --noout '%s'", path);
    if (!system("command -v xmllint >/dev/null"))
        CHECK_INT(system(command), 0);
}

static void page_loads_and_runs_nothing(void)
{
    static const char *const forbidden[] = {
        "http:",      "https:",  "//",    "src=",    "href=",  "@import", "url(", "<script",
        "javascript", "<iframe", "<link", "<object", "<embed", "<form",   "<base"};
    char folder[300];
    sample_session("x\" onload=\"alert(1)", 100, folder, sizeof folder);
    char *text = report_text(folder);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        CHECK_MSG(!strcasestr(text, forbidden[i]), "the page holds %s", forbidden[i]);
    for (const char *c = text; (c = strstr(c, " on"));
         c++) { /* handlers such as onload= inside a tag */
        size_t n = strspn(c + 1, "abcdefghijklmnopqrstuvwxyz");
        CHECK_MSG(c[1 + n] != '=' || c[2 + n] != '"', "the page holds %.20s", c);
    }
    CHECK(strstr(text, "default-src 'none'"));
    free(text);
}

static void page_says_what_it_must(void)
{
    char folder[300];
    sample_session("facts", 200, folder, sizeof folder);
    char *text = report_text(folder);
    static const char *const wanted[] = {"feltboard-1",
                                         "0.8610 (n = 3199)",
                                         "0.771",
                                         "AI Act",
                                         "does not know what anyone felt",
                                         "Zo\xc3\xab, &quot;the &lt;2nd&gt;&quot;",
                                         "film &lt;starts&gt;",
                                         "Student 1",
                                         "not sure",
                                         "demo &lt;class&gt; &amp; &quot;co&quot;",
                                         "200 frames analysed"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        CHECK_MSG(strstr(text, wanted[i]), "the page lacks %s", wanted[i]);
    static const char *const never[] = {"score", "rank ", "best", "worst", "engage", "attenti"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        const char *found = strcasestr(text, never[i]);
        CHECK_MSG(!found || strstr(found - 10, "Do not grade, rank"), "the page holds %s",
                  never[i]);
    }
    free(text);
}

static void starts_as_people_write_it(void)
{
    static const struct {
        const char *fact, *wanted;
    } rows[] = {{"2026-03-02T08:15:30+01:00", ">2026-03-02 08:15 \xc2\xb7"},
                {"<script>alert(1)</script>", ">&lt;script&gt;al "},
                {"", ">start not recorded \xc2\xb7"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char folder[300];
        struct app_session *session = NULL;
        sample_session("start", 20, folder, sizeof folder);
        CHECK_INT(app_session_open(folder, APP_SESSION_WRITE, &session), FB_OK);
        CHECK_INT(app_session_set_fact(session, "started_at", rows[i].fact), FB_OK);
        CHECK_INT(app_session_close(&session), FB_OK);
        char *text = report_text(folder);
        CHECK_MSG(strstr(text, rows[i].wanted), "no '%s' in the page", rows[i].wanted);
        free(text);
    }
}

/* The page's numbers against the rows: seen time of each student, shares of all. */
static void numbers_follow_from_the_rows(void)
{
    char folder[300];
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(scratch, "numbers", &session), FB_OK);
    for (int i = 0; i < 600; i++) { /* a minute: four fifths happiness, the rest not sure */
        struct mon_observation o = {.frame_index = i, .pts_ns = i * 100 * FB_NS_PER_MS};
        for (int s = 1; s <= (i < 300 ? 2 : 1); s++) {
            struct mon_face face = {.student = s,
                                    .expression = i % 5 ? FB_HAPPINESS : MON_NOT_SURE};
            face.p[FB_HAPPINESS] = face.confidence = 0.9F;
            o.faces[o.n_faces++] = face;
        }
        CHECK_INT(app_session_add(session, &o), FB_OK);
    }
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    CHECK_INT(app_session_close(&session), FB_OK);
    char *text = report_text(folder);
    CHECK(strstr(
        text, "<tr><td>happiness</td><td class=\"n\">80.0 %</td><td class=\"n\">1:12</td></tr>"));
    CHECK(strstr(text,
                 "<tr><td>not sure</td><td class=\"n\">20.0 %</td><td class=\"n\">0:18</td></tr>"));
    CHECK(strstr(text, "<td class=\"n\">1:00</td><td class=\"n\">0:12</td></tr>"));
    CHECK(strstr(text, "<td class=\"n\">0:30</td><td class=\"n\">0:06</td></tr>"));
    CHECK(strstr(text, "faces seen, up to 2"));
    CHECK(strstr(text, "1:00 long"));
    free(text);
}

/* Passers-by get a line together, not a row each; one with a name keeps it. */
static void brief_visitors_share_a_line(void)
{
    char folder[300];
    struct app_session *session = NULL;
    CHECK_INT(app_session_create(scratch, "brief", &session), FB_OK);
    for (int i = 0; i < 1000; i++) {
        struct mon_observation o = {.frame_index = i, .pts_ns = i * 100 * FB_NS_PER_MS};
        o.faces[o.n_faces++] = sample_face(1, i);
        if (i % 100 < 20)
            o.faces[o.n_faces++] = sample_face(10 + i / 100, i);
        CHECK_INT(app_session_add(session, &o), FB_OK);
    }
    CHECK_INT(app_session_set_name(session, 12, "Visitor"), FB_OK);
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    CHECK_INT(app_session_close(&session), FB_OK);
    char *text = report_text(folder);
    CHECK(strstr(text, ">Student 1<") && strstr(text, ">Visitor<") &&
          !strstr(text, ">Student 11<"));
    CHECK(strstr(text, "9 more were seen for less than 5.0 s"));
    free(text);
}

/* Coordinates stay inside the picture; none is NaN. */
static void charts_stay_inside(void)
{
    char folder[300];
    sample_session("inside", 400, folder, sizeof folder);
    char *text = report_text(folder);
    CHECK(!strstr(text, "nan") && !strstr(text, "inf\"") && !strstr(text, "-0.0"));
    int n_rects = 0;
    for (const char *c = text; (c = strstr(c, "<rect class=\"e")); c++) {
        const char *x = strstr(c, " x=\""), *w = strstr(c, " width=\"");
        if (!CHECK(x && w))
            break;
        n_rects++;
        CHECK(atof(x + 4) >= 0 && atof(x + 4) + atof(w + 8) <= 960.11);
    }
    CHECK(n_rects > 10);
    int n_points = 0;
    for (const char *c = text; (c = strstr(c, "<path class=\"e")); c++) {
        double x, y;
        int n;
        for (const char *d = strstr(c, " d=\"") + 4; *d != '"'; d += *d == 'Z') {
            if (*d == 'Z')
                continue;
            if (!CHECK_INT(sscanf(d + 1, "%lf %lf%n", &x, &y, &n), 2))
                break;
            CHECK(x >= 0 && x <= 960.01 && y >= -0.01 && y <= 150.01);
            n_points++;
            d += 1 + n;
        }
    }
    CHECK(n_points > 100);
    free(text);
}

/* Three faces that all turn from neutral to surprise at 30 s, and one at 50 s. */
static struct mon_observation turning_class(int i)
{
    struct mon_observation o = {.pts_ns = i * FB_NS_PER_S / 5, .frame_index = i, .n_faces = 3};
    for (int s = 0; s < 3; s++) {
        bool has_turned = i >= (s == 0 ? 250 : 150);
        o.faces[s] = (struct mon_face){.student = s + 1, .box = {100.F * (float)s, 0, 50, 50},
                                       .is_seen = true, .confidence = .9F, .quality = 1,
                                       .expression = has_turned ? FB_SURPRISE : FB_NEUTRAL};
        o.faces[s].p[o.faces[s].expression] = 1;
    }
    return o;
}

static void moments_are_where_it_changed(void)
{
    struct mon_timeline *timeline = NULL;
    struct app_moment moments[APP_MOMENTS_MAX];
    CHECK_INT(mon_timeline_create(&timeline), FB_OK);
    CHECK_INT(app_moments_find(timeline, moments), 0);
    for (int i = 0; i < 400; i++) {
        struct mon_observation o = turning_class(i);
        CHECK_INT(mon_timeline_add(timeline, &o), FB_OK);
    }
    if (CHECK_INT(app_moments_find(timeline, moments), 2)) {
        CHECK_NEAR(moments[0].time_ns * 1e-9, 30, 1);
        CHECK_NEAR(moments[0].change, 2 / 3., .05);
        CHECK_NEAR(moments[0].before.share[FB_NEUTRAL], 1, .01);
        CHECK_NEAR(moments[1].time_ns * 1e-9, 50, 1);
        CHECK_NEAR(moments[1].change, 1 / 3., .05);
    }
    mon_timeline_destroy(&timeline);
}

static int give_picture(void *user, int64_t time_ns, unsigned char **jpeg, size_t *n_bytes)
{
    *(int *)user += 1;
    CHECK(time_ns > 0);
    *n_bytes = 4;
    *jpeg = malloc(4);
    memcpy(*jpeg, "abcd", 4);
    return FB_OK;
}

/* Pictures only when the caller has some; nothing else is ever loaded. */
static void pictures_when_given(void)
{
    struct app_session *session = NULL;
    char folder[300];
    CHECK_INT(app_session_create(scratch, "turning", &session), FB_OK);
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    for (int i = 0; i < 400; i++) {
        struct mon_observation o = turning_class(i);
        CHECK_INT(app_session_add(session, &o), FB_OK);
    }
    CHECK_INT(app_session_close(&session), FB_OK);
    char *text = report_text(folder);
    CHECK(strstr(text, "When the class changed most") && !strstr(text, "<img"));
    CHECK(strstr(text, "neutral 100 \xe2\x86\x92 33\xc2\xa0%, surprise 0 \xe2\x86\x92 67\xc2\xa0%"));
    CHECK(is_well_formed(text));
    free(text);
    int n_pictures = 0;
    struct app_report_settings settings = {give_picture, &n_pictures};
    session = open_session(folder, APP_SESSION_READ);
    FILE *file = tmpfile();
    CHECK_INT(app_report_write(session, &settings, file), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    text = read_text(file);
    fclose(file);
    CHECK_INT(n_pictures, 2);
    CHECK(strstr(text, "src=\"data:image/jpeg;base64,YWJjZA==\""));
    CHECK(is_well_formed(text));
    free(text);
}

static void empty_session_makes_a_page(void)
{
    char folder[300];
    sample_session("", 0, folder, sizeof folder);
    char *text = report_text(folder);
    CHECK(is_well_formed(text));
    CHECK(strstr(text, "0 frames analysed"));
    free(text);
}

static void a_lesson_is_a_small_page(void)
{
    struct app_session *session = NULL;
    char folder[300];
    CHECK_INT(app_session_create(scratch, "lesson", &session), FB_OK);
    for (int i = 0; i < 2700; i++) { /* 45 minutes, a frame a second, 28 students */
        struct mon_observation o = {.frame_index = i, .pts_ns = i * FB_NS_PER_S};
        for (int s = 1; s <= 28; s++) {
            struct mon_face face = sample_face(s, i * 7 + s * 13);
            o.faces[o.n_faces++] = face;
        }
        CHECK_INT(app_session_add(session, &o), FB_OK);
    }
    snprintf(folder, sizeof folder, "%s", app_session_folder(session));
    CHECK_INT(app_session_close(&session), FB_OK);
    int64_t start_ns = fb_clock_now_ns();
    char *text = report_text(folder);
    printf("# a lesson's page: %zu KB in %.2f s\n", strlen(text) / 1024,
           (double)(fb_clock_now_ns() - start_ns) / 1e9);
    CHECK(strlen(text) < 3 << 20);
    free(text);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"page_is_well_formed", page_is_well_formed},
        {"page_loads_and_runs_nothing", page_loads_and_runs_nothing},
        {"page_says_what_it_must", page_says_what_it_must},
        {"starts_as_people_write_it", starts_as_people_write_it},
        {"numbers_follow_from_the_rows", numbers_follow_from_the_rows},
        {"brief_visitors_share_a_line", brief_visitors_share_a_line},
        {"charts_stay_inside", charts_stay_inside},
        {"moments_are_where_it_changed", moments_are_where_it_changed},
        {"pictures_when_given", pictures_when_given},
        {"empty_session_makes_a_page", empty_session_makes_a_page},
        {"a_lesson_is_a_small_page", a_lesson_is_a_small_page},
    };
    scratch_make();
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    scratch_remove();
    return code;
}
