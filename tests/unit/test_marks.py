"""The coloured stretches of a text."""

from hypothesis import given
from hypothesis import strategies as st

from scheduler.cli.marks import stretches

POSTLIKE = st.lists(
    st.sampled_from(["#tag", "@acme", "$ACME", "https://a.com/b?c=d#e", "x.com", " ", "\n", "word", "é😀"])
)


@given(st.one_of(st.text(), POSTLIKE.map("".join)))
def test_the_stretches_are_the_text(text: str) -> None:
    assert "".join(stretch.text for stretch in stretches(text)) == text


def test_what_networks_make_links_of_is_marked() -> None:
    marked = [
        (one.kind, one.text) for one in stretches("On #AI by @acme: $ACME at https://acme.com/#up, x.com")
    ]

    assert [one for one in marked if one[0] != "text"] == [
        ("hashtag", "#AI"),
        ("mention", "@acme"),
        ("cashtag", "$ACME"),
        ("link", "https://acme.com/#up"),
        ("link", "x.com"),
    ]


def test_a_bare_domain_leads_to_its_site() -> None:
    assert [one.address for one in stretches("x.com") if one.kind == "link"] == ["https://x.com"]
