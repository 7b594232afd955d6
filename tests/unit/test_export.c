/* app/export: every format is read back by a reader written from its own specification. */
#include "session/export.h"
#include "session_util.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *export_text(const char *folder, enum app_export_format format, int student)
{
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct app_export_settings settings = {.format = format, .student = student};
    FILE *file = tmpfile();
    CHECK_INT(app_export_write(session, &settings, file), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    char *text = read_text(file);
    fclose(file);
    return text;
}

/* RFC 4180: the next field into out; returns what follows it, *is_last at the end of the row. */
static const char *csv_field(const char *text, char *out, size_t out_bytes, bool *is_last)
{
    size_t n = 0;
    bool is_quoted = *text == '"';
    text += is_quoted;
    for (; *text; text++) {
        if (is_quoted && *text == '"' && text[1] != '"') {
            is_quoted = false;
            continue;
        }
        if (is_quoted && *text == '"')
            text++;
        else if (!is_quoted && (*text == ',' || *text == '\n'))
            break;
        if (n + 1 < out_bytes)
            out[n++] = *text;
    }
    out[n] = 0;
    *is_last = *text != ',';
    return *text ? text + 1 : text;
}

#define N_COLUMNS (10 + FB_EXPRESSION_COUNT + 3 + FB_EXPRESSION_COUNT)

static const char *csv_row(const char *text, char fields[N_COLUMNS][64], int *n)
{
    bool is_last = false;
    for (*n = 0; !is_last; ++*n) {
        char ignored[64];
        text = csv_field(text, *n < N_COLUMNS ? fields[*n] : ignored, 64, &is_last);
    }
    return text;
}

static void check_csv_row(char fields[N_COLUMNS][64], int frame, int student)
{
    struct mon_observation o = sample_frame(frame);
    struct mon_face face = sample_face(student, frame);
    CHECK_INT(atoi(fields[0]), frame);
    CHECK_NEAR(atof(fields[1]), (double)o.pts_ns / 1e9, 1e-6);
    CHECK_INT(atoi(fields[2]), student);
    CHECK_NEAR(atof(fields[3]), face.box.x, 0.005);
    CHECK_NEAR(atof(fields[6]), face.box.h, 0.005);
    CHECK_STR(fields[7], fb_expression_name(face.expression));
    CHECK_NEAR(atof(fields[8]), face.confidence, 1e-4);
    CHECK_NEAR(atof(fields[9]), face.quality, 1e-4);
    for (int i = 0; i < FB_EXPRESSION_COUNT; i++)
        CHECK_NEAR(atof(fields[10 + i]), face.p[i], 1e-4);
    CHECK_INT(atoi(fields[18]), face.is_seen);
    CHECK_STR(fields[19], mon_reason_name(face.reason));
    CHECK_STR(fields[20], student == 2 ? "Zo\xc3\xab, \"the <2nd>\"" : student == 3 ? "'=1+1" : "");
    CHECK_INT(*fields[21] != 0, face.is_labelled); /* empty, not zero, where there is none */
}

static void csv_reads_back(void)
{
    char folder[300], fields[N_COLUMNS][64];
    sample_session("csv", 120, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_CSV, 0);
    const char *c = text;
    int n_comments = 0, n_fields, n_rows = 0, n_expected = 0;
    for (; *c == '#'; n_comments++)
        c = strchr(c, '\n') + 1;
    CHECK(strstr(text, "# model: feltboard-1\n") &&
          strstr(text, "# accuracy: 0.8610 (n = 3199)\n"));
    CHECK(strstr(text, "# program: feltboard ") && strstr(text, "# human_agreement: 0.77"));
    CHECK(n_comments >= 6);
    static const char head[] =
        "frame,time_s,student,x,y,w,h,expression,confidence,quality,p_neutral,"
        "p_happiness,p_surprise,p_sadness,p_anger,p_disgust,p_fear,p_contempt";
    CHECK(!strncmp(c, head, strlen(head)));
    c = strchr(c, '\n') + 1;
    for (int frame = 0; frame < 120; frame++)
        for (int student = 1; student <= sample_frame(frame).n_faces; student++, n_expected++) {
            c = csv_row(c, fields, &n_fields);
            n_rows++;
            CHECK_INT(n_fields, N_COLUMNS);
            check_csv_row(fields, frame, student);
        }
    CHECK_INT(*c, 0);
    CHECK_INT(n_rows, n_expected);
    free(text);
}

static void one_student_alone(void)
{
    char folder[300];
    sample_session("one", 30, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_CSV, 2);
    int n_lines = 0;
    for (const char *c = text; (c = strchr(c, '\n')); c++)
        n_lines += c[1] && c[1] != '#';
    CHECK_INT(n_lines, 1 + 28);
    CHECK(!strstr(text, "=1+1"));
    free(text);
}

static void json_lines_read_back(void)
{
    char folder[300];
    sample_session("json", 60, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_JSONL, 0), *saved = NULL;
    int n_frames = 0, n_faces = 0, n_markers = 0, n_facts = 0;
    for (char *line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
        cJSON *object = cJSON_Parse(line);
        if (!CHECK_MSG(object, "no JSON: %.80s", line))
            continue;
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(object, "type"));
        n_facts += !strcmp(type, "session");
        n_markers += !strcmp(type, "marker");
        if (!strcmp(type, "frame")) {
            const cJSON *faces = cJSON_GetObjectItem(object, "faces"), *face;
            CHECK_INT(cJSON_GetObjectItem(object, "frame")->valueint, n_frames);
            CHECK_INT(cJSON_GetArraySize(faces), sample_frame(n_frames).n_faces);
            cJSON_ArrayForEach(face, faces)
            {
                int student = cJSON_GetObjectItem(face, "student")->valueint;
                struct mon_face expected = sample_face(student, n_frames);
                CHECK_STR(cJSON_GetStringValue(cJSON_GetObjectItem(face, "expression")),
                          fb_expression_name(expected.expression));
                const cJSON *p = cJSON_GetObjectItem(face, "p");
                CHECK_NEAR(cJSON_GetObjectItem(p, "happiness")->valuedouble, expected.p[1], 1e-4);
                CHECK_INT(cJSON_IsNull(cJSON_GetObjectItem(face, "raw")), !expected.is_labelled);
                n_faces++;
            }
            n_frames++;
        }
        cJSON_Delete(object);
    }
    CHECK_INT(n_facts, 1);
    CHECK_INT(n_markers, 1);
    CHECK_INT(n_frames, 60);
    CHECK_INT(n_faces, 3 * 57);
    free(text);
}

