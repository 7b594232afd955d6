"""Cost against faces and pixels as an SVG, from live.py's figures: processor load, analysed frames, age of the labels."""

PANELS = [("cores", "cores used", lambda run: run["cores"], 2.0),
          ("analysis", "analysed frames a second", lambda run: run["analysed_fps"], 40.0),
          ("labels", "label age, 95 %, ms", lambda run: run["label_age_ms"]["p95"], 120.0)]
SIZES = [("720p", "#2f7f86", "1280x720"), ("1080p", "#c2603a", "1920x1080")]
WIDTH, HEIGHT, PANEL, LEFT, TOP, BOTTOM = 900, 260, 300, 44, 46, 40


def x_of(panel, n_faces):
    return panel * PANEL + LEFT + (PANEL - LEFT - 30) * n_faces / 32


def y_of(value, most):
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most


def panel_svg(index, panel, runs):
    _, title, value, most = panel
    out = [f'<text x="{x_of(index, 0)}" y="26" font-weight="600">{title}</text>']
    for step in range(5):
        tick = most * step / 4
        y = y_of(tick, most)
        out.append(f'<line x1="{x_of(index, 0)}" x2="{x_of(index, 32)}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8886" stroke-width="1"/>'
                   f'<text x="{x_of(index, 0) - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11">{tick:g}</text>')
    for n in (1, 10, 30):
        out.append(f'<text x="{x_of(index, n):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle" font-size="11">{n}</text>')
    out.append(f'<text x="{x_of(index, 16):.1f}" y="{HEIGHT - 6}" text-anchor="middle" font-size="11">faces</text>')
    for size, colour, label in SIZES:
        points = [(x_of(index, run["n_faces"]), y_of(value(run), most)) for run in runs
                  if run["n_faces"] and run["name"].startswith(size) and not run["is_recording"]]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in sorted(points))
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        if index == 0:
            x, y = sorted(points)[-1]
            out.append(f'<text x="{x:.1f}" y="{y - 10 if size == "1080p" else y + 34:.1f}" text-anchor="end" '
                       f'fill="{colour}" font-size="11">{label}</text>')
    return out


def write_plot(path, results):
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Roboto, sans-serif" font-size="13" '
             f'fill="#303438" role="img" aria-label="Cost against faces and pixels">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fbf9f5"/>']
    for index, panel in enumerate(PANELS):
        lines += panel_svg(index, panel, results["watch"])
    with open(path, "w") as file:
        file.write("\n".join(lines + ["</svg>\n"]))
