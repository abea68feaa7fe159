"""Texts that are made to take long. Whatever is not linear would take minutes over them."""

import json
import subprocess
import sys

from tests.conftest import ROOT

SIZE = 64_000
WITHIN_S = 15  # for one text, where a tenth of a second or two are enough
PARTS = [
    *(
        "a.",
        "a-",
        "-.",
        "_a.",
        "あ.",
        "あ.com",
        "a.あ.",
        "a.co",
        "x.co,",
        "x.co ",
        "あa.com ",
        "vermö.",
        ".भारत",
        "a.aé",
    ),
    *(
        "http://",
        "http://a.b/",
        "http://t.co/a",
        "xn--",
        "xn--a.",
        "a.com/(a",
        "a.com/(a(a)",
        "a.com/.",
        "a.com?.",
    ),
    *(
        "a.com?!",
        "a.com:1",
        "(",
        "#a",
        "#1",
        "#",
        "\ufe0f#",
        "@a.",
        "@",
        "@a/",
        "RT",
        "RT:",
        "$A",
        "$A ",
        ". ",
        '."',
    ),
    *(
        "🇦",
        "👍\u200d",
        "👨\u200d",
        "❤\ufe0f\u200d",
        "1\ufe0f",
        "\u0315\u0300",
        "\u0300",
        "\r\n",
        "「",
        "(a ",
        "A. ",
    ),
]
WHOLE = [
    "a" * SIZE + ".com",
    "a.com/" + "(" * SIZE,
    "a.com/" + "(a(" * SIZE,
    "a.com/" + "." * SIZE,
    "a.com?" + "?" * SIZE,
    "a.com/(x.co," + "x.co," * (SIZE // 5),
    "http://" + "a." * SIZE + "com",
    "http://" + "あ" * SIZE + ".com",
    ("a." * 2_000 + "あ.com ") * (SIZE // 4_000),
    "e" + "\u0315\u0300" * SIZE,
]
PROGRAM = f"""
import faulthandler, json, sys
from scheduler.rules.shorten import shorten
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.tags import find_cashtags, find_hashtags, find_mentions
from scheduler.rules.x_text.weight import weighted_length

for line in sys.stdin:
    text = json.loads(line)
    print(ascii(text[:12]), flush=True)
    faulthandler.dump_traceback_later({WITHIN_S}, exit=True)
    for look in (find_links, find_hashtags, find_cashtags, find_mentions, weighted_length):
        look(text)
    shorten(text, 280)
"""


def test_hostile_texts_are_read_in_linear_time() -> None:
    texts = [*(part * (SIZE // len(part)) for part in PARTS), *WHOLE]
    lines = "\n".join(map(json.dumps, texts))

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, input=lines, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, f"too slow on the last of: {done.stdout}\n{done.stderr}"
    assert len(done.stdout.splitlines()) == len(texts)
