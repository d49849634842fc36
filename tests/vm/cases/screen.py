# SPDX-License-Identifier: GPL-2.0
"""The dump kernel's screen, by tests/drivers/kernel.c: text is read back from a picture, or from VGA's memory."""
import re

from .. import cache
from ..runner import case
from .drivers import machine


def font():
    """{rows of dots: character} from font.c."""
    source = (cache.REPO / "dumpkernel/font.c").read_text()
    rows = [tuple(int(x, 16) for x in re.findall("0x([0-9a-f]{2})", line)) for line in re.findall(r"\{ (0x.*) \}", source)]
    assert len(rows) == len(set(rows)) == 95, "two characters look alike"
    return {row: chr(32 + i) for i, row in enumerate(rows)}


def screen_text(path, scale):
    """The text lines on a picture (PPM) that has nothing but this console on it."""
    data = path.read_bytes()
    head = re.match(rb"P6\n(\d+) (\d+)\n255\n", data)
    width, height = int(head[1]), int(head[2])
    pixels, letters = data[head.end():], font()

    def lit(x, y):
        return pixels[3 * (y * scale * width + x * scale)] > 127

    lines = []
    for top in range(0, height // scale - 9, 10):
        cells = [tuple(sum(lit(left + x, top + y) << 4 - x for x in range(5)) for y in range(7))
                 for left in range(0, min(width // scale // 6, 100) * 6, 6)]
        lines.append("".join(letters.get(cell, "\x7f") for cell in cells).rstrip())
    return lines


@case("drivers-screen-32", mode="1280:720:32", scale=2)
@case("drivers-screen-24", mode="800:600:24", scale=1)
@case("drivers-screen-16", mode="640:480:16", scale=1)
def screen(story, mode, scale):
    """Every character can be read; more lines than rows go on at the top with one cleared row ahead."""
    width, height, _ = map(int, mode.split(":"))
    columns, rows = min(width // 6 // scale, 100), height // 10 // scale
    with machine(story, f"screen={mode} lines={rows} halt", devices=["VGA"]) as guest:
        guest.console.expect("screen 0\nlines\nbye\n", 30)
        picture = story.folder / "screen.ppm"
        guest.qmp("screendump", filename=str(picture))
        lines = screen_text(picture, scale)
    ascii_lines = -(-95 // columns)
    shown = {(ascii_lines + i) % rows: f"line {i + 1}" for i in range(rows)}
    at = (ascii_lines + rows) % rows
    for row in range(rows):
        wanted = "" if row in (at, (at + 1) % rows) else shown[row]
        assert lines[row] == wanted, f"row {row} is {lines[row]!r}, not {wanted!r}"


@case("drivers-screen-characters")
def screen_characters(story):
    with machine(story, "screen=1280:720:32 halt", devices=["VGA"]) as guest:
        guest.console.expect("screen 0\nbye\n", 30)
        picture = story.folder / "screen.ppm"
        guest.qmp("screendump", filename=str(picture))
    assert screen_text(picture, 2)[0] == "".join(map(chr, range(32, 127))).rstrip(), "some character is not what it should be"


@case("drivers-screen-vga_text")
def screen_vga_text(story):
    with machine(story, "vga lines=25 halt", devices=["VGA"]) as guest:
        guest.console.expect("screen 0\nlines\nbye\n", 30)
        memory = story.folder / "text"
        guest.save_memory(0xb8000, 80 * 25 * 2, memory)
    cells = memory.read_bytes()[::2].decode("latin-1")
    lines = [cells[i:i + 80].rstrip() for i in range(0, 2000, 80)]
    assert lines[24] == "line 23" and lines[0] == "line 24" and lines[1] == "line 25" and lines[2] == lines[3] == "", lines
