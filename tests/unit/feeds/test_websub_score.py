"""When a hub is trusted, and when it is not any more."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.websub.score import GRACE, Score, Verdict, brought, delivered, missed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
events = st.lists(
    st.tuples(st.sampled_from(["brought", "empty", "missed"]), st.integers(0, 3), st.integers(1, 3600)),
    max_size=40,
)


def after(score: Score, *happened: str) -> Score:
    for hours, event in enumerate(happened, 1):
        at = NOW + timedelta(hours=hours)
        score = (
            missed(score, at) if event == "missed" else brought(delivered(score, at), event == "brought", at)
        )
    return score


def test_two_entries_brought_first_are_proof() -> None:
    assert after(Score()).verdict is Verdict.UNPROVEN
    assert after(Score(), "brought").verdict is Verdict.UNPROVEN
    assert after(Score(), "brought", "brought").verdict is Verdict.TRUSTED
    assert brought(Score(), 2, NOW).verdict is Verdict.TRUSTED


def test_two_misses_in_a_row_are_too_many() -> None:
    trusted = after(Score(), "brought", "brought")

    assert after(trusted, "missed").verdict is Verdict.UNPROVEN
    assert after(trusted, "missed", "missed").verdict is Verdict.UNRELIABLE
    assert after(trusted, "missed", "brought").verdict is Verdict.UNPROVEN, "it has to prove itself anew"
    assert after(trusted, "missed", "missed", "brought", "brought").verdict is Verdict.TRUSTED


def test_deliveries_without_news_prove_nothing_and_harm_nothing() -> None:
    assert after(Score(), *["empty"] * 10).verdict is Verdict.UNPROVEN
    assert after(Score(), "brought", "brought", *["empty"] * 10).verdict is Verdict.TRUSTED


def test_a_delivery_soon_after_a_miss_takes_it_back_once() -> None:
    score = missed(missed(Score(), NOW), NOW)
    soon = NOW + GRACE

    assert delivered(score, soon).doubt == 1
    assert delivered(delivered(score, soon), soon).doubt == 1
    assert delivered(score, soon + timedelta(seconds=1)).doubt == 2


@given(events)
def test_the_counts_are_never_negative_and_the_verdict_follows_them(
    happened: list[tuple[str, int, int]],
) -> None:
    score, at = Score(), NOW
    for event, entries, seconds in happened:
        at += timedelta(seconds=seconds)
        if event == "missed":
            score = missed(score, at)
        else:
            score = brought(delivered(score, at), entries if event == "brought" else 0, at)

        assert min(score.deliveries, score.brought, score.missed, score.proof, score.doubt) >= 0
        assert score.doubt <= score.missed
        assert (score.verdict is Verdict.UNRELIABLE) == (score.doubt >= 2)
        assert score.verdict is not Verdict.TRUSTED or (score.proof >= 2 and score.doubt == 0)