/* The samples change expression at every thirtieth frame; WebVTT's cues are read back. */
static void vtt_cues_are_the_stretches(void)
{
    char folder[300];
    sample_session("vtt", 90, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_VTT, 1);
    CHECK(!strncmp(text, "WEBVTT\n\n", 8));
    int n_cues = 0;
    double last_start_s = 0;
    for (const char *c = text; (c = strstr(c, " --> ")); c++) {
        int h, m, h2, m2;
        double s, s2;
        if (!CHECK_INT(sscanf(c - 12, "%d:%d:%lf --> %d:%d:%lf", &h, &m, &s, &h2, &m2, &s2), 6))
            break;
        double start_s = h * 3600 + m * 60 + s, end_s = h2 * 3600 + m2 * 60 + s2;
        CHECK(end_s > start_s);
        n_cues++;
        CHECK(start_s >= last_start_s - 1e-9); /* in order of time, the marker among them */
        last_start_s = start_s;
    }
    CHECK_INT(n_cues, 4); /* neutral, happiness, surprise and the marker */
    CHECK(strstr(text, "00:00:00.200 --> 00:00:03.000\n<v Student 1>neutral\n"));
    CHECK(strstr(text,
                 "00:00:03.000 --> 00:00:06.000\n<v Student 1>happiness\n")); /* one frame lacks */
    CHECK(strstr(text, "<v Student 1>surprise"));
    CHECK(strstr(text, "film &lt;starts&gt; &amp; runs"));
    free(text);
}

static int n_of(const char *text, const char *what)
{
    int n = 0;
    for (const char *c = text; (c = strstr(c, what)); c++)
        n++;
    return n;
}

static void eaf_is_well_formed(void)
{
    char folder[300], path[330], command[800];
    sample_session("eaf", 90, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_EAF, 0);
    CHECK_INT(n_of(text, "<TIER "), 4);
    CHECK_INT(n_of(text, "<ANNOTATION>"), 3 * 3 + 1);
    CHECK_INT(n_of(text, "<TIME_SLOT "), 2 * n_of(text, "<ANNOTATION>"));
    CHECK(strstr(text, "TIER_ID=\"2 Zo\xc3\xab, &quot;the &lt;2nd&gt;&quot;\""));
    free(text);
    snprintf(path, sizeof path, "%s/x.eaf", scratch);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct app_export_settings settings = {.format = APP_EXPORT_EAF};
    CHECK_INT(app_export_save(session, &settings, path), FB_OK);
    CHECK_INT(app_session_close(&session), FB_OK);
    snprintf(command, sizeof command, "xmllint --noout '%s'", path);
    if (!system("command -v xmllint >/dev/null"))
        CHECK_INT(system(command), 0);
}

/* State events of BORIS come in pairs of one subject and code; a stop before any start would turn all
 * that follows round. */
