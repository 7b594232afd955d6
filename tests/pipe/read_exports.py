"""Reads every export of a session with Python's own readers and compares it with the rows that sqlite3
finds in its database.   read_exports.py SESSION FOLDER_OF_EXPORTS"""
import csv, json, re, sqlite3, subprocess, sys
import xml.etree.ElementTree as ET

session, exports = sys.argv[1], sys.argv[2]
NAMES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
db = sqlite3.connect(f"file:{session}/session.db?mode=ro", uri=True)
facts = dict(db.execute("select key, value from session"))
frames = list(db.execute("select time_ns, frame, n_faces from frame order by time_ns"))
rows = list(db.execute("select time_ns, student, frame, x, y, w, h, seen, expression, confidence, quality, "
                       "p_neutral, p_contempt from observation order by time_ns, student"))
names = dict(db.execute("select id, name from student"))
markers = [(t, text) for t, text in db.execute("select time_ns, text from marker order by time_ns, id")]
start_ns = int(facts["video_start_ns"])
assert len(frames) > 60 and len(rows) > 60 and markers and names


def label(expression):
    return "not sure" if expression is None else NAMES[expression]


def name_of(student):
    return names.get(student, f"Student {student}")


def cell_of(text):
    """What a spreadsheet would take for a formula is disarmed."""
    return "'" + text if text[:1] in "=+-@" and text else text


def make_runs():
    """Stretches of one expression, from the rows alone."""
    order = {t: i for i, (t, _, _) in enumerate(frames)}
    runs, open_run = [], {}
    for t, student, frame, *_, expression, _c, _q, _a, _b in rows:
        i = order[t]
        since = t - frames[i - 1][0] if i else 0
        step = since if 0 < since <= 2e9 else 40_000_000
        run = open_run.get(student)
        if run and t - run["end"] <= 2_000_000_000:
            run["end"] = t
            if run["label"] == label(expression):
                run["end"], run["last"] = t + step, frame
                continue
        run = open_run[student] = {"student": student, "label": label(expression), "start": t,
                                   "end": t + step, "first": frame, "last": frame}
        runs.append(run)
    return sorted(runs, key=lambda r: (r["start"], r["student"]))


runs = make_runs()


def close(a, b, tolerance=0.0011):
    assert abs(a - b) <= tolerance, f"{a} is not {b}"


def video_s(ns):
    return max(0, ns - start_ns) / 1e9


def comma_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines))


def read_csv():
    table = comma_rows(f"{exports}/x.csv")
    assert len(table) == len(rows), (len(table), len(rows))
    for cells, row in zip(table, rows):
        t, student, frame, x, y, w, h, seen, expression, confidence, quality, p0, p7 = row
        assert (int(cells["frame"]), int(cells["student"]), int(cells["seen"])) == (frame, student, seen)
        close(float(cells["time_s"]), t / 1e9, 1e-6)
        close(float(cells["x"]), x, 0.006), close(float(cells["h"]), h, 0.006)
        assert cells["expression"] == label(expression)
        assert cells["name"] == cell_of(names.get(student, "")), cells["name"]
        if cells["p_neutral"]:
            close(float(cells["p_neutral"]), p0, 6e-5), close(float(cells["p_contempt"]), p7, 6e-5)
        else:
            assert not p0


def read_runs():
    table = comma_rows(f"{exports}/x.runs")
    assert len(table) == len(runs), (len(table), len(runs))
    for cells, run in zip(table, runs):
        assert (int(cells["student"]), cells["expression"]) == (run["student"], run["label"])
        assert cells["name"] == cell_of(name_of(run["student"]))
        close(float(cells["start_s"]), (run["start"] - start_ns) / 1e9)
        close(float(cells["stop_s"]), (run["end"] - start_ns) / 1e9)
        assert (int(cells["first_frame"]), int(cells["last_frame"])) == (run["first"], run["last"])


def read_jsonl():
    lines = [json.loads(line) for line in open(f"{exports}/x.jsonl", encoding="utf-8")]
    assert lines[0]["type"] == "session" and lines[0]["model"] == facts["model"]
    assert [m["text"] for m in lines if m["type"] == "marker"] == [text for _, text in markers]
    objects = [line for line in lines if line["type"] == "frame"]
    assert len(objects) == len(frames)
    faces = [(o, f) for o in objects for f in o["faces"]]
    assert len(faces) == len(rows)
    for (o, face), row in zip(faces, rows):
        assert (face["student"], face["expression"]) == (row[1], label(row[8]))
        assert face["name"] == names.get(row[1]) and (face["p"] is None or len(face["p"]) == 8)
        close(o["time_s"], row[0] / 1e9, 1e-6)


