"""What publishing software adds goes; what an author wrote stays."""

import pytest

from scheduler.rules.boilerplate import (
    cleanly_cut,
    without_boilerplate,
    without_captions,
    without_heading,
    without_site,
    without_title,
)
from tests.cost import cheap

TITLE, SITE = "Why: a title?", "Acme | News"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"It is so. The post {TITLE} appeared first on Acme.", "It is so."),
        (f"It is so […] The post {TITLE} appeared first on Acme.", "It is so…"),
        (f"It is so The post {TITLE} appeared first on {SITE}.", "It is so"),
        (f"The post {TITLE} appeared first on Acme.", ""),
        (f"A post. The post Other title appeared first on {SITE}.", "A post."),
        (f"Es ist so. Der Beitrag {TITLE} erschien zuerst auf Acme.", "Es ist so."),
        (f"Es así. La entrada {TITLE} se publicó primero en Acme.", "Es así."),
        (f"C’est ça. L’article {TITLE} est apparu en premier sur Acme.", "C’est ça."),
        (f"È così. L'articolo {TITLE} proviene da Acme.", "È così."),
        (f"É assim. O post {TITLE} apareceu primeiro em Acme.", "É assim."),
        (f"Так. Сообщение {TITLE} появились сначала на Acme.", "Так."),
        (f"そうです。 投稿 {TITLE} は Acme に最初に表示されました。", "そうです。"),
        ("The group … Continue reading →", "The group…"),
        (f"The group … Continue reading {TITLE} →", "The group…"),
        (f"The group … Continue reading {TITLE}", "The group…"),
        ("A talk. Continue reading on »", "A talk."),
        ("A talk. Continue reading on Medium »", "A talk."),
        ("A step... [read more]", "A step..."),
        ("A step. (Read more…)", "A step."),
        ("It ends. Read More", "It ends."),
        ("It ends! Read more here", "It ends!"),
        ("It ends. Read more of this story at Slashdot.", "It ends."),
        ("It ends. Read full article >>", "It ends."),
        ("It ends. Read the full story", "It ends."),
        ("Das Ende. Weiterlesen", "Das Ende."),
        ("La fin des normes (…) Lire la suite - En bref / Europe", "La fin des normes…"),
        ("Конец. Читать далее", "Конец."),
        ("終わり。続きを読む", "終わり。"),
        ("It works. To read this article in full, please click here", "It works."),
        ("It works. ★", "It works."),
        ("It works. ∞ Permalink", "It works."),
        ("It works. Reply via email", "It works."),
        ("Comments", ""),
        ("A question? submitted by /u/a_b [link] [comments]", "A question?"),
        ("submitted by /u/a_b to r/news [link] [comments]", ""),
        ("Article URL: Comments URL: Points: 12 # Comments: 3", ""),
        ("A song. Hosted on Acast. See acast.com/privacy for more information.", "A song."),
        ("A song. Learn more about your ad choices. Visit megaphone.fm/adchoices", "A song."),
        ("[gallery ids=1,2] A walk. [caption id=3 width=4]A tree[/caption]", "A walk. A tree"),
        ("[vc_row full_width=1][vc_column]A page[/vc_column][/vc_row]", "A page"),
        ("BERLIN, Feb 17 (Reuters) - More than 80 actors", "More than 80 actors"),
        ("By Matt A, Olivia Le B and Parisa C WASHINGTON/GENEVA, Feb 17 (Reuters) - Even", "Even"),
        ("NEWARK, N.J. (AP) — Jurors finished", "Jurors finished"),
        ("- A talk", "A talk"),
        ("The city, […]", "The city…"),
        ("The city. […]", "The city."),
        ("The city [...]", "The city…"),
    ],
)
def test_what_software_adds_goes(text: str, kept: str) -> None:
    assert without_boilerplate(text, TITLE, SITE) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Five reasons to read more",
        "Why I write, and why you should: read more",
        "You can read more about the beta over on MacStories.",
        "The post office closed. The news appeared first on TV.",
        "The post about cats appeared first on Reddit.",
        "We asked for comments",
        "It got five stars: ★★★★★",
        "He said it (again)",
        "A step...",
        "A film [video]",
        "Control[...] is a limitation",
        "-5 degrees tonight",
        "Enjoy! 😊",
        "NASA (AP) is here",
        "By Friday it will rain.",
        "This is a public episode of shame.",
    ],
)
def test_what_an_author_wrote_stays(text: str) -> None:
    assert without_boilerplate(text, TITLE, SITE) == text
    assert without_boilerplate(text, "", "") == text


@pytest.mark.parametrize(
    ("title", "site", "kept"),
    [
        ("A story | Acme", "Acme", "A story"),
        ("A story - ACME News", "Acme News", "A story"),
        ("Wave 78 | Radio Acme", "Wave | Radio Acme", "Wave 78"),
        ("A - B – Acme Daily", "Acme Daily: World", "A - B – Acme Daily"),
        ("A story | Preview", "Acme", "A story | Preview"),
        ("Acme", "Acme", "Acme"),
        ("A story-Acme", "Acme", "A story-Acme"),
        ("A story - UK", "News | UK", "A story - UK"),
    ],
)
def test_the_sites_own_name_does_not_end_a_title(title: str, site: str, kept: str) -> None:
    assert without_site(title, site) == kept


@pytest.mark.parametrize(
    ("summary", "title", "kept"),
    [
        ("A title: and more", "A title", "and more"),
        ("a title. And more", "A title", "And more"),
        ("A title - and more", "A title", "and more"),
        ("A title! And more", "A title!", "And more"),
        ("A title", "A title", ""),
        ("Acme now sells cats in shops", "Acme now sells cats", "Acme now sells cats in shops"),
        ("Acme's cats", "Acme", "Acme's cats"),
        ("A title-like thing", "A title", "A title-like thing"),
        ("Words", "", "Words"),
    ],
)
def test_a_summary_does_not_say_the_title_again(summary: str, title: str, kept: str) -> None:
    assert without_title(summary, title) == kept


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<h1>A &amp; B</h1><p>More</p>", "<p>More</p>"),
        ("<div><p><img src=x></p><h1>a & b</h1></div>More", "</div>More"),
        ("A & B<br>More", "More"),
        ("<p>A & B, and more</p>", "<p>A & B, and more</p>"),
        ("A & B", "A & B"),
    ],
)
def test_a_first_block_that_is_the_title_goes(html: str, kept: str) -> None:
    assert without_heading(html, "A & B") == kept


def test_captions_go_unless_there_is_nothing_else() -> None:
    picture = "<figure><img src=x><figcaption>Photo by A <b>B</b></figcaption></figure>"
    assert "Photo" not in without_captions(picture + "<p>News</p>")
    assert without_captions(picture) == picture
    classic = "<div class='wp-caption'><p id=a class='wp-caption-text'>Photo by A</p></div><p>News</p>"
    assert "Photo" not in without_captions(classic)
    assert "News" in without_captions(classic)


def test_dots_at_the_end_of_a_title_are_an_ellipsis() -> None:
    assert cleanly_cut("Haldex, Bendix ...") == "Haldex, Bendix…"
    assert cleanly_cut("Wait...") == "Wait..."


@pytest.mark.parametrize(
    "hostile",
    [
        "The post ",
        ". Read more",
        " […]",
        "[vc_row ",
        "By A, ",
        "A ",
        "<figcaption>",
        "<p class=",
        "A.",
        "( ",
        " | ",
    ],
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    text = hostile * 20_000
    with cheap():
        without_boilerplate(text, text, text)
        without_site(text, text)
        without_title(text, text)
        without_captions(text)