static void boris_events_pair_up(void)
{
    char folder[300];
    sample_session("boris", 90, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_BORIS, 0);
    CHECK(strstr(text, "\"project_format_version\":\"7.0\""));
    CHECK(strstr(text, "\"type\":\"LIVE\"")); /* no video in this one */
    CHECK_INT(n_of(text, "\"State event\""), 1 + FB_EXPRESSION_COUNT);
    CHECK_INT(n_of(text, "\"Point event\""), 1);
    CHECK_INT(n_of(text, ",\"Student 1\",\"neutral\",\"\","), 2);
    const char *stop = strstr(text, "[3.000,\"Student 1\",\"neutral\"");
    const char *start = strstr(text, "[3.000,\"Student 1\",\"happiness\"");
    CHECK(stop && start && stop < start);
    CHECK(strstr(text, "[3.000,\"\",\"marker\",\"\",\"film <starts> & runs\"]"));
    free(text);
}

static void runs_are_the_stretches(void)
{
    char folder[300];
    sample_session("runs", 90, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_RUNS, 0);
    CHECK(strstr(text, "\nstudent,name,expression,start_s,stop_s,duration_s,first_frame,last_frame,"
                       "confidence\n"));
    CHECK(strstr(text, "\n1,Student 1,neutral,0.200,3.000,2.800,"));
    CHECK(strstr(text, "\n1,Student 1,happiness,3.000,6.000,3.000,"));
    CHECK(strstr(text, "\n2,\"Zo\xc3\xab, \"\"the <2nd>\"\"\","));
    free(text);
}

static void chapters_are_the_markers(void)
{
    char folder[300];
    sample_session("chapters", 90, folder, sizeof folder);
    char *text = export_text(folder, APP_EXPORT_CHAPTERS, 0);
    CHECK_INT(n_of(text, " --> "), 1);
    CHECK(strstr(text, "1\n00:00:03.000 --> 00:00:0"));
    free(text);
}

static void empty_sessions_export(void)
{
    char folder[300];
    sample_session("empty", 0, folder, sizeof folder);
    for (int format = APP_EXPORT_CSV; format < APP_EXPORT_COUNT; format++) {
        char *text = export_text(folder, (enum app_export_format)format, 0);
        CHECK(strlen(text) > 20);
        free(text);
    }
}

/* As on a disk that has 1000 bytes left. */
static int save_with_little_room(struct app_session *session,
                                 const struct app_export_settings *settings, const char *path)
{
    struct rlimit before, little;
    getrlimit(RLIMIT_FSIZE, &before);
    little = before;
    little.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    int status = app_export_save(session, settings, path);
    setrlimit(RLIMIT_FSIZE, &before);
    return status;
}

static void files_are_private_and_whole(void)
{
    char folder[300], path[330], part[340];
    sample_session("save", 30, folder, sizeof folder);
    struct app_session *session = open_session(folder, APP_SESSION_READ);
    struct app_export_settings settings = {.format = APP_EXPORT_CSV};
    snprintf(path, sizeof path, "%s/x.csv", scratch);
    snprintf(part, sizeof part, "%s.part", path);
    CHECK_INT(app_export_save(session, &settings, path), FB_OK);
    CHECK_INT(app_export_save(session, &settings, path), FB_OK); /* over the old one */
    struct stat info;
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0600);
    CHECK(info.st_size > 1000);
    CHECK(access(part, F_OK) != 0);
    CHECK_INT(app_export_save(session, &settings, "/nonexistent/x.csv"), FB_ERR_IO);
    CHECK_INT(app_export_save(session, &settings, scratch), FB_ERR_IO);
    CHECK_INT(save_with_little_room(session, &settings, path), FB_ERR_IO);
    CHECK(access(part, F_OK) != 0);
    settings.format = APP_EXPORT_NONE;
    CHECK_INT(app_export_save(session, &settings, path), FB_ERR_USAGE);
    CHECK_INT(stat(path, &info), 0); /* the good one is still there */
    CHECK_INT(app_session_close(&session), FB_OK);
}

static void format_names(void)
{
    CHECK_INT(app_export_format_from_name("csv"), APP_EXPORT_CSV);
    CHECK_INT(app_export_format_from_name("boris"), APP_EXPORT_BORIS);
    CHECK_INT(app_export_format_from_name("CSV"), APP_EXPORT_NONE);
    CHECK_INT(app_export_format_from_name(""), APP_EXPORT_NONE);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"csv_reads_back", csv_reads_back},
        {"one_student_alone", one_student_alone},
        {"json_lines_read_back", json_lines_read_back},
        {"vtt_cues_are_the_stretches", vtt_cues_are_the_stretches},
        {"eaf_is_well_formed", eaf_is_well_formed},
        {"boris_events_pair_up", boris_events_pair_up},
        {"runs_are_the_stretches", runs_are_the_stretches},
        {"chapters_are_the_markers", chapters_are_the_markers},
        {"empty_sessions_export", empty_sessions_export},
        {"files_are_private_and_whole", files_are_private_and_whole},
        {"format_names", format_names},
    };
    scratch_make();
    int code = test_main(tests, TEST_COUNT(tests), argc, argv);
    scratch_remove();
    return code;
}