CUE = re.compile(r"(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})\n(.*)\n")


def cues(text):
    assert text.startswith("WEBVTT\n\n")
    for h, m, s, h2, m2, s2, payload in CUE.findall(text):
        yield int(h) * 3600 + int(m) * 60 + float(s), int(h2) * 3600 + int(m2) * 60 + float(s2), payload


def plain(text):
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#39;", "'").replace("&amp;", "&")


def expected_cues():
    shown = [(video_s(r["start"]), video_s(r["end"]), f"<v {name_of(r['student'])}>{r['label']}")
             for r in runs if r["label"] != "not sure"]
    notes = [(video_s(t), video_s(t) + 1, text) for t, text in markers]
    return sorted(shown + notes, key=lambda c: (round(c[0], 3), c[2]))


def check_cues(text):
    got = sorted(((a, b, plain(p)) for a, b, p in cues(text)), key=lambda c: (c[0], c[2]))
    wanted = expected_cues()
    assert len(got) == len(wanted), (len(got), len(wanted))
    for (a, b, payload), (a2, b2, payload2) in zip(got, wanted):
        close(a, a2), close(b, b2)
    assert sorted(c[2] for c in got) == sorted(c[2] for c in wanted)


def read_vtt():
    text = open(f"{exports}/x.vtt", encoding="utf-8").read()
    check_cues(text)
    starts = [a for a, _, _ in cues(text)]
    assert starts == sorted(starts)
    check_cues(open(f"{session}/video.vtt", encoding="utf-8").read())
    notes = list(cues(open(f"{exports}/x.chapters", encoding="utf-8").read()))
    assert [plain(n[2]) for n in notes] == [text for _, text in markers]


# What the published EAF 3.0 schema demands of the parts that we use.
CHILDREN = {
    "ANNOTATION_DOCUMENT": ["LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE",
                            "CONSTRAINT", "CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF"],
    "HEADER": ["MEDIA_DESCRIPTOR", "LINKED_FILE_DESCRIPTOR", "PROPERTY"],
    "TIME_ORDER": ["TIME_SLOT"], "TIER": ["ANNOTATION"], "ANNOTATION": ["ALIGNABLE_ANNOTATION"],
    "ALIGNABLE_ANNOTATION": ["ANNOTATION_VALUE"],
}
ATTRIBUTES = {  # required, optional
    "ANNOTATION_DOCUMENT": ("DATE AUTHOR VERSION", "FORMAT"),
    "HEADER": ("", "MEDIA_FILE TIME_UNITS"), "MEDIA_DESCRIPTOR": ("MEDIA_URL MIME_TYPE", "RELATIVE_MEDIA_URL TIME_ORIGIN"),
    "PROPERTY": ("", "NAME"), "TIME_ORDER": ("", ""), "TIME_SLOT": ("TIME_SLOT_ID", "TIME_VALUE"),
    "TIER": ("TIER_ID LINGUISTIC_TYPE_REF", "PARTICIPANT ANNOTATOR DEFAULT_LOCALE PARENT_REF EXT_REF LANG_REF"),
    "ANNOTATION": ("", ""), "ALIGNABLE_ANNOTATION": ("ANNOTATION_ID TIME_SLOT_REF1 TIME_SLOT_REF2", "SVG_REF EXT_REF"),
    "ANNOTATION_VALUE": ("", ""), "LINGUISTIC_TYPE": ("LINGUISTIC_TYPE_ID", "TIME_ALIGNABLE CONSTRAINTS GRAPHIC_REFERENCES"),
}


def check_element(element):
    required, optional = (set(text.split()) for text in ATTRIBUTES[element.tag])
    given = {key for key in element.attrib if not key.startswith("{")}
    assert required <= given <= required | optional, (element.tag, given)
    order = CHILDREN.get(element.tag, [])
    places = [order.index(child.tag) for child in element]
    assert places == sorted(places), f"children of {element.tag} out of order"
    for child in element:
        check_element(child)


