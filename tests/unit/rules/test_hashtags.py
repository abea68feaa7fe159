"""Categories become hashtags that X takes as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.hashtags import LONGEST, as_hashtag, hashtag_problem, hashtags
from scheduler.rules.x_text.tags import find_hashtags
from scheduler.wording import Hashtags
from tests.cost import cheap

MANY = Hashtags(max=10)


@pytest.mark.parametrize(
    ("category", "tags"),
    [
        # words
        ("machine learning", ("#MachineLearning",)),
        ("release", ("#release",)),
        ("iPhone", ("#iPhone",)),
        ("NASA missions", ("#NASAMissions",)),
        ("why iPhone", ("#WhyiPhone",)),
        ("git-bisect", ("#GitBisect",)),
        ("offline_mode", ("#OfflineMode",)),
        ("Covid-19", ("#Covid19",)),
        ("2026 election", ("#2026Election",)),
        ("Q3", ("#Q3",)),
        ("#Q3", ("#Q3",)),
        ("\uff03AI", ("#AI",)),
        ("U.S. Politics", ("#USPolitics",)),
        ("don\u2019t panic", ("#DontPanic",)),
        ("men's wear", ("#MensWear",)),
        ("\U0001f525 Hot takes", ("#HotTakes",)),
        ("\U0001f469\u200d\U0001f4bb Tech", ("#Tech",)),
        ("\u2764\ufe0f love", ("#love",)),
        ("LGBTQ+", ("#LGBTQ",)),
        # scripts
        ("Été à Paris", ("#ÉtéÀParis",)),
        ("E\u0301te\u0301", ("#Été",)),
        ("straße nach süden", ("#StraßeNachSüden",)),
        ("人工知能", ("#人工知能",)),
        ("人工 知能", ("#人工知能",)),
        ("हिन्दी समाचार", ("#हिन्दीसमाचार",)),
        ("می\u200cشود", ("#می\u200cشود",)),
        ("col·lecció nova", ("#Col·leccióNova",)),
        ("Новости науки", ("#НовостиНауки",)),
        # forms
        ("News/World", ("#World",)),
        ("News / World / ", ("#World",)),
        ("Shop > Shoes » Boots", ("#Boots",)),
        ("Paris (France)", ("#Paris",)),
        ("Liu, Alysa (2005- )", ("#Liu",)),
        ("Arts, Culture and Entertainment", ("#Arts",)),
        ("ai,cloud,радио", ("#ai", "#cloud", "#радио")),
        ("AI; machine learning", ("#AI", "#MachineLearning")),
        ("AI, cloud, machine learning", ("#AI", "#cloud", "#MachineLearning")),
        ("科技、商业", ("#科技", "#商业")),
        ("10,000 steps", ("#10000Steps",)),
        ("<b>Deep&nbsp;sea</b>", ("#DeepSea",)),
        ("Caf&eacute;", ("#Café",)),
        # special names
        ("C++", ("#CPlusPlus",)),
        ("#C++", ("#CPlusPlus",)),
        ("Programming/C#", ("#CSharp",)),
        ("R&amp;D", ("#RnD",)),
        ("at&t", ("#ATT",)),
        ("Node.js", ("#NodeJS",)),
        ("CI/CD", ("#CICD",)),
        ("A/B testing", ("#ABTesting",)),
        ("Web 2.0", ("#Web20",)),
        # none
        ("", ()),
        ("!?", ()),
        ("()", ()),
        ("/", ()),
        ("2026", ()),
        ("\uff12\uff10\uff12\uff16", ()),
        ("2026-11-22", ()),
        ("2026-11-22T10:00:00Z", ()),
        ("R", ()),
        ("MySQL 8.0", ()),
        ("Uncategorized", ()),
        ("non classé", ()),
        ("Blog/News", ()),
        ("Breaking News", ()),
        ("tag:example.com,2026:x", ()),
        ("https://gdata.example.com/schemas/2007#video", ()),
        ("arXiv:2511.01506v2", ()),
        ("post-type-video", ()),
        ("9b2c1f3e-4d5a-4b6c-8d7e-0f1a2b3c4d5e", ()),
        ("0f1a2b3c4d", ()),
        ("desk@example.com", ()),
        ("type=video", ()),
        ("Portugu\u221a\u2122s", ()),
        ("Caf\ufffd", ()),
        ("a" * (LONGEST + 1), ()),
        ("word " * LONGEST, ()),
    ],
)
def test_a_category_becomes_hashtags_or_none(category: str, tags: tuple[str, ...]) -> None:
    assert hashtags([category], MANY) == tags


def test_at_most_so_many_are_taken_each_once_in_order() -> None:
    categories = ["AI", "ai", "Blog", "Space", "Law"]
    assert hashtags(categories, Hashtags(max=2)) == ("#AI", "#Space")
    assert hashtags(categories, Hashtags(max=0)) == ()


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("categories", ("#AI", "#Law")),
        ("fixed", ("#AcmeNews", "#news")),
        ("both", ("#AcmeNews", "#news", "#AI")),
    ],
)
def test_fixed_hashtags_come_first_and_as_they_were_written(source: str, tags: tuple[str, ...]) -> None:
    wanted = Hashtags.model_validate({"from": source, "fixed": ["AcmeNews", "#news"], "max": 3})
    assert hashtags(["AI", "acmenews", "Law"][:: 2 if source == "categories" else 1], wanted) == tags


def test_a_map_gives_a_category_its_hashtag_or_none_whatever_the_builtin_rules_say() -> None:
    wanted = Hashtags(
        map={
            "Cloud  computing": "#TheCloud",
            "news": "AcmeNews",
            "C++": "Cpp",
            "Law": "",
            "Rubio, Marco": "Rubio",
        },
        max=10,
    )
    categories = ["CLOUD Computing", "News", "c++", "Law", "rubio, marco", "Space"]
    assert hashtags(categories, wanted) == ("#TheCloud", "#AcmeNews", "#Cpp", "#Rubio", "#Space")
    assert hashtags(["ai;news"], wanted) == ("#ai", "#AcmeNews")


def test_a_mapped_hashtag_that_x_would_cut_is_left_out() -> None:
    assert hashtags(["a1", "b1"], Hashtags(map={"a1": "two words", "b1": "2026"})) == ()


@pytest.mark.parametrize(
    "word", ["machine learning", "Machine-Learning", "#MachineLearning", "MACHINE LEARNING"]
)
def test_the_stop_list_adds_to_the_builtin_one_however_a_word_is_written(word: str) -> None:
    assert hashtags(["machine learning", "C++", "news", "AI"], Hashtags(stop=(word, "c++"))) == ("#AI",)


def test_what_is_a_hashtag_in_the_text_is_not_repeated_but_a_plain_word_is_no_hashtag() -> None:
    wanted = Hashtags.model_validate({"from": "both", "fixed": ["Acme"]})
    text = "Apple unveils #ai chips \uff03acme"
    assert hashtags(["Apple", "AI", "Law"], wanted, text) == ("#Apple", "#Law")


@pytest.mark.parametrize(
    ("phrase", "tag"),
    [
        ("Ada Lovelace", "#AdaLovelace"),
        ("news", "#news"),
        ("<i>C#</i>", "#CSharp"),
        ("2026", None),
        ("", None),
    ],
)
def test_any_phrase_can_be_made_a_hashtag(phrase: str, tag: str | None) -> None:
    assert as_hashtag(phrase) == tag


@pytest.mark.parametrize("text", ["", "#AI", "AI", "#acme_news", "\uff03x", "Q3", "#日本", "#" + "a" * 60])
def test_a_hashtag_that_x_reads_as_it_was_written_is_right(text: str) -> None:
    assert hashtag_problem(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("machine learning", "write '#MachineLearning'"),
        ("#a-team", "write '#ATeam'"),
        ("#C++", "write '#CPlusPlus'"),
        ("AI #ML", "write '#AIML'"),
        ("#2026", "needs a letter"),
        ("#", "needs a letter"),
        ("#!", "needs a letter"),
    ],
)
def test_a_mistaken_hashtag_is_told_with_the_one_that_would_do(text: str, says: str) -> None:
    problem = hashtag_problem(text)
    assert problem is not None
    assert repr(text) in problem
    assert says in problem


odd = st.text(
    st.sampled_from("aB9é日한ß'\u2019#\uff03&;,/()_-·.\u200d\ufe0f\u20e3\u0301 +:"), max_size=15
) | st.text(max_size=40)


@given(
    st.lists(odd, max_size=6),
    st.lists(odd, max_size=2),
    st.dictionaries(odd, odd, max_size=2),
    st.integers(0, 5),
    odd,
)
def test_x_finds_exactly_these_hashtags_at_the_end_of_a_text(
    categories: list[str], fixed: list[str], mapped: dict[str, str], most: int, text: str
) -> None:
    wanted = Hashtags.model_validate({"from": "both", "fixed": fixed, "map": mapped, "max": most})
    tags = hashtags(categories, wanted, text)
    assert len(tags) <= most
    assert len({tag.casefold() for tag in tags}) == len(tags)
    assert not {tag[1:].casefold() for tag in tags} & {tag.name.casefold() for tag in find_hashtags(text)}
    for after in ("", "\nhttps://example.com/a", " and more"):
        found = find_hashtags("A title " + " ".join(tags) + after)
        assert tuple(f"#{tag.name}" for tag in found) == tags


@given(odd)
def test_what_is_made_a_hashtag_is_right(phrase: str) -> None:
    tag = as_hashtag(phrase)
    if tag is not None:
        assert hashtag_problem(tag) is None
        assert len(tag) <= LONGEST + 1


@pytest.mark.parametrize(
    "part", ["a", "1.", "a\u221a", "=", "()", "(", "a,", "a/", "a'", "a\u0301", "a:", "0-", "<b>", "#"]
)
def test_a_hostile_category_costs_no_time(part: str) -> None:
    with cheap():
        hashtags([part * 1_000_000], MANY, part * 5_000)