def read_eaf():
    root = ET.parse(f"{exports}/x.eaf").getroot()
    check_element(root)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", root.get("DATE"))
    ids = [e.get("TIME_SLOT_ID") for e in root.iter("TIME_SLOT")] + [e.get("ANNOTATION_ID") for e in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[A-Za-z_][\w.-]*", i) for i in ids)
    slots = {e.get("TIME_SLOT_ID"): int(e.get("TIME_VALUE")) for e in root.iter("TIME_SLOT")}
    assert all(0 <= value < 2**32 for value in slots.values())
    types = {e.get("LINGUISTIC_TYPE_ID") for e in root.iter("LINGUISTIC_TYPE")}
    tiers = [t.get("TIER_ID") for t in root.iter("TIER")]
    assert len(tiers) == len(set(tiers))
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("RELATIVE_MEDIA_URL") == "./video.mkv"
    got = []
    for tier in root.iter("TIER"):
        assert tier.get("LINGUISTIC_TYPE_REF") in types
        for a in tier.iter("ALIGNABLE_ANNOTATION"):
            start, stop = slots[a.get("TIME_SLOT_REF1")], slots[a.get("TIME_SLOT_REF2")]
            assert start < stop
            got.append((tier.get("TIER_ID"), start, stop, a.find("ANNOTATION_VALUE").text))
    wanted = [(f"{r['student']} {name_of(r['student'])}", video_s(r["start"]), video_s(r["end"]), r["label"]) for r in runs]
    wanted += [("markers", video_s(t), video_s(t) + 1, text) for t, text in markers]
    assert len(got) == len(wanted), (len(got), len(wanted))
    for a, b in zip(sorted(got), sorted(wanted)):
        assert (a[0], a[3]) == (b[0], b[3])
        close(a[1] / 1e3, b[1]), close(a[2] / 1e3, b[2], 0.0021)


def read_boris():
    project = json.load(open(f"{exports}/x.boris", encoding="utf-8"))
    behaviours = {b["code"]: b["type"] for b in project["behaviors_conf"].values()}
    subjects = {s["name"] for s in project["subjects_conf"].values()}
    (observation,) = project["observations"].values()
    assert observation["type"] == "MEDIA" and observation["file"]["1"] == ["video.mkv"]
    events = observation["events"]
    assert [e[0] for e in events] == sorted(e[0] for e in events)
    running, got, points = {}, [], []
    for time_s, subject, code, modifier, comment in events:  # as BORIS pairs them
        if behaviours[code] == "Point event":
            points.append((time_s, comment))
            continue
        assert subject in subjects
        if (subject, code) in running:
            got.append((subject, code, running.pop((subject, code)), time_s))
        else:
            running[subject, code] = time_s
    assert not running, running
    wanted = [(name_of(r["student"]), r["label"], video_s(r["start"]), video_s(r["end"])) for r in runs]
    assert len(got) == len(wanted)
    for a, b in zip(sorted(got), sorted(wanted)):
        assert a[:2] == b[:2]
        close(a[2], b[2]), close(a[3], b[3])
    assert [comment for _, comment in points] == [text for _, text in markers]


def probe(*arguments):
    return json.loads(subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments, f"{session}/video.mkv"],
                                     capture_output=True, text=True, check=True).stdout)


def read_video():
    chapters = probe("-show_chapters")["chapters"]
    assert [c["tags"]["title"] for c in chapters] == [text for _, text in markers]
    for chapter, (t, _) in zip(chapters, markers):
        close(float(chapter["start_time"]), video_s(t))
    packets = probe("-select_streams", "s", "-show_packets")["packets"]
    wanted = expected_cues()
    assert len(packets) == len(wanted), (len(packets), len(wanted))
    for packet, cue in zip(sorted(packets, key=lambda p: float(p["pts_time"])), wanted):
        close(float(packet["pts_time"]), cue[0])
    (stream,) = probe("-select_streams", "v", "-count_packets", "-show_streams")["streams"]
    assert int(stream["nb_read_packets"]) == len(frames)
    close(float(probe("-show_format")["format"]["duration"]), (frames[-1][0] - start_ns) / 1e9, 0.05)


for read in [read_csv, read_runs, read_jsonl, read_vtt, read_eaf, read_boris, read_video]:
    try:
        read()
    except Exception as error:
        print(f"FAILED: {read.__name__}: {type(error).__name__}: {error}")
        raise
    print(f"{read.__name__}: ok")
print(f"# {len(rows)} rows, {len(runs)} runs, {len(markers)} markers")
